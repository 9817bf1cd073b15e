#include "config/config_read.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "config/config_expand.h"
#include "config/config_set.h"
#include "config/config_site.h"
#include "config/config_utf8.h"
#include "config/config_value.h"

#define ITEMS_MAX	64	/* looked at in a list of names or words */
#define PATH_BYTES	4095
#define SECTION_MAX	64

void
config_read_error(struct config_reader *r, const struct config_node *node,
    const char *why)
{
	config_error_at(r->errors, node->begin, node->end, "%s", why);
}

/*
 * An error within the text of a scalar: pointed at where the part is written
 * as it is, at the whole scalar where it is written with escapes.
 */
static void
error_in_node(struct config_reader *r, const struct config_node *node,
    struct slice part, const char *why)
{
	struct slice source = { r->errors->text.p + node->begin,
	    node->end - node->begin };
	size_t at = config_utf8_find(source, part);

	if (at == SIZE_MAX)
		config_read_error(r, node, why);
	else
		config_error_at(r->errors, node->begin + at,
		    node->begin + at + part.len, "%s", why);
}

/*
 * Expand the text of a scalar. Returns false after an error; *owned is to be
 * freed and *in is filled.
 */
static bool
expand_node(struct config_reader *r, const struct config_node *node,
    struct config_input *in, char **owned)
{
	struct slice text = config_node_text(node);
	struct config_expanded x;
	enum config_expand how = config_expand(text, getenv, &x);

	*owned = x.text;
	*in = (struct config_input){ text, node->quoted ?
	    CONFIG_STYLE_QUOTED : CONFIG_STYLE_PLAIN, r->dir };
	if (how == CONFIG_EXPAND_BAD) {
		error_in_node(r, node, (struct slice){ text.p + x.bad,
		    x.bad_len }, x.why);
		return false;
	}
	if (how == CONFIG_EXPAND_NO_MEMORY) {
		config_error_no_memory(r->errors);
		return false;
	}
	if (how != CONFIG_EXPAND_NONE)
		in->text = (struct slice){ x.text, x.len };
	if (how == CONFIG_EXPAND_DONE)
		in->style = CONFIG_STYLE_ANY;
	return true;
}

/* Why this is no path, or NULL if it is. */
static const char *
bad_path(struct slice path)
{
	if (path.len == 0)
		return "a path must not be empty";
	if (path.len > PATH_BYTES)
		return "a path has at most 4095 bytes";
	for (size_t i = 0; i < path.len; i++)
		if (path.p[i] == '\0' || path.p[i] == '\r' ||
		    path.p[i] == '\n')
			return "a path must not hold a NUL or a line end";
	return utf8_is_valid(path) ? NULL : "a path must be UTF-8";
}

/* Make an item a path that is absolute: *owned, to be freed. */
static bool
make_absolute(struct config_input *in, char **owned)
{
	char *path = config_absolute(in->dir, in->text);

	if (path == NULL)
		return false;
	free(*owned);
	*owned = path;
	in->text = slice_of(path);
	return true;
}

/*
 * Why an item of a list cannot be taken, or NULL if it can. items are those
 * before it.
 */
static const char *
item_fault(const struct config_key *key, const struct config_input *in,
    const struct slice *items, size_t n, char why[static CONFIG_TEXT_MAX])
{
	char shown[CONFIG_SHOWN_MAX];
	uint64_t value;

	if (config_type_is_texts(key->type)) {
		if (in->style == CONFIG_STYLE_PLAIN &&
		    config_plain(in->text) != CONFIG_PLAIN_TEXT)
			return "a file name that looks like a number or a "
			    "truth value must be in quotes";
		return key->type == CONFIG_FILES ?
		    config_bad_file_name(in->text) : bad_path(in->text);
	}
	if (!config_value_parse(key, in->text, &value, why))
		return why;
	for (size_t i = 0; i < n; i++)
		if (slice_eq(items[i], in->text)) {
			snprintf(why, CONFIG_TEXT_MAX, "%s has %s already; "
			    "each word stands once", config_key_leaf(key),
			    config_shown(in->text, shown));
			return why;
		}
	return NULL;
}

