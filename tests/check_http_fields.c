#include "http/http_fields.h"

#include <stdint.h>
#include <stdio.h>

#include "http/http_byte.h"
#include "support.h"

#define MAX	8

static const struct {
	const char		*name, *field;
	const char		*field_name, *value;
	enum http_field_id	 id;
} single[] = {
	{ "5.1 usual", "Host: a", "Host", "a", HTTP_FIELD_HOST },
	{ "5.1 any case", "hOST: a", "hOST", "a", HTTP_FIELD_HOST },
	{ "5.1 no blank", "Host:a", "Host", "a", HTTP_FIELD_HOST },
	{ "5.1 blanks around", "Host: \t a \t ", "Host", "a",
	    HTTP_FIELD_HOST },
	{ "5.1 blanks inside", "X: a \t b", "X", "a \t b", HTTP_FIELD_OTHER },
	{ "5.1 empty value", "X:", "X", "", HTTP_FIELD_OTHER },
	{ "5.1 value of blanks", "X: \t ", "X", "", HTTP_FIELD_OTHER },
	{ "5.1 a second colon is value", "X: a:b :", "X", "a:b :",
	    HTTP_FIELD_OTHER },
	{ "5.6.2 all of a token", "!#$%&'*+-.^_`|~09azAZ: x",
	    "!#$%&'*+-.^_`|~09azAZ", "x", HTTP_FIELD_OTHER },
	{ "5.5 obs-text", "X: \x80\xff", "X", "\x80\xff", HTTP_FIELD_OTHER },
	{ "5.5 obs-text, eight at a time",
	    "X: \x80\x81\x9f\xa0\xff\xfe\x80\x80 abcdefgh~ \xff|345678",
	    "X", "\x80\x81\x9f\xa0\xff\xfe\x80\x80 abcdefgh~ \xff|345678",
	    HTTP_FIELD_OTHER },
	{ "5.5 tab in a long value", "X: 12345678\t1234567890", "X",
	    "12345678\t1234567890", HTTP_FIELD_OTHER },
	{ "5.5 tabs in a row, and at the end", "X: 1234567\t\t\t\t\t8\t\t",
	    "X", "1234567\t\t\t\t\t8", HTTP_FIELD_OTHER },
	{ "5.5 obs-text and tab", "X: \xc3\xa4\t\xc3\xb6 1234567890", "X",
	    "\xc3\xa4\t\xc3\xb6 1234567890", HTTP_FIELD_OTHER },
	{ "5.1 other bytes in a long name", "X-Forwarded_For-2-and-more: x",
	    "X-Forwarded_For-2-and-more", "x", HTTP_FIELD_OTHER },
	{ "5.1 like a known name", "Content_Length: 1", "Content_Length",
	    "1", HTTP_FIELD_OTHER },
	{ "5.1 as long as a known name", "Accept-Language: x",
	    "Accept-Language", "x", HTTP_FIELD_OTHER },
	{ "5.1 as long as a known one, and one letter else",
	    "User-agenT2: x", "User-agenT2", "x", HTTP_FIELD_OTHER },
	{ "accept", "Accept: x", "Accept", "x", HTTP_FIELD_ACCEPT },
	{ "expect", "Expect: x", "Expect", "x", HTTP_FIELD_EXPECT },
	{ "accept-encoding", "Accept-Encoding: x", "Accept-Encoding", "x",
	    HTTP_FIELD_ACCEPT_ENCODING },
	{ "connection", "Connection: x", "Connection", "x",
	    HTTP_FIELD_CONNECTION },
	{ "content-length", "Content-Length: x", "Content-Length", "x",
	    HTTP_FIELD_CONTENT_LENGTH },
	{ "if-match", "If-Match: x", "If-Match", "x", HTTP_FIELD_IF_MATCH },
	{ "if-range", "If-Range: x", "If-Range", "x", HTTP_FIELD_IF_RANGE },
	{ "if-modified-since", "If-Modified-Since: x", "If-Modified-Since",
	    "x", HTTP_FIELD_IF_MODIFIED_SINCE },
	{ "if-none-match", "IF-NONE-MATCH: x", "IF-NONE-MATCH", "x",
	    HTTP_FIELD_IF_NONE_MATCH },
	{ "if-unmodified-since", "If-Unmodified-Since: x",
	    "If-Unmodified-Since", "x", HTTP_FIELD_IF_UNMODIFIED_SINCE },
	{ "range", "Range: x", "Range", "x", HTTP_FIELD_RANGE },
	{ "referer", "Referer: x", "Referer", "x", HTTP_FIELD_REFERER },
	{ "transfer-encoding", "Transfer-Encoding: x", "Transfer-Encoding",
	    "x", HTTP_FIELD_TRANSFER_ENCODING },
	{ "user-agent", "User-Agent: x", "User-Agent", "x",
	    HTTP_FIELD_USER_AGENT },
	{ "underscore is no hyphen", "Content_Length: x", "Content_Length",
	    "x", HTTP_FIELD_OTHER },
	{ "of a known length only", "Hose: x", "Hose", "x",
	    HTTP_FIELD_OTHER },
	{ "longer than all known", "If-Unmodified-Since2: x",
	    "If-Unmodified-Since2", "x", HTTP_FIELD_OTHER },
};

