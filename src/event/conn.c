#include "event/conn_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

static void	read_input(struct conn *c);

/* ---- talking to the protocol ---- */

static struct talk
talk_of(struct conn *c, struct slice in)
{
	return (struct talk){
		.service = c->all->service,
		.state = &c->state,
		.access = c->access,
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
		conn_wait(c, t->wait, t->renew);
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
	/* A head that has begun keeps its deadline, whoever reads it. */
	c->said = c->wait == CONN_WAIT_HEAD ? CONN_WAIT_HEAD :
	    (uint8_t)proto->wait;
	t = talk_of(c, (struct slice){ NULL, 0 });
	t.renew = c->said != CONN_WAIT_HEAD;
	return note(c, &t, proto->on_open == NULL ? CONN_MORE :
	    proto->on_open(&t));
}

/*
 * Let the protocol use up input, until enough output is waiting. *in is what
 * it left.
 */
static enum conn_next
converse(struct conn *c, struct slice *in)
{
	enum conn_next next = CONN_MORE;
	bool full = false;
	struct talk t;

	/* A log may have come after the connection. */
	if (c->all->service->access != NULL && c->access == NULL)
		conn_log(c, c->proto, NULL);
	for (int i = 0; next == CONN_MORE && in->len > 0 && !full; i++) {
		t = talk_of(c, *in);
		/* A second request may have come after the turn began. */
		if (i == 1)
			service_look_again(c->all->service);
		next = note(c, &t, c->proto->on_input(&t));
		in->p += t.used;
		in->len -= t.used;
		if (t.become != NULL)
			next = open_protocol(c, t.become);
		else if (t.used == 0)
			break;
		full = conn_has_enough(c);
	}
	return next;
}

/* Keep unused input for later. False without memory. */
static bool
keep(struct conn *c, struct slice in)
{
	if (in.len == 0) {
		conn_drop_kept(c);
		return true;
	}
	if (c->kept != NULL && in.p >= c->kept &&
	    in.p < c->kept + c->kept_size) {
		/* A head that drips in is at its place already. */
		if (in.p != c->kept)
			memmove(c->kept, in.p, in.len);
		c->kept_len = (uint32_t)in.len;
		return true;
	}
	conn_drop_kept(c);
	if ((c->kept = malloc(in.len)) == NULL)
		return false;
	memcpy(c->kept, in.p, in.len);
	c->kept_len = c->kept_size = (uint32_t)in.len;
	return true;
}

/* Carry out the verdict on input of which in is left. */
static void
leave(struct conn *c, struct slice in, enum conn_next next)
{
	if (next == CONN_FLUSH && in.len > 0)
		next = CONN_DRAIN;	/* closing on unread input would reset */
	if (conn_goes_on(next) && !keep(c, in)) {
		out_reset(&c->all->out);
		conn_end(c, CONN_END_MEMORY);
		return;
	}
	conn_put_out(c, next);
}

void
conn_serve(struct conn *c, struct slice in)
{
	enum conn_next next = converse(c, &in);

	leave(c, in, next);
}

/* Whether the peer has reset the connection: nobody waits for the work. */
static bool
is_gone(const struct conn *c)
{
	char byte;

	return recv(c->fd, &byte, 1, MSG_PEEK) == -1 && errno != EAGAIN &&
	    errno != EINTR;
}

/* On with the work, then with input that has waited for its end. */
void
conn_work(struct conn *c)
{
	struct slice in = { c->kept, c->kept_len };
	struct talk t = talk_of(c, in);
	enum conn_next next;

	if (is_gone(c)) {
		conn_end(c, CONN_END_CLIENT_GONE);
		return;
	}
	next = note(c, &t, c->proto->on_later(&t));
	if (t.used > 0) {
		in.p += t.used;
		in.len -= t.used;
	}
	if (next == CONN_MORE && !conn_has_enough(c))
		next = converse(c, &in);
	leave(c, in, next);
}

/* The server stops: tell the protocol, unless it is at work. */
void
conn_tell_stop(struct conn *c)
{
	struct talk t;
	enum conn_next next;

	if (c->mode != TALKING || c->out != NULL ||
	    c->wait == CONN_WAIT_WORK)
		return;
	t = talk_of(c, (struct slice){ c->kept, c->kept_len });
	next = note(c, &t, c->proto->on_stop(&t));
	if (next != CONN_MORE)
		conn_put_out(c, next);
}

/* ---- input ---- */

/* The peer has ended its side; what it is owed is still sent. */
static void
peer_ended(struct conn *c)
{
	struct slice in = { c->kept, c->kept_len };
	enum conn_next next;
	struct talk t;

	c->eof = true;
	t = talk_of(c, in);
	next = note(c, &t, c->proto->on_end(&t));
	if (t.become != NULL) {
		next = open_protocol(c, t.become);
		if (next == CONN_MORE)
			next = converse(c, &in);
		t = talk_of(c, in);
		if (next == CONN_MORE)
			next = note(c, &t, c->proto->on_end(&t));
	}
	conn_put_out(c, next == CONN_MORE ? CONN_FLUSH : next);
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
			/* The rest of it may be younger than the turn. */
			service_look_again(c->all->service);
			c->kept_len += (uint32_t)n;
			conn_serve(c, (struct slice){ c->kept, c->kept_len });
		} else {
			conn_serve(c, (struct slice){ at, (size_t)n });
		}
	} else if (n == 0) {
		peer_ended(c);
	} else if (errno == EAGAIN || errno == EINTR) {
		conn_wait(c, c->wait, false);
		conn_watch(c, EV_READ);
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

void
conn_on_event(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	if (c->mode == DRAINING)
		discard_input(c);
	else if (c->watched == EV_WRITE)
		conn_resume(c);
	else
		read_input(c);
}

/* ---- a peer that reads more slowly than it sends ---- */

static void
on_buffered_input(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	struct slice in = { NULL, evbuffer_get_length(input) };
	enum conn_next next;

	in.p = (const char *)evbuffer_pullup(input, -1);
	if (in.len > 0 && in.p == NULL) {
		conn_end(c, CONN_END_MEMORY);
		return;
	}
	c->bytes_in += in.len;
	next = converse(c, &in);
	/* A buffered protocol uses all that it is given. */
	evbuffer_drain(input, evbuffer_get_length(input));
	conn_put_out(c, next);
}

/* It has caught up: on without a buffer. */
static void
on_buffered_drained(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->mode != FLUSHING) {
		conn_wait(c, c->said, true);
		conn_stop_buffered(c);
	}
	conn_proceed(c, c->after);
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

bool
conn_start_buffered(struct conn *c)
{
	conn_unwatch(c);
	c->bev = bufferevent_socket_new(c->all->base, c->fd, 0);
	if (c->bev == NULL)
		return false;
	bufferevent_setcb(c->bev, on_buffered_input, on_buffered_drained,
	    on_buffered_event, c);
	return bufferevent_enable(c->bev, EV_READ | EV_WRITE) == 0;
}

/* ---- deadlines ---- */

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
	conn_put_out(c, next);
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

/*
 * A buffered peer that reads slowly is not idle: has it taken anything since
 * this was last asked?
 */
static bool
is_being_read(struct conn *c)
{
	uint64_t now;

	if (c->bev == NULL ||
	    evbuffer_get_length(bufferevent_get_output(c->bev)) == 0 ||
	    (now = conn_progress(c)) == c->mark)
		return false;
	c->mark = now;
	return true;
}

void
conn_on_due(struct deadline *d, void *arg)
{
	struct conn *c = conn_of(d);

	(void)arg;
	/* What waits anew from here on must not be due by the turn's clock. */
	c->all->now_turn = 0;
	if (c->mode == DRAINING) {
		conn_end(c, c->end);
	} else if (c->wait == CONN_WAIT_WORK) {
		conn_wait(c, CONN_WAIT_WORK, true);
	} else if (c->wait == CONN_WAIT_RATE && conn_is_fast_enough(c)) {
		conn_wait(c, CONN_WAIT_RATE, true);
	} else if (c->watched == EV_WRITE || c->mode == FLUSHING) {
		conn_end(c, CONN_END_RATE_LOW);
	} else if (is_being_read(c)) {
		conn_wait(c, c->wait, true);
	} else if (c->wait != CONN_WAIT_RATE && !is_silent(c)) {
		service_look_again(c->all->service);
		read_input(c);
	} else {
		tell_deadline(c);
	}
}

/* ---- the beginning ---- */

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
	if (c->refused) {
		/* Who is refused, and lingers, must not keep others out. */
		address_count_drop(&all->addresses, c->address);
		c->address = NULL;
	}
	if (all->service->access != NULL)
		conn_log(c, proto, peer);
	next = open_protocol(c, proto);
	if (next == CONN_MORE && out_is_empty(&all->out))
		read_input(c);	/* the request is usually here already */
	else
		conn_put_out(c, next);
}
