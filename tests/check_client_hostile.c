/*
 * The client among servers that mean no good, or do no good: each ends in the
 * status that the manual has for it, with a message, and without a byte where
 * none is due.
 */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "client/exits.h"
#include "daemon.h"
#include "scripted.h"
#include "support.h"

#define OK		"HTTP/1.1 200 OK\r\n"
#define CHUNKED		OK "Transfer-Encoding: chunked\r\n\r\n"
#define LENGTH(n)	OK "Content-Length: " #n "\r\n\r\n"
#define MIB		1024	/* in the KiB of /proc */

/* A limit that what is sent at once keeps on a busy machine, too. */
#define SOON		"500ms"

static struct client c;
static struct scripted s;

static void
forget(void)
{
	client_forget(&c);
}

/* One answer of so many bytes to the first request, and the end. */
static void
serve(const char *answer, size_t len)
{
	static struct scripted_step steps[4];

	steps[0] = (struct scripted_step)SCRIPT_HEAD;
	steps[1] = (struct scripted_step)SCRIPT_SEND_BYTES(answer, len);
	steps[2] = (struct scripted_step)SCRIPT_FINISH;
	steps[3] = (struct scripted_step)SCRIPT_STOP;
	scripted_start(&s, steps);
}

/* ---- answers that are wrong, or look as if they were ---- */

