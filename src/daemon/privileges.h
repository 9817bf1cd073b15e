/*
 * privileges - from root to the user who serves; nothing can be regained.
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct privileges {
	bool	change;		/* started as root: ids change */
	uid_t	uid;
	gid_t	gid;
};

/*
 * Look up user and group (names or numbers, "" if unset) while that can
 * still be done. Started as root, a user must be set; started as another, a
 * user that is set must be the one who runs this.
 *
 * Returns 0, or -1 with a sentence in error.
 */
int	privileges_resolve(const char *user, const char *group,
	    struct privileges *out, char *error, size_t size);

/*
 * Drop supplementary groups, gid, uid and all capabilities, for good.
 * Returns 0, or -1 with a sentence in error; then nothing may be served.
 */
int	privileges_drop(const struct privileges *p, char *error, size_t size);

/*
 * Whether this process has any capability: 1 or 0, and -1 where the system
 * does not know of any.
 */
int	privileges_capabilities(void);

#endif
