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
	uint64_t	elapsed_ms;	/* since the transfer began */
	uint64_t	rate;		/* bytes a second now; 0: it stalls */
};

/*
 * A line of at most columns characters' widths, a bar in it where there is
 * room for one and the total is known:
 *
 * big.iso  [==###     ]   59%   612 MiB of 1.0 GiB    84 MiB/s  0:05 left
 *
 * "=" is what was there before. Where there is less room the bar goes first,
 * then the time, the name, the total, the rate. A total that is less than what
 * is there is not believed. Of what is complete the rate is that of all the
 * time, which then stands in the place of the time left.
 *
 * columns	0: a line that is not drawn anew, such as of a log: no bar, no
 *		columns that are kept
 *
 * Returns its length in bytes; no control characters, no line end. A NUL is
 * put behind it.
 */
size_t	progress_line(const struct progress *p, const char *name,
	    unsigned columns, char out[static PROGRESS_LINE_MAX]);

#endif