/* A list of scalars: names of files, paths, or words. */
static void
read_items(struct config_reader *r, const struct config_key *key,
    const struct config_node *node, const struct config_target *target)
{
	struct slice items[ITEMS_MAX];
	char *owned[ITEMS_MAX], why[CONFIG_TEXT_MAX];
	const struct config_node *item;
	const char *bad;
	size_t n = 0, all = 0;
	bool good = true;

	for (item = node->first; item != NULL; item = item->next) {
		struct config_input in;

		if (++all > ITEMS_MAX || item->type == CONFIG_NODE_BROKEN)
			continue;
		if (item->type != CONFIG_NODE_SCALAR) {
			config_read_error(r, item, key->type == CONFIG_FILES ?
			    "this must be a file name" : key->type ==
			    CONFIG_PATHS ? "this must be a path" :
			    "this must be a word");
			good = false;
			continue;
		}
		if (!expand_node(r, item, &in, &owned[n])) {
			good = false;
			continue;
		}
		bad = item_fault(key, &in, items, n, why);
		if (bad == NULL && key->type == CONFIG_PATHS &&
		    !make_absolute(&in, &owned[n]))
			bad = "this cannot be made an absolute path";
		if (bad != NULL)
			config_read_error(r, item, bad);
		good = good && bad == NULL;
		items[n++] = in.text;
	}
	/* More than were looked at are too many: their number is told. */
	if (all <= ITEMS_MAX)
		all = n;
	if (good && !config_set_items(target, key, items, all, why))
		config_read_error(r, node, why);
	while (n > 0)
		free(owned[--n]);
}

bool
config_node_is_null(const struct config_node *node)
{
	return node->type == CONFIG_NODE_SCALAR && !node->quoted &&
	    config_plain(config_node_text(node)) == CONFIG_PLAIN_NULL;
}

/* "a list, such as [a]": what a value of this key looks like. */
static void
wrong_type(struct config_reader *r, const struct config_key *key,
    const struct config_node *node, enum config_node_type type)
{
	const char *leaf = config_key_leaf(key);
	const char *kind = type == CONFIG_NODE_SEQUENCE ? "list" : "mapping";
	bool of_scalars = config_type_is_texts(key->type) ||
	    key->type == CONFIG_WORDS;
	char shown[CONFIG_SHOWN_MAX];

	if (node->type == CONFIG_NODE_BROKEN)
		return;
	if (type == CONFIG_NODE_SCALAR)
		config_error_at(r->errors, node->begin, node->end,
		    "%s must be one value, not a %s", leaf,
		    node->type == CONFIG_NODE_SEQUENCE ? "list" : "mapping");
	else if (of_scalars && node->type == CONFIG_NODE_SCALAR &&
	    node->len > 0)
		config_error_at(r->errors, node->begin, node->end,
		    "%s must be a list: [%s]", leaf,
		    config_shown(config_node_text(node), shown));
	else
		config_error_at(r->errors, node->begin, node->end,
		    "%s must be a %s, such as %s", leaf, kind,
		    key->example != NULL ? key->example : key->def);
}

size_t
config_read_count(struct config_reader *r, const struct config_key *key,
    const struct config_node *node, enum config_node_type type)
{
	size_t n = 0;

	if (node->type != type) {
		wrong_type(r, key, node, type);
		return SIZE_MAX;
	}
	for (const struct config_node *i = node->first; i != NULL; i = i->next)
		n++;
	if (n >= key->min && n <= key->max)
		return n;
	if (n == 0)
		config_error_at(r->errors, node->begin, node->end,
		    "%s must not be empty; write it such as %s",
		    config_key_leaf(key), key->example);
	else
		config_error_at(r->errors, node->key->begin, node->key->end,
		    "%s can have at most %zu items, not %zu",
		    config_key_leaf(key), (size_t)key->max, n);
	return SIZE_MAX;
}

