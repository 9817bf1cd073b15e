#include "proto/answer.h"

#include "files/dirlist.h"
#include "files/file.h"

static void
unref(void *file)
{
	file_unref(file);
}

/*
 * Less than this is copied: a reference would keep the whole file in memory
 * for a few bytes that a slow client does not take.
 */
#define REFER_MIN	16384

/* Append len bytes of a file; one reference goes along. */
static void
append_file(struct out *out, struct file *f, off_t offset, uint64_t len)
{
	if (f->bytes != NULL && len < REFER_MIN) {
		out_copy(out, f->bytes + offset, (size_t)len);
		file_unref(f);
	} else if (f->bytes != NULL) {
		out_ref(out, f->bytes + offset, (size_t)len, f, unref);
	} else {
		out_file(out, f->fd, offset, len, f, unref);
	}
}

static void
append_part_head(struct out *out, const struct http_multipart *parts,
    unsigned i)
{
	char *head = out_reserve(out, HTTP_PART_HEAD_MAX);

	if (head != NULL)
		out_commit(out, http_multipart_head(parts, i, head));
}

/* Append the ranges, each after its head, and the tail, which is head n. */
static void
append_parts(struct out *out, const struct http_multipart *parts,
    struct file *f)
{
	for (unsigned i = 0; i < parts->n; i++) {
		const struct http_range *r = &parts->ranges[i];

		append_part_head(out, parts, i);
		append_file(out, file_ref(f), r->first,
		    (uint64_t)(r->end - r->first));
	}
	append_part_head(out, parts, parts->n);
}

static void
append_content(struct out *out, const struct http_response *res)
{
	switch (res->content) {
	case HTTP_CONTENT_NONE:
	case HTTP_CONTENT_LISTING:
		return;
	case HTTP_CONTENT_TEXT:
		out_copy(out, res->text, (size_t)res->length);
		return;
	case HTTP_CONTENT_FILE:
		append_file(out, file_ref(res->file), res->offset,
		    res->length);
		return;
	case HTTP_CONTENT_PARTS:
		append_parts(out, &res->parts, res->file);
		return;
	}
}

void
answer_append(struct out *out, struct service *service,
    struct http_response *res, const char *connection)
{
	char *head = out_reserve(out, http_response_room(res));

	if (head != NULL)
		out_commit(out, http_response_head(res,
		    service_common(service), connection, head));
	if (!res->head_only)
		append_content(out, res);
	answer_drop(res);
}

void
answer_drop(struct http_response *res)
{
	file_unref(res->file);
	dirlist_free(res->listing);
	res->file = NULL;
	res->listing = NULL;
}
