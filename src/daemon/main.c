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

#include "base/descriptor_limit.h"
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

/* ---- serving ---- */

/* What a server is made of; it is in use when run() begins. */
struct parts {
	struct config		*config;	/* freed at the end */
	const struct options	*options;
	uint64_t		 descriptors;
	struct notify		 notify;
	struct handed		 handed;
	struct detach		 detach;
	struct privileges	 privileges;
	struct generation	*generation;
	struct pidfile		 pidfile;
	struct listeners	 listeners;
	struct logs		 logs;
	struct sandbox		 sandbox;
	struct server		*server;
	struct reload_parts	 reloaded;
	struct reload		 reload;
	char			 error[ERROR_MAX];
};

/* The start ends with what p->error says; a Unix socket is not left behind. */
static void __attribute__((noreturn))
give_up(struct parts *p, int status)
{
	listeners_close(&p->listeners);
	fatal(status, "%s", p->error);
}

static void
go_into_background(struct parts *p)
{
	/* The end of process 1 is the end of all that it has started. */
	if (getpid() == 1)
		fatal(EX_CONFIG, "process.daemon: process 1, as in a "
		    "container, must stay in the foreground");
	detach_warn(p->config);
	if (detach_begin(&p->detach, p->error, sizeof(p->error)) == -1)
		give_up(p, EX_OSERR);
}

static void
open_listeners(struct parts *p)
{
	const struct config *config = p->config;

	p->listeners.handed = &p->handed;
	for (size_t i = 0; i < config->nlisteners; i++)
		if (listeners_open(&p->listeners, &config->listeners[i],
		    p->error, sizeof(p->error)) == -1)
			give_up(p, config->listeners[i].systemd != NULL ?
			    EX_CONFIG : EX_UNAVAILABLE);
	handed_close_unwanted(&p->handed);
}

/* All that may take the rights that it is started with. */
static void
open_all(struct parts *p)
{
	const struct config *config = p->config;
	int status;

	/*
	 * Before a fork: what the environment says is for this number. And
	 * before a descriptor is opened that could pass for one of those.
	 */
	if (handed_take(&p->handed, p->error, sizeof(p->error)) == -1)
		give_up(p, EX_CONFIG);
	notify_open(&p->notify);
	if (reload_init(&p->reload, config, DEFAULT_ROOT, p->options) == -1)
		fatal(EX_SOFTWARE, "%s", strerror(ENOMEM));
	if (config->process.daemon)
		go_into_background(p);
	disown_children();
	if (privileges_resolve(config->process.user, config->process.group,
	    &p->privileges, p->error, sizeof(p->error)) == -1)
		give_up(p, EX_CONFIG);
	p->generation = generation_new(p->config, p->error,
	    sizeof(p->error));
	if (p->generation == NULL)
		give_up(p, EX_CONFIG);
	if ((status = pidfile_open(&p->pidfile, config->process.pid_file,
	    p->error, sizeof(p->error))) != 0)
		give_up(p, status);
	reload_open(&p->reload, config);
	open_listeners(p);
}

/* From here on nothing that only root may do can be done. */
static void
become_user(struct parts *p)
{
	if (p->privileges.change)
		listeners_give(&p->listeners, p->privileges.uid,
		    p->privileges.gid);
	if (privileges_drop(&p->privileges, p->error, sizeof(p->error)) == -1)
		give_up(p, EX_NOPERM);
	if (sites_check(&p->generation->sites, p->error,
	    sizeof(p->error)) == -1)
		give_up(p, EX_CONFIG);
}

/* From here on what happens is told where the configuration says. */
static void
open_logs(struct parts *p)
{
	/* What the sandbox would refuse is not made first. */
	if (sandbox_look(p->config, &p->generation->sites, NULL, NULL,
	    p->error, sizeof(p->error)) == -1)
		give_up(p, EX_CONFIG);
	if (logs_open(&p->logs, p->config, p->options->verbose, p->error,
	    sizeof(p->error)) == -1)
		give_up(p, EX_CANTCREAT);
}

/* From here on nothing can be reached but what is served. */
static void
enter_sandbox(struct parts *p)
{
	const struct sites *sites = &p->generation->sites;

	if (sandbox_close(&p->sandbox, p->config, sites, p->error,
	    sizeof(p->error)) == -1)
		give_up(p, EX_CONFIG);
	sites_confine(sites, sandbox_may_read, &p->sandbox);
	sites_warn(sites);
	sandbox_announce(&p->sandbox, sites);
}

static void
on_stop(void *arg)
{
	struct parts *p = arg;

	notify_stopping(&p->notify, server_grace_ms(p->server));
}

static void
write_status(const void *arg, char *out, size_t size)
{
	server_status(arg, out, size);
}

static void
make_server(struct parts *p)
{
	generation_add_cache(p->generation,
	    descriptors_for_files(p->descriptors));
	p->server = server_new(p->generation, &p->listeners,
	    descriptors_connections(p->config, p->descriptors));
	if (p->server == NULL || logs_serve(&p->logs, p->server) == -1 ||
	    notify_attach(&p->notify, server_base(p->server), write_status,
	    p->server) == -1) {
		snprintf(p->error, sizeof(p->error), "cannot make the event "
		    "loop: %s", strerror(errno));
		give_up(p, EX_SOFTWARE);
	}
	server_on_stop(p->server, on_stop, p);
}

/* All is well: whoever waits for that is told. */
static void
announce(struct parts *p)
{
	int status = pidfile_write(&p->pidfile, p->error, sizeof(p->error));

	if (status != 0)
		give_up(p, status);
	listeners_announce(&p->listeners);
	notify_ready(&p->notify, NULL);
	detach_done(&p->detach);
}

static int
run(struct parts *p)
{
	struct reload_hooks hooks;
	int result;

	p->reloaded = (struct reload_parts){ .sandbox = &p->sandbox,
	    .notify = &p->notify, .logs = &p->logs };
	hooks = reload_parts_hooks(&p->reloaded);
	/* The server has it, until it is told of another one. */
	generation_unref(p->generation);
	if (reload_start(&p->reload, p->server, p->descriptors, &hooks) == -1)
		return -1;
	hold_signals(false);
	result = server_run(p->server);
	hold_signals(true);
	return result;
}

static void
close_all(struct parts *p)
{
	notify_close(&p->notify);
	reload_clear(&p->reload);
	logs_leave(&p->logs);
	server_free(p->server);
	logs_close(&p->logs);
	handed_clear(&p->handed);
	pidfile_clear(&p->pidfile);
	sandbox_clear(&p->sandbox);
}

/* config is freed. */
static int
serve(struct config *config, const struct options *options)
{
	struct parts p = { .config = config, .options = options,
	    .descriptors = descriptor_limit_raise(), .detach = DETACH_NONE };
	int result;

	listeners_init(&p.listeners);
	open_all(&p);
	become_user(&p);
	open_logs(&p);
	enter_sandbox(&p);
	make_server(&p);
	announce(&p);
	result = run(&p);
	close_all(&p);
	return result == 0 ? EXIT_SUCCESS : EX_SOFTWARE;
}

/* ---- explaining ---- */

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

/* ---- which of these ---- */

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
