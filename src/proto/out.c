#include "proto/out.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "proto/file_send.h"

struct out_piece {
	enum { COPIED, REFERRED, FROM_FILE } kind;
	int		 fd;		/* FROM_FILE */
	const char	*bytes;		/* REFERRED */
	off_t		 at;		/* COPIED: in out->bytes; FROM_FILE */
	uint64_t	 len;
	void		*owner;
	void		(*release)(void *);
};

void
out_init(struct out *out)
{
	*out = (struct out){ 0 };
}

static void
release(struct out_piece *p)
{
	if (p->release != NULL)
		p->release(p->owner);
	p->release = NULL;
}

void
out_reset(struct out *out)
{
	for (; out->first < out->n; out->first++)
		release(&out->pieces[out->first]);
	out->first = out->n = 0;
	out->used = 0;
	out->left = 0;
	out->files = 0;
	out->failed = false;
}

void
out_clear(struct out *out)
{
	out_reset(out);
	free(out->pieces);
	free(out->bytes);
	out_init(out);
}

/* A new piece at the end, or NULL and failed. */
static struct out_piece *
append(struct out *out)
{
	if (out->n == out->max) {
		size_t max = out->max == 0 ? 4 : out->max * 2;
		struct out_piece *p;

		p = reallocarray(out->pieces, max, sizeof(*p));
		if (p == NULL) {
			out->failed = true;
			return NULL;
		}
		out->pieces = p;
		out->max = max;
	}
	return &out->pieces[out->n++];
}

char *
out_reserve(struct out *out, size_t len)
{
	size_t need, size;
	char *bytes;

	if (out->failed)
		return NULL;
	if (len <= out->size - out->used)
		return out->bytes + out->used;
	if (__builtin_add_overflow(out->used, len, &need)) {
		out->failed = true;
		return NULL;
	}
	/* Doubling keeps a pipelined batch linear; the first is exact. */
	size = out->size * 2 > need ? out->size * 2 : need;
	if ((bytes = realloc(out->bytes, size)) == NULL) {
		out->failed = true;
		return NULL;
	}
	out->bytes = bytes;
	out->size = size;
	return out->bytes + out->used;
}

void
out_commit(struct out *out, size_t n)
{
	struct out_piece *p;

	if (out->failed || n == 0)
		return;
	p = out->n > out->first ? &out->pieces[out->n - 1] : NULL;
	if (p == NULL || p->kind != COPIED ||
	    (uint64_t)p->at + p->len != out->used) {
		if ((p = append(out)) == NULL)
			return;
		*p = (struct out_piece){ .kind = COPIED,
		    .at = (off_t)out->used };
	}
	p->len += n;
	out->used += n;
	out->left += n;
}

void
out_copy(struct out *out, const char *bytes, size_t len)
{
	char *room;

	if (len == 0 || (room = out_reserve(out, len)) == NULL)
		return;
	memcpy(room, bytes, len);
	out_commit(out, len);
}

static void
add_owned(struct out *out, struct out_piece piece)
{
	struct out_piece *p;

	if (out->failed || piece.len == 0 || (p = append(out)) == NULL) {
		release(&piece);
		return;
	}
	*p = piece;
	out->left += piece.len;
	out->files += piece.kind == FROM_FILE;
}

void
out_ref(struct out *out, const char *bytes, size_t len, void *owner,
    void (*release_owner)(void *))
{
	add_owned(out, (struct out_piece){ .kind = REFERRED, .bytes = bytes,
	    .len = len, .owner = owner, .release = release_owner });
}

void
out_file(struct out *out, int fd, off_t offset, uint64_t len, void *owner,
    void (*release_owner)(void *))
{
	add_owned(out, (struct out_piece){ .kind = FROM_FILE, .fd = fd,
	    .at = offset, .len = len, .owner = owner,
	    .release = release_owner });
}

