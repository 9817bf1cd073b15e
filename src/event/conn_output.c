#include "event/conn_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/log.h"
#include "proto/access_log.h"

/*
 * Bytes of files sent in one callback: one download cannot starve the rest,
 * and the more of them there are the less a turn of the loop may cost for all
 * of them together, but for what a call is worth. Half a MiB at a time costs a
 * third less for each byte than half of that: more is on its way when the
 * peer's acknowledgements come.
 */
#define FILE_SHARE_MAX	524288
#define FILE_SHARE_MIN	4096
#define FEW_SENDERS	16

static uint64_t
file_share(const struct conns *all)
{
	uint64_t few = FEW_SENDERS, n = all->senders, share;

	if (n <= few)
		return FILE_SHARE_MAX;
	share = FILE_SHARE_MAX * few * few / (n * n);
	return share < FILE_SHARE_MIN ? FILE_SHARE_MIN : share;
}

static void
drain(struct conn *c)
{
	conn_stop_buffered(c);
	conn_drop_kept(c);
	if (c->eof || shutdown(c->fd, SHUT_WR) == -1) {
		conn_end(c, c->end);
		return;
	}
	c->mode = DRAINING;
	conn_wait(c, CONN_WAIT_DRAIN, true);
	conn_watch(c, EV_READ);
}

/* All output is sent: carry out the verdict. c may be gone afterwards. */
void
conn_proceed(struct conn *c, enum conn_next next)
{
	char byte;

	switch (next) {
	case CONN_MORE:
		if (c->bev == NULL)
			conn_watch(c, EV_READ);
		return;
	case CONN_LATER:
		conn_queue(c);
		return;
	case CONN_DRAIN:
		drain(c);
		return;
	case CONN_FLUSH:
		/* Closing on unread input would reset what is on its way. */
		if (!c->eof && recv(c->fd, &byte, 1, MSG_PEEK) > 0) {
			drain(c);
			return;
		}
		conn_end(c, c->end);
		return;
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
		if ((c->out = calloc(1, sizeof(*c->out))) != NULL) {
			c->all->senders++;
			out_move(c->out, out);
		}
		out_reset(out);
		if (c->out == NULL || c->out->failed) {
			conn_end(c, CONN_END_MEMORY);
			return;
		}
	}
	c->after = (uint8_t)next;
	c->mode = conn_goes_on(next) ? TALKING : FLUSHING;
	conn_wait(c, CONN_WAIT_RATE, false);
	conn_watch(c, EV_WRITE);
}

/* Move all of out to the bufferevent. False without memory. */
static bool
fill_buffer(struct conn *c, struct out *out)
{
	struct slice run;

	if (c->bev == NULL && !conn_start_buffered(c))
		return false;
	while (out_peek(out, &run)) {
		if (bufferevent_write(c->bev, run.p, run.len) == -1)
			return false;
		out_advance(out, run.len);
		c->bytes_out += run.len;
	}
	return true;
}

/*
 * Hand what the socket did not take to a bufferevent, and read on. That stops
 * while much waits, so a peer that does not read costs a bounded amount.
 */
static void
put_buffered(struct conn *c, struct out *out, enum conn_next next)
{
	if (!fill_buffer(c, out)) {
		out_reset(out);
		conn_end(c, CONN_END_MEMORY);
		return;
	}
	c->after = (uint8_t)next;
	c->mode = next == CONN_MORE ? TALKING : FLUSHING;
	if (c->mode == FLUSHING)
		conn_wait(c, CONN_WAIT_RATE, false);
	if (c->mode == FLUSHING || evbuffer_get_length(
	    bufferevent_get_output(c->bev)) > OUTPUT_MAX)
		bufferevent_disable(c->bev, EV_READ);
}

/* What was parked has gone: back to the protocol, or to the verdict. */
static void
sent_parked(struct conn *c)
{
	conn_drop_out(c);
	if (c->after != CONN_MORE) {
		conn_proceed(c, c->after);
		return;
	}
	conn_wait(c, c->said, true);
	if (c->kept_len > 0)
		conn_serve(c, (struct slice){ c->kept, c->kept_len });
	else if (conn_watch(c, EV_READ) && c->all->service->stopping)
		conn_tell_stop(c);
}

/* Send what can be sent of out; proceed, or go on later. */
static void
send_out(struct conn *c, struct out *out, enum conn_next next)
{
	enum out_result result = OUT_BLOCKED;
	int error;

	if (c->bev == NULL ||
	    evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		result = out_send(out, c->fd, file_share(c->all),
		    &c->bytes_out);
	if (c->access != NULL)
		access_sent(c->access, c->bytes_out);
	switch (result) {
	case OUT_DONE:
		if (out == c->out)
			sent_parked(c);
		else
			conn_proceed(c, next);
		return;
	case OUT_BLOCKED:
	case OUT_SHARE:
		if (c->proto->buffered)
			put_buffered(c, out, next);
		else
			park(c, out, next);
		return;
	case OUT_SHRANK:
		out_reset(out);
		conn_end(c, CONN_END_FILE_SHRANK);
		return;
	case OUT_ERROR:
		error = errno;	/* letting files go may change it */
		out_reset(out);
		if (error == EPIPE || error == ECONNRESET ||
		    error == ETIMEDOUT) {
			conn_end(c, CONN_END_CLIENT_GONE);
			return;
		}
		log_error("cannot send: %s", strerror(error));
		conn_end(c, CONN_END_ERROR);
		return;
	}
}

/* The last thing that a callback does: answers go out, the verdict counts. */
void
conn_put_out(struct conn *c, enum conn_next next)
{
	struct out *out = &c->all->out;

	if (out->failed || next == CONN_ABORT) {
		enum conn_end end = out->failed ? CONN_END_MEMORY : c->end;

		out_reset(out);
		conn_end(c, end);
		return;
	}
	/* More requests wait behind a full output: another turn. */
	if (next == CONN_MORE && conn_has_enough(c) &&
	    (c->kept_len > 0 || out->files == 0)) {
		park(c, out, next);
		return;
	}
	send_out(c, out, next);
}

void
conn_resume(struct conn *c)
{
	send_out(c, c->out, c->after);
}
