/*
 * fuzz_conn - whole connections: any bytes, any cuts, all protocols, through
 * conn and a real socket.
 *
 * The first byte of the input chooses the protocol, the second seeds the
 * cuts; the rest is sent. It is sent once in one piece and once in many, and
 * each time:
 *  - the connection ends by itself after the end of input, nothing is left;
 *  - HTTP: the output is a sequence of well-formed responses, as many as
 *    there were requests, in order, and nothing follows one that closes;
 *  - the access log has a line of JSON for each of them, with its status and
 *    the length of its content;
 *  - echo: the output is the welcome and the input;
 *  - both outputs are the same but for the Date and what is random in them.
 *
 * The site has an index, a small and a large file (for ranges), directories
 * without an index, one of them with names that need care and one that takes
 * several steps to list.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "config/config.h"
#include "event/conn.h"
#include "files/dirlist.h"
#include "files/site.h"
#include "http/http_body.h"
#include "http/http_request.h"
#include "json.h"
#include "proto/access_log.h"

#define OUTPUT_LIMIT	(64 << 20)
#define REQUESTS_MAX	4096

#define MANY	(DIRLIST_STEP + DIRLIST_STEP / 4)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char settings[] =
    "welcome: {message: \"W\\n\"}\n"
    "echo: {prefix: \"\", idle_timeout: 1h}\n"
    "http: {listing: html}\n"
    "limits: {detect_timeout: 1m, header_timeout: 1h, idle_timeout: 1h,\n"
    "  request_line: 256B, header_bytes: 1KiB, header_count: 16,\n"
    "  body: 1KiB}\n";

static const char *const odd_names[] = {
    "plain.txt", "a b&c.html", "<i>\"q\"", "100%", "\xc3\xa4.png", "\xff",
    "#?;", ".hidden", "new\nline", "back\\slash", "sub" };

static char dir[] = "/tmp/fuzz_conn.XXXXXX";
static struct config *config;
static struct sites sites;
static struct event_base *base;
static struct service service;
static struct conns conns;
static int log_fd = -1;

/* What one connection brought, and what was logged of it. */
struct output {
	char	*bytes;
	size_t	 len;
	size_t	 size;
	char	*lines;
	size_t	 lines_len;
};

static void
fail(const char *what)
{
	fprintf(stderr, "fuzz_conn: %s\n", what);
	abort();
}

static const char *
path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static const char *
log_path(void)
{
	static char path[sizeof(dir) + 4];

	snprintf(path, sizeof(path), "%s.log", dir);
	return path;
}

/* Files are old: nothing about them changes while they settle. */
static void
write_file(const char *name, size_t len)
{
	const struct timespec times[2] = { { 1600000000, 0 },
	    { 1600000000, 0 } };
	FILE *f;

	if ((f = fopen(path_of(name), "w")) == NULL)
		fail("cannot write a file");
	for (size_t i = 0; i < len; i++)
		fputc("0123456789abcdef"[i % 16], f);
	fflush(f);
	futimens(fileno(f), times);
	fclose(f);
}

/* The name of number i in "odd" and in "many"; NULL past the end. */
static const char *
odd_name(unsigned i)
{
	static char name[64];

	if (i >= sizeof(odd_names) / sizeof(odd_names[0]))
		return NULL;
	snprintf(name, sizeof(name), "odd/%s", odd_names[i]);
	return name;
}

static const char *
many_name(unsigned i)
{
	static char name[64];

	if (i >= MANY)
		return NULL;
	snprintf(name, sizeof(name), "many/%x", i * 2654435761u);
	return name;
}

static void
remove_site(void)
{
	static const char *const names[] = { "index.html", "a", "big", "d",
	    "many", "odd", "" };
	const char *name;

	for (unsigned i = 0; (name = many_name(i)) != NULL; i++)
		remove(path_of(name));
	for (unsigned i = 0; (name = odd_name(i)) != NULL; i++)
		remove(path_of(name));
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(path_of(names[i]));
	remove(log_path());
}