void
config_read_value(struct config_reader *r, const struct config_key *key,
    const struct config_node *node, const struct config_target *target)
{
	struct config_input in;
	char *owned, why[CONFIG_TEXT_MAX];

	if (key->type == CONFIG_HOSTS) {
		return;		/* config_read_hosts() has it */
	} else if (config_type_is_texts(key->type) ||
	    key->type == CONFIG_WORDS) {
		if (node->type == CONFIG_NODE_SEQUENCE)
			read_items(r, key, node, target);
		else
			wrong_type(r, key, node, CONFIG_NODE_SEQUENCE);
		return;
	} else if (config_type_is_list(key->type)) {
		config_read_rules(r, key, node, target);
		return;
	} else if (node->type != CONFIG_NODE_SCALAR) {
		wrong_type(r, key, node, CONFIG_NODE_SCALAR);
		return;
	}
	if (expand_node(r, node, &in, &owned) &&
	    !config_set(target, key, &in, why))
		config_read_error(r, node, why);
	free(owned);
}

/* The key of a list: "listeners" of "listeners[]". */
static struct slice
without_brackets(struct slice section)
{
	const char *bracket = section.len == 0 ? NULL :
	    memchr(section.p, '[', section.len);

	if (bracket != NULL)
		section.len = (size_t)(bracket - section.p);
	return section;
}

/* As a section is told: "limits:", "error: of log:". */
static const char *
section_text(struct slice section, char out[static SECTION_MAX])
{
	const char *dot;

	section = without_brackets(section);
	dot = memchr(section.p, '.', section.len);
	if (dot == NULL || slice_eq((struct slice){ section.p, 4 },
	    SLICE("http")))
		snprintf(out, SECTION_MAX, "%.*s:", SLICE_ARG(section));
	else
		snprintf(out, SECTION_MAX, "%.*s: of %.*s:",
		    (int)(section.len - (size_t)(dot + 1 - section.p)),
		    dot + 1, (int)(dot - section.p), section.p);
	return out;
}

/* Where a key that is not known here is known, for "belongs under ...". */
static bool
find_elsewhere(const char *section, struct slice leaf, char *out, size_t size)
{
	const struct config_key *key;
	bool top = config_table_find("", leaf) != NULL ||
	    slice_eq(leaf, SLICE(CONFIG_LISTENERS)) ||
	    config_table_has_section(leaf);
	char text[SECTION_MAX];
	size_t n = 0, rows = 0, found = 0;

	while (config_table(rows) != NULL)
		rows++;
	/* The likeliest places are the last ones of the table. */
	while (rows > 0 && n < size) {
		struct slice other;

		key = config_table(--rows);
		other = config_key_section(key);
		if (other.len == 0 || slice_eq(other, slice_of(section)) ||
		    !slice_eq(slice_of(config_key_leaf(key)), leaf))
			continue;
		if (slice_eq(other, SLICE(CONFIG_IN_LISTENER)) && top)
			continue;
		n += (size_t)snprintf(out + n, size - n, "%s%s%s",
		    found == 0 ? "under " : " (or ",
		    section_text(other, text), found == 0 ? "" : ")");
		found++;
	}
	if (top && section[0] != '\0' && n < size)
		snprintf(out + n, size - n, found == 0 ? "at the top level" :
		    " (or at the top level)");
	return found > 0 || (top && section[0] != '\0');
}

/* The key of section below which the inner one is, such as "error". */
static bool
next_part(struct slice inner, const char *section, struct slice *out)
{
	size_t len = strlen(section);
	const char *dot;

	if (len > 0 && (inner.len <= len || inner.p[len] != '.' ||
	    memcmp(inner.p, section, len) != 0))
		return false;
	if (len > 0)
		len++;
	*out = without_brackets((struct slice){ inner.p + len,
	    inner.len - len });
	if ((dot = memchr(out->p, '.', out->len)) != NULL)
		out->len = (size_t)(dot - out->p);
	return true;
}

/* The key known in the section that is nearest to leaf, or NULL. */
static const char *
find_near(const char *section, struct slice leaf, char *out, size_t size)
{
	const struct config_key *key;
	size_t least = SIZE_MAX, distance;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++) {
		struct slice own = config_key_section(key);
		struct slice name = slice_of(config_key_leaf(key));

		if (!slice_eq(own, slice_of(section)) &&
		    !next_part(own, section, &name))
			continue;
		if (config_is_near(leaf, name, &distance) &&
		    distance < least) {
			least = distance;
			snprintf(out, size, "%.*s", SLICE_ARG(name));
		}
	}
	return least == SIZE_MAX ? NULL : out;
}

