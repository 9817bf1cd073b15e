#include "proto/protocol.h"

const char *
conn_end_name(enum conn_end end)
{
	static const char *const names[CONN_ENDS] = {
		[CONN_END_DONE] = "done",
		[CONN_END_IDLE] = "idle",
		[CONN_END_TIMEOUT] = "timeout",
		[CONN_END_HEADER_SLOW] = "header-slow",
		[CONN_END_RATE_LOW] = "rate-low",
		[CONN_END_BAD_REQUEST] = "bad-request",
		[CONN_END_LIMIT] = "limit",
		[CONN_END_TLS] = "tls",
		[CONN_END_CLIENT_GONE] = "client-gone",
		[CONN_END_FILE_SHRANK] = "file-shrank",
		[CONN_END_FD_LIMIT] = "fd-limit",
		[CONN_END_SHUTDOWN] = "shutdown",
		[CONN_END_MEMORY] = "memory",
		[CONN_END_ERROR] = "error",
	};

	return names[end];
}

bool
talk_welcome(struct talk *t)
{
	const struct config *config = t->service->config;

	if (t->refused) {
		t->end = CONN_END_LIMIT;
		return false;
	}
	out_copy(t->out, config->welcome.message,
	    config->welcome.message_len);
	return true;
}
