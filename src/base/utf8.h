/*
 * utf8 - characters in bytes that may be anything. Pure.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * The character at the beginning of text, which must not be empty.
 *
 * Returns its length in bytes, 1 to 4, and its code in *code; or 0 if there
 * is no valid character (a stray or overlong byte, a surrogate, a cut end).
 */
size_t	utf8_first(struct slice text, uint32_t *code);

/* True if all of text is valid. */
bool	utf8_is_valid(struct slice text);

/*
 * True for a character that can be shown as it is: no control character, no
 * other line end, nothing that changes the direction of writing, and none
 * that YAML bans from a file.
 */
bool	utf8_is_plain(uint32_t code);

#endif
