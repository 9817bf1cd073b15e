/*
 * folder - the directories that kept answers depend on, each looked at once
 * in a turn of the loop, however many of them it has.
 *
 * A folder stands for a directory as it was found at a path. While its state
 * stays the same no name in it has come or gone, so that what was not there
 * need not be looked for again.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "files/docroot.h"
#include "files/stamp.h"

struct folder {
	struct folder	*next;		/* in its chain */
	struct folders	*all;
	struct docroot	*root;
	struct folder	*parent;	/* NULL of the root */
	unsigned	 refs;
	unsigned	 generation;	/* of the root when it was found */
	int		 fd;		/* of its own, or -1 */
	struct stamp	 stamp;
	bool		 settled;	/* when the stamp was taken */
	bool		 gone;		/* the path leads elsewhere by now */
	uint64_t	 turn;		/* of the last look at it */
	uint32_t	 version;	/* another one: names may have changed */
	uint32_t	 hash;
	uint32_t	 name;		/* where the last part of path begins */
	char		 path[];	/* "" is the root */
};

#define FOLDER_CHAINS	512

struct folders {
	struct folder	*chains[FOLDER_CHAINS];
	unsigned	 descriptors;	/* that folders hold */
	unsigned	 most;		/* of them */
};

/* An empty set whose folders hold up to most descriptors. */
void	folders_init(struct folders *all, unsigned most);

/*
 * The folder of path beneath root, with one more reference. NULL if there is
 * no such directory, or without memory. Beyond the descriptors of the set,
 * folders do without: what is looked at in them costs more then.
 */
struct folder	*folder_find(struct folders *all, struct docroot *root,
		    struct slice path);
void		 folder_unref(struct folder *f);

/*
 * Whether it is still the directory at its path, in this turn; its version is
 * up to date then. The root is to be followed before (docroot_follow()).
 */
bool	folder_holds(struct folder *f, uint64_t turn);

/*
 * Look at what name is in it; path is that name from the root on. A link is
 * followed as docroot_open() does. Returns 0, or an errno.
 */
int	folder_look(const struct folder *f, const char *name,
	    const char *path, struct stat *st);

/*
 * The length of the path of what path stands in: "a/b" is in "a", "a/" and
 * "a" are in "", the root.
 */
size_t	folder_parent_length(const char *path, size_t len);

/* Whether it has no such name at all, be it a link that leads nowhere. */
bool	folder_lacks(const struct folder *f, const char *name,
	    const char *path);

#endif
