#include "wire.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"

/* ---- connecting ---- */

static int
new_socket(int family)
{
	const struct timeval tv = { .tv_sec = DAEMON_WAIT_MS / 1000 };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_msg(fd != -1, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	return fd;
}

static struct sockaddr_in
ipv4(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((in_port_t)port) };
}

static struct sockaddr_in6
ipv6(int port)
{
	return (struct sockaddr_in6){ .sin6_family = AF_INET6,
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT,
	    .sin6_port = htons((in_port_t)port) };
}

static struct sockaddr_un
local(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	ck_assert_uint_lt(strlen(path), sizeof(sun.sun_path));
	strcpy(sun.sun_path, path);
	return sun;
}

static void
dial(int fd, const void *address, size_t len)
{
	ck_assert_msg(connect(fd, address, (socklen_t)len) == 0,
	    "connect: %s", strerror(errno));
}

int
wire_dial(int port)
{
	const struct sockaddr_in a = ipv4(port);
	int fd = new_socket(AF_INET);

	dial(fd, &a, sizeof(a));
	return fd;
}

int
wire_dial_small(int port)
{
	const struct sockaddr_in a = ipv4(port);
	int fd = new_socket(AF_INET), size = 4096;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	dial(fd, &a, sizeof(a));
	return fd;
}

int
wire_dial_ipv6(int port)
{
	const struct sockaddr_in6 a = ipv6(port);
	int fd = new_socket(AF_INET6);

	dial(fd, &a, sizeof(a));
	return fd;
}

int
wire_dial_unix(const char *path)
{
	const struct sockaddr_un a = local(path);
	int fd = new_socket(AF_UNIX);

	dial(fd, &a, sizeof(a));
	return fd;
}

/* A port that nobody listens on may have been chosen for this end, too. */
static bool
is_with_itself(int fd)
{
	struct sockaddr_in own, other;
	socklen_t n = sizeof(own), m = sizeof(other);

	return getsockname(fd, (struct sockaddr *)&own, &n) == 0 &&
	    getpeername(fd, (struct sockaddr *)&other, &m) == 0 &&
	    own.sin_port == other.sin_port;
}

bool
wire_is_refused(int port)
{
	const struct sockaddr_in a = ipv4(port);
	int fd = new_socket(AF_INET);
	bool refused = connect(fd, (const struct sockaddr *)&a,
	    sizeof(a)) == -1 ? errno == ECONNREFUSED : is_with_itself(fd);

	close(fd);
	return refused;
}

bool
wire_is_refused_unix(const char *path)
{
	const struct sockaddr_un a = local(path);
	int fd = new_socket(AF_UNIX);
	bool refused = connect(fd, (const struct sockaddr *)&a,
	    sizeof(a)) == -1 && (errno == ECONNREFUSED || errno == ENOENT);

	close(fd);
	return refused;
}

bool
wire_has_ipv6(void)
{
	const struct sockaddr_in6 a = ipv6(0);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd != -1 && bind(fd, (const struct sockaddr *)&a,
	    sizeof(a)) == 0;

	if (fd != -1)
		close(fd);
	return has;
}

int
wire_listen(int *port)
{
	struct sockaddr_in a = ipv4(0);
	socklen_t len = sizeof(a);
	int fd = new_socket(AF_INET);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

int
wire_listen_unix(const char *path)
{
	const struct sockaddr_un a = local(path);
	int fd = new_socket(AF_UNIX);

	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	return fd;
}

/* ---- bytes ---- */

void
wire_init(struct wire *w, int fd)
{
	w->fd = fd;
	w->len = 0;
}

void
wire_open(struct wire *w, int port)
{
	wire_init(w, wire_dial(port));
}

void
wire_close(struct wire *w)
{
	close(w->fd);
	w->fd = -1;
}

void
wire_reset(struct wire *w)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	wire_close(w);
}

void
wire_end(struct wire *w)
{
	ck_assert_int_eq(shutdown(w->fd, SHUT_WR), 0);
}

void
wire_send_bytes(struct wire *w, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = send(w->fd, p, len, MSG_NOSIGNAL);

		ck_assert_msg(n > 0, "send: %s", strerror(errno));
		p += n;
		len -= (size_t)n;
	}
}

void
wire_send(struct wire *w, const char *text)
{
	wire_send_bytes(w, text, strlen(text));
}

/* Read up to max bytes more; 0 is the end. */
static size_t
read_more(struct wire *w, size_t max)
{
	size_t room = sizeof(w->bytes) - w->len;
	ssize_t n;

	ck_assert_uint_gt(room, 0);
	n = recv(w->fd, w->bytes + w->len, max < room ? max : room, 0);
	ck_assert_msg(n >= 0, "recv, after \"%.*s\": %s", (int)w->len,
	    w->bytes, errno == EAGAIN ? "nothing comes" : strerror(errno));
	w->len += (size_t)n;
	return (size_t)n;
}

static void
take(struct wire *w, size_t len)
{
	w->len -= len;
	memmove(w->bytes, w->bytes + len, w->len);
}

static void
need(struct wire *w, size_t len)
{
	while (w->len < len)
		ck_assert_msg(read_more(w, len - w->len) > 0,
		    "the connection ended after \"%.*s\"", (int)w->len,
		    w->bytes);
}

