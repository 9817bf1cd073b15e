/*
 * log_file - where lines of a log are put: a file, which is opened for
 * appending and may be moved or removed by others at any time, or standard
 * output.
 *
 * Nothing here waits for anybody: a pipe or terminal that takes no more is
 * EAGAIN. Nothing here tells anybody: what went wrong is for the caller, who
 * may be the log that it would be told in.
 */
#ifndef LOG_FILE_H
#define LOG_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct log_file;

/*
 * Open path, which is made with mode 0640 if it is not there. It may be a
 * FIFO that somebody reads, a device, or a link to one of these: as nothing
 * is opened here before privileges are gone, a link leads nowhere that the
 * user who serves could not write to anyway.
 *
 * NULL with errno; ENXIO of a FIFO means that nobody reads it.
 */
struct log_file	*log_file_open(const char *path)
		    __attribute__((warn_unused_result));

/* Standard output, whatever it is; its own flags are left as they are. */
struct log_file	*log_file_stdout(void) __attribute__((warn_unused_result));

/* NULL is allowed. */
void	log_file_close(struct log_file *f);

/* The path, or "standard output"; the descriptor, to wait for room in it. */
const char	*log_file_name(const struct log_file *f);
int		 log_file_descriptor(const struct log_file *f);

/*
 * Append bytes. Returns how many have gone; errno says why if those are not
 * all.
 */
size_t	log_file_write(struct log_file *f, const char *bytes, size_t len);

/* Whether what was written last ended in the middle of a line. */
bool	log_file_is_torn(const struct log_file *f);

enum log_file_found {
	LOG_FILE_SAME,
	LOG_FILE_OTHER,		/* another file from here on */
	LOG_FILE_UNREACHABLE	/* see errno; the old one is written on */
};

/*
 * Open the path again. Standard output stays what it is. The new file has no
 * line that could be torn.
 */
enum log_file_found	log_file_reopen(struct log_file *f);

/*
 * The same, if the file was moved or removed: to be called before writing.
 * The disk is asked at most once a second. LOG_FILE_UNREACHABLE comes once,
 * until it is found again.
 */
enum log_file_found	log_file_look(struct log_file *f);

#endif
