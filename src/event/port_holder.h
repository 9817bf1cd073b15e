/*
 * port_holder - which process holds a busy port or Unix socket.
 */
#ifndef PORT_HOLDER_H
#define PORT_HOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Look in /proc for the process that listens on a TCP port, of any address,
 * or on the Unix socket at path (port is not looked at then). out is filled
 * with "nginx (pid 4711)". False where /proc does not tell, for instance of
 * another user's process.
 */
bool	port_holder(uint16_t port, const char *path, char *out, size_t size);

#endif
