#include "files/locate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
tell(const struct site *site, const struct trace *t,
    const struct located *l, const char *what)
{
	trace(t, "look", "%s/%s: %s", docroot_path(site->root), l->path, what);
}

static void
found_nothing(const struct site *site, const struct trace *t,
    struct located *l, int error)
{
	l->kind = LOCATED_NOTHING;
	l->error = error;
	tell(site, t, l, error == EXDEV ? "a link in it is refused" :
	    strerror(error));
}

static void
found_no_directory(const struct site *site, const struct trace *t,
    struct located *l)
{
	l->kind = LOCATED_NO_DIRECTORY;
	tell(site, t, l, "is a file, and not a directory");
}

/* Append to the path; false if it becomes too long. */
static bool
extend(struct located *l, size_t len, const char *with)
{
	return (size_t)snprintf(l->path + len, sizeof(l->path) - len, "%s",
	    with) < sizeof(l->path) - len;
}

static void
close_fd(struct located *l)
{
	close(l->fd);
	l->fd = -1;
}

/*
 * Open l->path. True if it is a regular file. Else l->fd is a directory or
 * -1, and errno says why: ENOENT of a directory, ENXIO of what is neither.
 */
static bool
open_file(const struct site *site, struct located *l)
{
	if ((l->fd = docroot_open(site->root, l->path, &l->st)) == -1)
		return false;
	if (S_ISREG(l->st.st_mode)) {
		l->kind = LOCATED_FILE;
		return true;
	}
	if (S_ISDIR(l->st.st_mode)) {
		errno = ENOENT;
		return false;
	}
	close_fd(l);
	errno = ENXIO;
	return false;
}

/*
 * The first index that is there; a directory of that name is passed over.
 * What is there and cannot be served is not made up for by the next one.
 */
static bool
find_index(const struct site *site, size_t len, const struct trace *t,
    struct located *l)
{
	for (char *const *name = site->config->index; *name != NULL; name++) {
		if (!extend(l, len, *name)) {
			errno = ENAMETOOLONG;
			return false;
		}
		if (open_file(site, l)) {
			tell(site, t, l, "the index");
			return true;
		}
		if (l->fd != -1)
			close_fd(l);
		else if (errno != ENOENT)
			return false;
		tell(site, t, l, "no such index");
	}
	errno = ENOENT;
	return false;
}

/* A directory without an index; or a file, where no index is looked for. */
static void
find_listing(const struct site *site, const struct trace *t,
    struct located *l)
{
	bool is_there;

	if (site->config->listing == CONFIG_LISTING_NONE) {
		is_there = docroot_is_directory(site->root, l->path);
		l->kind = LOCATED_NO_INDEX;
	} else {
		l->fd = docroot_open(site->root, l->path, &l->st);
		is_there = l->fd != -1;
		l->kind = LOCATED_LISTING;
	}
	if (!is_there && errno == ENOTDIR)
		found_no_directory(site, t, l);
	else if (!is_there)
		found_nothing(site, t, l, errno);
	else
		tell(site, t, l, l->kind == LOCATED_LISTING ?
		    "a directory to be listed" :
		    "a directory, and listing is none");
}

/* A path that ends in a slash, or is empty: the root. */
static void
find_directory(const struct site *site, size_t len, const struct trace *t,
    struct located *l)
{
	int error;

	if (find_index(site, len, t, l))
		return;
	error = errno;
	l->path[len] = '\0';
	if (error == ENOTDIR)
		found_no_directory(site, t, l);
	else if (error == ENOENT)
		find_listing(site, t, l);
	else
		found_nothing(site, t, l, error);
}

/*
 * With clean_urls "a" is the name of a.html, where there is no file "a"; a
 * directory "a" is still to be had with its slash. False with ENOENT where
 * there is no such file. One that is there and cannot be served, or not now,
 * is not made up for by the directory: its redirect is kept by caches.
 */
static bool
find_clean(const struct site *site, size_t len, const struct trace *t,
    struct located *l)
{
	int error;

	if (!site->config->clean_urls || !extend(l, len, ".html") ||
	    locate_is_hidden(site->config, l->path)) {
		l->path[len] = '\0';
		errno = ENOENT;
		return false;
	}
	if (open_file(site, l)) {
		tell(site, t, l, "a file, by clean_urls");
		return true;
	}
	/* The name alone may fit, and not with ".html" behind it. */
	error = errno == ENAMETOOLONG ? ENOENT : errno;
	tell(site, t, l, strerror(error));
	if (l->fd != -1)
		close_fd(l);
	l->path[len] = '\0';
	errno = error;
	return false;
}

/* A path without a slash at its end: a file, or a directory's other name. */
static void
find_name(const struct site *site, size_t len, const struct trace *t,
    struct located *l)
{
	bool is_directory;
	int error;

	if (open_file(site, l)) {
		tell(site, t, l, "a file");
		return;
	}
	error = errno;
	/* A directory may be searched without being readable. */
	is_directory = l->fd != -1 || (error == EACCES &&
	    docroot_is_directory(site->root, l->path));
	if (l->fd != -1)
		close_fd(l);
	if (error == ENOENT || is_directory) {
		if (find_clean(site, len, t, l))
			return;
		error = errno;
	}
	if (is_directory && error == ENOENT) {
		l->kind = LOCATED_SLASH;
		tell(site, t, l, "a directory: its address ends in a slash");
		return;
	}
	found_nothing(site, t, l, error);
}

bool
locate_is_hidden(const struct config_site *site, const char *path)
{
	static const char well_known[] = ".well-known";
	size_t len = sizeof(well_known) - 1;

	if (site->dotfiles == CONFIG_DOTFILES_ALLOW)
		return false;
	if (strncmp(path, well_known, len) == 0 &&
	    (path[len] == '/' || path[len] == '\0'))
		path += len;
	return path[0] == '.' || strstr(path, "/.") != NULL;
}

void
locate(const struct site *site, struct slice path, const struct trace *t,
    struct located *out)
{
	size_t len = path.len - 1;

	out->fd = -1;
	out->error = 0;
	out->path[0] = '\0';
	if (len >= sizeof(out->path)) {
		found_nothing(site, t, out, ENAMETOOLONG);
		return;
	}
	memcpy(out->path, path.p + 1, len);
	out->path[len] = '\0';
	if (len == 0 || path.p[len] == '/')
		find_directory(site, len, t, out);
	else
		find_name(site, len, t, out);
}
