/*
 * check_detect - which first bytes begin a request. Inputs end at a page
 * that cannot be read.
 */
#include "proto/detect.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "suite.h"

#define LINE_MAX_BYTES	200

static char *pages;
static size_t page_size;

static void
map_pages(void)
{
	page_size = (size_t)sysconf(_SC_PAGESIZE);
	pages = mmap(NULL, 2 * page_size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert(pages != MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + page_size, page_size, PROT_NONE), 0);
}

static void
unmap_pages(void)
{
	munmap(pages, 2 * page_size);
}

/* Detect bytes that end where memory ends. */
static enum detect_result
detect_at(const char *bytes, size_t len, uint32_t *scanned)
{
	char *at = pages + page_size - len;

	memcpy(at, bytes, len);
	return detect_http(at, len, LINE_MAX_BYTES, scanned);
}

static enum detect_result
detect(const char *bytes, size_t len)
{
	uint32_t scanned = 0;

	return detect_at(bytes, len, &scanned);
}

static const char *const good[] = {
	"GET / HTTP/1.1\r\n",
	"GET / HTTP/1.1\n",
	"GET / HTTP/1.0\r\n",
	"GET / HTTP/3.0\r\n",
	"GET / HTTP/1.1 \t\r\n",
	"GET / http/1.1\r\n",
	"GET / HTTP/1\r\n",
	"GET / HTTP/1.1x\r\n",
	"GET  /  HTTP/1.1\r\n",
	"GET HTTP/1.1\r\n",
	"HEAD /a?b=c HTTP/1.1\r\n",
	"OPTIONS * HTTP/1.1\r\n",
	"POST / HTTP/1.1\r\n",
	"PUT / HTTP/1.1\r\n",
	"DELETE / HTTP/1.1\r\n",
	"CONNECT a:1 HTTP/1.1\r\n",
	"TRACE / HTTP/1.1\r\n",
	"PATCH / HTTP/1.1\r\n",
	"PRI * HTTP/2.0\r\n",
	"get / HTTP/1.1\r\n",
	"gEt / HTTP/1.1\r\n",
	"oPTIONs * HTTP/1.1\r\n",
	"pri * HTTP/2.0\r\n",
	"GET /\0 HTTP/1.1\r\n",
};

/* The rows have no lengths, and one has a NUL: up to the line feed. */
static size_t
line_len(const char *line)
{
	return (size_t)((const char *)rawmemchr(line, '\n') - line) + 1;
}

START_TEST(whole_line_is_http)
{
	const char *line = good[_i];

	ck_assert_msg(detect(line, line_len(line)) == DETECT_HTTP, "%s", line);
}
END_TEST

START_TEST(every_prefix_asks_for_more)
{
	const char *line = good[_i];

	for (size_t n = 1; n < line_len(line); n++)
		ck_assert_msg(detect(line, n) == DETECT_MORE, "%.*s", (int)n,
		    line);
}
END_TEST

START_TEST(bytes_one_at_a_time_are_the_same)
{
	const char *line = good[_i];
	uint32_t scanned = 0;
	size_t n;

	for (n = 1; n < line_len(line); n++) {
		ck_assert_int_eq(detect_at(line, n, &scanned), DETECT_MORE);
		ck_assert_uint_le(scanned, n);
	}
	ck_assert_int_eq(detect_at(line, n, &scanned), DETECT_HTTP);
}
END_TEST

START_TEST(what_follows_the_line_does_not_count)
{
	char more[256];
	size_t n = line_len(good[_i]);

	memcpy(more, good[_i], n);
	memcpy(more + n, "\r\nhello\n", 8);
	ck_assert_int_eq(detect(more, n + 8), DETECT_HTTP);
}
END_TEST

