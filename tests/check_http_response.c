#include "http/http_response.h"

#include <stdint.h>

#include "support.h"

#define DATE	"Sun, 06 Nov 1994 08:49:37 GMT"

/* Too large for a stack with sanitizers; init is all that clears it. */
static struct http_response res;

static const struct {
	const char	*name, *field, *value;
} unfit[] = {
	{ "CR LF", "A", "b\r\nC: d" },
	{ "CR", "A", "b\rc" },
	{ "LF", "A", "b\nc" },
	{ "LF last", "A", "b\n" },
	{ "control byte", "A", "b\x01" },
	{ "DEL", "A", "b\x7f" },
	{ "colon in the name", "A:", "b" },
	{ "line end in the name", "A\r\n", "b" },
	{ "empty name", "", "b" },
};

/* The head at the wall: what is written is written before it. */
static const char *
head(const char *connection)
{
	static char text[HTTP_HEAD_MAX + 1];
	char *out = guarded("", 0) - HTTP_HEAD_MAX;
	char common[HTTP_COMMON_MAX];
	struct slice lines = { common,
	    http_response_common(DATE "rest", "mynah", common) };
	size_t n = http_response_head(&res, lines, connection, out);

	memcpy(text, out, n);
	text[n] = '\0';
	return text;
}

START_TEST(usual)
{
	http_response_init(&res, 200);
	res.content = HTTP_CONTENT_TEXT;
	res.length = 12;
	http_response_field(&res, "Content-Type", "text/%s", "plain");
	http_response_field(&res, "X", "%s", "");
	ck_assert(!res.overflow);
	ck_assert_str_eq(head("close"), "HTTP/1.1 200 OK\r\n"
	    "Date: " DATE "\r\nServer: mynah\r\n"
	    "Content-Type: text/plain\r\nX: \r\nContent-Length: 12\r\n"
	    "Connection: close\r\n\r\n");
}
END_TEST

START_TEST(no_content)
{
	http_response_init(&res, 304);
	ck_assert_str_eq(head(NULL), "HTTP/1.1 304 Not Modified\r\n"
	    "Date: " DATE "\r\nServer: mynah\r\n\r\n");
}
END_TEST

START_TEST(empty_content)
{
	http_response_init(&res, 200);
	res.content = HTTP_CONTENT_FILE;
	ck_assert_ptr_nonnull(strstr(head(NULL), "Content-Length: 0\r\n"));
	res.length = UINT64_MAX;
	ck_assert_ptr_nonnull(strstr(head(NULL),
	    "Content-Length: 18446744073709551615\r\n"));
}
END_TEST

START_TEST(init_clears)
{
	http_response_init(&res, 200);
	http_response_field(&res, "A", "b");
	res.content = HTTP_CONTENT_TEXT;
	res.overflow = res.close = res.head_only = true;
	res.length = 1;
	res.offset = 1;
	res.listing = (struct dirlist *)&res;
	http_response_init(&res, 404);
	ck_assert_int_eq(res.status, 404);
	ck_assert(res.content == HTTP_CONTENT_NONE);
	ck_assert(!res.overflow && !res.close && !res.head_only);
	ck_assert(res.length == 0 && res.offset == 0 && res.file == NULL &&
	    res.listing == NULL);
	ck_assert_uint_eq(res.nfields, 0);
}
END_TEST

START_TEST(unfit_field)
{
	http_response_init(&res, 200);
	http_response_field(&res, "Good", "1");
	http_response_field(&res, unfit[_i].field, "%s", unfit[_i].value);
	ck_assert_msg(res.overflow, "%s", unfit[_i].name);
	ck_assert_str_eq(head(NULL), "HTTP/1.1 200 OK\r\n"
	    "Date: " DATE "\r\nServer: mynah\r\nGood: 1\r\n\r\n");
}
END_TEST

/* Exactly as much as fits, and one byte more. */
START_TEST(full)
{
	static char value[HTTP_RESPONSE_FIELDS_MAX + 1];
	size_t fits = HTTP_RESPONSE_FIELDS_MAX - strlen("A: \r\n");

	memset(value, 'v', sizeof(value) - 1);
	http_response_init(&res, 200);
	http_response_field(&res, "A", "%.*s", (int)fits, value);
	ck_assert(!res.overflow);
	ck_assert_uint_eq(res.nfields, HTTP_RESPONSE_FIELDS_MAX);
	http_response_field(&res, "A", "b");
	ck_assert(res.overflow);

	http_response_init(&res, 200);
	http_response_field(&res, "A", "%.*s", (int)fits + 1, value);
	ck_assert(res.overflow);
	ck_assert_uint_eq(res.nfields, 0);

	http_response_init(&res, 200);
	http_response_field(&res, "A", "%s", value);
	ck_assert(res.overflow);
}
END_TEST

