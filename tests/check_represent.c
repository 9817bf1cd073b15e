/*
 * represent: preconditions, ranges and the fields of the answer. Each row
 * names the section of RFC 9110 that it is about; its request is parsed from
 * bytes, and the fields of the answer are all there are.
 */
#include "entropy.h"
#include "files/represent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files/error_page.h"
#include "http/http_multipart.h"
#include "support.h"
#include "tree.h"

#define MEMORY_MAX	65536

#define DATE	784111777
#define DATED	"Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE	"Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER	"Sun, 06 Nov 1994 08:49:38 GMT"
#define RFC850	"Sunday, 06-Nov-94 08:49:37 GMT"
#define ASCTIME	"Sun Nov  6 08:49:37 1994"
#define LARGE_SIZE	100000

/* What is represented */

enum kind {
	MEMORY,		/* "0123456789", strong tag and date */
	LARGE,		/* the same of a file that is open */
	YOUNG,		/* large, changed just now: weak tag and date */
	UNDATED,	/* small, without a date */
	EMPTY,
	UNTAGGED,	/* with a date alone */
	LISTING,
	GZIPPED,	/* negotiated */
	PLAIN		/* negotiated, identity */
};

static const struct file kinds[] = {
	[MEMORY] = { .size = 10, .etag = "\"m\"",
	    .last_modified = DATED, .mtime = { DATE, 5 } },
	[LARGE] = { .size = LARGE_SIZE, .etag = "\"l\"",
	    .last_modified = DATED, .mtime = { DATE, 0 } },
	[YOUNG] = { .size = LARGE_SIZE, .etag = "W/\"y\"",
	    .is_young = true, .last_modified = DATED, .mtime = { DATE, 0 } },
	[UNDATED] = { .size = 10, .etag = "\"u\"",
	    .mtime = { 1, 0 } },
	[EMPTY] = { .size = 0, .etag = "\"e\"",
	    .last_modified = DATED, .mtime = { DATE, 0 } },
	[UNTAGGED] = { .size = 10,
	    .last_modified = DATED, .mtime = { DATE, 0 } },
	[GZIPPED] = { .size = 10, .etag = "\"z\"",
	    .last_modified = DATED, .mtime = { DATE, 0 } },
	[PLAIN] = { .size = 10, .etag = "\"m\"",
	    .last_modified = DATED, .mtime = { DATE, 0 } },
};

/* With two references: one goes along, the other one is the test's. */
static struct file *
make(enum kind kind)
{
	struct file *f;

	if (kind == LISTING)
		return NULL;
	ck_assert_ptr_nonnull(f = malloc(sizeof(*f)));
	*f = kinds[kind];
	f->refs = 2;
	f->fd = -1;
	if (f->size > MEMORY_MAX) {
		f->fd = open("/dev/zero", O_RDONLY);
		ck_assert_int_ge(f->fd, 0);
	} else {
		ck_assert_ptr_nonnull(f->bytes = strdup("0123456789"));
	}
	return f;
}

static struct http_response res;

static void
judge_and_represent(const struct representation *r,
    const struct http_request *req, const struct trace *t)
{
	represent(r, represent_judge(r->file, req), req, t, &res);
}

/* Ask for it; what is left is the test's own reference to the file. */
static struct file *
ask(enum kind kind, const char *request, const struct trace *t)
{
	struct representation r = {
		.file = make(kind),
		.type = "text/css; charset=utf-8",
		.coding = kind == GZIPPED ? HTTP_CODING_GZIP :
		    HTTP_CODING_IDENTITY,
		.vary = kind == GZIPPED || kind == PLAIN ? "Accept-Encoding" :
		    kind == LISTING ? "Accept" : NULL,
	};

	/* What an earlier answer left must not show through. */
	memset(&res, 0xA5, sizeof(res));
	judge_and_represent(&r, asked(request), t);
	ck_assert(!res.overflow && !res.close && !res.head_only);
	ck_assert_ptr_null(res.listing);
	return r.file;
}

/* The fields, in their order */

