#include "daemon/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"

void
detach_warn(const struct config *config)
{
	if (strcmp(config->log.error_target, "stderr") == 0)
		log_warning("log.error.target is stderr, and process.daemon "
		    "closes that: what is logged after the start is lost; "
		    "set it to syslog or a path");
	if (strcmp(config->log.access_target, "stdout") == 0)
		log_warning("log.access.target is stdout, and process.daemon "
		    "closes that: nothing will be written; set it to a path");
}

/* Who is to serve: a signal that ends a start is meant for that one. */
static volatile sig_atomic_t starting;

static void
pass_on(int number)
{
	int saved = errno;

	kill((pid_t)starting, number);
	errno = saved;
}

/* The exit status of a process that is waited for. */
static int
status_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return EX_OSERR;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	log_error("the start was ended by signal %d", WTERMSIG(status));
	return EX_SOFTWARE;
}

struct pipes {
	int	ready[2];	/* a byte when it serves */
	int	number[2];	/* of the process that is to serve */
};

static int
pipes_open(struct pipes *p)
{
	if (pipe(p->ready) == -1)
		return -1;
	if (pipe(p->number) == -1) {
		close(p->ready[0]);
		close(p->ready[1]);
		return -1;
	}
	for (int i = 0; i < 2; i++) {
		fcntl(p->ready[i], F_SETFD, FD_CLOEXEC);
		fcntl(p->number[i], F_SETFD, FD_CLOEXEC);
	}
	return 0;
}

/* The process in the middle: it knows when all is well, or who ended. */
static void
wait_for_ready(pid_t pid, const struct pipes *p)
{
	char byte;
	ssize_t n;

	/* Should nobody wait any more, there is nobody to be told. */
	if (write(p->number[1], &pid, sizeof(pid)) == -1)
		log_debug("the start is not waited for: %s", strerror(errno));
	close(p->number[1]);
	while ((n = read(p->ready[0], &byte, 1)) == -1 && errno == EINTR)
		;
	_exit(n == 1 ? EXIT_SUCCESS : status_of(pid));
}

/*
 * From the process that was started to the one that serves, past the one in
 * the middle: that may have ended before it had passed anything on.
 */
static void
pass_signals_on(int number)
{
	const struct sigaction sa = { .sa_handler = pass_on,
	    .sa_flags = SA_RESTART };
	sigset_t set;
	pid_t pid;
	ssize_t n;

	while ((n = read(number, &pid, sizeof(pid))) == -1 && errno == EINTR)
		;
	if (n != sizeof(pid))
		return;		/* there is none; its status will be told */
	starting = (sig_atomic_t)pid;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int
cannot(const char *what, char *error, size_t size)
{
	snprintf(error, size, "cannot %s: %s", what, strerror(errno));
	return -1;
}

/*
 * The session leader could get a terminal by opening one, so it is not the
 * one that serves.
 */
static int
become_session(struct detach *d, const struct pipes *p)
{
	pid_t pid;

	setsid();
	close(p->number[0]);
	if ((pid = fork()) == -1) {
		log_error("cannot go into the background: %s",
		    strerror(errno));
		_exit(EX_OSERR);
	}
	if (pid != 0) {
		close(p->ready[1]);
		close(d->null);
		wait_for_ready(pid, p);
	}
	close(p->number[1]);
	close(p->ready[0]);
	d->ready = p->ready[1];
	umask(022);
	return 0;
}

int
detach_begin(struct detach *d, char *error, size_t size)
{
	struct pipes p;
	pid_t pid;

	*d = DETACH_NONE;
	/* Whoever ignores its children would hide ours from us. */
	signal(SIGCHLD, SIG_DFL);
	d->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (d->null == -1)
		return cannot("open /dev/null", error, size);
	if (pipes_open(&p) == -1) {
		cannot("make a pipe", error, size);
		close(d->null);
		return -1;
	}
	fflush(NULL);
	if ((pid = fork()) == 0)
		return become_session(d, &p);
	close(p.ready[0]);
	close(p.ready[1]);
	close(p.number[1]);
	close(d->null);
	if (pid == -1) {
		close(p.number[0]);
		return cannot("go into the background", error, size);
	}
	pass_signals_on(p.number[0]);
	_exit(status_of(pid));
}

void
detach_done(struct detach *d)
{
	if (d->ready == -1)
		return;
	if (chdir("/") == -1)
		log_warning("cannot go to /: %s", strerror(errno));
	fflush(NULL);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(d->null, fd);
	close(d->null);
	/* Should nobody wait any more, there is nobody to be told. */
	if (write(d->ready, "", 1) == -1)
		log_debug("the start was not waited for: %s",
		    strerror(errno));
	close(d->ready);
	*d = DETACH_NONE;
}
