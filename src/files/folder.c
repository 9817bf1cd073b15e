#include "files/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
folders_init(struct folders *all, unsigned most)
{
	*all = (struct folders){ .most = most };
}

static uint32_t
hash_of(const struct docroot *root, struct slice path)
{
	/* Only directories that are there get in: nobody floods a chain. */
	return (uint32_t)(slice_hash(path) ^ (uintptr_t)root >> 4);
}

/* The descriptor to look names up with, or -1. */
static int
fd_of(const struct folder *f)
{
	return f->path[0] == '\0' ? docroot_fd(f->root) : f->fd;
}

/*
 * What is at its path now. Where its name is no link, it is in the parent,
 * which is where it was: no way has to be walked.
 */
static int
look_at(const struct folder *f, struct stat *st)
{
	int fd = fd_of(f->parent);

	if (fd != -1 && fstatat(fd, f->path + f->name, st,
	    AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st->st_mode))
		return 0;
	return docroot_stat(f->root, f->path, st);
}

size_t
folder_parent_length(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 0 && path[len - 1] == '/')
		len--;
	return len;
}

static struct folder *
allocate(struct folders *all, struct docroot *root, struct slice path)
{
	struct folder *f = malloc(sizeof(*f) + path.len + 1);

	if (f == NULL)
		return NULL;
	*f = (struct folder){ .all = all, .root = root, .refs = 1, .fd = -1,
	    .generation = docroot_generation(root) };
	memcpy(f->path, path.p, path.len);
	f->path[path.len] = '\0';
	return f;
}

/* Reach the directory; st is of it. Its parent is found, or made. */
static bool
reach(struct folder *f, size_t len, struct stat *st)
{
	size_t parent = folder_parent_length(f->path, len);
	int fd = docroot_reach(f->root, f->path, st);

	if (fd == -1)
		return false;
	if (f->all->descriptors < f->all->most) {
		f->fd = fd;
		f->all->descriptors++;
	} else {
		close(fd);
	}
	f->name = (uint32_t)parent;
	while (f->path[f->name] == '/')
		f->name++;
	f->parent = folder_find(f->all, f->root,
	    (struct slice){ f->path, parent });
	return f->parent != NULL;
}

/* Nothing is looked up in it any more; who still refers to it may take long. */
static void
close_folder(struct folder *f)
{
	if (f->fd == -1)
		return;
	close(f->fd);
	f->fd = -1;
	f->all->descriptors--;
}

/* Give back what it holds. */
static void
release(struct folder *f)
{
	close_folder(f);
	if (f->parent != NULL)
		folder_unref(f->parent);
	free(f);
}

static struct folder *
new_folder(struct folders *all, struct docroot *root, struct slice path)
{
	struct folder *f = allocate(all, root, path);
	struct stat st = *docroot_state(root);

	if (f == NULL)
		return NULL;
	if (path.len > 0 && !reach(f, path.len, &st)) {
		release(f);
		return NULL;
	}
	f->stamp = stamp_of(&st);
	f->settled = stamp_is_settled(&f->stamp);
	return f;
}

struct folder *
folder_find(struct folders *all, struct docroot *root, struct slice path)
{
	uint32_t hash = hash_of(root, path);
	struct folder **chain = &all->chains[hash % FOLDER_CHAINS], *f;

	for (f = *chain; f != NULL; f = f->next)
		if (f->hash == hash && f->root == root && !f->gone &&
		    f->generation == docroot_generation(root) &&
		    slice_eq(slice_of(f->path), path)) {
			f->refs++;
			return f;
		}
	if ((f = new_folder(all, root, path)) == NULL)
		return NULL;
	f->hash = hash;
	f->next = *chain;
	*chain = f;
	return f;
}

void
folder_unref(struct folder *f)
{
	struct folder **at;

	if (--f->refs > 0)
		return;
	at = &f->all->chains[f->hash % FOLDER_CHAINS];
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	release(f);
}

/* Look at it in a new turn. */
static bool
holds(struct folder *f, uint64_t turn)
{
	const struct stat *now = docroot_state(f->root);
	struct stat st;

	if (f->generation != docroot_generation(f->root))
		return false;
	/* The root was looked at when it was followed. */
	if (f->path[0] != '\0') {
		if (!folder_holds(f->parent, turn) ||
		    look_at(f, &st) == -1 || !stamp_is_same(&f->stamp, &st))
			return false;
		now = &st;
	}
	if (f->settled && stamp_is(&f->stamp, now))
		return true;
	f->stamp = stamp_of(now);
	f->settled = stamp_is_settled(&f->stamp);
	f->version++;
	return true;
}

bool
folder_holds(struct folder *f, uint64_t turn)
{
	if (f->turn != turn) {
		f->turn = turn;
		f->gone = f->gone || !holds(f, turn);
		if (f->gone)
			close_folder(f);
	}
	return !f->gone;
}

int
folder_look(const struct folder *f, const char *name, const char *path,
    struct stat *st)
{
	int fd = fd_of(f);

	if (fd != -1 && fstatat(fd, name, st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno;
	if (fd != -1 && !S_ISLNK(st->st_mode))
		return 0;
	return docroot_stat(f->root, path, st) == 0 ? 0 : errno;
}

bool
folder_lacks(const struct folder *f, const char *name, const char *path)
{
	struct stat st;
	int fd = fd_of(f);

	if (fd != -1)
		return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
		    errno == ENOENT;
	return docroot_stat(f->root, path, &st) == -1 && errno == ENOENT;
}
