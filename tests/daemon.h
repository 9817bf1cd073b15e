/*
 * daemon - the real program, started by a test and never left behind.
 *
 * The program is $MYNAHD, or ./mynahd. Started by root it is given --user
 * nobody, unless a test says otherwise. Nothing here sleeps: what is waited
 * for is read from a pipe, and DAEMON_WAIT_MS only ends a test that hangs.
 *
 * daemon_setup() and daemon_teardown() are the unchecked fixture of every
 * test case: they make a directory with a site in it, and see to it that
 * neither the directory nor a process is left, however the tests ended.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <check.h>

#include "child.h"

#define DAEMON_WAIT_MS	CHILD_WAIT_MS
#define DAEMON_TEXT_MAX	65536

#define DAEMON_WELCOME	"Welcome to the server. Type something and hit enter\n"

/* The files of the site that have a size of their own, see daemon_pattern(). */
#define DAEMON_PICTURE	230210			/* /picture.jpg */
#define DAEMON_BIG	(16 * 1024 * 1024)	/* /big.bin */

struct daemon {
	/* To be set before the start; zero is the usual. */
	rlim_t	descriptors;	/* its limit of descriptors, soft and hard */
	size_t	listeners;	/* how many to wait for; 0: one */
	bool	no_user;	/* started by root: without --user nobody */
	int	namespaces;	/* of its own: CLONE_NEWPID and the like */
	void	(*prepare)(void);	/* called in the new process */
	const int	*sockets;	/* that it is handed, as by systemd */
	size_t		 nsockets;
	const char	*socket_names;	/* "a:b", or NULL */
	const char	*handed_pid;	/* whom they are for; NULL: this one */

	pid_t	pid;		/* 0: it has ended */
	int	port;		/* of the first listener that has one */
	int	out_fd;
	int	err_fd;
	size_t	out_len;
	size_t	err_len;
	char	out[DAEMON_TEXT_MAX];	/* what it printed so far */
	char	err[DAEMON_TEXT_MAX];
};

/* ---- fixture ---- */

/*
 * Make the directory. Beneath site it has index.html, files/a.txt,
 * files/b.txt, romeo.txt, empty.txt, "a b.txt", dir/index.html, bare/x.txt,
 * picture.jpg, big.bin, private.txt (nobody may read it), .secret,
 * .well-known/x.txt, fifo, and the links inside.txt, up.txt, outside.txt,
 * absolute.txt, loop.txt. Each text file holds its own path and a line feed,
 * except romeo.txt, which has 167 bytes. run is a directory that the
 * daemon's user may write to.
 */
void	daemon_setup(void);
void	daemon_teardown(void);

/* A path in the directory; valid until eight more were asked for. */
const char	*daemon_path(const char *format, ...)
		    __attribute__((format(printf, 1, 2)));

/* Write a whole file in the directory. */
void	daemon_write(const char *name, const void *bytes, size_t len);

/* What picture.jpg and big.bin hold, from the byte at on. */
void	daemon_pattern(char *out, size_t len, size_t at);

/* Run the suite, tell the result, return the exit status of main(). */
int	daemon_run_suite(Suite *suite);

/*
 * A new test case of the suite, in a directory of its own; forget() is called
 * before each test.
 */
TCase	*daemon_case(Suite *suite, const char *name, void (*forget)(void));

/* What the kernel cuts a backlog to; 65535 if it does not say. */
long	daemon_somaxconn(void);

/* Say on standard error that a test cannot be done here, and why. */
void	daemon_skip(const char *test, const char *why);

/* ---- a process ---- */

/*
 * Start it with a configuration, written to mynahd.yaml in the directory
 * (NULL: none is named), and options up to NULL.
 */
void	daemon_launch(struct daemon *d, const char *yaml, ...)
	    __attribute__((sentinel));

/* The same, and wait until all d->listeners are listening. */
void	daemon_start(struct daemon *d, const char *yaml, ...)
	    __attribute__((sentinel));

/* The same as daemon_launch(), and wait for its end, as daemon_wait(). */
int	daemon_run(struct daemon *d, const char *yaml, ...)
	    __attribute__((sentinel));

/* Wait until it has written text to standard error. */
void	daemon_await(struct daemon *d, const char *text);

/* How many times it has written text to standard error so far. */
size_t	daemon_count(struct daemon *d, const char *text);

/* Fail unless it has. */
void	daemon_expect(const struct daemon *d, const char *text);

void	daemon_signal(const struct daemon *d, int number);

/* Wait for its end; returns the exit status, or minus the signal. */
int	daemon_wait(struct daemon *d);

/*
 * It has ended, and left another process behind that serves, whose number is
 * in a pid file in the directory: that one is d->pid from here on, and a
 * child of the test if daemon_adopts() was called before the start.
 */
void	daemon_adopt(struct daemon *d, const char *pid_file);
bool	daemon_adopts(void);	/* false where the system cannot */

/* Ask it to stop with SIGTERM, and wait. */
int	daemon_stop(struct daemon *d);

/*
 * For an unchecked teardown: stop the daemon that the tests of a test case
 * shared. If it does not end with 0, daemon_run_suite() fails.
 */
void	daemon_stop_shared(struct daemon *d);

/* Ask for index.html over the socket fd, which is closed then. */
void	daemon_expect_page(int fd);

/* The port of the i-th listener, as it was printed. */
int	daemon_port(const struct daemon *d, size_t i);

/* A number from /proc/PID/status, such as "RssAnon" in KiB; -1 if absent. */
long	daemon_status(const struct daemon *d, const char *name);

/* The whole line of /proc/PID/status, without its name; "" if absent. */
const char	*daemon_status_line(const struct daemon *d, const char *name);

/* Clock ticks of processor time that it has used. */
long	daemon_ticks(const struct daemon *d);

/* Its open descriptors; -1 where that cannot be looked up. */
int	daemon_descriptors(const struct daemon *d);

#endif
