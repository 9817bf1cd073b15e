#include "proto/access_log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/monotonic.h"

/* So much is written at once; what is beyond is for when that fails. */
#define FLUSH_AT	65536
#define BUFFER_SIZE	131072

_Static_assert(ACCESS_BEGIN_MAX + ACCESS_RESULT_MAX + ACCESS_END_MAX <=
    BUFFER_SIZE - FLUSH_AT, "there is room for any line");

/* A reader that is too slow now and then is complained of this often. */
#define TELL_EVERY_S	60

/* Memory of entries is kept for so many: a long batch of requests. */
#define SPARE_MAX	64
#define TEXT_STEP	256

/* A request that is not told yet. */
struct access_entry {
	struct access_entry	*next;		/* of its peer, or spare */
	struct access_log	*log;
	uint64_t		 from;		/* where its answer begins in */
	uint64_t		 to;		/* all that is sent, and ends */
	uint64_t		 began_us;
	struct access_answer	 answer;
	uint32_t		 begin_len;
	uint32_t		 end_len;
	uint32_t		 room;
	char			 text[];	/* the line but for its result */
};

struct access_peer {
	struct access_entry	*first;		/* in their order, or NULL */
	struct access_entry	*last;		/* unless first is NULL */
	struct access_entry	*open;		/* the last, if not passed on */
	uint64_t		 passed;	/* bytes, of all answers */
	uint64_t		 number;
	uint8_t			 addr_len;
	char			 addr[ACCESS_ADDR_MAX];
};

struct access_log {
	struct log_file		*file;
	enum config_access_format format;
	struct access_entry	*spare;
	unsigned		 spares;
	uint64_t		 entries;	/* that are not told yet */
	bool			 retired;

	time_t			 second;	/* that time says */
	size_t			 time_len;
	char			 time[ACCESS_TIME_MAX];

	size_t			 len;		/* of buffer */
	int			 error;		/* of the last write; 0: none */
	int			 trouble;	/* the error that was told */
	time_t			 since;		/* when it was */
	uint64_t		 lost;
	void			(*on_change)(void *);
	void			*arg;
	char			 buffer[BUFFER_SIZE];
	char			 scratch[ACCESS_BEGIN_MAX + ACCESS_END_MAX];
};

/* ---- trouble ---- */

static void
tell_trouble(struct access_log *log)
{
	if (log->trouble != 0)
		return;
	log->trouble = log->error;
	log->since = time(NULL);
	if (log->error == EAGAIN)
		log_error("the access log, %s, is read too slowly: lines are "
		    "lost", log_file_name(log->file));
	else
		log_error("cannot write the access log %s: %s; when no more "
		    "lines can be kept in memory, they are lost",
		    log_file_name(log->file), strerror(log->error));
}

static void
tell_end_of_trouble(struct access_log *log)
{
	log_warning("the access log %s is written again; lines lost: %" PRIu64,
	    log_file_name(log->file), log->lost);
	log->trouble = 0;
	log->lost = 0;
}

/* All is written: is there something to be said of that? */
static bool
is_over(const struct access_log *log)
{
	time_t now;

	if (log->trouble == 0 && log->lost == 0)
		return false;
	if (log->trouble != 0 && log->trouble != EAGAIN)
		return true;
	now = time(NULL);
	return now < log->since || now - log->since >= TELL_EVERY_S;
}

static void
lose(struct access_log *log)
{
	log->lost++;
	if (log->error != 0)
		tell_trouble(log);
}

static void
tell_found(const struct access_log *log, enum log_file_found found)
{
	if (found == LOG_FILE_UNREACHABLE)
		log_error("cannot open the access log %s again: %s; the file "
		    "that was opened is written on",
		    log_file_name(log->file), strerror(errno));
}

/* ---- writing ---- */

static void
changed(struct access_log *log)
{
	if (log->on_change != NULL)
		log->on_change(log->arg);
}

static void
drop_front(struct access_log *log, size_t n)
{
	log->len -= n;
	memmove(log->buffer, log->buffer + n, log->len);
}

/* The rest of a line whose begin is in a file that is gone. */
static void
drop_torn(struct access_log *log)
{
	char *lf = memchr(log->buffer, '\n', log->len);

	if (lf == NULL)
		return;
	drop_front(log, (size_t)(lf + 1 - log->buffer));
	log->lost++;
}

static void
found_file(struct access_log *log, bool was_torn, enum log_file_found found)
{
	tell_found(log, found);
	if (found == LOG_FILE_OTHER && was_torn)
		drop_torn(log);
}

