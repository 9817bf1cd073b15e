/*
 * config_pattern - the paths that a rule is for. There are three kinds of
 * patterns, and no other syntax:
 *
 *	PATH	this path and no other
 *	PATH*	every path that begins with PATH, which is one of them: with
 *		"/" all paths, with "/a/" all below /a, with "/a" also /ab
 *	*.EXT	every path whose last segment ends in ".EXT", with at least
 *		one byte before the dot
 *
 * Paths are compared as they are decoded (http_target_path), byte by byte:
 * case matters, and a space is a space and not "%20".
 * Pure: no I/O, no allocation, no state between calls.
 */
#ifndef CONFIG_PATTERN_H
#define CONFIG_PATTERN_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * Whether path, which is decoded and begins with "/", matches.
 *
 * pattern	without a fault
 * rest		NULL, or filled on a match with what "*" stands for, a part of
 *		path: what comes after the prefix; what comes before ".ext",
 *		without the slash at the beginning of the path; for an exact
 *		path nothing
 */
bool	config_pattern_match(const char *pattern, struct slice path,
	    struct slice *rest);

/* True if there is a "*" in the pattern, which has no fault. */
bool	config_pattern_has_rest(const char *pattern);

/*
 * What is wrong with a pattern and what would be right, to be put after the
 * name of its key: "must begin with ...". NULL if it is one.
 */
const char	*config_pattern_fault(struct slice pattern);

/* The same for a path without any "*" of a meaning: a page of the site. */
const char	*config_path_fault(struct slice path);

#endif
