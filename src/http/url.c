#include "http/url.h"

#include <stdarg.h>
#include <stdio.h>

#include "http/http_byte.h"
#include "http/http_target.h"

#define SCHEME		"http://"
#define DEFAULT_PORT	80
#define SHOWN_MAX	64	/* bytes of the URL in a sentence about it */

/* A reference in parts, RFC 3986, 3; the fragment is gone. */
struct parts {
	bool		has_authority;
	bool		has_query;
	struct slice	authority;
	struct slice	path;
	struct slice	query;
};

/* A URL that is being written, and where to say what is wrong. */
struct draft {
	struct url	*url;
	size_t		 len;		/* of its text so far */
	bool		 is_cut;	/* not all did fit */
	char		*error;
	size_t		 size;
};

static bool refuse(struct draft *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool
refuse(struct draft *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->error, d->size, format, args);
	va_end(args);
	return false;
}

/* So much of s as is shown. */
static struct slice
shown(struct slice s)
{
	if (s.len > SHOWN_MAX)
		s.len = SHOWN_MAX;
	return s;
}

static struct slice
from(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.len - n };
}

/* The length of s up to one of stops, or all of it. */
static size_t
length_to(struct slice s, const char *stops)
{
	size_t n = 0;

	while (n < s.len && (s.p[n] == '\0' ||
	    strchr(stops, s.p[n]) == NULL))
		n++;
	return n;
}

static bool
has_slashes(struct slice s)
{
	return s.len >= 2 && s.p[0] == '/' && s.p[1] == '/';
}

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The length of the scheme in front of a colon; 0: none. RFC 3986, 3.1. */
static size_t
scheme_length(struct slice s)
{
	size_t n = 0;

	while (n < s.len && (is_letter(s.p[n]) || (n > 0 &&
	    (http_byte_is_digit(s.p[n]) || s.p[n] == '+' || s.p[n] == '-' ||
	    s.p[n] == '.'))))
		n++;
	return n < s.len && s.p[n] == ':' ? n : 0;
}

static bool
is_scheme(struct slice s, size_t n, struct slice name)
{
	return slice_eq_nocase((struct slice){ s.p, n }, name);
}

/*
 * Is what looks like a scheme of n bytes rather the beginning of an authority,
 * as people type it? It is in "localhost:8080/x", "a.org:80", "u:p@a.org" and
 * "fe80::1"; schemes with a dot are rare, and have two slashes.
 */
static bool
is_typed_host(struct slice s, size_t n)
{
	struct slice rest = from(s, n + 1);
	size_t digits = 0, hex = 0, len = length_to(rest, "/?#");

	if (has_slashes(rest) || is_scheme(s, n, SLICE("http")) ||
	    is_scheme(s, n, SLICE("https")))
		return false;
	while (digits < len && http_byte_is_digit(rest.p[digits]))
		digits++;
	while (hex < n && http_byte_is(s.p[hex], HTTP_BYTE_HEX))
		hex++;
	return (len > 0 && digits == len) || memchr(s.p, '.', n) != NULL ||
	    memchr(rest.p, '@', len) != NULL ||
	    (hex == n && memchr(rest.p, ':', len) != NULL);
}

/* Take the scheme of n bytes off *s: it has to be http. */
static bool
take_scheme(struct draft *d, struct slice *s, size_t n)
{
	struct slice name = shown((struct slice){ s->p, n });

	if (is_scheme(*s, n, SLICE("https")))
		return refuse(d, "https is not spoken here: write http:// if "
		    "the server answers that, too, or use another program, "
		    "such as curl");
	if (!is_scheme(*s, n, SLICE("http")))
		return refuse(d, "\"%.*s:\" is not spoken here: write "
		    "http://HOST[:PORT]/PATH", SLICE_ARG(name));
	*s = from(*s, n + 1);
	if (!has_slashes(*s))
		return refuse(d, "there is no host behind \"http:\": write "
		    "http://HOST[:PORT]/PATH, with two slashes");
	return true;
}

/* Without a scheme; is_authority: it begins with one, without slashes. */
static void
split(struct slice s, bool is_authority, struct parts *out)
{
	size_t n;

	s.len = length_to(s, "#");
	out->authority = (struct slice){ s.p, 0 };
	out->has_authority = is_authority || has_slashes(s);
	if (out->has_authority) {
		if (!is_authority)
			s = from(s, 2);
		n = length_to(s, "/?");
		out->authority = (struct slice){ s.p, n };
		s = from(s, n);
	}
	n = length_to(s, "?");
	out->path = (struct slice){ s.p, n };
	out->has_query = n < s.len;
	out->query = from(s, out->has_query ? n + 1 : n);
}

