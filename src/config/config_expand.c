#include "config/config_expand.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "config/config_utf8.h"

#define NAME_MAX_LEN	128

struct buffer {
	char	*p;
	size_t	 len;
	size_t	 room;
};

static bool
append(struct buffer *b, struct slice s)
{
	size_t need = b->len + s.len + 1;
	char *p;

	if (need > b->room) {
		need *= 2;
		if ((p = realloc(b->p, need)) == NULL)
			return false;
		b->p = p;
		b->room = need;
	}
	if (s.len > 0)
		memcpy(b->p + b->len, s.p, s.len);
	b->len += s.len;
	b->p[b->len] = '\0';
	return true;
}

static bool
is_name_char(char c, bool first)
{
	return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (!first && c >= '0' && c <= '9');
}

/*
 * Take "${NAME}" or "${NAME:-default}" apart. Returns its length, or 0 with
 * the reason in why.
 */
static size_t
split(struct slice in, struct slice *name, struct slice *other, char *why)
{
	const char *close = memchr(in.p, '}', in.len);
	size_t i = 2, len;

	if (close == NULL) {
		snprintf(why, CONFIG_TEXT_MAX,
		    "${ without }; for a literal ${ write $${");
		return 0;
	}
	len = (size_t)(close - in.p) + 1;
	while (is_name_char(in.p[i], i == 2))
		i++;
	*name = (struct slice){ in.p + 2, i - 2 };
	*other = (struct slice){ NULL, 0 };
	if (in.p[i] == ':' && in.p[i + 1] == '-')
		*other = (struct slice){ in.p + i + 2, len - 1 - (i + 2) };
	else if (in.p[i] != '}')
		name->len = 0;
	if (name->len == 0 || name->len > NAME_MAX_LEN) {
		snprintf(why, CONFIG_TEXT_MAX, "an expansion is ${NAME} or "
		    "${NAME:-default}; for a literal ${ write $${");
		return 0;
	}
	if (config_utf8_find(*other, SLICE("${")) != SIZE_MAX) {
		snprintf(why, CONFIG_TEXT_MAX,
		    "an expansion cannot hold another one");
		return 0;
	}
	return len;
}

/* What stands for ${name}; false with the reason in why. */
static bool
look_up(struct slice name, struct slice other, char *(*get)(const char *),
    struct slice *value, char *why)
{
	char copy[NAME_MAX_LEN + 1];
	const char *set;

	memcpy(copy, name.p, name.len);
	copy[name.len] = '\0';
	set = get(copy);
	if (other.p != NULL && (set == NULL || set[0] == '\0')) {
		*value = other;
		return true;
	}
	if (set == NULL) {
		snprintf(why, CONFIG_TEXT_MAX, "the environment has no %s; "
		    "set it, or give a default: ${%s:-default}", copy, copy);
		return false;
	}
	*value = slice_of(set);
	if (utf8_is_valid(*value))
		return true;
	snprintf(why, CONFIG_TEXT_MAX, "the value of %s is not UTF-8", copy);
	return false;
}

static enum config_expand
fail(struct buffer *b, enum config_expand how)
{
	free(b->p);
	return how;
}

enum config_expand
config_expand(struct slice in, char *(*get)(const char *),
    struct config_expanded *out)
{
	struct buffer b = { NULL, 0, 0 };
	struct slice part, name, other;
	enum config_expand how = CONFIG_EXPAND_LITERAL;
	size_t used;

	*out = (struct config_expanded){ .text = NULL };
	if (config_utf8_find(in, SLICE("${")) == SIZE_MAX)
		return CONFIG_EXPAND_NONE;
	for (size_t i = 0; i < in.len; i += used) {
		struct slice rest = { in.p + i, in.len - i };

		used = 1;
		part = (struct slice){ rest.p, 1 };
		if (rest.len >= 3 && memcmp(rest.p, "$${", 3) == 0) {
			part = SLICE("${");
			used = 3;
		} else if (rest.len >= 2 && memcmp(rest.p, "${", 2) == 0) {
			used = split(rest, &name, &other, out->why);
			out->bad = i;
			out->bad_len = used == 0 ? 2 : used;
			if (used == 0 ||
			    !look_up(name, other, get, &part, out->why))
				return fail(&b, CONFIG_EXPAND_BAD);
			how = CONFIG_EXPAND_DONE;
		}
		if (b.len + part.len > CONFIG_EXPANDED_MAX) {
			out->bad = i;
			out->bad_len = used;
			snprintf(out->why, sizeof(out->why), "the expanded "
			    "value is longer than %d bytes",
			    CONFIG_EXPANDED_MAX);
			return fail(&b, CONFIG_EXPAND_BAD);
		}
		if (!append(&b, part))
			return fail(&b, CONFIG_EXPAND_NO_MEMORY);
	}
	out->text = b.p;
	out->len = b.len;
	return how;
}
