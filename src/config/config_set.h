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
 * Set the scalar of key in config, or in listener if the key is of one.
 *
 * Returns true, or false with the reason in why; then the old value stays.
 */
bool	config_set(struct config *config, struct config_listener *listener,
	    const struct config_key *key, const struct config_input *in,
	    char why[static CONFIG_TEXT_MAX])
	    __attribute__((warn_unused_result));

/* Set a key of type CONFIG_FILES to n names. */
bool	config_set_files(struct config *config, const struct config_key *key,
	    const struct slice *names, size_t n,
	    char why[static CONFIG_TEXT_MAX])
	    __attribute__((warn_unused_result));

/* Set a key to the default of its row; without one, text becomes "". */
bool	config_set_default(struct config *config,
	    struct config_listener *listener, const struct config_key *key)
	    __attribute__((warn_unused_result));

/* Why no name may be the name of an index file, or NULL if it may. */
const char	*config_bad_file_name(struct slice name);

/*
 * An absolute path: dir, made absolute too, and path. NULL and errno if
 * there is no memory or no current directory. The caller's to free.
 */
char	*config_absolute(const char *dir, struct slice path);

#endif
