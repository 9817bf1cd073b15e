/*
 * config_error - the errors of one configuration: collected, put in the
 * order of the file, printed with the line they are about.
 *
 * Positions are byte offsets into the text of the file; lines and columns
 * are worked out when the errors are printed, counted from 1, columns in
 * characters. No function here fails: an error that finds no memory is
 * replaced by one that says so.
 */
#ifndef CONFIG_ERROR_H
#define CONFIG_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/slice.h"

#define CONFIG_TEXT_MAX	512	/* the longest message, with its NUL */

struct config_error;

struct config_errors {
	const char		*name;	/* of the file, for "FILE:LINE:COL" */
	struct slice		 text;	/* of the file, without a BOM */
	struct config_error	*list;
	size_t			 n;
	size_t			 room;
	bool			 no_memory;
};

/* Nothing is copied: name and text must outlive errors. */
void	config_errors_init(struct config_errors *errors, const char *name,
	    struct slice text);
void	config_errors_clear(struct config_errors *errors);

/* Forget what was collected: of broken YAML only the break is told. */
void	config_errors_drop(struct config_errors *errors);

bool	config_errors_any(const struct config_errors *errors);

/* An error about the bytes [begin, end) of the file. */
void	config_error_at(struct config_errors *errors, size_t begin, size_t end,
	    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* An error about the whole file: no position, no excerpt. */
void	config_error_file(struct config_errors *errors,
	    const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An error about an option, said as it was typed ("--port"). */
void	config_error_option(struct config_errors *errors, const char *said,
	    const char *format, ...) __attribute__((format(printf, 3, 4)));

void	config_error_no_memory(struct config_errors *errors);

/*
 * Print them all, in the order of the file, those without a position last;
 * then how many there are, if more than one.
 */
void	config_errors_print(struct config_errors *errors, FILE *out);

/*
 * Write text to out for use in a message: control bytes, invalid UTF-8 and
 * characters that turn the direction of writing are escaped, and a long text
 * is cut and ends in "...". Returns out.
 */
#define CONFIG_SHOWN_MAX	80
char	*config_shown(struct slice text, char out[static CONFIG_SHOWN_MAX]);

#endif
