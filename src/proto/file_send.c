#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "proto/file_send.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef USE_SENDFILE
#include <sys/sendfile.h>

/* sendfile takes no more at once (2 GiB less a page). */
#define SENDFILE_MAX	0x7ffff000

ssize_t
file_send(int socket, int file, off_t offset, uint64_t len)
{
	return sendfile(socket, file, &offset,
	    len < SENDFILE_MAX ? (size_t)len : SENDFILE_MAX);
}

#else

ssize_t
file_send(int socket, int file, off_t offset, uint64_t len)
{
	char bytes[32768];
	ssize_t n;

	n = pread(file, bytes, len < sizeof(bytes) ? (size_t)len :
	    sizeof(bytes), offset);
	if (n <= 0) {
		/* EAGAIN means the socket, to the caller; a file has none. */
		if (n == -1 && errno == EAGAIN)
			errno = EIO;
		return n;
	}
	return send(socket, bytes, (size_t)n, MSG_NOSIGNAL);
}

#endif
