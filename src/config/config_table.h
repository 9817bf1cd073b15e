/*
 * config_table - every key of the configuration, one row each. The rows
 * drive reading, ranges, defaults, suggestions, printing and the test that
 * the manual and the example have them all.
 */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum config_type {
	CONFIG_BOOL,		/* bool */
	CONFIG_INT,		/* uint64_t: a number, or one of words */
	CONFIG_DURATION,	/* uint64_t: milliseconds */
	CONFIG_SIZE,		/* uint64_t: bytes */
	CONFIG_RATE,		/* uint64_t: bytes a second */
	CONFIG_WORD,		/* an enum: one of words */
	CONFIG_MODE,		/* mode_t: octal, in quotes */
	CONFIG_BYTES,		/* char * and size_t: any bytes */
	CONFIG_NAME,		/* char *: of a listener */
	CONFIG_HOST,		/* char *: an address or a name */
	CONFIG_ACCOUNT,		/* char *: a user or a group, or empty */
	CONFIG_PATH,		/* char *: made absolute */
	CONFIG_FILES		/* char **, ends in NULL: names of files */
};

/* A word that stands for a value. */
struct config_word {
	const char	*word;
	uint64_t	 value;
};

struct config_key {
	const char		*name;		/* dotted */
	enum config_type	 type;
	bool			 of_listener;	/* offset into that struct */
	bool			 reloadable;	/* without a restart */
	size_t			 offset;
	size_t			 len_offset;	/* CONFIG_BYTES: its length */
	const char		*def;		/* as written in YAML, or NULL */
	uint64_t		 min, max;	/* of text: bytes */
	const struct config_word *words;	/* the last has no word */
	const char		*help;
};

#define CONFIG_LISTENERS	"listeners"	/* the key of the full form */
#define CONFIG_IN_LISTENER	"listeners[]"	/* the section of its rows */

/* Row i, or NULL past the end. */
const struct config_key	*config_table(size_t i);

/*
 * The row of the key leaf in a section: "" for the top level, "limits",
 * CONFIG_IN_LISTENER. NULL if there is none.
 */
const struct config_key	*config_table_find(const char *section,
			    struct slice leaf);

/* True if some row is in this section; "" is none. */
bool	config_table_has_section(struct slice section);

/* The parts of a row's name: "limits" and "body". */
struct slice	config_key_section(const struct config_key *key);
const char	*config_key_leaf(const struct config_key *key);

#endif
