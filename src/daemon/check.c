#include "daemon/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/descriptor_limit.h"
#include "base/log.h"
#include "base/plural.h"
#include "daemon/descriptors.h"
#include "daemon/detach.h"
#include "daemon/logs.h"
#include "daemon/pidfile.h"
#include "daemon/privileges.h"
#include "daemon/sandbox.h"
#include "daemon/statefile.h"
#include "event/listener.h"
#include "files/site.h"

#define ERROR_MAX	1024

struct check {
	const struct config	*config;
	int			 status;	/* of the first error */
	pid_t			 running;	/* holds the pid file, or 0 */
	uint64_t		 connections;
	char			 error[ERROR_MAX];
};

/* What error says is wrong; a start would end with status. */
static void
fail(struct check *c, int status)
{
	log_error("%s", c->error);
	if (c->status == EXIT_SUCCESS)
		c->status = status;
}

/* ---- before privileges go ---- */

/* Is the root of that site one of those before it? */
static bool
is_repeated(const struct config *config, size_t site)
{
	for (size_t i = 0; i < site; i++)
		if (strcmp(config->sites[i].document_root,
		    config->sites[site].document_root) == 0)
			return true;
	return false;
}

/*
 * Each by itself first: one that is wrong must not hide the others. If any is,
 * sites has none.
 */
static void
open_sites(struct check *c, struct sites *sites)
{
	struct config one = *c->config;
	bool has_failed = false;

	one.nsites = 1;
	for (size_t i = 0; i < c->config->nsites; i++) {
		if (is_repeated(c->config, i))
			continue;
		one.sites = &c->config->sites[i];
		if (sites_open(sites, &one, c->error,
		    sizeof(c->error)) == 0) {
			sites_close(sites);
			continue;
		}
		fail(c, EX_CONFIG);
		has_failed = true;
	}
	if (!has_failed && sites_open(sites, c->config, c->error,
	    sizeof(c->error)) == -1) {
		fail(c, EX_CONFIG);
		has_failed = true;
	}
	if (has_failed)
		*sites = (struct sites){ 0 };
}

static void
check_pid_file(struct check *c)
{
	const char *path = c->config->process.pid_file;
	struct pidfile p;
	int status;

	if (path[0] != '\0' && pidfile_ask(path, &c->running, c->error,
	    sizeof(c->error)) == PIDFILE_HELD)
		return;
	status = pidfile_open(&p, path, c->error, sizeof(c->error));
	if (status != 0)
		fail(c, status);
	else
		pidfile_undo(&p);
}

/* A start goes on without it, and says so. */
static void
check_state_file(struct check *c)
{
	if (statefile_try(c->config->process.pid_file, c->error,
	    sizeof(c->error)) == -1)
		log_warning("%s", c->error);
}

static void
check_listeners(struct check *c)
{
	const struct config *config = c->config;
	struct listeners ls;
	struct handed handed;

	if (handed_take(&handed, c->error, sizeof(c->error)) == -1)
		fail(c, EX_CONFIG);
	listeners_init(&ls);
	ls.running = c->running;
	ls.only_tries = true;
	ls.handed = &handed;
	for (size_t i = 0; i < config->nlisteners; i++) {
		const struct config_listener *l = &config->listeners[i];

		if (l->systemd != NULL && handed.n == 0)
			log_info("the socket \"%s\" comes from systemd, and "
			    "could not be looked at", l->systemd);
		else if (listeners_open(&ls, l, c->error,
		    sizeof(c->error)) == -1)
			fail(c, l->systemd != NULL ? EX_CONFIG :
			    EX_UNAVAILABLE);
	}
	handed_close_unwanted(&handed);
	listeners_warn(&ls);
	listeners_close(&ls);
	handed_clear(&handed);
}

/* ---- as the user who would serve ---- */

static void
check_file(const struct config *config)
{
	if (config->file[0] != '\0' && access(config->file, R_OK) == -1)
		log_warning("%s cannot be read by uid %u, who serves: %s; a "
		    "reload will fail", config->file, (unsigned)geteuid(),
		    strerror(errno));
}