static void
write_buffer(struct access_log *log)
{
	size_t n = log_file_write(log->file, log->buffer, log->len);

	log->error = n < log->len ? errno : 0;
	drop_front(log, n);
	if (log->error != 0 && log->error != EAGAIN)
		tell_trouble(log);
	else if (log->error == 0 && is_over(log))
		tell_end_of_trouble(log);
}

void
access_log_flush(struct access_log *log)
{
	bool torn = log_file_is_torn(log->file);

	if (log->len > 0) {
		found_file(log, torn, log_file_look(log->file));
		write_buffer(log);
	}
	changed(log);
}

int
access_log_reopen(struct access_log *log)
{
	enum log_file_found found;
	bool torn;

	access_log_flush(log);
	torn = log_file_is_torn(log->file);
	found = log_file_reopen(log->file);
	found_file(log, torn, found);
	access_log_flush(log);
	return found == LOG_FILE_UNREACHABLE ? -1 : 0;
}

static void
append(struct access_log *log, struct slice s)
{
	memcpy(log->buffer + log->len, s.p, s.len);
	log->len += s.len;
}

/* Write the line of an entry. */
static void
tell(struct access_log *log, const struct access_entry *e,
    const struct access_result *r)
{
	bool was_empty = log->len == 0;
	char *p;

	if (log->len + e->begin_len + ACCESS_RESULT_MAX + e->end_len >
	    BUFFER_SIZE) {
		lose(log);
		return;
	}
	append(log, (struct slice){ e->text, e->begin_len });
	p = log->buffer + log->len;
	log->len += access_line_result(log->format, r, p);
	append(log, (struct slice){ e->text + e->begin_len, e->end_len });
	/* Who has failed is tried again by the clock, not with each line. */
	if ((log->len >= FLUSH_AT && log->error == 0) || log->retired)
		access_log_flush(log);
	else if (was_empty)
		changed(log);
}

/* ---- the log ---- */

struct access_log *
access_log_new(enum config_access_format format, struct log_file *file)
{
	struct access_log *log = malloc(sizeof(*log));

	if (log == NULL) {
		log_file_close(file);
		return NULL;
	}
	/* The large arrays need no zeros. */
	memset(log, 0, offsetof(struct access_log, buffer));
	log->file = file;
	log->format = format;
	log->second = -1;
	return log;
}

static void
free_spare(struct access_log *log)
{
	struct access_entry *e;

	while ((e = log->spare) != NULL) {
		log->spare = e->next;
		free(e);
	}
	log->spares = 0;
}

/* It is retired, and all is told. */
static void
end(struct access_log *log)
{
	access_log_flush(log);
	for (size_t i = 0; i < log->len; i++)
		log->lost += log->buffer[i] == '\n';
	if (log->lost > 0)
		log_warning("the access log %s is closed; lines lost: "
		    "%" PRIu64, log_file_name(log->file), log->lost);
	free_spare(log);
	log_file_close(log->file);
	free(log);
}

void
access_log_retire(struct access_log *log)
{
	if (log == NULL)
		return;
	log->retired = true;
	log->on_change = NULL;
	if (log->entries == 0)
		end(log);
	else
		access_log_flush(log);
}

void
access_log_on_change(struct access_log *log, void (*on_change)(void *),
    void *arg)
{
	log->on_change = on_change;
	log->arg = arg;
	changed(log);
}

enum access_need
access_log_need(const struct access_log *log)
{
	if (log->len == 0)
		return ACCESS_NOTHING;
	return log->error == EAGAIN ? ACCESS_ROOM : ACCESS_SOON;
}

int
access_log_descriptor(const struct access_log *log)
{
	return log_file_descriptor(log->file);
}

/* ---- entries ---- */

static struct access_entry *
take_entry(struct access_log *log, size_t need)
{
	struct access_entry *e = log->spare;

	if (e != NULL) {
		log->spare = e->next;
		log->spares--;
		if (e->room >= need)
			return e;
		free(e);
	}
	need = (need + TEXT_STEP - 1) / TEXT_STEP * TEXT_STEP;
	if ((e = malloc(sizeof(*e) + need)) != NULL)
		e->room = (uint32_t)need;
	return e;
}

/* Its line is written. log may be gone afterwards. */
static void
give_entry(struct access_entry *e)
{
	struct access_log *log = e->log;

	if (log->spares < SPARE_MAX) {
		e->next = log->spare;
		log->spare = e;
		log->spares++;
	} else {
		free(e);
	}
	if (--log->entries == 0 && log->retired)
		end(log);
}

