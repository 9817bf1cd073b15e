#include "config/config_set.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/config_utf8.h"
#include "config/config_value.h"

/* Where a key's value is. */
static void *
place(struct config *config, struct config_listener *listener,
    const struct config_key *key)
{
	char *base = key->of_listener ? (char *)listener : (char *)config;

	return base + key->offset;
}

static bool
say(char *why, const char *text)
{
	snprintf(why, CONFIG_TEXT_MAX, "%s", text);
	return false;
}

static bool
say_of(const struct config_key *key, const char *text, char *why)
{
	snprintf(why, CONFIG_TEXT_MAX, "%s %s", config_key_leaf(key), text);
	return false;
}

static bool
is_text(enum config_type type)
{
	return type == CONFIG_BYTES || type == CONFIG_NAME ||
	    type == CONFIG_HOST || type == CONFIG_ACCOUNT ||
	    type == CONFIG_PATH || type == CONFIG_MODE;
}

/* Numbers and truth values have no quotes, text that looks like them has. */
static bool
check_style(const struct config_key *key, const struct config_input *in,
    char *why)
{
	enum config_plain plain = config_plain(in->text);
	char shown[CONFIG_SHOWN_MAX];
	const char *leaf = config_key_leaf(key);

	if (in->style == CONFIG_STYLE_ANY)
		return true;
	config_shown(in->text, shown);
	if (in->style == CONFIG_STYLE_PLAIN && plain == CONFIG_PLAIN_NULL) {
		snprintf(why, CONFIG_TEXT_MAX, key->def == NULL ?
		    "%s has no value; leave the key out if it is not meant" :
		    "%s has no value; leave the key out for its default, %s",
		    leaf, key->def);
		return false;
	}
	if (in->style == CONFIG_STYLE_PLAIN && is_text(key->type) &&
	    plain != CONFIG_PLAIN_TEXT) {
		snprintf(why, CONFIG_TEXT_MAX,
		    "%s is text, and %s without quotes is a %s; write \"%s\"",
		    leaf, shown, plain == CONFIG_PLAIN_BOOL ? "truth value" :
		    "number", shown);
		return false;
	}
	if (in->style == CONFIG_STYLE_QUOTED &&
	    ((key->type == CONFIG_BOOL && plain == CONFIG_PLAIN_BOOL) ||
	    (key->type == CONFIG_INT && plain == CONFIG_PLAIN_NUMBER))) {
		snprintf(why, CONFIG_TEXT_MAX,
		    "%s must be %s: write %s without quotes", leaf,
		    key->type == CONFIG_BOOL ? "true or false" : "a number",
		    shown);
		return false;
	}
	return true;
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
	if (!config_utf8_is_valid(text))
		return say_of(key, "must be UTF-8", why);
	return true;
}

