#include "http/http_accept.h"

#include "fields.h"

#define AE	"Accept-Encoding: "

/* want: identity, zstd, br, gzip */
static const struct {
	const char	*name, *fields;
	uint16_t	 want[HTTP_CODINGS];
} encodings[] = {
	{ "12.5.3 no field", "Host: a", { 1000, 0, 0, 0 } },
	{ "12.5.3 no fields at all", "", { 1000, 0, 0, 0 } },
	{ "12.5.3 empty", AE, { 1000, 0, 0, 0 } },
	{ "12.5.3 empty elements alone", AE ", ,", { 1000, 0, 0, 0 } },
	{ "12.5.3 one", AE "gzip", { 1, 0, 0, 1000 } },
	{ "12.5.3 as browsers send it", AE "gzip, deflate, br, zstd",
	    { 1, 1000, 1000, 1000 } },
	{ "12.5.3 the same as a list to read", AE "gzip, deflate, br, zstd,",
	    { 1, 1000, 1000, 1000 } },
	{ "12.5.3 as older browsers send it", AE "gzip, deflate, br",
	    { 1, 0, 1000, 1000 } },
	{ "12.5.3 the same as a list to read, older",
	    AE "gzip, deflate, br ,", { 1, 0, 1000, 1000 } },
	{ "12.5.3 as browsers send it without TLS", AE "gzip, deflate",
	    { 1, 0, 0, 1000 } },
	{ "12.5.3 the same as a list to read, without TLS",
	    AE "gzip , deflate", { 1, 0, 0, 1000 } },
	{ "12.5.3 as browsers send it, and more", AE "gzip, deflate\r\n"
	    AE "br;q=0.5", { 1, 0, 500, 1000 } },
	{ "12.5.3 unknown ones only", AE "deflate, compress",
	    { 1, 0, 0, 0 } },
	{ "8.4.1.3 x-gzip", AE "x-gzip", { 1, 0, 0, 1000 } },
	{ "8.4.1 any case", AE "GZip, bR, ZSTD;q=0.5, IDENTITY;q=0.2",
	    { 200, 500, 1000, 1000 } },
	{ "8.4.1 whole tokens, longer", AE "gzipp, brr, zstdx",
	    { 1, 0, 0, 0 } },
	{ "8.4.1 whole tokens, shorter", AE "gzi, b, zst", { 1, 0, 0, 0 } },
	{ "8.4.1 of the same length", AE "gzio, bs, zste, x-gzio",
	    { 1, 0, 0, 0 } },

	{ "12.5.3 identity", AE "identity", { 1000, 0, 0, 0 } },
	{ "12.5.3 no identity", AE "gzip, identity;q=0", { 0, 0, 0, 1000 } },
	{ "12.5.3 star", AE "*", { 1000, 1000, 1000, 1000 } },
	{ "12.5.3 star with a weight", AE "gzip, *;q=0.5",
	    { 500, 500, 500, 1000 } },
	{ "12.5.3 star before what it is not", AE "*;q=0.5, gzip;q=0",
	    { 500, 500, 500, 0 } },
	{ "12.5.3 nothing else", AE "gzip, *;q=0", { 0, 0, 0, 1000 } },
	{ "12.5.3 nothing but identity", AE "identity, *;q=0",
	    { 1000, 0, 0, 0 } },
	{ "12.5.3 nothing at all", AE "*;q=0", { 0, 0, 0, 0 } },
	{ "12.5.3 the example with q", AE "gzip;q=1.0, identity; q=0.5, *;q=0",
	    { 500, 0, 0, 1000 } },
	{ "12.5.3 named twice: the last", AE "gzip;q=0.5, br, gzip;q=0.2",
	    { 1, 0, 1000, 200 } },
	{ "12.5.3 x-gzip is gzip: the last", AE "gzip;q=0.5, x-gzip;q=0",
	    { 1, 0, 0, 0 } },
	{ "12.5.3 star twice: the last", AE "*;q=0.5, *;q=0.2",
	    { 200, 200, 200, 200 } },

	{ "12.4.2 q=0", AE "gzip;q=0", { 1, 0, 0, 0 } },
	{ "12.4.2 q=0.", AE "gzip;q=0.", { 1, 0, 0, 0 } },
	{ "12.4.2 q=0.000", AE "gzip;q=0.000", { 1, 0, 0, 0 } },
	{ "12.4.2 q=0.5", AE "gzip;q=0.5", { 1, 0, 0, 500 } },
	{ "12.4.2 q=0.05", AE "gzip;q=0.05", { 1, 0, 0, 50 } },
	{ "12.4.2 q=0.999", AE "gzip;q=0.999", { 1, 0, 0, 999 } },
	{ "12.4.2 q=0.001", AE "gzip;q=0.001", { 1, 0, 0, 1 } },
	{ "12.4.2 q=1", AE "gzip;q=1", { 1, 0, 0, 1000 } },
	{ "12.4.2 q=1.", AE "gzip;q=1.", { 1, 0, 0, 1000 } },
	{ "12.4.2 q=1.000", AE "gzip;q=1.000", { 1, 0, 0, 1000 } },
	{ "12.4.2 Q=", AE "gzip;Q=0.5", { 1, 0, 0, 500 } },
	{ "12.4.2 OWS", AE "gzip \t; \tq=0.5 \t,br", { 1, 0, 1000, 500 } },

	/* Each malformed member has a good one behind it, or nothing. */
	{ "12.4.2 q=1.001", AE "gzip;q=1.001, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 q=1.1", AE "gzip;q=1.1, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 q=2", AE "gzip;q=2, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 q=10", AE "gzip;q=10, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 q=00.5", AE "gzip;q=00.5, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 q=.5", AE "gzip;q=.5, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 q=-1", AE "gzip;q=-1, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 q=0.1234", AE "gzip;q=0.1234, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 q=1.0000", AE "gzip;q=1.0000, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 q=0,5 is a comma too many", AE "gzip;q=0,5, br",
	    { 1, 0, 1000, 0 } },
	{ "12.4.2 q=0.5x", AE "gzip;q=0.5x, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 q=", AE "gzip;q=, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 q alone", AE "gzip;q, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 semicolon alone", AE "gzip;, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 blank before the equals sign", AE "gzip;q =0.5, br",
	    { 1, 0, 1000, 0 } },
	{ "12.4.2 blank behind the equals sign", AE "gzip;q= 0.5, br",
	    { 1, 0, 1000, 0 } },
	{ "12.4.2 blank in the weight", AE "gzip;q=0 .5, br",
	    { 1, 0, 1000, 0 } },
	{ "12.4.2 quoted weight", AE "gzip;q=\"0.5\", br",
	    { 1, 0, 1000, 0 } },
	{ "12.4.2 another parameter", AE "gzip;level=9, br",
	    { 1, 0, 1000, 0 } },
	{ "12.4.2 qs", AE "gzip;qs=0.5, br", { 1, 0, 1000, 0 } },
	{ "12.4.2 parameter behind the weight", AE "gzip;q=0.5;x=y, br",
	    { 1, 0, 1000, 0 } },
	{ "12.4.2 weight twice", AE "gzip;q=0.5;q=0.6, br",
	    { 1, 0, 1000, 0 } },
	{ "12.5.3 weight without a name", AE ";q=0.5, br",
	    { 1, 0, 1000, 0 } },
	{ "12.5.3 two words", AE "gzip zstd, br", { 1, 0, 1000, 0 } },
	{ "12.5.3 slash", AE "gzip/zstd, br", { 1, 0, 1000, 0 } },
	{ "12.5.3 quoted name", AE "\"gzip\", br", { 1, 0, 1000, 0 } },
	{ "12.5.3 name in the quotes of a malformed one",
	    AE "\"x, gzip, y\", br", { 1, 0, 1000, 0 } },
	{ "12.5.3 open quote", AE "br, \"x, gzip", { 1, 0, 1000, 0 } },
	{ "12.5.3 a malformed one alone is as an empty field",
	    AE "gzip;q=2", { 1000, 0, 0, 0 } },
	{ "12.5.3 a malformed star is none", AE "gzip, *;q=x",
	    { 1, 0, 0, 1000 } },
	{ "12.5.3 star as part of a token", AE "g*", { 1, 0, 0, 0 } },

	{ "5.6.1 empty elements", AE ",gzip,, ,\tbr,", { 1, 0, 1000, 1000 } },
	{ "5.3 two lines", AE "gzip;q=0.5\nHost: x\n" AE "br",
	    { 1, 0, 1000, 500 } },
	{ "5.3 two lines, the last weight", AE "gzip\n" AE "gzip;q=0",
	    { 1, 0, 0, 0 } },
	{ "5.3 two lines, one empty", AE "gzip\nAccept-Encoding:",
	    { 1, 0, 0, 1000 } },
};

