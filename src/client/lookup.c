#include "client/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/names.h"
#include "client/say.h"
#include "event/timer.h"

#define ERROR_MAX	512
#define HOST_MAX	64	/* bytes of a name in a message */
#define ALARM_MAX	86400	/* seconds */
#define OPEN_MAX_HERE	64	/* so many descriptors we may have by then */

/* What the other process writes, as far as there are addresses. */
struct answer {
	enum exits	why;
	size_t		n;
	char		error[ERROR_MAX];
	struct address	all[LOOKUP_MAX];
};

struct lookup {
	struct event	*readable;
	struct event	*late;
	int		 fd;		/* what it writes comes here; or -1 */
	pid_t		 pid;		/* 0: it is gone */
	uint64_t	 limit_ms;
	char		 host[HOST_MAX + 1];
	lookup_done	*done;
	void		*arg;
	size_t		 got;		/* bytes of answer */
	struct answer	 answer;
};

static size_t
answer_length(size_t addresses)
{
	return offsetof(struct answer, all) +
	    addresses * sizeof(struct address);
}

/* ---- the other process ---- */

/* A NAME.part that is locked would stay so, as the lock is of both. */
static void
close_all_but(int kept)
{
	for (int fd = STDERR_FILENO + 1; fd < OPEN_MAX_HERE; fd++)
		if (fd != kept)
			close(fd);
}

/*
 * ^C is for both: the other one ends this one, or dies, and until then no
 * answer is not a failure. If it dies, nobody must be kept waiting for the end
 * of the standard streams, nor for longer than the look-up may take.
 */
static void
detach(uint64_t limit_ms, int kept)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t alarms;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	close_all_but(kept);
	signal(SIGALRM, SIG_DFL);
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	if (limit_ms / 1000 < ALARM_MAX)
		alarm((unsigned)(limit_ms / 1000 + 2));
}

static void	ask(struct answer *a, const char *host, uint16_t port,
		    int family, int fd) __attribute__((noreturn));

/* It fits in a pipe: nobody has to read before all of it is written. */
static void
ask(struct answer *a, const char *host, uint16_t port, int family, int fd)
{
	struct address *all = NULL;

	a->n = 0;
	a->why = names_look_up(host, port, family, &all, &a->n, a->error,
	    sizeof(a->error));
	if (a->why != EXITS_OK)
		a->n = 0;
	if (a->n > LOOKUP_MAX)
		a->n = LOOKUP_MAX;
	if (a->n > 0)
		memcpy(a->all, all, a->n * sizeof(a->all[0]));
	if (write(fd, a, answer_length(a->n)) == -1) {
		/* Nobody waits for it any more. */
	}
	_exit(0);
}

/* ---- this one ---- */

static void
stop(struct lookup *l)
{
	if (l->pid > 0) {
		kill(l->pid, SIGKILL);
		while (waitpid(l->pid, NULL, 0) == -1 && errno == EINTR)
			;
	}
	l->pid = 0;
	if (l->readable != NULL)
		event_free(l->readable);
	if (l->late != NULL)
		event_free(l->late);
	l->readable = l->late = NULL;
	if (l->fd != -1)
		close(l->fd);
	l->fd = -1;
}

/* l may be gone when this returns. */
static void
fail(struct lookup *l, enum exits why, const char *error)
{
	stop(l);
	l->done(l->arg, NULL, 0, why, error);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct lookup *l = arg;
	char limit[TIMER_TEXT_MAX], error[ERROR_MAX];

	(void)fd;
	(void)what;
	timer_text(l->limit_ms, limit);
	snprintf(error, sizeof(error), "there is no answer about \"%s\" "
	    "after %s", l->host, limit);
	fail(l, EXITS_TIMEOUT, error);
}

static bool
is_whole(const struct lookup *l)
{
	return l->got >= answer_length(0) && l->answer.n <= LOOKUP_MAX &&
	    l->got == answer_length(l->answer.n);
}

