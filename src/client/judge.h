/*
 * judge - what the answer to a GET or HEAD means for what was asked: whether its
 * content is the whole, a part, the rest of what is there, or not wanted;
 * RFC 9110 sections 13, 14 and 15.
 * Pure: no I/O, no allocation, no state.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "client/exits.h"
#include "http/http_reply.h"

#define JUDGE_UNKNOWN	UINT64_MAX
#define JUDGE_ERROR_MAX	256

struct judge_asked {
	enum http_method	 method;
	uint64_t		 have;		/* only what is behind so many
						   bytes; 0: all of it */
	const char		*validator;	/* of those bytes, in If-Range */
	bool			 replaces;	/* the whole takes the place of
						   bytes that are there, and
						   nothing else does */
	bool			 range;		/* a range, without have */
	const char		*wanted;	/* "bytes=0-9": which one, if
						   that is to be looked at */
	bool			 conditional;	/* 304 may come */
	bool			 newer;		/* only if newer than since */
	time_t			 since;
	bool			 fail;		/* 400 and more is an error */
};

enum judge_what {
	JUDGE_WHOLE,		/* content from its first byte on */
	JUDGE_PART,		/* a part of it, as was asked */
	JUDGE_REST,		/* what is behind the bytes that are there */
	JUDGE_COMPLETE,		/* the bytes that are there are all of it */
	JUDGE_ANEW,		/* they are of something else: ask for all */
	JUDGE_OLD,		/* it is not newer */
	JUDGE_REFUSED		/* nothing of it is wanted; see why */
};

struct judgement {
	enum judge_what	what;
	enum exits	why;		/* of JUDGE_REFUSED */
	uint64_t	total;		/* bytes in the end, with those that
					   are there; or JUDGE_UNKNOWN */
	char		error[JUDGE_ERROR_MAX];	/* a sentence for why */
};

/* now is for the years of old dates, see http_date.h. */
void	judge(const struct judge_asked *asked, const struct http_reply *reply,
	    time_t now, struct judgement *out);

/* "404 Not Found", as the server has it. Returns out. */
const char	*judge_status(const struct http_reply *reply, char *out,
		    size_t size);

/* The time in a field that there is once; false without one. */
bool	judge_date(const struct http_reply *reply, struct slice name,
	    time_t now, time_t *out);

#endif
