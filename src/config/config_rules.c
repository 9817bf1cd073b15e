/*
 * Lists and maps whose elements are structs: header rules, redirects, error
 * pages, media types. An element of a map is made of a key and a scalar, one
 * of a list is a section of the table.
 */
#include <stdint.h>
#include <stdlib.h>

#include "config/config_list.h"
#include "config/config_read.h"
#include "config/config_redirect.h"

#define HEADERS_BYTES	8192	/* heads of answers are bounded */

#define AT(rule, member)	.of_rule = true, \
	.offset = offsetof(struct rule, member)

/* What a key and a value of a map are, as if they had rows in the table. */
static const struct config_key field_rows[] = {
	{ "name", CONFIG_FIELD_NAME, AT(config_field, name),
	  .min = 1, .max = 128 },
	{ "value", CONFIG_FIELD_VALUE, AT(config_field, value),
	  .min = 1, .max = 2048 }
};
static const struct config_key error_page_rows[] = {
	{ "status", CONFIG_STATUS, AT(config_error_page, status),
	  .min = 400, .max = 599 },
	{ "page", CONFIG_PAGE, AT(config_error_page, path),
	  .min = 1, .max = 1024 }
};
static const struct config_key mime_type_rows[] = {
	{ "extension", CONFIG_EXTENSION, AT(config_mime_type, extension),
	  .min = 1, .max = 32 },
	{ "type", CONFIG_MEDIA_TYPE, AT(config_mime_type, type),
	  .min = 1, .max = 200 }
};

/* Of each type: its rows if it is a map, its section if it is a list. */
static const struct shape {
	const struct config_key	*rows;
	const char		*section;
	const char		*unique;	/* this key is not repeated */
} shapes[] = {
	[CONFIG_FIELDS] = { field_rows, NULL, "" },
	[CONFIG_ERROR_PAGES] = { error_page_rows, NULL, NULL },
	[CONFIG_MIME_TYPES] = { mime_type_rows, NULL, "" },
	[CONFIG_HEADERS] = { NULL, CONFIG_IN_HEADERS, NULL },
	[CONFIG_REDIRECTS] = { NULL, CONFIG_IN_REDIRECT, "from" },
};

/* A list that is being read. */
struct list {
	const struct config_list	*type;
	const struct shape		*shape;
	const struct config_key		*key;
	const struct config_node	*node;
	char				*elements;
	size_t				 n;
};

static char *
element_at(const struct list *list, size_t i)
{
	return list->elements + i * list->type->size;
}

/* The text that tells an element from others, or NULL after an error. */
static const char *
name_at(const struct list *list, size_t i)
{
	const char *name;

	memcpy(&name, element_at(list, i) + list->type->texts[0],
	    sizeof(name));
	return name;
}

static void
read_pair(struct config_reader *r, const struct shape *shape,
    const struct config_node *node, void *element)
{
	const struct config_target target = { .rule = element };
	const struct config_input key = { config_node_text(node->key),
	    CONFIG_STYLE_ANY, NULL };
	char why[CONFIG_TEXT_MAX];

	if (!config_set(&target, &shape->rows[0], &key, why))
		config_read_error(r, node->key, why);
	config_read_value(r, &shape->rows[1], node, &target);
}

/* The keys of a section that have no default must be there. */
static void
check_missing(struct config_reader *r, const struct list *list,
    const struct config_node *node)
{
	struct slice section = slice_of(list->shape->section);
	const struct config_key *key;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++)
		if (slice_eq(config_key_section(key), section) &&
		    key->def == NULL && config_node_find(node,
		    config_key_leaf(key)) == NULL)
			config_error_at(r->errors, node->begin,
			    node->begin + 1, "this item of %s has no %s; "
			    "write it such as %s", config_key_leaf(list->key),
			    config_key_leaf(key), list->key->example);
}

static bool
set_defaults(const struct config_target *target, const char *section)
{
	const struct config_key *key;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++)
		if (slice_eq(config_key_section(key), slice_of(section)) &&
		    key->def != NULL && !config_set_default(target, key))
			return false;
	return true;
}

static void
read_rule(struct config_reader *r, const struct list *list,
    const struct config_node *node, void *element)
{
	const struct config_target target = { .config = r->config,
	    .site = r->config->sites, .rule = element };
	size_t before = r->errors->n;

	if (node->type == CONFIG_NODE_BROKEN)
		return;
	if (node->type != CONFIG_NODE_MAPPING) {
		config_error_at(r->errors, node->begin, node->end,
		    "each item of %s is a mapping; write it such as %s",
		    config_key_leaf(list->key), list->key->example);
		return;
	}
	if (!set_defaults(&target, list->shape->section))
		config_error_no_memory(r->errors);
	config_read_section(r, list->shape->section, node, &target);
	/* A key that is misspelt is not missing too. */
	if (r->errors->n == before)
		check_missing(r, list, node);
}

static void
read_elements(struct config_reader *r, const struct list *list)
{
	const struct config_node *node = list->node->first;
	bool is_map = list->shape->rows != NULL;

	for (size_t i = 0; node != NULL; i++, node = node->next) {
		char *element = element_at(list, i);
		int line = (int)(is_map ? node->key->line : node->line);

		if (list->type->line != SIZE_MAX)
			memcpy(element + list->type->line, &line,
			    sizeof(line));
		if (!is_map)
			read_rule(r, list, node, element);
		else if (config_read_check_key(r, list->node, node))
			read_pair(r, list->shape, node, element);
	}
}

