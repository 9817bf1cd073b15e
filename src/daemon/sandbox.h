/*
 * sandbox - what the kernel keeps this process in: no_new_privs and Landlock,
 * closed once before serving, and never widened.
 *
 * Inside it, files and directories can be read beneath
 *
 *	each document root, each of process.readable, the directory of the
 *	configuration file
 *
 * files can be made and written to in the directory of each log file, Unix
 * sockets bound and files removed in that of each listener's socket; and
 * nothing else (landlock.h has the list). What was open before stays open.
 *
 * A place is a directory as such and not its name: one that is put in its
 * place later is another one. Where a path leads through a link at its very
 * end (that of the configuration or of a log), both the directory of the link
 * and that of the file are places.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/config.h"
#include "files/site.h"

#define SANDBOX_TEXT_MAX	160

/* A directory, or a file, and what is allowed beneath it. */
struct sandbox_place {
	dev_t		dev;
	ino_t		ino;
	unsigned	grants;		/* of landlock.h */
};

struct sandbox {
	int			 abi;	/* of Landlock; 0: not in force */
	struct sandbox_place	*places;
	size_t			 nplaces;
	char			 why[SANDBOX_TEXT_MAX];	/* without Landlock */
	char			 privs[SANDBOX_TEXT_MAX]; /* "", or why they
						   may still grow */
};

/*
 * Only look at what the configuration names: sandbox_close() would refuse a
 * log in /var/log, but by then it has been made. To be called before the logs
 * are opened, as the user who serves.
 *
 * tell	called for each thing that is wrong, with a sentence in error; or
 *	NULL, and it ends at the first
 *
 * Returns 0, or -1 with the last of those sentences in error.
 */
int	sandbox_look(const struct config *config, const struct sites *sites,
	    void (*tell)(void *arg), void *arg, char *error, size_t size)
	    __attribute__((warn_unused_result));

/*
 * Close it, as process.sandbox says: as far as the system can with auto, all
 * of it or none with required, not at all with none. To be called after
 * privileges are dropped and whatever is needed from elsewhere has been read:
 * hosts, users, limits; time zones are seen to here. sites may have none.
 *
 * Returns 0, or -1 with a sentence in error: something that the configuration
 * names is not there or must not be a place ("/", and /var/log for logs; then
 * nothing is closed), or a layer is missing that is required.
 */
int	sandbox_close(struct sandbox *sb, const struct config *config,
	    const struct sites *sites, char *error, size_t size)
	    __attribute__((warn_unused_result));

/* Forget what was closed; it stays closed. */
void	sandbox_clear(struct sandbox *sb);

/*
 * One line of log that says what is in force: "sandbox: openat2, landlock abi
 * 7, uid 991, no capabilities".
 */
void	sandbox_announce(const struct sandbox *sb, const struct sites *sites);

/*
 * Whether beneath the directory that fd is (O_PATH will do) files may be read.
 * Exact, where open() would not be: that fails for want of a permission, too.
 * For sites_confine(), so sb is a struct sandbox.
 */
bool	sandbox_may_read(void *sb, int fd);

/*
 * Whether another configuration, and the sites that were opened for it, can
 * do with what is allowed: for a reload. Returns 0, or -1 with a sentence in
 * error that names the key and ends in "restart", or is one of those of
 * sandbox_close().
 */
int	sandbox_covers(const struct sandbox *sb, const struct config *config,
	    const struct sites *sites, char *error, size_t size)
	    __attribute__((warn_unused_result));

#endif
