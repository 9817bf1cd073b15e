/*
 * config_utf8 - what errors, values and printing do with text beyond
 * src/base/utf8.h. Pure.
 */
#ifndef CONFIG_UTF8_H
#define CONFIG_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define CONFIG_ESCAPE_MAX	11	/* "\U0010ffff" and a NUL */

/* Where part, not empty, begins in text, or SIZE_MAX. */
size_t	config_utf8_find(struct slice text, struct slice part);

/*
 * Write one character, or one invalid byte where utf8_first() said 0, as an
 * escape of YAML's double quotes: \xNN, \uNNNN, \UNNNNNNNN. Returns its
 * length.
 */
size_t	config_utf8_escape(uint32_t code, char out[static CONFIG_ESCAPE_MAX]);

#endif
