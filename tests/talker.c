#include "talker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>

#include "files/site.h"

/* Long enough for the slowest machine under valgrind. */
#define WATCHDOG_S	40

struct talker talker;

static char site[64];

static char *const index_names[] = { (char *)"index.html", NULL };

/* ---- the service ---- */

char
talker_byte(size_t i)
{
	return (char)(i * 31 + i / 257);
}

static void
write_file(const char *name, const char *bytes, size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", site, name);
	ck_assert_ptr_nonnull(f = fopen(path, "w"));
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

void
talker_make_site(void)
{
	char *bytes = malloc(TALKER_LARGE), name[2] = "0", digit[2] = "0\n";

	ck_assert_ptr_nonnull(bytes);
	strcpy(site, "/tmp/mynah-talker-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(site));
	for (size_t i = 0; i < TALKER_LARGE; i++)
		bytes[i] = talker_byte(i);
	write_file("large.bin", bytes, TALKER_LARGE);
	write_file("small.bin", bytes, TALKER_SMALL);
	write_file("index.html", TALKER_INDEX, strlen(TALKER_INDEX));
	for (; name[0] <= '9'; name[0]++) {
		digit[0] = name[0];
		write_file(name, digit, 2);
	}
	free(bytes);
}

void
talker_remove_site(void)
{
	struct dirent *d;
	DIR *dir;

	if ((dir = opendir(site)) == NULL)
		return;
	while ((d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			unlinkat(dirfd(dir), d->d_name, 0);
	closedir(dir);
	rmdir(site);
}

void
talker_setup(void)
{
	struct config *config = &talker.config;
	char error[256] = "";

	talker = (struct talker){ 0 };
	signal(SIGPIPE, SIG_IGN);
	strcpy(talker.dir, site);
	config->welcome.message = (char *)TALKER_WELCOME;
	config->welcome.message_len = strlen(TALKER_WELCOME);
	config->echo.prefix = (char *)"OK...";
	config->echo.prefix_len = 5;
	config->echo.idle_timeout_ms = 300000;
	config->sites = &talker.site;
	config->nsites = 1;
	talker.site.name = (char *)"";
	talker.site.document_root = talker.dir;
	talker.site.index = (char **)index_names;
	talker.site.fallback = (char *)"";
	config->limits.connections_per_address = CONFIG_UNLIMITED;
	config->limits.requests_per_connection = CONFIG_UNLIMITED;
	config->limits.detect_timeout_ms = 100000;
	config->limits.header_timeout_ms = 100000;
	config->limits.idle_timeout_ms = 100000;
	config->limits.min_rate = 1024;
	config->limits.request_line = 8192;
	config->limits.header_bytes = 32768;
	config->limits.header_count = 100;
	config->limits.body = 65536;
	config->cache.max_file = 65536;
	ck_assert_msg(sites_open(&talker.sites, config, error,
	    sizeof(error)) == 0, "%s", error);
	ck_assert_int_eq(service_init(&talker.service, config,
	    &talker.sites), 0);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ck_abort_msg("nothing happened for a long time");
}

void
talker_start(uint64_t max)
{
	const struct timeval tv = { .tv_sec = WATCHDOG_S };

	ck_assert_ptr_nonnull(talker.base = event_base_new());
	ck_assert_ptr_nonnull(talker.watchdog = evtimer_new(talker.base,
	    on_watchdog, NULL));
	ck_assert_int_eq(evtimer_add(talker.watchdog, &tv), 0);
	ck_assert_int_eq(conns_init(&talker.conns, talker.base,
	    &talker.service, max), 0);
	talker.conns.idle_least_ms = 0;
}

void
talker_teardown(void)
{
	if (talker.base != NULL) {
		conns_clear(&talker.conns);
		event_free(talker.watchdog);
		event_base_free(talker.base);
	}
	service_clear(&talker.service);
	sites_close(&talker.sites);
	talker = (struct talker){ 0 };
}

/* ---- dialogs ---- */

static struct dialog the_dialog;

static struct talk
talk_of(struct dialog *d)
{
	return (struct talk){
		.service = &talker.service,
		.state = &d->state,
		.refused = d->refused,
		.bytes = d->kept,
		.len = d->kept_len,
		.out = &d->out,
		.wait = d->wait,
		.end = CONN_END_DONE,
	};
}

static void
note(struct dialog *d, const struct talk *t, enum conn_next next)
{
	d->wait = t->wait;
	d->renew = t->renew;
	d->end = t->end;
	d->next = next;
}

static void
begin(struct dialog *d, const struct protocol *proto)
{
	struct talk t;

	if (d->proto != NULL && d->proto->on_close != NULL)
		d->proto->on_close(&d->state);
	d->state = (struct proto_state){ 0 };
	d->proto = proto;
	d->wait = proto->wait;
	t = talk_of(d);
	t.len = 0;
	note(d, &t, proto->on_open == NULL ? CONN_MORE : proto->on_open(&t));
}

/* What was answered goes to said. */
static void
gather(struct dialog *d)
{
	struct slice run;

	d->failed |= d->out.failed;
	while (d->next != CONN_ABORT && out_peek(&d->out, &run) &&
	    run.len <= sizeof(d->said) - d->said_len) {
		memcpy(d->said + d->said_len, run.p, run.len);
		d->said_len += run.len;
		out_advance(&d->out, run.len);
	}
	out_reset(&d->out);
}

struct dialog *
dialog_new(const struct protocol *proto, bool refused)
{
	struct dialog *d = &the_dialog;

	d->proto = NULL;
	d->refused = refused;
	d->kept_len = d->said_len = 0;
	d->failed = false;
	out_init(&d->out);
	begin(d, proto);
	gather(d);
	return d;
}

/* As long as the protocol goes on and uses something. */
static void
converse(struct dialog *d)
{
	while (d->next == CONN_MORE && d->kept_len > 0) {
		struct talk t = talk_of(d);

		note(d, &t, d->proto->on_input(&t));
		d->kept_len -= t.used;
		memmove(d->kept, d->kept + t.used, d->kept_len);
		if (t.become != NULL)
			begin(d, t.become);
		else if (t.used == 0)
			break;
	}
}

void
dialog_hear(struct dialog *d, const char *bytes, size_t len)
{
	if ((d->next != CONN_MORE && d->next != CONN_LATER) ||
	    len > sizeof(d->kept) - d->kept_len)
		return;
	memcpy(d->kept + d->kept_len, bytes, len);
	d->kept_len += len;
	converse(d);
	gather(d);
}

void
dialog_hear_text(struct dialog *d, const char *text)
{
	dialog_hear(d, text, strlen(text));
}

void
dialog_later(struct dialog *d)
{
	struct talk t = talk_of(d);

	if (d->next != CONN_LATER)
		return;
	note(d, &t, d->proto->on_later(&t));
	d->kept_len -= t.used;
	memmove(d->kept, d->kept + t.used, d->kept_len);
	converse(d);
	gather(d);
}

static void
tell(struct dialog *d, enum conn_next (*handler)(struct talk *))
{
	struct talk t = talk_of(d);

	if (d->next != CONN_MORE)
		return;
	note(d, &t, handler(&t));
	if (t.become != NULL) {
		bool ended = handler == d->proto->on_end;

		begin(d, t.become);
		if (ended)
			converse(d);
		t = talk_of(d);
		if (d->next == CONN_MORE && (ended || d->kept_len > 0))
			note(d, &t, ended ? d->proto->on_end(&t) :
			    d->proto->on_deadline(&t));
	}
	gather(d);
}

void
dialog_end(struct dialog *d)
{
	tell(d, d->proto->on_end);
}

void
dialog_deadline(struct dialog *d)
{
	tell(d, d->proto->on_deadline);
}

void
dialog_stop(struct dialog *d)
{
	tell(d, d->proto->on_stop);
}

void
dialog_close(struct dialog *d)
{
	if (d->proto != NULL && d->proto->on_close != NULL)
		d->proto->on_close(&d->state);
	d->proto = NULL;
	out_clear(&d->out);
}

/* ---- answers ---- */

/* The end of a head that begins at p, or NULL. */
static const char *
head_end(const char *p, const char *end)
{
	const char *e = memmem(p, (size_t)(end - p), "\r\n\r\n", 4);

	return e == NULL ? NULL : e + 4;
}

/* The value of Content-Length in a head; 0 if there is none. */
static size_t
content_length(const char *p, const char *end)
{
	static const char name[] = "\r\nContent-Length: ";
	const char *f = memmem(p, (size_t)(end - p), name, sizeof(name) - 1);

	return f == NULL ? 0 : strtoul(f + sizeof(name) - 1, NULL, 10);
}

/* Behind the answer at p, or NULL if it is not whole. */
static const char *
after(const char *p, const char *end, bool head_only)
{
	const char *content = head_end(p, end);
	size_t n;

	if (content == NULL)
		return NULL;
	n = head_only ? 0 : content_length(p, content);
	return n <= (size_t)(end - content) ? content + n : NULL;
}

bool
talker_answers(const char *said, size_t len, const char *want)
{
	const char *p = said, *end = said + len;

	for (const char *w = want; *w != '\0'; w += *w == ' ') {
		bool head_only = *w == 'H';
		const char *status = w + head_only, *next;

		w = status + 3;
		if (end - p < 13 || memcmp(p, "HTTP/1.1 ", 9) != 0 ||
		    memcmp(p + 9, status, 3) != 0 || p[12] != ' ' ||
		    (next = after(p, end, head_only)) == NULL) {
			fprintf(stderr, "instead of %s: %.*s\n", status,
			    (int)(end - p < 400 ? end - p : 400), p);
			return false;
		}
		p = next;
	}
	if (p != end)
		fprintf(stderr, "more than %s: %.*s\n", want,
		    (int)(end - p < 400 ? end - p : 400), p);
	return p == end;
}

bool
talker_has(const char *said, size_t len, int n, const char *line)
{
	const char *p = said, *end = said + len, *content;
	char whole[128];

	for (; n > 0 && p != NULL; n--)
		p = after(p, end, false);
	if (p == NULL || (content = head_end(p, end)) == NULL)
		return false;
	snprintf(whole, sizeof(whole), "\r\n%s\r\n", line);
	return memmem(p, (size_t)(content - p), whole, strlen(whole)) != NULL;
}

/* ---- callers ---- */

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct caller *c = arg;
	ssize_t n;

	(void)what;
	if (c->size - c->len < 65536) {
		c->size *= 2;
		c->got = realloc(c->got, c->size);
		ck_assert_ptr_nonnull(c->got);
	}
	n = read(fd, c->got + c->len, c->size - c->len);
	if (n > 0) {
		c->len += (size_t)n;
		return;
	}
	if (n == -1 && errno == EAGAIN)
		return;
	c->eof = n == 0;
	c->reset = n == -1;
	event_del(c->event);
}

struct caller *
caller_of(int fd)
{
	struct caller *c = calloc(1, sizeof(*c));

	ck_assert_ptr_nonnull(c);
	c->fd = fd;
	c->served = -1;
	/* Memory may be short later. */
	c->size = 262144;
	ck_assert_ptr_nonnull(c->got = malloc(c->size));
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	ck_assert_ptr_nonnull(c->event = event_new(talker.base, fd,
	    EV_READ | EV_PERSIST, on_readable, c));
	ck_assert_int_eq(event_add(c->event, NULL), 0);
	return c;
}

struct caller *
caller_pair(bool little)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int l = socket(AF_INET, SOCK_STREAM, 0), fd, small = 4096, on = 1;
	struct caller *c;

	if (little)
		setsockopt(l, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(l, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	ck_assert_int_eq(bind(l, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(l, 1), 0);
	ck_assert_int_eq(getsockname(l, (struct sockaddr *)&sin, &len), 0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (little)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, len), 0);
	c = caller_of(fd);
	c->served = accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ne(c->served, -1);
	close(l);
	return c;
}

void
caller_serve(struct caller *c, const struct protocol *proto)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	int fd = c->served;

	c->served = -1;
	getpeername(fd, (struct sockaddr *)&peer, &len);
	talker.service.turn++;
	talker.inside = true;
	conn_new(&talker.conns, proto, fd, (struct sockaddr *)&peer);
	talker.inside = false;
}

struct caller *
caller_new(const struct protocol *proto, bool little)
{
	struct caller *c = caller_pair(little);

	caller_serve(c, proto);
	return c;
}

size_t
caller_send(struct caller *c, const char *bytes, size_t len)
{
	ssize_t n = send(c->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	return n > 0 ? (size_t)n : 0;
}

void
caller_say(struct caller *c, const char *text)
{
	ck_assert_uint_eq(caller_send(c, text, strlen(text)), strlen(text));
}

void
caller_pause(struct caller *c)
{
	event_del(c->event);
}

void
caller_resume(struct caller *c)
{
	ck_assert_int_eq(event_add(c->event, NULL), 0);
}

void
caller_shut(struct caller *c)
{
	ck_assert_int_eq(shutdown(c->fd, SHUT_WR), 0);
}

void
caller_reset(struct caller *c)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	caller_free(c);
}

void
caller_free(struct caller *c)
{
	event_free(c->event);
	close(c->fd);
	if (c->served != -1)
		close(c->served);
	free(c->got);
	free(c);
}

bool
caller_got(const struct caller *c, const char *text)
{
	return c->len == strlen(text) &&
	    (c->len == 0 || memcmp(c->got, text, c->len) == 0);
}

bool
caller_got_large(const struct caller *c, size_t at, size_t len)
{
	if (c->len < at + len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (c->got[at + i] != talker_byte(i))
			return false;
	return true;
}

size_t
caller_content(const struct caller *c)
{
	const char *p = c->len == 0 ? NULL :
	    head_end(c->got, c->got + c->len);

	return p == NULL ? 0 : (size_t)(p - c->got);
}

/* ---- the loop ---- */

void
talker_turn(void)
{
	talker.service.turn++;
	talker.inside = true;
	event_base_loop(talker.base, EVLOOP_ONCE);
	talker.inside = false;
}

void
talker_settle(void)
{
	/* Loopback delivers at once: what can happen does so in few turns. */
	for (int i = 0; i < 50; i++) {
		talker.service.turn++;
		talker.inside = true;
		event_base_loop(talker.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		talker.inside = false;
	}
}
