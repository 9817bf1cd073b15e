/* The real client fetches URLs, from the real server and from scripted ones. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "client/exits.h"
#include "daemon.h"
#include "scripted.h"
#include "support.h"
#include "wire.h"

#define WORDS_MAX	16
#define OK		"HTTP/1.1 200 OK\r\n"
#define LENGTH(n)	OK "Content-Length: " #n "\r\n\r\n"
#define MOVED(to)	"HTTP/1.1 302 Found\r\nLocation: " to "\r\n"	\
			"Content-Length: 5\r\n\r\nmoved"
#define A_TXT		"/files/a.txt\n"
#define OLD		1000000000	/* in September 2001 */
#define LIMIT_KIB	4096	/* of memory */

static struct daemon d;
static struct client c;
static struct scripted s;

static void
forget(void)
{
	client_forget(&c);
}

/* Changed long ago. */
static void
make_old(const char *path)
{
	const struct timespec then[2] = { { OLD, 0 }, { OLD, 0 } };

	ck_assert_msg(utimensat(AT_FDCWD, path, then, 0) == 0, "%s: %s", path,
	    strerror(errno));
}

/* One daemon for all tests of a test case, on a port and a Unix socket. */
static void
start_shared(void)
{
	char yaml[1024];

	/* What is quite new has no strong entity tag. */
	make_old(daemon_path("site/files/a.txt"));
	make_old(daemon_path("site/big.bin"));
	d.listeners = 2;
	snprintf(yaml, sizeof(yaml), "listeners:\n"
	    "  - {host: 127.0.0.1, port: 0, protocol: http}\n"
	    "  - {unix: %s, mode: \"0666\", protocol: http}\n"
	    "http: {document_root: site}\n", daemon_path("run/socket"));
	daemon_start(&d, yaml, NULL);
}

static void
stop_shared(void)
{
	daemon_stop_shared(&d);
}

/* Neither an option nor a file of the system. */
static bool
is_target(const char *word)
{
	return word[0] == '/' && strncmp(word, "/dev/", 5) != 0;
}

/*
 * Run "get" with words between bars; one that begins with "/" is a target on
 * that port.
 */
static void
get(int port, const char *words)
{
	static char text[1024];
	const char *arguments[WORDS_MAX] = { "get" };
	size_t n = 1;

	snprintf(text, sizeof(text), "%s", words);
	for (char *w = strtok(text, "|"); w != NULL; w = strtok(NULL, "|")) {
		ck_assert_uint_lt(n, WORDS_MAX - 1);
		arguments[n++] = is_target(w) ? client_url(port, w) : w;
	}
	client_start_vector(&c, arguments);
	client_wait(&c);
}

/* ---- wrong words ---- */

static const struct {
	const char	*words, *says;
} wrong[] = {
	{ "", "URL..." },
	{ "https://127.0.0.1/", "https is not spoken" },
	{ "ftp://127.0.0.1/", "ftp" },
	{ "http://", "http://" },
	{ "http://127.0.0.1:99999/", "99999" },
	{ "http://a:b@127.0.0.1/", "mynah: " },
	{ "/a|https://127.0.0.1/", "https is not spoken" },
	{ "--nonsense|/a", "--nonsense" },
	{ "-X|/a", "-X" },
	{ "-o|x|-O|/a", "-o and -O" },
	{ "-o|x|/a|/b", "-o is for one URL" },
	{ "-I|-o|x|/a", "-I" },
	{ "-I|-O|/a", "-I" },
	{ "-O|/a/", "mynah: " },
	{ "-O|/a|/", "mynah: " },
	{ "-C|/a", "-C goes on with a file" },
	{ "-C|-o|x|-r|1-2|/a", "-C asks for a range by itself" },
	{ "-C|-o|x|-H|range: bytes=1-2|/a", "-C asks for a range by itself" },
	{ "-C|-o|x|-H|If-Range: \"a\"|/a", "-C asks for a range by itself" },
	{ "-C|-|-o|x|/a", "-C takes no value" },
	{ "-r|x|/a", "0-499" },
	{ "-r|5-4|/a", "0-499" },
	{ "-r|bytes=0-4|/a", "0-499" },
	{ "-r|0-1|-H|Range: bytes=0-1|/a", "one of them" },
	{ "-H|Accept|/a", "colon" },
	{ "-H|A b: c|/a", "letters" },
	{ "-H|A: b\r\nC: d|/a", "one line" },
	{ "-H|Content-Length: 5|/a", "nothing is sent" },
	{ "-H|Host: a|-H|hOst: b|/a", "a request has one Host field" },
	{ "-z|no-such-file|/a", "neither a date" },
	{ "-z|2026-02-30|/a", "neither a date" },
	{ "-z|2026-02-20|-H|If-Modified-Since: x|/a", "-z asks" },
	{ "--max-time|soon|/a", "soon" },
};

