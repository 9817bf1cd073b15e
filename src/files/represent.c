#include "files/represent.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files/error_page.h"
#include "http/http_cond.h"

static struct http_validators
validators_of(const struct file *f)
{
	if (f == NULL)
		return (struct http_validators){ .etag = SLICE("") };
	return (struct http_validators){
		/* Of a weak one the file may have changed: confirm nothing. */
		.etag = slice_of(f->etag[0] == 'W' ? "" : f->etag),
		.has_date = f->last_modified[0] != '\0' && !f->is_young,
		.is_date_strong = true,	/* see FILE_DATED_S */
		.date = f->mtime.tv_sec,
		.date_text = slice_of(f->last_modified),
	};
}

static void
add_vary(const struct representation *r, struct http_response *res)
{
	if (r->vary != NULL)
		http_response_field(res, "Vary", "%s", r->vary);
}

/* False if there is none. */
static bool
add_etag(const struct file *f, struct http_response *res)
{
	if (f == NULL || f->etag[0] == '\0')
		return false;
	http_response_field(res, "ETag", "%s", f->etag);
	return true;
}

static void
add_date(const struct file *f, struct http_response *res)
{
	if (f != NULL && f->last_modified[0] != '\0')
		http_response_field(res, "Last-Modified", "%s",
		    f->last_modified);
}

static void
answer_not_modified(const struct representation *r, struct http_response *res)
{
	http_response_init(res, 304);
	add_vary(r, res);
	/* Beside an ETag the date is one thing too many (15.4.5). */
	if (!add_etag(r->file, res))
		add_date(r->file, res);
	http_response_field(res, "X-Content-Type-Options", "nosniff");
}

static void
answer_failed(const struct representation *r, struct http_response *res)
{
	error_page(res, 412, NULL, NULL, NULL);
	add_vary(r, res);
}

static void
answer_unsatisfiable(const struct representation *r,
    struct http_response *res)
{
	error_page(res, 416, NULL, NULL, NULL);
	http_response_field(res, "Content-Range", "bytes */%lld",
	    (long long)r->file->size);
	http_response_field(res, "Accept-Ranges", "bytes");
	add_vary(r, res);
}

/* Fields of the representation, whichever part of it is sent. */
static void
begin_content(const struct representation *r, int status,
    struct http_response *res)
{
	http_response_init(res, status);
	if (r->coding != HTTP_CODING_IDENTITY)
		http_response_field(res, "Content-Encoding", "%s",
		    http_coding_name(r->coding));
	res->coding = r->coding;
	add_vary(r, res);
	add_etag(r->file, res);
	add_date(r->file, res);
	if (r->file != NULL)
		http_response_field(res, "Accept-Ranges", "bytes");
	http_response_field(res, "X-Content-Type-Options", "nosniff");
	res->content = HTTP_CONTENT_FILE;
	res->file = r->file;
}

static void
answer_whole(const struct representation *r, struct http_response *res)
{
	begin_content(r, 200, res);
	http_response_field(res, "Content-Type", "%s", r->type);
	res->offset = 0;
	res->length = r->file == NULL ? 0 : (uint64_t)r->file->size;
}

static void
answer_range(const struct representation *r, const struct http_range *range,
    struct http_response *res)
{
	begin_content(r, 206, res);
	http_response_field(res, "Content-Type", "%s", r->type);
	http_response_field(res, "Content-Range", "bytes %lld-%lld/%lld",
	    (long long)range->first, (long long)range->end - 1,
	    (long long)r->file->size);
	res->offset = range->first;
	res->length = (uint64_t)(range->end - range->first);
}

/*
 * A boundary that nobody can have put into a file beforehand. False where
 * the system has no random bytes to give.
 */