/* With all that is longest, the head still fits. */
START_TEST(largest_head)
{
	static char value[HTTP_RESPONSE_FIELDS_MAX];
	char *out = guarded("", 0) - HTTP_HEAD_MAX;
	char common[HTTP_COMMON_MAX];
	struct slice lines = { common, 0 };
	size_t n;

	memset(value, 'v', sizeof(value) - 1);
	http_response_init(&res, 511);
	res.content = HTTP_CONTENT_FILE;
	res.length = UINT64_MAX;
	http_response_field(&res, "A", "%.*s", HTTP_RESPONSE_FIELDS_MAX - 5,
	    value);
	lines.len = http_response_common(DATE, value, common);
	ck_assert_uint_le(lines.len, sizeof(common));
	n = http_response_head(&res, lines, value, out);
	ck_assert_uint_le(n, http_response_room(&res));
	ck_assert_uint_le(http_response_room(&res), HTTP_HEAD_MAX);
	ck_assert_mem_eq(out + n - 4, "\r\n\r\n", 4);
}
END_TEST

START_TEST(unknown_status)
{
	http_response_init(&res, 299);
	ck_assert_ptr_nonnull(strstr(head(NULL), "HTTP/1.1 299 Unknown\r\n"));
}
END_TEST

/* Has and remove. Each line of the fields is "Name: value". */

static const struct {
	const char	*name, *before, *field;
	bool		 has;
	const char	*after;
} removals[] = {
	{ "the first",	"A: 1\r\nB: 2\r\nC: 3\r\n", "A", true,
	    "B: 2\r\nC: 3\r\n" },
	{ "one between", "A: 1\r\nB: 2\r\nC: 3\r\n", "B", true,
	    "A: 1\r\nC: 3\r\n" },
	{ "the last",	"A: 1\r\nB: 2\r\nC: 3\r\n", "C", true,
	    "A: 1\r\nB: 2\r\n" },
	{ "the only",	"A: 1\r\n", "A", true, "" },
	{ "none at all", "", "A", false, "" },
	{ "another",	"A: 1\r\n", "B", false, "A: 1\r\n" },
	{ "several",	"A: 1\r\nB: 2\r\nA: 3\r\n", "A", true,
	    "B: 2\r\n" },
	{ "in a row",	"B: 2\r\nA: 1\r\nA: 3\r\nA: 4\r\nC: 3\r\n", "A",
	    true, "B: 2\r\nC: 3\r\n" },
	{ "all of them", "A: 1\r\nA: 2\r\n", "A", true, "" },
	{ "case",	"vARY: 1\r\nB: 2\r\n", "VaRy", true, "B: 2\r\n" },
	{ "begins alike", "Content-Type: a\r\nContent: b\r\n", "Content",
	    true, "Content-Type: a\r\n" },
	{ "is the begin", "Content: b\r\n", "Content-Type", false,
	    "Content: b\r\n" },
	{ "longer than the line", "A: 1\r\n", "Accept-Ranges", false,
	    "A: 1\r\n" },
	{ "name in a value", "A: B\r\nC: A: 1\r\n", "B", false,
	    "A: B\r\nC: A: 1\r\n" },
	{ "empty value", "A: \r\nB: \r\n", "A", true, "B: \r\n" },
	{ "no name",	"A: 1\r\n", "", false, "A: 1\r\n" },
};

START_TEST(fields_are_removed)
{
	struct slice name = slice_of(removals[_i].field);

	http_response_init(&res, 200);
	res.nfields = strlen(removals[_i].before);
	/* What an earlier response left is none of this one's. */
	memset(res.fields, 0, sizeof(res.fields));
	strcpy(res.fields, removals[_i].before);
	strcpy(res.fields + res.nfields, "A: 9\r\nB: 9\r\n");
	ck_assert_msg(http_response_has(&res, name) == removals[_i].has,
	    "%s", removals[_i].name);
	http_response_remove(&res, name);
	ck_assert_msg(res.nfields == strlen(removals[_i].after) &&
	    memcmp(res.fields, removals[_i].after, res.nfields) == 0,
	    "%s: %.*s", removals[_i].name, (int)res.nfields, res.fields);
	ck_assert(!http_response_has(&res, name));
	ck_assert(!res.overflow);
}
END_TEST

/* Full to the last byte: nothing behind it is looked at. */
START_TEST(full_and_emptied)
{
	static char value[HTTP_RESPONSE_FIELDS_MAX];
	struct http_response *r = (struct http_response *)(void *)
	    guarded((const char *)&res, sizeof(res));

	memset(value, 'v', sizeof(value) - 1);
	http_response_init(r, 200);
	http_response_field(r, "A", "%.*s", HTTP_RESPONSE_FIELDS_MAX - 5 - 6,
	    value);
	http_response_field(r, "B", "%s", "1");
	ck_assert_uint_eq(r->nfields, HTTP_RESPONSE_FIELDS_MAX);
	ck_assert(http_response_has(r, SLICE("B")));
	ck_assert(!http_response_has(r, SLICE("C")));
	http_response_remove(r, SLICE("A"));
	ck_assert_uint_eq(r->nfields, 6);
	ck_assert_mem_eq(r->fields, "B: 1\r\n", 6);
	http_response_remove(r, SLICE("b"));
	ck_assert_uint_eq(r->nfields, 0);
}
END_TEST

