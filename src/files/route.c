#include "files/route.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config/config_pattern.h"

/* An address being put together; len > size means that it did not fit. */
struct address {
	char	*p;
	size_t	 len;
	size_t	 size;
};

static void
append(struct address *a, struct slice s)
{
	if (s.len < a->size - a->len) {
		memcpy(a->p + a->len, s.p, s.len);
		a->len += s.len;
	} else {
		a->size = a->len;
	}
	a->p[a->len] = '\0';
}

static void
append_encoded(struct address *a, struct slice path)
{
	long n = http_target_encode(path, a->p + a->len, a->size - a->len);

	if (n < 0)
		a->size = a->len;
	else
		a->len += (size_t)n;
	a->p[a->len] = '\0';
}

/* For a value in a query, where sub-delims would end it. */
static void
append_value(struct address *a, struct slice value)
{
	char escaped[4];

	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (strchr("&=+;", c) == NULL) {
			append_encoded(a, (struct slice){ value.p + i, 1 });
			continue;
		}
		snprintf(escaped, sizeof(escaped), "%%%02X", c);
		append(a, slice_of(escaped));
	}
}

/* The part of s before the first c, and the part from there on. */
static struct slice
cut(struct slice *s, char c)
{
	const char *at = memchr(s->p, c, s->len);
	size_t len = at == NULL ? s->len : (size_t)(at - s->p);
	struct slice head = { s->p, len };

	*s = (struct slice){ s->p + len, s->len - len };
	return head;
}

/*
 * Whether a URL ends within its authority, "https://example.org". What is
 * put behind it must not become a part of it: "https://example.org.evil" and
 * "https://example.org@evil" are other hosts. What follows url in memory ends
 * with NUL.
 */
static bool
ends_in_authority(struct slice url)
{
	size_t n = strcspn(url.p, "/?#");

	if (n + 2 > url.len || strncmp(url.p + n, "//", 2) != 0)
		return false;
	return n + 2 + strcspn(url.p + n + 2, "/?#") >= url.len;
}

/*
 * Write where the rule leads to; rest is what its "*" stands for. Of what
 * follows a slash no slash is left: "/" and "/evil.example" must not become
 * "//evil.example", which is another host.
 */
static bool
write_location(const struct config_redirect *rule, struct slice rest,
    const struct http_target *target, char *out)
{
	bool has_query;
	struct address a = { out, 0, ROUTE_LOCATION_MAX };
	struct slice to = slice_of(rule->to), fragment = to, base;
	bool star = to.len > 0 && to.p[to.len - 1] == '*';

	out[0] = '\0';
	if (star)
		fragment.len--;
	base = cut(&fragment, '#');
	if (star && fragment.len > 0)
		rest.len = 0;	/* a fragment is nothing that is asked for */
	has_query = memchr(base.p, '?', base.len) != NULL;
	append(&a, base);
	if (star && ends_in_authority(base))
		append(&a, SLICE("/"));
	while (star && rest.len > 0 && rest.p[0] == '/' && a.len > 0 &&
	    out[a.len - 1] == '/')
		rest = (struct slice){ rest.p + 1, rest.len - 1 };
	if (star && has_query)
		append_value(&a, rest);
	else if (star)
		append_encoded(&a, rest);
	if (target->has_query && !has_query) {
		append(&a, SLICE("?"));
		append(&a, target->query);
	}
	append(&a, fragment);
	if (a.len == a.size)
		out[0] = '\0';
	return a.len < a.size;
}

static struct slice
port_of(const struct http_authority *a)
{
	return a->port.len > 0 ? a->port : SLICE("80");
}

/*
 * Whether a Location is on this host: without one, or with http: and the very
 * host and port of the request. (With https: it is another server's, before
 * this one or beside it.) Moved to where its path begins then.
 */
static bool
is_here(struct slice *location, const struct http_authority *host)
{
	static const char scheme[] = "http://";
	size_t len = sizeof(scheme) - 1, end;
	struct http_authority own;

	if (location->len <= len ||
	    strncasecmp(location->p, scheme, len) != 0)
		return location->p[0] == '/';
	end = len + strcspn(location->p + len, "/?#");
	if (!http_authority_parse((struct slice){ location->p + len,
	    end - len }, &own) || !slice_eq_nocase(own.host, host->host) ||
	    !slice_eq(port_of(&own), port_of(host)))
		return false;
	*location = (struct slice){ location->p + end, location->len - end };
	return true;
}

