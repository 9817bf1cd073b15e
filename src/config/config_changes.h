/*
 * config_changes - what one configuration says otherwise than another, key by
 * key, driven by the table. Listeners are left out: those are compared by
 * their addresses, where they are opened.
 */
#ifndef CONFIG_CHANGES_H
#define CONFIG_CHANGES_H

#include <stdbool.h>

#include "config/config.h"

struct config_change {
	const char	*name;		/* "http.hosts.a.example.index" */
	const char	*now;		/* "is [a.html]", "has changed",
					   "is new", "is gone" */
	const char	*before;	/* the value, if it is one line */
	bool		 reloadable;	/* without a restart */
};

typedef void	config_change_fn(void *arg, const struct config_change *c);

/*
 * Call fn for each change from before to now, in the order of the table, hosts
 * last. Returns 0, or -1 without memory.
 */
int	config_changes(const struct config *before, const struct config *now,
	    config_change_fn *fn, void *arg)
	    __attribute__((warn_unused_result));

#endif
