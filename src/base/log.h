/*
 * log - the error log: one line per call, to standard error, syslog or a file.
 *
 * The only global state of the program. A line is "mynahd: " and the text,
 * with "error: " or "warning: " before it where that applies. For the journal
 * of systemd it begins with its priority, such as "<3>", in the place of the
 * name; in a file with the date and the process, "2026-11-21T18:20:16+01:00
 * mynahd[4711]: ". Lines longer than LOG_LINE_MAX bytes are cut.
 *
 * No text from outside can forge or break a line: control characters (those
 * of UTF-8 too, and whatever changes the direction of writing) and bytes that
 * are no UTF-8 are written as \xNN.
 *
 * What a file does not take is lost: that is told on standard error when it
 * begins, and in the file, with the number of lines, when it is over. So is
 * what is read too slowly from standard error or by syslog, once a sink is
 * used: until then, it is waited for.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>

#define LOG_LINE_MAX	1024

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Where lines go. */
struct log_sink;

/*
 * Open a sink: "stderr", which is looked at for being the journal, "syslog"
 * (facility daemon), or the path of a file, see log_file_open(). Dates are in
 * local time: call tzset() while the time zone's file can be read.
 *
 * Returns NULL with a sentence in error.
 */
struct log_sink	*log_sink_open(const char *target, char *error, size_t size)
		    __attribute__((warn_unused_result));

/* For a sink that was never used; NULL is allowed. */
void	log_sink_close(struct log_sink *sink);

/*
 * Let lines go to sink from now on; the one before it is closed. NULL is what
 * it is at first: standard error, without a thought of the journal.
 */
void	log_use(struct log_sink *sink);

/* Whether lines go to standard error, be it the journal. */
bool	log_is_stderr(void);

/*
 * Open its file again: it may have been moved. Returns 1, 0 if there is none,
 * or -1 if it cannot be opened, which was told.
 */
int	log_reopen(void);

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
