/*
 * The two forms of saying where to listen: the keys host, port, backlog and
 * protocol, or a list of listeners.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "config/config_read.h"
#include "config/config_set.h"
#include "config/config_value.h"

/* A listener of the list, and where its parts are written. */
struct item {
	struct config_listener		*listener;
	const struct config_node	*node;		/* its mapping */
	const struct config_node	*name, *host, *port, *unix_path;
	const struct config_node	*systemd;
	bool				 good;		/* no error in it */
};

bool
config_listener_init(struct config_listener *listener)
{
	const struct config_target target = { .listener = listener };
	const struct config_key *key;

	*listener = (struct config_listener){ .line = 0 };
	for (size_t i = 0; (key = config_table(i)) != NULL; i++)
		if (key->of_listener && !config_set_default(&target, key))
			return false;
	/* Empty is the default of text; here none at all. */
	free(listener->unix_path);
	free(listener->systemd);
	listener->unix_path = listener->systemd = NULL;
	return true;
}

void
config_listener_clear(struct config_listener *listener)
{
	free(listener->name);
	free(listener->host);
	free(listener->unix_path);
	free(listener->systemd);
	*listener = (struct config_listener){ .line = 0 };
}

/* The keys of the short form that the list stands instead of. */
static void
check_short_form(struct config_reader *r, const struct config_node *list)
{
	const struct config_key *key;
	const struct config_node *n;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++) {
		if (!key->of_listener || config_key_section(key).len > 0 ||
		    (n = config_node_find(r->root, key->name)) == NULL)
			continue;
		config_error_at(r->errors, n->key->begin, n->key->end,
		    "%s cannot stand beside listeners (line %zu); give it to "
		    "a listener there", key->name, list->key->line);
	}
}

/* Keys that cannot stand beside that one, and why. */
static void
check_beside(struct config_reader *r, const struct item *item,
    const struct config_node *one, const char *const *others, const char *why)
{
	const struct config_node *other;

	for (; *others != NULL; others++)
		if ((other = config_node_find(item->node, *others)) != NULL)
			config_error_at(r->errors, other->key->begin,
			    other->key->end, "%s cannot stand beside %s "
			    "(line %zu): %s", *others, one->key->text,
			    one->key->line, why);
	free(item->listener->host);
	item->listener->host = NULL;
	item->listener->port = 0;
}

static void
check_unix(struct config_reader *r, const struct item *item)
{
	static const char *const others[] = { "host", "port", "reuse_port",
	    NULL };

	check_beside(r, item, item->unix_path, others,
	    "a Unix socket has a path only");
}

static void
check_systemd(struct config_reader *r, const struct item *item)
{
	static const char *const others[] = { "host", "port", "unix", "mode",
	    "backlog", "reuse_port", NULL };

	check_beside(r, item, item->systemd, others,
	    "the socket is made by systemd, as its unit says");
	free(item->listener->unix_path);
	item->listener->unix_path = NULL;
}

static void
check_tcp(struct config_reader *r, const struct item *item)
{
	const struct config_node *mode = config_node_find(item->node, "mode");

	if (item->port == NULL)
		config_error_at(r->errors, item->node->begin,
		    item->node->begin + 1, "this listener has no port; give "
		    "it one, or unix with the path of a socket");
	if (mode != NULL)
		config_error_at(r->errors, mode->key->begin, mode->key->end,
		    "mode is for Unix sockets, and this listener has no unix");
}

static void
read_item(struct config_reader *r, const struct config_node *node,
    struct item *item)
{
	const struct config_target target = { .listener = item->listener,
	    .site = r->config->sites };
	size_t before = r->errors->n;

	if (node->type == CONFIG_NODE_BROKEN)
		return;
	if (node->type != CONFIG_NODE_MAPPING) {
		config_error_at(r->errors, node->begin, node->end,
		    "a listener is a mapping, such as "
		    "{host: 127.0.0.1, port: 8080}");
		return;
	}
	item->node = node;
	item->listener->line = (int)node->line;
	item->name = config_node_find(node, "name");
	item->host = config_node_find(node, "host");
	item->port = config_node_find(node, "port");
	item->unix_path = config_node_find(node, "unix");
	item->systemd = config_node_find(node, "systemd");
	config_read_section(r, CONFIG_IN_LISTENER, node, &target);
	if (item->systemd != NULL)
		check_systemd(r, item);
	else if (item->unix_path != NULL)
		check_unix(r, item);
	else
		check_tcp(r, item);
	item->good = r->errors->n == before;
}

