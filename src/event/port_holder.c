#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "event/port_holder.h"

#ifdef USE_PROC

#include <dirent.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/process.h"

/* As /proc/net/tcp and /proc/net/unix have them. */
#define TCP_LISTEN_STATE	0x0a
#define UNIX_LISTENS		0x10000

/*
 * An address as /proc/net/tcp and tcp6 write it: words of 32 bits in hex.
 * Returns false if the text is none of that family.
 */
static bool
read_host(const char *hex, struct address *a)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)&a->sa;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&a->sa;
	uint32_t word[4];
	size_t n = strlen(hex) / 8;

	if (n != 1 && n != 4)
		return false;
	for (size_t i = 0; i < n; i++)
		if (sscanf(hex + 8 * i, "%8" SCNx32, &word[i]) != 1)
			return false;
	*a = (struct address){ .len = 0 };
	if (n == 1) {
		sin->sin_family = AF_INET;
		memcpy(&sin->sin_addr, word, sizeof(sin->sin_addr));
	} else {
		sin6->sin6_family = AF_INET6;
		memcpy(&sin6->sin6_addr, word, sizeof(sin6->sin6_addr));
	}
	return true;
}

static bool
is_any(const struct address *a)
{
	if (a->sa.ss_family == AF_INET)
		return ((const struct sockaddr_in *)&a->sa)->sin_addr.s_addr ==
		    htonl(INADDR_ANY);
	return IN6_IS_ADDR_UNSPECIFIED(
	    &((const struct sockaddr_in6 *)&a->sa)->sin6_addr);
}

/* The inode of the socket that listens where a would; 0 if there is none. */
static uint64_t
inode_of_port(const char *table, const struct address *a)
{
	char line[512], host[33];
	uint64_t inode = 0;
	FILE *f;

	if ((f = fopen(table, "re")) == NULL)
		return 0;
	while (inode == 0 && fgets(line, sizeof(line), f) != NULL) {
		struct address held;
		unsigned port, state;
		uint64_t i;

		if (sscanf(line, " %*d: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x "
		    "%*s %*s %*s %*s %*s %" SCNu64, host, &port, &state,
		    &i) == 4 && port == address_port(a) &&
		    state == TCP_LISTEN_STATE && read_host(host, &held) &&
		    (is_any(a) || is_any(&held) ||
		    address_same_host(a, &held)))
			inode = i;
	}
	fclose(f);
	return inode;
}

static uint64_t
inode_of_path(const char *path)
{
	char line[512];
	uint64_t inode = 0;
	FILE *f;

	if ((f = fopen("/proc/net/unix", "re")) == NULL)
		return 0;
	while (inode == 0 && fgets(line, sizeof(line), f) != NULL) {
		unsigned flags;
		uint64_t i;
		int at = 0;

		/* Its connections have the same path. */
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%*s %*s %*s %x %*s %*s %" SCNu64 " %n",
		    &flags, &i, &at) == 2 && at > 0 &&
		    (flags & UNIX_LISTENS) != 0 && strcmp(line + at, path) == 0)
			inode = i;
	}
	fclose(f);
	return inode;
}

/* Whether one of the process's descriptors is that socket. */
static bool
holds(const char *pid, const char *socket)
{
	char path[300], target[64];
	struct dirent *d;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	if ((dir = opendir(path)) == NULL)
		return false;
	while (!found && (d = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), d->d_name, target,
		    sizeof(target) - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		found = strcmp(target, socket) == 0;
	}
	closedir(dir);
	return found;
}

pid_t
port_holder(const struct address *a, char *out, size_t size)
{
	char socket[64], name[PROCESS_NAME_MAX];
	struct dirent *d;
	pid_t found = 0;
	uint64_t inode;
	DIR *proc;

	if (a->sa.ss_family == AF_UNIX)
		inode = inode_of_path(
		    ((const struct sockaddr_un *)&a->sa)->sun_path);
	else if ((inode = inode_of_port("/proc/net/tcp", a)) == 0)
		inode = inode_of_port("/proc/net/tcp6", a);
	if (inode == 0 || (proc = opendir("/proc")) == NULL)
		return 0;
	snprintf(socket, sizeof(socket), "socket:[%" PRIu64 "]", inode);
	while (found == 0 && (d = readdir(proc)) != NULL) {
		if (d->d_name[0] < '0' || d->d_name[0] > '9' ||
		    !holds(d->d_name, socket))
			continue;
		found = (pid_t)strtol(d->d_name, NULL, 10);
		process_name(found, name, sizeof(name));
		snprintf(out, size, "%s (pid %ld)%s", name, (long)found,
		    found == getpid() ?
		    ": another listener of this process" : "");
	}
	closedir(proc);
	return found;
}

#else

pid_t
port_holder(const struct address *a, char *out, size_t size)
{
	(void)a;
	(void)out;
	(void)size;
	return 0;
}

#endif
