/*
 * progress - one line on how far a transfer is. Pure: no clock, no terminal.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#define PROGRESS_LINE_MAX	512	/* bytes, with a NUL */
#define PROGRESS_UNKNOWN	UINT64_MAX

struct progress {
	uint64_t	begin;		/* bytes that were there before */
	uint64_t	done;		/* bytes now, with them */
	uint64_t	total;		/* or PROGRESS_UNKNOWN */
	uint64_t	elapsed_ms;	/* since the first byte of this transfer */
	uint64_t	rate;		/* bytes a second now; 0: none came lately */
};

/*
 * A line of at most columns characters, a bar in it where there is room for
 * one and the total is known:
 *
 *	big.iso  [#########       ]  61%   612 MiB of 1.0 GiB  84 MiB/s  0:05
 *
 * Returns its length in bytes; no control characters, no line end.
 */
size_t	progress_line(const struct progress *p, const char *name,
	    unsigned columns, char out[static PROGRESS_LINE_MAX]);

#endif
