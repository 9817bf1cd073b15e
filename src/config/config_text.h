/*
 * config_text - what a text may be, by the type of its row: a host, a path of
 * the site, a field name. Pure: no I/O, no allocation, no state.
 */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <stdbool.h>

#include "base/slice.h"
#include "config/config_error.h"
#include "config/config_table.h"

/*
 * True if text may be the value of key, whose type is a text; otherwise the
 * reason is in why, with what would be right.
 */
bool	config_text_check(const struct config_key *key, struct slice text,
	    char why[static CONFIG_TEXT_MAX]);

#endif
