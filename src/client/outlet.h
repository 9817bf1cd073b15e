/*
 * outlet - where one answer goes: its heads to standard output, its content
 * there, too, or into a file. What a download (see download.h) and what is
 * printed (see print.h) do in ways of their own is one here: bytes go in, and
 * a failure is a sentence.
 *
 * The order of the calls: outlet_open(), then outlet_head() as often as there
 * are heads, outlet_begin() and outlet_content(), outlet_end(), once more
 * after each on_room while outlet_is_full(), outlet_finish(), outlet_close().
 * It can be closed at any time, and opened again for the next answer.
 */
#ifndef OUTLET_H
#define OUTLET_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <event2/event.h>

#include "base/slice.h"
#include "client/download.h"
#include "client/exits.h"
#include "client/part_info.h"

struct outlet;

struct outlet_calls {
	/* What could not be printed at once has gone. */
	void	(*on_room)(void *arg);

	/* It cannot be printed: see outlet_error(). */
	void	(*on_failure)(void *arg);
};

/* include: heads are wanted. NULL without memory. */
struct outlet	*outlet_new(struct event_base *base, bool include,
		    const struct outlet_calls *calls, void *arg)
		    __attribute__((warn_unused_result));

/*
 * name is that of the file, NULL: standard output, and stays the caller's
 * until outlet_close(); how and replace as in download_open(). EXITS_FILE:
 * that is not possible. EXITS_SYSTEM: there is no memory, but the file is
 * open.
 */
enum exits	outlet_open(struct outlet *o, const char *name,
		    enum download_how how, bool replace)
		    __attribute__((warn_unused_result));

/* As download_have() and download_validator(); 0 and NULL without a file. */
uint64_t	outlet_have(const struct outlet *o);
const char	*outlet_validator(struct outlet *o, struct slice url);

/* Print a head, if heads are wanted. False: see outlet_error(). */
bool	outlet_head(struct outlet *o, struct slice head)
	    __attribute__((warn_unused_result));

/* As download_begin(). False: see outlet_error(); so do the next ones. */
bool	outlet_begin(struct outlet *o, const struct part_info *of,
	    uint64_t at) __attribute__((warn_unused_result));
bool	outlet_content(struct outlet *o, struct slice bytes)
	    __attribute__((warn_unused_result));

/* Nothing more comes; what is printed may have to be waited for. */
bool	outlet_end(struct outlet *o) __attribute__((warn_unused_result));

/* Whether anything waits to be printed: hand over no more before on_room. */
bool	outlet_is_full(const struct outlet *o);

/* The content is whole. modified: the file's date, -1: none. */
bool	outlet_finish(struct outlet *o, time_t modified)
	    __attribute__((warn_unused_result));

/* Why the last call that failed did: a sentence, without the URL. */
const char	*outlet_error(const struct outlet *o);

/*
 * What is not printed by now is lost. Returns the bytes that are kept of a
 * file that is not finished.
 */
uint64_t	outlet_close(struct outlet *o);

/* NULL is allowed. */
void	outlet_free(struct outlet *o);

#endif
