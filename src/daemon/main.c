/*
 * main - the order of start-up and the exit status.
 *
 * Options, configuration, descriptor limit, document root, sockets; then
 * privileges go; then what is left is done as the user who serves.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "config/config.h"
#include "daemon/descriptors.h"
#include "daemon/options.h"
#include "daemon/privileges.h"
#include "event/server.h"
#include "files/file_cache.h"
#include "files/site.h"

#define ERROR_MAX	1024

static void fatal(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

static void
fatal(int status, const char *format, ...)
{
	char text[ERROR_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	log_error("%s", text);
	exit(status);
}

/*
 * Of the descriptors that are set aside for files, half may stay open in the
 * cache; more than so many are of no use.
 */
#define DESCRIPTORS_CACHED	1024

/* Without memory for a cache, as with cache.entries 0: without one. */
static struct file_cache *
new_cache(const struct config *config, uint64_t descriptors)
{
	struct file_cache_limits limits = {
		.entries = config->cache.entries,
		.memory = config->cache.memory,
		/* Of large files, and as many of directories. */
		.descriptors = (unsigned)(descriptors / 32 >
		    DESCRIPTORS_CACHED ? DESCRIPTORS_CACHED :
		    descriptors / 32),
	};

	return limits.entries == 0 ? NULL : file_cache_new(&limits);
}

static struct config *
load(const struct options *options)
{
	const char *file = options->config;
	struct config *config;

	if (file == NULL && access(DEFAULT_CONFIG, F_OK) == 0)
		file = DEFAULT_CONFIG;
	config = config_load(file, DEFAULT_ROOT, options->keys,
	    options->nkeys, stderr);
	if (config == NULL)
		exit(EX_CONFIG);
	return config;
}

static void
open_listeners(struct listeners *ls, const struct config *config)
{
	char error[ERROR_MAX];

	listeners_init(ls);
	for (size_t i = 0; i < config->nlisteners; i++)
		if (listeners_open(ls, &config->listeners[i], error,
		    sizeof(error)) == -1) {
			listeners_close(ls);
			fatal(EX_UNAVAILABLE, "%s", error);
		}
}

/* From here on nothing that only root may do can be done. */
static void
become_user(const struct privileges *privileges, struct sites *sites,
    struct listeners *ls)
{
	char error[ERROR_MAX];

	if (privileges->change)
		listeners_give(ls, privileges->uid, privileges->gid);
	if (privileges_drop(privileges, error, sizeof(error)) == -1) {
		listeners_close(ls);
		fatal(EX_NOPERM, "%s", error);
	}
	if (sites_check(sites, error, sizeof(error)) == -1) {
		listeners_close(ls);
		fatal(EX_CONFIG, "%s", error);
	}
}

static int
serve(const struct config *config, bool check)
{
	uint64_t descriptors = descriptors_raise();
	struct privileges privileges;
	char error[ERROR_MAX];
	struct listeners listeners;
	struct sites sites;
	struct server *server;
	sigset_t late;
	int result;

	if (privileges_resolve(config->process.user, config->process.group,
	    &privileges, error, sizeof(error)) == -1)
		fatal(EX_CONFIG, "%s", error);
	if (sites_open(&sites, config, error, sizeof(error)) == -1)
		fatal(EX_CONFIG, "%s", error);
	open_listeners(&listeners, config);
	/* While it may still be done: paths of root's go, too. */
	if (check)
		listeners_close(&listeners);
	become_user(&privileges, &sites, &listeners);
	sites_warn(&sites);
	if (check) {
		sites_close(&sites);
		return EXIT_SUCCESS;
	}
	sites.cache = new_cache(config, descriptors);
	server = server_new(config, &sites, &listeners,
	    descriptors_connections(config, descriptors));
	if (server == NULL) {
		listeners_close(&listeners);
		fatal(EX_SOFTWARE, "cannot make the event loop: %s",
		    strerror(errno));
	}
	listeners_announce(&listeners);
	result = server_run(server);
	/* All is done: a signal that comes late must not change the status. */
	sigemptyset(&late);
	sigaddset(&late, SIGTERM);
	sigaddset(&late, SIGINT);
	sigprocmask(SIG_BLOCK, &late, NULL);
	server_free(server);
	file_cache_free(sites.cache);
	sites_close(&sites);
	return result == 0 ? EXIT_SUCCESS : EX_SOFTWARE;
}

/*
 * As the user who would serve, if this may become it: what that one may not
 * read is what one wants to know.
 */
static int
explain_request(const struct config *config, const struct explain *what)
{
	struct privileges privileges;
	char error[ERROR_MAX];
	struct sites sites;
	int status;

	if (sites_open(&sites, config, error, sizeof(error)) == -1)
		fatal(EX_CONFIG, "%s", error);
	if (privileges_resolve(config->process.user, config->process.group,
	    &privileges, error, sizeof(error)) == 0 &&
	    privileges_drop(&privileges, error, sizeof(error)) == -1)
		fatal(EX_NOPERM, "%s", error);
	status = explain(config, &sites, what, stdout);
	sites_close(&sites);
	return status;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct config *config;
	int status = EXIT_SUCCESS;
	enum options_action action = options_parse(argc, argv, &options);

	switch (action) {
	case OPTIONS_ERROR:
		return EX_USAGE;
	case OPTIONS_HELP:
		options_help();
		return EXIT_SUCCESS;
	case OPTIONS_VERSION:
		puts("mynahd " PACKAGE_VERSION);
		return EXIT_SUCCESS;
	default:
		break;
	}
	if (options.verbose)
		log_set_level(LOG_LEVEL_DEBUG);
	config = load(&options);
	if (action == OPTIONS_PRINT)
		config_print(config, stdout);
	else if (action == OPTIONS_EXPLAIN)
		status = explain_request(config, &options.explain);
	else
		status = serve(config, action == OPTIONS_CHECK);
	config_free(config);
	return status;
}
