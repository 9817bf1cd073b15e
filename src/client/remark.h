/*
 * remark - what people are told of a transfer that is no error, but may not be
 * what they expect: sentences, without the URL that they are about.
 * Pure: no I/O, no allocation, no state.
 */
#ifndef REMARK_H
#define REMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/judge.h"
#include "http/http_reply.h"

#define REMARK_MAX	1024	/* bytes of a sentence, with the NUL */

/* What was asked for and does not come; NULL: nothing. */
const char	*remark_difference(const struct judge_asked *asked,
		    const struct judgement *judgement, int status);

/* That -C finds a NAME.part that is the beginning of nobody knows what. */
void	remark_unknown(const char *name, char out[static REMARK_MAX]);

/* That -C finds the file whole, with nothing to go on with. */
void	remark_done(const char *name, char out[static REMARK_MAX]);

/*
 * Where a redirect that is not followed leads: it is often a surprise. False:
 * that is not said.
 */
bool	remark_redirect(const struct http_reply *reply,
	    char out[static REMARK_MAX]);

/*
 * What it came to, at the end of a transfer without an error.
 *
 * name		of the file, NULL: standard output
 * since	of JUDGE_OLD: the date that was asked with
 * status	"404 Not Found", if that was answered, empty if no error was
 *
 * False: what is to be expected.
 */
bool	remark_outcome(enum judge_what what, const char *name,
	    const char *since, const char *status,
	    char out[static REMARK_MAX]);

/*
 * That so many bytes are kept in NAME.part: of this transfer, or of an earlier
 * one (is_earlier), and whether -C can go on with them. Empty for 0 bytes.
 */
void	remark_kept(uint64_t kept, const char *name, bool is_earlier,
	    bool can_resume, char out[static REMARK_MAX]);

#endif
