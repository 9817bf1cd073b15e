/* error_page: what each page has to have, and what may never be in one. */
#include <stdio.h>
#include <string.h>

#include "files/error_page.h"
#include "support.h"

#define PAGE_MAX	2500	/* bytes: one segment or two */

static struct http_response res;
static char page[HTTP_RESPONSE_TEXT_MAX + 1];
static char fields[HTTP_RESPONSE_FIELDS_MAX + 1];

static void
make(int status, const char *wrong, const char *right, const char *source)
{
	/* As after an earlier request: nothing of it may stay. */
	memset(&res, 0xA5, sizeof(res));
	error_page(&res, status, wrong, right, source);
	ck_assert_uint_le(res.length, sizeof(res.text));
	memcpy(page, res.text, res.length);
	page[res.length] = '\0';
	memcpy(fields, res.fields, res.nfields);
	fields[res.nfields] = '\0';
}

static int
has(const char *text)
{
	return strstr(page, text) != NULL;
}

static const struct {
	int		 status;
	const char	*title, *right;
} pages[] = {
	{ 301, "301 Moved Permanently: ", "Location" },
	{ 400, "400 Bad Request: ", "GET / HTTP/1.1" },
	{ 403, "403 Forbidden: ", "needs to read" },
	{ 404, "404 Not Found: ", "spelling" },
	{ 405, "405 Method Not Allowed: ", "use GET or HEAD" },
	{ 408, "408 Request Timeout: ", "again" },
	{ 413, "413 Content Too Large: ", "without content" },
	{ 414, "414 URI Too Long: ", "shorter" },
	{ 417, "417 Expectation Failed: ", "100-continue" },
	{ 421, "421 Misdirected Request: ", "http:" },
	{ 431, "431 Request Header Fields Too Large: ", "fewer" },
	{ 500, "500 Internal Server Error: ", "log" },
	{ 501, "501 Not Implemented: ", "GET, HEAD and OPTIONS" },
	{ 503, "503 Service Unavailable: ", "again" },
	{ 505, "505 HTTP Version Not Supported: ", "HTTP/1.1" },
};

START_TEST(each_status_says_what_and_how)
{
	char title[128];
	const char *at, *end;

	make(pages[_i].status, NULL, NULL, NULL);
	snprintf(title, sizeof(title), "<title>%s", pages[_i].title);
	ck_assert_int_eq(res.status, pages[_i].status);
	ck_assert_msg((at = strstr(page, title)) != NULL, "%s", page);
	ck_assert_msg(has(pages[_i].right), "%s", page);
	ck_assert_msg(has("<small>RFC "), "%s", page);
	ck_assert_uint_lt(res.length, PAGE_MAX);
	ck_assert(!res.overflow && !res.close && !res.head_only);
	/* Early: the sentence of the title is read in the first lines. */
	ck_assert_int_lt(at - page, 100);
	ck_assert_ptr_nonnull(end = strstr(at, ".</title>"));
	ck_assert_uint_gt((size_t)(end - at), strlen(title));
}
END_TEST

/* Words with nothing in front of them may be anything, so each one is shut. */
static void
check_elements(void)
{
	static const char *const elements[] = {
		"title", "style", "svg", "main", "h1", "b", "small", "html"
	};

	for (int i = 0; i < COUNT(elements); i++) {
		char open[16], open_with[16], shut[16];

		snprintf(open, sizeof(open), "<%s>", elements[i]);
		snprintf(open_with, sizeof(open_with), "<%s ", elements[i]);
		snprintf(shut, sizeof(shut), "</%s>", elements[i]);
		ck_assert_msg((has(open) || has(open_with)) == has(shut),
		    "%s", elements[i]);
	}
}

START_TEST(nothing_to_load)
{
	static const char *const never[] = {
		"http:", "https:", "src=", "href=", "url(", "@import",
		"<script", "style=", "<link", "<img", " on"
	};

	make(pages[_i].status, "A", "B", "C");
	for (int i = 0; i < COUNT(never); i++)
		ck_assert_msg(!has(never[i]), "%s", never[i]);
	check_elements();
	for (size_t i = 0; i < res.length; i++)
		ck_assert(page[i] == '\n' || (page[i] >= 0x20 &&
		    page[i] < 0x7f));
}
END_TEST

START_TEST(both_colour_schemes)
{
	make(404, NULL, NULL, NULL);
	ck_assert(has("<meta name=\"color-scheme\" content=\"light dark\">"));
	ck_assert(has("@media(prefers-color-scheme:dark)"));
	ck_assert(has("<meta name=\"viewport\" "
	    "content=\"width=device-width\">"));
	ck_assert(has("#0f766e") && has("#5eead4") && has("#f5b301"));
}
END_TEST