/* Nothing is asked for, printed or made. */
START_TEST(wrong_words)
{
	static const struct scripted_step none[] = { SCRIPT_STOP };

	scripted_start(&s, none);
	get(s.port, wrong[_i].words);
	ck_assert_msg(c.status == EXITS_USAGE, "%s: %d: %s", wrong[_i].words,
	    c.status, c.err.bytes);
	client_expect(&c, EXITS_USAGE, "", wrong[_i].says);
	client_expect_no_file();
	ck_assert_int_eq(s.told->heads, 0);
	scripted_stop(&s);
}
END_TEST

/* ---- printing ---- */

static const struct {
	const char	*words;
	int		 status;
	const char	*out;		/* NULL: anything */
	const char	*err;		/* as for client_expect() */
} printed[] = {
	{ "/files/a.txt", EXITS_OK, A_TXT, "" },
	{ "/files/a.txt#part", EXITS_OK, A_TXT, "" },
	{ "/dir/../files/a.txt", EXITS_OK, A_TXT, "" },
	{ "/a b.txt", EXITS_OK, "/a b.txt\n", "" },
	{ "/empty.txt", EXITS_OK, "", "" },
	{ "/files/a.txt|/files/b.txt|/files/a.txt", EXITS_OK,
	    A_TXT "/files/b.txt\n" A_TXT, "" },
	{ "-o|-|/files/a.txt", EXITS_OK, A_TXT, "" },
	{ "-o|-|/files/a.txt|/files/a.txt", EXITS_OK, A_TXT A_TXT, "" },
	{ "-q|/files/a.txt", EXITS_OK, A_TXT, "" },
	{ "-r|1-5|/files/a.txt", EXITS_OK, "files", "" },
	{ "-r|7-|/files/a.txt", EXITS_OK, "a.txt\n", "" },
	{ "-r|-4|/files/a.txt", EXITS_OK, "txt\n", "" },
	{ "-r|5-1000|/files/a.txt", EXITS_OK, "s/a.txt\n", "" },
	{ "-r|0-0,2-2|/files/a.txt", EXITS_OK, NULL, "" },
	{ "-r|100-|-f|/files/a.txt", EXITS_STATUS, "", "416 " },
	{ "-f|/files/a.txt", EXITS_OK, A_TXT, "" },
	{ "-f|/none", EXITS_STATUS, "", "/none: 404 Not Found" },
	{ "-f|-i|/none", EXITS_STATUS, "", "404 Not Found" },
	{ "-f|/none|/files/a.txt|/private.txt", EXITS_STATUS, A_TXT, "404 " },
	{ "/none", EXITS_OK, NULL, "" },
	{ "/dir", EXITS_OK, NULL, "" },
	{ "-L|/dir", EXITS_OK, "/dir/index.html\n", "" },
	{ "-L|/dir|/files/a.txt", EXITS_OK, "/dir/index.html\n" A_TXT, "" },
	{ "-v|/dir", EXITS_OK, NULL, "-L follows" },
	{ "-v|-L|/dir", EXITS_OK, "/dir/index.html\n", " leads to http://" },
	{ "-v|/files/a.txt", EXITS_OK, A_TXT, "\n> GET /files/a.txt HTTP/1.1"
	    "\n" },
	{ "-v|/files/a.txt", EXITS_OK, A_TXT, "\n< HTTP/1.1 200 OK\n" },
	{ "-z|2038-01-01|/files/a.txt", EXITS_OK, "", "not newer" },
	{ "-z|2038-01-01 20:15|-q|/files/a.txt", EXITS_OK, "", "" },
	{ "-z|2001-09-09T01:46:39Z|/files/a.txt", EXITS_OK, A_TXT, "" },
	{ "-z|2001-09-09T01:46:40Z|/files/a.txt", EXITS_OK, "", "not newer" },
	{ "-z|Sun, 06 Nov 1994 08:49:37 GMT|/files/a.txt", EXITS_OK, A_TXT,
	    "" },
	{ "--progress|/files/a.txt", EXITS_OK, A_TXT, "a.txt" },
	{ "--progress|-q|/files/a.txt", EXITS_OK, A_TXT, "" },
	{ "-4|/files/a.txt", EXITS_OK, A_TXT, "" },
	{ "-o|/dev/null|/files/a.txt", EXITS_OK, "", "" },
	{ "-i|-o|/dev/null|/files/a.txt", EXITS_OK, NULL, "" },
};