static const struct {
	const char	*name, *section;
	size_t		 len;
	int		 status;
	const char	*wrong;
} bad[] = {
	{ "2.1 nothing", BYTES(""), 400, "middle of a line" },
	{ "2.1 cut in the empty line", BYTES("\r"), 400,
	    "middle of a line" },
	{ "2.1 cut in a name", BYTES("Ho"), 400, "middle of a line" },
	{ "2.1 cut behind blanks", BYTES("Ho "), 400, "middle of a line" },
	{ "2.1 cut behind a bad byte", BYTES("H@o"), 400,
	    "middle of a line" },
	{ "2.1 cut in a value", BYTES("A: b"), 400, "middle of a line" },
	{ "2.1 cut behind CR", BYTES("A: b\r"), 400, "middle of a line" },
	{ "2.1 no empty line", BYTES("A: b\r\n"), 400, "middle of a line" },
	{ "2.2 space before the first field", BYTES(" A: b\r\n\r\n"), 400,
	    "before the first field" },
	{ "2.2 tab before the first field", BYTES("\tA: b\r\n\r\n"), 400,
	    "before the first field" },
	{ "2.2 a first line of blanks", BYTES("  \r\n\r\n"), 400,
	    "before the first field" },
	{ "5.2 obs-fold, space", BYTES("A: b\r\n c\r\n\r\n"), 400, "folded" },
	{ "5.2 obs-fold, tab", BYTES("A: b\r\n\tc: d\r\n\r\n"), 400,
	    "folded" },
	{ "5.2 obs-fold of blanks", BYTES("A: b\r\n \r\n\r\n"), 400,
	    "folded" },
	{ "5 empty name", BYTES(": b\r\n\r\n"), 400, "no name" },
	{ "5 colon alone", BYTES(":\r\n\r\n"), 400, "no name" },
	{ "5 no colon", BYTES("Host\r\n\r\n"), 400, "no colon" },
	{ "5 no colon, two words", BYTES("Host a\r\n\r\n"), 400, "no colon" },
	{ "5 no colon, LF", BYTES("Host\n\n"), 400, "no colon" },
	{ "5 no colon, behind others", BYTES("A: b\r\nHost\r\n\r\n"), 400,
	    "no colon" },
	{ "5 a request line", BYTES("A: b\r\nGET / HTTP/1.1\r\n\r\n"), 400,
	    "no colon" },
	{ "5.1 space before the colon", BYTES("Host : a\r\n\r\n"), 400,
	    "between a field's name and its colon" },
	{ "5.1 tab before the colon", BYTES("Host\t: a\r\n\r\n"), 400,
	    "between a field's name and its colon" },
	{ "5.1 blanks before the colon", BYTES("A: b\r\nB \t:c\r\n\r\n"),
	    400, "between a field's name and its colon" },
	{ "5.1 space in a name", BYTES("A B: c\r\n\r\n"), 400,
	    "not allowed in a name" },
	{ "5.1 @ in a name", BYTES("A@B: c\r\n\r\n"), 400,
	    "not allowed in a name" },
	{ "5.1 brackets in a name", BYTES("A[0]: c\r\n\r\n"), 400,
	    "not allowed in a name" },
	{ "5.1 quotes in a name", BYTES("\"A\": c\r\n\r\n"), 400,
	    "not allowed in a name" },
	{ "5.1 a name that is not ASCII", BYTES("\xc3\x84: c\r\n\r\n"), 400,
	    "not allowed in a name" },
	{ "5.1 control byte in a name", BYTES("A\x01: c\r\n\r\n"), 400,
	    "not allowed in a name" },
	{ "5.1 vertical tab before the colon", BYTES("A\v: c\r\n\r\n"), 400,
	    "not allowed in a name" },
	{ "5.1 NUL in a name", BYTES("A\0: c\r\n\r\n"), 400, "NUL" },
	{ "5.5 NUL in a value", BYTES("A: b\0c\r\n\r\n"), 400, "NUL" },
	{ "5.5 NUL at the end", BYTES("A: b\0\r\n\r\n"), 400, "NUL" },
	{ "5.5 control byte in a value", BYTES("A: b\x01\r\n\r\n"), 400,
	    "control byte" },
	{ "5.5 vertical tab in a value", BYTES("A: 1234567890\v\r\n\r\n"),
	    400, "control byte" },
	{ "5.5 escape in a value", BYTES("A: 12345\x1b[m7890\r\n\r\n"), 400,
	    "control byte" },
	{ "5.5 DEL in a value", BYTES("A: 123456\x7f" "89abc\r\n\r\n"), 400,
	    "control byte" },
	{ "2.2 bare CR in a value", BYTES("A: b\rc\r\n\r\n"), 400, "alone" },
	{ "2.2 bare CR for a line end", BYTES("A: b\rB: c\r\n\r\n"), 400,
	    "alone" },
	{ "2.2 CR CR LF", BYTES("A: b\r\r\n\r\n"), 400, "alone" },
	{ "2.2 bare CR in a name", BYTES("A\rB: c\r\n\r\n"), 400, "alone" },
	{ "2.2 bare CR for the empty line", BYTES("A: b\r\n\rB: c\r\n\r\n"),
	    400, "alone" },
	{ "6585 too many", BYTES("A:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n"
	    "A:\r\nA:\r\n\r\n"), 431, "more fields" },
	{ "the ninth is malformed", BYTES("A:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:"
	    "\r\nA:\r\nA:\r\nA\r\n\r\n"), 400, "no colon" },
};

