/*
 * check_judge - answers, and what they mean for what was asked.
 */
#include "client/judge.h"

#include <stdio.h>
#include <string.h>

#include "suite.h"

#define NOW	1795298400	/* in November 2026 */
#define SINCE	784111777	/* Sun, 06 Nov 1994 08:49:37 GMT */
#define DATE	"Sun, 06 Nov 1994 08:49:37 GMT"
#define UNKNOWN	JUDGE_UNKNOWN

#define PART	"HTTP/1.1 206 Partial Content\r\n"
#define NOT_SAT	"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 9\r\n"

/* What is asked for, in rows. */
static const struct judge_asked all = { .method = HTTP_GET };
static const struct judge_asked head = { .method = HTTP_HEAD };
static const struct judge_asked strict = { .method = HTTP_GET, .fail = true };
static const struct judge_asked range = { .method = HTTP_GET,
    .range = true };
static const struct judge_asked first = { .method = HTTP_GET,
    .range = true, .wanted = "bytes=0-3" };
static const struct judge_asked last = { .method = HTTP_GET,
    .range = true, .wanted = "bytes=-3" };
static const struct judge_asked parts = { .method = HTTP_GET,
    .range = true, .wanted = "bytes=0-3,5-6" };
static const struct judge_asked rest = { .method = HTTP_GET, .have = 5,
    .validator = "\"a\"" };
static const struct judge_asked dated = { .method = HTTP_GET, .have = 5,
    .validator = DATE };
static const struct judge_asked anew = { .method = HTTP_GET,
    .replaces = true };
static const struct judge_asked newer = { .method = HTTP_GET, .newer = true,
    .since = SINCE, .conditional = true };
static const struct judge_asked tagged = { .method = HTTP_GET,
    .conditional = true };

