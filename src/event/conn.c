#include "event/conn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event_struct.h>

#include "base/log.h"
#include "event/unsent.h"

/* One read takes at most this much. */
#define INPUT_SIZE	65536

/* No further request is taken up while more than this waits to be sent. */
#define OUTPUT_MAX	262144

/* Bytes of files sent in one callback: one download cannot starve the rest. */
#define FILE_SHARE	262144

#define RATE_PERIOD_MS	10000
#define LAST_MS		2000
#define DRAIN_MS	5000

enum mode {
	TALKING,	/* the protocol has the word */
	FLUSHING,	/* output is still to be sent, then it ends */
	DRAINING	/* the peer finishes sending, then it ends */
};

struct conn {
	struct event		 ev;		/* unless bev is set */
	struct deadline		 deadline;
	struct conns		*all;
	const struct protocol	*proto;
	struct proto_state	 state;
	struct bufferevent	*bev;		/* of a buffered protocol */
	struct out		*out;		/* what waits to be sent */
	struct address_entry	*address;
	char			*kept;		/* unused input */
	uint32_t		 kept_len;
	uint32_t		 kept_size;
	uint64_t		 id;
	uint64_t		 bytes_in;
	uint64_t		 bytes_out;
	uint64_t		 mark;		/* progress() a period ago */
	int			 fd;
	short			 watched;	/* EV_READ, EV_WRITE or 0 */
	uint8_t			 mode;
	uint8_t			 wait;		/* what runs now */
	uint8_t			 said;		/* what the protocol asked for */
	uint8_t			 after;		/* verdict to act on when sent */
	uint8_t			 end;		/* reason, once it is decided */
	bool			 refused;
	bool			 eof;		/* the peer will send no more */
};

static void	read_input(struct conn *c);
static void	serve(struct conn *c, struct slice in);
static void	tell_stop(struct conn *c);
static void	put_out(struct conn *c, enum conn_next next);
static void	on_event(evutil_socket_t fd, short what, void *arg);
static void	on_buffered_input(struct bufferevent *bev, void *arg);
static void	on_buffered_drained(struct bufferevent *bev, void *arg);
static void	on_buffered_event(struct bufferevent *bev, short what,
		    void *arg);

static struct conn *
conn_of(struct deadline *d)
{
	return (struct conn *)((char *)d - offsetof(struct conn, deadline));
}

static uint64_t
now_ms(struct conns *all)
{
	if (all->now_turn != all->service->turn) {
		all->now_ms = deadline_clock();
		all->now_turn = all->service->turn;
	}
	return all->now_ms;
}

/* Bytes that the peer has sent or acknowledged. */
static uint64_t
progress(const struct conn *c)
{
	uint64_t unsent = unsent_bytes(c->fd);

	if (c->bev != NULL)
		unsent += evbuffer_get_length(bufferevent_get_output(c->bev));
	return c->bytes_in +
	    (unsent < c->bytes_out ? c->bytes_out - unsent : 0);
}

static void
wait_for(struct conn *c, enum conn_wait wait, bool renew)
{
	if (wait == c->wait && !renew && c->deadline.queue != NULL)
		return;
	if (wait == CONN_WAIT_RATE)
		c->mark = progress(c);
	c->wait = (uint8_t)wait;
	deadline_enter(&c->all->deadlines, &c->deadline,
	    &c->all->waits[wait], now_ms(c->all));
}

/* ---- the end ---- */

static void
stop_buffered(struct conn *c)
{
	if (c->bev == NULL)
		return;
	/*
	 * Its events leave the loop here and now, as the socket may be
	 * closed before the loop gets round to freeing the rest.
	 */
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	bufferevent_free(c->bev);
	c->bev = NULL;
}

static void
drop_kept(struct conn *c)
{
	free(c->kept);
	c->kept = NULL;
	c->kept_len = c->kept_size = 0;
}

static void
drop_out(struct conn *c)
{
	if (c->out == NULL)
		return;
	out_clear(c->out);
	free(c->out);
	c->out = NULL;
}

/* End the connection. c is gone when this returns. */
static void
conn_end(struct conn *c, enum conn_end end)
{
	struct conns *all = c->all;

	if (log_has_level(LOG_LEVEL_DEBUG))
		log_debug("connection %" PRIu64 " (%s) ended: %s; "
		    "%" PRIu64 " bytes in, %" PRIu64 " out", c->id,
		    c->proto->name, conn_end_name(end), c->bytes_in,
		    c->bytes_out);
	all->ended[end]++;
	deadline_leave(&all->deadlines, &c->deadline);
	if (c->proto->on_close != NULL)
		c->proto->on_close(&c->state);
	stop_buffered(c);
	if (c->watched != 0)
		event_del(&c->ev);
	close(c->fd);
	drop_out(c);
	drop_kept(c);
	address_count_drop(&all->addresses, c->address);
	free(c);
	all->count--;
	if (all->on_end != NULL)
		all->on_end(all->arg);
}