/* No NUL, no line end; in names of anything but files no control byte. */
static bool
check_bytes(const struct config_key *key, struct slice text, char *why)
{
	bool path = key->type == CONFIG_PATH;

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

static bool
check_text(const struct config_key *key, struct slice text, char *why)
{
	if (!check_length(key, text, why))
		return false;
	if (key->type == CONFIG_BYTES)
		return true;
	if (!check_bytes(key, text, why))
		return false;
	if (key->type == CONFIG_HOST)
		return check_host(text, why);
	if (key->type == CONFIG_NAME && !has_only(text, ".-_"))
		return say_of(key, "must be letters, digits, \".\", \"-\" and "
		    "\"_\"", why);
	if (key->type == CONFIG_ACCOUNT &&
	    memchr(text.p, ':', text.len) != NULL)
		return say_of(key, "must not hold a colon; user and group are "
		    "two keys", why);
	return true;
}

/* dir/name in new memory; a slash at the end of dir is not doubled. */
static char *
join(const char *dir, struct slice name)
{
	size_t len = strlen(dir);
	char *out;

	while (len > 0 && dir[len - 1] == '/')
		len--;
	if ((out = malloc(len + 1 + name.len + 1)) == NULL)
		return NULL;
	memcpy(out, dir, len);
	out[len++] = '/';
	if (name.len > 0)
		memcpy(out + len, name.p, name.len);
	len += name.len;
	/* Of a directory alone, only the root ends in a slash. */
	if (name.len == 0 && len > 1)
		len--;
	out[len] = '\0';
	return out;
}

/* path without the "./" at its begin; "" for the directory itself. */
static struct slice
skip_dots(struct slice path)
{
	while (path.len > 0 && path.p[0] == '.' &&
	    (path.len == 1 || path.p[1] == '/')) {
		path = (struct slice){ path.p + 1, path.len - 1 };
		while (path.len > 0 && path.p[0] == '/')
			path = (struct slice){ path.p + 1, path.len - 1 };
	}
	return path;
}

char *
config_absolute(const char *dir, struct slice path)
{
	char *cwd, *base, *out;

	if (path.len > 0 && path.p[0] == '/')
		return strndup(path.p, path.len);
	path = skip_dots(path);
	if (dir != NULL && dir[0] == '/')
		return join(dir, path);
	if ((cwd = getcwd(NULL, 0)) == NULL)
		return NULL;
	base = join(cwd, skip_dots(slice_of(dir == NULL ? "" : dir)));
	free(cwd);
	if (base == NULL)
		return NULL;
	out = join(base, path);
	free(base);
	return out;
}

/* A copy of the text, of a path as an absolute one; NULL and why. */
static char *
copy_text(const struct config_key *key, const struct config_input *in,
    size_t *len, char *why)
{
	char *copy;

	if (key->type != CONFIG_PATH) {
		if ((copy = malloc(in->text.len + 1)) != NULL) {
			memcpy(copy, in->text.p, in->text.len);
			copy[in->text.len] = '\0';
			*len = in->text.len;
		} else {
			say(why, "out of memory");
		}
		return copy;
	}
	if ((copy = config_absolute(in->dir, in->text)) == NULL) {
		snprintf(why, CONFIG_TEXT_MAX,
		    "%s cannot be made an absolute path: %s",
		    config_key_leaf(key), strerror(errno));
		return NULL;
	}
	*len = strlen(copy);
	if (*len > key->max) {
		snprintf(why, CONFIG_TEXT_MAX, "%s must have at most %zu "
		    "bytes, not %zu, as an absolute path",
		    config_key_leaf(key), (size_t)key->max, *len);
		free(copy);
		return NULL;
	}
	return copy;
}

static bool
set_text(struct config *config, struct config_listener *listener,
    const struct config_key *key, const struct config_input *in, char *why)
{
	char **to = place(config, listener, key), *copy;
	size_t len;

	if (!check_text(key, in->text, why))
		return false;
	if ((copy = copy_text(key, in, &len, why)) == NULL)
		return false;
	free(*to);
	*to = copy;
	if (key->type == CONFIG_BYTES)
		memcpy((char *)config + key->len_offset, &len, sizeof(len));
	return true;
}

bool
config_set(struct config *config, struct config_listener *listener,
    const struct config_key *key, const struct config_input *in,
    char why[static CONFIG_TEXT_MAX])
{
	void *to = place(config, listener, key);
	uint64_t value;

	if (!check_style(key, in, why))
		return false;
	if (is_text(key->type) && key->type != CONFIG_MODE)
		return set_text(config, listener, key, in, why);
	if (!config_value_parse(key, in->text, &value, why))
		return false;
	/* Each by its own type, so that no alignment or width is assumed. */
	if (key->type == CONFIG_BOOL)
		memcpy(to, &(bool){ value != 0 }, sizeof(bool));
	else if (key->type == CONFIG_WORD)
		memcpy(to, &(int){ (int)value }, sizeof(int));
	else if (key->type == CONFIG_MODE)
		memcpy(to, &(mode_t){ (mode_t)value }, sizeof(mode_t));
	else
		memcpy(to, &value, sizeof(value));
	return true;
}

const char *
config_bad_file_name(struct slice name)
{
	if (name.len == 0)
		return "a file name must not be empty";
	if (name.len > 255)
		return "a file name has at most 255 bytes";
	if (memchr(name.p, '/', name.len) != NULL)
		return "this must be a file name, without /";
	if (slice_eq(name, SLICE(".")) || slice_eq(name, SLICE("..")))
		return "this is a directory, not a file name";
	if (!config_utf8_is_valid(name))
		return "a file name must be UTF-8";
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] == '\0' || name.p[i] == '\r' ||
		    name.p[i] == '\n')
			return "a file name must not hold a NUL or a line end";
	return NULL;
}

bool
config_set_files(struct config *config, const struct config_key *key,
    const struct slice *names, size_t n, char why[static CONFIG_TEXT_MAX])
{
	char ***to = place(config, NULL, key), **list;

	if (n > key->max) {
		snprintf(why, CONFIG_TEXT_MAX, "%s has at most %zu names, "
		    "not %zu", config_key_leaf(key), (size_t)key->max, n);
		return false;
	}
	if ((list = calloc(n + 1, sizeof(*list))) == NULL)
		return say(why, "out of memory");
	for (size_t i = 0; i < n; i++)
		if ((list[i] = strndup(names[i].p, names[i].len)) == NULL)
			goto fail;
	for (char **old = *to; old != NULL && *old != NULL; old++)
		free(*old);
	free(*to);
	*to = list;
	return true;

fail:
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return say(why, "out of memory");
}

/* The text of a default: without its quotes, \n as a line feed. */
static struct slice
unquote(const char *def, char *out, size_t size)
{
	size_t n = 0;

	if (def[0] != '"')
		return slice_of(def);
	for (def++; *def != '\0' && *def != '"' && n < size; def++)
		if (def[0] == '\\' && def[1] == 'n') {
			out[n++] = '\n';
			def++;
		} else {
			out[n++] = *def;
		}
	return (struct slice){ out, n };
}

bool
config_set_default(struct config *config, struct config_listener *listener,
    const struct config_key *key)
{
	struct config_input in = { SLICE(""), CONFIG_STYLE_ANY, "/" };
	char text[256], why[CONFIG_TEXT_MAX];
	char **to = place(config, listener, key);

	if (key->type == CONFIG_FILES) {
		/* One name in brackets. */
		struct slice name = { key->def + 1, strlen(key->def) - 2 };

		return config_set_files(config, key, &name, 1, why);
	}
	if (key->def == NULL) {
		if (!is_text(key->type) || *to != NULL)
			return true;
		return (*to = strdup("")) != NULL;
	}
	in.text = unquote(key->def, text, sizeof(text));
	return config_set(config, listener, key, &in, why);
}
