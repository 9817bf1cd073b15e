#include "daemon/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <time.h>

#include "files/dirlist.h"
#include "files/file.h"
#include "files/static_file.h"
#include "http/http_date.h"
#include "http/http_request.h"

#define HEAD_MAX	65536
#define DEFAULT_PORT	80
#define NO_PORT		UINT64_MAX

/* A URL taken apart, and what goes into the request. */
struct target {
	struct http_authority	host;		/* empty for a path alone */
	uint64_t		port;		/* NO_PORT for a path alone */
	struct slice		path;		/* with its query */
};

/* One request on its way to being explained. */
struct explaining {
	const struct config		*config;
	const struct explain		*what;
	const struct config_listener	*listener;	/* or NULL */
	struct target			 target;
	FILE				*out;
	char				*head;		/* HEAD_MAX bytes */
	size_t				 len;
};

/* ---- the URL ---- */

static int
bad(const char *what, const char *why)
{
	fputs("mynahd: --explain ", stderr);
	trace_put(slice_of(what), stderr);
	fprintf(stderr, ": %s\n", why);
	return EX_USAGE;
}

/* Returns 0, or EX_USAGE when it is told what is wrong. */
static int
take_authority(const char *url, struct slice *rest, struct target *t)
{
	static const char scheme[] = "http://";
	struct slice authority;
	size_t len;

	if (strncasecmp(url, "https://", 8) == 0)
		return bad(url, "this server does not speak TLS; give the "
		    "URL with http:, as a proxy in front would ask for it");
	if (strncasecmp(url, scheme, sizeof(scheme) - 1) != 0)
		return bad(url, "give a path, such as /index.html, or a URL, "
		    "such as http://example.org/index.html");
	*rest = slice_of(url + sizeof(scheme) - 1);
	len = strcspn(rest->p, "/?#");
	authority = (struct slice){ rest->p, len };
	if (!http_authority_parse(authority, &t->host))
		return bad(url, "its host is none; such as "
		    "http://example.org:8080/");
	t->port = t->host.port.len == 0 ? DEFAULT_PORT :
	    strtoull(t->host.port.p, NULL, 10);
	*rest = (struct slice){ rest->p + len, rest->len - len };
	return 0;
}

static int
take_url(struct explaining *x)
{
	const char *url = x->what->url;
	struct slice rest = slice_of(url);
	struct target *t = &x->target;
	int status;

	t->port = NO_PORT;
	if (url[0] != '/' &&
	    (status = take_authority(url, &rest, t)) != 0)
		return status;
	/* What follows "#" is not sent. */
	t->path = (struct slice){ rest.p, strcspn(rest.p, "#") };
	return 0;
}

/* ---- the listener ---- */

static bool
speaks_http(const struct config_listener *l)
{
	return l->protocol == CONFIG_PROTOCOL_AUTO ||
	    l->protocol == CONFIG_PROTOCOL_HTTP;
}

static const char *
protocol_of(const struct config_listener *l)
{
	switch (l->protocol) {
	case CONFIG_PROTOCOL_AUTO:
		return "auto";
	case CONFIG_PROTOCOL_HTTP:
		return "http";
	case CONFIG_PROTOCOL_ECHO:
		return "echo";
	default:
		return "welcome";
	}
}

static void
say_listener(struct explaining *x, const struct config_listener *l,
    const char *remark)
{
	fprintf(x->out, "%-12s ", "listener");
	if (l->line > 0)
		fprintf(x->out, "line %d, ", l->line);
	if (l->name[0] != '\0')
		fprintf(x->out, "%s, ", l->name);
	if (l->unix_path != NULL)
		fprintf(x->out, "%s", l->unix_path);
	else if (l->systemd != NULL)
		fprintf(x->out, "socket %s of systemd", l->systemd);
	else
		fprintf(x->out, "%s port %" PRIu64, l->host, l->port);
	if (speaks_http(l))
		fprintf(x->out, ", protocol %s%s\n", protocol_of(l), remark);
	else
		fprintf(x->out, ", speaks %s: there would be no answer to "
		    "this request\n", protocol_of(l));
}

