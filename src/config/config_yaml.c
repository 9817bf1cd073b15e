#include "config/config_yaml.h"

#include <stdint.h>
#include <stdlib.h>
#include <yaml.h>

#include "config/config_slip.h"
#include "config/config_utf8.h"

/* libyaml counts characters; this keeps the byte and line they are at. */
struct cursor {
	size_t	index;
	size_t	at;
	size_t	line;
};

struct reader {
	struct config_errors	*errors;
	struct slice		 text;
	struct cursor		 cursor;
	yaml_parser_t		 parser;
	size_t			 nodes;
	bool			 failed;	/* no use to go on */
};

static bool
is_inside_char(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The byte of the file at which the character `index` begins. */
static size_t
seek(struct reader *r, size_t index)
{
	struct cursor *c = &r->cursor;

	while (c->index < index && c->at < r->text.len) {
		c->line += r->text.p[c->at] == '\n';
		do {
			c->at++;
		} while (c->at < r->text.len &&
		    is_inside_char(r->text.p[c->at]));
		c->index++;
	}
	while (c->index > index && c->at > 0) {
		do {
			c->at--;
		} while (c->at > 0 && is_inside_char(r->text.p[c->at]));
		c->line -= r->text.p[c->at] == '\n';
		c->index--;
	}
	return c->at;
}

static void
no_memory(struct reader *r)
{
	config_error_no_memory(r->errors);
	r->failed = true;
}

static struct config_node *
node_new(struct reader *r, enum config_node_type type, const yaml_event_t *e)
{
	struct config_node *node;

	if (++r->nodes > CONFIG_NODES_MAX) {
		size_t at = seek(r, e->start_mark.index);

		config_error_at(r->errors, at, at, "too many values; a "
		    "configuration has at most %d", CONFIG_NODES_MAX);
		r->failed = true;
		return NULL;
	}
	if ((node = calloc(1, sizeof(*node))) == NULL) {
		no_memory(r);
		return NULL;
	}
	node->type = type;
	node->begin = seek(r, e->start_mark.index);
	node->line = r->cursor.line;
	node->end = seek(r, e->end_mark.index);
	return node;
}

void
config_node_free(struct config_node *node)
{
	struct config_node *next;

	for (; node != NULL; node = next) {
		next = node->next;
		config_node_free(node->key);
		config_node_free(node->first);
		free(node->text);
		free(node);
	}
}

struct slice
config_node_text(const struct config_node *node)
{
	return (struct slice){ node->text, node->len };
}

const struct config_node *
config_node_find(const struct config_node *mapping, const char *key)
{
	const struct config_node *n;

	if (mapping == NULL || mapping->type != CONFIG_NODE_MAPPING)
		return NULL;
	for (n = mapping->first; n != NULL; n = n->next)
		if (n->key->type == CONFIG_NODE_SCALAR &&
		    slice_eq(config_node_text(n->key), slice_of(key)))
			return n;
	return NULL;
}

static void
report_broken(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	size_t at, context = SIZE_MAX;

	r->failed = true;
	if (p->error == YAML_MEMORY_ERROR) {
		config_error_no_memory(r->errors);
		return;
	}
	config_errors_drop(r->errors);
	if (p->error == YAML_READER_ERROR) {
		config_slip_bytes(r->errors, p->problem_offset, p->problem);
		return;
	}
	if (p->context != NULL)
		context = seek(r, p->context_mark.index);
	at = seek(r, p->problem_mark.index);
	config_slip(r->errors, at, context, p->problem, p->context);
}

static bool
next_event(struct reader *r, yaml_event_t *e)
{
	if (r->failed)
		return false;
	if (yaml_parser_parse(&r->parser, e))
		return true;
	report_broken(r);
	return false;
}

/* A node that begins its line must not have a tab before it. */
static void
check_tabs(struct reader *r, const struct config_node *node)
{
	struct slice text = r->errors->text;
	size_t i = node->begin, tab = SIZE_MAX;

	while (i > 0 && (text.p[i - 1] == ' ' || text.p[i - 1] == '\t'))
		if (text.p[--i] == '\t')
			tab = i;
	if (tab != SIZE_MAX && (i == 0 || text.p[i - 1] == '\n'))
		config_error_at(r->errors, tab, tab + 1,
		    "lines are indented with spaces, not with tabs");
}

/* The anchor and the tag of a node, if there are any, both errors. */
static void
check_properties(struct reader *r, const struct config_node *node,
    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	struct slice text = r->errors->text;
	size_t end = node->begin;

	while (end < text.len &&
	    memchr(" \t\r\n,[]{}", text.p[end], 9) == NULL)
		end++;
	if (anchor != NULL)
		config_error_at(r->errors, node->begin, end,
		    "anchors (&) are not used here; if the text begins with "
		    "&, put it in quotes");
	if (tag != NULL)
		config_error_at(r->errors, node->begin, end,
		    "tags (!) are not used here; if the text begins with !, "
		    "put it in quotes");
}

static struct config_node *
read_scalar(struct reader *r, const yaml_event_t *e)
{
	struct config_node *node = node_new(r, CONFIG_NODE_SCALAR, e);

	if (node == NULL)
		return NULL;
	node->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->len = e->data.scalar.length;
	if ((node->text = malloc(node->len + 1)) == NULL) {
		no_memory(r);
		config_node_free(node);
		return NULL;
	}
	memcpy(node->text, e->data.scalar.value, node->len);
	node->text[node->len] = '\0';
	/* An empty plain scalar begins nothing: its place is the next token. */
	if (node->quoted || node->len > 0)
		check_tabs(r, node);
	check_properties(r, node, e->data.scalar.anchor, e->data.scalar.tag);
	return node;
}

static struct config_node *
read_alias(struct reader *r, const yaml_event_t *e)
{
	struct config_node *node = node_new(r, CONFIG_NODE_BROKEN, e);

	if (node != NULL)
		config_error_at(r->errors, node->begin, node->end,
		    "aliases (*) are not used here; if the text begins with "
		    "*, put it in quotes");
	return node;
}

static struct config_node	*read_node(struct reader *, const yaml_event_t *,
				    size_t);

/*
 * The items up to the end of the collection. In a mapping they come in
 * pairs: a key, which is kept with its value.
 */
static void
read_items(struct reader *r, struct config_node *node, size_t depth)
{
	struct config_node **tail = &node->first, *item, *key = NULL;
	yaml_event_t e;
	bool end;

	while (next_event(r, &e)) {
		end = e.type == YAML_MAPPING_END_EVENT ||
		    e.type == YAML_SEQUENCE_END_EVENT;
		if (end)
			node->end = seek(r, e.end_mark.index);
		item = end ? NULL : read_node(r, &e, depth);
		yaml_event_delete(&e);
		if (item == NULL)
			break;
		if (node->type == CONFIG_NODE_MAPPING && key == NULL) {
			key = item;
			continue;
		}
		item->key = key;
		key = NULL;
		*tail = item;
		tail = &item->next;
	}
	config_node_free(key);
}

static struct config_node *
read_collection(struct reader *r, enum config_node_type type,
    const yaml_event_t *e, size_t depth)
{
	struct config_node *node = node_new(r, type, e);
	bool mapping = type == CONFIG_NODE_MAPPING;

	if (node == NULL)
		return NULL;
	if (depth >= CONFIG_DEPTH_MAX) {
		config_error_at(r->errors, node->begin, node->begin + 1,
		    "nested too deeply; no value is this deep");
		r->failed = true;
	}
	check_tabs(r, node);
	check_properties(r, node, mapping ? e->data.mapping_start.anchor :
	    e->data.sequence_start.anchor, mapping ?
	    e->data.mapping_start.tag : e->data.sequence_start.tag);
	read_items(r, node, depth + 1);
	return node;
}

static struct config_node *
read_node(struct reader *r, const yaml_event_t *e, size_t depth)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(r, e);
	case YAML_ALIAS_EVENT:
		return read_alias(r, e);
	case YAML_SEQUENCE_START_EVENT:
		return read_collection(r, CONFIG_NODE_SEQUENCE, e, depth);
	case YAML_MAPPING_START_EVENT:
		return read_collection(r, CONFIG_NODE_MAPPING, e, depth);
	default:
		return NULL;
	}
}

static struct config_node *
read_stream(struct reader *r)
{
	struct config_node *root = NULL;
	size_t documents = 0;
	yaml_event_t e;
	bool done = false;

	while (!done && next_event(r, &e)) {
		if (e.type == YAML_DOCUMENT_START_EVENT && ++documents > 1) {
			size_t at = seek(r, e.start_mark.index);

			config_error_at(r->errors, at, at + 3,
			    "a second document begins here; a configuration "
			    "is one document");
			done = true;
		} else if (e.type == YAML_STREAM_END_EVENT) {
			done = true;
		} else if (root == NULL) {
			root = read_node(r, &e, 0);
		}
		yaml_event_delete(&e);
	}
	return root;
}

bool
config_yaml_parse(struct config_errors *errors, struct config_node **root)
{
	struct reader r = { .errors = errors, .text = errors->text };

	*root = NULL;
	r.cursor.line = 1;
	if (!yaml_parser_initialize(&r.parser)) {
		config_error_no_memory(errors);
		return false;
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser,
	    (const unsigned char *)r.text.p, r.text.len);
	*root = read_stream(&r);
	yaml_parser_delete(&r.parser);
	if (r.failed) {
		config_node_free(*root);
		*root = NULL;
	}
	return !r.failed;
}
