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

/* What mynahd says by itself unless it is told otherwise, as in quotes. */
#define CONFIG_WELCOME	"Welcome to the server. Type something and hit enter\\n"
#define CONFIG_PREFIX	"OK..."

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
	CONFIG_PATH,		/* char *: made absolute, unless empty */
	CONFIG_SINK,		/* char *: one of words, or such a path */
	CONFIG_PAGE,		/* char *: a path beneath the root; or "" */
	CONFIG_PATTERN,		/* char *: see config_pattern.h */
	CONFIG_DESTINATION,	/* char *: where a redirect leads */
	CONFIG_FIELD_NAME,	/* char *: of a field that may be set */
	CONFIG_FIELD_VALUE,	/* char * */
	CONFIG_EXTENSION,	/* char *: lower case, without its dot */
	CONFIG_MEDIA_TYPE,	/* char * */
	CONFIG_SITE_NAME,	/* char *: lower case, as in the Host field */
	CONFIG_STATUS,		/* int: a number */
	CONFIG_FILES,		/* char **, ends in NULL: names of files */
	CONFIG_PATHS,		/* the same: paths, made absolute */
	CONFIG_WORDS,		/* an array of enums and its size_t */

	/* Arrays of structs, each a pointer and its size_t; see config_list. */
	CONFIG_FIELDS,		/* a map: struct config_field */
	CONFIG_ERROR_PAGES,	/* a map: struct config_error_page */
	CONFIG_MIME_TYPES,	/* a map: struct config_mime_type */
	CONFIG_HEADERS,		/* a list: struct config_headers */
	CONFIG_REDIRECTS,	/* a list: struct config_redirect */
	CONFIG_HOSTS		/* a map: struct config_site, after the first */
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
	bool			 of_site;	/* the same */
	bool			 of_rule;	/* into an element of a list */
	bool			 reloadable;	/* without a restart */
	size_t			 offset;
	size_t			 len_offset;	/* of a length or a count */
	const char		*def;		/* as written in YAML, or NULL */
	uint64_t		 min, max;	/* bytes of text, items */
	const struct config_word *words;	/* the last has no word */
	const char		*example;	/* of a list, if def is empty */
	const char		*help;
};

#define CONFIG_LISTENERS	"listeners"	/* the key of the full form */
#define CONFIG_IN_LISTENER	"listeners[]"	/* the section of its rows */
#define CONFIG_IN_SITE		"http"
#define CONFIG_IN_HEADERS	"http.headers[]"
#define CONFIG_IN_REDIRECT	"http.redirects[]"

/* Row i, or NULL past the end. */
const struct config_key	*config_table(size_t i);

/*
 * The row of the key leaf in a section: "" for the top level, "limits",
 * CONFIG_IN_LISTENER. NULL if there is none.
 */
const struct config_key	*config_table_find(const char *section,
			    struct slice leaf);

/*
 * True if some row is in this section or in one within it ("log": the rows of
 * "log.error" are); "" and those of lists are none.
 */
bool	config_table_has_section(struct slice section);

/* True if a value of this type is a list or a mapping. */
bool	config_type_is_list(enum config_type type);

/* True if it is a list of texts: a char **, ends in NULL. */
bool	config_type_is_texts(enum config_type type);

/* True if it is text: a char *. */
bool	config_type_is_text(enum config_type type);

/* The parts of a row's name: "limits" and "body". */
struct slice	config_key_section(const struct config_key *key);
const char	*config_key_leaf(const struct config_key *key);

#endif
