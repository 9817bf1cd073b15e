#include "config/config_text.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>

#include "base/utf8.h"
#include "config/config_pattern.h"
#include "config/config_redirect.h"
#include "config/config_utf8.h"
#include "config/config_value.h"
#include "http/http.h"
#include "http/http_byte.h"

/* Fields that are the server's own, and the key that has a say, if any. */
static const struct {
	const char	*name, *key;
} own_fields[] = {
	{ "Accept-Ranges", NULL }, { "Allow", NULL }, { "Connection", NULL },
	{ "Content-Encoding", "precompressed" }, { "Content-Length", NULL },
	{ "Content-Range", NULL }, { "Content-Type", "mime_types" },
	{ "Date", NULL }, { "ETag", NULL }, { "Keep-Alive", NULL },
	{ "Last-Modified", NULL }, { "Location", "redirects" },
	{ "Proxy-Connection", NULL }, { "Retry-After", NULL },
	{ "Server", "server_version" }, { "TE", NULL }, { "Trailer", NULL },
	{ "Transfer-Encoding", NULL }, { "Upgrade", NULL }, { "Vary", NULL },
	{ "X-Content-Type-Options", NULL },
};

static bool
say_of(const struct config_key *key, const char *text, char *why)
{
	snprintf(why, CONFIG_TEXT_MAX, "%s %s", config_key_leaf(key), text);
	return false;
}

/* "true" if there is no fault; the fault is put after the key's name. */
static bool
say_fault(const struct config_key *key, const char *fault, char *why)
{
	return fault == NULL || say_of(key, fault, why);
}

static bool
check_length(const struct config_key *key, struct slice text, char *why)
{
	if (text.len < key->min)
		return say_of(key, "must not be empty", why);
	if (text.len > key->max) {
		snprintf(why, CONFIG_TEXT_MAX,
		    "%s must have at most %zu bytes, not %zu",
		    config_key_leaf(key), (size_t)key->max, text.len);
		return false;
	}
	if (!utf8_is_valid(text))
		return say_of(key, "must be UTF-8", why);
	return true;
}

/* No NUL, no line end; in names of anything but files no control byte. */
static bool
check_bytes(const struct config_key *key, struct slice text, char *why)
{
	bool path = key->type == CONFIG_PATH || key->type == CONFIG_SINK;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '\0' || c == '\r' || c == '\n')
			return say_of(key,
			    "must not hold a NUL or a line end", why);
		if (!path && (c < 0x20 || c == 0x7f))
			return say_of(key,
			    "must not hold control characters", why);
	}
	return true;
}

/* True if text has only letters, digits and these other characters. */
static bool
has_only(struct slice text, const char *others)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr(others, c) != NULL))
			return false;
	}
	return true;
}

/* An IPv6 address, perhaps with a zone: fe80::1%eth0. */
static bool
is_ipv6(struct slice text)
{
	const char *zone = memchr(text.p, '%', text.len);
	char address[INET6_ADDRSTRLEN];
	struct in6_addr in6;
	size_t len = zone == NULL ? text.len : (size_t)(zone - text.p);

	if (len >= sizeof(address) || (zone != NULL && len + 1 == text.len))
		return false;
	memcpy(address, text.p, len);
	address[len] = '\0';
	return inet_pton(AF_INET6, address, &in6) == 1;
}

static bool
check_host(struct slice host, char *why)
{
	char shown[CONFIG_SHOWN_MAX];
	const char *colon = memchr(host.p, ':', host.len);

	if (slice_eq(host, SLICE("*")) || is_ipv6(host))
		return true;
	config_shown(host, shown);
	if (host.p[0] == '[' && host.p[host.len - 1] == ']' &&
	    is_ipv6((struct slice){ host.p + 1, host.len - 2 })) {
		snprintf(why, CONFIG_TEXT_MAX,
		    "host has no brackets: \"%.*s\"", (int)host.len - 2,
		    host.p + 1);
		return false;
	}
	if (config_utf8_find(host, SLICE("://")) != SIZE_MAX) {
		snprintf(why, CONFIG_TEXT_MAX, "host must be an address or a "
		    "name, not a URL as \"%s\"", shown);
		return false;
	}
	if (colon != NULL && memchr(colon + 1, ':',
	    host.len - (size_t)(colon + 1 - host.p)) == NULL) {
		snprintf(why, CONFIG_TEXT_MAX, "host must be an address or a "
		    "name; the port of \"%s\" has a key of its own, port",
		    shown);
		return false;
	}
	if (colon == NULL && has_only(host, ".-_"))
		return true;
	snprintf(why, CONFIG_TEXT_MAX, "host must be an address, a name or "
	    "\"*\", not \"%s\"", shown);
	return false;
}