START_TEST(is_printed)
{
	get(d.port, printed[_i].words);
	ck_assert_msg(c.status == printed[_i].status, "%s: %d: %s",
	    printed[_i].words, c.status, c.err.bytes);
	client_expect(&c, printed[_i].status, printed[_i].out,
	    printed[_i].err);
	client_expect_no_file();
}
END_TEST

static void
expect_part(const char *part, bool there)
{
	ck_assert_msg((strstr(c.out.bytes, part) != NULL) == there,
	    "%s is %sin %s", part, there ? "not " : "", c.out.bytes);
}

START_TEST(heads)
{
	get(d.port, "-i|/files/a.txt");
	client_expect(&c, EXITS_OK, NULL, "");
	ck_assert(strncmp(c.out.bytes, "HTTP/1.1 200 OK\r\n", 17) == 0);
	expect_part("\r\nContent-Length: 13\r\n", true);
	expect_part("\r\n\r\n" A_TXT, true);

	get(d.port, "-I|/files/a.txt");
	client_expect(&c, EXITS_OK, NULL, "");
	expect_part("\r\nContent-Length: 13\r\n", true);
	expect_part(A_TXT, false);

	/* With -L the head of each answer. */
	get(d.port, "-i|-L|/dir");
	client_expect(&c, EXITS_OK, NULL, "");
	expect_part("HTTP/1.1 301 ", true);
	expect_part("\r\nLocation: /dir/\r\n", true);
	expect_part("\r\n\r\nHTTP/1.1 200 OK\r\n", true);
	expect_part("\r\n\r\n/dir/index.html\n", true);

	get(d.port, "-i|-o|out|/files/a.txt");
	client_expect(&c, EXITS_OK, NULL, "");
	expect_part("HTTP/1.1 200 OK\r\n", true);
	expect_part(A_TXT, false);
	client_expect_file("out", A_TXT, strlen(A_TXT));
}
END_TEST

START_TEST(over_a_unix_socket)
{
	client_run(&c, "get", "--unix", daemon_path("run/socket"),
	    "http://example.org/files/a.txt", "http://example.net/empty.txt",
	    NULL);
	client_expect(&c, EXITS_OK, A_TXT, "");
	client_run(&c, "get", "--unix", daemon_path("run/none"),
	    "http://example.org/", NULL);
	client_expect(&c, EXITS_REFUSED, "", "run/none");
}
END_TEST

START_TEST(nobody_is_there)
{
	static const struct scripted_step none[] = { SCRIPT_STOP };

	scripted_start(&s, none);
	scripted_stop(&s);
	get(s.port, "/a");
	client_expect(&c, EXITS_REFUSED, "", "mynah: http://127.0.0.1:");
	get(s.port, "http://nobody.invalid/");
	client_expect(&c, EXITS_NAME, "", "nobody.invalid");
	/* The others are done, the first counts. */
	client_run(&c, "get", "http://nobody.invalid/",
	    client_url(s.port, "/a"), client_url(d.port, "/files/a.txt"),
	    NULL);
	client_expect(&c, EXITS_NAME, A_TXT, "127.0.0.1");
}
END_TEST

START_TEST(large)
{
	char *want = malloc(DAEMON_BIG);

	ck_assert_ptr_nonnull(want);
	daemon_pattern(want, DAEMON_BIG, 0);
	get(d.port, "/big.bin");
	client_expect(&c, EXITS_OK, NULL, "");
	client_expect_out(&c, want, DAEMON_BIG);
	get(d.port, "-O|/big.bin");
	client_expect(&c, EXITS_OK, "", "");
	client_expect_file("big.bin", want, DAEMON_BIG);
	client_expect_files("big.bin", NULL);
	free(want);
}
END_TEST

