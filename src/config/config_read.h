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
 * Read the keys of one mapping, which is that section (see config_table_find);
 * listener is where keys of a listener go.
 */
void	config_read_section(struct config_reader *r, const char *section,
	    const struct config_node *mapping,
	    struct config_listener *listener);

/* The list of the full form, and what it has to do with the short one. */
void	config_read_listeners(struct config_reader *r);

/* Put the options over what was read. */
void	config_read_options(struct config_reader *r,
	    const struct config_option *options, size_t n);

/* A listener at its defaults, short form; false if there is no memory. */
bool	config_listener_init(struct config *config,
	    struct config_listener *listener)
	    __attribute__((warn_unused_result));
void	config_listener_clear(struct config_listener *listener);

#endif