static void
check_log(struct check *c, const char *key, const char *path)
{
	if (logs_try(key, path, c->error, sizeof(c->error)) == -1)
		fail(c, EX_CANTCREAT);
}

static void
check_syslog(struct check *c)
{
	char why[ERROR_MAX / 2];
	struct log_sink *sink;

	if (strcmp(c->config->log.error_target, "syslog") != 0)
		return;
	if ((sink = log_sink_open("syslog", why, sizeof(why))) == NULL) {
		snprintf(c->error, sizeof(c->error), "log.error.target: %s",
		    why);
		fail(c, EX_CANTCREAT);
	}
	log_sink_close(sink);
}

static void
check_sites(struct check *c, const struct sites *sites)
{
	bool has_failed = false;

	for (size_t i = 0; i < sites->n; i++) {
		const struct sites one = { .v = &sites->v[i], .n = 1 };

		if (sites->v[i].owns_root && sites_check(&one, c->error,
		    sizeof(c->error)) == -1) {
			fail(c, EX_CONFIG);
			has_failed = true;
		}
	}
	if (!has_failed)
		sites_warn(sites);
}

static void
on_fault(void *arg)
{
	fail(arg, EX_CONFIG);
}

/* It is closed here, too: what it would lack is seen by nothing else. */
static void
check_sandbox(struct check *c, const struct sites *sites)
{
	struct sandbox sandbox;

	if (sandbox_close(&sandbox, c->config, sites, c->error,
	    sizeof(c->error)) == -1)
		fail(c, EX_CONFIG);
	sandbox_clear(&sandbox);
}

static void
check_as_user(struct check *c, const struct privileges *privileges,
    const struct sites *sites)
{
	const struct config *config = c->config;
	bool has_places;

	if (privileges_drop(privileges, c->error, sizeof(c->error)) == -1) {
		fail(c, EX_NOPERM);
		return;
	}
	check_sites(c, sites);
	has_places = sandbox_look(config, sites, on_fault, c, c->error,
	    sizeof(c->error)) == 0;
	check_log(c, "log.error.target", config->log.error_target);
	check_log(c, "log.access.target", config->log.access_target);
	check_syslog(c);
	check_file(config);
	if (has_places)
		check_sandbox(c, sites);
}

/* ---- all of it ---- */

/* "OK: web.yaml: 2 listeners, 1 site, user nobody, 17436 connections" */
static void
say_ok(const struct check *c)
{
	const struct config *config = c->config;

	printf("OK: %s: %zu listener%s, %zu site%s, ",
	    config->file[0] == '\0' ? "no configuration file" : config->file,
	    config->nlisteners, plural(config->nlisteners), config->nsites,
	    plural(config->nsites));
	if (config->process.user[0] != '\0')
		printf("user %s, ", config->process.user);
	else
		printf("uid %u, ", (unsigned)geteuid());
	printf("at most %" PRIu64 " connection%s", c->connections,
	    plural(c->connections));
	if (c->running != 0)
		printf("; what the daemon that runs (pid %ld) holds will be "
		    "free", (long)c->running);
	putchar('\n');
}

int
check(const struct config *config)
{
	struct check c = { .config = config };
	struct privileges privileges;
	bool has_user;
	struct sites sites;

	c.connections = descriptors_connections(config,
	    descriptor_limit_raise());
	if (config->process.daemon)
		detach_warn(config);
	has_user = privileges_resolve(config->process.user,
	    config->process.group, &privileges, c.error, sizeof(c.error)) == 0;
	if (!has_user)
		fail(&c, EX_CONFIG);
	open_sites(&c, &sites);
	check_pid_file(&c);
	check_state_file(&c);
	check_listeners(&c);
	if (has_user)
		check_as_user(&c, &privileges, &sites);
	sites_close(&sites);
	if (c.status == EXIT_SUCCESS)
		say_ok(&c);
	return c.status;
}
