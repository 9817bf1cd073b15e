#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "event/port_holder.h"

#ifdef USE_PROC

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TCP_LISTEN_STATE	0x0a

/* The inode of the socket that listens on port; 0 if there is none. */
static uint64_t
inode_of_port(const char *table, uint16_t port)
{
	char line[512];
	uint64_t inode = 0;
	FILE *f;

	if ((f = fopen(table, "re")) == NULL)
		return 0;
	while (inode == 0 && fgets(line, sizeof(line), f) != NULL) {
		unsigned local, state;
		uint64_t i;

		if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x "
		    "%*s %*s %*s %*s %*s %" SCNu64, &local, &state, &i) == 3 &&
		    local == port && state == TCP_LISTEN_STATE)
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
		uint64_t i;
		int at = 0;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %" SCNu64 " %n", &i,
		    &at) == 1 && at > 0 && strcmp(line + at, path) == 0)
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

static void
name_of(const char *pid, char *name, size_t size)
{
	char path[300];
	FILE *f;

	snprintf(name, size, "a process");
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	if ((f = fopen(path, "re")) == NULL)
		return;
	if (fgets(name, (int)size, f) != NULL)
		name[strcspn(name, "\n")] = '\0';
	fclose(f);
}

bool
port_holder(uint16_t port, const char *path, char *out, size_t size)
{
	char socket[64], name[64];
	struct dirent *d;
	bool found = false;
	uint64_t inode;
	DIR *proc;

	inode = path != NULL ? inode_of_path(path) :
	    inode_of_port("/proc/net/tcp", port);
	if (inode == 0 && path == NULL)
		inode = inode_of_port("/proc/net/tcp6", port);
	if (inode == 0 || (proc = opendir("/proc")) == NULL)
		return false;
	snprintf(socket, sizeof(socket), "socket:[%" PRIu64 "]", inode);
	while (!found && (d = readdir(proc)) != NULL) {
		if (d->d_name[0] < '0' || d->d_name[0] > '9' ||
		    !holds(d->d_name, socket))
			continue;
		name_of(d->d_name, name, sizeof(name));
		snprintf(out, size, "%s (pid %s)", name, d->d_name);
		found = true;
	}
	closedir(proc);
	return found;
}

#else

bool
port_holder(uint16_t port, const char *path, char *out, size_t size)
{
	(void)port;
	(void)path;
	(void)out;
	(void)size;
	return false;
}

#endif
