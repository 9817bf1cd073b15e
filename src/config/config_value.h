/*
 * config_value - typed scalars: text to a number and back, with errors that
 * say what would be right. Pure: no I/O, no allocation, no state.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "config/config_error.h"
#include "config/config_table.h"

/* What a plain (unquoted) scalar is in the core schema of YAML 1.2. */
enum config_plain {
	CONFIG_PLAIN_TEXT,
	CONFIG_PLAIN_NULL,
	CONFIG_PLAIN_BOOL,
	CONFIG_PLAIN_NUMBER
};
enum config_plain	config_plain(struct slice text);

/*
 * Parse a CONFIG_BOOL, _INT, _STATUS, _DURATION, _SIZE, _RATE, _WORD or _MODE,
 * or one word of CONFIG_WORDS.
 *
 * Returns true with the value in *out (a bool as 0 or 1), or false with the
 * reason in why.
 */
bool	config_value_parse(const struct config_key *key, struct slice text,
	    uint64_t *out, char why[static CONFIG_TEXT_MAX]);

/*
 * The inverse: in the largest unit that is exact, a word where one stands
 * for the value, a mode in quotes. Returns out.
 */
#define CONFIG_VALUE_MAX	32
char	*config_value_format(const struct config_key *key, uint64_t value,
	    char out[static CONFIG_VALUE_MAX]);

/* True if a is so near to b that b may have been meant. */
bool	config_is_near(struct slice a, struct slice b, size_t *distance);

#endif
