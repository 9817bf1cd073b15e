/*
 * A chunked body: however it is cut, and whether or not its content is
 * asked for, the result, the end and the content are the same.
 */
#include "fuzz.h"

#include "http/http_body.h"

#define MAX		1000
#define OVERHEAD_MAX	100

struct outcome {
	enum http_body_result	 result;
	const struct http_fault	*fault;
	size_t			 used;
	size_t			 n;		/* of content */
	char			 content[MAX];
};

enum manner { WHOLE, BYTES, CUTS };

static void
run(struct outcome *o, const char *bytes, size_t len, enum manner manner,
    int with_data, uint64_t seed)
{
	struct http_body body;
	struct slice data = { NULL, 0 };
	size_t room, used;
	char *copy;

	o->result = HTTP_BODY_MORE;
	o->used = o->n = 0;
	http_body_init(&body, HTTP_FRAMING_CHUNKED, 0, MAX, OVERHEAD_MAX);
	while (o->used < len && o->result == HTTP_BODY_MORE) {
		room = len - o->used;
		if (manner != WHOLE)
			room = manner == BYTES ? 1 : fuzz_cut(&seed, room);
		copy = fuzz_copy(bytes + o->used, room);
		o->result = http_body_consume(&body, copy, room, &used,
		    with_data ? &data : NULL);
		REQUIRE(used <= room && data.len <= used);
		REQUIRE(used > 0 || o->result != HTTP_BODY_MORE);
		if (!with_data && o->result == HTTP_BODY_MORE)
			REQUIRE(used == room);
		if (with_data) {
			REQUIRE(data.len <= MAX - o->n);
			memcpy(o->content + o->n, data.p, data.len);
			o->n += data.len;
		}
		o->used += used;
		free(copy);
	}
	REQUIRE(body.total <= MAX && (!with_data || body.total == o->n));
	REQUIRE((o->result == HTTP_BODY_FAULT) == (body.fault != NULL));
	o->fault = body.fault;
	if (!with_data)
		o->n = (size_t)body.total;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome want, got;
	const char *bytes = (const char *)data;
	uint64_t seed = fuzz_seed(data, size);

	run(&want, bytes, size, WHOLE, 1, 0);
	for (int i = 0; i < 6; i++) {
		run(&got, bytes, size, (enum manner)(i / 2), i % 2, seed);
		REQUIRE(got.result == want.result && got.fault == want.fault);
		REQUIRE(got.used == want.used && got.n == want.n);
		if (i % 2 == 1)
			REQUIRE(memcmp(got.content, want.content, want.n) ==
			    0);
	}
	return 0;
}
