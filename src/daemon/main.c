/*
 * main - the order of start-up and the exit status.
 *
 * Options, configuration, background, descriptor limit, document root, pid
 * file, sockets; then privileges go, the logs are opened, and the sandbox is
 * closed; then what is left is done as the user who serves, inside of it.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "config/config.h"
#include "daemon/check.h"
#include "daemon/descriptors.h"
#include "daemon/detach.h"
#include "daemon/logs.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/pidfile.h"
#include "daemon/privileges.h"
#include "daemon/reload.h"
#include "daemon/reload_ask.h"
#include "daemon/reload_parts.h"
#include "daemon/sandbox.h"
#include "event/server.h"
#include "files/generation.h"

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
	/* Whoever starts it looks there. */
	if (!log_is_stderr())
		fprintf(stderr, "mynahd: error: %s\n", text);
	exit(status);
}

/* What libevent has to say goes where all else goes. */
static void
on_event_message(int severity, const char *text)
{
	if (severity == EVENT_LOG_ERR)
		log_error("libevent: %s", text);
	else if (severity == EVENT_LOG_WARN)
		log_warning("libevent: %s", text);
	else
		log_debug("libevent: %s", text);
}

/* It ends the program where it lacks what it cannot do without: told above. */
static void
on_event_fatal(int error_number)
{
	(void)error_number;
	exit(EX_SOFTWARE);
}

/* No socket may take the place of a stream that was closed at the start. */
static void
fill_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

/*
 * A signal that comes while it starts waits until the loop can take it: it
 * must not end a start half-way, nor be lost, as it would be in process 1.
 * One that comes after the loop must not change the exit status.
 */
static void
hold_signals(bool hold)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/*
 * There are no children but those of others: in a container, process 1
 * inherits them. Nobody waits for them, so they go by themselves, from here
 * on; those that have ended before are seen off.
 */