#define SNIFF	"X-Content-Type-Options: nosniff\r\n"
#define LM	"Last-Modified: " DATED "\r\n"
#define RANGES	"Accept-Ranges: bytes\r\n"
#define CSS	"Content-Type: text/css; charset=utf-8\r\n"
#define VARY	"Vary: Accept-Encoding\r\n"
#define PAGE	"Content-Type: text/html; charset=utf-8\r\n" \
		"Content-Security-Policy: " ERROR_PAGE_POLICY "\r\n" SNIFF \
		"Cache-Control: no-cache\r\n"

#define TAG(kind)	"ETag: " kind "\r\n"
#define WHOLE(tag, date)	tag date RANGES SNIFF CSS
#define PART(tag, date, range) \
	tag date RANGES SNIFF CSS "Content-Range: bytes " range "\r\n"

#define M	TAG("\"m\"")
#define L	TAG("\"l\"")
#define Y	TAG("W/\"y\"")
#define U	TAG("\"u\"")
#define E	TAG("\"e\"")
#define Z	TAG("\"z\"")

#define OK_M	200, WHOLE(M, LM), 0, 10
#define OK_L	200, WHOLE(L, LM), 0, LARGE_SIZE
#define OK_Y	200, WHOLE(Y, LM), 0, LARGE_SIZE
#define OK_U	200, WHOLE(U, ""), 0, 10
#define OK_E	200, WHOLE(E, LM), 0, 0
#define OK_LISTING	200, "Vary: Accept\r\n" SNIFF CSS, 0, 0
#define NOT_MODIFIED(tag)	304, tag SNIFF, 0, 0
#define FAILED	412, PAGE, 0, 0
#define UNSATISFIABLE(size) \
	416, PAGE "Content-Range: bytes */" size "\r\n" RANGES, 0, 0

