/*
 * config_utf8 - the little about UTF-8 that errors, values and printing need.
 * Pure.
 */
#ifndef CONFIG_UTF8_H
#define CONFIG_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define CONFIG_ESCAPE_MAX	11	/* "\U0010ffff" and a NUL */

/*
 * The character at the beginning of text, which must not be empty.
 *
 * Returns its length in bytes, 1 to 4, and its code in *code; or 0 if there
 * is no valid character (a stray or overlong byte, a surrogate, a cut end).
 */
size_t	config_utf8(struct slice text, uint32_t *code);

/* True if all of text is valid. */
bool	config_utf8_is_valid(struct slice text);

/* Where part, not empty, begins in text, or SIZE_MAX. */
size_t	config_utf8_find(struct slice text, struct slice part);

/*
 * True for a character that can be shown as it is: no control character, no
 * other line end, nothing that changes the direction of writing, and none
 * that YAML bans from a file.
 */
bool	config_utf8_is_plain(uint32_t code);

/*
 * Write one character, or one invalid byte where config_utf8() said 0, as an
 * escape of YAML's double quotes: \xNN, \uNNNN, \UNNNNNNNN. Returns its
 * length.
 */
size_t	config_utf8_escape(uint32_t code, char out[static CONFIG_ESCAPE_MAX]);

#endif