/* What nobody reads stays where it is. */
START_TEST(slow_reader)
{
	char *want = malloc(DAEMON_BIG);
	long used;

	ck_assert_ptr_nonnull(want);
	daemon_pattern(want, DAEMON_BIG, 0);
	c.unread = true;
	client_start(&c, "get", "-v", client_url(d.port, "/big.bin"), NULL);
	client_await(&c, &c.err, "< Content-Length");
	used = child_status(c.pid, "RssAnon");
	/* A sanitizer has a memory of its own. */
	if (child_status(c.pid, "VmSize") < 1L << 30)
		ck_assert_int_lt(used, LIMIT_KIB);
	client_read(&c);
	client_wait(&c);
	client_expect_out(&c, want, DAEMON_BIG);
	client_expect_status(&c, EXITS_OK);
	free(want);
}
END_TEST

START_TEST(output_that_is_full)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(LENGTH(4) "four"), SCRIPT_HEAD,
		SCRIPT_STOP
	};

	scripted_start(&s, steps);
	c.output = "/dev/full";
	get(s.port, "/a|/b");
	client_expect(&c, EXITS_FILE, NULL, "standard output: ");
	/* The others would fare no better. */
	ck_assert_int_eq(s.told->heads, 1);
	scripted_stop(&s);
}
END_TEST

/* ---- what is sent ---- */

START_TEST(fields)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(LENGTH(0)), SCRIPT_FINISH,
		SCRIPT_AGAIN, SCRIPT_HEAD, SCRIPT_SEND(LENGTH(0)),
		SCRIPT_FINISH, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	get(s.port, "/a?b#c");
	client_expect(&c, EXITS_OK, "", "");
	get(s.port, "-H|User-Agent: me|-H|Accept:|-H|X-A: 1|-q|-r|5-|"
	    "-z|2001-01-01|/a");
	client_expect(&c, EXITS_OK, "", "");
	scripted_finish(&s);
	ck_assert(scripted_asked(&s, 0, "GET /a?b HTTP/1.1"));
	ck_assert_str_ne(scripted_field(&s, 0, "Host"), "");
	ck_assert_str_eq(scripted_field(&s, 0, "Accept"), "*/*");
	ck_assert_str_eq(scripted_field(&s, 0, "Accept-Encoding"),
	    "identity");
	ck_assert(strncmp(scripted_field(&s, 0, "User-Agent"), "mynah/",
	    6) == 0);
	ck_assert_str_eq(scripted_field(&s, 1, "User-Agent"), "me");
	ck_assert_str_eq(scripted_field(&s, 1, "Accept"), "");
	ck_assert_str_eq(scripted_field(&s, 1, "X-A"), "1");
	ck_assert_str_eq(scripted_field(&s, 1, "Range"), "bytes=5-");
	ck_assert_str_eq(scripted_field(&s, 1, "If-Modified-Since"),
	    "Mon, 01 Jan 2001 00:00:00 GMT");
}
END_TEST

/* ---- saving ---- */

static time_t
date_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(client_path(name), &st), 0);
	return st.st_mtime;
}

START_TEST(is_saved)
{
	get(d.port, "-o|out|/files/a.txt");
	client_expect(&c, EXITS_OK, "", "");
	client_expect_file("out", A_TXT, strlen(A_TXT));
	client_expect_files("out", NULL);
	ck_assert_int_eq(date_of("out"), OLD);

	/* Not twice, unless that is wanted. */
	get(d.port, "-o|out|/files/b.txt");
	client_expect(&c, EXITS_FILE, "", "--force");
	client_expect_file("out", A_TXT, strlen(A_TXT));
	get(d.port, "--force|-o|out|/files/b.txt");
	client_expect(&c, EXITS_OK, "", "");
	client_expect_file("out", "/files/b.txt\n", 13);
	client_expect_files("out", NULL);
}
END_TEST

START_TEST(several_are_saved)
{
	client_write("b.txt", "old", 3);
	get(d.port, "-O|/files/a.txt|/files/b.txt|/empty.txt|/a%20b.txt");
	client_expect(&c, EXITS_FILE, "", "b.txt is there already");
	client_expect_file("a.txt", A_TXT, strlen(A_TXT));
	client_expect_file("b.txt", "old", 3);
	client_expect_file("empty.txt", "", 0);
	client_expect_file("a b.txt", "/a b.txt\n", 9);
	client_expect_files("a.txt", "b.txt", "empty.txt", "a b.txt", NULL);
}
END_TEST

