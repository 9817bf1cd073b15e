#include "config/config_redirect.h"

#include <stdint.h>
#include <stdio.h>

#include "base/utf8.h"
#include "config/config_pattern.h"
#include "http/http_byte.h"
#include "http/http_target.h"

#define PATH_ROOM	8192	/* a path that grows past this never ends */
#define SAMPLE		"~some~thing~"	/* for "*": in nobody's rules */
#define TRAIL		(2 * CONFIG_HOPS_MAX)

static bool
say(char *why, const char *key, const char *text)
{
	snprintf(why, CONFIG_TEXT_MAX, "%s %s", key, text);
	return false;
}

/* The character at the front of text, percent-encoded. */
static void
encode(struct slice text, char *out)
{
	uint32_t code;
	size_t n = utf8_first(text, &code);

	for (size_t i = 0; i < n; i++)
		out += sprintf(out, "%%%02X", (unsigned char)text.p[i]);
}

/* Bytes of a URL, RFC 3986 section 2; the brackets of an address too. */
static bool
check_bytes(const char *leaf, struct slice text, char *why)
{
	char encoded[3 * 4 + 1];

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		struct slice rest = { text.p + i, text.len - i };

		if (c <= 0x20 || c >= 0x7f ||
		    memchr("<>\"\\^`{|}", c, 9) != NULL) {
			encode(rest, encoded);
			snprintf(why, CONFIG_TEXT_MAX, "%s is written as in a "
			    "URL: instead of \"%.*s\" write \"%s\"", leaf,
			    (int)(strlen(encoded) / 3), rest.p, encoded);
			return false;
		}
		if (c == '%' && (rest.len < 3 ||
		    !http_byte_is(rest.p[1], HTTP_BYTE_HEX) ||
		    !http_byte_is(rest.p[2], HTTP_BYTE_HEX)))
			return say(why, leaf, "has a \"%\" without two "
			    "hexadecimal digits; for a percent sign write "
			    "\"%25\"");
	}
	return true;
}

/* What stands before the first of these bytes, all of text if none does. */
static struct slice
up_to(struct slice text, const char *stops)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr(stops, text.p[i]) != NULL)
			return (struct slice){ text.p, i };
	return text;
}

/* The host of a URL, which has been seen to be one. */
static bool
check_authority(const char *leaf, struct slice url, char *why)
{
	struct http_authority parts;
	struct slice host = up_to(url, "/");

	host = (struct slice){ host.p + host.len + 2,
	    url.len - host.len - 2 };
	host = up_to(host, "/?#");
	if (host.len > 0 && memchr(host.p, '*', host.len) != NULL)
		return say(why, leaf, "can have a \"*\" only after the host "
		    "and a \"/\"");
	if (host.len > 0 && memchr(host.p, '@', host.len) != NULL)
		return say(why, leaf, "must not hold a user name or a "
		    "password: everybody would see them");
	if (!http_authority_parse(host, &parts))
		return say(why, leaf, "needs a host and perhaps a port after "
		    "the two slashes, as in https://example.org/");
	return true;
}

/* What the client would ask this server for next must be well formed. */
static bool
check_path(const char *leaf, struct slice text, char *why)
{
	const struct http_fault *fault;
	struct http_target target;

	text = up_to(text, "#");
	/* What "*" stands for may be nothing. */
	if (text.p[text.len - 1] == '*')
		text.len--;
	if ((fault = http_target_parse(HTTP_GET, text, &target)) == NULL)
		return true;
	snprintf(why, CONFIG_TEXT_MAX, "%s leads to a request that is "
	    "refused: %s %s", leaf, fault->wrong, fault->right);
	return false;
}

static bool
begins_with(struct slice text, struct slice begin)
{
	return text.len >= begin.len && slice_eq_nocase(
	    (struct slice){ text.p, begin.len }, begin);
}

bool
config_destination_check(const struct config_key *key, struct slice text,
    char why[static CONFIG_TEXT_MAX])
{
	const char *leaf = config_key_leaf(key), *star;
	char shown[CONFIG_SHOWN_MAX];
	bool is_url = begins_with(text, SLICE("http://")) ||
	    begins_with(text, SLICE("https://"));

	if (begins_with(text, SLICE("//"))) {
		snprintf(why, CONFIG_TEXT_MAX, "%s begins with \"//\", which "
		    "leaves this host; if that is meant, write \"https:%s\"",
		    leaf, config_shown(text, shown));
		return false;
	}
	if (!is_url && !begins_with(text, SLICE("/")))
		return say(why, leaf, "must be a path that begins with \"/\", "
		    "or a URL that begins with http:// or https://");
	if (!check_bytes(leaf, text, why))
		return false;
	star = memchr(text.p, '*', text.len);
	if (star != NULL && star != text.p + text.len - 1)
		return say(why, leaf, "can have a \"*\" at its end only; for "
		    "the character itself write \"%2A\"");
	return is_url ? check_authority(leaf, text, why) :
	    check_path(leaf, text, why);
}