/* A name that the Host field of a request can have, without a port. */
static bool
check_site_name(struct slice host, char *why)
{
	struct slice name = host;
	char shown[CONFIG_SHOWN_MAX];
	const char *fault = NULL;

	config_shown(host, shown);
	if (host.p[host.len - 1] == '.')
		name.len--;
	if (host.p[0] == '[' && host.p[host.len - 1] == ']' &&
	    memchr(host.p, '%', host.len) == NULL &&
	    is_ipv6((struct slice){ host.p + 1, host.len - 2 }))
		return true;
	if (memchr(host.p, '*', host.len) != NULL)
		fault = "is no exact name, and only those can be told apart; "
		    "what no name fits is served as http says";
	else if (is_ipv6(host))
		fault = "needs brackets around an IPv6 address, and quotes, "
		    "as in \"[::1]\"";
	else if (config_utf8_find(host, SLICE("://")) != SIZE_MAX)
		fault = "is a URL; write the host name alone";
	else if (memchr(host.p, ':', host.len) != NULL)
		fault = "has a port; write the host name alone";
	else if (!has_only(host, ".-_"))
		fault = "must be letters, digits, \".\", \"-\" and \"_\"; of "
		    "others write the ASCII form, which begins with \"xn--\"";
	else if (name.len == 0 || name.p[0] == '.' ||
	    config_utf8_find(name, SLICE("..")) != SIZE_MAX ||
	    name.p[name.len - 1] == '.')
		fault = "has an empty part between its dots";
	if (fault == NULL)
		return true;
	snprintf(why, CONFIG_TEXT_MAX, "the host \"%s\" %s", shown, fault);
	return false;
}

static bool
check_page(const struct config_key *key, struct slice page, char *why)
{
	const char *fault = config_path_fault(page);

	if (key->words != NULL && slice_eq(page, slice_of(key->words->word)))
		return true;
	if (page.p[0] != '/')
		fault = key->words != NULL ? "must be none, or begin with "
		    "\"/\", as in /index.html" : "must begin with \"/\", as "
		    "in /404.html; it is beneath document_root";
	else if (fault == NULL && page.p[page.len - 1] == '/')
		fault = "must be a file, and not end in \"/\"";
	return say_fault(key, fault, why);
}

static bool
check_field_name(struct slice name, char *why)
{
	char shown[CONFIG_SHOWN_MAX];
	size_t i, n = sizeof(own_fields) / sizeof(own_fields[0]);

	config_shown(name, shown);
	if (!http_is_token(name)) {
		snprintf(why, CONFIG_TEXT_MAX, "\"%s\" is no name of a field: "
		    "letters, digits and \"-\", as in Cache-Control", shown);
		return false;
	}
	for (i = 0; i < n; i++)
		if (slice_eq_nocase(name, slice_of(own_fields[i].name)))
			break;
	if (i == n)
		return true;
	if (own_fields[i].key != NULL)
		snprintf(why, CONFIG_TEXT_MAX, "%s is set by the server; use "
		    "http.%s", shown, own_fields[i].key);
	else
		snprintf(why, CONFIG_TEXT_MAX, "%s is what the server "
		    "itself knows, and sets where it is due; leave it out",
		    shown);
	return false;
}

static bool
check_field_value(const struct config_key *key, struct slice value, char *why)
{
	for (size_t i = 0; i < value.len; i++)
		if (!http_byte_is(value.p[i], HTTP_BYTE_VALUE))
			return say_of(key, "must be one line without control "
			    "characters", why);
	if (slice_trim(value).len < value.len)
		return say_of(key, "must not begin or end with a blank: it "
		    "would not arrive", why);
	return true;
}

static bool
check_extension(const struct config_key *key, struct slice text, char *why)
{
	if (text.p[0] != '.' || text.len == 1)
		return say_of(key, "must begin with a dot, as in .html", why);
	if (memchr(text.p, '/', text.len) != NULL)
		return say_of(key, "must not hold \"/\": it is the end of a "
		    "file name", why);
	return true;
}