static const struct {
	const char			*name;
	const struct judge_asked	*asked;
	const char			*reply;
	enum judge_what			 what;
	enum exits			 why;
	const char			*error;		/* a part of it */
	uint64_t			 total;
} rows[] = {
	{ "all", &all, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n",
	    JUDGE_WHOLE, EXITS_OK, "", 10 },
	{ "all, length unknown", &all, "HTTP/1.1 200 OK\r\n", JUDGE_WHOLE,
	    EXITS_OK, "", UNKNOWN },
	{ "all, chunked", &all, "HTTP/1.1 200 OK\r\n"
	    "Transfer-Encoding: chunked\r\n", JUDGE_WHOLE, EXITS_OK, "",
	    UNKNOWN },
	{ "an error page", &all, "HTTP/1.1 404 Not Found\r\n"
	    "Content-Length: 9\r\n", JUDGE_WHOLE, EXITS_OK, "", 9 },
	{ "a redirect", &all, "HTTP/1.1 301 Moved\r\nContent-Length: 9\r\n",
	    JUDGE_WHOLE, EXITS_OK, "", 9 },
	{ "a range that is none, page", &all, NOT_SAT, JUDGE_WHOLE,
	    EXITS_OK, "", 9 },
	{ "an unknown status", &all, "HTTP/1.1 799 \r\n", JUDGE_WHOLE,
	    EXITS_OK, "", UNKNOWN },
	{ "nothing new, unasked", &all, "HTTP/1.1 304 Not Modified\r\n",
	    JUDGE_REFUSED, EXITS_PROTOCOL, "(304)", UNKNOWN },
	{ "nothing new", &tagged, "HTTP/1.1 304 Not Modified\r\n",
	    JUDGE_OLD, EXITS_OK, "", UNKNOWN },
	{ "a part, unasked", &all, PART "Content-Range: bytes 0-4/10\r\n",
	    JUDGE_REFUSED, EXITS_PROTOCOL, "a part came (206)", UNKNOWN },
	{ "the head of a part", &head, PART, JUDGE_WHOLE, EXITS_OK, "",
	    UNKNOWN },

	{ "strict", &strict, "HTTP/1.1 399 \r\n", JUDGE_WHOLE, EXITS_OK, "",
	    UNKNOWN },
	{ "strict, 400", &strict, "HTTP/1.1 400 Bad Request\r\n",
	    JUDGE_REFUSED, EXITS_STATUS, "400 Bad Request", UNKNOWN },
	{ "strict, no reason", &strict, "HTTP/1.1 404 \r\n", JUDGE_REFUSED,
	    EXITS_STATUS, "404 Not Found", UNKNOWN },
	{ "strict, a reason of theirs", &strict, "HTTP/1.1 599 Oh no\r\n",
	    JUDGE_REFUSED, EXITS_STATUS, "599 Oh no", UNKNOWN },

	{ "range", &range, PART "Content-Range: bytes 0-4/10\r\n"
	    "Content-Length: 5\r\n", JUDGE_PART, EXITS_OK, "", 5 },
	{ "ranges", &range, PART "Content-Type: multipart/byteranges; "
	    "boundary=x\r\n", JUDGE_PART, EXITS_OK, "", UNKNOWN },
	{ "range, all came", &range, "HTTP/1.1 200 OK\r\n", JUDGE_WHOLE,
	    EXITS_OK, "", UNKNOWN },
	{ "range, none", &range, NOT_SAT, JUDGE_WHOLE, EXITS_OK, "", 9 },
	{ "the first", &first, PART "Content-Range: bytes 0-3/10\r\n"
	    "Content-Length: 4\r\n", JUDGE_PART, EXITS_OK, "", 4 },
	{ "the first, chunked", &first, PART "Content-Range: bytes 0-3/10\r\n"
	    "Transfer-Encoding: chunked\r\n", JUDGE_PART, EXITS_OK, "",
	    4 },
	{ "the first, of a size unsaid", &first, PART
	    "Content-Range: bytes 0-3/*\r\n", JUDGE_PART, EXITS_OK, "",
	    4 },
	{ "the first, there are less", &first, PART
	    "Content-Range: bytes 0-2/3\r\n", JUDGE_PART, EXITS_OK, "",
	    3 },
	{ "the first, but less", &first, PART
	    "Content-Range: bytes 0-2/4\r\n", JUDGE_REFUSED, EXITS_PROTOCOL,
	    "bytes=0-3 was asked for, and bytes 0 to 2 came", 3 },
	{ "the first, but more", &first, PART
	    "Content-Range: bytes 0-4/10\r\n", JUDGE_REFUSED,
	    EXITS_PROTOCOL, "bytes 0 to 4 came", 5 },
	{ "the first, but more, unsaid", &first, PART
	    "Content-Range: bytes 0-4/*\r\n", JUDGE_REFUSED,
	    EXITS_PROTOCOL, "bytes 0 to 4 came", 5 },
	{ "the first, but others", &first, PART
	    "Content-Range: bytes 2-5/10\r\n", JUDGE_REFUSED,
	    EXITS_PROTOCOL, "bytes 2 to 5 came", 4 },
	{ "the first, another length", &first, PART
	    "Content-Range: bytes 0-3/10\r\nContent-Length: 5\r\n",
	    JUDGE_REFUSED, EXITS_PROTOCOL, "said to have 5 bytes", 5 },
	{ "the first, unsaid", &first, PART, JUDGE_REFUSED, EXITS_PROTOCOL,
	    "Content-Range", UNKNOWN },
	{ "the last", &last, PART "Content-Range: bytes 7-9/10\r\n",
	    JUDGE_PART, EXITS_OK, "", 3 },
	{ "the last, of a size unsaid", &last, PART
	    "Content-Range: bytes 7-9/*\r\n", JUDGE_PART, EXITS_OK, "",
	    3 },
	{ "the last, but others", &last, PART
	    "Content-Range: bytes 6-8/10\r\n", JUDGE_REFUSED,
	    EXITS_PROTOCOL, "bytes 6 to 8 came", 3 },
	{ "parts", &parts, PART "Content-Type: multipart/byteranges\r\n",
	    JUDGE_PART, EXITS_OK, "", UNKNOWN },

	{ "rest", &rest, PART "Content-Range: bytes 5-9/10\r\n"
	    "Content-Length: 5\r\nETag: \"a\"\r\n", JUDGE_REST, EXITS_OK, "",
	    10 },
	{ "rest, tag unsaid", &rest, PART "Content-Range: bytes 5-9/10\r\n",
	    JUDGE_REST, EXITS_OK, "", 10 },
	{ "rest, size unsaid", &rest, PART "Content-Range: bytes 5-9/*\r\n",
	    JUDGE_ANEW, EXITS_OK, "", UNKNOWN },
	{ "rest, by its date", &dated, PART "Content-Range: bytes 5-5/6\r\n"
	    "Last-Modified: " DATE "\r\nETag: \"b\"\r\n", JUDGE_REST,
	    EXITS_OK, "", 6 },
	{ "rest of something else", &rest, PART
	    "Content-Range: bytes 5-9/10\r\nETag: \"b\"\r\n", JUDGE_ANEW,
	    EXITS_OK, "", UNKNOWN },
	{ "rest, the tag is weak now", &rest, PART
	    "Content-Range: bytes 5-9/10\r\nETag: W/\"a\"\r\n", JUDGE_ANEW,
	    EXITS_OK, "", UNKNOWN },
	{ "rest of another date", &dated, PART
	    "Content-Range: bytes 5-9/10\r\n"
	    "Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT\r\n", JUDGE_ANEW,
	    EXITS_OK, "", UNKNOWN },
	{ "rest, but from another byte on", &rest, PART
	    "Content-Range: bytes 4-9/10\r\n", JUDGE_REFUSED, EXITS_PROTOCOL,
	    "from byte 5 on was asked for, and bytes 4 to 9 came", UNKNOWN },
	{ "rest, but not all", &rest, PART "Content-Range: bytes 5-8/10\r\n",
	    JUDGE_REFUSED, EXITS_PROTOCOL, " came", UNKNOWN },
	{ "rest, but all", &rest, PART "Content-Range: bytes 0-9/10\r\n",
	    JUDGE_REFUSED, EXITS_PROTOCOL, " came", UNKNOWN },
	{ "rest, another length", &rest, PART
	    "Content-Range: bytes 5-9/10\r\nContent-Length: 10\r\n",
	    JUDGE_REFUSED, EXITS_PROTOCOL, "bytes 5-9/10, is said to have 10 "
	    "bytes", 10 },
	{ "rest of what", &rest, PART, JUDGE_REFUSED, EXITS_PROTOCOL,
	    "Content-Range", UNKNOWN },
	{ "rest, said twice", &rest, PART "Content-Range: bytes 5-9/10\r\n"
	    "Content-Range: bytes 5-9/10\r\n", JUDGE_REFUSED, EXITS_PROTOCOL,
	    "one Content-Range", UNKNOWN },
	{ "rest, malformed", &rest, PART "Content-Range: bytes 5-\r\n",
	    JUDGE_REFUSED, EXITS_PROTOCOL, "malformed Content-Range",
	    UNKNOWN },
	{ "rest, and none", &rest, PART "Content-Range: bytes */10\r\n",
	    JUDGE_REFUSED, EXITS_PROTOCOL, "malformed Content-Range",
	    UNKNOWN },
	{ "rest, all came", &rest, "HTTP/1.1 200 OK\r\n"
	    "Content-Length: 10\r\n", JUDGE_WHOLE, EXITS_OK, "", 10 },
	{ "rest, there is none", &rest, NOT_SAT
	    "Content-Range: bytes */5\r\n", JUDGE_COMPLETE, EXITS_OK, "",
	    9 },
	{ "rest, there is none, other tag", &rest, NOT_SAT
	    "Content-Range: bytes */5\r\nETag: \"b\"\r\n", JUDGE_ANEW,
	    EXITS_OK, "", 9 },
	{ "rest, it is shorter now", &rest, NOT_SAT
	    "Content-Range: bytes */4\r\n", JUDGE_ANEW, EXITS_OK, "", 9 },
	{ "rest, there is none, unsaid", &rest, NOT_SAT, JUDGE_ANEW,
	    EXITS_OK, "", 9 },
	{ "rest, an error", &rest, "HTTP/1.1 503 Service Unavailable\r\n",
	    JUDGE_REFUSED, EXITS_STATUS, "503 Service Unavailable",
	    UNKNOWN },
	{ "rest, elsewhere", &rest, "HTTP/1.1 302 Found\r\n", JUDGE_REFUSED,
	    EXITS_PROTOCOL, "302 Found", UNKNOWN },
	{ "rest, no content", &rest, "HTTP/1.1 204 No Content\r\n",
	    JUDGE_REFUSED, EXITS_PROTOCOL, "204 No Content", UNKNOWN },

	{ "anew", &anew, "HTTP/1.1 200 OK\r\n", JUDGE_WHOLE, EXITS_OK, "",
	    UNKNOWN },
	{ "anew, and it is a part", &anew, PART
	    "Content-Range: bytes 0-4/10\r\n", JUDGE_REFUSED,
	    EXITS_PROTOCOL, "a part came (206)", UNKNOWN },
	{ "anew, an error", &anew, NOT_SAT, JUDGE_REFUSED, EXITS_STATUS,
	    "416 Range Not Satisfiable", 9 },
	{ "anew, elsewhere", &anew, "HTTP/1.1 302 Found\r\n", JUDGE_REFUSED,
	    EXITS_PROTOCOL, "302 Found", UNKNOWN },

	{ "newer, and it is not", &newer, "HTTP/1.1 304 Not Modified\r\n",
	    JUDGE_OLD, EXITS_OK, "", UNKNOWN },
	{ "newer, and it is", &newer, "HTTP/1.1 200 OK\r\n"
	    "Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT\r\n", JUDGE_WHOLE,
	    EXITS_OK, "", UNKNOWN },
	{ "newer, nobody knows", &newer, "HTTP/1.1 200 OK\r\n", JUDGE_WHOLE,
	    EXITS_OK, "", UNKNOWN },
	{ "newer, the server did not look", &newer, "HTTP/1.1 200 OK\r\n"
	    "Last-Modified: " DATE "\r\n", JUDGE_OLD, EXITS_OK, "",
	    UNKNOWN },
	{ "newer, an error", &newer, "HTTP/1.1 404 Not Found\r\n"
	    "Last-Modified: " DATE "\r\n", JUDGE_WHOLE, EXITS_OK, "",
	    UNKNOWN },
};

