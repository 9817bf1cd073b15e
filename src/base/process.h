/*
 * process - what the system tells about other processes.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PROCESS_NAME_MAX	64

/*
 * The name of a process, such as "nginx"; "a process" where the system does
 * not tell. Bytes are as that process has set them.
 */
void	process_name(pid_t pid, char *out, size_t size);

/* Whether there is a process with that number, be it another user's. */
bool	process_is_there(pid_t pid);

#endif