static void
disown_children(void)
{
	signal(SIGCHLD, SIG_IGN);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
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
open_listeners(struct listeners *ls, const struct config *config,
    struct handed *handed)
{
	char error[ERROR_MAX];

	listeners_init(ls);
	ls->handed = handed;
	for (size_t i = 0; i < config->nlisteners; i++)
		if (listeners_open(ls, &config->listeners[i], error,
		    sizeof(error)) == -1) {
			listeners_close(ls);
			fatal(config->listeners[i].systemd != NULL ?
			    EX_CONFIG : EX_UNAVAILABLE, "%s", error);
		}
	handed_close_unwanted(handed);
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

static void
go_into_background(const struct config *config, struct detach *detach)
{
	char error[ERROR_MAX];

	/* The end of process 1 is the end of all that it has started. */
	if (getpid() == 1)
		fatal(EX_CONFIG, "process.daemon: process 1, as in a "
		    "container, must stay in the foreground");
	detach_warn(config);
	if (detach_begin(detach, error, sizeof(error)) == -1)
		fatal(EX_OSERR, "%s", error);
}

/* From here on what happens is told where the configuration says. */
static void
open_logs(struct logs *logs, const struct config *config, bool verbose,
    struct listeners *ls)
{
	char error[ERROR_MAX];

	if (logs_open(logs, config, verbose, error, sizeof(error)) == -1) {
		listeners_close(ls);
		fatal(EX_CANTCREAT, "%s", error);
	}
}

/* From here on nothing can be reached but what is served. */
static void
enter_sandbox(struct sandbox *sandbox, const struct config *config,
    const struct sites *sites, struct listeners *ls)
{
	char error[ERROR_MAX];

	if (sandbox_close(sandbox, config, sites, error, sizeof(error)) ==
	    -1) {
		listeners_close(ls);
		fatal(EX_CONFIG, "%s", error);
	}
	sites_confine(sites, sandbox_may_read, sandbox);
}

/* Who is told of the end of what. */
struct ending {
	struct notify	*notify;
	struct server	*server;
};

static void
on_stop(void *arg)
{
	struct ending *e = arg;

	notify_stopping(e->notify, server_grace_ms(e->server));
}

static void
write_status(const void *arg, char *out, size_t size)
{
	server_status(arg, out, size);
}

/* config is freed. */
static int
serve(struct config *config, const struct options *options)
{
	uint64_t descriptors = descriptors_raise();
	struct detach detach = DETACH_NONE;
	struct privileges privileges;
	char error[ERROR_MAX];
	struct listeners listeners;
	struct notify notify;
	struct ending ending;
	struct handed handed;
	struct pidfile pidfile;
	struct sandbox sandbox;
	struct logs logs;
	struct generation *g;
	struct reload_parts parts = { .sandbox = &sandbox,
	    .notify = &notify, .logs = &logs };
	const struct reload_hooks hooks = reload_parts_hooks(&parts);
	struct reload reload;
	struct server *server;
	int status, result = -1;

	/* Before a fork: what the environment says is for this number. */
	notify_open(&notify);
	if (handed_take(&handed, error, sizeof(error)) == -1)
		fatal(EX_CONFIG, "%s", error);
	if (reload_init(&reload, config, DEFAULT_ROOT, options) == -1)
		fatal(EX_SOFTWARE, "%s", strerror(ENOMEM));
	if (config->process.daemon)
		go_into_background(config, &detach);
	disown_children();
	if (privileges_resolve(config->process.user, config->process.group,
	    &privileges, error, sizeof(error)) == -1)
		fatal(EX_CONFIG, "%s", error);
	if ((g = generation_new(config, error, sizeof(error))) == NULL)
		fatal(EX_CONFIG, "%s", error);
	if ((status = pidfile_open(&pidfile, config->process.pid_file, error,
	    sizeof(error))) != 0)
		fatal(status, "%s", error);
	reload_open(&reload, config);
	open_listeners(&listeners, config, &handed);
	become_user(&privileges, &g->sites, &listeners);
	open_logs(&logs, config, options->verbose, &listeners);
	enter_sandbox(&sandbox, config, &g->sites, &listeners);
	sites_warn(&g->sites);
	sandbox_announce(&sandbox, &g->sites);
	generation_add_cache(g, descriptors_for_files(descriptors));
	server = server_new(g, &listeners,
	    descriptors_connections(config, descriptors));
	if (server == NULL || logs_serve(&logs, server) == -1 ||
	    notify_attach(&notify, server_base(server), write_status,
	    server) == -1) {
		listeners_close(&listeners);
		fatal(EX_SOFTWARE, "cannot make the event loop: %s",
		    strerror(errno));
	}
	if ((status = pidfile_write(&pidfile, error, sizeof(error))) != 0) {
		listeners_close(&listeners);
		fatal(status, "%s", error);
	}
	ending = (struct ending){ &notify, server };
	server_on_stop(server, on_stop, &ending);
	listeners_announce(&listeners);
	notify_ready(&notify, NULL);
	detach_done(&detach);
	/* The server has it, until it is told of another one. */
	generation_unref(g);
	if (reload_start(&reload, server, descriptors, &hooks) == 0) {
		hold_signals(false);
		result = server_run(server);
		hold_signals(true);
	}
	notify_close(&notify);
	reload_clear(&reload);
	logs_leave(&logs);
	server_free(server);
	logs_close(&logs);
	handed_clear(&handed);
	pidfile_clear(&pidfile);
	sandbox_clear(&sandbox);
	return result == 0 ? EXIT_SUCCESS : EX_SOFTWARE;
}

/*
 * As the user who would serve, if this may become it, and in the sandbox, if
 * it can be closed: what may not be read there is what one wants to know.
 */
static int
explain_request(const struct config *config, const struct explain *what)
{
	struct privileges privileges;
	char error[ERROR_MAX];
	struct sandbox sandbox;
	struct sites sites;
	int status;

	if (sites_open(&sites, config, error, sizeof(error)) == -1)
		fatal(EX_CONFIG, "%s", error);
	if (privileges_resolve(config->process.user, config->process.group,
	    &privileges, error, sizeof(error)) == 0 &&
	    privileges_drop(&privileges, error, sizeof(error)) == -1)
		fatal(EX_NOPERM, "%s", error);
	if (sandbox_close(&sandbox, config, &sites, error,
	    sizeof(error)) == -1)
		log_warning("%s; what follows is seen from outside of "
		    "the sandbox", error);
	status = explain(config, &sites, what, stdout);
	sandbox_clear(&sandbox);
	sites_close(&sites);
	return status;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct config *config;
	int status = EXIT_SUCCESS;
	enum options_action action;

	fill_standard_streams();
	action = options_parse(argc, argv, &options);
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
	if (action == OPTIONS_SERVE || action == OPTIONS_CHECK) {
		signal(SIGPIPE, SIG_IGN);
		hold_signals(true);
		event_set_log_callback(on_event_message);
		event_set_fatal_callback(on_event_fatal);
	}
	config = load(&options);
	if (action == OPTIONS_SERVE)
		return serve(config, &options);
	if (action == OPTIONS_PRINT)
		config_print(config, stdout);
	else if (action == OPTIONS_EXPLAIN)
		status = explain_request(config, &options.explain);
	else if (action == OPTIONS_CHECK)
		status = check(config);
	else
		status = reload_ask(config);
	config_free(config);
	return status;
}
