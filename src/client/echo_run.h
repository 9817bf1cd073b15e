/*
 * echo_run - proves the echo of a server on many connections at a time.
 *
 * All are connected first, and have their welcome; then messages go out on
 * all of them, and what comes back is checked. When the last message of a
 * connection is back, the server is told that no more will come, and has to
 * end the connection. A connection that fails ends; the others go on. The
 * first failure is said, and so are the others with -v.
 */
#ifndef ECHO_RUN_H
#define ECHO_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "client/args.h"
#include "client/exits.h"
#include "client/probe.h"
#include "event/address.h"

/* What came of it. */
struct echo_result {
	bool			is_measured;	/* messages went out */
	struct probe_count	count;
	uint64_t		connections;	/* that were welcomed */
	uint64_t		errors;		/* connections that failed */
	uint64_t		elapsed_us;	/* of messages, to and fro */
	enum exits		status;		/* of the first failure */
};

struct echo_plan {
	struct probe_plan		 probe;
	const struct args_common	*limits;
	const struct address		*addresses;	/* to be tried */
	size_t				 naddresses;
	uint64_t	connections;	/* at least 1 */
	uint64_t	messages;	/* in all; UINT64_MAX: no end */
	uint64_t	time_ms;	/* of sending; UINT64_MAX: no end */

	/* Called before a signal ends the process, with all until then. */
	void	(*on_interrupt)(const struct echo_result *result);
};

/*
 * Do it all. Whatever goes wrong is in result, and was said. Connections that
 * share the plan's messages have as many of them each, or one less.
 */
void	echo_run(const struct echo_plan *plan, struct echo_result *result);

#endif
