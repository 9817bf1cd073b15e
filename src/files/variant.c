#include "files/variant.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "files/path_max.h"

static const enum http_coding codings[CONFIG_CODINGS] = {
	[CONFIG_ZSTD] = HTTP_CODING_ZSTD,
	[CONFIG_BR] = HTTP_CODING_BR,
	[CONFIG_GZIP] = HTTP_CODING_GZIP,
};

/*
 * Older than the file that it was made from? Tools that copy stamps often
 * cut them to seconds: such a one is taken at its word.
 */
static bool
is_older(const struct timespec *sibling, const struct timespec *original)
{
	if (sibling->tv_sec != original->tv_sec)
		return sibling->tv_sec < original->tv_sec;
	return sibling->tv_nsec != 0 && sibling->tv_nsec < original->tv_nsec;
}

/*
 * Why a sibling that could not be opened does not count; NULL if it is not
 * there, or if the reason is none of its own and will pass.
 */
static const char *
shut_because(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return "may not be read";
	case ELOOP:
	case EXDEV:
		return "is a link that is not followed";
	default:
		return NULL;
	}
}

/* Why a sibling does not count, or NULL if it does. */
static const char *
unfit_because(const struct stat *sibling, const struct stat *original)
{
	if (!S_ISREG(sibling->st_mode))
		return "is no regular file";
	if (is_older(&sibling->st_mtim, &original->st_mtim))
		return "is older than the file it was made from";
	if (sibling->st_size >= original->st_size)
		return "is not smaller than the file it was made from";
	return NULL;
}

static void
tell_unfit(struct site *site, const char *path, const char *why)
{
	site->siblings_unfit++;
	if (site_tells(site, path))
		log_warning("%s/%s %s and is not used: make it anew",
		    docroot_path(site->root), path, why);
}

/*
 * Open a sibling that counts; -1 if there is none. One that may be there, but
 * that the system is too short of something to open, counts as a choice: an
 * answer without Vary would be what a shared cache gives to everybody.
 */
static int
open_sibling(struct site *site, const char *path, const struct stat *original,
    const struct trace *t, struct stat *st, bool *negotiable)
{
	const char *why;
	int fd;

	if ((fd = docroot_open(site->root, path, st)) == -1) {
		if ((why = shut_because(errno)) == NULL) {
			*negotiable |= docroot_is_shortage(errno);
			trace(t, "variant", "%s: %s", path, strerror(errno));
			return -1;
		}
	} else if ((why = unfit_because(st, original)) == NULL) {
		*negotiable = true;
		return fd;
	} else {
		close(fd);
	}
	trace(t, "variant", "%s %s: not used", path, why);
	tell_unfit(site, path, why);
	return -1;
}

bool
variant_choose(struct site *site, const char *path,
    const struct http_fields *fields, const struct trace *t,
    struct variant *v)
{
	const struct config_site *config = site->config;
	const struct stat original = v->st;
	uint16_t quality[HTTP_CODINGS];
	char sibling[PATH_MAX];
	unsigned best;
	struct stat st;
	int fd;

	v->coding = HTTP_CODING_IDENTITY;
	v->negotiable = false;
	if (config->nprecompressed == 0)
		return true;
	http_accept_encoding(fields, quality);
	best = quality[HTTP_CODING_IDENTITY];
	/* Nothing is smaller than an empty file. */
	for (size_t i = 0; i < config->nprecompressed &&
	    original.st_size > 0; i++) {
		enum http_coding coding = codings[config->precompressed[i]];
		unsigned q = quality[coding];

		if ((size_t)snprintf(sibling, sizeof(sibling), "%s%s", path,
		    http_coding_suffix(coding)) >= sizeof(sibling))
			continue;
		fd = open_sibling(site, sibling, &original, t, &st,
		    &v->negotiable);
		if (fd == -1)
			continue;
		trace(t, "variant", "%s: %lld bytes, quality %u.%03u",
		    sibling, (long long)st.st_size, q / HTTP_QUALITY_MAX,
		    q % HTTP_QUALITY_MAX);
		/* The first of equals, but identity is the last of them. */
		if (q == 0 || q < best || (q == best &&
		    v->coding != HTTP_CODING_IDENTITY)) {
			close(fd);
			continue;
		}
		close(v->fd);
		v->fd = fd;
		v->st = st;
		v->coding = coding;
		best = q;
	}
	trace(t, "variant", "%s", best == 0 ? "none is acceptable" :
	    v->coding == HTTP_CODING_IDENTITY ? "the file itself" :
	    http_coding_name(v->coding));
	return best > 0;
}