static void
make_site(void)
{
	const char *name;

	if (mkdtemp(dir) == NULL)
		fail("cannot make a directory");
	atexit(remove_site);
	write_file("index.html", 100);
	write_file("a", 5);
	write_file("big", 300000);
	mkdir(path_of("d"), 0755);
	mkdir(path_of("many"), 0755);
	mkdir(path_of("odd"), 0755);
	mkdir(path_of("odd/sub"), 0755);
	for (unsigned i = 0; (name = many_name(i)) != NULL; i++)
		write_file(name, 0);
	for (unsigned i = 0; (name = odd_name(i)) != NULL; i++)
		if (strcmp(name, "odd/sub") != 0)
			write_file(name, i);
}

/* Beside the site: it must not be asked for. */
static struct access_log *
open_access_log(void)
{
	struct log_file *file = log_file_open(log_path());

	if (file == NULL ||
	    (log_fd = open(log_path(), O_RDWR | O_CLOEXEC)) == -1)
		fail("cannot make a log");
	return access_log_new(CONFIG_ACCESS_JSON, file);
}

static void
set_up(void)
{
	char error[256];

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	make_site();
	config = config_parse("fuzz", "/", settings, sizeof(settings) - 1,
	    dir, NULL, 0, stderr);
	if (config == NULL ||
	    sites_open(&sites, config, error, sizeof(error)) == -1 ||
	    (base = event_base_new()) == NULL ||
	    service_init(&service, config, &sites) == -1 ||
	    conns_init(&conns, base, &service, 16) == -1 ||
	    (service.access = open_access_log()) == NULL)
		fail("cannot set up");
}

static void
take_output(int fd, struct output *out)
{
	ssize_t n;

	do {
		if (out->size - out->len < 65536) {
			out->size = out->size * 2 + 65536;
			out->bytes = realloc(out->bytes, out->size);
			if (out->bytes == NULL || out->size > OUTPUT_LIMIT)
				fail("too much output");
		}
		n = recv(fd, out->bytes + out->len, out->size - out->len, 0);
		if (n > 0)
			out->len += (size_t)n;
	} while (n > 0);
}

/* Take what was logged, and leave an empty log for the next connection. */
static void
take_lines(struct output *out)
{
	off_t len;

	access_log_flush(service.access);
	len = lseek(log_fd, 0, SEEK_END);
	out->lines_len = (size_t)len;
	if (len == 0)
		return;
	out->lines = malloc(out->lines_len);
	if (out->lines == NULL ||
	    pread(log_fd, out->lines, out->lines_len, 0) != len ||
	    ftruncate(log_fd, 0) == -1)
		fail("cannot read the log");
}

/*
 * Run the loop until it has nothing more to do, reading what comes. A step
 * of a listing is a turn in which nothing comes.
 */
static void
pump(int fd, struct output *out)
{
	for (int quiet = 0; quiet <= MANY / DIRLIST_STEP + 1; quiet++) {
		size_t before = out->len;

		service.turn++;
		event_base_loop(base, EVLOOP_NONBLOCK);
		take_output(fd, out);
		if (out->len != before)
			quiet = -1;
	}
}

static void
send_all(int fd, const uint8_t *data, size_t size, struct output *out)
{
	while (size > 0) {
		ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

		if (n == -1 && errno != EAGAIN)
			return;		/* it has closed: so be it */
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
		pump(fd, out);
	}
}

/* One connection; seed 0 sends all in one piece. */
static struct output
converse(const struct protocol *proto, const uint8_t *data, size_t size,
    uint32_t seed)
{
	const struct sockaddr peer = { .sa_family = AF_UNIX };
	struct output out = { NULL, 0, 0, NULL, 0 };
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    s) == -1)
		fail("no socket pair");
	conn_new(&conns, proto, s[0], &peer);
	pump(s[1], &out);
	while (size > 0) {
		size_t n = size;

		if (seed != 0) {
			seed = seed * 1664525 + 1013904223;
			n = 1 + (seed >> 16) % (seed & 0x8000 ? 5 : 90);
			n = n < size ? n : size;
		}
		send_all(s[1], data, n, &out);
		data += n;
		size -= n;
	}
	shutdown(s[1], SHUT_WR);
	for (int i = 0; i < 64 && conns.count > 0; i++)
		pump(s[1], &out);
	take_output(s[1], &out);
	if (conns.count != 0)
		fail("the connection does not end");
	close(s[1]);
	take_lines(&out);
	return out;
}

