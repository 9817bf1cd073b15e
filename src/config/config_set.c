#include "config/config_set.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/utf8.h"
#include "config/config_list.h"
#include "config/config_text.h"
#include "config/config_value.h"

void *
config_place(const struct config_target *target, const struct config_key *key)
{
	void *base = key->of_listener ? (void *)target->listener :
	    key->of_site ? (void *)target->site :
	    key->of_rule ? target->rule : (void *)target->config;

	return (char *)base + key->offset;
}

/* Put a length or a count where the row says. */
static void
put_length(void *to, const struct config_key *key, size_t len)
{
	memcpy((char *)to - key->offset + key->len_offset, &len, sizeof(len));
}

static bool
say(char *why, const char *text)
{
	snprintf(why, CONFIG_TEXT_MAX, "%s", text);
	return false;
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
	/* The value of a field is text whatever it looks like. */
	if (key->type == CONFIG_FIELD_VALUE)
		return true;
	if (in->style == CONFIG_STYLE_PLAIN && plain != CONFIG_PLAIN_TEXT &&
	    (config_type_is_text(key->type) || key->type == CONFIG_MODE)) {
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

/*
 * The text as it is kept: a word that stands for none is empty, an extension
 * has no dot, a host name no dot at its end.
 */
static struct slice
kept_part(const struct config_key *key, struct slice text)
{
	if (key->type == CONFIG_PAGE && text.p[0] != '/')
		return SLICE("");
	if (key->type == CONFIG_EXTENSION)
		return (struct slice){ text.p + 1, text.len - 1 };
	if (key->type == CONFIG_SITE_NAME && text.p[text.len - 1] == '.')
		text.len--;
	return text;
}

static char *
copy_bytes(const struct config_key *key, struct slice text, size_t *len,
    char *why)
{
	bool lower = key->type == CONFIG_EXTENSION ||
	    key->type == CONFIG_SITE_NAME;
	char *copy;

	text = kept_part(key, text);
	if ((copy = malloc(text.len + 1)) == NULL) {
		say(why, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < text.len; i++)
		copy[i] = lower && text.p[i] >= 'A' && text.p[i] <= 'Z' ?
		    (char)(text.p[i] | 0x20) : text.p[i];
	copy[text.len] = '\0';
	*len = text.len;
	return copy;
}

/* A copy of the text, of a path as an absolute one; NULL and why. */
static char *
copy_text(const struct config_key *key, const struct config_input *in,
    size_t *len, char *why)
{
	char *copy;

	if (key->type != CONFIG_PATH && key->type != CONFIG_SINK)
		return copy_bytes(key, in->text, len, why);
	/* Nothing, and a word, stay what they are. */
	if (in->text.len == 0 || (key->type == CONFIG_SINK &&
	    memchr(in->text.p, '/', in->text.len) == NULL))
		return copy_bytes(key, in->text, len, why);
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
set_text(const struct config_target *target, const struct config_key *key,
    const struct config_input *in, char *why)
{
	char **to = config_place(target, key), *copy;
	size_t len;

	if (!config_text_check(key, in->text, why))
		return false;
	if ((copy = copy_text(key, in, &len, why)) == NULL)
		return false;
	free(*to);
	*to = copy;
	if (key->type == CONFIG_BYTES)
		put_length(to, key, len);
	return true;
}

bool
config_set(const struct config_target *target, const struct config_key *key,
    const struct config_input *in, char why[static CONFIG_TEXT_MAX])
{
	void *to = config_place(target, key);
	uint64_t value;

	if (!check_style(key, in, why))
		return false;
	if (config_type_is_text(key->type))
		return set_text(target, key, in, why);
	if (!config_value_parse(key, in->text, &value, why))
		return false;
	/* Each by its own type, so that no alignment or width is assumed. */
	if (key->type == CONFIG_BOOL)
		memcpy(to, &(bool){ value != 0 }, sizeof(bool));
	else if (key->type == CONFIG_WORD || key->type == CONFIG_STATUS)
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
	if (!utf8_is_valid(name))
		return "a file name must be UTF-8";
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] == '\0' || name.p[i] == '\r' ||
		    name.p[i] == '\n')
			return "a file name must not hold a NUL or a line end";
	return NULL;
}

static bool
set_files(char ***to, const struct slice *names, size_t n, char *why)
{
	char **list;

	if ((list = calloc(n + 1, sizeof(*list))) == NULL)
		return say(why, "out of memory");
	for (size_t i = 0; i < n; i++)
		if ((list[i] = strndup(names[i].p, names[i].len)) == NULL) {
			config_files_free(list);
			return say(why, "out of memory");
		}
	config_files_free(*to);
	*to = list;
	return true;
}

/* Words were looked at one by one before, and there are no more than fit. */
static bool
set_words(void *to, const struct config_key *key, const struct slice *words,
    size_t n, char *why)
{
	uint64_t value;

	for (size_t i = 0; i < n; i++) {
		if (!config_value_parse(key, words[i], &value, why))
			return false;
		memcpy((char *)to + i * sizeof(int), &(int){ (int)value },
		    sizeof(int));
	}
	put_length(to, key, n);
	return true;
}

bool
config_set_items(const struct config_target *target,
    const struct config_key *key, const struct slice *items, size_t n,
    char why[static CONFIG_TEXT_MAX])
{
	void *to = config_place(target, key);

	if (n > key->max) {
		snprintf(why, CONFIG_TEXT_MAX, "%s has at most %zu %s, "
		    "not %zu", config_key_leaf(key), (size_t)key->max,
		    key->type == CONFIG_FILES ? "names" : key->type ==
		    CONFIG_PATHS ? "paths" : "words", n);
		return false;
	}
	if (key->type == CONFIG_WORDS)
		return set_words(to, key, items, n, why);
	return set_files(to, items, n, why);
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

/* The items of a default such as "[zstd, br, gzip]". */
static size_t
split_items(const char *def, struct slice *items, size_t max)
{
	size_t n = 0;

	for (def++; n < max && def[0] != ']'; n++) {
		items[n] = (struct slice){ def, strcspn(def, ",]") };
		def += items[n].len;
		def += strspn(def, ", ");
	}
	return n;
}

bool
config_set_default(const struct config_target *target,
    const struct config_key *key)
{
	struct config_input in = { SLICE(""), CONFIG_STYLE_ANY, "/" };
	char text[256], why[CONFIG_TEXT_MAX];
	char **to = config_place(target, key);
	struct slice items[8];

	if (config_type_is_texts(key->type) || key->type == CONFIG_WORDS)
		return config_set_items(target, key, items,
		    split_items(key->def, items, 8), why);
	if (config_type_is_list(key->type))
		return true;
	if (key->def == NULL) {
		if (!config_type_is_text(key->type) || *to != NULL)
			return true;
		return (*to = strdup("")) != NULL;
	}
	in.text = unquote(key->def, text, sizeof(text));
	return config_set(target, key, &in, why);
}
