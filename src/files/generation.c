#include "files/generation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/file_cache.h"

struct generation *
generation_new(struct config *config, char *error, size_t size)
{
	struct generation *g = calloc(1, sizeof(*g));

	if (g == NULL) {
		snprintf(error, size, "%s", strerror(ENOMEM));
		goto fail;
	}
	if (sites_open(&g->sites, config, error, size) == -1)
		goto fail;
	g->refs = 1;
	g->config = config;
	return g;

fail:
	free(g);
	config_free(config);
	return NULL;
}

void
generation_add_cache(struct generation *g, unsigned descriptors)
{
	const struct file_cache_limits limits = {
		.entries = g->config->cache.entries,
		.memory = g->config->cache.memory,
		.descriptors = descriptors,
	};

	if (limits.entries > 0)
		g->sites.cache = file_cache_new(&limits);
}

struct generation *
generation_ref(struct generation *g)
{
	if (g != NULL)
		g->refs++;
	return g;
}

void
generation_unref(struct generation *g)
{
	if (g == NULL || --g->refs > 0)
		return;
	/* What is kept has been looked up in the sites, which go after it. */
	file_cache_free(g->sites.cache);
	sites_close(&g->sites);
	config_free(g->config);
	free(g);
}