/* Whether a Location asks for path again, on this host. */
static bool
leads_back(const char *location, const struct http_request *req,
    struct slice path)
{
	struct slice rest = slice_of(location), raw;
	char decoded[ROUTE_LOCATION_MAX + 1];
	size_t len;

	if (!is_here(&rest, &req->host))
		return false;
	raw = cut(&rest, '#');
	raw = cut(&raw, '?');
	if (raw.len == 0)
		raw = SLICE("/");
	return http_target_path(raw, decoded, &len) == NULL &&
	    slice_eq((struct slice){ decoded, len }, path);
}

const struct config_redirect *
route_redirect(const struct config_site *site, struct slice path,
    const struct http_request *req, const struct trace *t,
    char out[static ROUTE_LOCATION_MAX])
{
	const struct config_redirect *rule;
	struct slice rest;

	for (size_t i = 0; i < site->nredirects; i++) {
		rule = &site->redirects[i];
		if (!config_pattern_match(rule->from, path, &rest))
			continue;
		if (write_location(rule, rest, &req->target, out) &&
		    leads_back(out, req, path)) {
			trace(t, "redirect", "line %d, from %s, would lead "
			    "back to the same path: passed over", rule->line,
			    rule->from);
			continue;
		}
		trace(t, "redirect", "line %d, from %s to %s", rule->line,
		    rule->from, rule->to);
		return rule;
	}
	if (site->nredirects > 0)
		trace(t, "redirect", "none of %zu rules matches",
		    site->nredirects);
	return NULL;
}

bool
route_may_redirect(const struct config_site *site, struct slice path)
{
	for (size_t i = 0; i < site->nredirects; i++)
		if (config_pattern_match(site->redirects[i].from, path, NULL))
			return true;
	return false;
}

/* Fields that the server has its reasons for, where it sets them. */
static const struct slice own_fields[] = {
	{ "Cache-Control", 13 },
	{ "Content-Security-Policy", 23 },
};

#define OWN_FIELDS	(sizeof(own_fields) / sizeof(own_fields[0]))

static bool
is_own(const bool own[static OWN_FIELDS], struct slice name)
{
	for (size_t i = 0; i < OWN_FIELDS; i++)
		if (own[i] && slice_eq_nocase(name, own_fields[i]))
			return true;
	return false;
}

static void
set_fields(const struct config_headers *rule,
    const bool own[static OWN_FIELDS], const struct trace *t,
    struct http_response *res)
{
	for (size_t i = 0; i < rule->nset; i++) {
		const struct config_field *field = &rule->set[i];

		if (is_own(own, slice_of(field->name))) {
			trace(t, "headers", "line %d, %s, has %s: but this "
			    "answer has its own", rule->line, rule->match,
			    field->name);
			continue;
		}
		http_response_remove(res, slice_of(field->name));
		http_response_field(res, field->name, "%s", field->value);
		trace(t, "headers", "line %d, %s, sets %s", rule->line,
		    rule->match, field->name);
	}
}

void
route_headers(const struct config_site *site, struct slice path,
    const struct trace *t, struct http_response *res)
{
	bool own[OWN_FIELDS];

	if (site->nheaders == 0)
		return;
	for (size_t i = 0; i < OWN_FIELDS; i++)
		own[i] = http_response_has(res, own_fields[i]);
	for (size_t i = 0; i < site->nheaders; i++)
		if (config_pattern_match(site->headers[i].match, path, NULL))
			set_fields(&site->headers[i], own, t, res);
}

const char *
route_error_page(const struct config_site *site, int status)
{
	for (size_t i = 0; i < site->nerror_pages; i++)
		if (site->error_pages[i].status == status)
			return site->error_pages[i].path;
	return NULL;
}

bool
route_has_fallback(const struct config_site *site, struct slice path)
{
	if (site->fallback[0] == '\0')
		return false;
	for (size_t i = path.len; i > 0 && path.p[i - 1] != '/'; i--)
		if (path.p[i - 1] == '.')
			return false;
	return true;
}