/*
 * The decoded path that a destination on this host leads to, with rest for
 * its "*". Returns its length, or 0 if it leads elsewhere or nowhere.
 */
static size_t
lead(const struct config_redirect *rule, struct slice rest,
    char out[static PATH_ROOM])
{
	struct slice raw = slice_of(rule->to);
	size_t len;
	bool star;

	if (rule->to[0] != '/')
		return 0;
	raw.len = strcspn(rule->to, "?#");
	star = raw.p[raw.len - 1] == '*';
	if (star)
		raw.len--;
	if (http_target_path(raw, out, &len) != NULL)
		return 0;
	if (!star)
		return len;
	if (rest.len > 0 && rest.p[0] == '/' && out[len - 1] == '/')
		len--;
	if (len + rest.len >= PATH_ROOM)
		rest.len = PATH_ROOM - len - 1;
	memcpy(out + len, rest.p, rest.len);
	return len + rest.len;
}

/* A path that only this pattern is likely to match. Returns its length. */
static size_t
make_sample(const char *pattern, char out[static PATH_ROOM])
{
	size_t len = strlen(pattern);

	if (pattern[0] == '*')
		return (size_t)snprintf(out, PATH_ROOM, "/%s%s", SAMPLE,
		    pattern + 1);
	if (pattern[len - 1] == '*')
		return (size_t)snprintf(out, PATH_ROOM, "%.*s%s",
		    (int)len - 1, pattern, SAMPLE);
	return (size_t)snprintf(out, PATH_ROOM, "%s", pattern);
}

/*
 * The same, and whether that is path again: whoever asks for path is not sent
 * there then (see route_redirect()). Of a path that was cut nothing is known.
 */
static bool
leads_back(const struct config_redirect *rule, struct slice path,
    struct slice rest, char out[static PATH_ROOM], size_t *len)
{
	*len = lead(rule, rest, out);
	return *len < PATH_ROOM - 1 &&
	    slice_eq((struct slice){ out, *len }, path);
}

const char *
config_redirect_fault(const struct config_redirect *rule)
{
	char sample[PATH_ROOM], out[PATH_ROOM];
	struct slice rest, path = { sample, 0 };
	size_t to = strlen(rule->to), len;

	if (rule->to[to - 1] == '*' && !config_pattern_has_rest(rule->from))
		return "has a \"*\", and from has none that could be put in "
		    "its place";
	path.len = make_sample(rule->from, sample);
	if (config_pattern_match(rule->from, path, &rest) &&
	    leads_back(rule, path, rest, out, &len))
		return "leads to itself, the very path that is asked for; "
		    "leave this rule out";
	return NULL;
}

/*
 * The first rule that applies to path, or n; where it leads to is in out and
 * in *len, as lead() says it. One that matches and leads back is passed over.
 */
static size_t
find_rule(const struct config_redirect *rules, size_t n, struct slice path,
    char out[static PATH_ROOM], size_t *len)
{
	struct slice rest;
	size_t i = 0;

	while (i < n && (!config_pattern_match(rules[i].from, path, &rest) ||
	    leads_back(&rules[i], path, rest, out, len)))
		i++;
	return i;
}

/* The rules that apply one after the other. False if that has an end. */
static bool
follow(const struct config_redirect *rules, size_t n, size_t start,
    size_t trail[static TRAIL])
{
	char paths[2][PATH_ROOM], *other;
	struct slice path = { paths[0], 0 };
	size_t len = 0;

	path.len = make_sample(rules[start].from, paths[0]);
	for (size_t hop = 0; hop < TRAIL; hop++) {
		other = paths[1 - hop % 2];
		trail[hop] = find_rule(rules, n, path, other, &len);
		if (trail[hop] == n || len == 0)
			return false;
		path = (struct slice){ other, len };
	}
	return true;
}

/* Whether a rule of the trail is known; all of them are from now on. */
static bool
learn(const size_t trail[static TRAIL], bool *known)
{
	bool any = false;

	/* A circle comes by its rules again: all looks before any mark. */
	for (size_t hop = 0; hop < TRAIL; hop++)
		any = any || known[trail[hop]];
	for (size_t hop = 0; hop < TRAIL; hop++)
		known[trail[hop]] = true;
	return any;
}

size_t
config_redirect_circle(const struct config_redirect *rules, size_t n,
    size_t start, bool *known, size_t *next)
{
	size_t trail[TRAIL], at = CONFIG_HOPS_MAX;

	if (!follow(rules, n, start, trail))
		return SIZE_MAX;
	/* What leads to a circle is behind us after so many hops. */
	for (size_t hop = at + 1; hop + 1 < TRAIL; hop++)
		if (trail[hop] < trail[at])
			at = hop;
	*next = trail[at + 1];
	return learn(trail, known) ? SIZE_MAX : trail[at];
}
