/*
 * The configuration in force as YAML that reads back the same.
 */
#include <inttypes.h>

#include "base/utf8.h"
#include "config/config.h"
#include "config/config_list.h"
#include "config/config_print.h"
#include "config/config_site.h"
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
print_scalar(struct slice text, bool is_value, FILE *out)
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
		used = utf8_first(text, &code);
		if (used == 0) {
			code = (unsigned char)text.p[0];
			used = 1;
		}
		/* Not to be taken for an expansion when it is read. */
		if (is_value && text.len > 1 &&
		    memcmp(text.p, "${", 2) == 0)
			fputc('$', out);
		if (short_escape(code) != NULL) {
			fputs(short_escape(code), out);
		} else if (utf8_is_plain(code)) {
			fprintf(out, "%.*s", (int)used, text.p);
		} else {
			config_utf8_escape(code, escape);
			fputs(escape, out);
		}
	}
	fputc('"', out);
}

/* A key of a map: nothing is expanded there, so nothing is kept from it. */
static void
print_key(struct slice text, FILE *out)
{
	print_scalar(text, false, out);
}

static void
print_text(struct slice text, FILE *out)
{
	print_scalar(text, true, out);
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
print_words(const struct config_key *key, const char *base, FILE *out)
{
	char text[CONFIG_VALUE_MAX];
	size_t n;
	int word;

	memcpy(&n, base + key->len_offset, sizeof(n));
	fputc('[', out);
	for (size_t i = 0; i < n; i++) {
		memcpy(&word, base + key->offset + i * sizeof(word),
		    sizeof(word));
		fprintf(out, "%s%s", i > 0 ? ", " : "",
		    config_value_format(key, (uint64_t)word, text));
	}
	fputc(']', out);
}

static struct slice
text_at(const struct config_key *key, const char *base)
{
	struct slice text;

	memcpy(&text.p, base + key->offset, sizeof(text.p));
	if (key->type == CONFIG_BYTES)
		memcpy(&text.len, base + key->len_offset, sizeof(text.len));
	else
		text.len = strlen(text.p);
	/* Empty, it is what its word stands for. */
	if (text.len == 0 && key->words != NULL)
		text = slice_of(key->words->word);
	return text;
}

/* One value on the line of its key. */
static void
print_value(const struct config_key *key, const char *base, FILE *out)
{
	char text[CONFIG_VALUE_MAX];

	if (config_type_is_texts(key->type))
		print_files(*(char *const *const *)(const void *)
		    (base + key->offset), out);
	else if (key->type == CONFIG_WORDS)
		print_words(key, base, out);
	else if (config_type_is_text(key->type))
		print_text(text_at(key, base), out);
	else
		fputs(config_value_format(key, number_at(key,
		    base + key->offset), text), out);
	fputc('\n', out);
}

/* An element of a map: a key and a value. */
static void
print_pair(enum config_type type, const void *element, FILE *out)
{
	const struct config_error_page *page = element;
	const struct config_mime_type *mime = element;
	const struct config_field *field = element;
	char extension[64];

	switch (type) {
	case CONFIG_ERROR_PAGES:
		fprintf(out, "%d: ", page->status);
		print_text(slice_of(page->path), out);
		break;
	case CONFIG_MIME_TYPES:
		snprintf(extension, sizeof(extension), ".%s",
		    mime->extension);
		print_key(slice_of(extension), out);
		fputs(": ", out);
		print_text(slice_of(mime->type), out);
		break;
	default:
		print_key(slice_of(field->name), out);
		fputs(": ", out);
		print_text(slice_of(field->value), out);
		break;
	}
	fputc('\n', out);
}

static void	print_list(const struct config_key *, const char *, int,
		    FILE *);

/* A key and its value, which may go on below it. */
void
config_print_row(const struct config_key *key, const char *base, int indent,
    FILE *out)
{
	fprintf(out, "%s:", config_key_leaf(key));
	if (key->type >= CONFIG_FIELDS) {
		print_list(key, base, indent, out);
	} else {
		fputc(' ', out);
		print_value(key, base, out);
	}
}

/* An element of a list: the rows of a section. */
static void
print_rule(const char *section, const char *rule, int indent, FILE *out)
{
	const struct config_key *key;
	const char *before = "- ";

	for (size_t i = 0; (key = config_table(i)) != NULL; i++) {
		if (!slice_eq(config_key_section(key), slice_of(section)))
			continue;
		fprintf(out, "%*s%s", indent, "", before);
		config_print_row(key, rule, indent + 2, out);
		before = "  ";
	}
}

/* A list or a map of structs, below a key that is indented so far. */
static void
print_list(const struct config_key *key, const char *base, int indent,
    FILE *out)
{
	size_t size = config_list(key->type)->size, n;
	const char *element;

	memcpy(&element, base + key->offset, sizeof(element));
	memcpy(&n, base + key->len_offset, sizeof(n));
	fputs(n == 0 ? key->type >= CONFIG_HEADERS ? " []\n" : " {}\n" : "\n",
	    out);
	indent += 2;
	for (; n > 0; n--, element += size)
		if (key->type == CONFIG_HEADERS) {
			print_rule(CONFIG_IN_HEADERS, element, indent, out);
		} else if (key->type == CONFIG_REDIRECTS) {
			print_rule(CONFIG_IN_REDIRECT, element, indent, out);
		} else {
			fprintf(out, "%*s", indent, "");
			print_pair(key->type, element, out);
		}
}

/* Keys that this listener does not have, and that must not be written. */
static bool
is_absent(const struct config_key *key, const struct config_listener *l)
{
	const char *leaf = config_key_leaf(key);
	bool is_unix = l->unix_path != NULL, is_handed = l->systemd != NULL;

	if (strcmp(leaf, "name") == 0)
		return l->name[0] == '\0';
	if (strcmp(leaf, "systemd") == 0)
		return !is_handed;
	if (strcmp(leaf, "backlog") == 0)
		return is_handed;
	if (strcmp(leaf, "host") == 0 || strcmp(leaf, "port") == 0 ||
	    key->type == CONFIG_BOOL)
		return is_unix || is_handed;
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

/* What a host said itself; the rest is that of http anyway. */
static void
print_host(const struct config_site *site, FILE *out)
{
	const struct config_key *key;

	fputs("    ", out);
	print_key(slice_of(site->name), out);
	fputs(site->said == 0 ? ": {}\n" : ":\n", out);
	for (size_t i = 0; (key = config_table(i)) != NULL; i++) {
		if (!key->of_site || config_key_section(key).len == 0 ||
		    (site->said & config_site_bit(key)) == 0)
			continue;
		fputs("      ", out);
		config_print_row(key, (const char *)site, 6, out);
	}
}

static void
print_hosts(const struct config *config, FILE *out)
{
	fputs(config->nsites == 1 ? "hosts: {}\n" : "hosts:\n", out);
	for (size_t i = 1; i < config->nsites; i++)
		print_host(&config->sites[i], out);
}

/* The lines above the rows of a section, "log.error" after "log.access". */
static void
print_section(struct slice section, struct slice before, FILE *out)
{
	const char *dot = memchr(section.p, '.', section.len);
	size_t outer = dot == NULL ? section.len : (size_t)(dot - section.p);

	if (before.len < outer || memcmp(before.p, section.p, outer) != 0)
		fprintf(out, "%.*s:\n", (int)outer, section.p);
	if (dot != NULL)
		fprintf(out, "  %.*s:\n", (int)(section.len - outer - 1),
		    dot + 1);
}

void
config_print(const struct config *config, FILE *out)
{
	const struct config_key *key;
	struct slice section = SLICE(""), own;
	int indent;

	print_listeners(config, out);
	for (size_t i = 0; (key = config_table(i)) != NULL; i++) {
		own = config_key_section(key);
		if (key->of_listener || key->of_rule || own.len == 0)
			continue;
		/* No root at all: "" would not be taken. */
		if (key->of_site && key->type == CONFIG_PATH &&
		    config->sites->document_root[0] == '\0')
			continue;
		if (!slice_eq(own, section))
			print_section(own, section, out);
		section = own;
		indent = memchr(own.p, '.', own.len) != NULL ? 4 : 2;
		fprintf(out, "%*s", indent, "");
		if (key->type == CONFIG_HOSTS)
			print_hosts(config, out);
		else
			config_print_row(key, key->of_site ?
			    (const char *)config->sites :
			    (const char *)config, indent, out);
	}
}
