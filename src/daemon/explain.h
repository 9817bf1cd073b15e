/*
 * explain - the decisions that a configuration makes for one request, in
 * words and without serving: mynahd --explain.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stddef.h>
#include <stdio.h>

#include "config/config.h"
#include "files/site.h"

#define EXPLAIN_FIELDS_MAX	32

struct explain {
	const char	*url;		/* "/path" or "http://host:port/path" */
	const char	*method;	/* NULL: GET */
	const char	*fields[EXPLAIN_FIELDS_MAX];	/* "Name: value" */
	size_t		 nfields;
};

/*
 * Print to out what would be answered, and why: the listener, the host, each
 * rule that counts with its line in the file, the file, its variant, and the
 * head of the answer. As the user who runs this, with the files as they are.
 *
 * Returns an exit status: 0 for an answer below 400, 1 for an error answer or
 * none, 64 (EX_USAGE) for a URL or a field that is none, told on stderr.
 */
int	explain(const struct config *config, struct sites *sites,
	    const struct explain *what, FILE *out);

#endif
