#include "client/probe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plural.h"
#include "client/pattern.h"

/* What comes next. */
enum state {
	WELCOME,
	PREFIX,
	FIRST,		/* the byte behind a prefix: of the message */
	MESSAGE		/* a byte of the message, or another prefix */
};

struct probe {
	const struct probe_plan	*plan;
	uint64_t		 connection;
	uint64_t		 most;		/* messages that may begin */
	uint64_t		 begun;		/* messages */
	uint64_t		 back;		/* messages */
	uint64_t		 sent;		/* bytes of the last begun */
	uint64_t		 got;		/* bytes of the one awaited */
	struct pattern		 out;
	struct pattern		 in;
	enum state		 state;
	size_t			 at;		/* in the welcome, or prefix */
	uint64_t		 begun_us[];	/* depth of them, in turn */
};

static void
set_pattern(const struct probe *p, struct pattern *pattern, uint64_t message)
{
	const struct slice *prefix = &p->plan->prefix;

	pattern_init(pattern, p->plan->seed, p->connection, message,
	    prefix->len > 0 ? (unsigned char)prefix->p[0] : PATTERN_ALL);
}

/* The message that is awaited now begins. */
static void
await(struct probe *p)
{
	set_pattern(p, &p->in, p->back);
	p->got = 0;
	p->at = 0;
	p->state = p->plan->prefix.len > 0 ? PREFIX : MESSAGE;
}

struct probe *
probe_new(const struct probe_plan *plan, uint64_t connection,
    uint64_t messages)
{
	struct probe *p;

	if ((p = calloc(1, sizeof(*p) +
	    plan->depth * sizeof(p->begun_us[0]))) == NULL)
		return NULL;
	p->plan = plan;
	p->connection = connection;
	p->most = messages;
	p->sent = plan->size;
	await(p);
	if (plan->welcome.len > 0)
		p->state = WELCOME;
	return p;
}

void
probe_free(struct probe *p)
{
	free(p);
}

void
probe_stop(struct probe *p)
{
	p->most = p->begun;
}

/* ---- sending ---- */

static bool
begin(struct probe *p, uint64_t now_us)
{
	if (p->state == WELCOME || p->begun == p->most ||
	    p->begun - p->back == p->plan->depth)
		return false;
	set_pattern(p, &p->out, p->begun);
	p->begun_us[p->begun % p->plan->depth] = now_us;
	p->begun++;
	p->sent = 0;
	return true;
}

size_t
probe_write(struct probe *p, uint64_t now_us, char *out, size_t size)
{
	size_t done = 0, n;

	while (done < size &&
	    (p->sent < p->plan->size || begin(p, now_us))) {
		n = size - done;
		if (n > p->plan->size - p->sent)
			n = (size_t)(p->plan->size - p->sent);
		pattern_write(&p->out, p->sent, out + done, n);
		p->sent += n;
		done += n;
	}
	return done;
}

/* ---- reading: each returns the bytes that were right ---- */

/* Bytes of the awaited message that were sent and are not back. */
static uint64_t
awaited(const struct probe *p)
{
	uint64_t messages = p->begun - p->back;

	if (messages == 0)
		return 0;
	return (messages == 1 ? p->sent : p->plan->size) - p->got;
}

static size_t
take_text(struct probe *p, struct slice text, const char *bytes, size_t len,
    struct probe_fault *fault)
{
	size_t n = 0;

	while (n < len && p->at < text.len && bytes[n] == text.p[p->at]) {
		n++;
		p->at++;
	}
	fault->at = p->at;
	if (p->at < text.len)
		fault->wanted = (unsigned char)text.p[p->at];
	return n;
}

static size_t
take_welcome(struct probe *p, const char *bytes, size_t len,
    struct probe_fault *fault)
{
	size_t n = take_text(p, p->plan->welcome, bytes, len, fault);

	fault->part = PROBE_WELCOME;
	if (p->at == p->plan->welcome.len)
		await(p);
	return n;
}

static size_t
take_prefix(struct probe *p, const char *bytes, size_t len,
    struct probe_count *count, struct probe_fault *fault)
{
	size_t n = take_text(p, p->plan->prefix, bytes, len, fault);

	fault->part = PROBE_PREFIX;
	if (p->at == p->plan->prefix.len) {
		if (p->got > 0)
			count->splits++;
		p->at = 0;
		p->state = FIRST;
	}
	return n;
}

