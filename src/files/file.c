#include "files/file.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DAY	86400

/*
 * A date that cannot be told from a broken clock would be a validator that
 * lies: archives and images without dates say the epoch (or before it), and
 * Last-Modified must not be later than Date (RFC 9110, 8.8.2.1).
 */
static bool
is_credible(time_t mtime)
{
	return mtime > DAY && mtime <= time(NULL);
}

struct file *
file_new(int fd, const struct stat *st, const char *type)
{
	struct file *f;

	if ((f = malloc(sizeof(*f))) == NULL) {
		close(fd);
		return NULL;
	}
	f->refs = 1;
	f->fd = fd;
	f->size = st->st_size;
	f->mtime = st->st_mtim;
	f->type = type;
	if (is_credible(st->st_mtime))
		http_date_format(st->st_mtime, f->last_modified);
	else
		f->last_modified[0] = '\0';
	return f;
}

struct file *
file_ref(struct file *f)
{
	f->refs++;
	return f;
}

void
file_unref(struct file *f)
{
	if (f == NULL || --f->refs > 0)
		return;
	close(f->fd);
	free(f);
}
