/*
 * file_send - bytes of a file to a socket: sendfile where there is one, else
 * read and send.
 */
#ifndef FILE_SEND_H
#define FILE_SEND_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Send at most len bytes of file from offset on to a non-blocking socket,
 * without SIGPIPE where that can be asked for (the caller ignores it).
 *
 * Returns the bytes that have gone, 0 when the file ends at or before
 * offset, or -1 with errno.
 */
ssize_t	file_send(int socket, int file, off_t offset, uint64_t len);

#endif
