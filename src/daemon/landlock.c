#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "daemon/landlock.h"

#include <errno.h>

#ifdef USE_LANDLOCK
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As on all architectures that configure lets come here. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#define SYS_landlock_add_rule		445
#define SYS_landlock_restrict_self	446
#endif

#define GET_ABI		1	/* flag of landlock_create_ruleset() */
#define PATH_BENEATH	1	/* type of a rule */

#define FS_EXECUTE	(UINT64_C(1) << 0)
#define FS_WRITE_FILE	(UINT64_C(1) << 1)
#define FS_READ_FILE	(UINT64_C(1) << 2)
#define FS_READ_DIR	(UINT64_C(1) << 3)
#define FS_REMOVE_FILE	(UINT64_C(1) << 5)
#define FS_MAKE_REG	(UINT64_C(1) << 8)
#define FS_MAKE_SOCK	(UINT64_C(1) << 9)
#define FS_TRUNCATE	(UINT64_C(1) << 14)
#define FS_IOCTL_DEV	(UINT64_C(1) << 15)
#define NET_CONNECT_TCP	(UINT64_C(1) << 1)
#define SCOPE_ABSTRACT	(UINT64_C(1) << 0)
#define SCOPE_SIGNAL	(UINT64_C(1) << 1)

/* Of these alone is a rule for a file that is no directory. */
#define FS_OF_FILES	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE |	\
			    FS_TRUNCATE | FS_IOCTL_DEV)

/* struct landlock_path_beneath_attr */
struct beneath_rule {
	uint64_t	allowed;
	int32_t		fd;
} __attribute__((packed));

/* What an ABI can refuse; fs is all bits below this one. */
static const struct {
	int		 fs_bits;
	uint64_t	 net;
	uint64_t	 scoped;
	size_t		 words;		/* so many of these three it knows */
} abis[LANDLOCK_ABI_MAX + 1] = {
	[1] = { 13, 0, 0, 1 },
	[2] = { 14, 0, 0, 1 },
	[3] = { 15, 0, 0, 1 },
	[4] = { 15, NET_CONNECT_TCP, 0, 2 },
	[5] = { 16, NET_CONNECT_TCP, 0, 2 },
	[6] = { 16, NET_CONNECT_TCP, SCOPE_ABSTRACT | SCOPE_SIGNAL, 3 },
	[7] = { 16, NET_CONNECT_TCP, SCOPE_ABSTRACT | SCOPE_SIGNAL, 3 },
};

static uint64_t
refused(int abi)
{
	return (UINT64_C(1) << abis[abi].fs_bits) - 1;
}

static uint64_t
rights_of(unsigned grants)
{
	uint64_t rights = 0;

	if ((grants & LANDLOCK_READ) != 0)
		rights |= FS_READ_FILE | FS_READ_DIR;
	if ((grants & LANDLOCK_LOG) != 0)
		rights |= FS_WRITE_FILE | FS_MAKE_REG | FS_TRUNCATE;
	if ((grants & LANDLOCK_SOCKET) != 0)
		rights |= FS_MAKE_SOCK | FS_REMOVE_FILE;
	return rights;
}

int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, GET_ABI);

	return abi > LANDLOCK_ABI_MAX ? LANDLOCK_ABI_MAX : (int)abi;
}

int
landlock_new(int abi)
{
	/* struct landlock_ruleset_attr: what is refused unless allowed. */
	const uint64_t all[] = { refused(abi), abis[abi].net,
	    abis[abi].scoped };

	return (int)syscall(SYS_landlock_create_ruleset, all,
	    abis[abi].words * sizeof(all[0]), 0);
}

int
landlock_allow(int rules, int abi, int fd, unsigned grants)
{
	struct beneath_rule rule = {
		.allowed = rights_of(grants) & refused(abi), .fd = fd };
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode))
		rule.allowed &= FS_OF_FILES;
	/* Pipes and the like have no place: nobody refuses them. */
	return syscall(SYS_landlock_add_rule, rules, PATH_BENEATH, &rule, 0) ==
	    -1 && errno != EBADFD ? -1 : 0;
}

int
landlock_enforce(int rules)
{
	return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

#else

static int
is_not_here(void)
{
	errno = ENOSYS;
	return -1;
}

int
landlock_abi(void)
{
	return is_not_here();
}

int
landlock_new(int abi)
{
	(void)abi;
	return is_not_here();
}

int
landlock_allow(int rules, int abi, int fd, unsigned grants)
{
	(void)rules;
	(void)abi;
	(void)fd;
	(void)grants;
	return is_not_here();
}

int
landlock_enforce(int rules)
{
	(void)rules;
	return is_not_here();
}

#endif
