#include "files/looks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* More than this for one answer, and it is not worth being kept. */
#define LOOKS_MAX	32

/*
 * Small, and the stamp apart: of ten thousand answers in turn what is looked
 * at has to be fetched from memory each time.
 */
struct look {
	struct folder	*folder;	/* what its name stands in */
	char		*path;		/* from the root; of its own */
	struct stamp	*stamp;		/* of its own; NULL: it was absent */
	uint32_t	 name;		/* where the last part of path begins */
	uint32_t	 version;	/* absent from this one on */
};

/* The last part of path; of the root, and of "a/", it is empty. */
static const char *
name_in(const char *path, size_t parent)
{
	path += parent;
	while (*path == '/')
		path++;
	return path;
}

static const char *
name_of(const struct look *look)
{
	const char *name = look->path + look->name;

	return *name == '\0' ? "." : name;
}

/* Append a look at path; NULL if that cannot be done. */
static struct look *
add(struct looks *l, const char *path)
{
	size_t parent = folder_parent_length(path, strlen(path));
	struct look *v, *look;

	if (l->n == LOOKS_MAX || (v = reallocarray(l->v, l->n + 1,
	    sizeof(*v))) == NULL)
		return NULL;
	l->v = v;
	look = &v[l->n];
	if ((look->path = strdup(path)) == NULL)
		return NULL;
	look->folder = folder_find(l->folders, l->root,
	    (struct slice){ path, parent });
	if (look->folder == NULL) {
		free(look->path);
		return NULL;
	}
	look->name = (uint32_t)(name_in(look->path, parent) - look->path);
	look->stamp = NULL;
	look->version = look->folder->version;
	l->n++;
	return look;
}

static void
note_stamp(struct looks *l, struct look *look, const struct stat *st)
{
	if ((look->stamp = malloc(sizeof(*look->stamp))) == NULL) {
		l->passing = true;
		return;
	}
	*look->stamp = stamp_of(st);
	l->passing |= !stamp_is_settled(look->stamp);
}

static void
note(void *arg, const char *path, int error, const struct stat *st)
{
	struct looks *l = arg;
	struct look *look;

	/* Nothing that is recorded may record itself. */
	docroot_record(l->root, NULL, NULL);
	/* What is not there must be no link, and not be there by now. */
	if ((error != 0 && error != ENOENT) || (look = add(l, path)) == NULL ||
	    (error != 0 && !folder_lacks(look->folder, name_of(look), path)))
		l->passing = true;
	else if (error == 0)
		note_stamp(l, look, st);
	docroot_record(l->root, note, l);
	errno = error;
}

void
looks_begin(struct looks *l, struct folders *folders, struct docroot *root)
{
	*l = (struct looks){ .folders = folders, .root = root };
	docroot_record(root, note, l);
}

void
looks_end(struct looks *l)
{
	struct look *v;

	docroot_record(l->root, NULL, NULL);
	/* What is kept stays: none of the room to grow is needed any more. */
	if (l->n > 0 && (v = reallocarray(l->v, l->n, sizeof(*v))) != NULL)
		l->v = v;
}

void
looks_clear(struct looks *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		folder_unref(l->v[i].folder);
		free(l->v[i].path);
		free(l->v[i].stamp);
	}
	free(l->v);
	l->v = NULL;
	l->n = 0;
}

static bool
holds(struct look *look, uint64_t turn)
{
	struct folder *folder = look->folder;
	struct stat st;

	if (!folder_holds(folder, turn))
		return false;
	if (look->stamp != NULL)
		return folder_look(folder, name_of(look), look->path,
		    &st) == 0 && stamp_is(look->stamp, &st);
	if (look->version != folder->version &&
	    !folder_lacks(folder, name_of(look), look->path))
		return false;
	look->version = folder->version;
	return true;
}

bool
looks_hold(const struct looks *l, uint64_t turn)
{
	if (l->passing)
		return false;
	for (unsigned i = 0; i < l->n; i++)
		if (!holds(&l->v[i], turn))
			return false;
	return true;
}

bool
looks_have(const struct looks *l, const char *path, const struct stat *st)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->v[i].stamp != NULL && strcmp(l->v[i].path, path) == 0)
			return stamp_is(l->v[i].stamp, st);
	return false;
}

size_t
looks_size(const struct looks *l)
{
	size_t size = l->n * sizeof(*l->v);

	for (unsigned i = 0; i < l->n; i++)
		size += strlen(l->v[i].path) + 16 +
		    (l->v[i].stamp == NULL ? 0 : sizeof(struct stamp));
	return size;
}