/* Read a head, without its empty line. */
static void
read_reply(const char *text, enum http_method method,
    struct http_reply *reply)
{
	static struct http_field fields[16];
	static char bytes[1024];
	size_t scanned = 0;
	int n = snprintf(bytes, sizeof(bytes), "%s\r\n", text);

	reply->fields = (struct http_fields){ .v = fields, .max = 16 };
	ck_assert_int_eq(http_reply_parse(&scanned, bytes, (size_t)n, method,
	    sizeof(bytes), reply), n);
}

START_TEST(judges)
{
	struct http_reply reply;
	struct judgement got;

	read_reply(rows[_i].reply, rows[_i].asked->method, &reply);
	judge(rows[_i].asked, &reply, NOW, &got);
	ck_assert_msg(got.what == rows[_i].what && got.why == rows[_i].why,
	    "%s: %d %d %s", rows[_i].name, got.what, got.why, got.error);
	ck_assert_msg(rows[_i].error[0] == '\0' ? got.error[0] == '\0' :
	    strstr(got.error, rows[_i].error) != NULL, "%s: %s",
	    rows[_i].name, got.error);
	ck_assert_msg(got.total == rows[_i].total, "%s: %ju", rows[_i].name,
	    (uintmax_t)got.total);
}
END_TEST