/* ---- events ---- */

/* Wait for input or for room to write. False (and ended) without memory. */
static bool
watch(struct conn *c, short what)
{
	if (c->watched == what)
		return true;
	if (c->watched != 0)
		event_del(&c->ev);
	c->watched = 0;
	if (event_assign(&c->ev, c->all->base, c->fd, what | EV_PERSIST,
	    on_event, c) == -1 || event_add(&c->ev, NULL) == -1) {
		conn_end(c, CONN_END_MEMORY);
		return false;
	}
	c->watched = what;
	return true;
}

static bool
start_buffered(struct conn *c)
{
	if (c->watched != 0)
		event_del(&c->ev);
	c->watched = 0;
	c->bev = bufferevent_socket_new(c->all->base, c->fd, 0);
	if (c->bev == NULL)
		return false;
	bufferevent_setcb(c->bev, on_buffered_input, on_buffered_drained,
	    on_buffered_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, INPUT_SIZE);
	return bufferevent_enable(c->bev, EV_READ | EV_WRITE) == 0;
}

/* ---- talking to the protocol ---- */

static struct talk
talk_of(struct conn *c, struct slice in)
{
	return (struct talk){
		.service = c->all->service,
		.state = &c->state,
		.refused = c->refused,
		.bytes = in.p,
		.len = in.len,
		.out = &c->all->out,
		.wait = c->said,
		.end = CONN_END_DONE,
	};
}

/* Take note of what a handler said; its verdict passes through. */
static enum conn_next
note(struct conn *c, const struct talk *t, enum conn_next next)
{
	c->said = (uint8_t)t->wait;
	if (next == CONN_MORE)
		wait_for(c, t->wait, t->renew);
	else
		c->end = (uint8_t)t->end;
	return next;
}

/* Begin to speak a protocol, the first one or another. */
static enum conn_next
open_protocol(struct conn *c, const struct protocol *proto)
{
	struct talk t;

	if (c->proto != NULL && c->proto->on_close != NULL)
		c->proto->on_close(&c->state);
	c->state = (struct proto_state){ 0 };
	c->proto = proto;
	c->said = (uint8_t)proto->wait;
	if (proto->buffered && !start_buffered(c)) {
		c->end = CONN_END_MEMORY;
		return CONN_ABORT;
	}
	t = talk_of(c, (struct slice){ NULL, 0 });
	t.renew = true;
	return note(c, &t, proto->on_open == NULL ? CONN_MORE :
	    proto->on_open(&t));
}

/*
 * Let the protocol use up input. *in is what it left. *full is set if it was
 * cut short because enough output is waiting.
 */
static enum conn_next
converse(struct conn *c, struct slice *in, bool *full)
{
	enum conn_next next = CONN_MORE;
	struct talk t;

	*full = false;
	while (next == CONN_MORE && in->len > 0 && !*full) {
		t = talk_of(c, *in);
		next = note(c, &t, c->proto->on_input(&t));
		in->p += t.used;
		in->len -= t.used;
		if (t.become != NULL)
			next = open_protocol(c, t.become);
		else if (t.used == 0)
			break;
		*full = c->all->out.left > OUTPUT_MAX;
	}
	return next;
}

/* Keep unused input for later. False without memory. */
static bool
keep(struct conn *c, struct slice in)
{
	if (in.len == 0) {
		drop_kept(c);
		return true;
	}
	if (c->kept != NULL && in.p >= c->kept &&
	    in.p < c->kept + c->kept_size) {
		memmove(c->kept, in.p, in.len);
		c->kept_len = (uint32_t)in.len;
		return true;
	}
	drop_kept(c);
	if ((c->kept = malloc(in.len)) == NULL)
		return false;
	memcpy(c->kept, in.p, in.len);
	c->kept_len = c->kept_size = (uint32_t)in.len;
	return true;
}

/* Input has come, or waited until now: serve it. */
static void
serve(struct conn *c, struct slice in)
{
	enum conn_next next;
	bool full;

	next = converse(c, &in, &full);
	if (next == CONN_FLUSH && in.len > 0)
		next = CONN_DRAIN;	/* closing on unread input would reset */
	if (next == CONN_MORE && !keep(c, in)) {
		out_reset(&c->all->out);
		conn_end(c, CONN_END_MEMORY);
		return;
	}
	put_out(c, next);
}