static const struct row {
	const char	*name;
	enum kind	 kind;
	const char	*method, *lines;
	int		 status;
	const char	*fields;
	off_t		 offset;
	uint64_t	 length;
} rows[] = {
	{ "8.8: all validators", MEMORY, "GET", "", OK_M },
	{ "8.8: of a large file", LARGE, "GET", "", OK_L },
	{ "8.8.1: a weak one", YOUNG, "GET", "", OK_Y },
	{ "8.8.2: no date", UNDATED, "GET", "", OK_U },
	{ "8.8.3: no tag", UNTAGGED, "GET", "", 200, WHOLE("", LM), 0, 10 },
	{ "8.8: a listing has none", LISTING, "GET", "", OK_LISTING },
	{ "8.8: nothing to send", EMPTY, "GET", "", OK_E },
	{ "8.4: Content-Encoding", GZIPPED, "GET", "", 200,
	    "Content-Encoding: gzip\r\n" VARY WHOLE(Z, LM), 0, 10 },
	{ "12.5.5: Vary of identity, too", PLAIN, "GET", "", 200,
	    VARY WHOLE(M, LM), 0, 10 },
	{ "8.8.3: HEAD has the same", MEMORY, "HEAD", "", OK_M },
	{ "8.8: HEAD of a listing", LISTING, "HEAD", "", OK_LISTING },

	{ "13.1.1: If-Match, equal", MEMORY, "GET", "If-Match: \"m\"\r\n",
	    OK_M },
	{ "13.1.1: another", MEMORY, "GET", "If-Match: \"x\"\r\n", FAILED },
	{ "13.1.1: one of a list", MEMORY, "GET",
	    "If-Match: \"x\", \"m\"\r\n", OK_M },
	{ "13.1.1: of several lines", MEMORY, "GET",
	    "If-Match: \"x\"\r\nIf-Match: \"m\"\r\n", OK_M },
	{ "13.1.1: none of a list", MEMORY, "GET",
	    "If-Match: \"x\", \"y,\", \"z\"\r\n", FAILED },
	{ "13.1.1: *", MEMORY, "GET", "If-Match: *\r\n", OK_M },
	{ "13.1.1: * of a listing", LISTING, "GET", "If-Match: *\r\n",
	    OK_LISTING },
	{ "13.1.1: a tag of a listing", LISTING, "GET",
	    "If-Match: \"m\"\r\n", 412, PAGE "Vary: Accept\r\n", 0, 0 },
	{ "13.1.1: an empty list", MEMORY, "GET", "If-Match: \r\n",
	    FAILED },
	{ "13.1.1: strong comparison, theirs is weak", MEMORY, "GET",
	    "If-Match: W/\"m\"\r\n", FAILED },
	{ "13.1.1: strong comparison, ours is weak", YOUNG, "GET",
	    "If-Match: W/\"y\"\r\n", FAILED },
	{ "13.1.1: strong comparison, ours alone is weak", YOUNG, "GET",
	    "If-Match: \"y\"\r\n", FAILED },
	{ "13.1.1: without quotes", MEMORY, "GET", "If-Match: m\r\n",
	    FAILED },
	{ "13.1.1: HEAD", MEMORY, "HEAD", "If-Match: \"x\"\r\n", FAILED },
	{ "13.1.1: no tag", UNTAGGED, "GET", "If-Match: \"\"\r\n", FAILED },

	{ "13.1.2: If-None-Match, equal", MEMORY, "GET",
	    "If-None-Match: \"m\"\r\n", NOT_MODIFIED(M) },
	{ "13.1.2: another", MEMORY, "GET", "If-None-Match: \"x\"\r\n",
	    OK_M },
	{ "13.1.2: weak comparison, theirs is weak", MEMORY, "GET",
	    "If-None-Match: W/\"m\"\r\n", NOT_MODIFIED(M) },
	/* The file may have changed since, with the very same tag. */
	{ "13.1.2: ours alone is weak", YOUNG, "GET",
	    "If-None-Match: \"y\"\r\n", OK_Y },
	{ "13.1.2: both weak", YOUNG, "GET", "If-None-Match: W/\"y\"\r\n",
	    OK_Y },
	{ "13.1.2: ours is weak, but any will do", YOUNG, "GET",
	    "If-None-Match: *\r\n", NOT_MODIFIED(Y) },
	{ "13.1.2: one of a list", MEMORY, "GET",
	    "If-None-Match: \"x\",, W/\"m\" , \"y\"\r\n", NOT_MODIFIED(M) },
	{ "13.1.2: of several lines", MEMORY, "GET",
	    "If-None-Match: \"x\"\r\nIf-None-Match: \"m\"\r\n",
	    NOT_MODIFIED(M) },
	{ "13.1.2: *", MEMORY, "GET", "If-None-Match: *\r\n",
	    NOT_MODIFIED(M) },
	{ "13.1.2: * of a listing", LISTING, "GET", "If-None-Match: *\r\n",
	    304, "Vary: Accept\r\n" SNIFF, 0, 0 },
	{ "13.1.2: case of a tag", MEMORY, "GET",
	    "If-None-Match: \"M\"\r\n", OK_M },
	{ "13.1.2: HEAD", MEMORY, "HEAD", "If-None-Match: \"m\"\r\n",
	    NOT_MODIFIED(M) },
	{ "13.1.2: the tag of another coding", GZIPPED, "GET",
	    "If-None-Match: \"m\"\r\n", 200,
	    "Content-Encoding: gzip\r\n" VARY WHOLE(Z, LM), 0, 10 },

	{ "13.1.3: If-Modified-Since, the date", MEMORY, "GET",
	    "If-Modified-Since: " DATED "\r\n", NOT_MODIFIED(M) },
	{ "13.1.3: later", MEMORY, "GET",
	    "If-Modified-Since: " AFTER "\r\n", NOT_MODIFIED(M) },
	{ "13.1.3: earlier", MEMORY, "GET",
	    "If-Modified-Since: " BEFORE "\r\n", OK_M },
	{ "13.1.3: RFC 850", MEMORY, "GET",
	    "If-Modified-Since: " RFC850 "\r\n", NOT_MODIFIED(M) },
	{ "13.1.3: asctime", MEMORY, "GET",
	    "If-Modified-Since: " ASCTIME "\r\n", NOT_MODIFIED(M) },
	{ "13.1.3: malformed", MEMORY, "GET",
	    "If-Modified-Since: yesterday\r\n", OK_M },
	{ "13.1.3: repeated", MEMORY, "GET", "If-Modified-Since: " DATED
	    "\r\nIf-Modified-Since: " DATED "\r\n", OK_M },
	{ "13.1.3: there is no date", UNDATED, "GET",
	    "If-Modified-Since: " DATED "\r\n", OK_U },
	{ "13.1.3: of a listing", LISTING, "GET",
	    "If-Modified-Since: " AFTER "\r\n", OK_LISTING },
	{ "13.1.3: HEAD", MEMORY, "HEAD",
	    "If-Modified-Since: " DATED "\r\n", NOT_MODIFIED(M) },
	{ "13.1.3: ignored beside If-None-Match", MEMORY, "GET",
	    "If-Modified-Since: " DATED "\r\nIf-None-Match: \"x\"\r\n",
	    OK_M },

	{ "13.1.4: If-Unmodified-Since, the date", MEMORY, "GET",
	    "If-Unmodified-Since: " DATED "\r\n", OK_M },
	{ "13.1.4: later", MEMORY, "GET",
	    "If-Unmodified-Since: " AFTER "\r\n", OK_M },
	{ "13.1.4: earlier", MEMORY, "GET",
	    "If-Unmodified-Since: " BEFORE "\r\n", FAILED },
	{ "13.1.4: malformed", MEMORY, "GET",
	    "If-Unmodified-Since: 1994\r\n", OK_M },
	{ "13.1.4: there is no date", UNDATED, "GET",
	    "If-Unmodified-Since: " BEFORE "\r\n", OK_U },
	{ "13.1.4: ignored beside If-Match", MEMORY, "GET",
	    "If-Unmodified-Since: " BEFORE "\r\nIf-Match: \"m\"\r\n", OK_M },
	{ "13.1.4: HEAD", MEMORY, "HEAD",
	    "If-Unmodified-Since: " BEFORE "\r\n", FAILED },

	{ "13.1.5: If-Range, equal", MEMORY, "GET",
	    "Range: bytes=2-4\r\nIf-Range: \"m\"\r\n", 206,
	    PART(M, LM, "2-4/10"), 2, 3 },
	{ "13.1.5: another", MEMORY, "GET",
	    "Range: bytes=2-4\r\nIf-Range: \"x\"\r\n", OK_M },
	{ "13.1.5: strong comparison, theirs is weak", MEMORY, "GET",
	    "Range: bytes=2-4\r\nIf-Range: W/\"m\"\r\n", OK_M },
	{ "13.1.5: strong comparison, ours is weak", YOUNG, "GET",
	    "Range: bytes=2-4\r\nIf-Range: W/\"y\"\r\n", OK_Y },
	{ "13.1.5: the date", MEMORY, "GET",
	    "Range: bytes=2-4\r\nIf-Range: " DATED "\r\n", 206,
	    PART(M, LM, "2-4/10"), 2, 3 },
	{ "13.1.5: a later date", MEMORY, "GET",
	    "Range: bytes=2-4\r\nIf-Range: " AFTER "\r\n", OK_M },
	{ "13.1.5: an earlier date", MEMORY, "GET",
	    "Range: bytes=2-4\r\nIf-Range: " BEFORE "\r\n", OK_M },
	{ "13.1.5: a date that is weak", YOUNG, "GET",
	    "Range: bytes=2-4\r\nIf-Range: " DATED "\r\n", OK_Y },
	{ "13.1.3: a date that is weak", YOUNG, "GET",
	    "If-Modified-Since: " AFTER "\r\n", OK_Y },
	{ "13.1.4: a date that is weak", YOUNG, "GET",
	    "If-Unmodified-Since: " BEFORE "\r\n", OK_Y },
	{ "13.1.5: there is no date", UNDATED, "GET",
	    "Range: bytes=2-4\r\nIf-Range: " DATED "\r\n", OK_U },
	{ "13.1.5: a list", MEMORY, "GET",
	    "Range: bytes=2-4\r\nIf-Range: \"x\", \"m\"\r\n", OK_M },
	{ "13.1.5: repeated", MEMORY, "GET", "Range: bytes=2-4\r\n"
	    "If-Range: \"m\"\r\nIf-Range: \"m\"\r\n", OK_M },
	{ "13.1.5: *", MEMORY, "GET",
	    "Range: bytes=2-4\r\nIf-Range: *\r\n", OK_M },
	{ "13.1.5: without a Range", MEMORY, "GET", "If-Range: \"x\"\r\n",
	    OK_M },
	{ "13.1.5: not held, out of reach", MEMORY, "GET",
	    "Range: bytes=20-\r\nIf-Range: \"x\"\r\n", OK_M },
	{ "13.1.5: held, out of reach", MEMORY, "GET",
	    "Range: bytes=20-\r\nIf-Range: \"m\"\r\n", UNSATISFIABLE("10") },

	{ "13.2.2: If-Match before If-None-Match", MEMORY, "GET",
	    "If-None-Match: \"m\"\r\nIf-Match: \"x\"\r\n", FAILED },
	{ "13.2.2: both of them", MEMORY, "GET",
	    "If-Match: \"m\"\r\nIf-None-Match: \"m\"\r\n", NOT_MODIFIED(M) },
	{ "13.2.2: If-Unmodified-Since before If-None-Match", MEMORY, "GET",
	    "If-None-Match: \"m\"\r\nIf-Unmodified-Since: " BEFORE "\r\n",
	    FAILED },
	{ "13.2.2: If-Unmodified-Since before If-Modified-Since", MEMORY,
	    "GET", "If-Modified-Since: " DATED "\r\n"
	    "If-Unmodified-Since: " BEFORE "\r\n", FAILED },
	{ "13.2.2: both dates", MEMORY, "GET", "If-Modified-Since: " DATED
	    "\r\nIf-Unmodified-Since: " DATED "\r\n", NOT_MODIFIED(M) },
	{ "13.2.2: 412 before a range", MEMORY, "GET",
	    "Range: bytes=0-1\r\nIf-Match: \"x\"\r\n", FAILED },
	{ "13.2.2: 304 before a range", MEMORY, "GET",
	    "Range: bytes=0-1\r\nIf-None-Match: \"m\"\r\n",
	    NOT_MODIFIED(M) },
	{ "13.2.2: 304 before 416", MEMORY, "GET",
	    "Range: bytes=20-\r\nIf-None-Match: \"m\"\r\n",
	    NOT_MODIFIED(M) },
	{ "13.2.2: 304 before If-Range", MEMORY, "GET", "Range: bytes=0-1\r\n"
	    "If-Range: \"x\"\r\nIf-None-Match: \"m\"\r\n", NOT_MODIFIED(M) },
	{ "13.2.2: all of them hold", MEMORY, "GET", "If-Match: \"m\"\r\n"
	    "If-Unmodified-Since: " DATED "\r\nIf-None-Match: \"x\"\r\n"
	    "If-Modified-Since: " BEFORE "\r\nIf-Range: \"m\"\r\n"
	    "Range: bytes=0-0\r\n", 206, PART(M, LM, "0-0/10"), 0, 1 },

	{ "14.2: one range", MEMORY, "GET", "Range: bytes=2-4\r\n", 206,
	    PART(M, LM, "2-4/10"), 2, 3 },
	{ "14.2: one byte", MEMORY, "GET", "Range: bytes=9-9\r\n", 206,
	    PART(M, LM, "9-9/10"), 9, 1 },
	{ "14.2: to the end", MEMORY, "GET", "Range: bytes=4-\r\n", 206,
	    PART(M, LM, "4-9/10"), 4, 6 },
	{ "14.2: past the end", MEMORY, "GET", "Range: bytes=4-999\r\n", 206,
	    PART(M, LM, "4-9/10"), 4, 6 },
	{ "14.2: the last ones", MEMORY, "GET", "Range: bytes=-3\r\n", 206,
	    PART(M, LM, "7-9/10"), 7, 3 },
	{ "14.2: more than there are", MEMORY, "GET", "Range: bytes=-30\r\n",
	    206, PART(M, LM, "0-9/10"), 0, 10 },
	{ "14.2: all", MEMORY, "GET", "Range: bytes=0-\r\n", 206,
	    PART(M, LM, "0-9/10"), 0, 10 },
	{ "14.2: of a large file", LARGE, "GET", "Range: bytes=70000-\r\n",
	    206, PART(L, LM, "70000-99999/100000"), 70000, 30000 },
	{ "14.2: of a weak one", YOUNG, "GET", "Range: bytes=-1\r\n", 206,
	    PART(Y, LM, "99999-99999/100000"), 99999, 1 },
	{ "14.2: of an encoded one", GZIPPED, "GET", "Range: bytes=2-4\r\n",
	    206, "Content-Encoding: gzip\r\n" VARY PART(Z, LM, "2-4/10"), 2,
	    3 },
	{ "14.2: not with HEAD", MEMORY, "HEAD", "Range: bytes=2-4\r\n",
	    OK_M },
	{ "14.2: out of reach, HEAD", MEMORY, "HEAD", "Range: bytes=20-\r\n",
	    OK_M },
	{ "14.2: several, HEAD", MEMORY, "HEAD", "Range: bytes=0-0,2-2\r\n",
	    OK_M },
	{ "14.2: not of a listing", LISTING, "GET", "Range: bytes=2-4\r\n",
	    OK_LISTING },
	{ "14.2: another unit", MEMORY, "GET", "Range: lines=2-4\r\n",
	    OK_M },
	{ "14.2: unit in capitals", MEMORY, "GET", "Range: BYTES=2-4\r\n",
	    206, PART(M, LM, "2-4/10"), 2, 3 },
	{ "14.2: malformed", MEMORY, "GET", "Range: bytes=4-2\r\n", OK_M },
	{ "14.2: no numbers", MEMORY, "GET", "Range: bytes=-\r\n", OK_M },
	{ "14.2: empty", MEMORY, "GET", "Range: \r\n", OK_M },
	{ "14.2: repeated", MEMORY, "GET",
	    "Range: bytes=2-4\r\nRange: bytes=6-7\r\n", OK_M },
	{ "14.2: more than the whole", MEMORY, "GET",
	    "Range: bytes=0-8,1-9\r\n", OK_M },
	{ "14.2: too many", MEMORY, "GET", "Range: bytes="
	    "0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8\r\n", OK_M },
	{ "14.2: one of two within reach", MEMORY, "GET",
	    "Range: bytes=20-,2-4\r\n", 206, PART(M, LM, "2-4/10"), 2, 3 },

	{ "15.5.17: out of reach", MEMORY, "GET", "Range: bytes=10-\r\n",
	    UNSATISFIABLE("10") },
	{ "15.5.17: far out", LARGE, "GET",
	    "Range: bytes=99999999999999999999-\r\n",
	    UNSATISFIABLE("100000") },
	{ "15.5.17: the last none", MEMORY, "GET", "Range: bytes=-0\r\n",
	    UNSATISFIABLE("10") },
	{ "15.5.17: of nothing", EMPTY, "GET", "Range: bytes=0-\r\n",
	    UNSATISFIABLE("0") },
	{ "15.5.17: all of several", MEMORY, "GET",
	    "Range: bytes=10-,20-30\r\n", UNSATISFIABLE("10") },
	{ "15.5.17: Vary", PLAIN, "GET", "Range: bytes=10-\r\n", 416,
	    PAGE "Content-Range: bytes */10\r\n" RANGES VARY, 0, 0 },
	{ "14.2: the end of nothing", EMPTY, "GET", "Range: bytes=-5\r\n",
	    OK_E },

	{ "15.4.5: Vary, no Content-Encoding", GZIPPED, "GET",
	    "If-None-Match: \"z\"\r\n", NOT_MODIFIED(VARY Z) },
	{ "15.4.5: the date where there is no tag", UNTAGGED, "GET",
	    "If-Modified-Since: " DATED "\r\n", NOT_MODIFIED(LM) },
	{ "15.5.13: Vary", GZIPPED, "GET", "If-Match: \"x\"\r\n", 412,
	    PAGE VARY, 0, 0 },
};