#define A	"Accept: "
#define HTML	"text/html"

static const struct {
	const char	*name, *fields, *type;
	unsigned	 want;
} types[] = {
	{ "12.5.1 no field", "Host: a", HTML, 1000 },
	{ "12.5.1 no fields at all", "", HTML, 1000 },
	{ "12.5.1 empty", A, HTML, 1000 },
	{ "12.5.1 empty elements alone", A ",,", HTML, 1000 },
	{ "12.5.1 exact", A "text/html", HTML, 1000 },
	{ "12.5.1 another subtype", A "text/plain", HTML, 0 },
	{ "12.5.1 another type", A "application/html", HTML, 0 },
	{ "12.5.1 shorter subtype", A "text/htm", HTML, 0 },
	{ "12.5.1 all of a type", A "text/*", HTML, 1000 },
	{ "12.5.1 all of another type", A "image/*", HTML, 0 },
	{ "12.5.1 all", A "*/*", HTML, 1000 },
	{ "12.5.1 as a browser sends it", A "text/html,application/xhtml+xml,"
	    "application/xml;q=0.9,image/webp,*/*;q=0.8", HTML, 1000 },
	{ "12.5.1 the same, another type",
	    A "text/html,application/xhtml+xml,"
	    "application/xml;q=0.9,image/webp,*/*;q=0.8", "text/css", 800 },
	{ "8.3.1 any case", A "Text/HTML;q=0.5", HTML, 500 },
	{ "8.3.1 any case of ours", A "text/html;q=0.5", "TEXT/Html", 500 },
	{ "8.3.1 any case, all of a type", A "TEXT/*;Q=0.5", HTML, 500 },
	{ "12.5.1 a subtype with a sign", A "image/svg+xml;q=0.3",
	    "image/svg+xml", 300 },
	{ "12.5.1 not accepted", A "text/html;q=0", HTML, 0 },
	{ "12.5.1 OWS", A "text/plain , text/html \t;\t q=0.5 ", HTML, 500 },
	{ "12.5.1 empty elements", A ",text/plain,,text/html;q=0.5,", HTML,
	    500 },
	{ "5.3 two lines", A "text/plain\nHost: x\n" A "text/html;q=0.5",
	    HTML, 500 },

	{ "12.5.1 exact before all of a type", A "text/html;q=0.3, text/*",
	    HTML, 300 },
	{ "12.5.1 the same, turned round", A "text/*, text/html;q=0.3", HTML,
	    300 },
	{ "12.5.1 all of a type before all", A "text/*;q=0.2, */*", HTML,
	    200 },
	{ "12.5.1 the same, turned round", A "*/*, text/*;q=0.2", HTML, 200 },
	{ "12.5.1 exact before all, on two lines",
	    A "text/html;q=0\n" A "*/*", HTML, 0 },
	{ "12.5.1 equal ranges: the last", A "text/html, text/html;q=0.4",
	    HTML, 400 },
	{ "12.5.1 example, text/plain", A "text/*;q=0.3, text/plain;q=0.7, "
	    "text/plain;format=flowed, text/plain;format=fixed;q=0.4, "
	    "*/*;q=0.5", "text/plain", 700 },
	{ "12.5.1 example, text/html", A "text/*;q=0.3, text/plain;q=0.7, "
	    "text/plain;format=flowed, text/plain;format=fixed;q=0.4, "
	    "*/*;q=0.5", HTML, 300 },
	{ "12.5.1 example, image/jpeg", A "text/*;q=0.3, text/plain;q=0.7, "
	    "text/plain;format=flowed, text/plain;format=fixed;q=0.4, "
	    "*/*;q=0.5", "image/jpeg", 500 },
	{ "12.5.1 what matches nothing behind what matches",
	    A "text/html;q=0.5, text/plain", HTML, 500 },
	{ "12.5.1 what matches nothing before what matches",
	    A "text/plain, */*;q=0.5", HTML, 500 },

	/* Parameters */
	{ "12.5.1 charset", A "text/html;charset=utf-8", HTML, 1000 },
	{ "8.3.2 charset, any case", A "text/html;Charset=UTF-8", HTML,
	    1000 },
	{ "5.6.6 charset, quoted", A "text/html;charset=\"utf-8\";q=0.5",
	    HTML, 500 },
	{ "12.5.1 another charset", A "text/html;charset=iso-8859-1", HTML,
	    0 },
	{ "12.5.1 another charset, then all",
	    A "text/html;charset=utf-16, */*;q=0.1", HTML, 100 },
	{ "12.5.1 charset is more specific",
	    A "text/html;charset=utf-8;q=0.2, text/html", HTML, 200 },
	{ "12.5.1 exact is more specific than charset",
	    A "text/html;q=0.2, text/*;charset=utf-8", HTML, 200 },
	{ "12.5.1 level", A "text/html;level=1", HTML, 0 },
	{ "12.5.1 charset and level", A "text/html;charset=utf-8;level=1",
	    HTML, 0 },
	{ "12.5.1 the weight before a parameter",
	    A "text/html;q=0.5;charset=utf-8", HTML, 500 },
	{ "5.6.6 empty parameters", A "text/html;;q=0.5; ;", HTML, 500 },
	{ "5.6.6 OWS around semicolons",
	    A "text/html ; charset=utf-8\t;\tq=0.5", HTML, 500 },
	{ "5.6.4 comma in a quoted value",
	    A "text/html;x=\",text/html,\", text/*;q=0.5", HTML, 500 },
	{ "5.6.4 escaped quote in a value",
	    A "text/html;x=\"\\\",text/html,\\\"\", text/*;q=0.5", HTML,
	    500 },
	{ "5.6.4 escaped backslash in a value",
	    A "text/plain;x=\"\\\\\", text/html;q=0.5", HTML, 500 },
	{ "5.6.4 empty quoted value", A "text/html;x=\"\", */*;q=0.5", HTML,
	    500 },

	/* Malformed: as if it were not there */
	{ "12.5.1 malformed, then all", A "text/html;q=2, */*;q=0.5", HTML,
	    500 },
	{ "12.5.1 malformed alone", A "text/html;q=2", HTML, 1000 },
	{ "12.5.1 parameter without a value, alone", A "text/html;x", HTML,
	    1000 },
	{ "12.5.1 parameter with an empty value, alone", A "text/html;x=",
	    HTML, 1000 },
	{ "12.5.1 no subtype, alone", A "text/", HTML, 1000 },
	{ "12.5.1 q without an equals sign, alone", A "text/html;q", HTML,
	    1000 },
	{ "12.5.1 a second q without a value, alone",
	    A "text/html;q=0.1;q=", HTML, 1000 },
	{ "12.5.1 no slash, alone", A "text", HTML, 1000 },
	{ "12.5.1 open quote alone", A "text/html;x=\"", HTML, 1000 },
	{ "12.5.1 a well-formed one alone, not matching", A "text/x", HTML,
	    0 },
	{ "12.5.1 q=0 alone does count", A "text/html;q=0", HTML, 0 },
	{ "12.5.1 q twice", A "text/html;q=0.1;q=0.1, */*;q=0.5", HTML,
	    500 },
	{ "12.5.1 no weight behind q=", A "text/html;q=, */*;q=0.5", HTML,
	    500 },
	{ "12.5.1 quoted weight", A "text/html;q=\"1\", */*;q=0.5", HTML,
	    500 },
	{ "12.5.1 more behind the weight", A "text/html;q=1.0000, */*;q=0.5",
	    HTML, 500 },
	{ "12.5.1 star alone, of old clients", A "text/html, *; q=0.2",
	    "text/css", 0 },
	{ "12.5.1 a type alone", A "text, */*;q=0.5", HTML, 500 },
	{ "12.5.1 no subtype", A "text/, */*;q=0.5", HTML, 500 },
	{ "12.5.1 no type", A "/html, */*;q=0.5", HTML, 500 },
	{ "12.5.1 two slashes", A "text/html/x, */*;q=0.5", HTML, 500 },
	{ "12.5.1 blank before the slash", A "text /html, */*;q=0.5", HTML,
	    500 },
	{ "12.5.1 blank behind the slash", A "text/ html, */*;q=0.5", HTML,
	    500 },
	{ "12.5.1 word behind", A "text/html x, */*;q=0.5", HTML, 500 },
	{ "12.5.1 star for a type is only a token",
	    A "*/html, text/plain", HTML, 0 },
	{ "12.5.1 parameter without a value", A "text/html;x, */*;q=0.5",
	    HTML, 500 },
	{ "12.5.1 parameter with an empty value",
	    A "text/html;x=, */*;q=0.5", HTML, 500 },
	{ "12.5.1 parameter without a name", A "text/html;=x, */*;q=0.5",
	    HTML, 500 },
	{ "5.6.6 blank before the equals sign",
	    A "text/html;charset =utf-8, */*;q=0.5", HTML, 500 },
	{ "5.6.6 blank behind the equals sign",
	    A "text/html;charset= utf-8, */*;q=0.5", HTML, 500 },
	{ "5.6.4 word behind a quoted value",
	    A "text/html;charset=\"utf-8\"x, */*;q=0.5", HTML, 500 },
	{ "5.6.4 open quote", A "*/*;q=0.5, text/html;charset=\"utf-8", HTML,
	    500 },
	{ "5.6.4 open quote, escape at the end",
	    A "*/*;q=0.5, text/html;x=\"\\", HTML, 500 },
	{ "5.6.4 open quote hides the rest",
	    A "text/plain;q=0.5, text/x;x=\", text/html", HTML, 0 },
};

