#include "http/http_body.h"
#include "support.h"

#define MAX		64	/* content */
#define OVERHEAD_MAX	24

static const struct {
	const char	*name, *text;
	const char	*content;
} good[] = {
	{ "7.1 no content", "0\r\n\r\n", "" },
	{ "7.1 one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello" },
	{ "7.1 two chunks", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde" },
	{ "7.1 hexadecimal", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
	    "01234567890123456789" },
	{ "7.1 two digits", "1F\r\n0123456789012345678901234567890\r\n"
	    "0\r\n\r\n", "0123456789012345678901234567890" },
	{ "7.1 zeros before the size", "0005\r\nhello\r\n000\r\n\r\n",
	    "hello" },
	{ "7.1 as many zeros as are allowed",
	    "0000000000000000000000001\r\na\r\n0\r\n\r\n", "a" },
	{ "7.1 line ends as content", "4\r\n\r\n\r\n\r\n0\r\n\r\n",
	    "\r\n\r\n" },
	{ "7.1 exactly as much as is allowed",
	    "40\r\n0123456789012345678901234567890123456789012345678901234567"
	    "890123\r\n0\r\n\r\n", "0123456789012345678901234567890123456789"
	    "012345678901234567890123" },
	{ "7.1.1 extension", "1;a\r\nx\r\n0\r\n\r\n", "x" },
	{ "7.1.1 with a value", "1;a=b\r\nx\r\n0;c=d\r\n\r\n", "x" },
	{ "7.1.1 two", "1;a;b=c\r\nx\r\n0\r\n\r\n", "x" },
	{ "7.1.1 of digits", "1;1=f;2\r\nx\r\n0\r\n\r\n", "x" },
	{ "7.1.1 blanks", "1 \t; a = b ;c ; d\r\nx\r\n0\r\n\r\n", "x" },
	{ "7.1.1 blanks behind quotes", "1;a=\"\" ;b=\"\";c\r\nx\r\n0\r\n\r\n",
	    "x" },
	{ "7.1.1 quoted", "1;a=\"b;c=d: \t\\\"\\\\\xff\"\r\nx\r\n0\r\n\r\n",
	    "x" },
	{ "7.1.1 escaped letters", "1;a=\"\\b\\1\\:\"\r\nx\r\n0\r\n\r\n",
	    "x" },
	{ "7.1.2 trailer", "1\r\nx\r\n0\r\nA: b\r\n\r\n", "x" },
	{ "7.1.2 two", "0\r\nA: b\r\nC:\td \r\n\r\n", "" },
	{ "7.1.2 empty value", "0\r\nA:\r\n\r\n", "" },
	{ "7.1.2 all kinds of bytes", "0\r\nA!: \"\\;=:,\x80g\r\n\r\n", "" },
	{ "6.5.1 framing is dropped", "0\r\nContent-Length: 5\r\n\r\n", "" },
	{ "7.1.2 as long as is allowed", "0\r\nA: 345678901234567890\r\n\r\n",
	    "" },
};

static const struct {
	const char	*name, *text;
	size_t		 len;
	int		 status;
	const char	*wrong;
} bad[] = {
	{ "7.1 no size", BYTES("\r\n"), 400, "carriage" },
	{ "7.1 not a digit", BYTES("g\r\n"), 400, "size in hexadecimal" },
	{ "7.1 not a digit behind one", BYTES("5g"), 400,
	    "size in hexadecimal" },
	{ "7.1 prefix 0x", BYTES("0x5\r\n"), 400, "size in hexadecimal" },
	{ "7.1 sign", BYTES("+5\r\n"), 400, "size in hexadecimal" },
	{ "7.1 minus", BYTES("-1\r\n"), 400, "size in hexadecimal" },
	{ "7.1 blank first", BYTES(" 5\r\n"), 400, "size in hexadecimal" },
	{ "7.1 extension without a size", BYTES(";a\r\n"), 400,
	    "size in hexadecimal" },
	{ "7.1 underscore", BYTES("1_0\r\n"), 400, "size in hexadecimal" },
	{ "7.1 comma", BYTES("5,5\r\n"), 400, "size in hexadecimal" },
	{ "7.1 NUL", BYTES("5\0\r\n"), 400, "size in hexadecimal" },
	{ "7.1 2^63", BYTES("8000000000000000\r\n"), 400, "too large" },
	{ "7.1 2^64 + 5", BYTES("10000000000000005\r\n"), 400, "too large" },
	{ "7.1 2^128", BYTES("fffffffffffffffffffffffffffffff\r\n"), 400,
	    "too large" },
	{ "7.1 too many zeros", BYTES("00000000000000000000000000\r\n"), 400,
	    "extensions are longer" },
	{ "7.1 LF behind the size", BYTES("5\nhello"), 400, "LF alone" },
	{ "7.1 LF for the size", BYTES("\n"), 400, "LF alone" },
	{ "7.1 bare CR behind the size", BYTES("5\rhello"), 400, "no LF" },
	{ "7.1 CR CR", BYTES("5\r\r\n"), 400, "no LF" },
	{ "7.1 blank before the line end", BYTES("5 \r\n"), 400, "no LF" },
	{ "7.1 LF behind a blank", BYTES("5 \n"), 400, "LF alone" },
	{ "7.1.1 word behind a blank", BYTES("5 a\r\n"), 400, "extension" },
	{ "7.1.1 no name", BYTES("5;\r\n"), 400, "no LF" },
	{ "7.1.1 no name but a value", BYTES("5;=a\r\n"), 400, "extension" },
	{ "7.1.1 two semicolons", BYTES("5;;a\r\n"), 400, "extension" },
	{ "7.1.1 bad name", BYTES("5;a@\r\n"), 400, "extension" },
	{ "7.1.1 blank behind a name", BYTES("5;a \r\n"), 400, "no LF" },
	{ "7.1.1 two names", BYTES("5;a b\r\n"), 400, "extension" },
	{ "7.1.1 no value", BYTES("5;a=\r\n"), 400, "no LF" },
	{ "7.1.1 no value, next", BYTES("5;a=;b\r\n"), 400, "extension" },
	{ "7.1.1 two values", BYTES("5;a=b=c\r\n"), 400, "extension" },
	{ "7.1.1 bad value", BYTES("5;a=(\r\n"), 400, "extension" },
	{ "7.1.1 quote inside", BYTES("5;a=b\"c\"\r\n"), 400, "extension" },
	{ "7.1.1 behind quotes", BYTES("5;a=\"b\"c\r\n"), 400, "extension" },
	{ "7.1.1 open quote", BYTES("5;a=\"b\r\n"), 400, "no LF" },
	{ "7.1.1 LF in quotes", BYTES("5;a=\"\n\"\r\n"), 400, "LF alone" },
	{ "7.1.1 escaped CR", BYTES("5;a=\"\\\r\n\"\r\n"), 400, "no LF" },
	{ "7.1.1 LF behind a name", BYTES("5;a\nhello"), 400, "LF alone" },
	{ "7.1.1 control byte", BYTES("5;a=\"\x01\"\r\n"), 400,
	    "extension" },
	{ "7.1.1 long name", BYTES("1;aaaaaaaaaaaaaaaaaaaaaaaa\r\n"), 400,
	    "extensions are longer" },
	{ "7.1.1 long, all together", BYTES("1;aaaaaaaaa\r\nx\r\n"
	    "1;bbbbbbbbb\r\nx\r\n1;cccccccccc\r\n"), 400,
	    "extensions are longer" },
	{ "7.1 data too long", BYTES("5\r\nhello!\r\n0\r\n\r\n"), 400,
	    "does not end where" },
	{ "7.1 data too short", BYTES("6\r\nhello\r\n0\r\n\r\n"), 400,
	    "does not end where" },
	{ "7.1 LF behind data", BYTES("5\r\nhello\n"), 400,
	    "does not end where" },
	{ "7.1 bare CR behind data", BYTES("5\r\nhello\r5\r\n"), 400,
	    "no LF" },
	{ "15.5.14 too large", BYTES("41\r\n"), 413, "larger" },
	{ "15.5.14 too large, all together", BYTES("2\r\nab\r\n3f\r\n"), 413,
	    "larger" },
	{ "15.5.14 the largest number", BYTES("7fffffffffffffff\r\n"), 413,
	    "larger" },
	{ "7.1.2 no colon", BYTES("0\r\nA\r\n\r\n"), 400, "carriage" },
	{ "7.1.2 no name", BYTES("0\r\n: a\r\n\r\n"), 400, "trailer" },
	{ "7.1.2 blank before the colon", BYTES("0\r\nA : b\r\n\r\n"), 400,
	    "trailer" },
	{ "7.1.2 bad name", BYTES("0\r\nA@: b\r\n\r\n"), 400, "trailer" },
	{ "7.1.2 bad first byte", BYTES("0\r\n@A: b\r\n\r\n"), 400,
	    "trailer" },
	{ "7.1.2 NUL", BYTES("0\r\nA: \0\r\n\r\n"), 400, "trailer" },
	{ "7.1.2 obs-fold", BYTES("0\r\nA: b\r\n c\r\n\r\n"), 400,
	    "trailer" },
	{ "7.1.2 blank first", BYTES("0\r\n A: b\r\n\r\n"), 400, "trailer" },
	{ "7.1.2 LF behind a field", BYTES("0\r\nA: b\n\r\n"), 400,
	    "LF alone" },
	{ "7.1.2 bare CR behind a field", BYTES("0\r\nA: b\rC: d\r\n\r\n"),
	    400, "no LF" },
	{ "7.1.2 LF at the end", BYTES("0\r\n\n"), 400, "LF alone" },
	{ "7.1.2 bare CR at the end", BYTES("0\r\n\rG"), 400, "no LF" },
	{ "7.1.2 a request instead", BYTES("0\r\nGET / HTTP/1.1\r\n"), 400,
	    "trailer" },
	{ "6585 long trailer", BYTES("0\r\nA: 34567890123456789012\r\n\r\n"),
	    431, "trailer fields are longer" },
};

static void
init(struct http_body *body)
{
	http_body_init(body, HTTP_FRAMING_CHUNKED, 0, MAX, OVERHEAD_MAX);
}

/*
 * Feed text in pieces of step bytes, each at the wall, with or without the
 * wish for content, which is gathered. Returns the last result.
 */
static enum http_body_result
feed(struct http_body *body, const char *text, size_t len, size_t step,
    struct slice *content, size_t *used)
{
	static char gathered[4096];
	enum http_body_result result = HTTP_BODY_MORE;
	struct slice data;
	size_t n = 0;

	*used = 0;
	while (*used < len && result == HTTP_BODY_MORE) {
		size_t room = len - *used < step ? len - *used : step;
		size_t took;

		result = http_body_consume(body, guarded(text + *used, room),
		    room, &took, content == NULL ? NULL : &data);
		ck_assert_uint_le(took, room);
		*used += took;
		if (content == NULL) {
			ck_assert(result != HTTP_BODY_MORE || took == room);
			continue;
		}
		ck_assert_uint_gt(took, 0);
		ck_assert_uint_le(data.len, took);
		memcpy(gathered + n, data.p, data.len);
		n += data.len;
	}
	if (content != NULL)
		*content = (struct slice){ gathered, n };
	return result;
}

START_TEST(accepted)
{
	size_t len = strlen(good[_i].text), used;
	struct slice content;
	struct http_body b;
	char text[256];

	memcpy(text, good[_i].text, len);
	memcpy(text + len, "GET /", 5);
	for (size_t step = 1; step <= len + 5; step++) {
		init(&b);
		ck_assert_msg(feed(&b, text, len + 5, step, NULL, &used) ==
		    HTTP_BODY_DONE && used == len, "%s: %zu: %s",
		    good[_i].name, step, b.fault ? b.fault->wrong : "");
		ck_assert_uint_eq(b.total, strlen(good[_i].content));
		init(&b);
		ck_assert_msg(feed(&b, text, len + 5, step, &content, &used)
		    == HTTP_BODY_DONE && used == len, "%s", good[_i].name);
		ck_assert_msg(slice_eq(content,
		    slice_of(good[_i].content)), "%s", good[_i].name);
	}
}
END_TEST

START_TEST(prefixes_ask_for_more)
{
	struct http_body b;
	size_t used;

	for (size_t n = 0; n < strlen(good[_i].text); n++) {
		init(&b);
		ck_assert_msg(feed(&b, good[_i].text, n, n, NULL, &used) ==
		    HTTP_BODY_MORE && used == n, "%s: %zu", good[_i].name,
		    n);
	}
}
END_TEST

START_TEST(refused)
{
	struct http_body b;
	size_t used;

	for (size_t step = 1; step <= bad[_i].len; step++) {
		init(&b);
		ck_assert_msg(feed(&b, bad[_i].text, bad[_i].len, step, NULL,
		    &used) == HTTP_BODY_FAULT, "%s", bad[_i].name);
		ck_assert_msg(b.fault->status == bad[_i].status &&
		    strstr(b.fault->wrong, bad[_i].wrong) != NULL,
		    "%s: %d %s", bad[_i].name, b.fault->status,
		    b.fault->wrong);
	}
	ck_assert(http_body_consume(&b, "0", 1, &used, NULL) ==
	    HTTP_BODY_FAULT);
	ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST(no_content)
{
	struct http_body b;
	struct slice data;
	size_t used;

	http_body_init(&b, HTTP_FRAMING_NONE, 0, MAX, OVERHEAD_MAX);
	ck_assert(http_body_consume(&b, "abc", 3, &used, &data) ==
	    HTTP_BODY_DONE);
	ck_assert_uint_eq(used, 0);
	ck_assert_uint_eq(data.len, 0);
	http_body_init(&b, HTTP_FRAMING_LENGTH, 0, 0, 0);
	ck_assert(http_body_consume(&b, "abc", 3, &used, NULL) ==
	    HTTP_BODY_DONE);
	ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST(length)
{
	struct slice data;
	struct http_body b;
	size_t used;

	http_body_init(&b, HTTP_FRAMING_LENGTH, MAX, MAX, 0);
	ck_assert(http_body_consume(&b, "abc", 3, &used, &data) ==
	    HTTP_BODY_MORE);
	ck_assert_uint_eq(used, 3);
	ck_assert(slice_eq(data, SLICE("abc")));
	for (int i = 3; i < MAX - 1; i++)
		ck_assert(http_body_consume(&b, "x", 1, &used, NULL) ==
		    HTTP_BODY_MORE);
	ck_assert(http_body_consume(&b, "yGET", 4, &used, &data) ==
	    HTTP_BODY_DONE);
	ck_assert_uint_eq(used, 1);
	ck_assert(slice_eq(data, SLICE("y")));
	ck_assert_uint_eq(b.total, MAX);
}
END_TEST

START_TEST(length_over_max)
{
	struct http_body b;
	size_t used;

	http_body_init(&b, HTTP_FRAMING_LENGTH, MAX + 1, MAX, 0);
	ck_assert_int_eq(b.fault->status, 413);
	ck_assert(http_body_consume(&b, "abc", 3, &used, NULL) ==
	    HTTP_BODY_FAULT);
	ck_assert_uint_eq(used, 0);
	http_body_init(&b, HTTP_FRAMING_LENGTH, INT64_MAX, UINT64_MAX, 0);
	ck_assert_ptr_null(b.fault);
}
END_TEST

/* Nothing in the bytes ends it, not even what ends others. */
START_TEST(until_the_end)
{
	static const char text[] = "0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
	const size_t len = sizeof(text) - 1;
	struct http_body b;
	struct slice data;
	size_t used;

	for (size_t step = 1; step <= len; step++) {
		http_body_init(&b, HTTP_FRAMING_CLOSE, 0, len, 0);
		ck_assert(feed(&b, text, len, step, &data, &used) ==
		    HTTP_BODY_MORE);
		ck_assert_uint_eq(used, len);
		ck_assert(slice_eq(data, (struct slice){ text, len }));
		ck_assert_uint_eq(b.total, len);
	}
	ck_assert(http_body_consume(&b, "", 0, &used, NULL) ==
	    HTTP_BODY_MORE);
	http_body_init(&b, HTTP_FRAMING_CLOSE, 0, UINT64_MAX, 0);
	ck_assert(http_body_consume(&b, text, len, &used, NULL) ==
	    HTTP_BODY_MORE);
	ck_assert_uint_eq(used, len);
}
END_TEST

START_TEST(until_the_end_over_max)
{
	enum http_body_result result;
	struct slice data;
	struct http_body b;
	size_t used;

	for (size_t step = 1; step <= 7; step++) {
		http_body_init(&b, HTTP_FRAMING_CLOSE, 0, 5, 0);
		result = feed(&b, "abcdefg", 7, step, NULL, &used);
		ck_assert(result == HTTP_BODY_FAULT);
		ck_assert_int_eq(b.fault->status, 413);
		ck_assert_uint_eq(used, 5);
		ck_assert_uint_eq(b.total, 5);
	}
	http_body_init(&b, HTTP_FRAMING_CLOSE, 0, 5, 0);
	ck_assert(http_body_consume(&b, "abcdefg", 7, &used, &data) ==
	    HTTP_BODY_MORE);
	ck_assert(slice_eq(data, SLICE("abcde")) && used == 5);
	ck_assert(http_body_consume(&b, "fg", 2, &used, &data) ==
	    HTTP_BODY_FAULT);
	ck_assert(data.len == 0 && used == 0);
}
END_TEST

/* Extensions and trailers have the same allowance, each for themselves. */
START_TEST(trailers_are_counted_anew)
{
	static const char text[] = "0;aaaaaaaaaaaaaaaaaaaaaaa\r\n"
	    "A: 3456789012345678901\r\n\r\n";
	struct http_body b;
	size_t used;

	init(&b);
	ck_assert(feed(&b, text, sizeof(text) - 1, 100, NULL, &used) ==
	    HTTP_BODY_DONE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_body");
	TCase *tc = tcase_create("body");

	tcase_add_loop_test(tc, accepted, 0, COUNT(good));
	tcase_add_loop_test(tc, prefixes_ask_for_more, 0, COUNT(good));
	tcase_add_loop_test(tc, refused, 0, COUNT(bad));
	tcase_add_test(tc, no_content);
	tcase_add_test(tc, length);
	tcase_add_test(tc, length_over_max);
	tcase_add_test(tc, until_the_end);
	tcase_add_test(tc, until_the_end_over_max);
	tcase_add_test(tc, trailers_are_counted_anew);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
