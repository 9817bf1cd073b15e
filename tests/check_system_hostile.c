/*
 * The real program among clients that mean no good, or do no good: memory
 * stays bounded, nothing spins, and others do not notice.
 */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

#define HOST	"Host: x\r\n"
#define SITE	"port: 0\ndocument_root: site\n"
#define MIB	1024		/* in the KiB of /proc */
#define CROWD	200

/* While nothing happens: how long to look, and what may be used up. */
#define QUIET_MS	1500
#define QUIET_TICKS	30

static struct daemon d;
static struct wire w;
static struct reply r;

/* Without fork, what one test has set would be there for the next. */
static void
forget(void)
{
	memset(&d, 0, sizeof(d));
}

static void
expect_served(void)
{
	struct wire other;

	wire_open(&other, d.port);
	for (int i = 0; i < 20; i++) {
		wire_get(&other, "/files/a.txt", &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, "/files/a.txt\n");
	}
	wire_close(&other);
}

static void
expect_echoed(int port)
{
	struct wire other;

	wire_open(&other, port);
	wire_expect(&other, DAEMON_WELCOME);
	for (int i = 0; i < 20; i++) {
		wire_send(&other, "hello\n");
		wire_expect(&other, "OK...hello\n");
	}
	wire_close(&other);
}

/* Memory of its own, in KiB; what is not told cannot have grown. */
static long
memory(void)
{
	return daemon_status(&d, "RssAnon");
}

/* A sanitizer maps terabytes, and keeps what was freed for a while. */
static bool
is_sanitized(void)
{
	return daemon_status(&d, "VmSize") > 1L << 30;
}

static void
expect_growth(long before, long most)
{
	long now = memory();

	if (is_sanitized())
		most *= 8;
	ck_assert_msg(now - before <= most, "memory grew from %ld to %ld KiB",
	    before, now);
}

/*
 * Send the same again and again, and read nothing, until no more is taken.
 * Returns how many bytes were.
 */
static size_t
send_until_blocked(int fd, const char *bytes, size_t len, size_t most)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	size_t sum = 0;

	while (sum < most) {
		ssize_t n = send(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			sum += (size_t)n;
			continue;
		}
		ck_assert_msg(errno == EAGAIN, "send: %s", strerror(errno));
		if (poll(&p, 1, 300) == 0)
			break;
	}
	return sum;
}

/* ---- those who do not read ---- */

static const struct {
	const char	*name, *protocol, *sent;
} floods[] = {
	{ "echo", "echo", "hello\n" },
	{ "auto", "auto", "hello\n" },
	{ "pictures", "http", "GET /picture.jpg HTTP/1.1\r\n" HOST "\r\n" },
	{ "small files", "http", "GET /files/a.txt HTTP/1.1\r\n" HOST "\r\n" },
	{ "errors", "http", "GET /nowhere HTTP/1.1\r\n" HOST "\r\n" },
	{ "empty lines", "http", "\r\n" },
};