static bool
is_as_wanted(const uint16_t *got, const uint16_t *want)
{
	return memcmp(got, want, HTTP_CODINGS * sizeof(*got)) == 0;
}

START_TEST(encoding)
{
	const char *text = encodings[_i].fields;
	uint16_t q[HTTP_CODINGS + 1] = { [HTTP_CODINGS] = 4711 };
	struct test_fields t;

	ck_assert(fields_of(&t, text, strlen(text)));
	http_accept_encoding(&t.fields, q);
	ck_assert_uint_eq(q[HTTP_CODINGS], 4711);
	ck_assert_msg(is_as_wanted(q, encodings[_i].want),
	    "%s: %d, %d, %d, %d", encodings[_i].name, q[0], q[1], q[2], q[3]);
}
END_TEST

START_TEST(encoding_prefixes)
{
	const char *text = encodings[_i].fields;
	uint16_t q[HTTP_CODINGS];
	struct test_fields t;

	for (size_t n = 0; n < strlen(text); n++) {
		if (!fields_of(&t, text, n))
			continue;
		http_accept_encoding(&t.fields, q);
		for (int i = 0; i < HTTP_CODINGS; i++)
			ck_assert_msg(q[i] <= HTTP_QUALITY_MAX, "%s: %zu",
			    encodings[_i].name, n);
	}
}
END_TEST

