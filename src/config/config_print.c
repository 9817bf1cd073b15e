/*
 * The configuration in force as YAML that reads back the same.
 */
#include <inttypes.h>

#include "config/config.h"
#include "config/config_table.h"
#include "config/config_utf8.h"
#include "config/config_value.h"

/* Text that needs no quotes: no character of it, and no whole, is special. */
static bool
is_bare(struct slice text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-";

	if (config_plain(text) != CONFIG_PLAIN_TEXT || text.p[0] == '-')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (memchr(safe, text.p[i], sizeof(safe) - 1) == NULL)
			return false;
	return true;
}

/* Escapes that have a letter; YAML has more, these are known to everybody. */
static const char *
short_escape(uint32_t code)
{
	switch (code) {
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	default:
		return NULL;
	}
}

static void
print_text(struct slice text, FILE *out)
{
	char escape[CONFIG_ESCAPE_MAX];
	uint32_t code;
	size_t used;

	if (is_bare(text)) {
		fprintf(out, "%.*s", SLICE_ARG(text));
		return;
	}
	fputc('"', out);
	for (; text.len > 0; text.p += used, text.len -= used) {
		used = config_utf8(text, &code);
		if (used == 0) {
			code = (unsigned char)text.p[0];
			used = 1;
		}
		/* Not to be taken for an expansion when it is read. */
		if (text.len > 1 && text.p[0] == '$' && text.p[1] == '{')
			fputc('$', out);
		if (short_escape(code) != NULL) {
			fputs(short_escape(code), out);
		} else if (config_utf8_is_plain(code)) {
			fprintf(out, "%.*s", (int)used, text.p);
		} else {
			config_utf8_escape(code, escape);
			fputs(escape, out);
		}
	}
	fputc('"', out);
}

static void
print_files(char *const *files, FILE *out)
{
	fputc('[', out);
	for (size_t i = 0; files[i] != NULL; i++) {
		fputs(i > 0 ? ", " : "", out);
		print_text(slice_of(files[i]), out);
	}
	fputc(']', out);
}

static uint64_t
number_at(const struct config_key *key, const char *at)
{
	uint64_t number;
	mode_t mode;
	bool truth;
	int word;

	switch (key->type) {
	case CONFIG_BOOL:
		memcpy(&truth, at, sizeof(truth));
		return truth;
	case CONFIG_WORD:
		memcpy(&word, at, sizeof(word));
		return (uint64_t)word;
	case CONFIG_MODE:
		memcpy(&mode, at, sizeof(mode));
		return mode;
	default:
		memcpy(&number, at, sizeof(number));
		return number;
	}
}

static void
print_value(const struct config_key *key, const char *base, FILE *out)
{
	char text[CONFIG_VALUE_MAX];
	struct slice bytes;

	switch (key->type) {
	case CONFIG_FILES:
		print_files(*(char *const *const *)(const void *)
		    (base + key->offset), out);
		break;
	case CONFIG_BYTES:
		memcpy(&bytes.p, base + key->offset, sizeof(bytes.p));
		memcpy(&bytes.len, base + key->len_offset, sizeof(bytes.len));
		print_text(bytes, out);
		break;
	case CONFIG_NAME:
	case CONFIG_HOST:
	case CONFIG_ACCOUNT:
	case CONFIG_PATH:
		memcpy(&bytes.p, base + key->offset, sizeof(bytes.p));
		print_text(slice_of(bytes.p), out);
		break;
	default:
		fputs(config_value_format(key, number_at(key,
		    base + key->offset), text), out);
		break;
	}
	fputc('\n', out);
}

/* Keys that this listener does not have, and that must not be written. */
static bool
is_absent(const struct config_key *key, const struct config_listener *l)
{
	const char *leaf = config_key_leaf(key);
	bool is_unix = l->unix_path != NULL;

	if (key->type == CONFIG_NAME)
		return l->name[0] == '\0';
	if (strcmp(leaf, "host") == 0 || strcmp(leaf, "port") == 0)
		return is_unix;
	if (key->type == CONFIG_PATH || key->type == CONFIG_MODE)
		return !is_unix;
	return false;
}

/*
 * The keys of a listener, each after indent, the first one after first. A
 * protocol that nobody gave stays a comment: it must not be taken for one
 * that somebody did.
 */
static void
print_listener(const struct config_listener *l, const char *section,
    const char *first, const char *indent, FILE *out)
{
	const struct config_key *key;
	const char *before = first;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++) {
		if (!key->of_listener || !slice_eq(config_key_section(key),
		    slice_of(section)) || is_absent(key, l))
			continue;
		fprintf(out, "%s%s%s: ", before, key->type == CONFIG_WORD &&
		    !l->protocol_said ? "# " : "", config_key_leaf(key));
		print_value(key, (const char *)l, out);
		before = indent;
	}
}

static void
print_listeners(const struct config *config, FILE *out)
{
	if (config->nlisteners == 1 && config->listeners[0].line == 0) {
		print_listener(&config->listeners[0], "", "", "", out);
		return;
	}
	fputs("listeners:\n", out);
	for (size_t i = 0; i < config->nlisteners; i++)
		print_listener(&config->listeners[i], CONFIG_IN_LISTENER,
		    "  - ", "    ", out);
}

void
config_print(const struct config *config, FILE *out)
{
	const struct config_key *key;
	struct slice section = SLICE(""), own;

	print_listeners(config, out);
	for (size_t i = 0; (key = config_table(i)) != NULL; i++) {
		own = config_key_section(key);
		if (key->of_listener || own.len == 0)
			continue;
		/* No root at all: "" would not be taken. */
		if (key->type == CONFIG_PATH &&
		    config->http.document_root[0] == '\0')
			continue;
		if (!slice_eq(own, section))
			fprintf(out, "%.*s:\n", SLICE_ARG(own));
		section = own;
		fprintf(out, "  %s: ", config_key_leaf(key));
		print_value(key, (const char *)config, out);
	}
}