static bool
make_boundary(char out[static HTTP_BOUNDARY_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char random[HTTP_BOUNDARY_LEN / 2];

	if (getentropy(random, sizeof(random)) == -1)
		return false;
	for (size_t i = 0; i < sizeof(random); i++) {
		out[2 * i] = digits[random[i] >> 4];
		out[2 * i + 1] = digits[random[i] & 15];
	}
	out[HTTP_BOUNDARY_LEN] = '\0';
	return true;
}

static void
answer_parts(const struct representation *r, struct http_response *res,
    const struct http_range *ranges, unsigned n)
{
	struct http_multipart *m = &res->parts;

	if (!make_boundary(m->boundary)) {
		answer_whole(r, res);
		return;
	}
	begin_content(r, 206, res);
	http_response_field(res, "Content-Type",
	    "multipart/byteranges; boundary=%s", m->boundary);
	snprintf(m->type, sizeof(m->type), "%s", r->type);
	m->size = r->file->size;
	m->n = n;
	memcpy(m->ranges, ranges, n * sizeof(*ranges));
	res->content = HTTP_CONTENT_PARTS;
	res->length = http_multipart_length(m);
}

/*
 * What the Range field asks for: a number of ranges, 0 for the whole, -1 for
 * none that there is. A repeated field is no list of ranges: it is ignored,
 * as is any with a method other than GET (14.2).
 */
static int
ranges_of(const struct representation *r, const struct http_request *req,
    const struct trace *t, struct http_range *ranges)
{
	const struct http_field *field =
	    http_fields_first(&req->fields, HTTP_FIELD_RANGE);
	struct http_validators v;
	int n;

	if (field == NULL || r->file == NULL)
		return 0;
	if (req->method != HTTP_GET ||
	    http_fields_next(&req->fields, field) != NULL) {
		trace(t, "range", "ignored: not a GET, or repeated");
		return 0;
	}
	v = validators_of(r->file);
	if (!http_cond_range(&req->fields, &v, time(NULL))) {
		trace(t, "range", "ignored: If-Range does not hold");
		return 0;
	}
	n = http_range_parse(field->value, r->file->size, ranges);
	trace(t, "range", n == 0 ? "ignored: malformed, or not worth it" :
	    n < 0 ? "none within %lld bytes" : "within %lld bytes",
	    (long long)r->file->size);
	return n;
}

static void
answer_content(const struct representation *r, const struct http_request *req,
    const struct trace *t, struct http_response *res)
{
	struct http_range ranges[HTTP_RANGE_MAX];
	int n = ranges_of(r, req, t, ranges);

	if (n == 0)
		answer_whole(r, res);
	else if (n == 1)
		answer_range(r, &ranges[0], res);
	else if (n > 1)
		answer_parts(r, res, ranges, (unsigned)n);
	else
		answer_unsatisfiable(r, res);
}

static bool
has(const struct http_request *req, enum http_field_id id)
{
	return http_fields_first(&req->fields, id) != NULL;
}

enum http_cond
represent_judge(const struct file *f, const struct http_request *req)
{
	struct http_validators v;

	if (!has(req, HTTP_FIELD_IF_NONE_MATCH) &&
	    !has(req, HTTP_FIELD_IF_MODIFIED_SINCE) &&
	    !has(req, HTTP_FIELD_IF_MATCH) &&
	    !has(req, HTTP_FIELD_IF_UNMODIFIED_SINCE))
		return HTTP_COND_PASS;
	v = validators_of(f);
	return http_cond_judge(&req->fields, &v, time(NULL));
}

void
represent(const struct representation *r, enum http_cond cond,
    const struct http_request *req, const struct trace *t,
    struct http_response *res)
{
	switch (cond) {
	case HTTP_COND_PASS:
		answer_content(r, req, t, res);
		break;
	case HTTP_COND_NOT_MODIFIED:
		trace(t, "condition", "what the client has is still right");
		answer_not_modified(r, res);
		break;
	case HTTP_COND_FAILED:
		trace(t, "condition", "If-Match or If-Unmodified-Since does "
		    "not hold");
		answer_failed(r, res);
		break;
	}
	if (res->content != HTTP_CONTENT_FILE &&
	    res->content != HTTP_CONTENT_PARTS)
		file_unref(r->file);
}
