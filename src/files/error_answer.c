#include "files/error_answer.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "files/error_page.h"
#include "files/file.h"
#include "files/mime.h"
#include "files/route.h"

int
error_answer_status(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case EXDEV:
	case ENXIO:		/* a socket, a device without its driver */
	case ENODEV:
	case EILSEQ:		/* no name that this file system takes */
	case EINVAL:
		return 404;
	case EACCES:
	case EPERM:
		return 403;
	default:
		/* EAGAIN may also be a lease that somebody holds. */
		return docroot_is_shortage(error) ? 503 : 500;
	}
}

int
error_answer(struct http_response *res, int error)
{
	int status = error_answer_status(error);

	error_page(res, status, NULL, NULL, NULL);
	if (status == 503)
		http_response_field(res, "Retry-After", "1");
	return status;
}

/* Open the site's own page for an error; NULL if that cannot be done. */
static struct file *
open_error_page(struct site *site, const char *path)
{
	struct stat st;
	int fd = docroot_open_file(site->root, path + 1, &st);

	return fd == -1 ? NULL : file_new(fd, site->memory_max, "", &st);
}

bool
error_answer_page(struct site *site, const struct trace *t,
    struct http_response *res)
{
	const char *path = route_error_page(site->config, res->status);
	char type[HTTP_MEDIA_TYPE_MAX];
	struct file *f;
	int error;

	if (path == NULL)
		return true;
	if ((f = open_error_page(site, path)) == NULL) {
		error = errno;
		trace(t, "error page", "%s: %s", path, strerror(error));
		/* Told once: of a shortage, what lasts would never be. */
		if (!docroot_is_shortage(error) && site_tells(site, path))
			log_warning("http.error_pages has %s for %d, which "
			    "cannot be read in %s: %s", path, res->status,
			    docroot_path(site->root), strerror(error));
		return error == ENOENT;
	}
	trace(t, "error page", "%s", path);
	http_response_remove(res, SLICE("Content-Security-Policy"));
	http_response_remove(res, SLICE("Content-Type"));
	http_response_field(res, "Content-Type", "%s",
	    mime_type_in(site->config, slice_of(path), type));
	res->content = HTTP_CONTENT_FILE;
	res->file = f;
	res->offset = 0;
	res->length = (uint64_t)f->size;
	return true;
}