static const struct {
	const char	*name, *list, *elements;	/* in <> */
} lists[] = {
	{ "empty", "", "" },
	{ "one", "a", "<a>" },
	{ "two", "a,b", "<a><b>" },
	{ "blanks", " \ta , b\t ", "<a><b>" },
	{ "5.6.1 empty elements", ", ,a,,\t,b, ", "<a><b>" },
	{ "commas only", ",,,", "" },
	{ "5.6.4 quoted comma", "\"a,b\",c", "<\"a,b\"><c>" },
	{ "5.6.4 quoted in the middle", "x=\"1,2\";y, z",
	    "<x=\"1,2\";y><z>" },
	{ "5.6.4 escaped quote", "\"a\\\",b\",c", "<\"a\\\",b\"><c>" },
	{ "5.6.4 escaped backslash", "\"a\\\\\",b", "<\"a\\\\\"><b>" },
	{ "backslash outside of quotes", "a\\,b", "<a\\><b>" },
	{ "open quote", "a,\"b,c", "<a><\"b,c>" },
	{ "open quote, escape at the end", "\"b,\\", "<\"b,\\>" },
};

static const struct http_fault *
parse(const char *bytes, size_t len, struct http_fields *out, bool *bare_lf)
{
	const struct http_fault *fault;
	size_t used = len + 1;

	*bare_lf = false;
	fault = http_fields_parse(guarded(bytes, len), len, &used, out,
	    bare_lf);
	if (fault == NULL)
		ck_assert_uint_eq(used, len);
	else
		ck_assert(used <= len && (used == 0 ||
		    bytes[used - 1] == '\n'));
	return fault;
}

START_TEST(accepted)
{
	struct http_field v[MAX];
	struct http_fields fs = { .v = v, .max = MAX };
	const struct http_field *f;
	char text[256];
	bool bare_lf;
	int n;

	n = snprintf(text, sizeof(text), "A: 1\r\n%s\r\nB: 2\r\n\r\n",
	    single[_i].field);
	ck_assert_msg(parse(text, (size_t)n, &fs, &bare_lf) == NULL, "%s",
	    single[_i].name);
	ck_assert_uint_eq(fs.n, 3);
	ck_assert(!bare_lf);
	f = &fs.v[1];
	ck_assert_msg(slice_eq(f->name, slice_of(single[_i].field_name)) &&
	    slice_eq(f->value, slice_of(single[_i].value)) &&
	    f->id == single[_i].id, "%s", single[_i].name);
	if (f->id != HTTP_FIELD_OTHER)
		ck_assert_ptr_eq(http_fields_first(&fs, f->id), f);
}
END_TEST

