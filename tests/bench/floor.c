/*
 * floor - the least a server can do: one epoll loop, one recv and one send.
 *
 *	floor port file		answer whatever comes with the bytes of file
 *	floor port		send back what comes
 *
 * What it costs is the kernel's price of a request. It listens on 127.0.0.1,
 * looks at nothing that it receives and has no time limits, so it is a
 * measure and not a server.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS		256

static char input[65536];		/* as large as that of mynahd */
static char answer[1 << 20];
static size_t answer_length;

static void
read_answer(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1 || (n = read(fd, answer, sizeof(answer))) <= 0)
		err(1, "%s", path);
	answer_length = (size_t)n;
	close(fd);
}

static int
listen_on(int port)
{
	const struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((in_port_t)port) };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1 ||
	    bind(fd, (const struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 4096) == -1)
		err(1, "port %d", port);
	return fd;
}

static void
watch(int epoll, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) == -1)
		err(1, "epoll_ctl");
}

/* A send may block: then the client is behind, and it will catch up. */
static void
answer_one(int fd)
{
	ssize_t n = recv(fd, input, sizeof(input), 0);

	if (n > 0 && answer_length == 0)
		n = send(fd, input, (size_t)n, MSG_NOSIGNAL);
	else if (n > 0)
		n = send(fd, answer, answer_length, MSG_NOSIGNAL);
	if (n <= 0)
		close(fd);
}

int
main(int argc, char *argv[])
{
	struct epoll_event ready[EVENTS];
	int epoll = epoll_create1(0), listener, n, fd;

	if (argc != 2 && argc != 3)
		errx(2, "usage: floor port [file]");
	if (argc == 3)
		read_answer(argv[2]);
	listener = listen_on(atoi(argv[1]));
	watch(epoll, listener);
	while ((n = epoll_wait(epoll, ready, EVENTS, -1)) != -1)
		for (int i = 0; i < n; i++) {
			if (ready[i].data.fd != listener)
				answer_one(ready[i].data.fd);
			else if ((fd = accept(listener, NULL, NULL)) != -1)
				watch(epoll, fd);
		}
	err(1, "epoll_wait");
}