/* Nothing more comes. l may be gone when this returns. */
static void
finish(struct lookup *l)
{
	stop(l);
	if (!is_whole(l))
		fail(l, EXITS_SYSTEM, "the process that looks up the name "
		    "has failed");
	else if (l->answer.why != EXITS_OK)
		fail(l, l->answer.why, l->answer.error);
	else
		l->done(l->arg, l->answer.all, l->answer.n, EXITS_OK, NULL);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct lookup *l = arg;
	ssize_t n = read(fd, (char *)&l->answer + l->got,
	    sizeof(l->answer) - l->got);

	(void)what;
	if (n > 0)
		l->got += (size_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		finish(l);
}

/* Returns 0, or -1 with errno. */
static int
begin(struct lookup *l, const char *host, uint16_t port, int family)
{
	int ends[2];

	if (pipe(ends) == -1)
		return -1;
	l->fd = ends[0];
	l->pid = fork();
	if (l->pid == 0) {
		detach(l->limit_ms, ends[1]);
		ask(&l->answer, host, port, family, ends[1]);
	}
	close(ends[1]);
	return l->pid == -1 ? -1 : 0;
}

static int
watch(struct lookup *l, struct event_base *base)
{
	l->readable = event_new(base, l->fd, EV_READ | EV_PERSIST,
	    on_readable, l);
	l->late = evtimer_new(base, on_late, l);
	if (l->readable == NULL || l->late == NULL ||
	    event_add(l->readable, NULL) == -1)
		return -1;
	return l->limit_ms == UINT64_MAX ? 0 :
	    timer_start(l->late, l->limit_ms);
}

struct lookup *
lookup_new(struct event_base *base, const char *host, uint16_t port,
    int family, uint64_t limit_ms, lookup_done *done, void *arg)
{
	struct lookup *l = calloc(1, sizeof(*l));
	int saved;

	if (l == NULL)
		return NULL;
	l->fd = -1;
	l->limit_ms = limit_ms;
	l->done = done;
	l->arg = arg;
	snprintf(l->host, sizeof(l->host), "%s", host);
	if (begin(l, host, port, family) == 0) {
		if (watch(l, base) == 0)
			return l;
		errno = ENOMEM;
	}
	saved = errno;
	lookup_free(l);
	errno = saved;
	return NULL;
}

void
lookup_free(struct lookup *l)
{
	if (l != NULL)
		stop(l);
	free(l);
}

/* ---- alone ---- */

struct waiting {
	struct event_base	*base;
	struct address		*all;
	size_t			 n;
	enum exits		 why;
	char			*error;
	size_t			 size;
};

static void
fail_waiting(struct waiting *w, enum exits why, const char *error)
{
	w->why = why;
	snprintf(w->error, w->size, "%s", error);
}

static void
on_waited(void *arg, const struct address *all, size_t n, enum exits why,
    const char *error)
{
	struct waiting *w = arg;

	if (n == 0)
		fail_waiting(w, why, error);
	else if ((w->all = calloc(n, sizeof(*all))) == NULL)
		fail_waiting(w, EXITS_SYSTEM, "out of memory");
	else
		memcpy(w->all, all, n * sizeof(*all));
	w->n = n;
}

enum exits
lookup_wait(const char *host, uint16_t port, int family, uint64_t limit_ms,
    struct address **all, size_t *n, char *error, size_t size)
{
	struct waiting w = { .why = EXITS_OK, .error = error, .size = size };
	struct lookup *l = NULL;

	if (names_is_address(host))
		return names_look_up(host, port, family, all, n, error, size);
	w.base = event_base_new();
	if (w.base != NULL)
		l = lookup_new(w.base, host, port, family, limit_ms,
		    on_waited, &w);
	if (l == NULL)
		fail_waiting(&w, EXITS_SYSTEM, strerror(errno));
	else if (event_base_dispatch(w.base) == -1)
		fail_waiting(&w, EXITS_SYSTEM, "cannot wait for events");
	lookup_free(l);
	if (w.base != NULL)
		event_base_free(w.base);
	*all = w.all;
	*n = w.n;
	return w.why;
}

/* Returns 0, or -1 without memory. */
static int
path_address(const char *path, struct address **one)
{
	if ((*one = malloc(sizeof(**one))) == NULL)
		return -1;
	**one = address_of_path(path);
	return 0;
}

enum exits
lookup_server(const struct args_common *common, uint64_t begun_ms,
    const char *host, uint16_t port, struct address **all, size_t *n)
{
	char error[ERROR_MAX];
	enum exits why = EXITS_OK;

	if (common->unix_path == NULL) {
		why = lookup_wait(host, port, common->family,
		    timer_left(args_connect_limit(common), begun_ms), all, n,
		    error, sizeof(error));
	} else if (path_address(common->unix_path, all) == 0) {
		*n = 1;
	} else {
		why = EXITS_SYSTEM;
		snprintf(error, sizeof(error), "out of memory");
	}
	if (why != EXITS_OK)
		say("%s", error);
	return why;
}