/* ---- output ---- */

static void
drain(struct conn *c)
{
	stop_buffered(c);
	drop_kept(c);
	if (c->eof || shutdown(c->fd, SHUT_WR) == -1) {
		conn_end(c, c->end);
		return;
	}
	c->mode = DRAINING;
	wait_for(c, CONN_WAIT_DRAIN, true);
	watch(c, EV_READ);
}

/* All output is sent: carry out the verdict. c may be gone afterwards. */
static void
proceed(struct conn *c, enum conn_next next)
{
	switch (next) {
	case CONN_MORE:
		if (c->bev == NULL)
			watch(c, EV_READ);
		return;
	case CONN_DRAIN:
		drain(c);
		return;
	case CONN_FLUSH:
	case CONN_ABORT:
		conn_end(c, c->end);
		return;
	}
}

/* Output is left, or input waits for its turn: go on when there is room. */
static void
park(struct conn *c, struct out *out, enum conn_next next)
{
	if (out == &c->all->out) {
		if ((c->out = calloc(1, sizeof(*c->out))) != NULL)
			out_move(c->out, out);
		out_reset(out);
		if (c->out == NULL || c->out->failed) {
			conn_end(c, CONN_END_MEMORY);
			return;
		}
	}
	c->after = (uint8_t)next;
	c->mode = next == CONN_MORE ? TALKING : FLUSHING;
	wait_for(c, CONN_WAIT_RATE, false);
	watch(c, EV_WRITE);
}

/*
 * Hand what the socket did not take to the bufferevent. Reading stops while
 * much of it waits, so a peer that does not read costs a bounded amount.
 */
static void
put_buffered(struct conn *c, struct out *out, enum conn_next next)
{
	struct evbuffer *output = bufferevent_get_output(c->bev);
	struct slice run;

	while (out_peek(out, &run)) {
		if (evbuffer_add(output, run.p, run.len) == -1) {
			out_reset(out);
			conn_end(c, CONN_END_MEMORY);
			return;
		}
		out_advance(out, run.len);
		c->bytes_out += run.len;
	}
	c->after = (uint8_t)next;
	c->mode = next == CONN_MORE ? TALKING : FLUSHING;
	if (c->mode == FLUSHING)
		wait_for(c, CONN_WAIT_RATE, false);
	if (c->mode == FLUSHING || evbuffer_get_length(output) > OUTPUT_MAX)
		bufferevent_disable(c->bev, EV_READ);
}

/* What was parked has gone: back to the protocol, or to the verdict. */
static void
sent_parked(struct conn *c)
{
	drop_out(c);
	if (c->after != CONN_MORE) {
		proceed(c, c->after);
		return;
	}
	wait_for(c, c->said, true);
	if (c->kept_len > 0)
		serve(c, (struct slice){ c->kept, c->kept_len });
	else if (watch(c, EV_READ) && c->all->service->stopping)
		tell_stop(c);
}

