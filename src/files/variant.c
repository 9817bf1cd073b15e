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
variant_best(const struct config_site *config,
    const struct http_fields *fields, const off_t size[static HTTP_CODINGS],
    enum http_coding *coding)
{
	uint16_t quality[HTTP_CODINGS];
	unsigned best;

	*coding = HTTP_CODING_IDENTITY;
	if (config->nprecompressed == 0 ||
	    http_fields_first(fields, HTTP_FIELD_ACCEPT_ENCODING) == NULL)
		return true;
	http_accept_encoding(fields, quality);
	best = quality[HTTP_CODING_IDENTITY];
	for (size_t i = 0; i < config->nprecompressed; i++) {
		enum http_coding other = codings[config->precompressed[i]];
		unsigned q = quality[other];

		/* The first of equals, but identity is the last of them. */
		if (size[other] < 0 || q == 0 || q < best || (q == best &&
		    *coding != HTTP_CODING_IDENTITY))
			continue;
		*coding = other;
		best = q;
	}
	return best > 0;
}

/* Open all siblings that count; v->size says which. */
static void
open_siblings(struct site *site, const char *path, const struct trace *t,
    struct variant *v, struct variant found[static HTTP_CODINGS])
{
	const struct config_site *config = site->config;
	char sibling[PATH_MAX];

	for (size_t i = 0; i < config->nprecompressed; i++) {
		enum http_coding coding = codings[config->precompressed[i]];
		struct variant *other = &found[coding];

		if ((size_t)snprintf(sibling, sizeof(sibling), "%s%s", path,
		    http_coding_suffix(coding)) >= sizeof(sibling))
			continue;
		other->fd = open_sibling(site, sibling, &v->st, t, &other->st,
		    &v->negotiable);
		if (other->fd != -1)
			v->size[coding] = other->st.st_size;
	}
}

static void
trace_siblings(const struct trace *t, const char *path,
    const struct http_fields *fields, const struct variant *v)
{
	uint16_t quality[HTTP_CODINGS];

	if (t == NULL)
		return;
	http_accept_encoding(fields, quality);
	for (int i = HTTP_CODING_IDENTITY + 1; i < HTTP_CODINGS; i++)
		if (v->size[i] >= 0)
			trace(t, "variant", "%s%s: %lld bytes, quality "
			    "%u.%03u", path, http_coding_suffix(i),
			    (long long)v->size[i],
			    quality[i] / HTTP_QUALITY_MAX,
			    quality[i] % HTTP_QUALITY_MAX);
}

/* Leave all but one open; that one is v. */
static void
take(struct variant *v, struct variant found[static HTTP_CODINGS])
{
	if (v->coding != HTTP_CODING_IDENTITY) {
		close(v->fd);
		v->fd = found[v->coding].fd;
		v->st = found[v->coding].st;
		found[v->coding].fd = -1;
	}
	for (int i = 0; i < HTTP_CODINGS; i++)
		if (found[i].fd != -1)
			close(found[i].fd);
}

bool
variant_choose(struct site *site, const char *path,
    const struct http_fields *fields, const struct trace *t,
    struct variant *v)
{
	struct variant found[HTTP_CODINGS];
	bool acceptable;

	for (int i = 0; i < HTTP_CODINGS; i++) {
		found[i].fd = -1;
		v->size[i] = -1;
	}
	v->coding = HTTP_CODING_IDENTITY;
	v->negotiable = false;
	v->size[HTTP_CODING_IDENTITY] = v->st.st_size;
	if (site->config->nprecompressed == 0)
		return true;
	/* Nothing is smaller than an empty file. */
	if (v->st.st_size > 0)
		open_siblings(site, path, t, v, found);
	acceptable = variant_best(site->config, fields, v->size, &v->coding);
	take(v, found);
	trace_siblings(t, path, fields, v);
	trace(t, "variant", "%s", !acceptable ? "none is acceptable" :
	    v->coding == HTTP_CODING_IDENTITY ? "the file itself" :
	    http_coding_name(v->coding));
	return acceptable;
}
