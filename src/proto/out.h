/*
 * out - the answers of one callback, gathered: copied bytes, bytes that
 * belong to a counted reference, pieces of files. Sent at once; what the
 * socket does not take stays and is resumed.
 *
 * Appending never fails visibly: out of memory sets failed, later calls do
 * nothing, and the connection ends. No events, no policy: a list and the
 * system calls that empty it.
 */
#ifndef OUT_H
#define OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/slice.h"

enum out_result {
	OUT_DONE,	/* nothing is left */
	OUT_BLOCKED,	/* the socket takes no more now */
	OUT_SHARE,	/* budget used up, the socket may take more */
	OUT_SHRANK,	/* a file ended before the promised length */
	OUT_ERROR	/* see errno */
};

struct out_piece;

struct out {
	struct out_piece	*pieces;
	size_t			 first;		/* first unsent piece */
	size_t			 n;		/* end of the used pieces */
	size_t			 max;
	char			*bytes;		/* what the copied pieces hold */
	size_t			 used;
	size_t			 size;
	uint64_t		 left;		/* unsent bytes of all pieces */
	size_t			 files;		/* unsent pieces of files */
	bool			 failed;	/* out of memory */
};

void	out_init(struct out *out);

/* Drop what is unsent, release references, keep the memory for reuse. */
void	out_reset(struct out *out);

/* out_reset() and free the memory. */
void	out_clear(struct out *out);

static inline bool
out_is_empty(const struct out *out)
{
	return out->left == 0;
}

/* Append a copy of len bytes. */
void	out_copy(struct out *out, const char *bytes, size_t len);

/*
 * Room for len bytes, to be filled by the caller, of which out_commit() then
 * appends the first n. NULL (and failed) without memory. The room is gone
 * with the next call on out.
 */
char	*out_reserve(struct out *out, size_t len);
void	 out_commit(struct out *out, size_t n);

/*
 * Append len bytes that belong to owner; release(owner) is called once when
 * they are sent or dropped. On failure it is called at once.
 */
void	out_ref(struct out *out, const char *bytes, size_t len, void *owner,
	    void (*release)(void *));

/* The same for len bytes of fd from offset on. */
void	out_file(struct out *out, int fd, off_t offset, uint64_t len,
	    void *owner, void (*release)(void *));

/* Move all that src has unsent to the end of dst; src is empty then. */
void	out_move(struct out *dst, struct out *src);

/*
 * Send to a non-blocking socket until nothing is left, it takes no more, or
 * budget bytes of files have gone. sent is increased by what has gone.
 * One send or sendmsg for a run of bytes, one sendfile per piece of a file,
 * with MSG_MORE in between; never SIGPIPE.
 */
enum out_result	out_send(struct out *out, int fd, uint64_t budget,
		    uint64_t *sent);

/*
 * The next run of unsent bytes, for a transport with a buffer of its own.
 * False when there is none or it is a piece of a file.
 */
bool	out_peek(const struct out *out, struct slice *run);

/* n bytes of that run have been taken care of. */
void	out_advance(struct out *out, uint64_t n);

#endif