/* "limits.body: 1KiB": a dotted name is how we talk, not how it is written. */
static const struct config_key *
find_dotted(struct slice name)
{
	const struct config_key *key;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++)
		if (config_key_section(key).len > 0 &&
		    slice_eq(slice_of(key->name), name))
			return key;
	return NULL;
}

/* What other servers call it, and what does it here. */
static const struct {
	struct slice	 name;
	const char	*here;
} foreign[] = {
	{ { "add_header", 10 },	"http.headers" },
	{ { "access_log", 10 },	"log.access" },
	{ { "autoindex", 9 },	"http.listing" },
	{ { "error_log", 9 },	"log.error" },
	{ { "error_page", 10 },	"http.error_pages" },
	{ { "expires", 7 },	"http.headers, with Cache-Control" },
	{ { "gzip", 4 },	"http.precompressed, and files beside yours" },
	{ { "gzip_static", 11 }, "http.precompressed" },
	{ { "listen", 6 },	"host and port, or listeners" },
	{ { "location", 8 },	"match of a rule of http.headers" },
	{ { "open_file_cache", 15 }, "cache" },
	{ { "pid", 3 },		"process.pid_file" },
	{ { "return", 6 },	"http.redirects" },
	{ { "rewrite", 7 },	"http.redirects" },
	{ { "root", 4 },	"document_root" },
	{ { "server", 6 },	"listeners, and http.hosts" },
	{ { "server_name", 11 }, "http.hosts" },
	{ { "server_tokens", 13 }, "http.server_version" },
	{ { "try_files", 9 },	"http.fallback, or http.clean_urls" },
	{ { "types", 5 },	"http.mime_types" },
};

static const char *
find_foreign(struct slice name)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (slice_eq(name, foreign[i].name))
			return foreign[i].here;
	return NULL;
}

static void
unknown_key(struct config_reader *r, const char *section,
    const struct config_node *node)
{
	struct slice name = config_node_text(node);
	const struct config_key *dotted = find_dotted(name);
	const char *here = find_foreign(name);
	char shown[CONFIG_SHOWN_MAX], other[160];

	config_shown(name, shown);
	if (find_elsewhere(section, name, other, sizeof(other)))
		config_error_at(r->errors, node->begin, node->end,
		    "%s belongs %s", shown, other);
	else if (dotted != NULL)
		config_error_at(r->errors, node->begin, node->end,
		    "%s is written as %s under %s, without a dot", shown,
		    config_key_leaf(dotted),
		    section_text(config_key_section(dotted), other));
	else if (here != NULL)
		config_error_at(r->errors, node->begin, node->end,
		    "unknown key \"%s\"; what it does elsewhere is done here "
		    "by %s", shown, here);
	else if (find_near(section, name, other, sizeof(other)) != NULL)
		config_error_at(r->errors, node->begin, node->end,
		    "unknown key \"%s\"; did you mean \"%s\"?", shown, other);
	else
		config_error_at(r->errors, node->begin, node->end,
		    "unknown key \"%s\"", shown);
}

/* A key of http that one host cannot have for itself. */
static void
not_of_host(struct config_reader *r, const struct config_node *node)
{
	config_error_at(r->errors, node->begin, node->end, "%s is for all "
	    "hosts: it belongs under http:, not under one of hosts:",
	    node->text);
}

/* The section that a key of another one begins: "log", "log.error". */
static struct slice
section_in(const char *section, struct slice leaf, char *out, size_t size)
{
	int n = snprintf(out, size, "%s%s%.*s", section,
	    section[0] == '\0' ? "" : ".", SLICE_ARG(leaf));

	/* What is cut, or has dots of its own, is the name of no section. */
	return n < 0 || (size_t)n >= size ||
	    memchr(leaf.p, '.', leaf.len) != NULL ||
	    memchr(leaf.p, '\0', leaf.len) != NULL ?
	    SLICE("") : slice_of(out);
}

