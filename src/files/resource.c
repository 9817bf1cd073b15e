#include "files/resource.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/path_max.h"

struct resource *
resource_new(struct site *site, struct slice key)
{
	struct resource *r = calloc(1, sizeof(*r) + key.len + 1);

	if (r == NULL)
		return NULL;
	r->site = site;
	r->key_len = key.len;
	memcpy(r->key, key.p, key.len);
	return r;
}

/* Heads are of the file that they were made for, and of no other one. */
static void
drop_heads(struct rendition *one)
{
	free(one->whole);
	free(one->unchanged);
	one->whole = one->unchanged = NULL;
}

void
resource_free(struct resource *r)
{
	if (r == NULL)
		return;
	for (int i = 0; i < HTTP_CODINGS; i++) {
		file_unref(r->of[i].file);
		drop_heads(&r->of[i]);
	}
	looks_clear(&r->looks);
	free(r->type);
	free(r->path);
	free(r);
}

static size_t
ready_size(const struct http_ready *ready)
{
	return ready == NULL ? 0 : sizeof(*ready) + ready->len;
}

size_t
resource_size(const struct resource *r)
{
	size_t size = sizeof(*r) + r->key_len + looks_size(&r->looks);

	for (int i = 0; i < HTTP_CODINGS; i++) {
		const struct file *f = r->of[i].file;

		size += ready_size(r->of[i].whole) +
		    ready_size(r->of[i].unchanged);
		if (f != NULL)
			size += sizeof(*f) +
			    (f->bytes == NULL ? 0 : (size_t)f->size);
	}
	return size;
}

/* Where the file of a coding is; false if no path is so long. */
static bool
path_of(const struct resource *r, enum http_coding coding,
    char path[static PATH_MAX])
{
	return (size_t)snprintf(path, PATH_MAX, "%s%s", r->path,
	    http_coding_suffix(coding)) < PATH_MAX;
}

struct file *
resource_load(struct resource *r, enum http_coding coding, int fd)
{
	struct file **f = &r->of[coding].file;
	char path[PATH_MAX];
	struct stat st;

	drop_heads(&r->of[coding]);
	*f = file_new(fd, r->site->memory_max, http_coding_suffix(coding),
	    &st);
	if (*f == NULL || !path_of(r, coding, path) ||
	    !looks_have(&r->looks, path, &st))
		r->looks.passing = true;
	return *f;
}

/* Open it again; -1 with errno. */
static int
open_file(const struct resource *r, enum http_coding coding)
{
	char path[PATH_MAX];
	struct stat st;

	if (path_of(r, coding, path))
		return docroot_open_file(r->site->root, path, &st);
	errno = ENAMETOOLONG;
	return -1;
}

struct file *
resource_file(struct resource *r, enum http_coding coding)
{
	int fd;

	if (r->of[coding].file != NULL)
		return r->of[coding].file;
	if ((fd = open_file(r, coding)) == -1) {
		r->looks.passing = true;
		return NULL;
	}
	return resource_load(r, coding, fd);
}
