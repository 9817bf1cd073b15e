/*
 * failing - calls that fail on purpose: the wrapped functions of a test
 * program. Included by one file of it, which is linked with
 *
 *	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray
 *	-Wl,--wrap=strdup,--wrap=recv,--wrap=send,--wrap=sendmsg
 *	-Wl,--wrap=sendfile,--wrap=accept4,--wrap=pread,--wrap=__pread_chk
 *
 * A call is counted where it comes from this program or its libraries in an
 * archive; calls made inside of shared libraries are not seen.
 */
#ifndef FAILING_H
#define FAILING_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

enum failing_call {
	FAILING_MEMORY,		/* malloc and the like */
	FAILING_RECV,
	FAILING_SENDMSG,	/* and send */
	FAILING_SENDFILE,
	FAILING_ACCEPT,
	FAILING_PREAD,
	FAILING_CALLS
};

static struct failing {
	unsigned	calls;		/* while failing_on */
	unsigned	at;		/* the call that fails; 0: none */
	int		error;		/* with this errno */
	size_t		most;		/* bytes a call takes; 0: any */
} failing[FAILING_CALLS];

/*
 * Only then is anything counted or made to fail. Check itself allocates in
 * its assertions, and gives up without memory: off before them.
 */
static bool failing_on;

/* Let the nth call from now fail (0: none does); counts from 0 again. */
static inline void
failing_at(enum failing_call call, unsigned n, int error)
{
	failing[call] = (struct failing){ .at = n, .error = error };
	failing_on = true;
}

/* Let each call take no more than n bytes. */
static inline void
failing_short(enum failing_call call, size_t n)
{
	failing[call] = (struct failing){ .most = n };
	failing_on = true;
}

static inline void
failing_reset(void)
{
	failing_on = false;
	for (int i = 0; i < FAILING_CALLS; i++)
		failing[i] = (struct failing){ 0 };
}

/* Whether the failure that was asked for has happened. */
static inline bool
failing_happened(enum failing_call call)
{
	return failing[call].at != 0 && failing[call].calls >= failing[call].at;
}

static inline bool
fails(enum failing_call call)
{
	if (!failing_on || ++failing[call].calls != failing[call].at)
		return false;
	errno = failing[call].error;
	return true;
}

static inline size_t
at_most(enum failing_call call, size_t n)
{
	size_t most = failing_on ? failing[call].most : 0;

	return most != 0 && n > most ? most : n;
}

void	*__real_malloc(size_t size);
void	*__wrap_malloc(size_t size);
void	*__real_calloc(size_t n, size_t size);
void	*__wrap_calloc(size_t n, size_t size);
void	*__real_realloc(void *p, size_t size);
void	*__wrap_realloc(void *p, size_t size);
void	*__real_reallocarray(void *p, size_t n, size_t size);
void	*__wrap_reallocarray(void *p, size_t n, size_t size);
char	*__real_strdup(const char *s);
char	*__wrap_strdup(const char *s);
ssize_t	 __real_recv(int fd, void *bytes, size_t len, int flags);
ssize_t	 __wrap_recv(int fd, void *bytes, size_t len, int flags);
ssize_t	 __real_send(int fd, const void *bytes, size_t len, int flags);
ssize_t	 __wrap_send(int fd, const void *bytes, size_t len, int flags);
ssize_t	 __real_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t	 __wrap_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t	 __real_sendfile(int to, int from, off_t *offset, size_t len);
ssize_t	 __wrap_sendfile(int to, int from, off_t *offset, size_t len);
int	 __real_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags);
int	 __wrap_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags);
ssize_t	 __real_pread(int fd, void *bytes, size_t len, off_t offset);
ssize_t	 __wrap_pread(int fd, void *bytes, size_t len, off_t offset);
ssize_t	 __wrap___pread_chk(int fd, void *bytes, size_t len, off_t offset,
	    size_t room);

void *
__wrap_malloc(size_t size)
{
	return fails(FAILING_MEMORY) ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails(FAILING_MEMORY) ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return fails(FAILING_MEMORY) ? NULL : __real_realloc(p, size);
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails(FAILING_MEMORY) ? NULL :
	    __real_reallocarray(p, n, size);
}

char *
__wrap_strdup(const char *s)
{
	return fails(FAILING_MEMORY) ? NULL : __real_strdup(s);
}

ssize_t
__wrap_recv(int fd, void *bytes, size_t len, int flags)
{
	return fails(FAILING_RECV) ? -1 :
	    __real_recv(fd, bytes, at_most(FAILING_RECV, len), flags);
}

ssize_t
__wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	return fails(FAILING_SENDMSG) ? -1 :
	    __real_send(fd, bytes, at_most(FAILING_SENDMSG, len), flags);
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct msghdr less = *msg;
	struct iovec first;

	if (fails(FAILING_SENDMSG))
		return -1;
	if (failing_on && failing[FAILING_SENDMSG].most != 0) {
		first = msg->msg_iov[0];
		first.iov_len = at_most(FAILING_SENDMSG, first.iov_len);
		less.msg_iov = &first;
		less.msg_iovlen = 1;
	}
	return __real_sendmsg(fd, &less, flags);
}

ssize_t
__wrap_sendfile(int to, int from, off_t *offset, size_t len)
{
	return fails(FAILING_SENDFILE) ? -1 :
	    __real_sendfile(to, from, offset, at_most(FAILING_SENDFILE, len));
}

int
__wrap_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	return fails(FAILING_ACCEPT) ? -1 :
	    __real_accept4(fd, sa, len, flags);
}

ssize_t
__wrap_pread(int fd, void *bytes, size_t len, off_t offset)
{
	return fails(FAILING_PREAD) ? -1 :
	    __real_pread(fd, bytes, at_most(FAILING_PREAD, len), offset);
}

/* What _FORTIFY_SOURCE makes of it where it knows the room. */
ssize_t
__wrap___pread_chk(int fd, void *bytes, size_t len, off_t offset, size_t room)
{
	return len > room ? -1 : __wrap_pread(fd, bytes, len, offset);
}

#endif
