#include "files/static_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "files/error_page.h"
#include "files/file.h"
#include "files/mime.h"

#define METHODS	"GET, HEAD, OPTIONS"

/* Of a raw path; longer ones are 414. Decoding makes it no longer. */
#define MAX_PATH	8192

#ifndef PATH_MAX
#define PATH_MAX	4096
#endif

/* One request on its way to a file. */
struct search {
	const struct static_site	*site;
	const struct http_request	*req;
	struct http_response		*res;
	char				 path[MAX_PATH + 1];	/* decoded */
	size_t				 len;
};

static int
status_of_error(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case EXDEV:
	case ENXIO:		/* a socket, a device without its driver */
	case ENODEV:
		return 404;
	case EACCES:
	case EPERM:
		return 403;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
	case EAGAIN:		/* renames went on and on, or a lease is held */
		return 503;
	default:
		return 500;
	}
}

/* The answer alone: who calls it knows best what to log about a 500. */
static int
answer_error(struct http_response *res, int error)
{
	int status = status_of_error(error);

	error_page(res, status, NULL, NULL, NULL);
	if (status == 503)
		http_response_field(res, "Retry-After", "1");
	return status;
}

void
static_file_error(struct http_response *res, int error)
{
	if (answer_error(res, error) == 500)
		log_error("cannot serve a file: %s", strerror(error));
}

/* The same, when it is known which file the log should name. */
static void
answer_path_error(struct search *s, const char *path, int error)
{
	if (answer_error(s->res, error) == 500)
		log_error("cannot serve %s/%s: %s", docroot_path(s->site->root),
		    path, strerror(error));
}

static void
answer_options(struct http_response *res)
{
	http_response_init(res, 204);
	http_response_field(res, "Allow", METHODS);
	http_response_field(res, "X-Content-Type-Options", "nosniff");
}

static void
answer_other_method(enum http_method method, struct http_response *res)
{
	char wrong[64];

	snprintf(wrong, sizeof(wrong), "This server does not answer %s.",
	    http_method_name(method));
	error_page(res, 405, wrong, "It serves files and takes none: GET and "
	    "HEAD read them, OPTIONS asks what is possible.",
	    "RFC 9110, section 15.5.6");
	http_response_field(res, "Allow", METHODS);
}

static void
answer_unknown_method(struct slice name, struct http_response *res)
{
	enum http_method meant = http_method_of_nocase(name);
	char right[64];

	if (meant == HTTP_METHOD_UNKNOWN) {
		error_page(res, 501, NULL, NULL, NULL);
		return;
	}
	snprintf(right, sizeof(right), "Write it in capitals: %s",
	    http_method_name(meant));
	error_page(res, 501, "The names of methods are case-sensitive, and "
	    "no method is written like this one.", right,
	    "RFC 9110, section 9.1");
}

/* A segment that begins with "."; all but a leading .well-known (RFC 8615). */
static bool
has_hidden_segment(const char *path)
{
	static const char well_known[] = "/.well-known";
	size_t len = sizeof(well_known) - 1;

	if (strncmp(path, well_known, len) == 0 &&
	    (path[len] == '/' || path[len] == '\0'))
		path += len;
	return strstr(path, "/.") != NULL;
}

/*
 * Preconditions (RFC 9110, 13.2.2) and then ranges (14.2) are judged here,
 * on the representation that was selected: between the file and its answer.
 */
static void
answer_file(struct search *s, struct file *f)
{
	struct http_response *res = s->res;

	http_response_init(res, 200);
	http_response_field(res, "Content-Type", "%s", f->type);
	if (f->last_modified[0] != '\0')
		http_response_field(res, "Last-Modified", "%s",
		    f->last_modified);
	http_response_field(res, "X-Content-Type-Options", "nosniff");
	res->content = HTTP_CONTENT_FILE;
	res->file = f;		/* the reference goes along */
	res->offset = 0;
	res->length = (uint64_t)f->size;
}

/* Take over fd, a regular file found at path, and answer with it. */
static void
answer_descriptor(struct search *s, const char *path, int fd,
    const struct stat *st)
{
	struct file *f;

	if ((f = file_new(fd, st, mime_type_of(slice_of(path)))) == NULL)
		answer_path_error(s, path, ENOMEM);
	else
		answer_file(s, f);
}

/*
 * The same path with a slash. It is written anew from the decoded path,
 * which begins with exactly one "/": "//evil.example" cannot turn into
 * another host.
 */