/* Send what can be sent of out; proceed, or go on later. */
static void
send_out(struct conn *c, struct out *out, enum conn_next next)
{
	enum out_result result = OUT_BLOCKED;

	if (c->bev == NULL ||
	    evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		result = out_send(out, c->fd, FILE_SHARE, &c->bytes_out);
	switch (result) {
	case OUT_DONE:
		if (out == c->out)
			sent_parked(c);
		else
			proceed(c, next);
		return;
	case OUT_BLOCKED:
	case OUT_SHARE:
		if (c->bev != NULL)
			put_buffered(c, out, next);
		else
			park(c, out, next);
		return;
	case OUT_SHRANK:
		out_reset(out);
		conn_end(c, CONN_END_FILE_SHRANK);
		return;
	case OUT_ERROR:
		out_reset(out);
		conn_end(c, errno == EPIPE || errno == ECONNRESET ||
		    errno == ETIMEDOUT ? CONN_END_CLIENT_GONE :
		    CONN_END_ERROR);
		return;
	}
}

/* The last thing that a callback does: answers go out, the verdict counts. */
static void
put_out(struct conn *c, enum conn_next next)
{
	struct out *out = &c->all->out;

	if (out->failed || next == CONN_ABORT) {
		enum conn_end end = out->failed ? CONN_END_MEMORY : c->end;

		out_reset(out);
		conn_end(c, end);
		return;
	}
	/* More requests wait behind a full output: another turn. */
	if (next == CONN_MORE && out->left > OUTPUT_MAX) {
		park(c, out, next);
		return;
	}
	send_out(c, out, next);
}

/* The server stops: tell the protocol, unless output is on its way. */
static void
tell_stop(struct conn *c)
{
	struct talk t;
	enum conn_next next;

	if (c->mode != TALKING || c->out != NULL)
		return;
	t = talk_of(c, (struct slice){ c->kept, c->kept_len });
	next = note(c, &t, c->proto->on_stop(&t));
	if (next != CONN_MORE)
		put_out(c, next);
}

/* ---- input ---- */

/* The peer has ended its side; what it is owed is still sent. */
static void
peer_ended(struct conn *c)
{
	struct slice in = { c->kept, c->kept_len };
	enum conn_next next;
	struct talk t;
	bool full;

	c->eof = true;
	t = talk_of(c, in);
	next = note(c, &t, c->proto->on_end(&t));
	if (t.become != NULL) {
		next = open_protocol(c, t.become);
		if (next == CONN_MORE)
			next = converse(c, &in, &full);
		t = talk_of(c, in);
		if (next == CONN_MORE)
			next = note(c, &t, c->proto->on_end(&t));
	}
	put_out(c, next == CONN_MORE ? CONN_FLUSH : next);
}

/* Where to read to: behind kept input, or into what all share. */
static char *
input_room(struct conn *c, size_t *room)
{
	if (c->kept_len == 0) {
		*room = INPUT_SIZE;
		return c->all->input;
	}
	if (c->kept_size - c->kept_len < c->kept_size / 2 ||
	    c->kept_size < 1024) {
		uint32_t size = c->kept_size < 512 ? 1024 : c->kept_size * 2;
		char *kept = realloc(c->kept, size);

		if (kept == NULL)
			return NULL;
		c->kept = kept;
		c->kept_size = size;
	}
	*room = c->kept_size - c->kept_len;
	return c->kept + c->kept_len;
}

/* Read once, and serve what came. */
static void
read_input(struct conn *c)
{
	size_t room;
	char *at = input_room(c, &room);
	ssize_t n;

	if (at == NULL) {
		conn_end(c, CONN_END_MEMORY);
		return;
	}
	n = recv(c->fd, at, room, 0);
	if (n > 0) {
		c->bytes_in += (uint64_t)n;
		if (c->kept_len > 0) {
			c->kept_len += (uint32_t)n;
			serve(c, (struct slice){ c->kept, c->kept_len });
		} else {
			serve(c, (struct slice){ at, (size_t)n });
		}
	} else if (n == 0) {
		peer_ended(c);
	} else if (errno == EAGAIN || errno == EINTR) {
		wait_for(c, c->wait, false);
		watch(c, EV_READ);
	} else {
		conn_end(c, CONN_END_CLIENT_GONE);
	}
}

static void
discard_input(struct conn *c)
{
	/* A fast sender gets its share of the turn, not all of it. */
	for (int i = 0; i < 4; i++) {
		ssize_t n = recv(c->fd, c->all->input, INPUT_SIZE, 0);

		if (n > 0) {
			c->bytes_in += (uint64_t)n;
			continue;
		}
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		conn_end(c, c->end);
		return;
	}
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	if (c->mode == DRAINING)
		discard_input(c);
	else if (c->watched == EV_WRITE)
		send_out(c, c->out, c->after);
	else
		read_input(c);
}

static void
on_buffered_input(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	struct slice in = { NULL, evbuffer_get_length(input) };
	enum conn_next next;
	bool full;

	in.p = (const char *)evbuffer_pullup(input, -1);
	if (in.len > 0 && in.p == NULL) {
		conn_end(c, CONN_END_MEMORY);
		return;
	}
	c->bytes_in += in.len;
	next = converse(c, &in, &full);
	/* A buffered protocol uses all that it is given. */
	evbuffer_drain(input, evbuffer_get_length(input));
	put_out(c, next);
}

static void
on_buffered_drained(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	if (c->mode == FLUSHING) {
		proceed(c, c->after);
		return;
	}
	wait_for(c, c->said, true);
	bufferevent_enable(bev, EV_READ);
}

static void
on_buffered_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (what & BEV_EVENT_EOF)
		peer_ended(c);
	else
		conn_end(c, CONN_END_CLIENT_GONE);
}

/* ---- deadlines ---- */

/* A period of min_rate is over: true if the peer was fast enough. */
static bool
is_fast_enough(struct conn *c)
{
	const struct conns *all = c->all;

	return progress(c) - c->mark >= all->service->config->limits.min_rate *
	    all->waits[CONN_WAIT_RATE].period_ms / 1000;
}

