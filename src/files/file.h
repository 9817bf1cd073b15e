/*
 * file - one regular file, open for serving, shared by reference count,
 * with what its response heads need kept ready.
 */
#ifndef FILE_H
#define FILE_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "http/http_date.h"

struct file {
	unsigned	 refs;
	int		 fd;
	off_t		 size;
	struct timespec	 mtime;
	const char	*type;		/* with its charset; static */
	char		 last_modified[HTTP_DATE_LEN + 1];	/* or "" */
};

/*
 * Take over fd, an open regular file that fstat says st of. type must
 * outlive the file. Returns the file with one reference, or NULL when there
 * is no memory; then fd is closed.
 */
struct file	*file_new(int fd, const struct stat *st, const char *type);
struct file	*file_ref(struct file *f);
void		 file_unref(struct file *f);	/* NULL is allowed */

#endif
