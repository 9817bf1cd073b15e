#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "base/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#ifdef USE_PROC

void
process_name(pid_t pid, char *out, size_t size)
{
	char path[64], name[PROCESS_NAME_MAX];
	FILE *f;

	snprintf(out, size, "a process");
	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	if ((f = fopen(path, "re")) == NULL)
		return;
	if (fgets(name, sizeof(name), f) != NULL) {
		name[strcspn(name, "\n")] = '\0';
		snprintf(out, size, "%s", name);
	}
	fclose(f);
}

#else

void
process_name(pid_t pid, char *out, size_t size)
{
	(void)pid;
	snprintf(out, size, "a process");
}

#endif

bool
process_is_there(pid_t pid)
{
	return pid > 0 && (kill(pid, 0) == 0 || errno != ESRCH);
}
