#include "http/http.h"
#include "http/http_byte.h"
#include "support.h"

static const struct {
	const char		*name;
	enum http_method	 exact, nocase;
} methods[] = {
	{ "GET", HTTP_GET, HTTP_GET },
	{ "HEAD", HTTP_HEAD, HTTP_HEAD },
	{ "OPTIONS", HTTP_OPTIONS, HTTP_OPTIONS },
	{ "POST", HTTP_POST, HTTP_POST },
	{ "PUT", HTTP_PUT, HTTP_PUT },
	{ "DELETE", HTTP_DELETE, HTTP_DELETE },
	{ "CONNECT", HTTP_CONNECT, HTTP_CONNECT },
	{ "TRACE", HTTP_TRACE, HTTP_TRACE },
	{ "PATCH", HTTP_PATCH, HTTP_PATCH },
	{ "Get", HTTP_METHOD_UNKNOWN, HTTP_GET },
	{ "head", HTTP_METHOD_UNKNOWN, HTTP_HEAD },
	{ "GETS", HTTP_METHOD_UNKNOWN, HTTP_METHOD_UNKNOWN },
	{ "GE", HTTP_METHOD_UNKNOWN, HTTP_METHOD_UNKNOWN },
	{ "BREW", HTTP_METHOD_UNKNOWN, HTTP_METHOD_UNKNOWN },
	{ "", HTTP_METHOD_UNKNOWN, HTTP_METHOD_UNKNOWN },
};

static const struct {
	int		 status;
	const char	*reason;
} reasons[] = {
	{ 100, "Continue" },
	{ 200, "OK" },
	{ 206, "Partial Content" },
	{ 304, "Not Modified" },
	{ 404, "Not Found" },
	{ 431, "Request Header Fields Too Large" },
	{ 505, "HTTP Version Not Supported" },
	{ 511, "Network Authentication Required" },
	{ -1, "Unknown" },
	{ 0, "Unknown" },
	{ 99, "Unknown" },
	{ 104, "Unknown" },
	{ 418, "Unknown" },
	{ 512, "Unknown" },
	{ 999, "Unknown" },
};

START_TEST(method)
{
	struct slice name = slice_of(methods[_i].name);

	ck_assert_msg(http_method_of(name) == methods[_i].exact, "%s",
	    name.p);
	ck_assert_msg(http_method_of_nocase(name) == methods[_i].nocase,
	    "%s", name.p);
	if (methods[_i].exact != HTTP_METHOD_UNKNOWN)
		ck_assert_str_eq(http_method_name(methods[_i].exact), name.p);
}
END_TEST

START_TEST(unknown_method_has_no_name)
{
	ck_assert_str_eq(http_method_name(HTTP_METHOD_UNKNOWN), "");
	ck_assert_str_eq(http_method_name((enum http_method)99), "");
}
END_TEST

START_TEST(reason)
{
	ck_assert_str_eq(http_status_reason(reasons[_i].status),
	    reasons[_i].reason);
}
END_TEST

START_TEST(token)
{
	ck_assert(http_is_token(SLICE("!#$%&'*+-.^_`|~09azAZ")));
	ck_assert(!http_is_token(SLICE("")));
	for (int c = 0; c < 256; c++) {
		char text[2] = { 'a', (char)c };
		bool want = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') ||
		    (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);

		ck_assert_msg(http_is_token((struct slice){ text, 2 }) ==
		    want, "byte %d", c);
	}
}
END_TEST

/* Each class said once more, in the words of the grammar. */
START_TEST(classes)
{
	static const char unreserved[] = "-._~", sub[] = "!$&'()*+;=";

	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		bool alnum = (i >= '0' && i <= '9') ||
		    (i >= 'A' && i <= 'Z') || (i >= 'a' && i <= 'z');
		bool host = alnum || (i != 0 &&
		    (strchr(unreserved, i) != NULL || strchr(sub, i) != NULL));
		bool hex = i != 0 && strchr("0123456789abcdefABCDEF", i);

		ck_assert_msg(http_byte_is(c, HTTP_BYTE_HOST) == host,
		    "host %d", i);
		ck_assert_msg(http_byte_is(c, HTTP_BYTE_PATH) ==
		    (host || (i != 0 && strchr(",:@/", i) != NULL)),
		    "path %d", i);
		ck_assert_msg(http_byte_is(c, HTTP_BYTE_TARGET) ==
		    (i >= 0x21 && i <= 0x7e && i != '#'), "target %d", i);
		ck_assert_msg(http_byte_is(c, HTTP_BYTE_VALUE) ==
		    (i == '\t' || (i >= 0x20 && i != 0x7f)), "value %d", i);
		ck_assert_msg(http_byte_is(c, HTTP_BYTE_HEX) == hex,
		    "hex %d", i);
		if (hex)
			ck_assert_int_eq(http_byte_hex(c), (int)strtol(
			    (char[]){ c, '\0' }, NULL, 16));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http");
	TCase *tc = tcase_create("words");

	tcase_add_loop_test(tc, method, 0, COUNT(methods));
	tcase_add_test(tc, unknown_method_has_no_name);
	tcase_add_loop_test(tc, reason, 0, COUNT(reasons));
	tcase_add_test(tc, token);
	tcase_add_test(tc, classes);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