static const char *
request_of(const char *method, const char *lines)
{
	static char bytes[2048];

	snprintf(bytes, sizeof(bytes), "%s / HTTP/1.1\r\nHost: a\r\n%s\r\n",
	    method, lines);
	return bytes;
}

START_TEST(sections)
{
	static char head[HTTP_HEAD_MAX + 1];
	const struct row *row = &rows[_i];
	struct file *f = ask(row->kind, request_of(row->method, row->lines),
	    NULL);
	bool has_file = row->status < 300;

	ck_assert_msg(res.status == row->status, "%s: %d", row->name,
	    res.status);
	ck_assert_msg(strcmp(answer_fields(&res), row->fields) == 0,
	    "%s: %s", row->name, answer_fields(&res));
	if (has_file) {
		ck_assert_msg(res.content == HTTP_CONTENT_FILE, "%s",
		    row->name);
		ck_assert_ptr_eq(res.file, f);
		ck_assert_msg(res.offset == row->offset &&
		    res.length == row->length, "%s", row->name);
	} else {
		ck_assert_int_eq(res.content, row->status == 304 ?
		    HTTP_CONTENT_NONE : HTTP_CONTENT_TEXT);
		ck_assert_ptr_null(res.file);
	}
	/* The length is said once, and never of a 304. */
	head[http_response_head(&res, SLICE(""), NULL, head)] = '\0';
	ck_assert_int_eq(strstr(head, "Content-Length: ") != NULL,
	    row->status != 304);
	if (f != NULL) {
		ck_assert_msg(f->refs == (has_file ? 2 : 1), "%s: %u",
		    row->name, f->refs);
		if (has_file)
			file_unref(f);
		file_unref(f);
	}
}
END_TEST

