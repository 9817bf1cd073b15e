#include "daemon/reload_parts.h"

static void
begin(void *arg)
{
	struct reload_parts *p = arg;

	notify_reloading(p->notify);
}

/* What is to be served, and written to, must be within reach. */
static int
fits(void *arg, struct generation *g, char *error, size_t size)
{
	struct reload_parts *p = arg;

	if (sandbox_covers(p->sandbox, g->config, &g->sites, error,
	    size) == -1)
		return -1;
	sites_confine(&g->sites, sandbox_may_read, p->sandbox);
	return logs_prepare(p->logs, g->config, &p->change, error, size);
}

static void
use(void *arg, const struct generation *g)
{
	struct reload_parts *p = arg;

	(void)g;
	logs_commit(p->logs, &p->change);
}

static void
drop(void *arg)
{
	struct reload_parts *p = arg;

	logs_abandon(&p->change);
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
	    .use = use, .drop = drop, .end = end, .arg = parts };
}