/* A hundred megabytes, no answer read: it blocks long before. */
START_TEST(flood)
{
	static char bytes[WIRE_MAX];
	size_t len = strlen(floods[_i].sent), n = 0;
	char yaml[256];
	struct wire other;
	long before;

	d.listeners = 2;
	snprintf(yaml, sizeof(yaml), "listeners:\n"
	    "  - {port: 0, protocol: http}\n"
	    "  - {port: 0, protocol: %s}\n"
	    "http: {document_root: site}\n", floods[_i].protocol);
	daemon_start(&d, yaml, NULL);
	expect_served();
	before = memory();
	while (n + len <= sizeof(bytes)) {
		memcpy(bytes + n, floods[_i].sent, len);
		n += len;
	}
	wire_open(&w, daemon_port(&d, 1));
	if (strcmp(floods[_i].name, "empty lines") == 0) {
		/* These have no answer, but neither have they an end. */
		wire_send_bytes(&w, bytes, n);
		wire_reply(&w, &r);
		ck_assert_int_eq(r.status, 400);
	} else {
		ck_assert_uint_lt(send_until_blocked(w.fd, bytes, n,
		    100 * 1000 * 1000), 100 * 1000 * 1000);
	}
	expect_growth(before, 4 * MIB);
	expect_served();
	wire_open(&other, d.port);
	wire_reset(&w);
	wire_get(&other, "/", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&other);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* Echo goes on where it stopped, and not one byte is lost. */
START_TEST(flood_is_read_after_all)
{
	static char bytes[WIRE_MAX], back[WIRE_MAX];
	size_t sent, got = 0;
	ssize_t n;

	memset(bytes, 'x', sizeof(bytes));
	daemon_start(&d, SITE "protocol: echo\necho: {prefix: \"\"}\n"
	    "welcome: {message: \"\"}\n", NULL);
	wire_init(&w, wire_dial_small(d.port));
	sent = send_until_blocked(w.fd, bytes, sizeof(bytes),
	    100 * 1000 * 1000);
	wire_end(&w);
	while ((n = recv(w.fd, back, sizeof(back), 0)) > 0) {
		ck_assert(memcmp(back, bytes, (size_t)n) == 0);
		got += (size_t)n;
	}
	ck_assert_int_eq(n, 0);
	ck_assert_uint_eq(got, sent);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* Many downloads that nobody reads: each costs next to nothing. */
START_TEST(downloads_unread)
{
	static const char get[] = "GET /big.bin HTTP/1.1\r\n" HOST "\r\n";
	int fd[CROWD];
	long before;

	daemon_start(&d, SITE "protocol: http\n", NULL);
	expect_served();
	before = memory();
	for (int i = 0; i < CROWD; i++) {
		fd[i] = wire_dial_small(d.port);
		ck_assert_int_eq(send(fd[i], get, sizeof(get) - 1, 0),
		    (int)sizeof(get) - 1);
	}
	for (int i = 0; i < CROWD; i++) {
		struct pollfd p = { .fd = fd[i], .events = POLLIN };

		ck_assert_int_eq(poll(&p, 1, DAEMON_WAIT_MS), 1);
	}
	expect_served();
	expect_growth(before, 8 * MIB);
	for (int i = 0; i < CROWD; i++)
		close(fd[i]);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* ---- those who hardly speak ---- */

static const char *const mumbles[] = { "", "G", "GET / HTTP/1.1\r\nHo" };

START_TEST(crowd_that_mumbles)
{
	size_t len = strlen(mumbles[_i]);
	int fd[CROWD];
	long before, ticks;

	daemon_start(&d, SITE "protocol: http\n", NULL);
	expect_served();
	before = memory();
	for (int i = 0; i < CROWD; i++) {
		fd[i] = wire_dial(d.port);
		ck_assert_int_eq(send(fd[i], mumbles[_i], len, 0), (int)len);
	}
	expect_served();
	expect_growth(before, 2 * MIB);
	ticks = daemon_ticks(&d);
	ck_assert_int_eq(poll(NULL, 0, QUIET_MS), 0);
	ck_assert_int_lt(daemon_ticks(&d) - ticks, QUIET_TICKS);
	expect_served();
	for (int i = 0; i < CROWD; i++)
		close(fd[i]);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* ---- those who leave without a word ---- */

/* What a client sends, and how much it reads, before it resets. */
static const struct {
	const char	*name, *sent;
	size_t		 reads;
} resets[] = {
	{ "at once",		"", 0 },
	{ "half a head",	"GET / HTT", 0 },
	{ "a request",		"GET /files/a.txt HTTP/1.1\r\n" HOST "\r\n",
	  0 },
	{ "in a head",		"GET /big.bin HTTP/1.1\r\n" HOST "\r\n", 10 },
	{ "in a download",	"GET /big.bin HTTP/1.1\r\n" HOST "\r\n",
	  100000 },
	{ "in its content",	"POST / HTTP/1.1\r\n" HOST
	  "Content-Length: 1000\r\n\r\nabc", 0 },
	{ "in chunks",		"POST / HTTP/1.1\r\n" HOST
	  "Transfer-Encoding: chunked\r\n\r\n5\r\nab", 0 },
	{ "echo",		"hello\n", 60 },
	{ "refused",		"GET / HTTP/1.1\r\n\r\n", 0 },
};

/* Nothing is left of them: no descriptor, no connection. */
START_TEST(reset)
{
	struct wire other;
	char line[64];
	int before;

	daemon_start(&d, SITE, NULL);
	expect_served();
	wire_open(&other, d.port);
	/* What stays open in the cache is there already. */
	wire_get(&other, "/files/a.txt", &r);
	wire_send(&other, "HEAD /big.bin HTTP/1.1\r\n" HOST "\r\n");
	wire_head(&other, &r);
	before = daemon_descriptors(&d);
	for (int i = 0; i < 50; i++) {
		static char bytes[100000];
		ssize_t want = (ssize_t)resets[_i].reads;

		wire_open(&w, d.port);
		wire_send(&w, resets[_i].sent);
		if (want > 0)
			ck_assert_int_eq(recv(w.fd, bytes, (size_t)want,
			    MSG_WAITALL), want);
		wire_reset(&w);
	}
	/* They came before this one, so they have been looked at before. */
	expect_served();
	for (int i = 0; before != -1 && daemon_descriptors(&d) > before; i++) {
		ck_assert_int_lt(i, 10000);
		wire_get(&other, "/", &r);
	}
	wire_close(&other);
	ck_assert_int_eq(daemon_stop(&d), 0);
	snprintf(line, sizeof(line), "stopped; served %d connections: ", 53);
	ck_assert_msg(daemon_count(&d, line) == 1, "%s", d.err);
}
END_TEST

/* ---- too many ---- */

/* What the log says when a limit is reached, whichever it is. */
#define OVER_LIMIT	"; new ones wait until some end\n"

/*
 * Take what the crowd has been sent: who got the welcome leaves fd for
 * served. Ends when want of them have it; or, want being CROWD, when nothing
 * came for QUIET_MS. Returns how many got it.
 */
static int
welcome_some(int fd[CROWD], int served[CROWD], int want)
{
	char text[sizeof(DAEMON_WELCOME)];
	int n = 0;

	while (n < want) {
		struct pollfd p[CROWD];
		int ms = want == CROWD ? QUIET_MS : DAEMON_WAIT_MS;

		for (int i = 0; i < CROWD; i++)
			p[i] = (struct pollfd){ .fd = fd[i],
			    .events = POLLIN };
		if (poll(p, CROWD, ms) == 0)
			break;
		for (int i = 0; i < CROWD; i++) {
			if (p[i].revents == 0)
				continue;
			ck_assert_int_eq(recv(fd[i], text, sizeof(text), 0),
			    (int)sizeof(text) - 1);
			served[i] = fd[i];
			fd[i] = -1;
			n++;
		}
	}
	return n;
}

static const struct {
	const char	*name, *limits;
	rlim_t		 descriptors;
	int		 least, most;	/* served at a time */
} crowds[] = {
	{ "descriptors", "limits: {max_connections: 1000}\n", 64, 32, 64 },
	{ "connections", "limits: {max_connections: 40}\n", 0, 40, 40 },
	{ "auto", "limits: {max_connections: auto}\n", 256, 128, 192 },
};

/* Each host may hold a root: 256 without 40, 64 and an eighth of the rest. */
START_TEST(roots_of_hosts_are_set_aside)
{
	char yaml[1024];
	int len = snprintf(yaml, sizeof(yaml), SITE "protocol: echo\n"
	    "limits: {max_connections: 1000}\nhttp:\n  hosts:\n");

	for (int i = 0; i < 20; i++)
		len += snprintf(yaml + len, sizeof(yaml) - (size_t)len,
		    "    host%d:\n", i);
	d.descriptors = 256;
	daemon_start(&d, yaml, NULL);
	daemon_await(&d, "the limit of 256 descriptors allows 125");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/*
 * Those over the limit wait, without a busy loop and with one line in the
 * log, and are served when others leave.
 */
START_TEST(crowd_over_the_limit)
{
	int fd[CROWD], served[CROWD], n;
	char yaml[256];
	long ticks;

	snprintf(yaml, sizeof(yaml), SITE "protocol: echo\n%s",
	    crowds[_i].limits);
	d.descriptors = crowds[_i].descriptors;
	daemon_start(&d, yaml, NULL);
	for (int i = 0; i < CROWD; i++) {
		fd[i] = wire_dial(d.port);
		served[i] = -1;
	}
	daemon_await(&d, OVER_LIMIT);
	n = welcome_some(fd, served, crowds[_i].least);
	ticks = daemon_ticks(&d);
	n += welcome_some(fd, served, CROWD);
	ck_assert_int_le(n, crowds[_i].most);
	ck_assert_int_lt(daemon_ticks(&d) - ticks, QUIET_TICKS);
	ck_assert_uint_eq(daemon_count(&d, OVER_LIMIT), 1);

	for (int round = 0; n < CROWD; round++) {
		int left = 0;

		ck_assert_int_lt(round, CROWD);
		for (int i = 0; i < CROWD && left < 10; i++) {
			if (served[i] == -1)
				continue;
			close(served[i]);
			served[i] = -1;
			left++;
		}
		n += welcome_some(fd, served, CROWD - n < left ? CROWD - n :
		    left);
	}
	for (int i = 0; i < CROWD; i++)
		if (served[i] != -1)
			close(served[i]);
	expect_echoed(d.port);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, OVER_LIMIT), 1);
}
END_TEST

static const struct {
	const char	*name, *limits;
	rlim_t		 descriptors;
	int		 clients;
} evictions[] = {
	{ "connections", "limits: {max_connections: 20}\n", 0, 50 },
	{ "descriptors", "limits: {max_connections: 1000}\n", 64, 80 },
	{ "auto", "limits: {max_connections: auto}\n", 256, CROWD },
};

/*
 * Keep-alive connections that wait for nothing make room, the longest idle
 * ones first; whoever comes is served, and not told to come again.
 */
START_TEST(idle_ones_make_room)
{
	static struct wire crowd[CROWD];
	int clients = evictions[_i].clients;
	char yaml[256];

	snprintf(yaml, sizeof(yaml), SITE "protocol: http\n%s",
	    evictions[_i].limits);
	d.descriptors = evictions[_i].descriptors;
	daemon_start(&d, yaml, NULL);
	for (int i = 0; i < clients; i++) {
		wire_open(&crowd[i], d.port);
		wire_get(&crowd[i], "/files/a.txt", &r);
		ck_assert_msg(r.status == 200, "%s, client %d: %d",
		    evictions[_i].name, i, r.status);
	}
	wire_expect_end(&crowd[0]);
	wire_get(&crowd[clients - 1], "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	for (int i = 0; i < clients; i++)
		wire_close(&crowd[i]);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_msg(daemon_count(&d, " limit") > 0, "%s: %s",
	    evictions[_i].name, d.err);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hostile");
	TCase *tc = tcase_create("hostile");

	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_add_checked_fixture(tc, forget, NULL);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, flood, 0, COUNT(floods));
	tcase_add_test(tc, flood_is_read_after_all);
	tcase_add_test(tc, downloads_unread);
	tcase_add_loop_test(tc, crowd_that_mumbles, 0, COUNT(mumbles));
	tcase_add_loop_test(tc, reset, 0, COUNT(resets));
	tcase_add_test(tc, roots_of_hosts_are_set_aside);
	tcase_add_loop_test(tc, crowd_over_the_limit, 0, COUNT(crowds));
	tcase_add_loop_test(tc, idle_ones_make_room, 0, COUNT(evictions));
	suite_add_tcase(s, tc);
	return daemon_run_suite(s);
}