START_TEST(pages_of_errors)
{
	get(d.port, "-o|out|/none");
	client_expect(&c, EXITS_OK, "", "404 Not Found was saved to out");
	client_expect_files("out", NULL);
	get(d.port, "-q|--force|-o|out|/none");
	client_expect(&c, EXITS_OK, "", "");
	get(d.port, "-f|-o|other|/none");
	client_expect(&c, EXITS_STATUS, "", "404 Not Found");
	client_expect_files("out", NULL);
	get(d.port, "-f|--force|-o|out|/none");
	client_expect(&c, EXITS_STATUS, "", "404 Not Found");
	client_expect_files("out", NULL);
	get(d.port, "-o|moved|/dir");
	client_expect(&c, EXITS_OK, "", "it leads to /dir/ (301); -L follows");
	client_expect_files("out", "moved", NULL);
}
END_TEST

static void
make_older(const char *name)
{
	const struct timespec then[2] = { { OLD - 1, 0 }, { OLD - 1, 0 } };

	ck_assert_int_eq(utimensat(AT_FDCWD, client_path(name), then, 0), 0);
}

START_TEST(only_what_is_newer)
{
	/* The file that is to be saved need not be there. */
	get(d.port, "-z|out|-o|out|/files/a.txt");
	client_expect(&c, EXITS_OK, "", "");
	client_expect_file("out", A_TXT, strlen(A_TXT));
	get(d.port, "-z|out|-o|out|/files/a.txt");
	client_expect(&c, EXITS_OK, "", "not newer than ");
	client_expect_files("out", NULL);
	/* An old one is replaced. */
	client_write("out", "old", 3);
	make_older("out");
	get(d.port, "-z|out|-o|out|/files/a.txt");
	client_expect(&c, EXITS_OK, "", "");
	client_expect_file("out", A_TXT, strlen(A_TXT));
	/* But no other. */
	client_write("other", "old", 3);
	make_older("other");
	get(d.port, "-z|other|-o|out|/files/a.txt");
	client_expect(&c, EXITS_FILE, "", "out is there already");
}
END_TEST

/* A server that has a date, but does not compare it. */
START_TEST(newer_without_help)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(OK "Last-Modified: "
		    "Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 4\r\n"
		    "\r\nfour"), SCRIPT_FINISH, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	get(s.port, "-z|1994-11-06 08:49:37|-o|out|/a");
	client_expect(&c, EXITS_OK, "", "not newer");
	client_expect_no_file();
	scripted_finish(&s);
}
END_TEST

/* The value of a field in what -I has printed. */
static void
field_of(const char *name, char *out, size_t size)
{
	const char *p = strstr(c.out.bytes, name), *end;

	ck_assert_msg(p != NULL, "%s is not in %s", name, c.out.bytes);
	p += strlen(name) + 2;
	end = strstr(p, "\r\n");
	ck_assert_ptr_nonnull(end);
	snprintf(out, size, "%.*s", (int)(end - p), p);
}

/* As if so many bytes of big.bin had come before, of that entity tag. */
static void
leave_part(const char *etag, size_t len, const char *pattern)
{
	char info[1024];
	int n = snprintf(info, sizeof(info), "mynah-part 1\nurl %s\n"
	    "etag %s\nend\n", client_url(d.port, "/big.bin"), etag);

	client_write("out.part", pattern, len);
	client_write("out.part.info", info, (size_t)n);
}

START_TEST(goes_on)
{
	static const size_t lengths[] = { 1, 5000, DAEMON_BIG - 1 };
	char *want = malloc(DAEMON_BIG), etag[256], range[64];

	ck_assert_ptr_nonnull(want);
	daemon_pattern(want, DAEMON_BIG, 0);
	get(d.port, "-I|/big.bin");
	field_of("ETag", etag, sizeof(etag));
	for (int i = 0; i < COUNT(lengths); i++) {
		leave_part(etag, lengths[i], want);
		get(d.port, "-v|-C|--force|-o|out|/big.bin");
		snprintf(range, sizeof(range), "> Range: bytes=%zu-\n",
		    lengths[i]);
		client_expect(&c, EXITS_OK, "", range);
		client_expect_err(&c, "< HTTP/1.1 206 ");
		client_expect_file("out", want, DAEMON_BIG);
		client_expect_files("out", NULL);
	}
	free(want);
}
END_TEST

