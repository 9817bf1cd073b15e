/*
 * planned - answers on order: what the site would hardly give, or not when
 * it is wanted, and counts of what is held. Included by one file of a test
 * program, which is linked with
 *
 *	-Wl,--wrap=static_file_plan,--wrap=static_file_refuse
 *	-Wl,--wrap=dirlist_step,--wrap=dirlist_file,--wrap=dirlist_free
 *
 * The paths, beside those of the site:
 *
 *	/list/N		a listing, done (PLANNED_LIST) after N steps
 *	/list/N/fails	that fails then with EACCES
 *	/list/N/memory	that has no memory for its text
 *	/parts/NAME	three ranges of the site's file of that name
 */
#ifndef PLANNED_H
#define PLANNED_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files/dirlist.h"
#include "files/static_file.h"
#include "talker.h"

#define PLANNED_LIST	"<p>a listing</p>\n"

/* What a listing is here: steps that are counted. */
struct dirlist {
	int	steps;		/* to go */
	bool	fails;
	bool	has_memory;
	uint64_t turn;		/* of the loop, in which it made one */
};

static int planned_listings;		/* alive */
static unsigned planned_steps;		/* of all of them */
static bool planned_same_turn;		/* one made two steps in one */
static bool planned_page;		/* refusals are a file of the site */

void	__real_static_file_plan(struct sites *sites,
	    const struct http_request *req, struct http_response *res);
void	__wrap_static_file_plan(struct sites *sites,
	    const struct http_request *req, struct http_response *res);
void	__real_static_file_refuse(struct sites *sites,
	    const struct http_fault *fault, struct http_response *res);
void	__wrap_static_file_refuse(struct sites *sites,
	    const struct http_fault *fault, struct http_response *res);
enum dirlist_result	__wrap_dirlist_step(struct dirlist *list);
struct file	*__wrap_dirlist_file(struct dirlist *list);
void	__wrap_dirlist_free(struct dirlist *list);

static inline void
planned_reset(void)
{
	planned_listings = 0;
	planned_steps = 0;
	planned_same_turn = planned_page = false;
}

enum dirlist_result
__wrap_dirlist_step(struct dirlist *list)
{
	planned_steps++;
	if (talker.inside && list->turn == talker.service.turn)
		planned_same_turn = true;
	list->turn = talker.service.turn;
	if (--list->steps > 0)
		return DIRLIST_MORE;
	errno = EACCES;
	return list->fails ? DIRLIST_FAILED : DIRLIST_DONE;
}

struct file *
__wrap_dirlist_file(struct dirlist *list)
{
	size_t len = strlen(PLANNED_LIST);
	char *bytes = list->has_memory ? malloc(len) : NULL;

	if (bytes == NULL)
		return NULL;
	memcpy(bytes, PLANNED_LIST, len);
	return file_of_bytes(bytes, len);
}

void
__wrap_dirlist_free(struct dirlist *list)
{
	if (list != NULL)
		planned_listings--;
	free(list);
}

/* path is what is behind "/list/". */
static inline void
planned_list(const char *path, struct http_response *res)
{
	struct dirlist *list = malloc(sizeof(*list));

	if (list == NULL) {
		static_file_error(res, ENOMEM);
		return;
	}
	planned_listings++;
	list->turn = 0;
	list->steps = atoi(path);
	list->fails = strstr(path, "fails") != NULL;
	list->has_memory = strstr(path, "memory") == NULL;
	http_response_init(res, 200);
	http_response_field(res, "Content-Type", "text/html");
	res->content = HTTP_CONTENT_LISTING;
	res->listing = list;
}

static inline void
planned_file(const char *name, struct http_response *res)
{
	char path[128];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", talker.dir, name);
	res->file = NULL;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    (res->file = file_new(fd, 65536, "", &st)) == NULL)
		static_file_error(res, errno);
}

static inline void
planned_parts(const char *name, struct http_response *res)
{
	struct http_multipart *m = &res->parts;
	off_t size;

	http_response_init(res, 206);
	planned_file(name, res);
	if (res->file == NULL)
		return;
	size = res->file->size;
	res->content = HTTP_CONTENT_PARTS;
	memset(m->boundary, 'b', HTTP_BOUNDARY_LEN);
	m->boundary[HTTP_BOUNDARY_LEN] = '\0';
	strcpy(m->type, "application/octet-stream");
	m->size = size;
	m->n = 3;
	m->ranges[0] = (struct http_range){ 10, size / 2 };
	m->ranges[1] = (struct http_range){ size - 1, size };
	m->ranges[2] = (struct http_range){ 0, size / 3 };
	res->length = http_multipart_length(m);
}

void
__wrap_static_file_plan(struct sites *sites,
    const struct http_request *req, struct http_response *res)
{
	char path[64];

	snprintf(path, sizeof(path), "%.*s", SLICE_ARG(req->target.path));
	if (strncmp(path, "/list/", 6) == 0)
		planned_list(path + 6, res);
	else if (strncmp(path, "/parts/", 7) == 0)
		planned_parts(path + 7, res);
	else
		__real_static_file_plan(sites, req, res);
	res->head_only = req->method == HTTP_HEAD;
}

void
__wrap_static_file_refuse(struct sites *sites,
    const struct http_fault *fault, struct http_response *res)
{
	__real_static_file_refuse(sites, fault, res);
	if (!planned_page)
		return;
	planned_file("small.bin", res);
	res->content = HTTP_CONTENT_FILE;
	res->length = TALKER_SMALL;
}

/*
 * The length of the content of /parts/NAME at p if it is that of a file of
 * size bytes of talker_byte(); 0 if it is not.
 */
static inline size_t
planned_parts_length(const char *p, size_t len, off_t size)
{
	static struct http_response res;
	struct http_multipart *m = &res.parts;
	char head[HTTP_PART_HEAD_MAX];
	size_t at = 0;

	planned_parts(size == TALKER_SMALL ? "small.bin" : "large.bin",
	    &res);
	file_unref(res.file);
	if (len < res.length)
		return 0;
	for (unsigned i = 0; i <= m->n; i++) {
		size_t n = http_multipart_head(m, i, head);

		if (memcmp(p + at, head, n) != 0)
			return 0;
		at += n;
		if (i == m->n)
			break;
		for (off_t k = m->ranges[i].first; k < m->ranges[i].end; k++)
			if (p[at++] != talker_byte((size_t)k))
				return 0;
	}
	return at == res.length ? at : 0;
}

#endif
