#include "daemon/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/log_file.h"
#include "proto/access_log.h"

static void
set_level(const struct logs *logs)
{
	log_set_level(logs->verbose ? LOG_LEVEL_DEBUG :
	    logs->config->log.error_level);
}

/* ---- opening ---- */

static bool
is_path(const char *target)
{
	return strchr(target, '/') != NULL;
}

/* A sentence on error_number of opening target, and what would be right. */
static void
explain(const char *key, const char *target, int error_number, char *error,
    size_t size)
{
	int n = snprintf(error, size, "%s: cannot write %s: %s", key, target,
	    strerror(error_number));
	size_t used = n < 0 || (size_t)n >= size ? size : (size_t)n;

	if (error_number == EACCES || error_number == EPERM)
		snprintf(error + used, size - used, "; logs are written by "
		    "the user who serves, uid %u: the directory has to be "
		    "that user's, such as /var/log/mynah", (unsigned)geteuid());
	else if (error_number == ENOENT)
		snprintf(error + used, size - used, "; the directory has to "
		    "be there");
	else if (error_number == ENXIO)
		snprintf(error + used, size - used, "; a FIFO has to be read "
		    "by somebody");
}

int
logs_try(const char *key, const char *target, char *error, size_t size)
{
	const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK |
	    O_NOCTTY;
	bool created = false;
	int fd;

	if (!is_path(target))
		return 0;
	fd = open(target, flags);
	if (fd == -1 && errno == ENOENT) {
		fd = open(target, flags | O_CREAT | O_EXCL, 0640);
		created = fd != -1;
	}
	if (fd == -1) {
		explain(key, target, errno, error, size);
		return -1;
	}
	if (created)
		unlink(target);
	close(fd);
	return 0;
}

static struct log_sink *
open_error(const struct config *config, char *error, size_t size)
{
	char why[512];
	struct log_sink *sink;

	errno = 0;
	sink = log_sink_open(config->log.error_target, why, sizeof(why));
	if (sink == NULL && is_path(config->log.error_target))
		explain("log.error.target", config->log.error_target, errno,
		    error, size);
	else if (sink == NULL)
		snprintf(error, size, "log.error.target: %s", why);
	return sink;
}

static bool
has_access(const struct config *config)
{
	return strcmp(config->log.access_target, "none") != 0;
}

/* Returns -1 with a sentence in error; *out is NULL if none is wanted. */
static int
open_access(const struct config *config, struct access_log **out, char *error,
    size_t size)
{
	const char *target = config->log.access_target;
	struct log_file *file;

	*out = NULL;
	if (!has_access(config))
		return 0;
	file = is_path(target) ? log_file_open(target) : log_file_stdout();
	if (file != NULL)
		*out = access_log_new(config->log.access_format, file);
	if (*out != NULL)
		return 0;
	explain("log.access.target", target, errno, error, size);
	return -1;
}

int
logs_open(struct logs *logs, const struct config *config, bool verbose,
    char *error, size_t size)
{
	struct log_sink *sink;

	*logs = (struct logs){ .config = config, .verbose = verbose };
	/* Later its file may be out of reach. */
	tzset();
	/* A file that may not grow any more is like a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	if (open_access(config, &logs->access, error, size) == -1)
		return -1;
	if ((sink = open_error(config, error, size)) == NULL) {
		access_log_retire(logs->access);
		return -1;
	}
	log_use(sink);
	set_level(logs);
	return 0;
}

/* ---- serving ---- */

/* What fails is told, and the old ones go on. */
static void
reopen(struct logs *logs)
{
	const bool has_file = is_path(logs->config->log.access_target);
	int errors = log_reopen();

	if ((has_file && access_log_reopen(logs->access) == -1) ||
	    errors == -1)
		return;
	if (errors == 1 || has_file)
		log_info("the log files have been opened again");
	else
		log_info("no log file is there to be opened again");
}

static void
on_usr1(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	reopen(arg);
}

int
logs_serve(struct logs *logs, struct server *server)
{
	logs->on_usr1 = evsignal_new(server_base(server), SIGUSR1, on_usr1,
	    logs);
	if (logs->on_usr1 == NULL || event_add(logs->on_usr1, NULL) == -1)
		return -1;
	logs->server = server;
	server_set_access_log(server, logs->access);
	return 0;
}

/* ---- reload ---- */

int
logs_prepare(const struct logs *logs, const struct config *config,
    struct logs_change *change, char *error, size_t size)
{
	const struct config *now = logs->config;

	*change = (struct logs_change){ .config = config,
	    .new_error = strcmp(config->log.error_target,
	    now->log.error_target) != 0,
	    .new_access = strcmp(config->log.access_target,
	    now->log.access_target) != 0 ||
	    config->log.access_format != now->log.access_format };
	if (change->new_error &&
	    (change->error = open_error(config, error, size)) == NULL)
		return -1;
	if (change->new_access &&
	    open_access(config, &change->access, error, size) == -1) {
		logs_abandon(change);
		return -1;
	}
	return 0;
}

void
logs_commit(struct logs *logs, struct logs_change *change)
{
	logs->config = change->config;
	if (change->new_error)
		log_use(change->error);
	set_level(logs);
	if (!change->new_access)
		return;
	if (logs->server != NULL)
		server_set_access_log(logs->server, change->access);
	access_log_retire(logs->access);
	logs->access = change->access;
}

void
logs_abandon(struct logs_change *change)
{
	log_sink_close(change->error);
	access_log_retire(change->access);
	*change = (struct logs_change){ .config = NULL };
}

/* ---- the end ---- */

void
logs_leave(struct logs *logs)
{
	if (logs->on_usr1 != NULL)
		event_free(logs->on_usr1);
	logs->on_usr1 = NULL;
	logs->server = NULL;
}

void
logs_close(struct logs *logs)
{
	access_log_retire(logs->access);
	logs->access = NULL;
	log_use(NULL);
}
