#include "http/http_request.h"

#include "http/http_line.h"

#define EMPTY_LINES_MAX	16	/* bytes of empty lines before a request */

static const struct http_fault empty_lines = {
	400, "Too many empty lines stand before the request line.",
	"Begin with the request line.", "RFC 9112, section 2.2"
};
static const struct http_fault bare_cr = {
	400, "A carriage return stands alone before the request line.",
	"Begin with the request line.", "RFC 9112, section 2.2"
};
static const struct http_fault long_line = {
	414, "The request line is longer than this server reads.",
	"Use a shorter target.", "RFC 9112, section 3"
};
static const struct http_fault long_fields = {
	431, "The fields are longer, all together, than this server reads.",
	"Send fewer or shorter fields; cookies are often the longest.",
	"RFC 6585, section 5"
};
static const struct http_fault bare_lf_body = {
	400, "A request with content has a line that ends in LF alone.",
	"End each line with CR LF.", "RFC 9112, section 2.2"
};
static const struct http_fault no_host = {
	400, "An HTTP/1.1 request needs a Host field.",
	"Send one, such as \"Host: example.org\".", "RFC 9112, section 3.2"
};
static const struct http_fault repeated_host = {
	400, "The request has more than one Host field.",
	"Send one.", "RFC 9112, section 3.2"
};
static const struct http_fault empty_host = {
	400, "The Host field has no host.",
	"Name the host, such as \"Host: example.org\".",
	"RFC 9110, section 4.2.1"
};
static const struct http_fault host_userinfo = {
	400, "The Host field has a user name or password.",
	"Leave out everything up to the \"@\".", "RFC 9110, section 7.2"
};
static const struct http_fault bad_host = {
	400, "The Host field is not a host with an optional port.",
	"Send a name or an address and, if need be, a port up to 65535, "
	"such as \"Host: [::1]:8080\".", "RFC 9112, section 3.2"
};
/*
 * Move head->line past empty lines. It stays put before a lone CR at the end
 * of the bytes, the first half of another one perhaps.
 */
static const struct http_fault *
skip_empty_lines(struct http_head *head, const char *bytes, size_t len)
{
	while (head->line < len) {
		const char *p = bytes + head->line;
		uint32_t n = *p == '\r' ? 2 : 1;

		if (*p != '\r' && *p != '\n')
			return NULL;
		if (head->line + n > EMPTY_LINES_MAX)
			return &empty_lines;
		if (head->line + n > len)
			return NULL;
		if (p[n - 1] != '\n')
			return &bare_cr;
		head->line += n;
	}
	return NULL;
}

/*
 * Is this beginning of a text too long, whatever follows? Up to limit bytes
 * and a line end are not; a CR at the end may be the first half of that.
 */
static bool
is_too_long(const char *bytes, size_t len, size_t limit)
{
	return len > limit &&
	    !(len == limit + 1 && bytes[len - 1] == '\r');
}

/* limit bytes and a line end are searched, and no byte behind them. */
static size_t
window(size_t len, size_t limit)
{
	return len > limit && len - limit > 2 ? limit + 2 : len;
}

/* Find the end of the request line: then head->fields is set. */
static const struct http_fault *
find_line(struct http_head *head, const char *bytes, size_t len, size_t limit)
{
	const struct http_fault *fault = skip_empty_lines(head, bytes, len);
	const char *line = bytes + head->line, *lf;
	size_t from, n;

	if (fault != NULL)
		return fault;
	if (head->scanned < head->line)
		head->scanned = head->line;
	from = head->scanned - head->line;
	n = window(len - head->line, limit);
	/* The limit may have been a larger one before. */
	if (from > n)
		from = n;
	lf = memchr(line + from, '\n', n - from);
	head->scanned = (uint32_t)(head->line + n);
	if (lf == NULL)
		return is_too_long(line, len - head->line, limit) ?
		    &long_line : NULL;
	/* Not the first byte: this line is not empty. */
	n = (size_t)(lf - line) - (lf[-1] == '\r');
	if (n > limit)
		return &long_line;
	head->fields = (uint32_t)(lf - bytes) + 1;
	head->scanned = head->fields - 1;
	return NULL;
}

/*
 * Find the empty line: a line feed and then LF or CR LF, the request line's
 * own included. Sets *end to the length of the head, or leaves it 0. A line
 * feed whose sequel is not here yet is looked at again.
 */
