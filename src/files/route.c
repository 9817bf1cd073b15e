#include "files/route.h"

#include <stdio.h>
#include <string.h>

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
	struct address a = { out, 0, ROUTE_LOCATION_MAX };
	struct slice to = slice_of(rule->to), fragment = to, base;
	bool star = to.len > 0 && to.p[to.len - 1] == '*';

	out[0] = '\0';
	if (star)
		fragment.len = to.len -= 1;
	base = cut(&fragment, '#');
	if (star && fragment.len > 0)
		rest.len = 0;	/* a fragment is nothing that is asked for */
	append(&a, base);
	if (star && ends_in_authority(base))
		append(&a, SLICE("/"));
	while (star && rest.len > 0 && rest.p[0] == '/' && a.len > 0 &&
	    out[a.len - 1] == '/')
		rest = (struct slice){ rest.p + 1, rest.len - 1 };
	if (star)
		append_encoded(&a, rest);
	if (target->has_query && memchr(base.p, '?', base.len) == NULL) {
		append(&a, SLICE("?"));
		append(&a, target->query);
	}
	append(&a, fragment);
	if (a.len == a.size)
		out[0] = '\0';
	return a.len < a.size;
}

/* Whether a Location asks for path again, on this host. */
static bool
leads_back(const char *location, struct slice path)
{
	struct slice rest = slice_of(location), raw;
	char decoded[ROUTE_LOCATION_MAX + 1];
	size_t len;

	if (location[0] != '/')
		return false;
	raw = cut(&rest, '#');
	raw = cut(&raw, '?');
	return http_target_path(raw, decoded, &len) == NULL &&
	    slice_eq((struct slice){ decoded, len }, path);
}

const struct config_redirect *
route_redirect(const struct config_site *site, struct slice path,
    const struct http_target *target, const struct trace *t,
    char out[static ROUTE_LOCATION_MAX])
{
	const struct config_redirect *rule;
	struct slice rest;

	for (size_t i = 0; i < site->nredirects; i++) {
		rule = &site->redirects[i];
		if (!config_pattern_match(rule->from, path, &rest))
			continue;
		if (write_location(rule, rest, target, out) &&
		    leads_back(out, path)) {
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

void
route_headers(const struct config_site *site, struct slice path,
    const struct trace *t, struct http_response *res)
{
	static const char policy[] = "Content-Security-Policy";
	bool own_policy = http_response_has(res, SLICE(policy));

	for (size_t i = 0; i < site->nheaders; i++) {
		const struct config_headers *rule = &site->headers[i];

		if (!config_pattern_match(rule->match, path, NULL))
			continue;
		for (size_t k = 0; k < rule->nset; k++) {
			struct slice name = slice_of(rule->set[k].name);

			if (own_policy &&
			    slice_eq_nocase(name, SLICE(policy)))
				continue;
			http_response_remove(res, name);
			http_response_field(res, rule->set[k].name, "%s",
			    rule->set[k].value);
			trace(t, "headers", "line %d, %s, sets %s",
			    rule->line, rule->match, rule->set[k].name);
		}
	}
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
