/*
 * config_read - from the tree of nodes and the options into the struct, with
 * the relations between keys. Internal to config.
 */
#ifndef CONFIG_READ_H
#define CONFIG_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "config/config_error.h"
#include "config/config_set.h"
#include "config/config_table.h"
#include "config/config_yaml.h"

struct config_reader {
	struct config			*config;
	struct config_errors		*errors;
	const char			*dir;	/* of relative paths */
	const struct config_node	*root;	/* or NULL */
};

/* Read the whole tree over the defaults. What is wrong goes to errors. */
void	config_read(struct config_reader *r);

/*
 * Read the keys of one mapping, which is that section (see config_table_find),
 * to target.
 */
void	config_read_section(struct config_reader *r, const char *section,
	    const struct config_node *mapping,
	    const struct config_target *target);

/* Read the value of one key, of any type. */
void	config_read_value(struct config_reader *r,
	    const struct config_key *key, const struct config_node *node,
	    const struct config_target *target);

/* The same for CONFIG_FIELDS to CONFIG_REDIRECTS; the node is of any type. */
void	config_read_rules(struct config_reader *r,
	    const struct config_key *key, const struct config_node *node,
	    const struct config_target *target);

/* The list of the full form, and what it has to do with the short one. */
void	config_read_listeners(struct config_reader *r);

/* Put the options over what was read. */
void	config_read_options(struct config_reader *r,
	    const struct config_option *options, size_t n);

/* http.hosts: each host over a copy of the first site, which is complete. */
void	config_read_hosts(struct config_reader *r);

/*
 * Whether the key of node, a value of the mapping, can be looked up: it is
 * text, and not repeated. If not, that is told.
 */
bool	config_read_check_key(struct config_reader *r,
	    const struct config_node *mapping, const struct config_node *node);

/*
 * How many items a list or a map has; SIZE_MAX after an error: it is no such
 * thing, or there are more than the row of key allows.
 */
size_t	config_read_count(struct config_reader *r,
	    const struct config_key *key, const struct config_node *node,
	    enum config_node_type type);

/* An error about a node. */
void	config_read_error(struct config_reader *r,
	    const struct config_node *node, const char *why);

/* True for a key without any value, as when all below it is a comment. */
bool	config_node_is_null(const struct config_node *node);

/* A listener at its defaults, short form; false if there is no memory. */
bool	config_listener_init(struct config_listener *listener)
	    __attribute__((warn_unused_result));
void	config_listener_clear(struct config_listener *listener);

#endif
