/*
 * proto_echo - the welcome, then what each read brought, after a prefix.
 * With an empty prefix that is RFC 862, the welcome apart.
 */
#include "proto/protocol.h"

static enum conn_next
on_open(struct talk *t)
{
	if (!talk_welcome(t))
		return CONN_ABORT;
	t->wait = CONN_WAIT_TALK;
	t->end = CONN_END_SHUTDOWN;
	return t->service->stopping ? CONN_FLUSH : CONN_MORE;
}

static enum conn_next
on_input(struct talk *t)
{
	const struct config *config = t->service->config;

	out_copy(t->out, config->echo.prefix, config->echo.prefix_len);
	out_copy(t->out, t->bytes, t->len);
	t->used = t->len;
	t->wait = CONN_WAIT_TALK;
	t->renew = true;
	return CONN_MORE;
}

static enum conn_next
on_end(struct talk *t)
{
	/* What was received is still sent back. */
	t->end = CONN_END_DONE;
	return CONN_FLUSH;
}

static enum conn_next
on_deadline(struct talk *t)
{
	t->end = CONN_END_IDLE;
	return CONN_ABORT;
}

static enum conn_next
on_stop(struct talk *t)
{
	t->end = CONN_END_SHUTDOWN;
	return CONN_FLUSH;
}

const struct protocol proto_echo = {
	.name = "echo",
	.buffered = true,
	.wait = CONN_WAIT_TALK,
	.on_open = on_open,
	.on_input = on_input,
	.on_end = on_end,
	.on_deadline = on_deadline,
	.on_stop = on_stop,
};
