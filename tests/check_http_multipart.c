#include "http/http_multipart.h"

#include <string.h>

#include "support.h"

#define BOUNDARY	"0123456789abcdefghijklmnopqrstuv"
#define LARGEST		INT64_MAX

static const struct {
	const char		*name;
	struct http_multipart	 m;
	unsigned		 i;
	const char		*want;
} heads[] = {
	{ "14.6 the first part", { BOUNDARY, "text/plain", 10, 2,
	    { { 0, 1 }, { 3, 10 } } }, 0,
	    "\r\n--" BOUNDARY "\r\nContent-Type: text/plain\r\n"
	    "Content-Range: bytes 0-0/10\r\n\r\n" },
	{ "14.6 the second part", { BOUNDARY, "text/plain", 10, 2,
	    { { 0, 1 }, { 3, 10 } } }, 1,
	    "\r\n--" BOUNDARY "\r\nContent-Type: text/plain\r\n"
	    "Content-Range: bytes 3-9/10\r\n\r\n" },
	{ "RFC 2046 5.1.1 the close delimiter", { BOUNDARY, "text/plain", 10,
	    2, { { 0, 1 }, { 3, 10 } } }, 2, "\r\n--" BOUNDARY "--\r\n" },
	{ "14.6 no type, first", { BOUNDARY, "", 10, 2,
	    { { 0, 1 }, { 3, 10 } } }, 0,
	    "\r\n--" BOUNDARY "\r\nContent-Range: bytes 0-0/10\r\n\r\n" },
	{ "14.6 no type, second", { BOUNDARY, "", 10, 2,
	    { { 0, 1 }, { 3, 10 } } }, 1,
	    "\r\n--" BOUNDARY "\r\nContent-Range: bytes 3-9/10\r\n\r\n" },
	{ "14.4 a type with a parameter", { BOUNDARY,
	    "text/html; charset=utf-8", 10, 2, { { 0, 1 }, { 3, 10 } } }, 0,
	    "\r\n--" BOUNDARY "\r\nContent-Type: text/html; charset=utf-8\r\n"
	    "Content-Range: bytes 0-0/10\r\n\r\n" },
	{ "14.4 large positions", { BOUNDARY, "", LARGEST, 1,
	    { { LARGEST - 1, LARGEST } } }, 0,
	    "\r\n--" BOUNDARY "\r\nContent-Range: bytes "
	    "9223372036854775806-9223372036854775806/9223372036854775807"
	    "\r\n\r\n" },
	{ "14.6 close delimiter behind as many as can be",
	    { BOUNDARY, "", 10, HTTP_RANGE_MAX, { { 0, 1 } } },
	    HTTP_RANGE_MAX, "\r\n--" BOUNDARY "--\r\n" },
};

START_TEST(head)
{
	char out[HTTP_PART_HEAD_MAX];
	size_t n, want = strlen(heads[_i].want);

	memset(out, '#', sizeof(out));
	n = http_multipart_head(&heads[_i].m, heads[_i].i, out);
	ck_assert_msg(n == want && memcmp(out, heads[_i].want, n) == 0,
	    "%s: %.*s", heads[_i].name, (int)n, out);
	/* Nothing behind it, not even a NUL. */
	ck_assert_msg(out[n] == '#', "%s", heads[_i].name);
}
END_TEST

/* The heads as they would be sent, and the bytes between them. */
static uint64_t
length_of(const struct http_multipart *m)
{
	char out[HTTP_PART_HEAD_MAX];
	uint64_t sum = 0;

	for (unsigned i = 0; i < m->n; i++) {
		sum += http_multipart_head(m, i, out);
		sum += (uint64_t)(m->ranges[i].end - m->ranges[i].first);
	}
	return sum + http_multipart_head(m, m->n, out);
}

START_TEST(length)
{
	ck_assert_msg(http_multipart_length(&heads[_i].m) ==
	    length_of(&heads[_i].m), "%s", heads[_i].name);
}
END_TEST

/* The whole content of the example, byte for byte. */
START_TEST(length_of_an_example)
{
	static const char content[] =
	    "\r\n--" BOUNDARY "\r\nContent-Type: text/plain\r\n"
	    "Content-Range: bytes 0-0/10\r\n\r\n"
	    "a"
	    "\r\n--" BOUNDARY "\r\nContent-Type: text/plain\r\n"
	    "Content-Range: bytes 3-9/10\r\n\r\n"
	    "defghij"
	    "\r\n--" BOUNDARY "--\r\n";

	ck_assert_uint_eq(http_multipart_length(&heads[0].m),
	    sizeof(content) - 1);
}
END_TEST

/* The longest type and the largest numbers: it fits, and does not wrap. */
START_TEST(longest)
{
	struct http_multipart m = { BOUNDARY, "", LARGEST, HTTP_RANGE_MAX,
	    { { 0, 0 } } };
	char *out = guarded(BYTES(""));
	size_t n;

	memset(m.type, 'x', sizeof(m.type) - 1);
	for (unsigned i = 0; i < m.n; i++)
		m.ranges[i] = (struct http_range){ LARGEST - 2, LARGEST };
	/* Out to the unreadable page, as long as promised. */
	out -= HTTP_PART_HEAD_MAX;
	n = http_multipart_head(&m, 1, out);
	ck_assert_uint_lt(n, HTTP_PART_HEAD_MAX);
	ck_assert(memcmp(out + n - 4, "\r\n\r\n", 4) == 0);
	ck_assert_uint_eq(http_multipart_length(&m), length_of(&m));
	m.n = 1;
	m.ranges[0] = (struct http_range){ 0, LARGEST };
	ck_assert_uint_gt(http_multipart_length(&m), (uint64_t)LARGEST);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_multipart");
	TCase *tc = tcase_create("multipart");

	tcase_add_loop_test(tc, head, 0, COUNT(heads));
	tcase_add_loop_test(tc, length, 0, COUNT(heads));
	tcase_add_test(tc, length_of_an_example);
	tcase_add_test(tc, longest);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