START_TEST(a_long_reason_is_cut)
{
	struct http_reply reply = { .status = 400 };
	static char reason[100000];
	char out[256], small[8];

	memset(reason, 'x', sizeof(reason));
	reply.reason = (struct slice){ reason, sizeof(reason) };
	ck_assert_uint_lt(strlen(judge_status(&reply, out, sizeof(out))),
	    120);
	ck_assert_str_eq(judge_status(&reply, small, sizeof(small)),
	    "400 xxx");
}
END_TEST

START_TEST(dates)
{
	struct http_reply reply;
	time_t t = 7;

	read_reply("HTTP/1.1 200 OK\r\nDate: " DATE "\r\nA: x\r\n"
	    "B: " DATE "\r\nB: " DATE "\r\n", HTTP_GET, &reply);
	ck_assert(!judge_date(&reply, SLICE("A"), NOW, &t));
	ck_assert(!judge_date(&reply, SLICE("B"), NOW, &t));
	ck_assert(!judge_date(&reply, SLICE("C"), NOW, &t));
	ck_assert_int_eq(t, 7);
	ck_assert(judge_date(&reply, SLICE("date"), NOW, &t));
	ck_assert_int_eq(t, SINCE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("judge");
	TCase *tc = suite_case(s, "judge");

	tcase_add_loop_test(tc, judges, 0, ROWS(rows));
	tcase_add_test(tc, a_long_reason_is_cut);
	tcase_add_test(tc, dates);
	return suite_run(s);
}
