/*
 * config_yaml - the text of a file to a small tree of nodes with positions,
 * on libyaml's event parser.
 *
 * Of YAML this takes mappings, sequences and scalars. Anchors, aliases, tags,
 * a second document and tabs in indentation are errors, told like all
 * others; if the YAML itself is broken, only that one is told.
 */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config_error.h"

#define CONFIG_DEPTH_MAX	16	/* nodes within nodes */
#define CONFIG_NODES_MAX	30000	/* all lists at their longest */

enum config_node_type {
	CONFIG_NODE_SCALAR,
	CONFIG_NODE_SEQUENCE,
	CONFIG_NODE_MAPPING,
	CONFIG_NODE_BROKEN		/* its error is already told */
};

struct config_node {
	enum config_node_type	 type;
	bool			 quoted;	/* a scalar in any quotes */
	size_t			 begin, end;	/* bytes of the file */
	size_t			 line;		/* of begin, from 1 */
	char			*text;		/* of a scalar, NUL after it */
	size_t			 len;
	struct config_node	*key;		/* of a mapping's value */
	struct config_node	*first;		/* items, or values with key */
	struct config_node	*next;		/* in the same collection */
};

/*
 * Parse errors->text. On success returns true with the tree in *root, NULL
 * for a file without content; it is the caller's to free. Returns false if
 * the YAML is broken or there is no memory, then *root is NULL and errors
 * has it.
 */
bool	config_yaml_parse(struct config_errors *errors,
	    struct config_node **root) __attribute__((warn_unused_result));

void	config_node_free(struct config_node *node);

/* The text of a scalar. */
struct slice	config_node_text(const struct config_node *node);

/* The value of the first key of that name in a mapping, or NULL. */
const struct config_node	*config_node_find(
			    const struct config_node *mapping, const char *key);

#endif