START_TEST(was_whole_already)
{
	char *want = malloc(DAEMON_BIG), etag[256];

	ck_assert_ptr_nonnull(want);
	daemon_pattern(want, DAEMON_BIG, 0);
	get(d.port, "-I|/big.bin");
	field_of("ETag", etag, sizeof(etag));
	leave_part(etag, DAEMON_BIG, want);
	get(d.port, "-C|-o|out|/big.bin");
	client_expect(&c, EXITS_OK, "", "was whole already");
	client_expect_file("out", want, DAEMON_BIG);
	client_expect_files("out", NULL);
	get(d.port, "-C|-o|out|/big.bin");
	client_expect(&c, EXITS_OK, "", "out is there, and whole");
	client_expect_file("out", want, DAEMON_BIG);
	/* Both: it is not known which of them is wanted. */
	leave_part(etag, 1000, want);
	get(d.port, "-C|-o|out|/big.bin");
	client_expect(&c, EXITS_FILE, "", "out is there, and whole");
	client_expect_files("out", "out.part", "out.part.info", NULL);
	free(want);
}
END_TEST

START_TEST(begins_anew)
{
	char *want = malloc(DAEMON_BIG);

	ck_assert_ptr_nonnull(want);
	daemon_pattern(want, DAEMON_BIG, 0);
	/* It has changed. */
	leave_part("\"other\"", 3, "old");
	get(d.port, "-C|-o|out|/big.bin");
	client_expect(&c, EXITS_OK, "", "begins anew");
	client_expect_file("out", want, DAEMON_BIG);
	/* It is not known what it was. */
	client_write("out.part", "old", 3);
	get(d.port, "-C|--force|-o|out|/big.bin");
	client_expect(&c, EXITS_OK, "", "begins anew");
	client_expect_file("out", want, DAEMON_BIG);
	client_expect_files("out", NULL);
	/* There is nothing. */
	get(d.port, "-C|--force|-o|out|/files/a.txt");
	client_expect(&c, EXITS_OK, "", "");
	client_expect_file("out", A_TXT, strlen(A_TXT));
	free(want);
}
END_TEST

/* A part or an error page is the beginning of nothing. */
START_TEST(cannot_be_gone_on_with)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND("HTTP/1.1 206 Partial Content\r\n"
		    "ETag: \"a\"\r\nContent-Range: bytes 2-6/10\r\n"
		    "Content-Length: 5\r\n\r\n234"), SCRIPT_AGAIN,
		SCRIPT_HEAD, SCRIPT_SEND(OK "ETag: \"a\"\r\n"
		    "Content-Length: 10\r\n\r\n0123456789"), SCRIPT_FINISH,
		SCRIPT_STOP
	};

	scripted_start(&s, steps);
	get(s.port, "-r|2-6|-o|out|/a");
	client_expect(&c, EXITS_SHORT, "", "3 bytes in out.part\n");
	get(s.port, "-C|-o|out|/a");
	client_expect(&c, EXITS_OK, "", "begins anew");
	scripted_finish(&s);
	ck_assert_str_eq(scripted_field(&s, 1, "Range"), "");
	client_expect_file("out", "0123456789", 10);
}
END_TEST

/* A server that knows ranges, but not If-Range, and has another file now. */
START_TEST(another_file_is_not_gone_on_with)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(OK "ETag: \"a\"\r\n"
		    "Content-Length: 10\r\n\r\n0123"), SCRIPT_AGAIN,
		SCRIPT_HEAD, SCRIPT_SEND("HTTP/1.1 206 Partial Content\r\n"
		    "ETag: \"b\"\r\nContent-Range: bytes 4-9/10\r\n"
		    "Content-Length: 6\r\n\r\nefghij"), SCRIPT_HEAD,
		SCRIPT_SEND(OK "ETag: \"b\"\r\nContent-Length: 10\r\n\r\n"
		    "abcdefghij"), SCRIPT_FINISH, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	get(s.port, "-o|out|/a");
	client_expect(&c, EXITS_SHORT, "", "after 4 of 10 bytes");
	client_expect_err(&c, "4 bytes in out.part, -C goes on with them");
	get(s.port, "-C|-o|out|/a");
	client_expect(&c, EXITS_OK, "", "begins anew");
	scripted_finish(&s);
	client_expect_file("out", "abcdefghij", 10);
	client_expect_files("out", NULL);
}
END_TEST

