/*
 * proto_welcome - the welcome, then an orderly close: the peer may finish
 * sending, so that no reset overtakes the words. Nothing is read that needs
 * a buffer, so it runs without a bufferevent.
 */
#include "proto/protocol.h"

static enum conn_next
on_open(struct talk *t)
{
	if (!talk_welcome(t))
		return CONN_ABORT;
	t->end = CONN_END_DONE;
	return CONN_DRAIN;
}

/* After CONN_DRAIN conn handles all that comes by itself. */
static enum conn_next
on_any(struct talk *t)
{
	t->used = t->len;
	return CONN_FLUSH;
}

const struct protocol proto_welcome = {
	.name = "welcome",
	.wait = CONN_WAIT_TALK,
	.on_open = on_open,
	.on_input = on_any,
	.on_end = on_any,
	.on_deadline = on_any,
	.on_stop = on_any,
};