/* The first that speaks HTTP, or does not; port NO_PORT: of any port. */
static const struct config_listener *
listener_of(const struct config *config, bool http, uint64_t port)
{
	for (size_t i = 0; i < config->nlisteners; i++) {
		const struct config_listener *l = &config->listeners[i];

		if (speaks_http(l) == http && (port == NO_PORT ||
		    l->systemd != NULL ||
		    (l->unix_path == NULL && l->port == port)))
			return l;
	}
	return NULL;
}

/*
 * The listener with the port of the URL; of a path alone, or where none has
 * it (a proxy may stand before this), the first that speaks HTTP. False if
 * nobody would answer, which is told.
 */
static bool
find_listener(struct explaining *x)
{
	const struct config *config = x->config;
	uint64_t port = x->target.port;
	const struct config_listener *other;
	const char *remark = "";

	x->listener = listener_of(config, true, port);
	if (x->listener == NULL && port != NO_PORT) {
		if ((other = listener_of(config, false, port)) != NULL) {
			say_listener(x, other, "");
			return false;
		}
		x->listener = listener_of(config, true, NO_PORT);
		remark = " (none has the port of the URL)";
	}
	if (x->listener == NULL) {
		fprintf(x->out, "%-12s none speaks HTTP: there would be no "
		    "answer to this request\n", "listener");
		return false;
	}
	say_listener(x, x->listener, remark);
	return true;
}

/* ---- the request ---- */

/*
 * A field of no line or of two would make another request, and so would a
 * method with a space in it. Returns 0, or EX_USAGE.
 */
static int
check_parts(const struct explain *what)
{
	if (what->method != NULL && !http_is_token(slice_of(what->method)))
		return bad(what->url, "a method is one word, such as HEAD");
	for (size_t i = 0; i < what->nfields; i++)
		if (what->fields[i][0] == '\0' ||
		    strpbrk(what->fields[i], "\r\n") != NULL)
			return bad(what->url, "a field is a name, a colon and "
			    "a value, on one line");
	return 0;
}

static void
put(struct explaining *x, const char *bytes, size_t len)
{
	if (len > HEAD_MAX - x->len)
		len = HEAD_MAX - x->len;
	memcpy(x->head + x->len, bytes, len);
	x->len += len;
}

static void
put_text(struct explaining *x, const char *text)
{
	put(x, text, strlen(text));
}

/* What a browser would do to an address that was typed. */
static void
put_target(struct explaining *x)
{
	struct slice path = x->target.path;
	char escaped[4];

	if (path.len == 0 || path.p[0] != '/')
		put_text(x, "/");
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.p[i];

		if (c > 0x20 && c < 0x7f) {
			put(x, path.p + i, 1);
			continue;
		}
		snprintf(escaped, sizeof(escaped), "%%%02X", c);
		put_text(x, escaped);
	}
}

static bool
has_host_field(const struct explain *what)
{
	for (size_t i = 0; i < what->nfields; i++)
		if (strncasecmp(what->fields[i], "Host:", 5) == 0)
			return true;
	return false;
}

static void
put_host(struct explaining *x)
{
	const struct config_listener *l = x->listener;
	const struct http_authority *host = &x->target.host;
	char text[32];

	put_text(x, "Host: ");
	if (host->host.len > 0) {
		put(x, host->host.p, host->host.len);
		if (host->port.len > 0) {
			put_text(x, ":");
			put(x, host->port.p, host->port.len);
		}
	} else if (l->host == NULL || strcmp(l->host, "*") == 0) {
		put_text(x, "localhost");
	} else {
		bool is_ipv6 = strchr(l->host, ':') != NULL;

		put_text(x, is_ipv6 ? "[" : "");
		put(x, l->host, strcspn(l->host, "%"));
		put_text(x, is_ipv6 ? "]" : "");
		/* Port 0 is any: nobody knows yet which. */
		if (l->port != 0) {
			snprintf(text, sizeof(text), ":%" PRIu64, l->port);
			put_text(x, text);
		}
	}
	put_text(x, "\r\n");
}

