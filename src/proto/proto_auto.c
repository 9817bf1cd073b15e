/*
 * proto_auto - listens first: a connection that begins an HTTP request
 * becomes HTTP; any other, and one that stays silent, becomes an echo.
 */
#include "proto/detect.h"
#include "proto/protocol.h"

struct auto_state {
	uint32_t	scanned;
};

_Static_assert(sizeof(struct auto_state) <= sizeof(struct proto_state),
    "the state must fit");

static enum conn_next
become(struct talk *t, const struct protocol *proto)
{
	t->become = proto;
	return CONN_MORE;
}

static enum conn_next
on_input(struct talk *t)
{
	struct auto_state *s = (struct auto_state *)t->state;

	switch (detect_http(t->bytes, t->len,
	    t->service->config->limits.request_line + 2, &s->scanned)) {
	case DETECT_HTTP:
		return become(t, &proto_http);
	case DETECT_OTHER:
		return become(t, &proto_echo);
	case DETECT_MORE:
		break;
	}
	/* Half a request line is never echoed: it may take its time. */
	t->wait = CONN_WAIT_HEAD;
	return CONN_MORE;
}

static enum conn_next
on_end(struct talk *t)
{
	/* Nothing more can come, so it cannot become a request. */
	return become(t, &proto_echo);
}

static enum conn_next
on_deadline(struct talk *t)
{
	/* Half a request gets the answer of HTTP (408), silence a welcome. */
	return become(t, t->len > 0 ? &proto_http : &proto_echo);
}

static enum conn_next
on_stop(struct talk *t)
{
	/*
	 * Silent so far: whoever speaks now is still answered, briefly. The
	 * rest of a line has the deadline that it had.
	 */
	t->wait = t->len > 0 ? CONN_WAIT_HEAD : CONN_WAIT_DETECT;
	return CONN_MORE;
}

const struct protocol proto_auto = {
	.name = "auto",
	.has_requests = true,
	.wait = CONN_WAIT_DETECT,
	.on_input = on_input,
	.on_end = on_end,
	.on_deadline = on_deadline,
	.on_stop = on_stop,
};