static void
put(struct draft *d, char c)
{
	/* One byte is left for the NUL. */
	if (d->len == URL_MAX - 1)
		d->is_cut = true;
	else
		d->url->text[d->len++] = c;
}

static void
put_text(struct draft *d, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		put(d, s.p[i]);
}

static void
put_escaped(struct draft *d, char c)
{
	static const char hex[] = "0123456789ABCDEF";

	put(d, '%');
	put(d, hex[(unsigned char)c >> 4]);
	put(d, hex[(unsigned char)c & 15]);
}

/* In no URL, RFC 3986, 2; square brackets are not either, but all take them. */
static bool
is_odd(char c)
{
	return strchr("\"<>\\^`{|}", c) != NULL;
}

/* Write what may be in a target as it is; blanks, odd ones, above: escaped. */
static bool
put_encoded(struct draft *d, struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (http_byte_is(s.p[i], HTTP_BYTE_TARGET) && !is_odd(s.p[i]))
			put(d, s.p[i]);
		else if (http_byte_is(s.p[i], HTTP_BYTE_TARGET) ||
		    http_byte_is_blank(s.p[i]) || c >= 0x80)
			put_escaped(d, s.p[i]);
		else
			return refuse(d, "the URL has a control byte, 0x%02x: "
			    "leave it out", c);
	}
	return true;
}

static bool
check_escapes(struct draft *d, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '%' && (s.len - i < 3 ||
		    !http_byte_is(s.p[i + 1], HTTP_BYTE_HEX) ||
		    !http_byte_is(s.p[i + 2], HTTP_BYTE_HEX)))
			return refuse(d, "the path has \"%.*s\", which is no "
			    "percent-escape: write \"%%25\" for a percent "
			    "sign", (int)(s.len - i < 3 ? s.len - i : 3),
			    s.p + i);
	return true;
}

/* Go back over the last segment and its slash, but not over the root. */
static void
drop_segment(struct draft *d, size_t root)
{
	if (d->len <= root + 1)
		return;
	do
		d->len--;
	while (d->url->text[d->len - 1] != '/');
}

/*
 * Write a path without the slash at its front behind a slash of the path that
 * begins at root. Dot segments are resolved, RFC 3986, 5.2.4.
 */
static bool
put_path(struct draft *d, size_t root, struct slice path)
{
	struct slice segment;
	bool is_last = false;

	while (!is_last) {
		segment = (struct slice){ path.p, length_to(path, "/") };
		is_last = segment.len == path.len;
		path = from(path, segment.len + !is_last);
		if (slice_eq(segment, SLICE("..")))
			drop_segment(d, root);
		else if (!slice_eq(segment, SLICE("."))) {
			if (!check_escapes(d, segment) ||
			    !put_encoded(d, segment))
				return false;
			if (!is_last)
				put(d, '/');
		}
	}
	return true;
}

/* What is wrong with an authority that http_authority_parse() did not take? */
static bool
refuse_authority(struct draft *d, struct slice s)
{
	const char *colon = memrchr(s.p, ':', s.len);
	struct http_authority a;
	struct slice host = s;

	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return refuse(d, "the host has a byte that is not "
			    "ASCII: write the name in Punycode, such as "
			    "xn--bcher-kva.example");
	if (colon != NULL)
		host.len = (size_t)(colon - s.p);
	if (colon != NULL && http_authority_parse(host, &a) &&
	    a.port.len == 0 && a.host.len == host.len) {
		s = shown(from(s, host.len + 1));
		return refuse(d, "\"%.*s\" is no port: write a number from 1 "
		    "to 65535", SLICE_ARG(s));
	}
	if (colon != NULL && s.p[0] != '[' &&
	    memchr(s.p, ':', host.len) != NULL)
		return refuse(d, "write an IPv6 address in brackets, such as "
		    "http://[::1]:8080/");
	s = shown(s);
	return refuse(d, "\"%.*s\" is no host: write a name or an address, "
	    "such as http://example.org/ or http://[::1]/", SLICE_ARG(s));
}

static uint16_t
port_of(struct slice digits)
{
	unsigned port = 0;

	for (size_t i = 0; i < digits.len; i++)
		port = port * 10 + (unsigned)(digits.p[i] - '0');
	return digits.len > 0 ? (uint16_t)port : DEFAULT_PORT;
}

