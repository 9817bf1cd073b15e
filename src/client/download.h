/*
 * download - a file that is being saved. What comes goes to NAME.part beside
 * it, which gets its name when it is whole: NAME never holds half a file.
 * NAME.part.info beside it says what NAME.part is the beginning of, so that it
 * can be gone on with.
 */
#ifndef DOWNLOAD_H
#define DOWNLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/slice.h"

enum download_how {
	DOWNLOAD_NEW,		/* neither NAME nor NAME.part may be there */
	DOWNLOAD_RESUME,	/* go on with NAME.part if there is one */
	DOWNLOAD_FORCE		/* replace both */
};

struct download;

/*
 * Whether an earlier try has come to its end: NAME is a file, and there is no
 * NAME.part that could be gone on with.
 */
bool	download_is_done(const char *name);

/* What it is that is saved, for NAME.part.info; empty slices: not known. */
struct download_source {
	struct slice	url;
	struct slice	etag;
	struct slice	last_modified;
	struct slice	date;		/* of the response */
};

/*
 * Look at what is there, and lock NAME.part, which is made if there is none,
 * against another mynah; what is in it is not touched yet. replace: NAME may
 * be there in any case; it keeps its mode.
 *
 * What is there and no regular file, such as /dev/null or a named pipe, is
 * written to as it is: then there is no NAME.part, and nothing to go on with.
 * A symbolic link to a file is refused.
 *
 * Returns NULL with a sentence in error.
 */
struct download	*download_open(const char *name, enum download_how how,
		    bool replace, char *error, size_t size)
		    __attribute__((warn_unused_result));

/*
 * The bytes that are there to be gone on with; 0: none, or it has begun anew.
 */
uint64_t	download_have(const struct download *d);

/*
 * What is written to as it is: its descriptor, which may be one that others
 * have as well (/dev/stdout), and may make download_write() wait, so that
 * somebody with an event loop writes to it by themselves. -1 for a file.
 */
int	download_descriptor(const struct download *d);

/*
 * The value for If-Range: the strong entity tag, else a date that is strong
 * (RFC 9110, 13.1.5), of what is there; NULL if there is none, or it is of
 * another URL: then it cannot be gone on with. Valid until the next call.
 */
const char	*download_validator(struct download *d, struct slice url);

/*
 * The content begins, at byte 0, or at download_have(). Until then nothing of
 * what was there is lost. Returns 0, or -1 with errno; so do the next two.
 * ESTALE: somebody else has changed or moved NAME.part.
 */
int	download_begin(struct download *d, const struct download_source *from,
	    uint64_t at) __attribute__((warn_unused_result));
int	download_write(struct download *d, const char *bytes, size_t len)
	    __attribute__((warn_unused_result));

/*
 * It is whole: give it its name, unless that is there by now and may not be
 * replaced (EEXIST), and the date (-1: none). It is on the disk by then.
 */
int	download_finish(struct download *d, time_t modified)
	    __attribute__((warn_unused_result));

/*
 * Free it; NULL is allowed. Of what is not finished NAME.part and
 * NAME.part.info stay if they hold anything. Returns the bytes that were kept.
 */
uint64_t	download_close(struct download *d);

#endif