/* The time as text: made anew once a second, but for the milliseconds. */
static struct slice
time_of(struct access_log *log)
{
	struct timespec ts = { 0 };

	if (log->format == CONFIG_ACCESS_JSON)
		clock_gettime(CLOCK_REALTIME, &ts);
	else
		ts.tv_sec = time(NULL);
	if (ts.tv_sec != log->second) {
		log->time_len = access_line_time(log->format, ts.tv_sec,
		    log->time);
		log->second = ts.tv_sec;
	}
	access_line_time_ms(log->format, (unsigned)(ts.tv_nsec / 1000000),
	    log->time);
	return (struct slice){ log->time, log->time_len };
}

void
access_begin(struct access_log *log, struct access_peer *peer,
    struct access_line *l)
{
	struct access_entry *e;
	size_t begin, end_len;

	l->addr = (struct slice){ peer->addr, peer->addr_len };
	l->connection = peer->number;
	l->time = time_of(log);
	begin = access_line_begin(log->format, l, log->scratch);
	end_len = access_line_end(log->format, l, log->scratch + begin);
	if ((e = take_entry(log, begin + end_len)) == NULL) {
		lose(log);
		return;
	}
	memcpy(e->text, log->scratch, begin + end_len);
	e->log = log;
	e->begin_len = (uint32_t)begin;
	e->end_len = (uint32_t)end_len;
	e->answer = (struct access_answer){ 0 };
	e->from = e->to = peer->passed;
	if (log->format == CONFIG_ACCESS_JSON)
		e->began_us = monotonic_us();
	e->next = NULL;
	if (peer->first == NULL)
		peer->first = e;
	else
		peer->last->next = e;
	peer->last = peer->open = e;
	log->entries++;
}

bool
access_has_begun(const struct access_peer *peer)
{
	return peer->open != NULL;
}

void
access_decided(struct access_peer *peer, const struct access_answer *answer)
{
	if (peer->open != NULL)
		peer->open->answer = *answer;
}

void
access_passed(struct access_peer *peer, uint64_t bytes)
{
	peer->passed += bytes;
	if (peer->open != NULL)
		peer->open->to = peer->passed;
	peer->open = NULL;
}

/* The bytes of the content that are among so many of all that was sent. */
static uint64_t
content_sent(const struct access_entry *e, uint64_t sent)
{
	uint64_t all = e->to - e->from, head = all - e->answer.content;

	/* It was not passed on, or not all of it for lack of memory. */
	if (all < e->answer.content)
		return 0;
	if (sent > e->to)
		sent = e->to;
	return sent > e->from + head ? sent - e->from - head : 0;
}

/* Tell the first entry of peer, which is gone then. */
static void
finish(struct access_peer *peer, uint64_t sent, const char *why)
{
	struct access_entry *e = peer->first;
	struct access_result r = {
		.status = e->answer.status,
		.bytes = content_sent(e, sent),
		.end = why,
		.coding = e->answer.coding,
	};

	if (e->log->format == CONFIG_ACCESS_JSON)
		r.taken_us = monotonic_us() - e->began_us;
	peer->first = e->next;
	tell(e->log, e, &r);
	give_entry(e);
}

void
access_sent(struct access_peer *peer, uint64_t bytes)
{
	struct access_entry *e;
	int saved = errno;

	while ((e = peer->first) != NULL && e != peer->open &&
	    e->to <= bytes)
		finish(peer, bytes, e->answer.end);
	errno = saved;
}

/* ---- peers ---- */

/* An IPv4 address is written as one, also if it comes mapped into IPv6. */
static const char *
address_text(const struct sockaddr *peer, char *out)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)peer;

	switch (peer->sa_family) {
	case AF_INET:
		return inet_ntop(AF_INET,
		    &((const struct sockaddr_in *)peer)->sin_addr, out,
		    ACCESS_ADDR_MAX);
	case AF_INET6:
		if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr))
			return inet_ntop(AF_INET,
			    sin6->sin6_addr.s6_addr + 12, out,
			    ACCESS_ADDR_MAX);
		return inet_ntop(AF_INET6, &sin6->sin6_addr, out,
		    ACCESS_ADDR_MAX);
	default:
		snprintf(out, ACCESS_ADDR_MAX, "unix:");
		return out;
	}
}

struct access_peer *
access_peer_new(uint64_t number, uint64_t sent, const struct sockaddr *peer)
{
	struct access_peer *p = malloc(sizeof(*p));

	if (p == NULL)
		return NULL;
	p->first = p->open = NULL;
	p->passed = sent;
	p->number = number;
	if (address_text(peer, p->addr) == NULL)
		snprintf(p->addr, sizeof(p->addr), "-");
	p->addr_len = (uint8_t)strlen(p->addr);
	return p;
}

void
access_peer_end(struct access_peer *peer, uint64_t bytes, const char *why)
{
	access_sent(peer, bytes);
	while (peer->first != NULL)
		finish(peer, bytes, why);
	free(peer);
}