/* However long a name is, what is wrong with it is told. */
START_TEST(long_names)
{
	static char name[3000], deep[3100];

	memset(name, 'n', sizeof(name) - 1);
	client_run(&c, "get", "-o", name, client_url(d.port, "/"), NULL);
	client_expect(&c, EXITS_FILE, "", "the name is too long");
	for (size_t i = 1; i < sizeof(name) - 1; i += 2)
		name[i] = '/';
	client_run(&c, "get", "-o", name, client_url(d.port, "/"), NULL);
	client_expect(&c, EXITS_FILE, "", "does not exist");
	snprintf(deep, sizeof(deep), "%s/", name);
	client_run(&c, "get", "-o", deep, client_url(d.port, "/"), NULL);
	client_expect(&c, EXITS_FILE, "", "the name of a directory");
	client_expect_no_file();
}
END_TEST

/* Nor does a page about an error take the place of what is there. */
START_TEST(error_in_place_of_a_beginning)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(OK "ETag: \"a\"\r\n"
		    "Content-Length: 10\r\n\r\n0123"), SCRIPT_AGAIN,
		SCRIPT_HEAD, SCRIPT_SEND("HTTP/1.1 416 No\r\n"
		    "Content-Length: 4\r\n\r\npage"), SCRIPT_HEAD,
		SCRIPT_SEND("HTTP/1.1 404 Gone\r\nContent-Length: 4\r\n\r\n"
		    "page"), SCRIPT_AGAIN, SCRIPT_HEAD,
		SCRIPT_SEND("HTTP/1.1 404 Gone\r\nContent-Length: 4\r\n\r\n"
		    "page"), SCRIPT_FINISH, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	get(s.port, "-o|out|/a");
	client_expect(&c, EXITS_SHORT, "", "4 bytes in out.part, -C goes on");
	get(s.port, "-C|-o|out|/a");
	client_expect(&c, EXITS_STATUS, "", "404 Gone; still 4 bytes in "
	    "out.part\n");
	client_expect_file("out.part", "0123", 4);
	/* What it is the beginning of is not known. */
	ck_assert_int_eq(unlink(client_path("out.part.info")), 0);
	get(s.port, "-C|-o|out|/a");
	client_expect(&c, EXITS_STATUS, "", "404 Gone; still 4 bytes in "
	    "out.part\n");
	client_expect_file("out.part", "0123", 4);
	client_expect_files("out.part", NULL);
	scripted_finish(&s);
}
END_TEST

START_TEST(directory_that_is_missing)
{
	get(d.port, "-o|none/out|/files/a.txt");
	client_expect(&c, EXITS_FILE, "", "none");
	client_expect_no_file();
}
END_TEST

/* ---- signals ---- */

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static const struct scripted_step half[] = {
	SCRIPT_HEAD, SCRIPT_SEND(OK "ETag: \"a\"\r\nContent-Length: 8\r\n\r\n"
	    "four"), SCRIPT_EXPECT_END, SCRIPT_STOP
};

#define STOPPED_HEAD	LENGTH(8) "four"

/*
 * Stopped (^Z) for longer than the idle timeout, in the head or in the
 * content: what has come meanwhile has come in time.
 */
START_TEST(stopped_and_continued)
{
	const char *first = _i == 0 ? "HTTP" : STOPPED_HEAD;
	struct wire *w = malloc(sizeof(*w));
	int port, status, fd = wire_listen(&port);

	ck_assert_ptr_nonnull(w);
	client_start(&c, "get", "-v", "-o", "out", "--idle-timeout", "1s",
	    client_url(port, "/a"), NULL);
	wire_init(w, accept(fd, NULL, NULL));
	wire_send(w, first);
	client_await(&c, &c.err, "> Accept: ");
	client_signal(&c, SIGSTOP);
	ck_assert_int_eq(waitpid(c.pid, &status, WUNTRACED), c.pid);
	ck_assert(WIFSTOPPED(status));
	wire_send(w, &STOPPED_HEAD[strlen(first)]);
	wire_send(w, "five");
	poll(NULL, 0, 1100);
	client_signal(&c, SIGCONT);
	client_wait(&c);
	client_expect(&c, EXITS_OK, "", "< Content-Length: 8\n");
	client_expect_file("out", "fourfive", 8);
	wire_close(w);
	free(w);
	close(fd);
}
END_TEST

START_TEST(signal_keeps_what_came)
{
	scripted_start(&s, half);
	client_start(&c, "get", "-v", "-o", "out", client_url(s.port, "/a"),
	    NULL);
	client_await(&c, &c.err, "< Content-Length: 8\n");
	client_signal(&c, signals[_i]);
	client_wait(&c);
	client_expect(&c, -signals[_i], "",
	    "4 bytes in out.part, -C goes on with them");
	client_expect_files("out.part", "out.part.info", NULL);
	client_expect_file("out.part", "four", 4);
	scripted_finish(&s);
}
END_TEST

