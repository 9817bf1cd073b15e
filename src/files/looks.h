/*
 * looks - everything that was looked up beneath a document root while an
 * answer was made, and whether all of it is still so.
 *
 * An answer that is kept is as good as a new one while the files it was made
 * of have the same stamps and the names that were not there are still not
 * there. Stamps that are too young to be relied on (STAMP_SETTLES_S) are good
 * for the turn that they were taken in only.
 */
#ifndef LOOKS_H
#define LOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "files/folder.h"

struct look;

struct looks {
	struct folders	*folders;
	struct docroot	*root;
	struct look	*v;
	unsigned	 n;
	bool		 passing;	/* good for this turn only */
};

/* Record what is looked up beneath root from now on. */
void	looks_begin(struct looks *l, struct folders *folders,
	    struct docroot *root);

/* Record no more. */
void	looks_end(struct looks *l);

/* Forget all of it; recording has ended. */
void	looks_clear(struct looks *l);

/*
 * Whether all of it is so in this turn, which is a later one than that of
 * looks_begin(). The root is to be followed before (docroot_follow()).
 */
bool	looks_hold(const struct looks *l, uint64_t turn);

/*
 * Whether st is what was found at path when it was recorded: then it belongs
 * to what the answer was made of.
 */
bool	looks_have(const struct looks *l, const char *path,
	    const struct stat *st);

/* The memory that it takes, about. */
size_t	looks_size(const struct looks *l);

#endif
