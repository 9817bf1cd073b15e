#include "http/http_request.h"

#include "http/http_byte.h"
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
static const struct http_fault length_and_coding = {
	400, "The request has both Content-Length and Transfer-Encoding.",
	"Send one of them.", "RFC 9112, section 6.3"
};
static const struct http_fault repeated_length = {
	400, "The request has more than one Content-Length field.",
	"Send one.", "RFC 9112, section 6.3"
};
static const struct http_fault listed_length = {
	400, "The Content-Length field has more than one value.",
	"Send one number.", "RFC 9112, section 6.3"
};
static const struct http_fault empty_length = {
	400, "The Content-Length field is empty.",
	"Send a number, or leave the field out.", "RFC 9110, section 8.6"
};
static const struct http_fault bad_length = {
	400, "The Content-Length field is not a decimal number.",
	"Send digits only, without a sign.", "RFC 9110, section 8.6"
};
static const struct http_fault large_length = {
	400, "The number in the Content-Length field is too large.",
	"Send less.", "RFC 9110, section 8.6"
};
static const struct http_fault coding_in_1_0 = {
	400, "An HTTP/1.0 request cannot have a Transfer-Encoding field.",
	"Use HTTP/1.1, or send a Content-Length.", "RFC 9112, section 6.1"
};
static const struct http_fault repeated_coding = {
	400, "The request has more than one Transfer-Encoding field.",
	"Send \"Transfer-Encoding: chunked\" once.", "RFC 9112, section 6.1"
};
static const struct http_fault empty_coding = {
	400, "The Transfer-Encoding field is empty, or a part of its list is.",
	"Send \"Transfer-Encoding: chunked\".", "RFC 9112, section 6.1"
};
static const struct http_fault bad_coding = {
	400, "The Transfer-Encoding field is malformed.",
	"Send \"Transfer-Encoding: chunked\".", "RFC 9112, section 6.1"
};
static const struct http_fault twice_chunked = {
	400, "The Transfer-Encoding field names chunked more than once.",
	"Send \"Transfer-Encoding: chunked\".", "RFC 9112, section 6.1"
};
static const struct http_fault not_chunked = {
	400, "The last transfer coding is not chunked: the end is unknown.",
	"Send \"Transfer-Encoding: chunked\".", "RFC 9112, section 6.3"
};
static const struct http_fault unknown_coding = {
	501, "A transfer coding beside chunked is not known here.",
	"Send \"Transfer-Encoding: chunked\".", "RFC 9112, section 6.1"
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

/* Content-Length = 1*DIGIT, RFC 9110 8.6: no list, not even of equals. */
static const struct http_fault *
judge_length(struct slice s, int64_t *out)
{
	int64_t n = 0;

	if (s.len == 0)
		return &empty_length;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == ',')
			return &listed_length;
		if (!http_byte_is_digit(s.p[i]))
			return &bad_length;
	}
	for (size_t i = 0; i < s.len; i++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, s.p[i] - '0', &n))
			return &large_length;
	*out = n;
	return NULL;
}

/*
 * Cut the next element off *rest at a comma. Unlike http_list_next() it
 * knows no quotes and shows empty elements: where framing and persistence
 * are at stake, nothing may hide in a quoted-string that another
 * implementation does not see. *rest is without a pointer after the last.
 */
static bool
next_token(struct slice *rest, struct slice *element)
{
	const char *comma;
	size_t n;

	if (rest->p == NULL)
		return false;
	comma = memchr(rest->p, ',', rest->len);
	n = comma == NULL ? rest->len : (size_t)(comma - rest->p);
	*element = slice_trim((struct slice){ rest->p, n });
	if (comma == NULL)
		*rest = (struct slice){ NULL, 0 };
	else
		*rest = (struct slice){ comma + 1, rest->len - n - 1 };
	return true;
}

/* transfer-coding is a token and, perhaps, parameters behind a ";". */
static bool
is_coding(struct slice s)
{
	const char *semicolon = memchr(s.p, ';', s.len);

	if (semicolon != NULL)
		s.len = (size_t)(semicolon - s.p);
	return http_is_token(slice_trim(s));
}

/* What is wrong with a Transfer-Encoding that is not just "chunked"? */
static const struct http_fault *
coding_fault(struct slice value)
{
	struct slice coding;
	bool is_chunked = false;
	size_t chunked = 0;

	while (next_token(&value, &coding)) {
		if (coding.len == 0)
			return &empty_coding;
		if (!is_coding(coding))
			return &bad_coding;
		is_chunked = slice_eq_nocase(coding, SLICE("chunked"));
		chunked += is_chunked;
	}
	if (!is_chunked)
		return &not_chunked;
	return chunked > 1 ? &twice_chunked : &unknown_coding;
}

/* How the content ends, RFC 9112 6.1 and 6.3; nothing dubious passes. */
static const struct http_fault *
judge_framing(struct http_request *req)
{
	const struct http_field *coding, *length;

	coding = http_fields_first(&req->fields, HTTP_FIELD_TRANSFER_ENCODING);
	length = http_fields_first(&req->fields, HTTP_FIELD_CONTENT_LENGTH);
	if (coding == NULL && length == NULL)
		return NULL;
	if (coding != NULL && length != NULL)
		return &length_and_coding;
	if (req->bare_lf)
		return &bare_lf_body;
	if (length != NULL) {
		if (length->next != 0)
			return &repeated_length;
		req->framing = HTTP_FRAMING_LENGTH;
		return judge_length(length->value, &req->content_length);
	}
	if (req->minor == 0)
		return &coding_in_1_0;
	if (coding->next != 0)
		return &repeated_coding;
	req->framing = HTTP_FRAMING_CHUNKED;
	return slice_eq_nocase(coding->value, SLICE("chunked")) ? NULL :
	    coding_fault(coding->value);
}

/*
 * Does the client want the connection to persist, RFC 9112 9.3? Never after
 * a bare LF: others might see another end of this request than we do.
 */
static bool
wants_keep_alive(const struct http_request *req)
{
	const struct http_field *f;
	struct slice rest, option;
	bool keep = req->minor > 0;

	f = http_fields_first(&req->fields, HTTP_FIELD_CONNECTION);
	for (; f != NULL; f = http_fields_next(&req->fields, f)) {
		/* What browsers send needs no reading as a list. */
		if (slice_eq_nocase(f->value, SLICE("keep-alive"))) {
			keep = true;
			continue;
		}
		for (rest = f->value; next_token(&rest, &option); ) {
			if (slice_eq_nocase(option, SLICE("close")))
				return false;
			if (slice_eq_nocase(option, SLICE("keep-alive")))
				keep = true;
		}
	}
	return keep && !req->bare_lf;
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

/* The fields have been parsed: what do those say that matter here? */
static const struct http_fault *
judge_fields(struct http_request *req)
{
	const struct http_fault *fault;

	if ((fault = judge_host(req)) != NULL ||
	    (fault = judge_framing(req)) != NULL)
		return fault;
	req->keep_alive = wants_keep_alive(req);
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