/* 14.6 and 15.3.7.2 */

static const struct {
	const char	*name, *range;
	enum kind	 kind;
	unsigned	 n;
	struct { off_t first, last; } parts[HTTP_RANGE_MAX];
} multiparts[] = {
	{ "two", "bytes=0-1,4-5", MEMORY, 2, { { 0, 1 }, { 4, 5 } } },
	{ "in the order of the request", "bytes=8-9,-5,0-0", MEMORY, 3,
	    { { 8, 9 }, { 5, 9 }, { 0, 0 } } },
	{ "as many as are allowed", "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7",
	    MEMORY, 8, { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 4 },
	    { 5, 5 }, { 6, 6 }, { 7, 7 } } },
	{ "one is out of reach", "bytes=0-0,20-30,2-2", MEMORY, 2,
	    { { 0, 0 }, { 2, 2 } } },
	{ "blanks and empty members", "bytes=0-0 ,, 2-2", MEMORY, 2,
	    { { 0, 0 }, { 2, 2 } } },
	{ "of a large file", "bytes=0-9,90000-99999", LARGE, 2,
	    { { 0, 9 }, { 90000, 99999 } } },
	{ "of an encoded one", "bytes=0-1,4-5", GZIPPED, 2,
	    { { 0, 1 }, { 4, 5 } } },
};

