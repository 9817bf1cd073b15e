/*
 * handed - listening sockets that a service manager opened and handed over:
 * the protocol of sd_listen_fds(3), without its library.
 *
 * LISTEN_PID says whom they are for, LISTEN_FDS how many there are, from
 * descriptor 3 on, and LISTEN_FDNAMES what they are called, with a colon
 * between the names. Several sockets may have one name.
 *
 * The table keeps the sockets for the life of the process, so that a reload
 * finds them again; listeners work with duplicates.
 */
#ifndef HANDED_H
#define HANDED_H

#include <stdbool.h>
#include <stddef.h>

#define HANDED_FIRST	3		/* the first descriptor */
#define HANDED_UNNAMED	"unknown"	/* without LISTEN_FDNAMES */

struct handed_socket {
	char	*name;
	int	 fd;		/* -1: closed, as nobody had asked for it */
	bool	 wanted;
};

struct handed {
	struct handed_socket	*sockets;
	size_t			 n;
};

/*
 * Take what the environment tells of, and the variables out of it, so that
 * no child takes them for its own. Without the variables, or with those of
 * another process, the table is empty.
 *
 * Returns 0, or -1 with a sentence in error: a variable is malformed, or a
 * descriptor is not there. Then the table is empty, too.
 */
int	handed_take(struct handed *h, char *error, size_t size);

/*
 * The i-th socket of a name (from 0) as a descriptor of the caller's own:
 * closed on exec, and checked to be a stream socket that listens.
 *
 * Returns it, or -1 with a sentence in error: none of that name is there, it
 * is none to listen on, or descriptors are short. Past the last one of the
 * name it is -1, and error is empty. Without a table (NULL) there is none.
 */
int	handed_socket(struct handed *h, const char *name, size_t i,
	    char *error, size_t size);

/*
 * Close, and warn of, the sockets that were not asked for so far: clients
 * would wait on them for ever.
 */
void	handed_close_unwanted(struct handed *h);

/* Close all of them and free the table. */
void	handed_clear(struct handed *h);

#endif
