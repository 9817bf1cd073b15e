#include "daemon/reload_parts.h"

static void
begin(void *arg)
{
	struct reload_parts *p = arg;

	notify_reloading(p->notify);
}

/* What is to be served from now on must be within reach. */
static int
fits(void *arg, struct generation *g, char *error, size_t size)
{
	struct reload_parts *p = arg;

	if (sandbox_covers(p->sandbox, g->config, &g->sites, error,
	    size) == -1)
		return -1;
	sites_confine(&g->sites, sandbox_may_read, p->sandbox);
	return 0;
}

static void
end(void *arg, const char *outcome)
{
	struct reload_parts *p = arg;

	notify_ready(p->notify, outcome);
}

struct reload_hooks
reload_parts_hooks(struct reload_parts *parts)
{
	return (struct reload_hooks){ .begin = begin, .fits = fits,
	    .end = end, .arg = parts };
}