/* How many of the bytes must be of the message. */
static size_t
message_length(const struct probe *p, const char *bytes, size_t len)
{
	const struct slice *prefix = &p->plan->prefix;
	const char *next;

	if (p->state == FIRST)
		return 1;
	if (len > awaited(p))
		len = (size_t)awaited(p);
	if (prefix->len > 0 &&
	    (next = memchr(bytes, prefix->p[0], len)) != NULL)
		len = (size_t)(next - bytes);
	return len;
}

static void
finish_message(struct probe *p, uint64_t now_us, struct probe_count *count)
{
	uint64_t begun_us = p->begun_us[p->back % p->plan->depth];

	histogram_add(&count->us, now_us - begun_us);
	count->messages++;
	p->back++;
	await(p);
}

static size_t
take_message(struct probe *p, uint64_t now_us, const char *bytes, size_t len,
    struct probe_count *count, struct probe_fault *fault)
{
	size_t all = message_length(p, bytes, len);
	size_t n = pattern_match(&p->in, p->got, bytes, all);

	p->got += n;
	count->bytes += n;
	if (n < all) {
		fault->part = PROBE_MESSAGE;
		pattern_write(&p->in, p->got, (char *)&fault->wanted, 1);
		return n;
	}
	p->state = MESSAGE;
	if (p->got == p->plan->size)
		finish_message(p, now_us, count);
	return n;
}

static size_t
take(struct probe *p, uint64_t now_us, const char *bytes, size_t len,
    struct probe_count *count, struct probe_fault *fault)
{
	if (p->state == WELCOME)
		return take_welcome(p, bytes, len, fault);
	if (awaited(p) == 0) {
		fault->part = PROBE_EXTRA;
		return 0;
	}
	if (p->state == MESSAGE && p->plan->prefix.len > 0 &&
	    bytes[0] == p->plan->prefix.p[0])
		p->state = PREFIX;
	if (p->state == PREFIX)
		return take_prefix(p, bytes, len, count, fault);
	return take_message(p, now_us, bytes, len, count, fault);
}

bool
probe_read(struct probe *p, uint64_t now_us, const char *bytes, size_t len,
    struct probe_count *count, struct probe_fault *fault)
{
	size_t n;

	/* Where a part ends, or a byte is wrong, the next call takes none. */
	for (; len > 0; bytes += n, len -= n) {
		n = take(p, now_us, bytes, len, count, fault);
		if (n > 0)
			continue;
		fault->message = p->back;
		fault->offset = p->got;
		fault->got = (unsigned char)bytes[0];
		return false;
	}
	return true;
}

/* ---- how far it is ---- */

bool
probe_is_welcomed(const struct probe *p)
{
	return p->state != WELCOME;
}

bool
probe_is_done(const struct probe *p)
{
	return p->state != WELCOME && p->back == p->most;
}

void
probe_fault_text(const struct probe_fault *f, char out[static PROBE_TEXT_MAX])
{
	uint64_t number = f->message + 1;
	int n = 0;

	switch (f->part) {
	case PROBE_WELCOME:
		n = snprintf(out, PROBE_TEXT_MAX, "the welcome is wrong at "
		    "offset %zu", f->at);
		break;
	case PROBE_PREFIX:
		n = snprintf(out, PROBE_TEXT_MAX, "the prefix at offset %"
		    PRIu64 " of message %" PRIu64 " is wrong at offset %zu",
		    f->offset, number, f->at);
		break;
	case PROBE_MESSAGE:
		n = snprintf(out, PROBE_TEXT_MAX, "message %" PRIu64
		    " is wrong at offset %" PRIu64, number, f->offset);
		break;
	case PROBE_EXTRA:
		snprintf(out, PROBE_TEXT_MAX, "more came than was sent: %02x "
		    "at offset %" PRIu64 " of message %" PRIu64, f->got,
		    f->offset, number);
		return;
	}
	snprintf(out + n, PROBE_TEXT_MAX - (size_t)n, ": wanted %02x, got "
	    "%02x", f->wanted, f->got);
}

void
probe_text(const struct probe *p, char out[static PROBE_TEXT_MAX])
{
	if (p->state == WELCOME)
		snprintf(out, PROBE_TEXT_MAX, "%zu of %zu bytes of the "
		    "welcome had come", p->at, p->plan->welcome.len);
	else if (p->begun == p->back)
		snprintf(out, PROBE_TEXT_MAX, "%" PRIu64 " message%s had come "
		    "back", p->back, plural(p->back));
	else
		snprintf(out, PROBE_TEXT_MAX, "message %" PRIu64 " had come "
		    "back up to offset %" PRIu64 " of %" PRIu64, p->back + 1,
		    p->got, p->plan->size);
}
