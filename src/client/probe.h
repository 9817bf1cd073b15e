/*
 * probe - one connection whose echo is proven: what to send, and whether what
 * comes back is that. No sockets, no clock.
 *
 * What comes is, byte for byte: the welcome, then for each message a prefix
 * and the message. A server like mynahd puts a prefix in front of what one
 * read brought it, and where reads end is up to the kernel; so there may be
 * another prefix between any two bytes of a message, which is counted as a
 * split read. At its beginning there has to be one, and behind its last byte
 * there is none: with a prefix a message is sent when the one before is back.
 * There is never a doubt, as the byte that begins the prefix is left out of
 * all messages.
 *
 * With an empty prefix the messages have all bytes and may be sent before
 * others are back; with an empty welcome, too, it is RFC 862.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "base/slice.h"

#define PROBE_TEXT_MAX	160

/* What is sent and expected, on all connections. */
struct probe_plan {
	struct slice	welcome;
	struct slice	prefix;
	uint64_t	seed;	/* of the patterns */
	uint64_t	size;	/* of a message: at least 1 */
	unsigned	depth;	/* messages on their way; 1 with a prefix */
};

/* What has come back so far, on all connections. */
struct probe_count {
	uint64_t		messages;
	uint64_t		bytes;	/* of messages, parts of them too */
	uint64_t		splits;	/* prefixes inside of messages */
	struct histogram	us;	/* from the first byte's way to the
					   last one's return */
};

enum probe_part {
	PROBE_WELCOME,
	PROBE_PREFIX,
	PROBE_MESSAGE,
	PROBE_EXTRA	/* more came than was sent */
};

/* The first byte that was wrong. */
struct probe_fault {
	enum probe_part	part;
	uint64_t	message;	/* from 0 */
	uint64_t	offset;		/* in the message */
	size_t		at;		/* in the welcome, or the prefix */
	unsigned char	wanted;		/* unless it is more than was sent */
	unsigned char	got;
};

struct probe;

/*
 * connection: its number, from 0. plan stays the caller's. It may begin so
 * many messages. NULL without memory.
 */
struct probe	*probe_new(const struct probe_plan *plan, uint64_t connection,
		    uint64_t messages) __attribute__((warn_unused_result));
void		 probe_free(struct probe *p);

/* Begin no more messages; what is begun goes on. */
void	probe_stop(struct probe *p);

/*
 * The next bytes to send, at most size: nothing before the welcome is there.
 * now_us is the time of a message that begins with them. Returns how many;
 * 0: none until more has come.
 */
size_t	probe_write(struct probe *p, uint64_t now_us, char *out, size_t size);

/*
 * These bytes have come. Returns false when one is wrong: then all that may
 * still be done is to free it.
 */
bool	probe_read(struct probe *p, uint64_t now_us, const char *bytes,
	    size_t len, struct probe_count *count, struct probe_fault *fault)
	    __attribute__((warn_unused_result));

bool	probe_is_welcomed(const struct probe *p);

/* All messages that it may begin are back: nothing more may come. */
bool	probe_is_done(const struct probe *p);

/* "message 17 is wrong at offset 5: wanted 8f, got 0f" */
void	probe_fault_text(const struct probe_fault *fault,
	    char out[static PROBE_TEXT_MAX]);

/* What it waits for: "message 17 is back up to offset 5 of 1024" */
void	probe_text(const struct probe *p, char out[static PROBE_TEXT_MAX]);

#endif