/* Typed on a terminal with a bar on it. */
START_TEST(interrupted_on_a_terminal)
{
	scripted_start(&s, half);
	c.terminal = CLIENT_TERMINAL;
	client_start(&c, "get", "-o", "out", client_url(s.port, "/a"), NULL);
	client_await(&c, &c.screen, "50%");
	client_type(&c, "\003");
	client_wait(&c);
	client_expect_status(&c, -SIGINT);
	client_expect_screen(&c, "4 bytes in out.part");
	client_expect_restored(&c);
	client_expect_files("out.part", "out.part.info", NULL);
	scripted_finish(&s);
}
END_TEST

/* No bar where the content goes, and none without a terminal. */
START_TEST(no_bar)
{
	c.terminal = CLIENT_TERMINAL;
	get(d.port, "/files/a.txt");
	client_expect_status(&c, EXITS_OK);
	client_expect_screen(&c, "/files/a.txt\r\n");
	ck_assert_ptr_null(strchr(c.screen.bytes, '%'));
}
END_TEST

/* ---- redirects ---- */

START_TEST(followed)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(MOVED("b/c?d#e")), SCRIPT_HEAD,
		SCRIPT_SEND(MOVED("../f")), SCRIPT_HEAD,
		SCRIPT_SEND(LENGTH(4) "four"), SCRIPT_FINISH, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	get(s.port, "-L|/x/a");
	client_expect(&c, EXITS_OK, "four", "");
	scripted_finish(&s);
	ck_assert_int_eq(s.told->connections, 1);
	ck_assert(scripted_asked(&s, 1, "GET /x/b/c?d HTTP/1.1"));
	ck_assert(scripted_asked(&s, 2, "GET /x/f HTTP/1.1"));
}
END_TEST

/* Without a Location there is nowhere to go: it is the answer. */
START_TEST(leads_nowhere)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND("HTTP/1.1 302 Found\r\n"
		    "Content-Length: 5\r\n\r\nmoved"), SCRIPT_FINISH,
		SCRIPT_STOP
	};

	scripted_start(&s, steps);
	get(s.port, "-L|/a");
	client_expect(&c, EXITS_OK, "moved", "");
	scripted_finish(&s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_get");
	TCase *tc;

	tc = client_case(suite, "words", forget);
	tcase_add_loop_test(tc, wrong_words, 0, COUNT(wrong));

	tc = client_case(suite, "printing", forget);
	tcase_add_unchecked_fixture(tc, start_shared, stop_shared);
	tcase_add_loop_test(tc, is_printed, 0, COUNT(printed));
	tcase_add_test(tc, heads);
	tcase_add_test(tc, over_a_unix_socket);
	tcase_add_test(tc, nobody_is_there);
	tcase_add_test(tc, large);
	tcase_add_test(tc, slow_reader);

	tc = client_case(suite, "saving", forget);
	tcase_add_unchecked_fixture(tc, start_shared, stop_shared);
	tcase_add_test(tc, is_saved);
	tcase_add_test(tc, several_are_saved);
	tcase_add_test(tc, pages_of_errors);
	tcase_add_test(tc, only_what_is_newer);
	tcase_add_test(tc, goes_on);
	tcase_add_test(tc, was_whole_already);
	tcase_add_test(tc, begins_anew);
	tcase_add_test(tc, directory_that_is_missing);

	tc = client_case(suite, "scripted", forget);
	tcase_add_test(tc, output_that_is_full);
	tcase_add_test(tc, fields);
	tcase_add_test(tc, newer_without_help);
	tcase_add_test(tc, cannot_be_gone_on_with);
	tcase_add_test(tc, another_file_is_not_gone_on_with);
	tcase_add_test(tc, long_names);
	tcase_add_test(tc, error_in_place_of_a_beginning);
	tcase_add_loop_test(tc, stopped_and_continued, 0, 2);
	tcase_add_loop_test(tc, signal_keeps_what_came, 0, COUNT(signals));
	tcase_add_test(tc, followed);
	tcase_add_test(tc, leads_nowhere);

	tc = client_terminal_case(suite, "terminal", forget);
	tcase_add_unchecked_fixture(tc, start_shared, stop_shared);
	tcase_add_test(tc, no_bar);
	tcase_add_test(tc, interrupted_on_a_terminal);
	return daemon_run_suite(suite);
}
