/*
 * config_redirect - where redirects lead: what a destination may be, and
 * whether rules lead in a circle. Pure: no I/O, no allocation, no state
 * between calls.
 *
 * A destination is written as in a Location field, percent-encoded: a path of
 * this host, or a URL. A "*" at its end stands for what the "*" of its pattern
 * stands for (see config_pattern.h).
 */
#ifndef CONFIG_REDIRECT_H
#define CONFIG_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "config/config.h"
#include "config/config_error.h"
#include "config/config_table.h"

#define CONFIG_HOPS_MAX	20	/* more in a row, and browsers give up */

/* True if text may be a destination; otherwise the reason is in why. */
bool	config_destination_check(const struct config_key *key,
	    struct slice text, char why[static CONFIG_TEXT_MAX]);

/*
 * Why a good destination does not suit a good pattern, to be put after "to",
 * or NULL if it does: a "*" that nothing is put in for, and a rule that leads
 * back to every path that it is for, and so is of no use.
 */
const char	*config_redirect_fault(const struct config_redirect *rule);

/*
 * Follow rule `start` of n, none of which has a fault, by a path made up for
 * it, each time by the first rule that matches. As in serving, one that leads
 * back to the very path is passed over: one for all paths may lead to "/a".
 *
 * known	n truth values, false before the first call: rules that were
 *		seen on a way without an end, so that a circle is found once
 *		and not from each rule that leads to it
 *
 * Returns SIZE_MAX if that comes to an end within twice CONFIG_HOPS_MAX hops
 * or comes by a rule that is known; otherwise the first rule of the circle,
 * and in *next the one that it leads to, which may be itself.
 */
size_t	config_redirect_circle(const struct config_redirect *rules, size_t n,
	    size_t start, bool *known, size_t *next);

#endif
