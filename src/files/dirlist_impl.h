/*
 * dirlist_impl - what the files of dirlist share; nobody else includes it
 * but its test.
 *
 * A listing is read (dirlist_read), kept as sorted runs of DIRLIST_STEP
 * entries that are merged while they are taken out (dirlist_sort), and
 * written by one of two formats (dirlist_html, dirlist_json).
 */
#ifndef DIRLIST_IMPL_H
#define DIRLIST_IMPL_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>

#include "files/dirlist.h"

#define DIRLIST_RUNS	((DIRLIST_MAX + DIRLIST_STEP - 1) / DIRLIST_STEP)
#define DIRLIST_TIME_LEN	20	/* "2026-11-21T14:05:09Z" */

/* What a link leads to is what its entry says, but for the name. */
struct dirlist_entry {
	int64_t		size;		/* 0 of a directory */
	int64_t		modified;	/* seconds since the epoch */
	uint16_t	len;		/* of name */
	bool		is_directory;
	bool		is_link;
	char		name[];		/* not terminated */
};

/* Sorted entries that are still to be taken out: never empty. */
struct dirlist_run {
	struct dirlist_entry	**next;
	struct dirlist_entry	**end;
};

struct dirlist_block;

/* How a listing is written: all three use dirlist_put() and the like. */
struct dirlist_format {
	void	(*begin)(struct dirlist *list);
	void	(*entry)(struct dirlist *list, const struct dirlist_entry *e);
	void	(*end)(struct dirlist *list);
};

extern const struct dirlist_format dirlist_html, dirlist_json;

struct dirlist {
	const struct docroot		*root;
	const struct dirlist_format	*format;
	struct dirlist_options		 options;
	size_t				 max;	/* DIRLIST_MAX; less in tests */

	/* Reading */
	DIR			*dir;		/* NULL once all is read */
	struct dirlist_block	*blocks;	/* memory of the entries */
	struct dirlist_entry	**entries;
	size_t			 count, room;
	size_t			 directories;	/* of count */
	uint64_t		 bytes;		/* of all the files */
	bool			 truncated;

	/* Merging: a heap, the next entry on top */
	struct dirlist_run	 runs[DIRLIST_RUNS];
	size_t			 run_count;

	/* Writing */
	size_t			 written;	/* entries */
	char			*text;
	size_t			 text_len, text_room;
	bool			 no_memory;	/* text is not whole */

	size_t			 path_len;
	char			 path[];
};

/* Read a step's worth; after DIRLIST_DONE all entries are in sorted runs. */
enum dirlist_result	dirlist_read(struct dirlist *list)
			    __attribute__((warn_unused_result));
void	dirlist_read_clear(struct dirlist *list);

/* Sort entries[first] to the last one: they become a run. */
void	dirlist_sort_run(struct dirlist *list, size_t first);

/*
 * Take all entries out in their order: begin once, then next until NULL.
 * Runs begin at multiples of DIRLIST_STEP.
 */
void	dirlist_merge_begin(struct dirlist *list);
const struct dirlist_entry	*dirlist_merge_next(struct dirlist *list);

/* Append to the text, or set no_memory. */
void	dirlist_put(struct dirlist *list, const char *bytes, size_t len);
void	dirlist_puts(struct dirlist *list, const char *string);

/*
 * Append a text that must not be trusted. escapes says what stands for an
 * ASCII character, NULL for itself; U+FFFD stands for each byte that is not
 * UTF-8.
 */
void	dirlist_put_escaped(struct dirlist *list, struct slice s,
	    const char *const escapes[static 128]);

/*
 * Append a reference to e that is relative to the directory, percent-encoded
 * and then escaped.
 */
void	dirlist_put_href(struct dirlist *list, const struct dirlist_entry *e,
	    const char *const escapes[static 128]);

/* Write t in the form of RFC 3339, years 0 to 9999, and a NUL. */
void	dirlist_time(int64_t t, char out[static DIRLIST_TIME_LEN + 1]);

#endif