/* Returns 0, or EX_USAGE for a field that a request could not have. */
static int
make_request(struct explaining *x)
{
	const struct explain *what = x->what;

	put_text(x, what->method != NULL ? what->method : "GET");
	put_text(x, " ");
	put_target(x);
	put_text(x, " HTTP/1.1\r\n");
	if (!has_host_field(what))
		put_host(x);
	for (size_t i = 0; i < what->nfields; i++) {
		put_text(x, what->fields[i]);
		put_text(x, "\r\n");
	}
	put_text(x, "\r\n");
	if (x->len == HEAD_MAX)
		return bad(what->url, "the request is too long");
	return 0;
}

/* ---- the answer ---- */

/* Print lines that end in CR LF, the first one after a label. */
static void
print_lines(struct explaining *x, const char *label, const char *bytes,
    size_t len)
{
	const char *end = bytes + len, *lf;

	for (; bytes < end; bytes = lf + 1, label = "") {
		lf = memchr(bytes, '\n', (size_t)(end - bytes));
		if (lf == NULL || lf - bytes < 2)
			return;
		fprintf(x->out, "%-12s ", label);
		trace_put((struct slice){ bytes, (size_t)(lf - bytes - 1) },
		    x->out);
		fputc('\n', x->out);
	}
}

/* A listing has a length only when it is made. */
static void
finish_listing(struct http_response *res)
{
	enum dirlist_result result;
	struct file *f = NULL;
	int error;

	do
		result = dirlist_step(res->listing);
	while (result == DIRLIST_MORE);
	error = errno;
	if (result == DIRLIST_DONE &&
	    (f = dirlist_file(res->listing)) == NULL)
		error = ENOMEM;
	dirlist_free(res->listing);
	if (f == NULL) {
		static_file_error(res, error);
		return;
	}
	res->content = HTTP_CONTENT_FILE;
	res->file = f;
	res->length = (uint64_t)f->size;
}

static void
print_answer(struct explaining *x, struct http_response *res)
{
	char date[HTTP_DATE_LEN + 1], common[HTTP_COMMON_MAX];
	char head[HTTP_HEAD_MAX];
	struct slice lines = { common, 0 };
	size_t len;

	if (res->content == HTTP_CONTENT_LISTING)
		finish_listing(res);
	http_date_format(time(NULL), date);
	lines.len = http_response_common(date, "mynah", common);
	len = http_response_head(res, lines, NULL, head);
	print_lines(x, "answer", head, len);
	if (res->content == HTTP_CONTENT_FILE ||
	    res->content == HTTP_CONTENT_PARTS)
		file_unref(res->file);
}

/* Returns 0 or 1 as explain() does. */
static int
answer(struct explaining *x, struct sites *sites,
    struct http_field *fields, struct http_response *res)
{
	const struct trace t = { x->out };
	const struct http_head_limits limits = {
		x->config->limits.request_line, x->config->limits.header_bytes
	};
	struct http_head head = { 0 };
	struct http_request req = { .fields = { .v = fields,
	    .max = x->config->limits.header_count } };
	ssize_t n = http_request_parse(&head, x->head, x->len, &limits, &req);

	if (n == 0)
		return bad(x->what->url, "this makes no whole request");
	if (n == -1) {
		trace_say(&t, "request", "cannot be understood");
		trace_say(&t, "reason", "%s", req.fault->wrong);
		static_file_refuse(sites, req.fault, res);
	} else {
		static_file_trace(sites, &req, &t, res);
	}
	print_answer(x, res);
	return res->status < 400 ? 0 : 1;
}

int
explain(const struct config *config, struct sites *sites,
    const struct explain *what, FILE *out)
{
	struct explaining x = { .config = config, .what = what, .out = out };
	struct http_response *res = malloc(sizeof(*res));
	char *head = malloc(HEAD_MAX);
	struct http_field *fields = calloc(config->limits.header_count,
	    sizeof(*fields));
	int status = 1;

	x.head = head;
	if (res == NULL || fields == NULL || head == NULL) {
		fprintf(stderr, "mynahd: %s\n", strerror(ENOMEM));
		goto done;
	}
	if ((status = take_url(&x)) != 0 ||
	    (status = check_parts(what)) != 0)
		goto done;
	status = 1;
	if (!find_listener(&x))
		goto done;
	if ((status = make_request(&x)) != 0)
		goto done;
	print_lines(&x, "request", x.head, x.len);
	status = answer(&x, sites, fields, res);

done:
	free(head);
	free(fields);
	free(res);
	return status;
}