/* Write scheme and authority. */
static bool
put_authority(struct draft *d, struct slice s)
{
	const size_t at = sizeof(SCHEME) - 1;
	struct url *url = d->url;
	struct http_authority a;
	char port[sizeof(":65535")];

	/* Not to be shown: it may be a password. */
	if (memchr(s.p, '@', s.len) != NULL)
		return refuse(d, "a user name or password in a URL is not "
		    "sent: leave out all up to the \"@\", and write "
		    "-H 'Authorization: ...'");
	/* Two colons first are rather an IPv6 address without brackets. */
	if (s.len == 0 || (s.p[0] == ':' &&
	    memchr(s.p + 1, ':', s.len - 1) == NULL))
		return refuse(d, "there is no host: write "
		    "http://HOST[:PORT]/PATH");
	if (!http_authority_parse(s, &a))
		return refuse_authority(d, s);
	url->port = port_of(a.port);
	if (url->port == 0)
		return refuse(d, "0 is no port: write a number from 1 to "
		    "65535");
	put_text(d, SLICE(SCHEME));
	for (size_t i = 0; i < a.host.len; i++)
		put(d, (char)(a.host.p[i] >= 'A' && a.host.p[i] <= 'Z' ?
		    a.host.p[i] | 0x20 : a.host.p[i]));
	url->host = (struct slice){ url->text + at, d->len - at };
	if (url->port != DEFAULT_PORT) {
		snprintf(port, sizeof(port), ":%u", url->port);
		put_text(d, slice_of(port));
	}
	url->authority = (struct slice){ url->text + at, d->len - at };
	return true;
}

/* Write the query, RFC 3986, 3.4: an empty one is not none. End the text. */
static bool
finish(struct draft *d, size_t root, bool has_query, struct slice query)
{
	struct url *url = d->url;

	url->path = (struct slice){ url->text + root, d->len - root };
	if (has_query) {
		put(d, '?');
		if (!put_encoded(d, query))
			return false;
	}
	url->target = (struct slice){ url->text + root, d->len - root };
	url->text[d->len] = '\0';
	return !d->is_cut || refuse(d, "the URL is longer than %d bytes: "
	    "write a shorter one", URL_MAX - 1);
}

/* The parts of a URL with an authority. */
static bool
put_whole(struct draft *d, const struct parts *parts)
{
	size_t root;

	if (!put_authority(d, parts->authority))
		return false;
	root = d->len;
	put(d, '/');
	/* An empty path is "/". */
	return put_path(d, root, parts->path.len > 0 ?
	    from(parts->path, 1) : parts->path) &&
	    finish(d, root, parts->has_query, parts->query);
}

/* The other ones at base, RFC 3986, 5.2.2 and 5.2.3. */
static bool
put_relative(struct draft *d, const struct url *base,
    const struct parts *parts)
{
	struct slice path = base->path, query = parts->query;
	bool has_query = parts->has_query;
	size_t root;

	if (!put_authority(d, base->authority))
		return false;
	root = d->len;
	if (parts->path.len == 0 && !has_query) {
		has_query = base->target.len > path.len;
		query = from(base->target, path.len + has_query);
	}
	/* What the path is written behind ends in a slash. */
	if (parts->path.len > 0)
		while (path.p[path.len - 1] != '/')
			path.len--;
	if (parts->path.len > 0 && parts->path.p[0] == '/')
		path.len = 1;
	put_text(d, path);
	path = parts->path;
	if (path.len > 0 && path.p[0] == '/')
		path = from(path, 1);
	return (parts->path.len == 0 || put_path(d, root, path)) &&
	    finish(d, root, has_query, query);
}

bool
url_parse(const char *typed, struct url *out, char *error, size_t size)
{
	struct draft d = { .url = out, .error = error, .size = size };
	struct slice s = slice_trim(slice_of(typed));
	struct parts parts;
	size_t n = scheme_length(s);

	if (n > 0 && !is_typed_host(s, n) && !take_scheme(&d, &s, n))
		return false;
	split(s, !has_slashes(s), &parts);
	return put_whole(&d, &parts);
}

bool
url_resolve(const struct url *base, struct slice reference, struct url *out,
    char *error, size_t size)
{
	struct draft d = { .url = out, .error = error, .size = size };
	struct slice s = slice_trim(reference);
	struct parts parts;
	size_t n = scheme_length(s);

	if (n > 0 && !take_scheme(&d, &s, n))
		return false;
	split(s, false, &parts);
	return parts.has_authority ? put_whole(&d, &parts) :
	    put_relative(&d, base, &parts);
}

bool
url_same_server(const struct url *a, const struct url *b)
{
	return a->port == b->port && slice_eq(a->host, b->host);
}
