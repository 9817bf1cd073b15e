/*
 * generation - what requests are answered from: a configuration and the sites
 * it opened, with their cache. A reload makes a new one; whatever began with
 * the old one and takes longer keeps it by a reference.
 */
#ifndef GENERATION_H
#define GENERATION_H

#include <stddef.h>

#include "config/config.h"
#include "files/site.h"

struct generation {
	unsigned	 refs;
	struct config	*config;
	struct sites	 sites;
};

/*
 * Open the sites of config, which is taken over; their cache is the caller's
 * to add. Returns it with one reference, or NULL with a sentence in error that
 * names the key; config is freed then, too.
 */
struct generation	*generation_new(struct config *config, char *error,
			    size_t size);

/*
 * Keep answers ready, as its configuration says, with so many descriptors for
 * large files (and as many for directories). Without memory for that, as with
 * cache.entries 0, none are kept.
 */
void	generation_add_cache(struct generation *g, unsigned descriptors);

/* One reference more, or less; NULL is allowed, and given back. */
struct generation	*generation_ref(struct generation *g);
void			 generation_unref(struct generation *g);

#endif