/* The boundary of the answer, after a look at it. */
static const char *
boundary(void)
{
	static const char begin[] = "multipart/byteranges; boundary=";
	const char *type = answer_field(&res, "Content-Type");

	ck_assert_ptr_nonnull(type);
	ck_assert_int_eq(strncmp(type, begin, sizeof(begin) - 1), 0);
	type += sizeof(begin) - 1;
	ck_assert_uint_eq(strlen(type), HTTP_BOUNDARY_LEN);
	ck_assert_uint_eq(strspn(type, "0123456789abcdef"),
	    HTTP_BOUNDARY_LEN);
	return type;
}

START_TEST(several_ranges)
{
	char line[128], want[1024], *w, head[HTTP_PART_HEAD_MAX];
	const char *mark;
	struct file *f;
	uint64_t length = 0;
	size_t n;

	snprintf(line, sizeof(line), "Range: %s\r\n", multiparts[_i].range);
	f = ask(multiparts[_i].kind, request_of("GET", line), NULL);
	ck_assert_msg(res.status == 206, "%s: %d", multiparts[_i].name,
	    res.status);
	ck_assert_int_eq(res.content, HTTP_CONTENT_PARTS);
	mark = boundary();
	ck_assert_str_eq(res.parts.boundary, mark);
	ck_assert_str_eq(res.parts.type, "text/css; charset=utf-8");
	ck_assert(res.parts.size == f->size);
	ck_assert_uint_eq(res.parts.n, multiparts[_i].n);

	/* No Content-Range of the whole; all else as in 200. */
	ck_assert_ptr_null(answer_field(&res, "Content-Range"));
	w = want;
	w += sprintf(w, "%sETag: %s\r\n" LM RANGES SNIFF
	    "Content-Type: multipart/byteranges; boundary=%s\r\n",
	    multiparts[_i].kind == GZIPPED ?
	    "Content-Encoding: gzip\r\n" VARY : "", f->etag, mark);
	ck_assert_str_eq(answer_fields(&res), want);

	for (unsigned i = 0; i <= res.parts.n; i++) {
		n = http_multipart_head(&res.parts, i, head);
		length += n;
		if (i == res.parts.n)
			break;
		ck_assert_msg(res.parts.ranges[i].first ==
		    multiparts[_i].parts[i].first &&
		    res.parts.ranges[i].end ==
		    multiparts[_i].parts[i].last + 1, "%s, %u",
		    multiparts[_i].name, i);
		length += (uint64_t)(res.parts.ranges[i].end -
		    res.parts.ranges[i].first);
		snprintf(want, sizeof(want), "Content-Range: bytes "
		    "%lld-%lld/%lld\r\n", (long long)
		    multiparts[_i].parts[i].first, (long long)
		    multiparts[_i].parts[i].last, (long long)f->size);
		ck_assert_ptr_nonnull(memmem(head, n, want, strlen(want)));
		ck_assert_ptr_nonnull(memmem(head, n,
		    "Content-Type: text/css; charset=utf-8\r\n", 39));
		ck_assert_ptr_nonnull(memmem(head, n, mark, strlen(mark)));
	}
	ck_assert_uint_eq(res.length, length);
	ck_assert_uint_eq(f->refs, 2);
	file_unref(res.file);
	file_unref(f);
}
END_TEST

