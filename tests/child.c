#include "child.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_MAX	64

/*
 * Processes that run, in memory that tests share with the fixture. The group
 * tells a process from a later one that got the same number, unless it has
 * begun a session of its own.
 */
static struct process {
	pid_t	pid;
	pid_t	group;
} *processes;

/* ---- fixture ---- */

void
child_setup(void)
{
	processes = mmap(NULL, PROCESSES_MAX * sizeof(*processes),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(processes != MAP_FAILED);
}

void
child_teardown(void)
{
	for (int i = 0; i < PROCESSES_MAX; i++) {
		struct process *p = &processes[i];

		if (p->pid == 0 || (getpgid(p->pid) != p->group &&
		    getsid(p->pid) != p->pid))
			continue;
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	munmap(processes, PROCESSES_MAX * sizeof(*processes));
}

/* ---- beginning and end ---- */

const char *
child_program(const char *name, const char *usual)
{
	static char whole[PATH_MAX];
	const char *path = getenv(name);

	if (path == NULL || path[0] == '\0')
		path = usual;
	/* It may be started in another directory. */
	return realpath(path, whole) != NULL ? whole : path;
}

void
child_remember(pid_t pid)
{
	for (int i = 0; i < PROCESSES_MAX; i++)
		if (processes[i].pid == 0) {
			processes[i].group = getpgid(pid);
			processes[i].pid = pid;
			return;
		}
}

static void
forget(pid_t pid)
{
	for (int i = 0; i < PROCESSES_MAX; i++)
		if (processes[i].pid == pid)
			processes[i].pid = 0;
}

pid_t
child_fork(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_msg(pid != -1, "fork: %s", strerror(errno));
	if (pid > 0)
		child_remember(pid);
	return pid;
}

int
child_wait(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	forget(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- what it says ---- */

void
child_take(int *fd, char *text, size_t *len, size_t size)
{
	char spare[4096];
	bool full = *len + 1 >= size;
	ssize_t n = read(*fd, full ? spare : text + *len,
	    full ? sizeof(spare) : size - 1 - *len);

	if (n > 0 && !full)
		*len += (size_t)n;
	text[*len] = '\0';
	/* EIO is the end of a terminal. */
	if (n == 0 || (n == -1 && errno == EIO)) {
		close(*fd);
		*fd = -1;
	}
}

size_t
child_count(const char *in, const char *text)
{
	size_t n = 0;

	while ((in = strstr(in, text)) != NULL) {
		in += strlen(text);
		n++;
	}
	return n;
}

/* ---- what the system knows of it ---- */

const char *
child_status_line(pid_t pid, const char *name)
{
	static char line[512];
	char path[64];
	size_t len = strlen(name);
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	if ((f = fopen(path, "re")) == NULL)
		return "";
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, name, len) == 0 && line[len] == ':';
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return found ? line + len + 1 + strspn(line + len + 1, "\t ") : "";
}

long
child_status(pid_t pid, const char *name)
{
	const char *line = child_status_line(pid, name);

	return line[0] == '\0' ? -1 : atol(line);
}
