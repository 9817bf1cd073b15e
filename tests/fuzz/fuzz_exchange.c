/*
 * fuzz_exchange - answers of servers, any bytes and any cuts, through exchange
 * and a real socket.
 *
 * The first byte of the input says by its lowest bit whether the request was a
 * HEAD; the rest is sent, and then the end. It is sent once in one piece
 * and once in many, and each time the exchange ends exactly once, and in both
 * with the same status, content, exit status and words.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "client/exchange.h"
#include "fuzz.h"

#define INPUT_MAX	(100 * 1024)	/* what a socket takes at once */
#define REQUEST		"GET / HTTP/1.1\r\n\r\n"

static struct event_base *base;

/* What came of an answer. */
struct outcome {
	int			heads;
	int			done;
	int			status;
	size_t			len;
	char			content[INPUT_MAX];
	struct exchange_end	end;
};

static enum exchange_take
on_head(void *arg, const struct http_reply *reply, struct slice head)
{
	struct outcome *o = arg;

	o->heads++;
	o->status = reply->status;
	REQUIRE(reply->status >= 200);
	REQUIRE(head.len <= EXCHANGE_HEAD_MAX);
	return EXCHANGE_TAKE;
}

static bool
on_content(void *arg, const char *bytes, size_t len)
{
	struct outcome *o = arg;

	REQUIRE(o->heads == 1 && len > 0);
	REQUIRE(o->len + len <= sizeof(o->content));
	memcpy(o->content + o->len, bytes, len);
	o->len += len;
	return true;
}

static void
on_done(void *arg, const struct exchange_end *end)
{
	struct outcome *o = arg;

	o->done++;
	o->end = *end;
	REQUIRE(end->content == o->len);
	REQUIRE((end->why == EXITS_OK) == (end->error[0] == '\0'));
	REQUIRE(end->why != EXITS_OK || o->heads == 1);
}

static void
turn(void)
{
	REQUIRE(event_base_loop(base, EVLOOP_NONBLOCK) != -1);
}

/* Send all, in pieces if so. What nobody wants any more is lost. */
static void
run(const uint8_t *data, size_t size, bool head, bool cut,
    struct outcome *o)
{
	static const struct exchange_calls calls = { on_head, on_content,
	    on_done };
	struct exchange *x;
	uint64_t seed = fuzz_seed(data, size);
	char request[64];
	size_t n;
	int fds[2];

	o->heads = o->done = o->status = 0;
	o->len = 0;
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	REQUIRE(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
	REQUIRE((x = exchange_new(base, fds[0], UINT64_MAX)) != NULL);
	REQUIRE(exchange_begin(x, head ? HTTP_HEAD : HTTP_GET,
	    SLICE(REQUEST), &calls, o) == 0);
	/* Read, or the end would be a reset. */
	REQUIRE(recv(fds[1], request, sizeof(request), 0) ==
	    sizeof(REQUEST) - 1);
	while (size > 0) {
		n = cut ? fuzz_cut(&seed, size) : size;
		if (send(fds[1], data, n, MSG_NOSIGNAL) != (ssize_t)n)
			break;
		data += n;
		size -= n;
		turn();
	}
	close(fds[1]);
	for (int i = 0; i < 8 && o->done == 0; i++)
		turn();
	REQUIRE(o->done == 1);
	exchange_free(x);
	turn();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome whole, cut;
	bool head;

	if (base == NULL) {
		signal(SIGPIPE, SIG_IGN);
		REQUIRE((base = event_base_new()) != NULL);
	}
	if (size < 1 || size > INPUT_MAX)
		return 0;
	head = (data[0] & 1) != 0;
	run(data + 1, size - 1, head, false, &whole);
	run(data + 1, size - 1, head, true, &cut);
	REQUIRE(whole.heads == cut.heads && whole.status == cut.status);
	REQUIRE(whole.end.why == cut.end.why);
	REQUIRE(strcmp(whole.end.error, cut.end.error) == 0);
	REQUIRE(whole.len == cut.len &&
	    memcmp(whole.content, cut.content, whole.len) == 0);
	return 0;
}