/* Nobody can put it into a file beforehand. */
START_TEST(no_boundary_comes_twice)
{
	const char *request = request_of("GET", "Range: bytes=0-1,4-5\r\n");
	char first[HTTP_BOUNDARY_LEN + 1] = "";

	for (int i = 0; i < 3; i++) {
		struct file *f = ask(MEMORY, request, NULL);

		ck_assert_str_ne(boundary(), first);
		strcpy(first, boundary());
		file_unref(f);
		file_unref(f);
	}
}
END_TEST

START_TEST(no_random_bytes)
{
	struct file *f;

	no_entropy = true;
	f = ask(MEMORY, request_of("GET", "Range: bytes=0-1,4-5\r\n"), NULL);
	no_entropy = false;
	ck_assert_int_eq(res.status, 200);
	ck_assert_str_eq(answer_fields(&res), WHOLE(M, LM));
	ck_assert_uint_eq(res.length, 10);
	file_unref(f);
	file_unref(f);
}
END_TEST

/* A type as long as may be: it is not cut. */
START_TEST(long_types)
{
	char type[HTTP_MEDIA_TYPE_MAX];
	struct representation r = { .type = type };

	memset(type, 't', sizeof(type));
	type[sizeof(type) - 1] = '\0';
	r.file = make(MEMORY);
	judge_and_represent(&r,
	    asked(request_of("GET", "Range: bytes=0-1,4-5\r\n")), NULL);
	ck_assert_int_eq(res.content, HTTP_CONTENT_PARTS);
	ck_assert_str_eq(res.parts.type, type);
	file_unref(r.file);
	file_unref(r.file);
}
END_TEST