static const struct {
	int		 status;
	const char	*cache;
} head[] = {
	{ 301, "" }, { 308, "" },
	{ 400, "Cache-Control: no-cache\r\n" },
	{ 403, "Cache-Control: no-cache\r\n" },
	{ 404, "Cache-Control: no-cache\r\n" },
	{ 501, "Cache-Control: no-cache\r\n" },
	{ 503, "Cache-Control: no-cache\r\n" },
};

START_TEST(fields_of_it)
{
	char want[512];

	make(head[_i].status, NULL, NULL, NULL);
	snprintf(want, sizeof(want), "Content-Type: text/html; charset=utf-8"
	    "\r\nContent-Security-Policy: default-src 'none'; "
	    "style-src 'unsafe-inline'\r\n"
	    "X-Content-Type-Options: nosniff\r\n%s", head[_i].cache);
	ck_assert_str_eq(fields, want);
	ck_assert_int_eq(res.content, HTTP_CONTENT_TEXT);
	ck_assert_ptr_null(res.file);
}
END_TEST

START_TEST(words_of_the_caller)
{
	make(404, "Mine.", NULL, NULL);
	ck_assert(has("<title>404 Not Found: Mine.</title>"));
	ck_assert(has("<p>Mine.</p>\n</main>"));
	ck_assert(!has("spelling") && !has("RFC"));

	make(404, "Mine.", "Do this.", "RFC 1");
	ck_assert(has("<h1><b>404</b> Not Found</h1>\n<p>Mine.</p>\n"
	    "<p>Do this.</p>\n<p><small>RFC 1</small></p>\n</main>\n"
	    "</html>\n"));

	make(404, NULL, "Do this.", NULL);
	ck_assert(has("nothing at this address.</p>\n<p>Do this.</p>\n"
	    "<p><small>RFC 9110, section 15.5.5<"));
}
END_TEST

START_TEST(words_are_escaped)
{
	make(400, "<script>a && \"b\"</script>", "1 < 2 > 0", "&amp;");
	ck_assert(!has("<script") && !has("</script"));
	ck_assert(has("<p>&lt;script&gt;a &amp;&amp; &quot;b&quot;"
	    "&lt;/script&gt;</p>"));
	ck_assert(has("<title>400 Bad Request: &lt;script&gt;"));
	ck_assert(has("<p>1 &lt; 2 &gt; 0</p>"));
	ck_assert(has("<small>&amp;amp;</small>"));
}
END_TEST

START_TEST(any_status)
{
	for (int status = 100; status < 1000; status++) {
		make(status, NULL, NULL, NULL);
		ck_assert_int_eq(res.status, status);
		ck_assert_uint_gt(res.length, 100);
		ck_assert(!res.overflow);
	}
}
END_TEST

START_TEST(too_many_words)
{
	static char words[HTTP_RESPONSE_TEXT_MAX * 2];

	memset(words, '<', sizeof(words) - 1);
	make(400, words, words, words);
	ck_assert(res.overflow);
	ck_assert_uint_le(res.length, HTTP_RESPONSE_TEXT_MAX);
	make(400, NULL, NULL, NULL);
	ck_assert(!res.overflow);
}
END_TEST

START_TEST(faults_close)
{
	static const struct http_fault fault = {
		431, "Too <much>.", "Send less.", "RFC 6585, section 5"
	};

	memset(&res, 0xA5, sizeof(res));
	error_page_fault(&res, &fault);
	ck_assert(res.close);
	ck_assert_int_eq(res.status, 431);
	memcpy(page, res.text, res.length);
	page[res.length] = '\0';
	ck_assert(has("Too &lt;much&gt;.") && has("Send less."));
	ck_assert(has("RFC 6585, section 5"));
}
END_TEST

START_TEST(fields_can_be_added)
{
	make(503, NULL, NULL, NULL);
	http_response_field(&res, "Retry-After", "%d", 5);
	ck_assert(!res.overflow);
	ck_assert_int_eq(memcmp(res.fields + res.nfields - 16,
	    "Retry-After: 5\r\n", 16), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("error_page");
	TCase *t = tcase_create("error_page");

	tcase_add_loop_test(t, each_status_says_what_and_how, 0,
	    COUNT(pages));
	tcase_add_loop_test(t, nothing_to_load, 0, COUNT(pages));
	tcase_add_test(t, both_colour_schemes);
	tcase_add_loop_test(t, fields_of_it, 0, COUNT(head));
	tcase_add_test(t, words_of_the_caller);
	tcase_add_test(t, words_are_escaped);
	tcase_add_test(t, any_status);
	tcase_add_test(t, too_many_words);
	tcase_add_test(t, faults_close);
	tcase_add_test(t, fields_can_be_added);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
