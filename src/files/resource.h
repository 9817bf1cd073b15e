/*
 * resource - what a path of a site leads to: a file with its siblings, or
 * nothing. With its content, ready-made heads, and all that has to stay as it
 * is for them to be right (looks).
 */
#ifndef RESOURCE_H
#define RESOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "files/file.h"
#include "files/looks.h"
#include "files/site.h"
#include "files/variant.h"
#include "http/http_response.h"

/* One of the representations; all is NULL until it is asked for. */
struct rendition {
	struct file			*file;
	struct http_ready		*whole;		/* of the 200 */
	struct http_ready		*unchanged;	/* of the 304 */
	TAILQ_ENTRY(rendition)		 held;		/* if file->fd != -1 */
};

TAILQ_HEAD(rendition_list, rendition);

struct resource {
	/* What the cache keeps it by, see file_cache.h. */
	struct resource		*next;
	TAILQ_ENTRY(resource)	 used;
	uint64_t		 hash;
	uint64_t		 turn;		/* when all of it was so */
	size_t			 size;		/* that the cache counts */

	struct site		*site;
	struct looks		 looks;
	int			 status;	/* 200, or of an error */
	struct rendition	 of[HTTP_CODINGS];	/* error: the first */
	off_t			 sizes[HTTP_CODINGS];	/* < 0: not there */
	bool			 negotiable;
	char			*type;		/* the media type */
	char			*path;		/* where the file is, no "/" */
	size_t			 key_len;
	char			 key[];		/* the path that is asked for */
};

TAILQ_HEAD(resource_list, resource);

/* A resource without anything yet. NULL without memory. */
struct resource	*resource_new(struct site *site, struct slice key);

/* Free it with all that it has; files have references of their own. */
void	resource_free(struct resource *r);

/* The memory that it takes, about. */
size_t	resource_size(const struct resource *r);

/*
 * Take over fd, which is open for the file of a coding, and read it if it is
 * small (site->memory_max). NULL with errno; fd is closed then. Heads that
 * were made for another file of that coding go.
 *
 * A file that is not what was found there when the resource was made is
 * right, but the choice of it may not be: the looks are good for this turn
 * only then.
 */
struct file	*resource_load(struct resource *r, enum http_coding coding,
		    int fd);

/* The file of a coding that is there, loaded if it was not yet. */
struct file	*resource_file(struct resource *r, enum http_coding coding);

#endif