/* Each prefix of a section is cut somewhere, and is read no further. */
START_TEST(cut)
{
	struct http_field v[MAX];
	struct http_fields fs = { .v = v, .max = MAX };
	char text[256];
	bool bare_lf;
	int n;

	n = snprintf(text, sizeof(text), "%s\r\n\r\n", single[_i].field);
	for (size_t i = 0; i < (size_t)n; i++)
		ck_assert_msg(parse(text, i, &fs, &bare_lf) != NULL,
		    "%s: %zu", single[_i].name, i);
}
END_TEST

START_TEST(refused)
{
	struct http_field v[MAX];
	struct http_fields fs = { .v = v, .max = MAX };
	const struct http_fault *fault;
	bool bare_lf;

	fault = parse(bad[_i].section, bad[_i].len, &fs, &bare_lf);
	ck_assert_msg(fault != NULL, "%s", bad[_i].name);
	ck_assert_msg(fault->status == bad[_i].status &&
	    strstr(fault->wrong, bad[_i].wrong) != NULL, "%s: %d %s",
	    bad[_i].name, fault->status, fault->wrong);
}
END_TEST

START_TEST(no_fields)
{
	struct http_fields fs = { .v = NULL, .max = 0 };
	bool bare_lf;

	ck_assert_ptr_null(parse(BYTES("\r\n"), &fs, &bare_lf));
	ck_assert_uint_eq(fs.n, 0);
	ck_assert_ptr_null(http_fields_first(&fs, HTTP_FIELD_HOST));
	ck_assert_ptr_nonnull(parse(BYTES("A:\r\n\r\n"), &fs, &bare_lf));
}
END_TEST

/* More than the indices can say is too many, whatever the caller allows. */
START_TEST(as_many_as_can_be)
{
	static struct http_field v[UINT16_MAX + 1];
	struct http_fields fs = { .v = v, .max = UINT16_MAX + 1 };
	static char text[(UINT16_MAX + 1) * 3 + 1];
	const struct http_fault *fault;
	bool bare_lf = false;
	size_t used;

	for (size_t i = 0; i <= UINT16_MAX; i++)
		memcpy(text + i * 3, "A:\n", 3);
	text[sizeof(text) - 1] = '\n';
	fault = http_fields_parse(text + 3, sizeof(text) - 3, &used, &fs,
	    &bare_lf);
	ck_assert_ptr_null(fault);
	ck_assert_uint_eq(fs.n, UINT16_MAX);
	ck_assert_uint_eq(v[0].next, 2);
	ck_assert_uint_eq(v[UINT16_MAX - 1].next, 0);
	fault = http_fields_parse(text, sizeof(text), &used, &fs, &bare_lf);
	ck_assert_ptr_nonnull(fault);
	ck_assert_int_eq(fault->status, 431);
}
END_TEST

/* Each byte at each place, where many are looked at together: as by itself. */
START_TEST(every_byte_everywhere)
{
	struct http_field v[1];
	struct http_fields fs = { .v = v, .max = 1 };
	char text[64];
	bool bare_lf;

	for (int c = 0; c < 256; c++) {
		if (c == ':' || c == '\r' || c == '\n')
			continue;
		for (size_t at = 0; at < 40; at++) {
			size_t len = (size_t)snprintf(text, sizeof(text),
			    "Abcdefghijkl-mnopqrs:bcdefghijklm\xff\x80"
			    "pqrst\r\n\r\n");
			bool is_name = at < 20, want;

			if (at == 20)
				continue;
			text[at] = (char)c;
			want = http_byte_is((char)c, is_name ?
			    HTTP_BYTE_TOKEN : HTTP_BYTE_VALUE);
			ck_assert_msg((parse(text, len, &fs, &bare_lf) ==
			    NULL) == want, "%d at %zu", c, at);
			if (want)
				ck_assert(v[0].name.len == 20);
		}
	}
}
END_TEST

