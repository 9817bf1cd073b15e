/*
 * process - what the system tells about other processes.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stddef.h>
#include <sys/types.h>

#define PROCESS_NAME_MAX	64

/*
 * The name of a process, such as "nginx"; "a process" where the system does
 * not tell. Bytes are as that process has set them.
 */
void	process_name(pid_t pid, char *out, size_t size);

#endif