/* One address in two spellings is still one. */
static bool
is_same_host(const char *a, const char *b)
{
	struct in6_addr a6, b6;
	struct in_addr a4, b4;

	if (slice_eq_nocase(slice_of(a), slice_of(b)))
		return true;
	if (inet_pton(AF_INET, a, &a4) == 1 && inet_pton(AF_INET, b, &b4) == 1)
		return a4.s_addr == b4.s_addr;
	return inet_pton(AF_INET6, a, &a6) == 1 &&
	    inet_pton(AF_INET6, b, &b6) == 1 &&
	    memcmp(&a6, &b6, sizeof(a6)) == 0;
}

static bool
is_same_address(const struct config_listener *a,
    const struct config_listener *b)
{
	if (a->systemd != NULL || b->systemd != NULL)
		return a->systemd != NULL && b->systemd != NULL &&
		    strcmp(a->systemd, b->systemd) == 0;
	if (a->unix_path != NULL || b->unix_path != NULL)
		return a->unix_path != NULL && b->unix_path != NULL &&
		    strcmp(a->unix_path, b->unix_path) == 0;
	/* Port 0 is another one each time. */
	return a->port != 0 && a->port == b->port && a->host != NULL &&
	    b->host != NULL && is_same_host(a->host, b->host);
}

static void
check_pair(struct config_reader *r, const struct item *a, const struct item *b)
{
	const struct config_node *at;

	if (a->node == NULL || b->node == NULL)
		return;
	if (a->name != NULL && b->name != NULL && b->listener->name[0] != 0 &&
	    strcmp(a->listener->name, b->listener->name) == 0)
		config_error_at(r->errors, b->name->begin, b->name->end,
		    "the listener on line %zu has this name already",
		    a->node->line);
	/* What was wrong stayed at its default, which nobody meant. */
	at = b->systemd != NULL ? b->systemd :
	    b->unix_path != NULL ? b->unix_path : b->port;
	if (a->good && b->good && is_same_address(a->listener, b->listener))
		config_error_at(r->errors, at->begin, at->end,
		    "the listener on line %zu has this address already",
		    a->node->line);
}

/* Each listener is told of the first one that it collides with. */
static void
check_pairs(struct config_reader *r, const struct item *items, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++) {
			size_t before = r->errors->n;

			check_pair(r, &items[j], &items[i]);
			if (r->errors->n > before)
				break;
		}
}

/* Put n listeners at their defaults in place of what there is. */
static bool
replace_listeners(struct config *config, size_t n)
{
	struct config_listener *list = calloc(n, sizeof(*list));

	if (list == NULL)
		return false;
	while (config->nlisteners > 0)
		config_listener_clear(
		    &config->listeners[--config->nlisteners]);
	free(config->listeners);
	config->listeners = list;
	for (config->nlisteners = 0; config->nlisteners < n;) {
		struct config_listener *l =
		    &config->listeners[config->nlisteners++];

		if (!config_listener_init(l))
			return false;
	}
	return true;
}

static void
read_list(struct config_reader *r, const struct config_node *list, size_t n)
{
	const struct config_node *node = list->first;
	struct item *items = calloc(n, sizeof(*items));

	if (items == NULL || !replace_listeners(r->config, n)) {
		config_error_no_memory(r->errors);
		free(items);
		return;
	}
	for (size_t i = 0; i < n; i++, node = node->next) {
		items[i].listener = &r->config->listeners[i];
		read_item(r, node, &items[i]);
	}
	check_pairs(r, items, n);
	free(items);
}

void
config_read_listeners(struct config_reader *r)
{
	const struct config_node *list, *node;
	size_t n = 0;

	if ((list = config_node_find(r->root, CONFIG_LISTENERS)) == NULL)
		return;
	check_short_form(r, list);
	for (node = list->first; node != NULL; node = node->next)
		n++;
	if (list->type == CONFIG_NODE_BROKEN)
		return;
	if (list->type == CONFIG_NODE_MAPPING)
		config_error_at(r->errors, list->begin, list->begin + 1,
		    "listeners is a list: begin each listener with \"- \"");
	else if (list->type == CONFIG_NODE_SCALAR && list->len > 0)
		config_error_at(r->errors, list->begin, list->end,
		    "listeners is a list: begin each listener with \"- \"");
	else if (n == 0)
		config_error_at(r->errors, list->key->begin, list->key->end,
		    "listeners is empty; there must be at least one");
	else
		read_list(r, list, n);
}
