/*
 * port_holder - which process holds a busy port or Unix socket.
 */
#ifndef PORT_HOLDER_H
#define PORT_HOLDER_H

#include <stddef.h>
#include <sys/types.h>

#include "event/address.h"

/*
 * Look in /proc for the process that listens where a would: on its port, at
 * the same host or at all, or on its Unix socket. out is filled with "nginx
 * (pid 4711)", and a remark if that is this very process.
 *
 * Returns its pid, or 0 where /proc does not tell, for instance of another
 * user's process.
 */
pid_t	port_holder(const struct address *a, char *out, size_t size);

#endif