/* Where the name of an element is written: the key of a map, or a value. */
static const struct config_node *
name_node(const struct list *list, const struct config_node *node)
{
	return list->shape->rows != NULL ? node->key :
	    config_node_find(node, list->shape->unique);
}

/* True for "X-A" and "x-a"; a name that was refused is like no other. */
static bool
is_same_name(const struct list *list, size_t i, size_t j)
{
	const char *a = name_at(list, i), *b = name_at(list, j);

	if (a == NULL || b == NULL)
		return false;
	return list->type->type == CONFIG_FIELDS ?
	    slice_eq_nocase(slice_of(a), slice_of(b)) : strcmp(a, b) == 0;
}

/* Names that are the same once they are read. */
static void
check_repeated(struct config_reader *r, const struct list *list)
{
	const struct config_node *node = list->node->first, *other, *at;
	char shown[CONFIG_SHOWN_MAX];

	for (size_t i = 0; i < list->n; i++, node = node->next) {
		other = list->node->first;
		for (size_t j = 0; j < i; j++, other = other->next) {
			if (!is_same_name(list, i, j))
				continue;
			at = name_node(list, node);
			config_error_at(r->errors, at->begin, at->end,
			    "line %zu has %s already",
			    name_node(list, other)->line, config_shown(
			    config_node_text(at), shown));
			break;
		}
	}
}

/* All fields of all rules may be on one answer. */
static void
check_headers(struct config_reader *r, const struct list *list)
{
	const struct config_headers *rule = (const void *)list->elements;
	size_t bytes = 0;

	for (size_t i = 0; i < list->n; i++, rule++)
		for (size_t j = 0; j < rule->nset; j++)
			if (rule->set[j].name != NULL &&
			    rule->set[j].value != NULL)
				bytes += strlen(rule->set[j].name) +
				    strlen(rule->set[j].value) +
				    strlen(": \r\n");
	if (bytes > HEADERS_BYTES)
		config_error_at(r->errors, list->node->key->begin,
		    list->node->key->end, "the fields of all rules have %zu "
		    "bytes; as one answer may get them all, at most %d are "
		    "good", bytes, HEADERS_BYTES);
}

static const struct config_node *
node_at(const struct list *list, size_t i)
{
	const struct config_node *node = list->node->first;

	while (i-- > 0)
		node = node->next;
	return node;
}

static void
report_circle(struct config_reader *r, const struct list *list,
    size_t rule, size_t next)
{
	const struct config_redirect *rules = (const void *)list->elements;
	const struct config_node *to = config_node_find(node_at(list, rule),
	    "to");

	if (next == rule)
		config_error_at(r->errors, to->begin, to->end, "to is "
		    "matched by from again: this would redirect for ever");
	else
		config_error_at(r->errors, to->begin, to->end, "to is "
		    "redirected by line %d, and so on again and again; "
		    "browsers give up after %d times", rules[next].line,
		    CONFIG_HOPS_MAX);
}

/* Rules that lead in a circle, each circle once. Only whole rules are here. */
static void
check_circles(struct config_reader *r, const struct list *list)
{
	const struct config_redirect *rules = (const void *)list->elements;
	bool *known = calloc(list->n, sizeof(*known));
	size_t rule, next;

	if (known == NULL) {
		config_error_no_memory(r->errors);
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		rule = config_redirect_circle(rules, list->n, i, known, &next);
		if (rule != SIZE_MAX)
			report_circle(r, list, rule, next);
	}
	free(known);
}

static void
check_redirects(struct config_reader *r, const struct list *list)
{
	const struct config_redirect *rule = (const void *)list->elements;
	const struct config_node *node = list->node->first, *to;
	bool good = list->n > 0;
	const char *fault;

	for (size_t i = 0; i < list->n; i++, rule++, node = node->next) {
		good = good && rule->from != NULL && rule->to != NULL;
		if (rule->from == NULL || rule->to == NULL ||
		    (fault = config_redirect_fault(rule)) == NULL)
			continue;
		to = config_node_find(node, "to");
		config_error_at(r->errors, to->begin, to->end, "to %s", fault);
		good = false;
	}
	if (good)
		check_circles(r, list);
}

/* Put the list in the place of the old one, which is freed. */
static void
replace(const struct list *list, const struct config_target *target)
{
	char *place = config_place(target, list->key);
	char *len = place - list->key->offset + list->key->len_offset;
	void *old;
	size_t n;

	memcpy(&old, place, sizeof(old));
	memcpy(&n, len, sizeof(n));
	config_list_free(list->type, old, n);
	memcpy(place, &list->elements, sizeof(list->elements));
	memcpy(len, &list->n, sizeof(list->n));
}

void
config_read_rules(struct config_reader *r, const struct config_key *key,
    const struct config_node *node, const struct config_target *target)
{
	const struct shape *shape = &shapes[key->type];
	struct list list = { config_list(key->type), shape, key, node,
	    NULL, 0 };

	list.n = config_read_count(r, key, node, shape->rows != NULL ?
	    CONFIG_NODE_MAPPING : CONFIG_NODE_SEQUENCE);
	if (list.n == SIZE_MAX)
		return;
	if (list.n > 0 &&
	    (list.elements = calloc(list.n, list.type->size)) == NULL) {
		config_error_no_memory(r->errors);
		return;
	}
	read_elements(r, &list);
	replace(&list, target);
	if (shape->unique != NULL)
		check_repeated(r, &list);
	if (key->type == CONFIG_HEADERS)
		check_headers(r, &list);
	if (key->type == CONFIG_REDIRECTS)
		check_redirects(r, &list);
}