/* ---- what ought to come, from the pure layer alone ---- */

struct expected {
	size_t	n;
	bool	head[REQUESTS_MAX];	/* of a HEAD request */
};

/* Go past the content of a request; false: nothing can follow it. */
static bool
skip_content(const struct http_request *req, const uint8_t *data,
    size_t size, size_t *at)
{
	struct http_body body;
	size_t used;
	enum http_body_result result;

	if (req->framing == HTTP_FRAMING_NONE ||
	    (req->framing == HTTP_FRAMING_LENGTH && req->content_length == 0))
		return true;
	if (req->expects_continue)
		return false;
	http_body_init(&body, req->framing, (uint64_t)req->content_length,
	    config->limits.body, config->limits.header_bytes);
	result = http_body_consume(&body, (const char *)data + *at,
	    size - *at, &used, NULL);
	*at += used;
	return result == HTTP_BODY_DONE;
}

static void
expect(const uint8_t *data, size_t size, struct expected *e)
{
	static struct http_field fields[16];
	const struct http_head_limits limits = {
	    config->limits.request_line, config->limits.header_bytes };
	size_t at = 0;

	*e = (struct expected){ 0 };
	while (at < size && e->n < REQUESTS_MAX) {
		struct http_head head = { 0 };
		struct http_request req;
		ssize_t n;

		if (e->n == 0 && data[0] == 0x16)
			return;		/* TLS: closed without a word */
		req.fields.v = fields;
		req.fields.max = config->limits.header_count;
		n = http_request_parse(&head, (const char *)data + at,
		    size - at, &limits, &req);
		if (n == 0 && head.line == size - at)
			return;		/* empty lines and nothing more */
		if (n <= 0) {
			e->head[e->n++] = n == -1 ? req.method == HTTP_HEAD :
			    size - at - head.line >= 5 && memcmp(data + at +
			    head.line, "HEAD ", 5) == 0;
			return;
		}
		at += (size_t)n;
		e->head[e->n++] = req.method == HTTP_HEAD;
		if (!req.keep_alive ||
		    !skip_content(&req, data, size, &at))
			return;
	}
}

/* The length of the response at the front, 0 if it is none. */
static size_t
response_length(const char *p, size_t len, bool head, bool *closes)
{
	const char *end = memmem(p, len, "\r\n\r\n", 4), *line, *field;
	size_t content = 0, n;

	if (end == NULL || len < 13 || memcmp(p, "HTTP/1.1 ", 9) != 0)
		return 0;
	n = (size_t)(end + 4 - p);
	for (const char *q = p; q < end + 4; q++)
		if ((unsigned char)*q < 0x20 && *q != '\r' && *q != '\n')
			return 0;
	line = memchr(p, '\n', n);
	field = memmem(line, n - (size_t)(line - p), "\nContent-Length: ", 17);
	if (field != NULL && !head)
		content = strtoul(field + 17, NULL, 10);
	*closes = memmem(p, n, "\r\nConnection: close\r\n", 21) != NULL;
	return n + content <= len ? n + content : 0;
}

/* More may be expected than comes: what follows a close is not answered. */
static void
check_responses(const struct output *out, const struct expected *e)
{
	const char *p = out->bytes;
	size_t left = out->len, i = 0;
	bool closes = false;

	while (left > 0) {
		size_t n;

		if (closes)
			fail("output after a response that closes");
		if (i == e->n)
			fail("more responses than requests");
		n = response_length(p, left, e->head[i++], &closes);
		if (n == 0)
			fail("a response is not well-formed");
		p += n;
		left -= n;
	}
	if (i < e->n && !closes)
		fail("fewer responses than requests");
}