static const struct answer {
	const char	*name;
	const char	*bytes;
	size_t		 len;
	int		 status;
	const char	*content;	/* of the file; NULL: there is none */
	const char	*part;		/* of the .part; NULL: there is none */
} answers[] = {
	/* Lengths */
	{ "nothing", BYTES(""), EXITS_SHORT, NULL, NULL },
	{ "half a status line", BYTES("HTTP/1.1 20"), EXITS_SHORT, NULL,
	    NULL },
	{ "half a head", BYTES(OK "Content-Le"), EXITS_SHORT, NULL, NULL },
	{ "a head alone", BYTES(LENGTH(10)), EXITS_SHORT, NULL, NULL },
	{ "short", BYTES(LENGTH(10) "short"), EXITS_SHORT, NULL, "short" },
	{ "long", BYTES(LENGTH(4) "long and more"), EXITS_OK, "long", NULL },
	{ "empty", BYTES(LENGTH(0)), EXITS_OK, "", NULL },
	{ "no length", BYTES(OK "\r\nall of it"), EXITS_OK, "all of it",
	    NULL },
	{ "two lengths", BYTES(OK "Content-Length: 4\r\n"
	    "Content-Length: 5\r\n\r\nfours"), EXITS_PROTOCOL, NULL, NULL },
	{ "negative length", BYTES(LENGTH(-4) "four"), EXITS_PROTOCOL, NULL,
	    NULL },
	{ "length in words", BYTES(LENGTH(four) "four"), EXITS_PROTOCOL,
	    NULL, NULL },
	{ "hexadecimal length", BYTES(LENGTH(0x4) "four"), EXITS_PROTOCOL,
	    NULL, NULL },
	{ "too large a length", BYTES(LENGTH(99999999999999999999) "four"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "length and chunks", BYTES(OK "Content-Length: 4\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n"),
	    EXITS_PROTOCOL, NULL, NULL },

	/* Heads */
	{ "another protocol", BYTES("SSH-2.0-OpenSSH_9.2p1\r\n"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "a bare page", BYTES("<!DOCTYPE html><title>0.9</title>"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "TLS", BYTES("\x15\x03\x01\x00\x02\x02\x0a"), EXITS_PROTOCOL, NULL,
	    NULL },
	{ "HTTP/2.0", BYTES("HTTP/2.0 200 OK\r\n\r\n"), EXITS_PROTOCOL, NULL,
	    NULL },
	{ "status of two digits", BYTES("HTTP/1.1 20 OK\r\n\r\n"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "status of four digits", BYTES("HTTP/1.1 2000 OK\r\n\r\n"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "status of zero", BYTES("HTTP/1.1 000 OK\r\n\r\n"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "no status", BYTES("HTTP/1.1\r\n\r\n"), EXITS_PROTOCOL, NULL,
	    NULL },
	{ "no colon", BYTES(OK "Content-Length 4\r\n\r\nfour"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "no name", BYTES(OK ": 4\r\n\r\nfour"), EXITS_PROTOCOL, NULL,
	    NULL },
	{ "blank before the colon", BYTES(OK "Content-Length : 4\r\n\r\n"
	    "four"), EXITS_PROTOCOL, NULL, NULL },
	{ "NUL in a field", BYTES(OK "X: a\0b\r\n\r\nfour"), EXITS_PROTOCOL,
	    NULL, NULL },
	{ "CR in a field", BYTES(OK "X: a\rb\r\n\r\nfour"), EXITS_PROTOCOL,
	    NULL, NULL },
	{ "lines in LF", BYTES("HTTP/1.1 200 OK\nContent-Length: 4\n\nfour"),
	    EXITS_OK, "four", NULL },
	{ "folded field", BYTES(OK "X: a\r\n b\r\nContent-Length: 4\r\n\r\n"
	    "four"), EXITS_OK, "four", NULL },

	/* Chunks */
	{ "chunks", BYTES(CHUNKED "4;x=y\r\nfour\r\n00\r\nA: b\r\n\r\n"),
	    EXITS_OK, "four", NULL },
	{ "no last chunk", BYTES(CHUNKED "4\r\nfour\r\n"), EXITS_SHORT, NULL,
	    "four" },
	{ "a trailer without end", BYTES(CHUNKED "4\r\nfour\r\n0\r\nA: b"),
	    EXITS_SHORT, NULL, "four" },
	{ "no size", BYTES(CHUNKED "\r\nfour\r\n0\r\n\r\n"), EXITS_PROTOCOL,
	    NULL, NULL },
	{ "a size in words", BYTES(CHUNKED "four\r\nfour\r\n0\r\n\r\n"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "a negative size", BYTES(CHUNKED "-4\r\nfour\r\n0\r\n\r\n"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "too large a size", BYTES(CHUNKED "fffffffffffffffff\r\nfour"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "too small a size", BYTES(CHUNKED "3\r\nfour\r\n0\r\n\r\n"),
	    EXITS_PROTOCOL, NULL, "fou" },
	{ "chunks without a size behind one", BYTES(CHUNKED "4\r\nfour\r\n"
	    "x\r\n"), EXITS_PROTOCOL, NULL, "four" },
	{ "a bad trailer", BYTES(CHUNKED "4\r\nfour\r\n0\r\nA b\r\n\r\n"),
	    EXITS_PROTOCOL, NULL, "four" },
	{ "another coding", BYTES(OK "Transfer-Encoding: gzip, chunked\r\n"
	    "\r\n4\r\nfour\r\n0\r\n\r\n"), EXITS_PROTOCOL, NULL, NULL },
	{ "chunked twice", BYTES(OK "Transfer-Encoding: chunked\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "chunks of 1.0", BYTES("HTTP/1.0 200 OK\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n"), EXITS_PROTOCOL, NULL,
	    NULL },

	/* Statuses */
	{ "interim answers", BYTES("HTTP/1.1 100 Continue\r\n\r\n"
	    "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
	    LENGTH(4) "four"), EXITS_OK, "four", NULL },
	{ "an interim answer alone", BYTES("HTTP/1.1 100 Continue\r\n\r\n"),
	    EXITS_SHORT, NULL, NULL },
	{ "another protocol from here on", BYTES("HTTP/1.1 101 Switching "
	    "Protocols\r\nUpgrade: x\r\n\r\n"), EXITS_PROTOCOL, NULL, NULL },
	{ "a part that nobody asked for", BYTES("HTTP/1.1 206 Partial "
	    "Content\r\nContent-Range: bytes 0-3/10\r\nContent-Length: 4\r\n"
	    "\r\nfour"), EXITS_PROTOCOL, NULL, NULL },
	{ "304 to no condition", BYTES("HTTP/1.1 304 Not Modified\r\n\r\n"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "a name that the server wants", BYTES(OK "Content-Length: 4\r\n"
	    "Content-Disposition: attachment; filename=\"../evil\"\r\n\r\n"
	    "four"), EXITS_OK, "four", NULL },
};

static void
expect_saved(const struct answer *a)
{
	if (a->content != NULL) {
		client_expect_files("out", NULL);
		client_expect_file("out", a->content, strlen(a->content));
	} else if (a->part != NULL) {
		client_expect_files("out.part", "out.part.info", NULL);
		client_expect_file("out.part", a->part, strlen(a->part));
	} else {
		client_expect_no_file();
	}
}

START_TEST(answer_to_file)
{
	const struct answer *a = &answers[_i];

	serve(a->bytes, a->len);
	client_run(&c, "get", "-o", "out", client_url(s.port, "/a"), NULL);
	ck_assert_msg(c.status == a->status, "%s: %d and not %d:\n%s",
	    a->name, c.status, a->status, c.err.bytes);
	client_expect(&c, a->status, "", a->status == EXITS_OK ? "" :
	    "mynah: ");
	expect_saved(a);
	scripted_finish(&s);
}
END_TEST

/* What came before the fault is printed, as it came. */
START_TEST(answer_to_output)
{
	const struct answer *a = &answers[_i];

	serve(a->bytes, a->len);
	client_run(&c, "get", client_url(s.port, "/a"), NULL);
	ck_assert_msg(c.status == a->status, "%s: %d and not %d:\n%s",
	    a->name, c.status, a->status, c.err.bytes);
	client_expect(&c, a->status, a->content != NULL ? a->content :
	    a->part != NULL ? a->part : "", a->status == EXITS_OK ? "" :
	    "mynah: ");
	client_expect_no_file();
	scripted_finish(&s);
}
END_TEST

/* Cut at every byte, in order and by a reset. */
static const char whole[] = CHUNKED "5\r\nhello\r\n1;x\r\n \r\n"
    "00005\r\nworld\r\n0\r\nT: u\r\n\r\n";
static const char hello[] = "hello world";

static void
expect_beginning(const char *name)
{
	char got[sizeof(hello) + 1];
	FILE *f = fopen(client_path(name), "re");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(got, 1, sizeof(got), f);
	fclose(f);
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_le(n, strlen(hello));
	ck_assert(memcmp(got, hello, n) == 0);
}

START_TEST(cut_in_order)
{
	size_t n = (size_t)_i;

	serve(whole, n);
	client_run(&c, "get", "-o", "out", client_url(s.port, "/a"), NULL);
	scripted_finish(&s);
	if (n == strlen(whole)) {
		client_expect(&c, EXITS_OK, "", "");
		client_expect_file("out", hello, strlen(hello));
		client_expect_files("out", NULL);
		return;
	}
	client_expect(&c, EXITS_SHORT, "", "mynah: ");
	if (n <= strlen(CHUNKED "5\r\n")) {
		client_expect_no_file();
		return;
	}
	expect_beginning("out.part");
	client_expect_files("out.part", "out.part.info", NULL);
}
END_TEST

START_TEST(cut_by_a_reset)
{
	static struct scripted_step steps[4];

	steps[0] = (struct scripted_step)SCRIPT_HEAD;
	steps[1] = (struct scripted_step)SCRIPT_SEND_BYTES(whole, (size_t)_i);
	steps[2] = (struct scripted_step)SCRIPT_RESET;
	steps[3] = (struct scripted_step)SCRIPT_STOP;
	scripted_start(&s, steps);
	client_run(&c, "get", "-o", "out", client_url(s.port, "/a"), NULL);
	scripted_finish(&s);
	client_expect(&c, EXITS_SHORT, "", "mynah: ");
	/* What came with the reset may be lost. */
	if (access(client_path("out.part"), F_OK) == -1) {
		client_expect_no_file();
		return;
	}
	expect_beginning("out.part");
	client_expect_files("out.part", "out.part.info", NULL);
}
END_TEST

/* A reset before anything was asked, or before it was seen to be connected. */
START_TEST(reset_at_once)
{
	static const struct scripted_step steps[] = {
		SCRIPT_RESET, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	client_run(&c, "get", "-o", "out", client_url(s.port, "/a"), NULL);
	scripted_finish(&s);
	client_expect(&c, c.status == EXITS_REFUSED ? EXITS_REFUSED :
	    EXITS_SHORT, "", "mynah: ");
	client_expect_no_file();
}
END_TEST

/* ---- without end ---- */

static const struct endless {
	const char		*name;
	struct scripted_step	 steps[4];
	int			 status;
	bool			 has_part;
} endless[] = {
	{ "bytes", { SCRIPT_HEAD, SCRIPT_ENDLESS("aaaaaaaaaaaaaaaa") },
	    EXITS_PROTOCOL, false },
	{ "empty lines", { SCRIPT_HEAD, SCRIPT_ENDLESS("\r\n\r\n\r\n") },
	    EXITS_PROTOCOL, false },
	{ "a reason", { SCRIPT_HEAD, SCRIPT_SEND("HTTP/1.1 200 "),
	    SCRIPT_ENDLESS("aaaaaaaaaaaaaaaa") }, EXITS_PROTOCOL, false },
	{ "fields", { SCRIPT_HEAD, SCRIPT_SEND(OK),
	    SCRIPT_ENDLESS("X-Field: aaaaaaaaaaaa\r\n") }, EXITS_PROTOCOL,
	    false },
	{ "short fields", { SCRIPT_HEAD, SCRIPT_SEND(OK),
	    SCRIPT_ENDLESS("X:\r\n") }, EXITS_PROTOCOL, false },
	{ "a field", { SCRIPT_HEAD, SCRIPT_SEND(OK "X: "),
	    SCRIPT_ENDLESS("aaaaaaaaaaaaaaaa") }, EXITS_PROTOCOL, false },
	{ "a folded field", { SCRIPT_HEAD, SCRIPT_SEND(OK "X: a\r\n"),
	    SCRIPT_ENDLESS(" aaaaaaaaaaaaaa\r\n") }, EXITS_PROTOCOL, false },
	{ "interim answers", { SCRIPT_HEAD,
	    SCRIPT_ENDLESS("HTTP/1.1 102 Processing\r\n\r\n") },
	    EXITS_PROTOCOL, false },
	{ "a chunk's size", { SCRIPT_HEAD, SCRIPT_SEND(CHUNKED),
	    SCRIPT_ENDLESS("0000000000000000") }, EXITS_PROTOCOL, false },
	{ "a chunk's extension", { SCRIPT_HEAD, SCRIPT_SEND(CHUNKED "4;"),
	    SCRIPT_ENDLESS("aaaaaaaaaaaaaaaa") }, EXITS_PROTOCOL, false },
	{ "extensions", { SCRIPT_HEAD, SCRIPT_SEND(CHUNKED "4"),
	    SCRIPT_ENDLESS(";a=b;a=\"b\";") }, EXITS_PROTOCOL, false },
	{ "trailers", { SCRIPT_HEAD,
	    SCRIPT_SEND(CHUNKED "4\r\nfour\r\n0\r\n"),
	    SCRIPT_ENDLESS("X-Field: aaaaaaaaaaaa\r\n") }, EXITS_PROTOCOL,
	    true },

	/* Slowly */
	{ "silence", { SCRIPT_HEAD, SCRIPT_EXPECT_END }, EXITS_TIMEOUT,
	    false },
	{ "silence in a head", { SCRIPT_HEAD, SCRIPT_SEND(OK "X: "),
	    SCRIPT_EXPECT_END }, EXITS_TIMEOUT, false },
	{ "silence in the content", { SCRIPT_HEAD,
	    SCRIPT_SEND(LENGTH(5) "four"), SCRIPT_EXPECT_END },
	    EXITS_TIMEOUT, true },
	{ "silence in a chunk", { SCRIPT_HEAD,
	    SCRIPT_SEND(CHUNKED "5\r\nfour"), SCRIPT_EXPECT_END },
	    EXITS_TIMEOUT, true },
	{ "silence without an end", { SCRIPT_HEAD,
	    SCRIPT_SEND(OK "\r\nfour"), SCRIPT_EXPECT_END }, EXITS_TIMEOUT,
	    true },
	{ "a head that drips", { SCRIPT_HEAD, SCRIPT_SEND(OK "X: "),
	    SCRIPT_ENDLESS_DRIP("a", 20) }, EXITS_TIMEOUT, false },
	{ "interim answers that drip", { SCRIPT_HEAD,
	    SCRIPT_ENDLESS_DRIP("HTTP/1.1 100 \r\n\r\n", 10) },
	    EXITS_TIMEOUT, false },
	{ "nobody reads", { SCRIPT_DEAF }, EXITS_TIMEOUT, false },
};

START_TEST(endless_for_a_file)
{
	const struct endless *e = &endless[_i];

	scripted_start(&s, e->steps);
	client_run(&c, "get", "-o", "out", "--idle-timeout", SOON,
	    client_url(s.port, "/a"), NULL);
	ck_assert_msg(c.status == e->status, "%s: %d and not %d:\n%s",
	    e->name, c.status, e->status, c.err.bytes);
	client_expect(&c, e->status, "", "mynah: ");
	if (e->has_part) {
		client_expect_files("out.part", "out.part.info", NULL);
		client_expect_file("out.part", "four", 4);
	} else {
		client_expect_no_file();
	}
	scripted_stop(&s);
}
END_TEST

/* Bytes that come renew --idle-timeout, but nothing does --max-time. */
START_TEST(content_that_drips)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(LENGTH(1000000)),
		SCRIPT_ENDLESS_DRIP("a", 10), SCRIPT_STOP
	};

	scripted_start(&s, steps);
	client_run(&c, "get", "-o", "out", "--max-time", SOON,
	    client_url(s.port, "/a"), NULL);
	client_expect(&c, EXITS_TIMEOUT, "", "mynah: ");
	client_expect_files("out.part", "out.part.info", NULL);
	scripted_finish(&s);
}
END_TEST

/* ---- what a terminal would obey ---- */

#define EVIL	"\033]0;evil\007\033[2J\033[31m\b\b\x9b" "5n\xc2\x9b" "31m" \
		"\xe2\x80\xae"

/* Is none of it there as it was sent? The harness has looked at control. */
static void
expect_tamed(const struct client_text *text)
{
	ck_assert_msg(memmem(text->bytes, text->len, "\xe2\x80\xae", 3) ==
	    NULL, "the direction of text is turned");
	ck_assert_msg(memmem(text->bytes, text->len, "\x9b", 1) == NULL,
	    "a control sequence in one byte");
}

START_TEST(welcome_on_a_terminal)
{
	static const struct scripted_step steps[] = {
		SCRIPT_SEND("Hello " EVIL " there\r\n\tyou\n"),
		SCRIPT_EXPECT("quit\n"), SCRIPT_SEND("bye"), SCRIPT_FINISH,
		SCRIPT_STOP
	};

	c.terminal = CLIENT_TERMINAL;
	scripted_start(&s, steps);
	client_start(&c, "connect", "127.0.0.1", client_port(s.port), NULL);
	client_await(&c, &c.screen, "you");
	client_type(&c, "quit\n");
	client_await(&c, &c.screen, "bye");
	client_wait(&c);
	client_expect_status(&c, EXITS_OK);
	client_expect_screen(&c, "Hello \\x1b]0;evil\\x07\\x1b[2J");
	client_expect_screen(&c, " there\r\n\tyou\r\n");
	expect_tamed(&c.screen);
	client_expect_restored(&c);
	scripted_finish(&s);
}
END_TEST

/* Cut inside of what would be one character, or one escape. */
START_TEST(welcome_in_drops_on_a_terminal)
{
	static const struct scripted_step steps[] = {
		SCRIPT_DRIP("Gr\xc3\xbc\xc3\x9f" "e " EVIL "\xc3\n", 5),
		SCRIPT_FINISH, SCRIPT_STOP
	};

	c.terminal = CLIENT_TERMINAL_OUT;
	scripted_start(&s, steps);
	client_run(&c, "connect", "127.0.0.1", client_port(s.port), NULL);
	client_expect_status(&c, EXITS_OK);
	client_expect_screen(&c, "Gr\xc3\xbc\xc3\x9f" "e \\x1b]0;evil");
	expect_tamed(&c.screen);
	scripted_finish(&s);
}
END_TEST

START_TEST(welcome_in_a_pipe)
{
	static const char welcome[] = "Hello " EVIL "\r\n\0\xff end";
	static const struct scripted_step steps[] = {
		SCRIPT_SEND(welcome), SCRIPT_FINISH, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	client_run(&c, "connect", "127.0.0.1", client_port(s.port), NULL);
	client_expect(&c, EXITS_OK, NULL, "");
	client_expect_out(&c, welcome, sizeof(welcome) - 1);
	scripted_finish(&s);
}
END_TEST

static const char evil_head[] = "HTTP/1.1 404 \xc2\x9b" "31m\xe2\x80\xae"
    "\x9b\r\nContent-Length: 6\r\nX-Name: \xc2\x9b" "2J\xff\xe2\x80\xae"
    "\r\n\r\n\033[2J\r\n";

START_TEST(head_with_escapes)
{
	serve(BYTES(evil_head));
	client_run(&c, "get", "-v", "-f", client_url(s.port, "/a"), NULL);
	client_expect(&c, EXITS_STATUS, "", "404");
	client_expect_err(&c, "< X-Name: ");
	expect_tamed(&c.err);
	scripted_finish(&s);
}
END_TEST

/* With -i the head is for standard output, too. */
START_TEST(head_on_a_terminal)
{
	serve(BYTES(evil_head));
	c.terminal = CLIENT_TERMINAL;
	client_run(&c, "get", "-i", client_url(s.port, "/a"), NULL);
	client_expect_status(&c, EXITS_OK);
	client_expect_screen(&c, "\\x1b[2J");
	expect_tamed(&c.screen);
	client_expect_restored(&c);
	scripted_finish(&s);
}
END_TEST

START_TEST(head_in_a_pipe)
{
	serve(BYTES(evil_head));
	client_run(&c, "get", "-i", client_url(s.port, "/a"), NULL);
	client_expect(&c, EXITS_OK, NULL, "");
	client_expect_out(&c, BYTES(evil_head));
	scripted_finish(&s);
}
END_TEST

/* Control bytes have no place in a head at all. */
START_TEST(escape_in_reason)
{
	static const char answer[] = "HTTP/1.1 404 " EVIL "\r\n"
	    "Content-Length: 0\r\n\r\n";

	serve(BYTES(answer));
	client_run(&c, "get", "-v", "-f", client_url(s.port, "/a"), NULL);
	client_expect(&c, EXITS_PROTOCOL, "", "mynah: ");
	expect_tamed(&c.err);
	scripted_finish(&s);
}
END_TEST

START_TEST(escape_in_what_is_no_head)
{
	serve(BYTES(EVIL "\r\n\r\n"));
	client_run(&c, "get", "-v", client_url(s.port, "/a"), NULL);
	client_expect(&c, EXITS_PROTOCOL, "", "mynah: ");
	expect_tamed(&c.err);
	scripted_finish(&s);
}
END_TEST

/* ---- redirects ---- */

#define MOVED(to)	"HTTP/1.1 302 Found\r\nLocation: " to "\r\n"	\
			"Content-Length: 5\r\n\r\nmoved"

START_TEST(circle)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(MOVED("/b")), SCRIPT_HEAD,
		SCRIPT_SEND(MOVED("/a")), SCRIPT_REPEAT
	};

	scripted_start(&s, steps);
	client_run(&c, "get", "-L", "-o", "out", client_url(s.port, "/a"),
	    NULL);
	client_expect(&c, EXITS_PROTOCOL, "", "redirect");
	client_expect_no_file();
	/* The first request, and ten more. */
	ck_assert_int_eq(s.told->heads, 11);
	ck_assert(scripted_asked(&s, 10, "GET /a HTTP/1.1"));
	scripted_stop(&s);
}
END_TEST

static const char *const places[] = {
	"https://127.0.0.1/", "HTTPS://127.0.0.1/", "file:///etc/passwd",
	"ftp://127.0.0.1/", "javascript:alert(1)", "data:,x", "mailto:a@b",
	"http:///", "http://", "//", "http://127.0.0.1:99999/",
	"http://127.0.0.1:x/", "http://[::1/", "http://a:b@127.0.0.1/",
	"http://127.0.0.1/\xc2\x9b" "2J:\xff", "http://\xe2\x80\xae/",
	"http://127.0.0.1:1/%zz" "\xc2\x9b", "http://exa mple/"
};

START_TEST(redirect_to_no_place)
{
	char answer[512];
	int n = snprintf(answer, sizeof(answer), MOVED("%s"), places[_i]);

	serve(answer, (size_t)n);
	client_run(&c, "get", "-v", "-L", "-o", "out",
	    client_url(s.port, "/a"), NULL);
	ck_assert_msg(c.status == EXITS_PROTOCOL ||
	    c.status == EXITS_REFUSED || c.status == EXITS_NAME,
	    "%s: %d:\n%s", places[_i], c.status, c.err.bytes);
	client_expect_err(&c, "mynah: ");
	client_expect_out(&c, "", 0);
	expect_tamed(&c.err);
	client_expect_no_file();
	scripted_finish(&s);
}
END_TEST

START_TEST(https_is_named)
{
	serve(BYTES(MOVED("https://127.0.0.1/")));
	client_run(&c, "get", "-L", client_url(s.port, "/a"), NULL);
	client_expect(&c, EXITS_PROTOCOL, "", "https");
	scripted_finish(&s);
}
END_TEST

/* A secret is for the server that it was typed for. */
START_TEST(secret_stays)
{
	static const struct scripted_step other_steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(LENGTH(4) "four"), SCRIPT_FINISH,
		SCRIPT_STOP
	};
	static struct scripted other;
	char answer[512];
	int n;

	scripted_start(&other, other_steps);
	n = snprintf(answer, sizeof(answer), MOVED("http://127.0.0.1:%d/b"),
	    other.port);
	serve(answer, (size_t)n);
	client_run(&c, "get", "-L", "-H", "Authorization: secret", "-H",
	    "cookie: secret", "-H", "X-Mine: yes", client_url(s.port, "/a"),
	    NULL);
	client_expect(&c, EXITS_OK, "four", "");
	scripted_finish(&s);
	scripted_finish(&other);
	ck_assert_str_eq(scripted_field(&s, 0, "Authorization"), "secret");
	ck_assert_str_eq(scripted_field(&other, 0, "Authorization"), "");
	ck_assert_str_eq(scripted_field(&other, 0, "Cookie"), "");
	ck_assert_str_eq(scripted_field(&other, 0, "X-Mine"), "yes");
}
END_TEST

/* A redirect is not shown with -f, nor saved; without -L it is the answer. */
START_TEST(redirect_that_is_not_followed)
{
	serve(BYTES(MOVED("https://127.0.0.1/")));
	client_run(&c, "get", client_url(s.port, "/a"), NULL);
	client_expect(&c, EXITS_OK, "moved", NULL);
	scripted_finish(&s);
}
END_TEST

/* ---- names of files ---- */

static const struct {
	const char	*target;
	const char	*name;		/* NULL: there is none */
} names[] = {
	{ "/a.txt",			"a.txt" },
	{ "/d/a%20b.txt",		"a b.txt" },
	{ "/a.txt?x=/../b",		"a.txt" },
	{ "/a.txt#/b",			"a.txt" },
	{ "/",				NULL },
	{ "/a/",			NULL },
	{ "/?a.txt",			NULL },
	{ "/..",			NULL },
	{ "/%2e%2e",			NULL },
	{ "/%2e",			NULL },
	{ "/..%2f..%2fetc%2fpasswd",	NULL },
	{ "/d%2fa.txt",			NULL },
	{ "/a%00.txt",			NULL },
	{ "/%00",			NULL },
	{ "/.hidden",			NULL },
	{ "/%2ehidden",			NULL },
	{ "/-rf",			NULL },
	{ "/%2drf",			NULL },
	{ "/a%0ab",			NULL },
	{ "/a%1b%5b2J",			NULL },
	{ "/a%7f",			NULL },
	{ "/a%c2%9b2J",			NULL },
	{ "/a%ff",			NULL },
	{ "/a%5cb",			NULL },
};

/*
 * Refused with a message, or saved under a name that can do no harm: in this
 * directory, neither hidden nor an option, no control characters.
 */
static void
expect_safe_name(const char *target, const char *name)
{
	char line[512];

	if (name != NULL) {
		ck_assert_msg(c.status == EXITS_OK, "%s: %d:\n%s", target,
		    c.status, c.err.bytes);
		client_expect_files(name, NULL);
		client_expect_file(name, "four", 4);
		return;
	}
	if (c.status != EXITS_OK) {
		ck_assert_msg(c.status == EXITS_USAGE, "%s: %d:\n%s", target,
		    c.status, c.err.bytes);
		client_expect_err(&c, "mynah: ");
		client_expect_no_file();
		return;
	}
	snprintf(line, sizeof(line), "%s", client_only_file());
	ck_assert_msg(line[0] != '.' && line[0] != '-' &&
	    strpbrk(line, "/\\\n\033\177\x9b\xff") == NULL,
	    "%s: saved as \"%s\"", target, line);
}

START_TEST(name_of_a_file)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(OK "Content-Disposition: attachment;"
		    " filename=evil\r\nContent-Length: 4\r\n\r\nfour"),
		SCRIPT_REPEAT
	};

	scripted_start(&s, steps);
	client_run(&c, "get", "-O", client_url(s.port, names[_i].target),
	    NULL);
	expect_safe_name(names[_i].target, names[_i].name);
	ck_assert_int_eq(access(daemon_path("passwd"), F_OK), -1);
	scripted_stop(&s);
}
END_TEST

/* The name is that of the URL that was typed, wherever it leads. */
START_TEST(name_after_a_redirect)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(MOVED("/.bashrc")), SCRIPT_HEAD,
		SCRIPT_SEND(LENGTH(4) "four"), SCRIPT_FINISH, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	client_run(&c, "get", "-L", "-O", client_url(s.port, "/a.txt"), NULL);
	client_expect(&c, EXITS_OK, "", "");
	client_expect_files("a.txt", NULL);
	client_expect_file("a.txt", "four", 4);
	scripted_finish(&s);
}
END_TEST

/* ---- ranges ---- */

#define PART		"HTTP/1.1 206 Partial Content\r\n"
#define RANGE(r, n)	PART "Content-Range: " r "\r\nContent-Length: " #n \
			"\r\n\r\n"
#define PART_CHUNKED(r)	PART "Content-Range: bytes " r			\
			"\r\nTransfer-Encoding: chunked\r\n\r\n"

static const struct {
	const char	*name;
	const char	*bytes;
	size_t		 len;
	int		 status;
} lies[] = {
	{ "another part", BYTES(RANGE("bytes 2-5/10", 4) "2345"),
	    EXITS_PROTOCOL },
	{ "no Content-Range", BYTES(PART "Content-Length: 4\r\n\r\n0123"),
	    EXITS_PROTOCOL },
	{ "two of them", BYTES(PART "Content-Range: bytes 0-3/10\r\n"
	    RANGE("bytes 2-5/10", 4) "0123"), EXITS_PROTOCOL },
	{ "another length", BYTES(RANGE("bytes 0-3/10", 5) "01234"),
	    EXITS_PROTOCOL },
	{ "more than was asked for", BYTES(RANGE("bytes 0-4/10", 5) "01234"),
	    EXITS_PROTOCOL },
	{ "backwards", BYTES(RANGE("bytes 3-0/10", 4) "0123"),
	    EXITS_PROTOCOL },
	{ "past the end", BYTES(RANGE("bytes 0-3/2", 4) "0123"),
	    EXITS_PROTOCOL },
	{ "too large a number", BYTES(RANGE("bytes 0-99999999999999999999/*",
	    4) "0123"), EXITS_PROTOCOL },
	{ "another unit", BYTES(RANGE("lines 0-3/10", 4) "0123"),
	    EXITS_PROTOCOL },
	{ "what is asked for", BYTES(RANGE("bytes 0-3/10", 4) "0123"),
	    EXITS_OK },
	{ "less than was asked for", BYTES(RANGE("bytes 0-2/3", 3) "012"),
	    EXITS_OK },
	{ "in chunks", BYTES(PART_CHUNKED("0-3/10") "4\r\n0123\r\n0\r\n\r\n"),
	    EXITS_OK },
	{ "in too many chunks", BYTES(PART_CHUNKED("0-3/10") "4\r\n0123\r\n"
	    "1\r\n4\r\n0\r\n\r\n"), EXITS_PROTOCOL },
	{ "in too few chunks", BYTES(PART_CHUNKED("0-3/10") "3\r\n012\r\n"
	    "0\r\n\r\n"), EXITS_SHORT },
	{ "to the end", BYTES(PART "Content-Range: bytes 0-3/10\r\n\r\n"
	    "0123"), EXITS_OK },
	{ "too soon to the end", BYTES(PART "Content-Range: bytes 0-3/10"
	    "\r\n\r\n012"), EXITS_SHORT },
};

START_TEST(lie_about_a_range)
{
	serve(lies[_i].bytes, lies[_i].len);
	client_run(&c, "get", "-r", "0-3", "-o", "out",
	    client_url(s.port, "/a"), NULL);
	ck_assert_msg(c.status == lies[_i].status, "%s: %d and not %d:\n%s",
	    lies[_i].name, c.status, lies[_i].status, c.err.bytes);
	client_expect_out(&c, "", 0);
	if (lies[_i].status == EXITS_OK)
		client_expect_files("out", NULL);
	else
		ck_assert_msg(access(client_path("out"), F_OK) == -1, "%s",
		    lies[_i].name);
	scripted_finish(&s);
}
END_TEST

#define TAGGED(n)	OK "ETag: \"one\"\r\nContent-Length: " #n "\r\n\r\n"
#define REST(r, n)	PART "ETag: \"one\"\r\nContent-Range: " r	\
			"\r\nContent-Length: " #n "\r\n\r\n"

/* What is there is not damaged by what does not belong to it. */
static const struct {
	const char	*name;
	const char	*bytes;
	size_t		 len;
	int		 status;
	const char	*content;	/* NULL: there is out.part instead */
	const char	*part;		/* NULL: it stays as it was */
} rests[] = {
	{ "the rest", BYTES(REST("bytes 4-9/10", 6) "456789"), EXITS_OK,
	    "0123456789", NULL },
	{ "a whole one", BYTES(OK "ETag: \"two\"\r\nContent-Length: 3\r\n\r\n"
	    "new"), EXITS_OK, "new", NULL },
	{ "from the beginning", BYTES(REST("bytes 0-9/10", 10) "0123456789"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "a gap", BYTES(REST("bytes 5-9/10", 5) "56789"), EXITS_PROTOCOL,
	    NULL, NULL },
	{ "not to the end", BYTES(REST("bytes 4-5/10", 2) "45"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "another length", BYTES(REST("bytes 4-9/10", 7) "4567890"),
	    EXITS_PROTOCOL, NULL, NULL },
	{ "no Content-Range", BYTES(PART "ETag: \"one\"\r\nContent-Length: 6"
	    "\r\n\r\n456789"), EXITS_PROTOCOL, NULL, NULL },
	{ "a page about an error", BYTES("HTTP/1.1 503 Busy\r\n"
	    "Content-Length: 4\r\n\r\nbusy"), EXITS_STATUS, NULL, NULL },
	{ "nonsense", BYTES("nonsense\r\n\r\n"), EXITS_PROTOCOL, NULL, NULL },
	{ "nothing", BYTES(""), EXITS_SHORT, NULL, NULL },
	{ "the rest in chunks", BYTES(PART_CHUNKED("4-9/10")
	    "6\r\n456789\r\n0\r\n\r\n"), EXITS_OK, "0123456789", NULL },
	{ "too few chunks", BYTES(PART_CHUNKED("4-9/10") "2\r\n45\r\n"
	    "0\r\n\r\n"), EXITS_SHORT, NULL, "012345" },
	{ "too many chunks", BYTES(PART_CHUNKED("4-9/10") "6\r\n456789\r\n"
	    "3\r\nABC\r\n0\r\n\r\n"), EXITS_PROTOCOL, NULL, "0123456789" },
	{ "ends too soon", BYTES(PART "Content-Range: bytes 4-9/10\r\n\r\n"
	    "45"), EXITS_SHORT, NULL, "012345" },
};

START_TEST(rest_of_a_file)
{
	serve(BYTES(TAGGED(10) "0123"));
	client_run(&c, "get", "-o", "out", client_url(s.port, "/a"), NULL);
	client_expect(&c, EXITS_SHORT, "", "-C");
	client_expect_file("out.part", "0123", 4);
	scripted_finish(&s);
}
END_TEST

/* The same, gone on with: the port must stay the same. */
START_TEST(resumed)
{
	struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(TAGGED(10) "0123"), SCRIPT_AGAIN,
		SCRIPT_HEAD,
		SCRIPT_SEND_BYTES(rests[_i].bytes, rests[_i].len),
		SCRIPT_FINISH, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	client_run(&c, "get", "-o", "out", client_url(s.port, "/a"), NULL);
	client_expect_status(&c, EXITS_SHORT);
	client_run(&c, "get", "-C", "-o", "out", client_url(s.port, "/a"),
	    NULL);
	ck_assert_msg(c.status == rests[_i].status, "%s: %d and not %d:\n%s",
	    rests[_i].name, c.status, rests[_i].status, c.err.bytes);
	client_expect_out(&c, "", 0);
	ck_assert_str_eq(scripted_field(&s, 1, "Range"), "bytes=4-");
	ck_assert_str_eq(scripted_field(&s, 1, "If-Range"), "\"one\"");
	if (rests[_i].content != NULL) {
		client_expect_file("out", rests[_i].content,
		    strlen(rests[_i].content));
		client_expect_files("out", NULL);
	} else {
		const char *part = rests[_i].part != NULL ? rests[_i].part :
		    "0123";

		client_expect_file("out.part", part, strlen(part));
		client_expect_files("out.part", "out.part.info", NULL);
	}
	scripted_finish(&s);
}
END_TEST

/* ---- kept connections ---- */

#define FOUR	LENGTH(4) "four"
#define FIVE	LENGTH(5) "fiver"

static const struct {
	const char		*name;
	struct scripted_step	 steps[10];
	int			 status;
	const char		*out;
	int			 connections;
	int			 heads;
} kept[] = {
	{ "kept", { SCRIPT_HEAD, SCRIPT_SEND(FOUR), SCRIPT_HEAD,
	    SCRIPT_SEND(FIVE), SCRIPT_FINISH }, EXITS_OK, "fourfiver", 1, 2 },
	{ "closed", { SCRIPT_HEAD, SCRIPT_SEND(FOUR), SCRIPT_AGAIN,
	    SCRIPT_HEAD, SCRIPT_SEND(FIVE), SCRIPT_FINISH }, EXITS_OK,
	    "fourfiver", 2, 2 },
	{ "closed when asked", { SCRIPT_HEAD, SCRIPT_SEND(FOUR), SCRIPT_HEAD,
	    SCRIPT_AGAIN, SCRIPT_HEAD, SCRIPT_SEND(FIVE), SCRIPT_FINISH },
	    EXITS_OK, "fourfiver", 2, 3 },
	{ "reset when asked", { SCRIPT_HEAD, SCRIPT_SEND(FOUR), SCRIPT_HEAD,
	    SCRIPT_RESET, SCRIPT_AGAIN, SCRIPT_HEAD, SCRIPT_SEND(FIVE),
	    SCRIPT_FINISH }, EXITS_OK, "fourfiver", 2, 3 },
	{ "closed twice", { SCRIPT_HEAD, SCRIPT_SEND(FOUR), SCRIPT_HEAD,
	    SCRIPT_AGAIN, SCRIPT_HEAD, SCRIPT_FINISH }, EXITS_SHORT, "four",
	    2, 3 },
	{ "closed in the answer", { SCRIPT_HEAD, SCRIPT_SEND(FOUR),
	    SCRIPT_HEAD, SCRIPT_SEND("H"), SCRIPT_FINISH }, EXITS_SHORT,
	    "four", 1, 2 },
	{ "said to be closed", { SCRIPT_HEAD,
	    SCRIPT_SEND(OK "Connection: close\r\nContent-Length: 4\r\n\r\n"
	    "four"), SCRIPT_EXPECT_END, SCRIPT_AGAIN, SCRIPT_HEAD,
	    SCRIPT_SEND(FIVE), SCRIPT_FINISH }, EXITS_OK, "fourfiver", 2, 2 },
	{ "of 1.0", { SCRIPT_HEAD,
	    SCRIPT_SEND("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfour"),
	    SCRIPT_EXPECT_END, SCRIPT_AGAIN, SCRIPT_HEAD, SCRIPT_SEND(FIVE),
	    SCRIPT_FINISH }, EXITS_OK, "fourfiver", 2, 2 },
	/* What nobody asked for is not the next answer. */
	{ "more than an answer", { SCRIPT_HEAD,
	    SCRIPT_SEND(FOUR LENGTH(4) "evil"), SCRIPT_EXPECT_END,
	    SCRIPT_AGAIN, SCRIPT_HEAD, SCRIPT_SEND(FIVE), SCRIPT_FINISH },
	    EXITS_OK, "fourfiver", 2, 2 },
};

START_TEST(kept_connection)
{
	scripted_start(&s, kept[_i].steps);
	client_run(&c, "get", client_url(s.port, "/a"),
	    client_url(s.port, "/b"), NULL);
	ck_assert_msg(c.status == kept[_i].status, "%s: %d and not %d:\n%s",
	    kept[_i].name, c.status, kept[_i].status, c.err.bytes);
	client_expect_out(&c, kept[_i].out, strlen(kept[_i].out));
	scripted_finish(&s);
	ck_assert_int_eq(s.told->connections, kept[_i].connections);
	ck_assert_int_eq(s.told->heads, kept[_i].heads);
	ck_assert(scripted_asked(&s, 0, "GET /a HTTP/1.1"));
	ck_assert(scripted_asked(&s, kept[_i].heads - 1, "GET /b HTTP/1.1"));
}
END_TEST

/* The answer to HEAD has no content, whatever it says and sends. */
START_TEST(content_after_head)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND(LENGTH(4) "evil"),
		SCRIPT_EXPECT_END, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	client_run(&c, "get", "-I", client_url(s.port, "/a"), NULL);
	client_expect(&c, EXITS_OK, LENGTH(4), "");
	scripted_finish(&s);
	ck_assert(scripted_asked(&s, 0, "HEAD /a HTTP/1.1"));
}
END_TEST

/* ---- who does not read ---- */

static void
endless_input(void)
{
	int fd = open("/dev/zero", O_RDONLY);

	if (fd == -1 || dup2(fd, STDIN_FILENO) == -1)
		_exit(126);
}

/* A sanitizer maps terabytes, and keeps what was freed for a while. */
static bool
is_sanitized(void)
{
	return child_status(c.pid, "VmSize") > 1L << 30;
}

/* For as long as all that can be kept has been kept. */
static void
expect_little_memory(void)
{
	for (int i = 0; i < 30; i++) {
		if (!is_sanitized())
			ck_assert_int_lt(child_status(c.pid, "RssAnon"),
			    4 * MIB);
		poll(NULL, 0, 10);
	}
}

START_TEST(server_that_does_not_read)
{
	static const struct scripted_step steps[] = {
		SCRIPT_SEND("hello\n"), SCRIPT_DEAF, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	c.prepare = endless_input;
	client_start(&c, "connect", "127.0.0.1", client_port(s.port), NULL);
	client_await(&c, &c.out, "hello\n");
	expect_little_memory();
	client_signal(&c, SIGTERM);
	client_wait(&c);
	client_expect(&c, -SIGTERM, "hello\n", NULL);
	scripted_stop(&s);
}
END_TEST

START_TEST(server_that_does_not_read_in_time)
{
	static const struct scripted_step steps[] = {
		SCRIPT_DEAF, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	c.prepare = endless_input;
	client_run(&c, "connect", "--idle-timeout", SOON, "127.0.0.1",
	    client_port(s.port), NULL);
	client_expect(&c, EXITS_TIMEOUT, "", "mynah: ");
	scripted_stop(&s);
}
END_TEST

/* More than the pipe holds is left to the server. */
START_TEST(output_that_nobody_reads)
{
	static const struct scripted_step steps[] = {
		SCRIPT_ENDLESS("0123456789abcdef"), SCRIPT_STOP
	};

	scripted_start(&s, steps);
	c.unread = true;
	c.stays_open = true;
	client_start(&c, "connect", "-v", "127.0.0.1", client_port(s.port),
	    NULL);
	client_await(&c, &c.err, "connected to 127.0.0.1");
	expect_little_memory();
	client_signal(&c, SIGTERM);
	client_wait(&c);
	client_expect_status(&c, -SIGTERM);
	scripted_finish(&s);
}
END_TEST

START_TEST(reset_while_connected)
{
	static const struct scripted_step steps[] = {
		SCRIPT_SEND("hello\n"), SCRIPT_EXPECT("x\n"), SCRIPT_RESET,
		SCRIPT_STOP
	};

	scripted_start(&s, steps);
	c.stays_open = true;
	client_start(&c, "connect", "127.0.0.1", client_port(s.port), NULL);
	client_await(&c, &c.out, "hello\n");
	client_type(&c, "x\n");
	client_wait(&c);
	client_expect(&c, EXITS_SHORT, "hello\n", "mynah: ");
	scripted_finish(&s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_hostile");
	TCase *tc;

	tc = client_case(suite, "answers", forget);
	tcase_add_loop_test(tc, answer_to_file, 0, COUNT(answers));
	tcase_add_loop_test(tc, answer_to_output, 0, COUNT(answers));
	tcase_add_loop_test(tc, cut_in_order, 0, (int)sizeof(whole));
	tcase_add_loop_test(tc, cut_by_a_reset, 0, (int)sizeof(whole) - 1);
	tcase_add_test(tc, reset_at_once);
	tc = client_case(suite, "endless", forget);
	tcase_add_loop_test(tc, endless_for_a_file, 0, COUNT(endless));
	tcase_add_test(tc, content_that_drips);
	tc = client_case(suite, "escapes", forget);
	tcase_add_test(tc, welcome_in_a_pipe);
	tcase_add_test(tc, head_with_escapes);
	tcase_add_test(tc, head_in_a_pipe);
	tcase_add_test(tc, escape_in_reason);
	tcase_add_test(tc, escape_in_what_is_no_head);
	tc = client_terminal_case(suite, "terminal", forget);
	tcase_add_test(tc, welcome_on_a_terminal);
	tcase_add_test(tc, welcome_in_drops_on_a_terminal);
	tcase_add_test(tc, head_on_a_terminal);
	tc = client_case(suite, "redirects", forget);
	tcase_add_test(tc, circle);
	tcase_add_loop_test(tc, redirect_to_no_place, 0, COUNT(places));
	tcase_add_test(tc, https_is_named);
	tcase_add_test(tc, secret_stays);
	tcase_add_test(tc, redirect_that_is_not_followed);
	tc = client_case(suite, "names", forget);
	tcase_add_loop_test(tc, name_of_a_file, 0, COUNT(names));
	tcase_add_test(tc, name_after_a_redirect);
	tc = client_case(suite, "ranges", forget);
	tcase_add_loop_test(tc, lie_about_a_range, 0, COUNT(lies));
	tcase_add_test(tc, rest_of_a_file);
	tcase_add_loop_test(tc, resumed, 0, COUNT(rests));
	tc = client_case(suite, "connections", forget);
	tcase_add_loop_test(tc, kept_connection, 0, COUNT(kept));
	tcase_add_test(tc, content_after_head);
	tcase_add_test(tc, server_that_does_not_read);
	tcase_add_test(tc, server_that_does_not_read_in_time);
	tcase_add_test(tc, output_that_nobody_reads);
	tcase_add_test(tc, reset_while_connected);
	return daemon_run_suite(suite);
}