/* The length of the quoted-string at the front of s, or 0. RFC 9110, 5.6.4 */
static size_t
quoted_length(struct slice s)
{
	size_t i = 1;

	if (s.len < 2 || s.p[0] != '"')
		return 0;
	for (; i < s.len && s.p[i] != '"'; i++)
		if (!http_byte_is(s.p[i], HTTP_BYTE_VALUE) ||
		    (s.p[i] == '\\' && (++i == s.len ||
		    !http_byte_is(s.p[i], HTTP_BYTE_VALUE))))
			return 0;
	return i < s.len ? i + 1 : 0;
}

/* Move past n bytes. */
static struct slice
skip(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.len - n };
}

/* type "/" subtype *( OWS ";" OWS name "=" value ), RFC 9110, 8.3.1 */
static bool
is_media_type(struct slice s)
{
	size_t n = http_token_length(s);

	if (n == 0 || n == s.len || s.p[n] != '/')
		return false;
	s = skip(s, n + 1);
	if ((n = http_token_length(s)) == 0)
		return false;
	for (s = skip(s, n); s.len > 0; s = skip(s, n)) {
		s = slice_trim(s);
		if (s.len == 0 || s.p[0] != ';')
			return false;
		s = slice_trim(skip(s, 1));
		n = http_token_length(s);
		if (n == 0 || n == s.len || s.p[n] != '=')
			return false;
		s = skip(s, n + 1);
		if ((n = http_token_length(s)) == 0 && (n = quoted_length(s)) == 0)
			return false;
	}
	return true;
}

static bool
check_media_type(const struct config_key *key, struct slice text, char *why)
{
	char shown[CONFIG_SHOWN_MAX];

	if (is_media_type(text))
		return true;
	snprintf(why, CONFIG_TEXT_MAX, "%s must be a media type, such as "
	    "image/png or \"text/plain; charset=utf-8\", not \"%s\"",
	    config_key_leaf(key), config_shown(text, shown));
	return false;
}

/* A word, or a path that cannot be taken for a word that is misspelt. */
static bool
check_sink(const struct config_key *key, struct slice text, char *why)
{
	const struct config_word *w;
	char shown[CONFIG_SHOWN_MAX];
	const char *near = NULL;
	size_t least = SIZE_MAX, distance;

	if (memchr(text.p, '/', text.len) != NULL)
		return true;
	for (w = key->words; w->word != NULL; w++) {
		if (slice_eq(text, slice_of(w->word)))
			return true;
		if (config_is_near(text, slice_of(w->word), &distance) &&
		    distance < least) {
			least = distance;
			near = w->word;
		}
	}
	config_shown(text, shown);
	snprintf(why, CONFIG_TEXT_MAX, near != NULL ? "%s must be %s, %s or a "
	    "path, not \"%s\"; did you mean \"%s\"?" : "%s must be %s, %s or a "
	    "path, not \"%s\"; a file in this directory is \"./%s\"",
	    config_key_leaf(key), key->words[0].word, key->words[1].word,
	    shown, near != NULL ? near : shown);
	return false;
}

bool
config_text_check(const struct config_key *key, struct slice text,
    char why[static CONFIG_TEXT_MAX])
{
	if (!check_length(key, text, why))
		return false;
	if (key->type == CONFIG_BYTES)
		return true;
	if (key->type == CONFIG_FIELD_VALUE)
		return check_field_value(key, text, why);
	if (!check_bytes(key, text, why))
		return false;
	switch (key->type) {
	case CONFIG_HOST:
		return check_host(text, why);
	case CONFIG_NAME:
		return has_only(text, ".-_") || say_of(key, "must be letters, "
		    "digits, \".\", \"-\" and \"_\"", why);
	case CONFIG_ACCOUNT:
		return memchr(text.p, ':', text.len) == NULL || say_of(key,
		    "must not hold a colon; user and group are two keys", why);
	case CONFIG_SINK:
		return check_sink(key, text, why);
	case CONFIG_PAGE:
		return check_page(key, text, why);
	case CONFIG_PATTERN:
		return say_fault(key, config_pattern_fault(text), why);
	case CONFIG_DESTINATION:
		return config_destination_check(key, text, why);
	case CONFIG_FIELD_NAME:
		return check_field_name(text, why);
	case CONFIG_EXTENSION:
		return check_extension(key, text, why);
	case CONFIG_MEDIA_TYPE:
		return check_media_type(key, text, why);
	case CONFIG_SITE_NAME:
		return check_site_name(text, why);
	default:
		return true;
	}
}