static void
tell_deadline(struct conn *c)
{
	struct slice in = { c->kept, c->kept_len };
	struct talk t = talk_of(c, in);
	enum conn_next next;

	next = note(c, &t, c->proto->on_deadline(&t));
	if (t.become != NULL) {
		next = open_protocol(c, t.become);
		if (next == CONN_MORE && in.len > 0) {
			t = talk_of(c, in);
			next = note(c, &t, c->proto->on_deadline(&t));
		}
	}
	put_out(c, next);
}

/*
 * Before silence is believed the socket is read once more: under load,
 * timers run before input that is already waiting.
 */
static bool
is_silent(const struct conn *c)
{
	char byte;

	if (c->bev != NULL || c->kept_len > 0)
		return true;
	return recv(c->fd, &byte, 1, MSG_PEEK) == -1;
}

static void
on_due(struct deadline *d, void *arg)
{
	struct conn *c = conn_of(d);

	(void)arg;
	if (c->mode == DRAINING) {
		conn_end(c, c->end);
	} else if (c->wait == CONN_WAIT_RATE && is_fast_enough(c)) {
		wait_for(c, CONN_WAIT_RATE, true);
	} else if (c->watched == EV_WRITE || c->mode == FLUSHING) {
		conn_end(c, CONN_END_RATE_LOW);
	} else if (c->wait != CONN_WAIT_RATE && !is_silent(c)) {
		read_input(c);
	} else {
		tell_deadline(c);
	}
}

/* ---- all of them ---- */

int
conns_init(struct conns *all, struct event_base *base,
    struct service *service, uint64_t max)
{
	const struct config *config = service->config;

	*all = (struct conns){ .base = base, .service = service, .max = max };
	all->waits[CONN_WAIT_DETECT].period_ms =
	    config->limits.detect_timeout_ms;
	all->waits[CONN_WAIT_HEAD].period_ms =
	    config->limits.header_timeout_ms;
	all->waits[CONN_WAIT_IDLE].period_ms = config->limits.idle_timeout_ms;
	all->waits[CONN_WAIT_TALK].period_ms = config->echo.idle_timeout_ms;
	all->waits[CONN_WAIT_RATE].period_ms = RATE_PERIOD_MS;
	all->waits[CONN_WAIT_LAST].period_ms = LAST_MS;
	all->waits[CONN_WAIT_DRAIN].period_ms = DRAIN_MS;
	out_init(&all->out);
	address_count_init(&all->addresses);
	if (deadline_set_init(&all->deadlines, base, all->waits, CONN_WAITS,
	    on_due, NULL) == -1)
		return -1;
	if ((all->input = malloc(INPUT_SIZE)) == NULL) {
		deadline_set_clear(&all->deadlines);
		return -1;
	}
	return 0;
}

static struct conn *
first_of(const struct deadline_queue *queue)
{
	struct deadline *d = deadline_first(queue);

	return d == NULL ? NULL : conn_of(d);
}

void
conns_end_all(struct conns *all)
{
	struct conn *c;

	for (unsigned i = 0; i < CONN_WAITS; i++)
		while ((c = first_of(&all->waits[i])) != NULL)
			conn_end(c, CONN_END_SHUTDOWN);
}

void
conns_clear(struct conns *all)
{
	conns_end_all(all);
	deadline_set_clear(&all->deadlines);
	address_count_clear(&all->addresses);
	out_clear(&all->out);
	free(all->input);
	all->input = NULL;
}

bool
conns_end_idle(struct conns *all, enum conn_end end)
{
	struct conn *idle = first_of(&all->waits[CONN_WAIT_IDLE]);

	if (idle == NULL)
		return false;
	conn_end(idle, end);
	return true;
}

void
conns_stop(struct conns *all)
{
	struct deadline *d, *next;

	/* Telling one may end it or move it to a later queue, no other. */
	for (unsigned i = 0; i < CONN_WAITS; i++)
		for (d = deadline_first(&all->waits[i]); d != NULL; d = next) {
			next = TAILQ_NEXT(d, link);
			tell_stop(conn_of(d));
		}
}

void
conn_new(struct conns *all, const struct protocol *proto, int fd,
    const struct sockaddr *peer)
{
	uint64_t most = all->service->config->limits.connections_per_address;
	enum conn_next next;
	struct conn *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		all->ended[CONN_END_MEMORY]++;
		close(fd);
		return;
	}
	c->all = all;
	c->fd = fd;
	c->id = ++all->last_id;
	all->count++;
	if (most != CONFIG_UNLIMITED &&
	    (c->address = address_count_add(&all->addresses, peer)) != NULL)
		c->refused = address_count_of(c->address) > most;
	next = open_protocol(c, proto);
	if (next == CONN_MORE && !proto->buffered)
		read_input(c);	/* the request is usually here already */
	else
		put_out(c, next);
}