static const struct {
	const char	*lines, *says;
} reasons[] = {
	{ "If-None-Match: \"m\"\r\n", "condition    what the client has" },
	{ "If-Match: \"x\"\r\n", "condition    If-Match or" },
	{ "Range: bytes=0-1\r\nRange: bytes=0-1\r\n",
	    "range        ignored: not a GET, or repeated" },
	{ "Range: bytes=0-1\r\nIf-Range: \"x\"\r\n",
	    "range        ignored: If-Range" },
	{ "Range: bytes=x\r\n", "range        ignored: malformed" },
	{ "Range: bytes=10-\r\n", "range        none within 10 bytes" },
	{ "Range: bytes=1-\r\n", "range        within 10 bytes" },
	{ "", NULL },
};

START_TEST(says_why)
{
	char *said = NULL;
	size_t len;
	struct trace t = { open_memstream(&said, &len) };
	struct file *f = ask(MEMORY, request_of("GET", reasons[_i].lines),
	    &t);

	fclose(t.out);
	if (reasons[_i].says == NULL)
		ck_assert_str_eq(said, "");
	else
		ck_assert_msg(strstr(said, reasons[_i].says) == said,
		    "%s", said);
	free(said);
	if (res.file != NULL)
		file_unref(f);
	file_unref(f);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("represent");
	TCase *t = tcase_create("represent");

	tcase_add_loop_test(t, sections, 0, COUNT(rows));
	tcase_add_loop_test(t, several_ranges, 0, COUNT(multiparts));
	tcase_add_test(t, no_boundary_comes_twice);
	tcase_add_test(t, no_random_bytes);
	tcase_add_test(t, long_types);
	tcase_add_loop_test(t, says_why, 0, COUNT(reasons));
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