/* A line for each response: p is where the next one is expected. */
static const char *
check_line(const struct output *out, const char *p, const char *response,
    size_t n)
{
	static struct json json;
	size_t left = out->lines_len - (size_t)(p - out->lines), content;
	const char *end = memchr(p, '\n', left), *head;

	if (end == NULL)
		fail("a response is not logged");
	if (!json_read(&json, p, (size_t)(end - p)))
		fail(json.fault);
	if (json_number(&json, "status") != atoi(response + 9))
		fail("another status is logged");
	head = memmem(response, n, "\r\n\r\n", 4);
	content = n - (size_t)(head + 4 - response);
	if (json_number(&json, "bytes") != (double)content)
		fail("another length is logged");
	return end + 1;
}

static void
check_lines(const struct output *out, const struct expected *e)
{
	const char *p = out->bytes, *line = out->lines;
	size_t left = out->len;
	bool closes;

	for (size_t i = 0, n; left > 0; i++, p += n, left -= n) {
		n = response_length(p, left, e->head[i], &closes);
		if (line == NULL)
			fail("nothing is logged");
		line = check_line(out, line, p, n);
	}
	if (out->lines != NULL && line != out->lines + out->lines_len)
		fail("more is logged than was answered");
}

static bool
is_http(const struct output *out)
{
	return out->len > 9 && memcmp(out->bytes, "HTTP/1.1 ", 9) == 0;
}

/* Blank the Date: it may change between the two runs. */
static void
blank_dates(struct output *out)
{
	char *p = out->bytes, *end = p + out->len;

	if (!is_http(out))
		return;
	while (p != NULL && p < end &&
	    (p = memmem(p, (size_t)(end - p), "\nDate: ", 7)) != NULL) {
		for (p += 7; p < end && *p != '\r'; p++)
			*p = '-';
	}
}

/* Boundaries are random, and stand in a head before they are used. */
static void
blank_boundaries(struct output *out)
{
	static const char name[] = "; boundary=";
	char *p = out->bytes, *end = p + out->len, *q;
	char boundary[HTTP_BOUNDARY_LEN];

	if (!is_http(out))
		return;
	while ((p = memmem(p, (size_t)(end - p), name, sizeof(name) - 1)) !=
	    NULL) {
		p += sizeof(name) - 1;
		if ((size_t)(end - p) < sizeof(boundary))
			return;
		memcpy(boundary, p, sizeof(boundary));
		for (q = p; q != NULL; q = memmem(q, (size_t)(end - q),
		    boundary, sizeof(boundary))) {
			memset(q, '-', sizeof(boundary));
			q += sizeof(boundary);
		}
	}
}

static void
check_echo(const struct output *out, const uint8_t *data, size_t size)
{
	if (out->len != size + 2 || memcmp(out->bytes, "W\n", 2) != 0 ||
	    (size > 0 && memcmp(out->bytes + 2, data, size) != 0))
		fail("the echo is not what was sent");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct protocol *const protocols[] = {
		&proto_http, &proto_http, &proto_auto, &proto_echo,
		&proto_welcome };
	static struct expected expected;
	const struct protocol *proto;
	struct output whole, cut;
	uint32_t seed;

	if (base == NULL)
		set_up();
	if (size < 2)
		return 0;
	proto = protocols[data[0] % 5];
	seed = data[1] | 0x100;
	data += 2;
	size -= 2;
	whole = converse(proto, data, size, 0);
	cut = converse(proto, data, size, seed);
	blank_dates(&whole);
	blank_dates(&cut);
	blank_boundaries(&whole);
	blank_boundaries(&cut);
	if (whole.len != cut.len || (whole.len > 0 &&
	    memcmp(whole.bytes, cut.bytes, whole.len) != 0))
		fail("the cuts change the answers");
	if (proto == &proto_echo) {
		check_echo(&whole, data, size);
	} else if (proto == &proto_http ||
	    (proto == &proto_auto && is_http(&whole))) {
		expect(data, size, &expected);
		check_responses(&whole, &expected);
		check_lines(&whole, &expected);
		check_lines(&cut, &expected);
	}
	free(whole.bytes);
	free(whole.lines);
	free(cut.bytes);
	free(cut.lines);
	return 0;
}
