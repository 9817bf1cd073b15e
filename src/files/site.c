#include "files/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define REASON_MAX	512

/* "document_root", or of which host it is one. */
static void
say(const struct config_site *config, const char *reason, char *error,
    size_t size)
{
	if (config->name[0] == '\0')
		snprintf(error, size, "document_root: %s", reason);
	else
		snprintf(error, size, "http.hosts.%s.document_root: %s",
		    config->name, reason);
}

static bool
never_follows(const struct config_site *c)
{
	return c->symlinks == CONFIG_SYMLINKS_NEVER;
}

/* The root of a site before this one that is the same, or NULL. */
static struct docroot *
shared_root(const struct sites *sites, const struct config_site *c)
{
	for (size_t i = 0; i < sites->n; i++) {
		const struct site *site = &sites->v[i];

		if (never_follows(site->config) == never_follows(c) &&
		    strcmp(site->config->document_root,
		    c->document_root) == 0)
			return site->root;
	}
	return NULL;
}

int
sites_open(struct sites *sites, const struct config *config, char *error,
    size_t size)
{
	char reason[REASON_MAX];

	*sites = (struct sites){ 0 };
	if ((sites->v = calloc(config->nsites, sizeof(*sites->v))) == NULL) {
		snprintf(error, size, "%s", strerror(errno));
		return -1;
	}
	for (; sites->n < config->nsites; sites->n++) {
		const struct config_site *c = &config->sites[sites->n];
		struct site *site = &sites->v[sites->n];

		site->config = c;
		site->memory_max = config->cache.max_file;
		site->root = shared_root(sites, c);
		site->owns_root = site->root == NULL;
		if (site->owns_root && (site->root = docroot_new(
		    c->document_root, never_follows(c), reason,
		    sizeof(reason))) == NULL) {
			say(c, reason, error, size);
			sites_close(sites);
			return -1;
		}
	}
	return 0;
}

void
sites_close(struct sites *sites)
{
	for (size_t i = 0; i < sites->n; i++)
		if (sites->v[i].owns_root)
			docroot_free(sites->v[i].root);
	free(sites->v);
	sites->v = NULL;
	sites->n = 0;
}

void
sites_confine(const struct sites *sites, docroot_may *may, void *arg)
{
	for (size_t i = 0; i < sites->n; i++)
		docroot_confine(sites->v[i].root, may, arg);
}

int
sites_check(const struct sites *sites, char *error, size_t size)
{
	char reason[REASON_MAX];

	for (size_t i = 0; i < sites->n; i++) {
		const struct site *site = &sites->v[i];

		if (docroot_check(site->root) == 0)
			continue;
		snprintf(reason, sizeof(reason), "%s cannot be read by uid "
		    "%u: %s", docroot_path(site->root), (unsigned)geteuid(),
		    strerror(errno));
		say(site->config, reason, error, size);
		return -1;
	}
	return 0;
}

static void
warn_of_page(const struct site *site, const char *key, const char *path)
{
	struct stat st;

	if (path[0] == '\0' || (docroot_stat(site->root, path + 1,
	    &st) == 0 && S_ISREG(st.st_mode)))
		return;
	log_warning("%s%s%s%s is %s, and that is no file in %s",
	    site->config->name[0] == '\0' ? "" : "http.hosts.",
	    site->config->name, site->config->name[0] == '\0' ? "http." : ".",
	    key, path, docroot_path(site->root));
}

static void
warn_of_pages(const struct site *site)
{
	const struct config_site *c = site->config;
	char key[32];

	warn_of_page(site, "fallback", c->fallback);
	for (size_t i = 0; i < c->nerror_pages; i++) {
		snprintf(key, sizeof(key), "error_pages.%d",
		    c->error_pages[i].status);
		warn_of_page(site, key, c->error_pages[i].path);
	}
}

void
sites_warn(const struct sites *sites)
{
	for (size_t i = 0; i < sites->n; i++)
		warn_of_pages(&sites->v[i]);
}

struct site *
sites_find(const struct sites *sites, struct slice host)
{
	if (host.len > 1 && host.p[host.len - 1] == '.')
		host.len--;
	for (size_t i = 1; i < sites->n; i++)
		if (slice_eq_nocase(host,
		    slice_of(sites->v[i].config->name)))
			return &sites->v[i];
	return &sites->v[0];
}

bool
site_tells(struct site *site, const char *path)
{
	/* Two paths with one hash are told as one. */
	uint64_t hash = slice_hash(slice_of(path));

	for (size_t i = 0; i < site->ntold; i++)
		if (site->told[i] == hash)
			return false;
	if (site->ntold == SITE_TOLD_MAX)
		return false;
	site->told[site->ntold++] = hash;
	return true;
}