START_TEST(type)
{
	const char *text = types[_i].fields, *name = types[_i].type;
	struct test_fields t;
	unsigned q;

	ck_assert(fields_of(&t, text, strlen(text)));
	q = http_accept_type(&t.fields, slice_of(name));
	ck_assert_msg(q == types[_i].want, "%s: %u", types[_i].name, q);
}
END_TEST

START_TEST(type_prefixes)
{
	const char *text = types[_i].fields;
	struct test_fields t;

	for (size_t n = 0; n < strlen(text); n++)
		if (fields_of(&t, text, n))
			ck_assert_msg(http_accept_type(&t.fields,
			    slice_of(types[_i].type)) <= HTTP_QUALITY_MAX,
			    "%s: %zu", types[_i].name, n);
}
END_TEST

START_TEST(names)
{
	static const struct {
		enum http_coding	 coding;
		const char		*name, *suffix;
	} rows[] = {
		{ HTTP_CODING_IDENTITY, "identity", "" },
		{ HTTP_CODING_ZSTD, "zstd", ".zst" },
		{ HTTP_CODING_BR, "br", ".br" },
		{ HTTP_CODING_GZIP, "gzip", ".gz" },
	};

	ck_assert_int_eq(COUNT(rows), HTTP_CODINGS);
	for (int i = 0; i < COUNT(rows); i++) {
		ck_assert_str_eq(http_coding_name(rows[i].coding),
		    rows[i].name);
		ck_assert_str_eq(http_coding_suffix(rows[i].coding),
		    rows[i].suffix);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_accept");
	TCase *te = tcase_create("encoding"), *tt = tcase_create("type");

	tcase_add_loop_test(te, encoding, 0, COUNT(encodings));
	tcase_add_loop_test(te, encoding_prefixes, 0, COUNT(encodings));
	tcase_add_test(te, names);
	suite_add_tcase(s, te);
	tcase_add_loop_test(tt, type, 0, COUNT(types));
	tcase_add_loop_test(tt, type_prefixes, 0, COUNT(types));
	suite_add_tcase(s, tt);
	return run_suite(s);
}
