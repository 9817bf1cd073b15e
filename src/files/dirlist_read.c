/* The entries of a directory: which of them are listed, and their memory. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/dirlist_impl.h"
#include "files/path_max.h"

#define BLOCK_SIZE	16384
#define LINK_COST	8	/* opening a link's target: in entries */

/*
 * Blocks stay where they are: what points into them remains valid, and no
 * step has to copy what the ones before it have read.
 */
struct dirlist_block {
	struct dirlist_block	*next;
	size_t			 used;
	alignas(struct dirlist_entry) char bytes[];
};

#define BLOCK_ROOM	(BLOCK_SIZE - sizeof(struct dirlist_block))

/* The kernel has looked at each name, which is shorter than a path then. */
static_assert(PATH_MAX + sizeof(struct dirlist_entry) <= BLOCK_ROOM &&
    PATH_MAX <= UINT16_MAX, "every name fits a block, its length an entry");

static struct dirlist_entry *
new_entry(struct dirlist *list, size_t len)
{
	const size_t unit = alignof(struct dirlist_entry);
	struct dirlist_block *block = list->blocks;
	struct dirlist_entry *e;
	size_t size = (offsetof(struct dirlist_entry, name) + len + unit - 1) /
	    unit * unit;

	if (block == NULL || BLOCK_ROOM - block->used < size) {
		if ((block = malloc(BLOCK_SIZE)) == NULL)
			return NULL;
		block->used = 0;
		block->next = list->blocks;
		list->blocks = block;
	}
	e = (struct dirlist_entry *)(void *)(block->bytes + block->used);
	block->used += size;
	return e;
}

/* Make room for one more in the table; -1 with errno. */
static int
grow(struct dirlist *list)
{
	size_t room = list->room == 0 ? 64 : list->room * 2;
	struct dirlist_entry **entries;

	if (list->count < list->room)
		return 0;
	if ((entries = reallocarray(list->entries, room,
	    sizeof(struct dirlist_entry *))) == NULL)
		return -1;
	list->entries = entries;
	list->room = room;
	return 0;
}

static int
add(struct dirlist *list, const char *name, const struct stat *st,
    bool is_link)
{
	size_t len = strlen(name);
	struct dirlist_entry *e;

	if (grow(list) == -1 || (e = new_entry(list, len)) == NULL)
		return -1;
	e->is_directory = S_ISDIR(st->st_mode);
	e->is_link = is_link;
	e->size = e->is_directory ? 0 : st->st_size;
	e->modified = st->st_mtime;
	e->len = (uint16_t)len;
	memcpy(e->name, name, len);
	list->entries[list->count++] = e;
	list->directories += e->is_directory;
	list->bytes += (uint64_t)e->size;
	if (list->count % DIRLIST_STEP == 0)
		dirlist_sort_run(list, list->count - DIRLIST_STEP);
	return 0;
}

/* A name that a target can express, and that is meant to be seen. */
static bool
is_listed(const struct dirlist *list, const char *name)
{
	if (name[0] == '.' && (!list->options.dotfiles || name[1] == '\0' ||
	    (name[1] == '.' && name[2] == '\0')))
		return false;
	for (; *name != '\0'; name++)
		if ((unsigned char)*name < 0x20 || *name == 0x7f ||
		    *name == '\\')
			return false;
	return true;
}

/*
 * What a link leads to, into st; -1 with errno. Looked at and not opened: a
 * file that may not be read is listed without a link as well, and who writes
 * to a FIFO must not find a reader.
 */
static int
follow(struct dirlist *list, const char *name, struct stat *st)
{
	char path[PATH_MAX];
	struct stat target;
	int n;

	n = snprintf(path, sizeof(path), "%s%s", list->path + 1, name);
	if (n >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (docroot_stat(list->root, path, &target) == -1)
		return -1;
	*st = target;
	return 0;
}

/*
 * What an entry that cannot be looked at costs, or -1. It could not be asked
 * for either: it has vanished, or leads nowhere. But where the system is short
 * of something, whatever is left out would be an accident.
 */
static int
pass_over(int cost, int error)
{
	return docroot_is_shortage(error) ? -1 : cost;
}

/* Add the entry if it is to be listed. Returns what it cost, or -1. */
static int
consider(struct dirlist *list, const char *name)
{
	int cost = 1;
	struct stat st;

	if (!is_listed(list, name))
		return cost;
	if (fstatat(dirfd(list->dir), name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return pass_over(cost, errno);
	if (S_ISLNK(st.st_mode)) {
		if (!docroot_follows_links(list->root))
			return cost;
		cost = LINK_COST;
		if (follow(list, name, &st) == -1)
			return pass_over(cost, errno);
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return cost;
	if (list->count == list->max) {
		list->truncated = true;
		return cost;
	}
	return add(list, name, &st, cost == LINK_COST) == -1 ? -1 : cost;
}

/* Make the entries that are left over a run, a shorter one. */
static enum dirlist_result
finish(struct dirlist *list)
{
	dirlist_sort_run(list, list->count / DIRLIST_STEP * DIRLIST_STEP);
	return DIRLIST_DONE;
}

enum dirlist_result
dirlist_read(struct dirlist *list)
{
	const struct dirent *d;
	int cost;

	for (int left = DIRLIST_STEP; left > 0; left -= cost) {
		errno = 0;
		if ((d = readdir(list->dir)) == NULL)
			return errno == 0 ? finish(list) : DIRLIST_FAILED;
		if ((cost = consider(list, d->d_name)) == -1)
			return DIRLIST_FAILED;
		if (list->truncated)
			return finish(list);
	}
	return DIRLIST_MORE;
}

void
dirlist_read_clear(struct dirlist *list)
{
	struct dirlist_block *block;

	while ((block = list->blocks) != NULL) {
		list->blocks = block->next;
		free(block);
	}
	free(list->entries);
}
