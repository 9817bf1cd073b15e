/*
 * client - the real client, run by a test and never left behind.
 *
 * The program is $MYNAH, or ./mynah. It runs in a directory of its own,
 * empty at the beginning of each test, inside of that of tests/daemon.h, so
 * that a test may have a daemon, too. Nothing here sleeps: what is waited for
 * is read, and CHILD_WAIT_MS only ends a test that hangs.
 *
 *	static struct client c;
 *
 *	c.input = "hello\n";
 *	client_run(&c, "connect", "127.0.0.1", client_port(port), NULL);
 *	client_expect(&c, EXITS_OK, "hello\n", "");
 *
 * Whatever ends up on its standard error or on a terminal is looked at when it
 * has ended: a control byte that has no business there fails the test, as
 * some server has sent it.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

#include <check.h>

#include "child.h"

/* What is a terminal: one for all, with job control, 80 columns, 24 lines. */
#define CLIENT_TERMINAL_IN	1
#define CLIENT_TERMINAL_OUT	2
#define CLIENT_TERMINAL_ERR	4
#define CLIENT_TERMINAL		7

/* What came from it so far. */
struct client_text {
	int	 fd;		/* -1: it has ended */
	size_t	 len;
	size_t	 size;
	char	*bytes;		/* once it has started: with a NUL behind */
};

struct client {
	/* To be set before the start; zero is the usual. */
	unsigned	 terminal;	/* CLIENT_TERMINAL_*, or'ed */
	const char	*input;		/* for standard input, then its end */
	size_t		 input_len;	/* of input; 0: up to its NUL */
	bool		 stays_open;	/* no end of input: client_end() */
	bool		 unread;	/* standard output: nobody reads it */
	const char	*output;	/* a file for standard output */
	void		(*prepare)(void);	/* called in the new process */

	pid_t		 pid;		/* 0: it has ended */
	int		 status;	/* as client_wait() returned it */
	int		 in_fd;		/* of a pipe; -1: it is closed */
	int		 terminal_fd;	/* our end, until client_forget() */
	const char	*unsent;	/* input that has not gone yet */
	size_t		 unsent_len;
	struct client_text	 out;
	struct client_text	 err;
	struct client_text	 screen;	/* all that a terminal got */
	struct termios	 settings;	/* of the terminal at the start */
};

/*
 * A new test case of the suite, with the fixture of tests/daemon.h and an
 * empty directory for each test; forget() is called before each test.
 */
TCase	*client_case(Suite *suite, const char *name, void (*forget)(void));

/*
 * The same, for tests that set terminal. Where the system has none to give
 * they are left out, which is told.
 */
TCase	*client_terminal_case(Suite *suite, const char *name,
	    void (*forget)(void));

/*
 * Without fork, what one test has set would be there for the next: for
 * forget(). Also before a second run with other settings.
 */
void	client_forget(struct client *c);

/* ---- arguments; valid until eight more were asked for ---- */

const char	*client_port(int port);			/* "8080" */
const char	*client_url(int port, const char *target);
		/* "http://127.0.0.1:8080/a" */

/* ---- its directory ---- */

const char	*client_path(const char *name);
void	client_write(const char *name, const void *bytes, size_t len);

/* Nothing else is there: names up to NULL, in any order. */
void	client_expect_files(const char *name, ...)
	    __attribute__((sentinel));
#define client_expect_no_file()	client_expect_files(NULL, NULL)

/* The name of the only file that is there; valid until the next call. */
const char	*client_only_file(void);

/* That file has this content. */
void	client_expect_file(const char *name, const void *bytes, size_t len);

/* ---- a process ---- */

/* Start it with arguments up to NULL. */
void	client_start(struct client *c, const char *argument, ...)
	    __attribute__((sentinel));

/* The same, with a vector that ends with NULL. */
void	client_start_vector(struct client *c, const char *const *arguments);

/* Start it and wait for its end; returns what client_wait() does. */
int	client_run(struct client *c, const char *argument, ...)
	    __attribute__((sentinel));

/* More input, with stays_open or on the terminal; "\003" there is ^C. */
void	client_type(struct client *c, const char *text);
void	client_type_bytes(struct client *c, const void *bytes, size_t len);

/* No more input: the pipe is closed; on a terminal ^D is typed. */
void	client_end(struct client *c);

/* Wait until it has written text there: &c.out, &c.err or &c.screen. */
void	client_await(struct client *c, const struct client_text *where,
	    const char *text);

/* Wait until so many bytes came there in all. */
void	client_await_bytes(struct client *c, const struct client_text *where,
	    size_t len);

/* Read standard output from now on, which was unread. */
void	client_read(struct client *c);

void	client_signal(const struct client *c, int number);

/* Make the terminal wider or narrower; it is told by SIGWINCH. */
void	client_resize(struct client *c, unsigned short columns);

/*
 * Wait for its end, with all that it says until then; returns the exit
 * status, or minus the signal.
 */
int	client_wait(struct client *c);

/* ---- what came of it ---- */

/*
 * It has ended with that status, standard output has exactly this text, and
 * standard error has that part; NULL: any, "": nothing at all.
 */
void	client_expect(const struct client *c, int status, const char *out,
	    const char *err);

void	client_expect_status(const struct client *c, int status);
void	client_expect_out(const struct client *c, const void *bytes,
	    size_t len);
void	client_expect_err(const struct client *c, const char *part);
void	client_expect_no_err(const struct client *c, const char *part);
void	client_expect_screen(const struct client *c, const char *part);

/* The terminal is in the state that it had at the start. */
void	client_expect_restored(const struct client *c);

#endif