static void
redirect_to_slash(struct search *s)
{
	const struct http_target *target = &s->req->target;
	struct http_response *res = s->res;
	struct slice path = { s->path, s->len };
	struct slice query = target->has_query ? target->query : SLICE("");
	char encoded[HTTP_RESPONSE_FIELDS_MAX];

	/* No Location can name it: a backslash is refused when encoded. */
	if (memchr(s->path, '\\', s->len) != NULL) {
		error_page(res, 404, NULL, NULL, NULL);
		return;
	}
	error_page(res, 301, NULL, NULL, NULL);
	if (http_target_encode(path, encoded, sizeof(encoded)) < 0)
		res->overflow = true;
	else
		http_response_field(res, "Location", "%s/%s%.*s", encoded,
		    target->has_query ? "?" : "", SLICE_ARG(query));
	if (res->overflow)
		error_page(res, 414, NULL, NULL, NULL);
}

/* A path without a slash at its end: a file, or a directory's other name. */
static void
answer_name(struct search *s)
{
	const struct docroot *root = s->site->root;
	const char *path = s->path + 1;
	struct stat st;
	int fd, error;

	if ((fd = docroot_open(root, path, &st)) == -1) {
		error = errno;
		/* A directory may be searched without being readable. */
		if (error == EACCES && docroot_is_directory(root, path))
			redirect_to_slash(s);
		else
			answer_path_error(s, path, error);
		return;
	}
	if (S_ISREG(st.st_mode)) {
		answer_descriptor(s, path, fd, &st);
		return;
	}
	close(fd);
	if (S_ISDIR(st.st_mode))
		redirect_to_slash(s);
	else
		answer_path_error(s, path, ENOENT);
}

/*
 * Open the first index of the directory that is there; a directory of that
 * name is passed over. Returns a descriptor and its path, or -1 with errno.
 */
static int
open_index(struct search *s, char *path, size_t size, struct stat *st)
{
	const char *const *name;
	int fd;

	for (name = s->site->index; *name != NULL; name++) {
		if ((size_t)snprintf(path, size, "%s%s", s->path + 1,
		    *name) >= size) {
			errno = ENAMETOOLONG;
			return -1;
		}
		fd = docroot_open(s->site->root, path, st);
		if (fd != -1 && !S_ISDIR(st->st_mode))
			return fd;
		if (fd != -1)
			close(fd);
		else if (errno != ENOENT)
			return -1;
	}
	errno = ENOENT;
	return -1;
}

/*
 * No index and no listing. 404 and not the 403 of others: nothing is there
 * that a permission would help to. That the directory exists is no secret,
 * the redirect to its slash tells it as well.
 */
static void
answer_no_index(struct search *s, int error)
{
	if (error == ENOTDIR)
		error_page(s->res, 404, "There is no such directory.",
		    "A slash at the end asks for a directory: if this is a "
		    "file, ask for it without the slash.", NULL);
	else if (error == ENOENT &&
	    docroot_is_directory(s->site->root, s->path + 1))
		error_page(s->res, 404, "This directory has no index page.",
		    "Ask for one of its files by name; directories are not "
		    "listed.", NULL);
	else
		answer_path_error(s, s->path + 1, error);
}

/* A path that ends in a slash: the index of a directory. */
static void
answer_directory(struct search *s)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	if ((fd = open_index(s, path, sizeof(path), &st)) == -1) {
		answer_no_index(s, errno);
		return;
	}
	if (S_ISREG(st.st_mode)) {
		answer_descriptor(s, path, fd, &st);
		return;
	}
	close(fd);
	answer_path_error(s, path, ENOENT);
}

static void
answer_path(const struct static_site *site, const struct http_request *req,
    struct http_response *res)
{
	const struct http_fault *fault;
	struct slice raw = req->target.path;
	struct search s;

	if (raw.len > MAX_PATH) {
		error_page(res, 414, NULL, NULL, NULL);
		return;
	}
	s.site = site;
	s.req = req;
	s.res = res;
	if ((fault = http_target_path(raw, s.path, &s.len)) != NULL)
		error_page_fault(res, fault);
	else if (!site->dotfiles && has_hidden_segment(s.path))
		error_page(res, 404, NULL, NULL, NULL);
	else if (s.path[s.len - 1] == '/')
		answer_directory(&s);
	else
		answer_name(&s);
}

void
static_file_plan(const struct static_site *site,
    const struct http_request *req, struct http_response *res)
{
	switch (req->method) {
	case HTTP_GET:
	case HTTP_HEAD:
	case HTTP_OPTIONS:
		if (req->has_expectation)
			error_page(res, 417, NULL, NULL, NULL);
		else if (req->method != HTTP_OPTIONS)
			answer_path(site, req, res);
		else
			/*
			 * Of any path, whether there is a file or not: what
			 * this server answers does not depend on the path.
			 */
			answer_options(res);
		break;
	case HTTP_METHOD_UNKNOWN:
		answer_unknown_method(req->method_name, res);
		break;
	default:
		answer_other_method(req->method, res);
		break;
	}
	res->head_only = req->method == HTTP_HEAD;
}
