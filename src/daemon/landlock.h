/*
 * landlock - Landlock of Linux (5.13): what this process may do with files,
 * from one moment on and for ever.
 *
 * The one place that knows its system calls, compiled in with USE_LANDLOCK.
 * Numbers and structures are our own, as headers are often older than the
 * kernel. Each version of the interface (ABI) can refuse more than the one
 * before; of an older kernel's, what that one cannot refuse stays allowed:
 *
 *	1	reading, writing, making and removing files, and running them
 *	2	moving a file to another directory
 *	3	truncating (older ones let it pass)
 *	4	connecting by TCP
 *	5	ioctl on devices
 *	6	reaching processes outside by signals and abstract Unix sockets
 *	7	nothing more, but refusals can be seen in the audit log
 *
 * Not refused by any of these are: what is open already; looking at what a
 * path is (stat, O_PATH); binding TCP, which a reload wants; Unix sockets in
 * the file system, such as /dev/log.
 */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#define LANDLOCK_ABI_MAX	7	/* the newest one that is known here */

/* What can be allowed beneath a directory, or of a file alone. */
enum landlock_grant {
	LANDLOCK_READ	= 1,	/* read files, list directories */
	LANDLOCK_LOG	= 2,	/* make files, write and truncate them */
	LANDLOCK_SOCKET	= 4	/* bind Unix sockets, remove files */
};

/*
 * The ABI that is there, 1 to LANDLOCK_ABI_MAX; or -1 with errno: ENOSYS
 * (not in this kernel, or not in this build), EOPNOTSUPP (turned off when the
 * system was booted), EPERM (forbidden by somebody's seccomp filter).
 */
int	landlock_abi(void);

/*
 * Begin a set of rules that refuses all that abi can refuse, and allows
 * nothing. Returns its descriptor, or -1 with errno.
 */
int	landlock_new(int abi);

/*
 * Allow grants, of those above, beneath the directory that fd is, or for the
 * file. fd may have been opened with O_PATH. Returns 0, or -1 with errno.
 */
int	landlock_allow(int rules, int abi, int fd, unsigned grants);

/*
 * From here on the set is in force. no_new_privs must have been set before.
 * Returns 0, or -1 with errno; then nothing has changed.
 */
int	landlock_enforce(int rules);

#endif
