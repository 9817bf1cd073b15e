/*
 * site - what is served under one host name: its configuration and its
 * document root. A server has one site for all hosts, and one more for each
 * host of http.hosts.
 */
#ifndef SITE_H
#define SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "config/config.h"
#include "files/docroot.h"

/* So many paths of a site are told in the log, each once. */
#define SITE_TOLD_MAX	64

struct file_cache;

struct site {
	const struct config_site *config;
	uint64_t		 memory_max;		/* cache.max_file */
	struct docroot		*root;			/* maybe another's */
	bool			 owns_root;
	uint64_t		 siblings_unfit;	/* see variant.h */
	uint64_t		 told[SITE_TOLD_MAX];	/* hashes of paths */
	size_t			 ntold;
};

struct sites {
	struct site		*v;	/* the first is for all other hosts */
	size_t			 n;
	struct file_cache	*cache;	/* or NULL; goes before the sites */
	uint64_t		 turn;	/* files are looked at once in each */
};

/*
 * Open the document roots of config, which must outlive sites. Sites with the
 * same path and the same choice of symlinks share one: it holds a descriptor
 * for as long as it is open. Returns 0, or -1 with a sentence in error that
 * names the key.
 */
int	sites_open(struct sites *sites, const struct config *config,
	    char *error, size_t size) __attribute__((warn_unused_result));
void	sites_close(struct sites *sites);

/* docroot_confine() for all of them. */
void	sites_confine(const struct sites *sites, docroot_may *may, void *arg);

/*
 * Whether this process, as it is now, may search all of the roots. Returns 0,
 * or -1 with a sentence in error.
 */
int	sites_check(const struct sites *sites, char *error, size_t size)
	    __attribute__((warn_unused_result));

/*
 * Warn in the log of pages that rules name (fallback, error_pages) and that
 * are no files: no reason not to start, but a slip most of the time.
 */
void	sites_warn(const struct sites *sites);

/*
 * The site for a host as a request names it: letters of any case, a dot at
 * the end or not; an empty or unknown one gets the first site.
 */
struct site	*sites_find(const struct sites *sites, struct slice host);

/*
 * Whether something that is wrong with path is to be told in the log: true
 * the first time it is asked for that path, of up to SITE_TOLD_MAX paths.
 */
bool	site_tells(struct site *site, const char *path);

#endif