static const struct http_fault *
find_end(struct http_head *head, const char *bytes, size_t len, size_t limit,
    size_t *end)
{
	const char *fields = bytes + head->fields;
	const char *stop = fields + window(len - head->fields, limit);
	const char *p = bytes + head->scanned, *lf;

	/* The limit may have been a larger one before. */
	if (p > stop)
		p = stop;
	while ((lf = memchr(p, '\n', (size_t)(stop - p))) != NULL) {
		p = lf + 1;
		if (p < stop && *p == '\r')
			p++;
		if (p == stop)
			break;
		if (*p != '\n')
			continue;
		if ((size_t)(lf + 1 - fields) > limit)
			return &long_fields;
		*end = (size_t)(p + 1 - bytes);
		return NULL;
	}
	head->scanned = (uint32_t)((lf != NULL ? lf : stop) - bytes);
	return is_too_long(fields, len - head->fields, limit) ?
	    &long_fields : NULL;
}

/* Judge the request line, which ends before end; fills that part of out. */
static const struct http_fault *
judge_line(struct slice line, struct http_request *out)
{
	const struct http_fault *fault;
	struct http_line parts;

	fault = http_line_parse(line, &parts);
	out->method = parts.method;
	out->method_name = parts.method_name;
	out->minor = parts.minor;
	if (fault == NULL)
		fault = http_target_parse(out->method, parts.target,
		    &out->target);
	return fault;
}

/* The request line without its end. */
static struct slice
line_of(const struct http_head *head, const char *bytes, bool *bare_lf)
{
	const char *p = bytes + head->line;
	const char *lf = bytes + head->fields - 1;

	if (lf[-1] == '\r')
		lf--;
	else
		*bare_lf = true;
	return (struct slice){ p, (size_t)(lf - p) };
}

/* Did one of the empty lines before the request line end in LF alone? */
static bool
has_bare_lf(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
			return true;
	return false;
}

/* Host, RFC 9112 3.2; the authority of an absolute-form goes before it. */
static const struct http_fault *
judge_host(struct http_request *req)
{
	const struct http_field *f;
	struct slice value;

	f = http_fields_first(&req->fields, HTTP_FIELD_HOST);
	if (f == NULL && req->minor > 0)
		return &no_host;
	if (f != NULL) {
		value = f->value;
		if (f->next != 0)
			return &repeated_host;
		if (value.len == 0 || value.p[0] == ':')
			return &empty_host;
		if (!http_authority_parse(value, &req->host))
			return memchr(value.p, '@', value.len) != NULL ?
			    &host_userinfo : &bad_host;
	}
	if (req->target.form == HTTP_TARGET_ABSOLUTE)
		req->host = req->target.authority;
	return NULL;
}

/* Expect, RFC 9110 10.1.1; a server ignores it in HTTP/1.0. */
static void
read_expectations(struct http_request *req)
{
	const struct http_field *f;
	struct slice rest, element;

	if (req->minor == 0)
		return;
	f = http_fields_first(&req->fields, HTTP_FIELD_EXPECT);
	for (; f != NULL; f = http_fields_next(&req->fields, f)) {
		for (rest = f->value; http_list_next(&rest, &element); ) {
			if (slice_eq_nocase(element, SLICE("100-continue")))
				req->expects_continue = true;
			else
				req->has_expectation = true;
		}
	}
}

/* After a bare LF others might see another end of the content than we do. */
static const struct http_fault *
judge_framing(struct http_request *req)
{
	if (!http_framing_is_said(&req->fields))
		return NULL;
	if (req->bare_lf)
		return &bare_lf_body;
	return http_framing_judge(&req->fields, req->minor, &req->framing,
	    &req->content_length);
}

/* The fields have been parsed: what do those say that matter here? */
static const struct http_fault *
judge_fields(struct http_request *req)
{
	const struct http_fault *fault;

	if ((fault = judge_host(req)) != NULL ||
	    (fault = judge_framing(req)) != NULL)
		return fault;
	req->keep_alive = !req->bare_lf &&
	    http_framing_keep_alive(&req->fields, req->minor);
	read_expectations(req);
	return NULL;
}

/* What is neither the caller's nor set in any case by what is called. */
static void
clear(struct http_request *req)
{
	req->method = HTTP_METHOD_UNKNOWN;
	req->method_name = (struct slice){ NULL, 0 };
	req->host = (struct http_authority){ .host = { NULL, 0 } };
	req->keep_alive = false;
	req->bare_lf = false;
	req->expects_continue = false;
	req->has_expectation = false;
	req->framing = HTTP_FRAMING_NONE;
	req->content_length = 0;
}

/* Judge the request line, which is whole. */
static const struct http_fault *
read_line(const struct http_head *head, const char *bytes,
    struct http_request *out)
{
	clear(out);
	if (head->line > 0)
		out->bare_lf = has_bare_lf(bytes, head->line);
	return judge_line(line_of(head, bytes, &out->bare_lf), out);
}

