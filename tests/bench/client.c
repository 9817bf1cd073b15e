/*
 * client - one request after the other, on many connections.
 *
 *	client port connections seconds request answer [rate [greeting]]
 *
 * request	a file: the bytes to send
 * answer	a file: what comes back; each answer must have its length and
 *		begin as it does
 * rate		requests per second, over all connections; 0: without one
 * greeting	so many bytes come first, and are passed over
 *
 * Without a rate each connection asks again as soon as it is answered. With
 * one, each request has its time on a timetable that is made beforehand, and
 * the connections take turns. A request whose connection still waits for the
 * answer before is sent late, and its latency counts from the time that the
 * timetable had: a server that stalls cannot delay the questions that would
 * have shown it. What is unanswered at the end counts too, as late as it is.
 *
 * It never sleeps while there is a timetable, so give it a core of its own.
 * The report is one line as wrk.lua makes it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/histogram.h"

#define EVENTS		256
#define MESSAGE_MAX	(1 << 20)
#define BEGINNING	12		/* "HTTP/1.1 200" */
#define SECOND		1000000000ULL
#define WARM_UP		(SECOND / 5)	/* not in the latencies */

struct message {
	char	bytes[MESSAGE_MAX];
	size_t	length;
};

struct conn {
	int		fd;
	bool		waiting;	/* asked and not yet answered */
	size_t		received;	/* of the answer */
	uint64_t	turn;		/* which request: this or the next */
	uint64_t	asked;		/* when it was due, or sent */
};

static struct message request, answer;
static struct histogram latencies;
static struct conn *conns;
static unsigned number;			/* of connections */
static uint64_t start, end;
static double interval;			/* of the timetable; 0 without one */
static uint64_t answers;

static uint64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static void
read_message(struct message *m, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1 || (n = read(fd, m->bytes, sizeof(m->bytes))) <= 0)
		err(1, "%s", path);
	m->length = (size_t)n;
	close(fd);
}

static uint64_t
due(uint64_t turn)
{
	return start + (uint64_t)((double)turn * interval);
}

static void
pass_over(int fd, size_t greeting)
{
	char bytes[4096];

	if (greeting > sizeof(bytes) ||
	    recv(fd, bytes, greeting, MSG_WAITALL) != (ssize_t)greeting)
		err(1, "a greeting of %zu bytes", greeting);
}

static void
connect_all(int port, int epoll, size_t greeting)
{
	const struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((in_port_t)port) };
	const int on = 1;

	for (unsigned i = 0; i < number; i++) {
		struct conn *c = &conns[i];
		struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

		c->turn = i;
		c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (c->fd == -1 ||
		    connect(c->fd, (const struct sockaddr *)&sin,
		    sizeof(sin)) == -1 ||
		    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on)) == -1 ||
		    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &ev) == -1)
			err(1, "connection %u to port %d", i, port);
		if (greeting > 0)
			pass_over(c->fd, greeting);
	}
}

static void
ask(struct conn *c)
{
	c->asked = interval > 0 ? due(c->turn) : now();
	c->received = 0;
	c->waiting = true;
	if (send(c->fd, request.bytes, request.length, MSG_NOSIGNAL) !=
	    (ssize_t)request.length)
		err(1, "send");
}

static void
record(uint64_t asked, uint64_t answered)
{
	if (asked >= start + WARM_UP)
		histogram_add(&latencies, answered - asked);
}

/* The answer has come: ask again, if it is time. */
static void
finish(struct conn *c)
{
	uint64_t t = now();

	record(c->asked, t);
	answers++;
	c->waiting = false;
	c->turn += number;
	if (interval <= 0 || due(c->turn) <= t)
		ask(c);
}

static void
on_input(struct conn *c)
{
	static char input[65536];
	ssize_t n = recv(c->fd, input, sizeof(input), MSG_DONTWAIT);
	size_t same = answer.length < BEGINNING ? answer.length : BEGINNING;

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1)
		err(1, "recv");
	if (n == 0)
		errx(1, "the server closed a connection");
	if (c->received == 0 && ((size_t)n < same ||
	    memcmp(input, answer.bytes, same) != 0))
		errx(1, "unexpected answer: %.*s", (int)same, input);
	c->received += (size_t)n;
	if (!c->waiting || c->received > answer.length)
		errx(1, "more came than the answer has");
	if (c->received == answer.length)
		finish(c);
}

/* Ask what is due on the connections that are free; returns the next turn. */
static uint64_t
keep_timetable(uint64_t turn)
{
	uint64_t t = now();

	for (; due(turn) <= t; turn++) {
		struct conn *c = &conns[turn % number];

		if (!c->waiting && c->turn == turn)
			ask(c);
	}
	return turn;
}

static void
run(int epoll)
{
	struct epoll_event ready[EVENTS];
	uint64_t turn = 0;
	int n;

	for (unsigned i = 0; interval <= 0 && i < number; i++)
		ask(&conns[i]);
	while (now() < end) {
		if (interval > 0)
			turn = keep_timetable(turn);
		n = epoll_wait(epoll, ready, EVENTS, interval > 0 ? 0 : 100);
		for (int i = 0; i < n; i++)
			on_input(ready[i].data.ptr);
	}
}

static void
record_unanswered(void)
{
	for (unsigned i = 0; i < number && interval > 0; i++)
		for (uint64_t t = conns[i].turn; due(t) < end; t += number)
			record(due(t), end);
}

static double
microseconds(double share)
{
	return (double)histogram_at(&latencies, share) / 1000;
}

int
main(int argc, char *argv[])
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	double rate = argc > 6 ? atof(argv[6]) : 0;
	size_t greeting = argc > 7 ? strtoul(argv[7], NULL, 10) : 0;

	if (argc < 6 || argc > 8)
		errx(2, "usage: client port connections seconds request "
		    "answer [rate [greeting]]");
	number = (unsigned)atoi(argv[2]);
	read_message(&request, argv[4]);
	read_message(&answer, argv[5]);
	if (number == 0 || (conns = calloc(number, sizeof(*conns))) == NULL)
		err(1, "%s connections", argv[2]);
	connect_all(atoi(argv[1]), epoll, greeting);
	interval = rate > 0 ? (double)SECOND / rate : 0;
	start = now();
	end = start + (uint64_t)(atof(argv[3]) * (double)SECOND);
	run(epoll);
	end = now();
	record_unanswered();
	printf("report requests=%llu microseconds=%.0f bytes=%llu p50=%.1f "
	    "p90=%.1f p99=%.1f p999=%.1f max=%.1f\n",
	    (unsigned long long)answers, (double)(end - start) / 1000,
	    (unsigned long long)(answers * answer.length), microseconds(.5),
	    microseconds(.9), microseconds(.99), microseconds(.999),
	    (double)latencies.max / 1000);
	return 0;
}
