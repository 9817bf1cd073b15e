#include "daemon/reload_ask.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/log.h"
#include "base/monotonic.h"
#include "base/process.h"
#include "daemon/pidfile.h"
#include "daemon/statefile.h"

#define ERROR_MAX	1024
#define LOOK_EVERY_NS	(20 * 1000 * 1000)

static void
wait_a_moment(void)
{
	const struct timespec ts = { .tv_nsec = LOOK_EVERY_NS };

	nanosleep(&ts, NULL);
}

/*
 * What the server with that pid says in its state file; it may be writing
 * right now, or not yet have begun to.
 */
static bool
read_state(struct statefile *s, const char *pid_file, pid_t pid)
{
	for (int i = 0; i < 50; i++) {
		if (statefile_read(s, pid_file) == 0 && s->pid == pid)
			return true;
		wait_a_moment();
	}
	return false;
}

static bool
is_there(const char *pid_file, pid_t pid)
{
	char error[ERROR_MAX];
	pid_t now;

	return pidfile_ask(pid_file, &now, error, sizeof(error)) !=
	    PIDFILE_FREE && process_is_there(pid);
}

/* What began before the signal was sent may have read the file before. */
static int
await(struct statefile *s, const char *pid_file, pid_t pid)
{
	uint64_t number = s->begun + 1, end = monotonic_ms() + RELOAD_ASK_MS;

	while (monotonic_ms() < end) {
		if (statefile_read(s, pid_file) == 0 && s->pid == pid &&
		    s->done >= number)
			break;
		if (!is_there(pid_file, pid)) {
			log_error("process %ld ended before it said what "
			    "became of the reload", (long)pid);
			return EX_UNAVAILABLE;
		}
		wait_a_moment();
	}
	if (s->pid != pid || s->done < number) {
		log_error("process %ld was told, but says nothing after %d "
		    "seconds: its log has more", (long)pid,
		    RELOAD_ASK_MS / 1000);
		return EX_TEMPFAIL;
	}
	statefile_print(s, s->result == STATEFILE_DONE ? stdout : stderr);
	return s->result == STATEFILE_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The exit status if there is none to be told, or 0. */
static int
find(const char *pid_file, pid_t *pid)
{
	char error[ERROR_MAX];

	if (pid_file[0] == '\0') {
		log_error("to be found by --reload the server needs a pid "
		    "file: set process.pid_file and restart it; or tell it "
		    "yourself, by kill -HUP");
		return EX_UNAVAILABLE;
	}
	if (pidfile_ask(pid_file, pid, error, sizeof(error)) == PIDFILE_HELD)
		return 0;
	log_error("%s; a process.pid_file that was changed since the start "
	    "needs a restart", error);
	return EX_UNAVAILABLE;
}

int
reload_ask(const struct config *config)
{
	const char *pid_file = config->process.pid_file;
	struct statefile s;
	bool can_tell;
	int status;
	pid_t pid;

	if ((status = find(pid_file, &pid)) != 0)
		return status;
	can_tell = read_state(&s, pid_file, pid);
	if (kill(pid, SIGHUP) == -1) {
		log_error("cannot tell process %ld: %s%s", (long)pid,
		    strerror(errno), errno == EPERM ?
		    "; ask as root, or as its user" : "");
		return errno == EPERM ? EX_NOPERM : EX_UNAVAILABLE;
	}
	if (can_tell)
		return await(&s, pid_file, pid);
	log_error("process %ld was told, but %s" STATEFILE_SUFFIX " does not "
	    "say what becomes of it: its log does", (long)pid, pid_file);
	return EX_TEMPFAIL;
}
