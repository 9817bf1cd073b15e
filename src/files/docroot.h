/*
 * docroot - a path to an open descriptor beneath a document root.
 *
 * Every open of something served goes through docroot_open(). With openat2
 * (Linux 5.6) the kernel resolves the path: RESOLVE_BENEATH and
 * RESOLVE_NO_MAGICLINKS, so links that stay inside work and nothing leads
 * out. Without it each component is opened by itself with O_NOFOLLOW, so no
 * link is followed at all.
 */
#ifndef DOCROOT_H
#define DOCROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct docroot;

/*
 * Open the directory at path. never: follow no link beneath it.
 *
 * Returns NULL with a sentence in error that names the first component of
 * the path at fault and says what is wrong with it ("/srv/wwww does not
 * exist (in /srv/wwww/site); did you mean /srv/www?"), or that the kernel's
 * openat2 is forbidden (EPERM of old container profiles). "/" is refused, by
 * whatever name. A kernel without openat2 is said in one warning, once.
 */
struct docroot	*docroot_new(const char *path, bool never, char *error,
		    size_t size);
void	docroot_free(struct docroot *root);

/*
 * Follow document_root where it leads to another directory now: a link on the
 * way was swapped, or a directory was renamed and another one put in its
 * place. The system is asked once for each number of a turn; in all of it the
 * root is the same directory.
 *
 * A process that may not search the way there any more stays with the directory
 * that it has.
 *
 * Returns 0, or -1 with errno if there is none to be served: nothing below it
 * may be looked for in this turn then. EPERM is one that docroot_confine()
 * does not allow. That it went, came back or moved is told in the log.
 */
int	docroot_follow(struct docroot *root, uint64_t turn)
	    __attribute__((warn_unused_result));

/*
 * Have may(arg, fd) asked of each directory that docroot_follow() would move
 * to: false if it is one that nothing could be read from. The directory that
 * is held already is not asked about. NULL: any is right.
 */
typedef bool	docroot_may(void *arg, int fd);
void	docroot_confine(struct docroot *root, docroot_may *may, void *arg);

/*
 * Of the directory that is held: its descriptor, which stays the root's; its
 * state as docroot_follow() saw it; a number that is another one when it is
 * another directory.
 */
int	docroot_fd(const struct docroot *root);
const struct stat	*docroot_state(const struct docroot *root);
unsigned	docroot_generation(const struct docroot *root);

/*
 * Tell everything that is looked up from now on to note(arg, ...): the path,
 * and what was found there, or the error and st undefined. NULL: nothing any
 * more.
 */
typedef void	docroot_note(void *arg, const char *path, int error,
		    const struct stat *st);
void	docroot_record(struct docroot *root, docroot_note *note, void *arg);

/* The path given to docroot_new(). */
const char	*docroot_path(const struct docroot *root);

/* Whether links beneath it are followed: false with never or no openat2. */
bool	docroot_follows_links(const struct docroot *root);

/* Whether it is the kernel that keeps paths beneath it. */
bool	docroot_has_openat2(const struct docroot *root);

/*
 * Whether this process, as it is now, may search the root's directory (read
 * permission is not needed to serve from it). Returns 0, or -1 with errno.
 */
int	docroot_check(const struct docroot *root);

/*
 * Open path, relative to the root ("" is the root itself), with O_RDONLY,
 * O_NONBLOCK, O_CLOEXEC and O_NOCTTY, and fstat it.
 *
 * Returns the descriptor, which the caller closes, or -1 with errno: EXDEV
 * or ELOOP where a link leads out or must not be followed, EXDEV also for
 * an absolute path and any "..", EAGAIN where renames kept disturbing it.
 */
int	docroot_open(const struct docroot *root, const char *path,
	    struct stat *st) __attribute__((warn_unused_result));

/* The same for a file: what is not a regular one is ENOENT. */
int	docroot_open_file(const struct docroot *root, const char *path,
	    struct stat *st) __attribute__((warn_unused_result));

/*
 * Look at path as docroot_open() opens it, links and all: fill st. It need
 * not be readable (where the system has O_PATH), and a FIFO is not opened.
 * Returns 0, or -1 with errno as docroot_open() does.
 */
int	docroot_stat(const struct docroot *root, const char *path,
	    struct stat *st) __attribute__((warn_unused_result));

/*
 * Open path, a directory, only to look things up in it: it need not be
 * readable. As docroot_open() otherwise.
 */
int	docroot_reach(const struct docroot *root, const char *path,
	    struct stat *st) __attribute__((warn_unused_result));

/*
 * Whether an error of these functions says nothing about the path: too few
 * descriptors or too little memory, or renames that went on and on. The
 * file may well be there.
 */
bool	docroot_is_shortage(int error);

/*
 * Whether path is a directory beneath the root. It need not be readable,
 * which docroot_open() asks for.
 */
bool	docroot_is_directory(const struct docroot *root, const char *path);

#endif
