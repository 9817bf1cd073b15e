/*
 * file_cache - resources by site and path, ready to be sent again.
 *
 * Never stale, and without a time to live: what is found is looked at again,
 * once in each turn of the loop, before it is given out (looks.h). Bounded by
 * entries and memory, of which what was not used for longest goes first, and
 * by descriptors, of which the one that was opened first is closed.
 */
#ifndef FILE_CACHE_H
#define FILE_CACHE_H

#include <stdint.h>

#include "base/slice.h"
#include "files/resource.h"

struct file_cache;

struct file_cache_limits {
	uint64_t	entries;
	uint64_t	memory;		/* bytes */
	unsigned	descriptors;	/* of large files; of folders as well */
};

/* An empty cache, or NULL without memory. */
struct file_cache	*file_cache_new(const struct file_cache_limits *limits);
void			 file_cache_free(struct file_cache *c);

/* The folders that the looks of its resources are recorded with. */
struct folders	*file_cache_folders(struct file_cache *c);

/*
 * The resource of that path, if all of it is still so; NULL if there is none.
 * site's root is to be followed before, in the same turn. It is the cache's,
 * and stays until the next call of a function of the cache but
 * file_cache_grown().
 */
struct resource	*file_cache_find(struct file_cache *c,
		    const struct site *site, struct slice key, uint64_t turn);

/*
 * Take over a new resource, of which all was looked up in this turn. What is
 * too large for the limits goes at once, and so may others.
 */
void	file_cache_keep(struct file_cache *c, struct resource *r,
	    uint64_t turn);

/*
 * Close all files that are kept open: there are too few descriptors, or
 * nobody is there to ask. Returns how many; they are opened again when they
 * are asked for. c may be NULL.
 */
unsigned	file_cache_close_files(struct file_cache *c);

/*
 * A resource that was found has got a file or a head: count it. Others may go
 * for it, but not r itself, nor anything of it but descriptors.
 */
void	file_cache_grown(struct file_cache *c, struct resource *r);

#endif
