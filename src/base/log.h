/*
 * log - the error log: one line per call, to standard error.
 *
 * The only global state of the program. A line is "mynahd: " and the text,
 * with "error: " or "warning: " before it where that applies. Control bytes
 * in the text are written as \xNN, so that no text from outside can forge or
 * break a line. Lines longer than LOG_LINE_MAX bytes are cut.
 */
#ifndef LOG_H
#define LOG_H

#define LOG_LINE_MAX	1024

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Lines above level are dropped. The default is LOG_LEVEL_INFO. */
void	log_set_level(enum log_level level);

/* Nonzero if a line of this level would be written. */
int	log_has_level(enum log_level level);

void	log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void	log_warning(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));
void	log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void	log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
