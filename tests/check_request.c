/*
 * check_request - heads of requests, and fields as people type them.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "client/request.h"

#include <stdio.h>
#include <string.h>

#include "suite.h"

#define OURS	"Host: example.org:8080\r\nUser-Agent: mynah/" \
		PACKAGE_VERSION "\r\nAccept: */*\r\n" \
		"Accept-Encoding: identity\r\n"
#define REQUEST	"GET /a?b HTTP/1.1\r\n"

static const struct {
	const char	*name;
	struct request	 r;
	const char	*fields[3];
	const char	*want;
} heads[] = {
	{ "usual", { .method = HTTP_GET }, { NULL }, REQUEST OURS },
	{ "head", { .method = HTTP_HEAD }, { NULL },
	    "HEAD /a?b HTTP/1.1\r\n" OURS },
	{ "range", { .method = HTTP_GET, .range = "bytes=5-" }, { NULL },
	    REQUEST OURS "Range: bytes=5-\r\n" },
	{ "resume", { .method = HTTP_GET, .range = "bytes=5-",
	    .if_range = "\"x\"" }, { NULL },
	    REQUEST OURS "Range: bytes=5-\r\nIf-Range: \"x\"\r\n" },
	{ "newer", { .method = HTTP_GET, .if_modified_since = "then" },
	    { NULL }, REQUEST OURS "If-Modified-Since: then\r\n" },
	{ "a field", { .method = HTTP_GET }, { "X-A:  b c\t" },
	    REQUEST OURS "X-A: b c\r\n" },
	{ "fields in their order", { .method = HTTP_GET },
	    { "b: 1", "a: 2", "b: 3" },
	    REQUEST OURS "b: 1\r\na: 2\r\nb: 3\r\n" },
	{ "ours replaced", { .method = HTTP_GET },
	    { "aCCEPT: text/html", "user-agent: x" },
	    REQUEST "Host: example.org:8080\r\nAccept-Encoding: identity\r\n"
	    "aCCEPT: text/html\r\nuser-agent: x\r\n" },
	{ "ours taken away", { .method = HTTP_GET },
	    { "Accept:", "Accept-Encoding: \t", "User-Agent:" },
	    REQUEST "Host: example.org:8080\r\n" },
	{ "one that is not there taken away", { .method = HTTP_GET },
	    { "X:" }, REQUEST OURS },
	{ "another host named", { .method = HTTP_GET }, { "Host: x" },
	    REQUEST "Host: x\r\nUser-Agent: mynah/" PACKAGE_VERSION "\r\n"
	    "Accept: */*\r\nAccept-Encoding: identity\r\n" },
	{ "range replaced", { .method = HTTP_GET, .range = "bytes=5-" },
	    { "Range: bytes=7-" }, REQUEST OURS "Range: bytes=7-\r\n" },
	{ "secrets", { .method = HTTP_GET },
	    { "Cookie: a", "authorization: b", "X: c" },
	    REQUEST OURS "Cookie: a\r\nauthorization: b\r\nX: c\r\n" },
	{ "secrets elsewhere", { .method = HTTP_GET, .elsewhere = true },
	    { "Cookie: a", "authorization: b", "X: c" },
	    REQUEST OURS "X: c\r\n" },
	{ "names elsewhere", { .method = HTTP_GET, .elsewhere = true },
	    { "Host: a", "proxy-Authorization: b" }, REQUEST OURS },
};

/* A row as a request. */
static void
make(int i, struct request *r, struct url *url)
{
	char error[256];

	ck_assert(url_parse("http://Example.org:8080/a?b#c", url, error,
	    sizeof(error)));
	*r = heads[i].r;
	r->url = url;
	r->fields = heads[i].fields;
	while (r->nfields < 3 && heads[i].fields[r->nfields] != NULL)
		r->nfields++;
}

START_TEST(whole_head)
{
	static struct url url;
	struct request r;
	char *text, *want;
	size_t len;

	make(_i, &r, &url);
	for (size_t i = 0; i < r.nfields; i++)
		ck_assert_ptr_null(request_field_fault(r.fields[i]));
	text = request_head(&r, &len);
	ck_assert_ptr_nonnull(text);
	ck_assert_int_ne(asprintf(&want, "%s\r\n", heads[_i].want), -1);
	ck_assert_msg(len == strlen(want) && memcmp(text, want, len) == 0,
	    "%s: %s", heads[_i].name, text);
	free(text);
	free(want);
}
END_TEST

START_TEST(has)
{
	const char *fields[] = { "a: b", "C:", "d:e" };
	const struct request r = { .fields = fields, .nfields = 3 };

	ck_assert(request_has(&r, SLICE("A")));
	ck_assert(!request_has(&r, SLICE("c")));
	ck_assert(request_has(&r, SLICE("d")));
	ck_assert(!request_has(&r, SLICE("b")));
	ck_assert(!request_has(&r, SLICE("")));
}
END_TEST

static const struct {
	const char	*field, *fault;		/* a part of it; NULL: none */
} fields[] = {
	{ "A: b", NULL },
	{ "A:", NULL },
	{ "A:b", NULL },
	{ "A: b: c", NULL },
	{ "a!#$%&'*+-.^_`|~1: x", NULL },
	{ "A: \xc3\xa4\t\"", NULL },
	{ "Transfer-Encodings: x", NULL },
	{ "", "colon" },
	{ "A", "colon" },
	{ "Accept text/html", "colon" },
	{ ": b", "name in front" },
	{ ":", "name in front" },
	{ "A : b", "letters" },
	{ " A: b", "letters" },
	{ "A\xc3\xa4: b", "letters" },
	{ "A(: b", "letters" },
	{ "A: b\r\nC: d", "one line" },
	{ "A: b\n", "one line" },
	{ "A: b\r", "one line" },
	{ "A\n: b", "one line" },
	{ "A: \033[2J", "one line" },
	{ "A: \x7f", "one line" },
	{ "content-LENGTH: 5", "nothing is sent" },
	{ "Transfer-Encoding: chunked", "nothing is sent" },
	{ "Content-Length:", "nothing is sent" },
};

START_TEST(bad_field)
{
	const char *fault = request_field_fault(fields[_i].field);

	if (fields[_i].fault == NULL)
		ck_assert_msg(fault == NULL, "%s: %s", fields[_i].field,
		    fault);
	else
		ck_assert_msg(fault != NULL &&
		    strstr(fault, fields[_i].fault) != NULL, "%s: %s",
		    fields[_i].field, fault == NULL ? "no fault" : fault);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("request");
	TCase *tc = suite_case(s, "request");

	tcase_add_loop_test(tc, whole_head, 0, ROWS(heads));
	tcase_add_loop_test(tc, bad_field, 0, ROWS(fields));
	tcase_add_test(tc, has);
	return suite_run(s);
}
