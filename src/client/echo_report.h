/*
 * echo_report - what an echo came to, for people or as JSON; mynah(1) has the
 * words and the keys. Pure.
 */
#ifndef ECHO_REPORT_H
#define ECHO_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "client/probe.h"

struct echo_report {
	const struct probe_count	*count;
	uint64_t	connections;	/* that messages were sent on */
	uint64_t	size;		/* of a message */
	uint64_t	seed;
	uint64_t	errors;
	uint64_t	elapsed_us;
	int		status;		/* of the exit */
};

/* Lines of at most 80 columns. */
void	echo_report_print(const struct echo_report *r, FILE *out);

/* One object, in one line. */
void	echo_report_print_json(const struct echo_report *r, FILE *out);

#endif