/*
 * The usual request line, taken without a search for its end: GET, a target
 * with a plain path, HTTP/1.1 and CR LF. Anything else, and what is too long,
 * is left for find_line() and judge_line(), which say the same of such a line.
 */
static bool
take_usual_line(struct http_head *head, const char *bytes, size_t len,
    size_t limit, struct http_request *out)
{
	static const char method[] = "GET ", version[] = " HTTP/1.1\r\n";
	const size_t before = sizeof(method) - 1, behind = sizeof(version) - 1;
	const char *target = bytes + before;
	size_t n;

	len = window(len, limit);
	if (len <= before || memcmp(bytes, method, before) != 0)
		return false;
	n = http_target_take_plain(target, len - before, &out->target);
	if (n == 0 || len - before - n < behind ||
	    memcmp(target + n, version, behind) != 0 ||
	    before + n + behind - 2 > limit)
		return false;
	head->fields = (uint32_t)(before + n + behind);
	head->scanned = head->fields - 1;
	clear(out);
	out->method = HTTP_GET;
	out->method_name = (struct slice){ bytes, before - 1 };
	out->minor = 1;
	return true;
}

/*
 * Read the fields without a search for their end first: most heads are here
 * at once, and right. If so, sets *end to the length of the head. If not, the
 * lines before the one that is cut or wrong are not searched any more.
 */
static void
try_fields(struct http_head *head, const char *bytes, size_t len,
    size_t limit, struct http_request *out, size_t *end)
{
	size_t used, whole, lines;

	if (http_fields_parse(bytes + head->fields,
	    window(len - head->fields, limit), &used, &out->fields,
	    &out->bare_lf) != NULL) {
		head->scanned = head->fields + (uint32_t)used - 1;
		return;
	}
	whole = head->fields + used;
	/* The end of the empty line, CR LF or LF, counts to no limit. */
	lines = used - (bytes[whole - 2] == '\r' ? 2 : 1);
	if (lines <= limit)
		*end = whole;
}

/*
 * The request line is fine, but the fields were not all here, or wrong. The
 * line is judged again: slices of a buffer that may move cannot be kept.
 */
static const struct http_fault *
resume(struct http_head *head, const char *bytes, size_t len, size_t limit,
    struct http_request *out, size_t *end)
{
	const struct http_fault *fault, *too_long;
	size_t used;

	too_long = find_end(head, bytes, len, limit, end);
	if (too_long == NULL && *end == 0)
		return NULL;
	/* Not before: a head that drips in comes here often. */
	if ((fault = read_line(head, bytes, out)) != NULL)
		return fault;
	if (too_long != NULL)
		return too_long;
	fault = http_fields_parse(bytes + head->fields, *end - head->fields,
	    &used, &out->fields, &out->bare_lf);
	return fault != NULL ? fault : judge_fields(out);
}

/*
 * Find and judge the request line: then head->fields is set, or there is a
 * fault, or its end has not come.
 */
static const struct http_fault *
take_line(struct http_head *head, const char *bytes, size_t len,
    size_t limit, struct http_request *out)
{
	const struct http_fault *fault;

	fault = find_line(head, bytes, len, limit);
	if (fault == NULL)
		return head->fields > 0 ? read_line(head, bytes, out) : NULL;
	clear(out);
	if (fault == &long_line)
		/* For the method alone, if it is there. */
		(void)judge_line((struct slice){ bytes + head->line, limit },
		    out);
	return fault;
}

/* As resume(), before the request line was seen to be whole. */
static const struct http_fault *
begin(struct http_head *head, const char *bytes, size_t len,
    const struct http_head_limits *limits, struct http_request *out,
    size_t *end)
{
	const struct http_fault *fault;

	if (head->scanned > 0 || !take_usual_line(head, bytes, len,
	    limits->request_line, out)) {
		fault = take_line(head, bytes, len, limits->request_line, out);
		if (fault != NULL || head->fields == 0)
			return fault;
	}
	try_fields(head, bytes, len, limits->header_bytes, out, end);
	if (*end > 0)
		return judge_fields(out);
	return resume(head, bytes, len, limits->header_bytes, out, end);
}

ssize_t
http_request_parse(struct http_head *head, const char *bytes, size_t len,
    const struct http_head_limits *limits, struct http_request *out)
{
	size_t end = 0;

	out->fault = NULL;
	if (len == 0)
		return 0;
	out->fault = head->fields == 0 ?
	    begin(head, bytes, len, limits, out, &end) :
	    resume(head, bytes, len, limits->header_bytes, out, &end);
	return out->fault != NULL ? -1 : (ssize_t)end;
}