static void
read_subsection(struct config_reader *r, const char *section,
    const struct config_node *node, const struct config_target *target)
{
	/* A section of which every line is commented out is an empty one. */
	if (config_node_is_null(node))
		return;
	if (node->type == CONFIG_NODE_MAPPING)
		config_read_section(r, section, node, target);
	else if (node->type != CONFIG_NODE_BROKEN)
		config_error_at(r->errors, node->begin, node->end,
		    "%s is a section: its keys stand below it, indented",
		    node->key->text);
}

bool
config_read_check_key(struct config_reader *r,
    const struct config_node *mapping, const struct config_node *node)
{
	const struct config_node *key = node->key, *first;
	char shown[CONFIG_SHOWN_MAX];

	if (key->type == CONFIG_NODE_BROKEN)
		return false;
	if (key->type != CONFIG_NODE_SCALAR) {
		config_read_error(r, key, "a key must be a word");
		return false;
	}
	for (first = mapping->first; first != node; first = first->next)
		if (first->key->type == CONFIG_NODE_SCALAR &&
		    slice_eq(config_node_text(first->key),
		    config_node_text(key))) {
			config_error_at(r->errors, key->begin, key->end,
			    "repeated key \"%s\"; it is already on line %zu",
			    config_shown(config_node_text(key), shown),
			    first->key->line);
			return false;
		}
	return true;
}

/* Read a key that the table has, and note that it was said. */
static void
read_known(struct config_reader *r, const struct config_key *key,
    const struct config_node *node, const struct config_target *target)
{
	config_read_value(r, key, node, target);
	if (key->of_listener && key->type == CONFIG_WORD)
		target->listener->protocol_said = true;
	if (key->of_site && target->site != r->config->sites)
		target->site->said |= config_site_bit(key);
}

void
config_read_section(struct config_reader *r, const char *section,
    const struct config_node *mapping, const struct config_target *target)
{
	bool is_top = section[0] == '\0';
	bool is_host = strcmp(section, CONFIG_IN_SITE) == 0 &&
	    target->site != r->config->sites;
	const struct config_node *n;
	const struct config_key *key;
	char inner[SECTION_MAX];
	struct slice name;

	for (n = mapping->first; n != NULL; n = n->next) {
		if (!config_read_check_key(r, mapping, n))
			continue;
		name = config_node_text(n->key);
		key = config_table_find(section, name);
		if (key != NULL && is_host && !key->of_site)
			not_of_host(r, n->key);
		else if (key != NULL)
			read_known(r, key, n, target);
		else if (is_top && slice_eq(name, SLICE(CONFIG_LISTENERS)))
			continue;	/* config_read_listeners() has it */
		else if (config_table_has_section(section_in(section, name,
		    inner, sizeof(inner))))
			read_subsection(r, inner, n, target);
		else
			unknown_key(r, section, n->key);
	}
}

/* The same directory under its short name and its long one. */
static void
check_roots(struct config_reader *r)
{
	const struct config_node *a, *b, *swap;

	a = config_node_find(r->root, "document_root");
	b = config_node_find(config_node_find(r->root, "http"),
	    "document_root");
	if (a == NULL || b == NULL)
		return;
	if (a->begin > b->begin) {
		swap = a;
		a = b;
		b = swap;
	}
	config_error_at(r->errors, b->key->begin, b->key->end,
	    "document_root and http.document_root are one setting, and the "
	    "other is on line %zu; keep one of them", a->key->line);
}

void
config_read(struct config_reader *r)
{
	struct config_target target = { r->config, r->config->listeners,
	    r->config->sites, NULL };
	const struct config_node *root = r->root;

	if (root == NULL || root->type == CONFIG_NODE_BROKEN ||
	    config_node_is_null(root))
		return;
	if (root->type != CONFIG_NODE_MAPPING) {
		config_read_error(r, root, "a configuration is made of lines "
		    "such as \"port: 8080\", with a space after the colon");
		return;
	}
	config_read_section(r, "", root, &target);
	check_roots(r);
	config_read_listeners(r);
}