static const struct {
	const char	*name, *bytes;
	size_t		 sure;	/* as soon as this many bytes are there */
} others[] = {
	{ "a word",			"hello\n",		3 },
	{ "another letter",		"x",			1 },
	{ "an empty line",		"\r\n",			1 },
	{ "an empty line first",	"\r\nGET / HTTP/1.1\r\n", 1 },
	{ "a bare line feed",		"\nGET / HTTP/1.1\r\n",	1 },
	{ "a blank first",		" GET / HTTP/1.1\r\n",	1 },
	{ "the method alone",		"GET\r\n",		4 },
	{ "the method and a tab",	"GET\t/ HTTP/1.1\r\n",	4 },
	{ "longer than a method",	"GETS / HTTP/1.1\r\n",	4 },
	{ "longer than the longest",	"OPTIONSX / HTTP/1.1\r\n", 8 },
	{ "half a method",		"GE / HTTP/1.1\r\n",	3 },
	{ "an unknown method",		"BREW / HTTP/1.1\r\n",	1 },
	{ "a simple request of 0.9",	"GET /\r\n",		7 },
	{ "a version without a digit",	"GET / HTTP/\r\n",	13 },
	{ "a version of letters",	"GET / HTTP/x\r\n",	14 },
	{ "another protocol",		"GET / ICAP/1.0\r\n",	16 },
	{ "a version that is a path",	"GET /HTTP/1.1\r\n",	15 },
	{ "the method and a blank",	"GET \r\n",		6 },
	{ "a sentence",			"put it there\n",	13 },
	{ "TLS",			"\x16\x03\x01\x02",	1 },
	{ "a NUL",			"\0\n",			1 },
	{ "high bytes",			"\xff\xfe\n",		1 },
};

START_TEST(other_is_known_as_soon_as_possible)
{
	const char *bytes = others[_i].bytes;

	for (size_t n = 1; n < others[_i].sure; n++)
		ck_assert_msg(detect(bytes, n) == DETECT_MORE, "%s: %zu",
		    others[_i].name, n);
	ck_assert_msg(detect(bytes, others[_i].sure) == DETECT_OTHER, "%s",
	    others[_i].name);
}
END_TEST

START_TEST(line_over_the_limit_is_http)
{
	char line[LINE_MAX_BYTES + 2];

	memset(line, 'a', sizeof(line));
	memcpy(line, "GET /", 5);
	ck_assert_int_eq(detect(line, LINE_MAX_BYTES), DETECT_MORE);
	ck_assert_int_eq(detect(line, LINE_MAX_BYTES + 1), DETECT_HTTP);
	memcpy(line, "GOT /", 5);
	ck_assert_int_eq(detect(line, LINE_MAX_BYTES + 1), DETECT_OTHER);
}
END_TEST

START_TEST(line_of_any_other_first_byte_is_other)
{
	static const char first[] = "cdghoptCDGHOPT";
	char line[] = "? / HTTP/1.1\r\n";

	line[0] = (char)_i;
	ck_assert_int_eq(detect(line, 1), _i != 0 && strchr(first, _i) != NULL ?
	    DETECT_MORE : DETECT_OTHER);
	ck_assert_int_eq(detect(line, sizeof(line) - 1), DETECT_OTHER);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("detect");
	TCase *tc = suite_case(s, "detect");

	tcase_add_checked_fixture(tc, map_pages, unmap_pages);
	tcase_add_loop_test(tc, whole_line_is_http, 0, ROWS(good));
	tcase_add_loop_test(tc, every_prefix_asks_for_more, 0, ROWS(good));
	tcase_add_loop_test(tc, bytes_one_at_a_time_are_the_same, 0,
	    ROWS(good));
	tcase_add_loop_test(tc, what_follows_the_line_does_not_count, 0,
	    ROWS(good));
	tcase_add_loop_test(tc, other_is_known_as_soon_as_possible, 0,
	    ROWS(others));
	tcase_add_test(tc, line_over_the_limit_is_http);
	tcase_add_loop_test(tc, line_of_any_other_first_byte_is_other, 0, 256);
	return suite_run(s);
}
