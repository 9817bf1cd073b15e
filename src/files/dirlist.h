/*
 * dirlist - a directory as a page of HTML or as JSON.
 *
 * A directory of many entries is read, sorted and written in steps, so that
 * the event loop goes round in between. Names are what others chose: they
 * are escaped, never trusted.
 */
#ifndef DIRLIST_H
#define DIRLIST_H

#include <stdbool.h>

#include "base/slice.h"
#include "files/docroot.h"
#include "files/file.h"

#define DIRLIST_STEP	1000	/* entries: about a millisecond */
#define DIRLIST_MAX	20000	/* more are not listed, and the page says so */

enum dirlist_sort { DIRLIST_NAME, DIRLIST_SIZE, DIRLIST_TIME };

struct dirlist_options {
	bool			json;		/* else HTML */
	bool			dotfiles;	/* list ".names" */
	enum dirlist_sort	sort;
	bool			descending;
};

enum dirlist_result {
	DIRLIST_MORE,
	DIRLIST_DONE,
	DIRLIST_FAILED	/* see errno */
};

struct dirlist;

/*
 * Set sort and descending from a query: "sort=name", "size" or "time",
 * "order=asc" or "desc", each as written here and without percent-encoding;
 * the last one counts. Where one of the two is missing it is by name, or
 * ascending. What is something else is ignored; a query that has neither
 * leaves the options alone.
 */
void	dirlist_query(struct slice query, struct dirlist_options *options);

/*
 * List a directory: fd, open for reading, which is taken over (closed on
 * failure too). path is its decoded path from the root, with a "/" at both
 * ends ("/" for the root); it is copied, as the options are. root must
 * outlive the listing.
 *
 * Listed is what could be asked for: regular files, directories, and links
 * that lead to one of them beneath the root and are to be followed; no other
 * thing, no name that a target cannot express (control bytes, a backslash),
 * nothing that cannot be looked at or has vanished meanwhile. A regular file
 * is listed even if it may not be read. Directories come first, whichever
 * way, and entries that are otherwise equal are in the order of their names.
 *
 * Returns NULL with errno.
 */
struct dirlist	*dirlist_new(const struct docroot *root, int fd,
		    const char *path, const struct dirlist_options *options)
		    __attribute__((warn_unused_result));

/*
 * Do a step's worth: read or write at most DIRLIST_STEP entries. After
 * DIRLIST_DONE or DIRLIST_FAILED: not again.
 */
enum dirlist_result	dirlist_step(struct dirlist *list)
			    __attribute__((warn_unused_result));

/*
 * After DIRLIST_DONE, once: the finished text as a file in memory without
 * validators, with one reference; NULL without memory. The page needs no
 * more than the policy "default-src 'none'; style-src 'unsafe-inline'"; it
 * and the JSON are UTF-8, whatever the names are.
 */
struct file	*dirlist_file(struct dirlist *list);

/* NULL is allowed. */
void	dirlist_free(struct dirlist *list);

#endif
