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

/* What it is that is saved, for NAME.part.info; empty slices: not known. */
struct download_source {
	struct slice	url;
	struct slice	etag;
	struct slice	last_modified;
};

/*
 * Look at what is there and lock NAME.part against another mynah; nothing is
 * written yet. replace: NAME may be there in any case.
 * Returns NULL with a sentence in error.
 */
struct download	*download_open(const char *name, enum download_how how,
		    bool replace, char *error, size_t size)
		    __attribute__((warn_unused_result));

/* The bytes that are there to be gone on with; 0: none. */
uint64_t	download_have(const struct download *d);

/*
 * The value for If-Range: the strong entity tag, else a date that is strong
 * (RFC 9110, 13.1.5), of what is there; NULL if there is none, or it is of
 * another URL: then it cannot be gone on with.
 */
const char	*download_validator(const struct download *d,
		    struct slice url);

/*
 * The content begins, at byte 0, or at download_have(). Returns 0, or -1 with
 * errno; so do the next two.
 */
int	download_begin(struct download *d, const struct download_source *from,
	    uint64_t at) __attribute__((warn_unused_result));
int	download_write(struct download *d, const char *bytes, size_t len)
	    __attribute__((warn_unused_result));

/*
 * It is whole: give it its name, unless that is there by now and may not be
 * replaced (EEXIST), and the date (-1: none).
 */
int	download_finish(struct download *d, time_t modified)
	    __attribute__((warn_unused_result));

/*
 * Free it. Of what is not finished NAME.part and NAME.part.info stay if they
 * hold anything. Returns the bytes that were kept.
 */
uint64_t	download_close(struct download *d);

#endif