/* The bytes of a piece that is not from a file. */
static const char *
bytes_of(const struct out *out, const struct out_piece *p)
{
	return p->kind == COPIED ? out->bytes + p->at : p->bytes;
}

void
out_move(struct out *dst, struct out *src)
{
	if (src->failed)
		dst->failed = true;
	for (; src->first < src->n; src->first++) {
		struct out_piece *p = &src->pieces[src->first];

		if (p->kind == COPIED)
			out_copy(dst, bytes_of(src, p), p->len);
		else
			add_owned(dst, *p);
	}
	/* The references have passed on: nothing is left to release. */
	out_reset(src);
}

void
out_advance(struct out *out, uint64_t n)
{
	out->left -= n;
	while (n > 0) {
		struct out_piece *p = &out->pieces[out->first];

		if (n < p->len) {
			p->len -= n;
			p->at += (off_t)n;
			if (p->kind == REFERRED)
				p->bytes += n;
			return;
		}
		n -= p->len;
		out->files -= p->kind == FROM_FILE;
		release(p);
		out->first++;
	}
	if (out->left == 0)
		out_reset(out);
}

bool
out_peek(const struct out *out, struct slice *run)
{
	const struct out_piece *p;

	if (out->first == out->n)
		return false;
	p = &out->pieces[out->first];
	if (p->kind == FROM_FILE)
		return false;
	*run = (struct slice){ bytes_of(out, p), p->len };
	return true;
}

/* Send the run of pieces at the front, up to one of a file, of at most max. */
static ssize_t
send_run(const struct out *out, int fd, struct iovec *iov, size_t max)
{
	struct msghdr msg = { .msg_iov = iov };
	size_t i;

	for (i = out->first; i < out->n && msg.msg_iovlen < max; i++) {
		const struct out_piece *p = &out->pieces[i];

		if (p->kind == FROM_FILE)
			break;
		iov[msg.msg_iovlen].iov_base = (char *)bytes_of(out, p);
		iov[msg.msg_iovlen++].iov_len = p->len;
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL | (i < out->n ? MSG_MORE : 0));
}

/* Not a part of its caller: 16 KiB of stack, which are probed each time. */
static ssize_t __attribute__((noinline))
send_long_run(const struct out *out, int fd)
{
	struct iovec iov[IOV_MAX];

	return send_run(out, fd, iov, IOV_MAX);
}

/* A head and a body, and some more of them. */
#define SHORT_RUN	8

/*
 * Send the bytes at the front. What is usual, one piece, is sent without the
 * copying of a message that several need.
 */
static ssize_t
send_bytes(const struct out *out, int fd)
{
	const struct out_piece *p = &out->pieces[out->first];
	size_t n = out->n - out->first;
	struct iovec iov[SHORT_RUN];

	if (n > 1 && p[1].kind != FROM_FILE)
		return n > SHORT_RUN ? send_long_run(out, fd) :
		    send_run(out, fd, iov, SHORT_RUN);
	return send(fd, bytes_of(out, p), p->len,
	    MSG_NOSIGNAL | (n == 1 ? 0 : MSG_MORE));
}

enum out_result
out_send(struct out *out, int fd, uint64_t budget, uint64_t *sent)
{
	while (out->left > 0) {
		const struct out_piece *p = &out->pieces[out->first];
		bool file = p->kind == FROM_FILE;
		ssize_t n;

		if (file && budget == 0)
			return OUT_SHARE;
		if (file)
			n = file_send(fd, p->fd, p->at,
			    p->len < budget ? p->len : budget);
		else
			n = send_bytes(out, fd);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN || errno == EWOULDBLOCK ?
			    OUT_BLOCKED : OUT_ERROR;
		if (n == 0)
			return OUT_SHRANK;
		if (file)
			budget -= (uint64_t)n;
		*sent += (uint64_t)n;
		out_advance(out, (uint64_t)n);
	}
	return OUT_DONE;
}
