/*
 * config_set - put one value where its row of the table says, after all
 * checks that need only this value. It knows nothing of files or options:
 * what is wrong is said in words, and the caller knows where.
 */
#ifndef CONFIG_SET_H
#define CONFIG_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "config/config.h"
#include "config/config_error.h"
#include "config/config_table.h"

enum config_style {
	CONFIG_STYLE_PLAIN,	/* in the file, without quotes */
	CONFIG_STYLE_QUOTED,	/* in the file, in quotes */
	CONFIG_STYLE_ANY	/* from an expansion or an option */
};

struct config_input {
	struct slice		 text;
	enum config_style	 style;
	const char		*dir;	/* relative paths begin there */
};

/*
 * What a row's offset is in: one of these, by the row's of_listener, of_site
 * and of_rule. Those that no row asks for may be NULL.
 */
struct config_target {
	struct config		*config;
	struct config_listener	*listener;
	struct config_site	*site;
	void			*rule;		/* an element of a list */
};

/* Where the value of key is. */
void	*config_place(const struct config_target *target,
	    const struct config_key *key);

/*
 * Set the scalar of key.
 *
 * Returns true, or false with the reason in why; then the old value stays.
 */
bool	config_set(const struct config_target *target,
	    const struct config_key *key, const struct config_input *in,
	    char why[static CONFIG_TEXT_MAX])
	    __attribute__((warn_unused_result));

/*
 * Set a key of type CONFIG_FILES, CONFIG_PATHS or CONFIG_WORDS to n items,
 * which were looked at; paths are absolute.
 */
bool	config_set_items(const struct config_target *target,
	    const struct config_key *key, const struct slice *items, size_t n,
	    char why[static CONFIG_TEXT_MAX])
	    __attribute__((warn_unused_result));

/*
 * Set a key to the default of its row; without one, text becomes "". Lists
 * of structs are left as they are: their default is an empty one.
 */
bool	config_set_default(const struct config_target *target,
	    const struct config_key *key) __attribute__((warn_unused_result));

/* Why no name may be the name of an index file, or NULL if it may. */
const char	*config_bad_file_name(struct slice name);

/*
 * An absolute path: dir, made absolute too, and path. NULL and errno if
 * there is no memory or no current directory. The caller's to free.
 */
char	*config_absolute(const char *dir, struct slice path);

#endif
