/*
 * config_expand - ${NAME} and ${NAME:-default} in a value.
 *
 * $${ is a literal ${; any other $ stands for itself. A name that is set but
 * empty counts as unset where there is a default, as in the shell. What an
 * expansion brings in is not expanded again.
 */
#ifndef CONFIG_EXPAND_H
#define CONFIG_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "config/config_error.h"

#define CONFIG_EXPANDED_MAX	65536	/* bytes of one value */

enum config_expand {
	CONFIG_EXPAND_NONE,		/* nothing to do: *out is NULL */
	CONFIG_EXPAND_LITERAL,		/* only $${ was replaced */
	CONFIG_EXPAND_DONE,		/* a variable was replaced */
	CONFIG_EXPAND_BAD,		/* why says it, bad where */
	CONFIG_EXPAND_NO_MEMORY
};

struct config_expanded {
	char	*text;		/* NUL after it; the caller's to free */
	size_t	 len;
	size_t	 bad, bad_len;	/* the part of the input that is wrong */
	char	 why[CONFIG_TEXT_MAX];
};

/*
 * Expand in. get looks a name up: getenv(), or a test's own.
 */
enum config_expand	config_expand(struct slice in,
			    char *(*get)(const char *),
			    struct config_expanded *out);

#endif
