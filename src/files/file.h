/*
 * file - one representation that can be sent: a regular file, open or read
 * into memory, or bytes made here. Shared by reference count, with its
 * validators (RFC 9110, 8.8) kept ready.
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "files/etag.h"
#include "http/http_date.h"

/*
 * A file may be written twice and have the same times, as they are coarse:
 * younger than STAMP_SETTLES_S, they make a weak tag only. A date is said to
 * the second, and before that second is over it could come to mean two
 * contents: of a file so young it says the second before, which nobody will
 * find confirmed later, and no condition counts with it. So each date that is
 * compared is a strong validator (RFC 9110, 8.8.2.2).
 */
#define FILE_DATED_S	1

struct file {
	unsigned	 refs;
	int		 fd;		/* -1 if bytes has it all */
	off_t		 size;
	char		*bytes;		/* the whole content, or NULL */
	struct timespec	 mtime;		/* 0 of bytes made here */
	bool		 is_young;	/* less than FILE_DATED_S */
	char		 last_modified[HTTP_DATE_LEN + 1];	/* or "" */
	char		 etag[ETAG_MAX];			/* or "" */
	uint64_t	*charge;	/* its size is counted there, or NULL */
};

/*
 * Take over fd, an open regular file: one of at most memory_max bytes is read
 * into memory and fd closed. What is written while it is read is read again,
 * so that the bytes are those of one moment, as far as the times of the file
 * tell. mark is that of etag_of_stamps().
 *
 * Returns the file with one reference, and in st what fstat() says of it; or
 * NULL with errno, and fd is closed then.
 */
struct file	*file_new(int fd, uint64_t memory_max, const char *mark,
		    struct stat *st) __attribute__((warn_unused_result));

/*
 * A file of len bytes from malloc(), which are taken over (freed on failure
 * too), without validators. NULL without memory.
 */
struct file	*file_of_bytes(char *bytes, size_t len)
		    __attribute__((warn_unused_result));

/* Count its size in *charge until it goes. */
void	file_charge(struct file *f, uint64_t *charge);

struct file	*file_ref(struct file *f);
void		 file_unref(struct file *f);	/* NULL is allowed */

#endif
