/*
 * The real program, with a thousand descriptors, and twenty thousand clients
 * who come at once. It takes half a minute and many descriptors, so it is not
 * one of the tests of "make check".
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"

#define CLIENTS		20000
#define DESCRIPTORS	1000
#define SPARE		64		/* descriptors of our own */
#define EVENTS		256

#define QUIET_MS	2000
#define QUIET_TICKS	20

#define SERVED_S	120

static struct daemon d;
static int clients = CLIENTS;
static int waiting[CLIENTS];	/* sockets of those without a welcome */
static int epoll;

static void
raise_limit(void)
{
	struct rlimit rl = { CLIENTS + SPARE, CLIENTS + SPARE };

	if (setrlimit(RLIMIT_NOFILE, &rl) == 0)
		return;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &rl), 0);
	rl.rlim_cur = rl.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &rl), 0);
	if (rl.rlim_cur < CLIENTS + SPARE)
		clients = (int)rl.rlim_cur - SPARE;
	printf("%d clients, as there may be no more descriptors\n", clients);
}

static void
connect_one(int i)
{
	const struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((in_port_t)d.port) };
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = i };

	waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	ck_assert_msg(waiting[i] != -1, "%d: %s", i, strerror(errno));
	ck_assert_msg(connect(waiting[i], (const struct sockaddr *)&sin,
	    sizeof(sin)) == 0 || errno == EINPROGRESS, "%d: %s", i,
	    strerror(errno));
	ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, waiting[i], &ev), 0);
}

/*
 * The kernel drops what does not fit in the backlog, and the clients' try
 * again together, ever more rarely. So they lose patience and come anew.
 */
static void
connect_again(void)
{
	for (int i = 0; i < clients; i++) {
		if (waiting[i] == -1)
			continue;
		close(waiting[i]);
		connect_one(i);
	}
}

/*
 * Take welcomes until nothing comes for so long. Those who have it stay, in
 * held, or leave at once where held is NULL. Returns how many.
 */
static int
take_welcomes(int quiet_ms, int *held)
{
	char text[sizeof(DAEMON_WELCOME)];
	struct epoll_event ev[EVENTS];
	int n = 0, found;

	while ((found = epoll_wait(epoll, ev, EVENTS, quiet_ms)) > 0) {
		for (int k = 0; k < found; k++) {
			int i = ev[k].data.fd, fd = waiting[i];
			ssize_t len = recv(fd, text, sizeof(text), 0);

			ck_assert_msg(len == sizeof(text) - 1, "client %d: %s",
			    i, len == -1 ? strerror(errno) : "no welcome");
			epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
			waiting[i] = -1;
			if (held != NULL)
				held[n] = fd;
			else
				close(fd);
			n++;
		}
	}
	return n;
}

static const char *const limits[] = { "1000000", "auto" };

/* What the log says, at most once a minute. */
#define OVER_LIMIT	"; new ones wait until some end\n"

START_TEST(many)
{
	static int held[CLIENTS];
	time_t begin;
	char yaml[256];
	long ticks;
	int n, first;

	raise_limit();
	epoll = epoll_create1(EPOLL_CLOEXEC);
	snprintf(yaml, sizeof(yaml), "port: 0\nprotocol: echo\n"
	    "backlog: 4096\ndocument_root: site\n"
	    "limits: {max_connections: %s}\n", limits[_i]);
	d.descriptors = DESCRIPTORS;
	daemon_start(&d, yaml, NULL);
	for (int i = 0; i < clients; i++)
		connect_one(i);
	daemon_await(&d, OVER_LIMIT);
	first = n = take_welcomes(QUIET_MS, held);
	ck_assert_int_ge(n, DESCRIPTORS / 2);
	ck_assert_int_lt(n, DESCRIPTORS);

	ticks = daemon_ticks(&d);
	ck_assert_int_eq(take_welcomes(QUIET_MS, held), 0);
	ticks = daemon_ticks(&d) - ticks;
	ck_assert_int_lt(ticks, QUIET_TICKS);

	begin = time(NULL);
	for (int i = 0; i < n; i++)
		close(held[i]);
	while ((n += take_welcomes(500, NULL)) < clients) {
		ck_assert_msg(time(NULL) - begin < SERVED_S,
		    "%d of %d are served", n, clients);
		connect_again();
	}
	printf("max_connections %s: %d at a time, %ld ticks in %d ms of "
	    "waiting, all %d served %ld s after they left; RssAnon %ld KiB\n",
	    limits[_i], first, ticks, QUIET_MS, n,
	    (long)(time(NULL) - begin), daemon_status(&d, "RssAnon"));
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_le(daemon_count(&d, OVER_LIMIT), 4);
	close(epoll);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("many connections");
	TCase *tc = tcase_create("many connections");

	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, many, 0, COUNT(limits));
	suite_add_tcase(s, tc);
	return daemon_run_suite(s);
}
