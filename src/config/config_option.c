/*
 * Keys given on the command line: the same table, put over the file.
 */
#include <stdint.h>
#include <stdlib.h>

#include "config/config_read.h"
#include "config/config_set.h"
#include "config/config_value.h"

static const struct config_key *
find_key(const char *name)
{
	const struct config_key *key;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++)
		if (strcmp(key->name, name) == 0)
			return key;
	return NULL;
}

static void
unknown_option(struct config_reader *r, const struct config_option *option)
{
	struct slice name = slice_of(option->key);
	const struct config_key *key;
	const char *best = NULL;
	char shown[CONFIG_SHOWN_MAX];
	size_t least = SIZE_MAX, distance;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++)
		if (config_is_near(name, slice_of(key->name), &distance) &&
		    distance < least) {
			least = distance;
			best = key->name;
		}
	config_error_option(r->errors, option->said,
	    best == NULL ? "unknown key \"%s\"" :
	    "unknown key \"%s\"; did you mean \"%s\"?",
	    config_shown(name, shown), best);
}

static void
read_option(struct config_reader *r, const struct config_option *option)
{
	const struct config_node *list =
	    config_node_find(r->root, CONFIG_LISTENERS);
	const struct config_key *key = find_key(option->key);
	const struct config_target target = { r->config,
	    r->config->listeners, r->config->sites, NULL };
	struct config_input in = { slice_of(option->value),
	    CONFIG_STYLE_ANY, NULL };
	char why[CONFIG_TEXT_MAX];

	if (strncmp(option->key, CONFIG_LISTENERS,
	    strlen(CONFIG_LISTENERS)) == 0 ||
	    (key != NULL && (key->of_rule ||
	    config_type_is_list(key->type)))) {
		config_error_option(r->errors, option->said,
		    "a list can be set in the file only");
	} else if (key == NULL) {
		unknown_option(r, option);
	} else if (key->of_listener && list != NULL) {
		config_error_option(r->errors, option->said,
		    "line %zu of %s has listeners, each with a %s of its own; "
		    "change it there", list->key->line, r->errors->name,
		    key->name);
	} else if (!config_set(&target, key, &in, why)) {
		config_error_option(r->errors, option->said, "%s", why);
	} else if (key->of_listener && key->type == CONFIG_WORD) {
		target.listener->protocol_said = true;
	}
}

void
config_read_options(struct config_reader *r,
    const struct config_option *options, size_t n)
{
	for (size_t i = 0; i < n; i++)
		read_option(r, &options[i]);
}