/* Written down once, and sent instead of the fields */

static void
make_usual(enum http_content content)
{
	http_response_init(&res, 200);
	res.content = content;
	res.length = 12;
	http_response_field(&res, "Content-Type", "text/%s", "plain");
	http_response_field(&res, "X", "%s", "");
}

START_TEST(ready_is_the_same)
{
	static const enum http_content contents[] = {
		HTTP_CONTENT_NONE, HTTP_CONTENT_TEXT, HTTP_CONTENT_FILE
	};
	static char before[HTTP_HEAD_MAX + 1];
	struct http_ready *ready;

	make_usual(contents[_i]);
	strcpy(before, head("close"));
	ck_assert_ptr_nonnull(ready = http_response_ready(&res));
	ck_assert_ptr_null(res.ready);
	/* Neither the fields nor the length of the next one count. */
	http_response_init(&res, 200);
	res.content = HTTP_CONTENT_FILE;
	res.length = 99;
	res.ready = ready;
	ck_assert_str_eq(head("close"), before);
	http_response_init(&res, 200);
	ck_assert_ptr_null(res.ready);
	free(ready);
}
END_TEST

START_TEST(ready_is_exact)
{
	const char *want = "Content-Type: text/plain\r\nX: \r\n"
	    "Content-Length: 12\r\n";
	struct http_ready *ready;

	make_usual(HTTP_CONTENT_TEXT);
	ck_assert_ptr_nonnull(ready = http_response_ready(&res));
	ck_assert_uint_eq(ready->len, strlen(want));
	ck_assert_mem_eq(ready->lines, want, ready->len);
	free(ready);
	/* Nothing at all. */
	http_response_init(&res, 304);
	ck_assert_ptr_nonnull(ready = http_response_ready(&res));
	ck_assert_uint_eq(ready->len, 0);
	res.ready = ready;
	ck_assert_str_eq(head(NULL), "HTTP/1.1 304 Not Modified\r\n"
	    "Date: " DATE "\r\nServer: mynah\r\n\r\n");
	free(ready);
}
END_TEST

/* All that is longest, in a room of just that size. */
START_TEST(ready_is_bounded)
{
	static char value[HTTP_RESPONSE_FIELDS_MAX];
	char common[HTTP_COMMON_MAX];
	struct http_ready *ready;
	struct slice lines;
	size_t n;

	memset(value, 'v', sizeof(value) - 1);
	lines = (struct slice){ common,
	    http_response_common(DATE, value, common) };
	http_response_init(&res, 511);
	res.content = HTTP_CONTENT_FILE;
	res.length = UINT64_MAX;
	http_response_field(&res, "A", "%.*s", HTTP_RESPONSE_FIELDS_MAX - 5,
	    value);
	ck_assert(!res.overflow);
	ck_assert_ptr_nonnull(ready = http_response_ready(&res));
	ck_assert_uint_eq(ready->len, HTTP_RESPONSE_FIELDS_MAX +
	    strlen("Content-Length: 18446744073709551615\r\n"));
	http_response_init(&res, 511);
	res.ready = ready;
	n = http_response_room(&res);
	ck_assert_uint_le(n, HTTP_HEAD_MAX);
	ck_assert_uint_ge(n, http_response_head(&res, lines, value,
	    guarded("", 0) - n));
	free(ready);
	/* Little takes little room. */
	make_usual(HTTP_CONTENT_TEXT);
	ck_assert_uint_eq(http_response_room(&res),
	    HTTP_HEAD_REST + res.nfields);
	ck_assert_ptr_nonnull(ready = http_response_ready(&res));
	res.ready = ready;
	ck_assert_uint_le(http_response_room(&res),
	    HTTP_HEAD_REST + ready->len);
	free(ready);
}
END_TEST

/* An answer that lacks a field is none to be given again. */
START_TEST(overflow_is_never_ready)
{
	make_usual(HTTP_CONTENT_TEXT);
	http_response_field(&res, "Bad", "%s", "a\r\nb");
	ck_assert(res.overflow);
	ck_assert_ptr_null(http_response_ready(&res));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_response");
	TCase *tc = tcase_create("head");

	tcase_add_test(tc, usual);
	tcase_add_test(tc, no_content);
	tcase_add_test(tc, empty_content);
	tcase_add_test(tc, init_clears);
	tcase_add_loop_test(tc, unfit_field, 0, COUNT(unfit));
	tcase_add_test(tc, full);
	tcase_add_test(tc, largest_head);
	tcase_add_test(tc, unknown_status);
	tcase_add_loop_test(tc, fields_are_removed, 0, COUNT(removals));
	tcase_add_test(tc, full_and_emptied);
	tcase_add_loop_test(tc, ready_is_the_same, 0, 3);
	tcase_add_test(tc, ready_is_exact);
	tcase_add_test(tc, ready_is_bounded);
	tcase_add_test(tc, overflow_is_never_ready);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