void
wire_expect_bytes(struct wire *w, const void *bytes, size_t len)
{
	need(w, len);
	ck_assert_msg(memcmp(w->bytes, bytes, len) == 0,
	    "expected \"%.*s\", got \"%.*s\"", (int)len, (const char *)bytes,
	    (int)w->len, w->bytes);
	take(w, len);
}

void
wire_expect(struct wire *w, const char *text)
{
	wire_expect_bytes(w, text, strlen(text));
}

void
wire_expect_pattern(struct wire *w, size_t len, size_t piece)
{
	char want[WIRE_MAX];
	size_t at = 0, n;

	ck_assert_uint_le(piece, WIRE_MAX);
	for (; at < len; at += n) {
		if (w->len == 0)
			ck_assert_msg(read_more(w, piece) > 0,
			    "the connection ended after %zu of %zu bytes",
			    at, len);
		n = w->len < len - at ? w->len : len - at;
		daemon_pattern(want, n, at);
		ck_assert_msg(memcmp(w->bytes, want, n) == 0,
		    "other bytes after %zu of %zu", at, len);
		take(w, n);
	}
}

void
wire_expect_run(struct wire *w, char byte, size_t len)
{
	size_t at = 0, n, same;

	for (; at < len; at += n) {
		if (w->len == 0)
			ck_assert_msg(read_more(w, WIRE_MAX) > 0,
			    "the connection ended after %zu of %zu bytes",
			    at, len);
		n = w->len < len - at ? w->len : len - at;
		for (same = 0; same < n && w->bytes[same] == byte; same++)
			;
		ck_assert_msg(same == n,
		    "0x%02x and not 0x%02x after %zu of %zu bytes",
		    (unsigned char)w->bytes[same], (unsigned char)byte,
		    at + same, len);
		take(w, n);
	}
}

void
wire_expect_end(struct wire *w)
{
	ck_assert_msg(w->len == 0 && read_more(w, WIRE_MAX) == 0,
	    "expected the end, got \"%.*s\"", (int)w->len, w->bytes);
}

size_t
wire_drain(struct wire *w)
{
	size_t sum = w->len;
	ssize_t n;

	w->len = 0;
	while ((n = recv(w->fd, w->bytes, sizeof(w->bytes), 0)) > 0)
		sum += (size_t)n;
	ck_assert_msg(n == 0 || errno == ECONNRESET,
	    "the connection does not end: %s", strerror(errno));
	return sum;
}

bool
wire_is_silent(const struct wire *w)
{
	char byte;

	return w->len == 0 && recv(w->fd, &byte, 1,
	    MSG_PEEK | MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

/* ---- HTTP ---- */

const char *
head_field(const char *head, const char *name)
{
	static char value[1024];
	size_t len = strlen(name), n;
	const char *line = head;

	value[0] = '\0';
	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " ");
		n = strcspn(line, "\r");
		if (n >= sizeof(value))
			n = sizeof(value) - 1;
		memcpy(value, line, n);
		value[n] = '\0';
		break;
	}
	return value;
}

const char *
reply_field(const struct reply *r, const char *name)
{
	return head_field(r->head, name);
}

bool
head_has(const char *head, const char *line)
{
	char whole[1024];

	snprintf(whole, sizeof(whole), "\r\n%s\r\n", line);
	/* The first line is one, too. */
	return strstr(head, whole) != NULL ||
	    strncmp(head, whole + 2, strlen(whole + 2)) == 0;
}

bool
reply_has(const struct reply *r, const char *line)
{
	return head_has(r->head, line);
}

/* The length of the head that has been read, or 0. */
static size_t
head_length(const struct wire *w)
{
	const char *end = memmem(w->bytes, w->len, "\r\n\r\n", 4);

	return end == NULL ? 0 : (size_t)(end - w->bytes) + 4;
}

void
wire_head(struct wire *w, struct reply *r)
{
	int end = 0;
	size_t n;

	while ((n = head_length(w)) == 0)
		ck_assert_msg(read_more(w, WIRE_MAX) > 0,
		    "no answer, but \"%.*s\" and the end", (int)w->len,
		    w->bytes);
	ck_assert_uint_lt(n, sizeof(r->head));
	memcpy(r->head, w->bytes, n);
	r->head[n] = '\0';
	r->body[0] = '\0';
	take(w, n);
	ck_assert_msg(sscanf(r->head, "HTTP/1.1 %3d %n", &r->status,
	    &end) == 1 && end > 12, "not an answer: \"%s\"", r->head);
	r->length = strtoul(reply_field(r, "Content-Length"), NULL, 10);
}

void
wire_body(struct wire *w, struct reply *r)
{
	ck_assert_uint_lt(r->length, sizeof(r->body));
	need(w, r->length);
	memcpy(r->body, w->bytes, r->length);
	r->body[r->length] = '\0';
	take(w, r->length);
}

void
wire_reply(struct wire *w, struct reply *r)
{
	wire_head(w, r);
	wire_body(w, r);
}

void
wire_get(struct wire *w, const char *path, struct reply *r)
{
	char request[1024];

	snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
	wire_send(w, request);
	wire_reply(w, r);
}