/* The caller is told where the section ends, or which line is wrong. */
START_TEST(used_is_told)
{
	static const struct {
		const char	*text;
		size_t		 len, used;
		bool		 is_good;
	} rows[] = {
		{ BYTES("\r\n"), 2, true },
		{ BYTES("\n"), 1, true },
		{ BYTES("\r\nA: b\r\n\r\n"), 2, true },
		{ BYTES("A: b\r\n\r\n"), 8, true },
		{ BYTES("A: b\n\n"), 6, true },
		{ BYTES("A: b\r\n\r\n\r\n\0 :"), 8, true },
		{ BYTES("A: b\n\nGET / HTTP/1.1\r\n"), 6, true },
		{ BYTES(""), 0, false },
		{ BYTES("A: b"), 0, false },
		{ BYTES("A: b\r\n"), 6, false },
		{ BYTES("A: b\r\n\r"), 6, false },
		{ BYTES("A: b\r\nB: c\r\nC"), 12, false },
		{ BYTES("A: b\r\n B: c\r\n\r\n"), 6, false },
		{ BYTES("A: b\nB: \0\r\n\r\n"), 5, false },
		{ BYTES("A:\nB:\nC:\nD:\nE:\nF:\nG:\nH:\n"
		    "I:\n\n"), 24, false },
	};
	struct http_field v[8];
	struct http_fields fs = { .v = v, .max = 8 };
	const struct http_fault *fault;
	bool bare_lf;
	size_t used;

	for (int i = 0; i < COUNT(rows); i++) {
		used = SIZE_MAX;
		fault = http_fields_parse(guarded(rows[i].text, rows[i].len),
		    rows[i].len, &used, &fs, &bare_lf);
		ck_assert_msg((fault == NULL) == rows[i].is_good, "%d", i);
		ck_assert_msg(used == rows[i].used, "%d: %zu", i, used);
	}
}
END_TEST

START_TEST(bare_lf_is_told)
{
	static const struct {
		const char	*section;
		bool		 want;
	} rows[] = {
		{ "A: b\r\nB: c\r\n\r\n", false },
		{ "A: b\nB: c\r\n\r\n", true },
		{ "A: b\r\nB: c\n\r\n", true },
		{ "A: b\r\nB: c\r\n\n", true },
	};
	struct http_field v[MAX];
	struct http_fields fs = { .v = v, .max = MAX };
	bool bare_lf;

	for (int i = 0; i < COUNT(rows); i++) {
		ck_assert_ptr_null(parse(rows[i].section,
		    strlen(rows[i].section), &fs, &bare_lf));
		ck_assert_msg(bare_lf == rows[i].want, "%d", i);
		ck_assert(slice_eq(fs.v[1].value, SLICE("c")));
	}
}
END_TEST

START_TEST(repeated_fields_are_chained)
{
	struct http_field v[MAX];
	struct http_fields fs = { .v = v, .max = MAX };
	const struct http_field *f;
	bool bare_lf;

	ck_assert_ptr_null(parse(BYTES("Range: 1\r\nX: 2\r\nrange: 3\r\n"
	    "Host: 4\r\nRANGE: 5\r\nX: 6\r\n\r\n"), &fs, &bare_lf));
	f = http_fields_first(&fs, HTTP_FIELD_RANGE);
	ck_assert_ptr_eq(f, &v[0]);
	f = http_fields_next(&fs, f);
	ck_assert_ptr_eq(f, &v[2]);
	f = http_fields_next(&fs, f);
	ck_assert_ptr_eq(f, &v[4]);
	ck_assert_ptr_null(http_fields_next(&fs, f));
	f = http_fields_first(&fs, HTTP_FIELD_OTHER);
	ck_assert_ptr_eq(f, &v[1]);
	ck_assert_ptr_eq(http_fields_next(&fs, f), &v[5]);
	ck_assert_ptr_null(http_fields_next(&fs,
	    http_fields_first(&fs, HTTP_FIELD_HOST)));
}
END_TEST

START_TEST(list)
{
	struct slice rest = slice_of(lists[_i].list), element;
	char got[64] = "";

	rest.p = guarded(rest.p, rest.len);
	while (http_list_next(&rest, &element)) {
		size_t n = strlen(got);

		snprintf(got + n, sizeof(got) - n, "<%.*s>",
		    SLICE_ARG(element));
	}
	ck_assert_msg(strcmp(got, lists[_i].elements) == 0, "%s: %s",
	    lists[_i].name, got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_fields");
	TCase *tc = tcase_create("section"), *tl = tcase_create("list");

	tcase_add_loop_test(tc, accepted, 0, COUNT(single));
	tcase_add_loop_test(tc, cut, 0, COUNT(single));
	tcase_add_loop_test(tc, refused, 0, COUNT(bad));
	tcase_add_test(tc, no_fields);
	tcase_add_test(tc, as_many_as_can_be);
	tcase_add_test(tc, every_byte_everywhere);
	tcase_add_test(tc, used_is_told);
	tcase_add_test(tc, bare_lf_is_told);
	tcase_add_test(tc, repeated_fields_are_chained);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tl, list, 0, COUNT(lists));
	suite_add_tcase(s, tl);
	return run_suite(s);
}
