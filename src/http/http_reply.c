#include "http/http_reply.h"

#include "http/http_byte.h"

#define SOURCE	"RFC 9112, section 4"
#define FORM	"Write \"HTTP/1.1 200 OK\"."
#define MAJOR(digit) { \
	0, "The response is of HTTP/" digit ": only HTTP/1.1 and HTTP/1.0 " \
	"are spoken here.", FORM, "RFC 9110, section 2.5" \
}

static const struct http_fault not_http = {
	0, "The response does not begin with \"HTTP/\".", FORM, SOURCE
};
static const struct http_fault other_major[] = {
	MAJOR("0"), MAJOR("1"), MAJOR("2"), MAJOR("3"), MAJOR("4"),
	MAJOR("5"), MAJOR("6"), MAJOR("7"), MAJOR("8"), MAJOR("9")
};
static const struct http_fault bad_version = {
	0, "The version of HTTP in the response is malformed.", FORM,
	"RFC 9112, section 2.3"
};
static const struct http_fault no_space = {
	0, "No single space stands behind the version in the response.", FORM,
	SOURCE
};
static const struct http_fault bad_status = {
	0, "The status code of the response is no number from 100 to 999.",
	FORM, SOURCE
};
static const struct http_fault no_second_space = {
	0, "No space stands behind the status code of the response.", FORM,
	SOURCE
};
static const struct http_fault bad_reason = {
	0, "The reason in the status line of the response has a control byte.",
	FORM, SOURCE
};
static const struct http_fault too_long = {
	0, "The head of the response is longer than what is read here.",
	"Send fewer or shorter fields.", "RFC 9110, section 5.4"
};

/* How a status line begins: a 9 stands for any digit. */
static const char begin[] = "HTTP/9.9 999";

enum {
	MAJOR_AT = 5, MINOR_AT = 7, SPACE_AT = 8, STATUS_AT = 9,
	BEGIN_LEN = sizeof(begin) - 1
};

static const struct http_fault *
begin_fault_at(size_t i)
{
	if (i < MAJOR_AT)
		return &not_http;
	if (i < SPACE_AT)
		return &bad_version;
	return i == SPACE_AT ? &no_space : &bad_status;
}

/*
 * What is wrong with the beginning of a status line, of which maybe not all
 * is here? The first byte that cannot be tells, so that it is the same
 * wherever the bytes are cut.
 */
static const struct http_fault *
begin_fault(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && i < BEGIN_LEN; i++) {
		if (begin[i] == '9' ? !http_byte_is_digit(bytes[i]) :
		    bytes[i] != begin[i])
			return begin_fault_at(i);
		if (i == MAJOR_AT && bytes[i] != '1')
			return &other_major[bytes[i] - '0'];
		if (i == STATUS_AT && bytes[i] == '0')
			return &bad_status;
	}
	if (len > BEGIN_LEN && bytes[BEGIN_LEN] != ' ' &&
	    bytes[BEGIN_LEN] != '\r' && bytes[BEGIN_LEN] != '\n')
		return http_byte_is_digit(bytes[BEGIN_LEN]) ? &bad_status :
		    &no_second_space;
	return NULL;
}

/*
 * Find the empty line: a line feed and then LF or CR LF. Returns the length of
 * the head, or 0. A line feed whose sequel is not here yet is looked at again.
 */
static size_t
find_end(size_t *scanned, const char *bytes, size_t len)
{
	const char *p = bytes + *scanned, *stop = bytes + len, *lf;

	while ((lf = memchr(p, '\n', (size_t)(stop - p))) != NULL) {
		p = lf + 1;
		if (p < stop && *p == '\r')
			p++;
		if (p == stop)
			break;
		if (*p == '\n')
			return (size_t)(p + 1 - bytes);
	}
	*scanned = (size_t)((lf != NULL ? lf : stop) - bytes);
	return 0;
}

/* The first line, which begins well and ends; *len is set to its length. */
static const struct http_fault *
read_status_line(const char *bytes, size_t max, struct http_reply *out,
    bool *bare_lf, size_t *len)
{
	const char *p = bytes + BEGIN_LEN;
	const char *lf = memchr(p, '\n', max - BEGIN_LEN);
	const char *end = lf[-1] == '\r' ? lf - 1 : lf;

	*bare_lf = end == lf;
	*len = (size_t)(lf + 1 - bytes);
	out->minor = bytes[MINOR_AT] > '0';
	out->status = (bytes[STATUS_AT] - '0') * 100 +
	    (bytes[STATUS_AT + 1] - '0') * 10 + bytes[STATUS_AT + 2] - '0';
	if (p < end && *p == ' ')
		p++;
	out->reason = (struct slice){ p, (size_t)(end - p) };
	for (; p < end; p++)
		if (!http_byte_is(*p, HTTP_BYTE_VALUE))
			return &bad_reason;
	return NULL;
}

/*
 * Make the lines that begin with a blank part of the one before them. The
 * first one has none to be part of and stays what it is: wrong.
 */
static void
unfold(char *fields, size_t len, bool *bare_lf)
{
	char *end = fields + len, *lf = fields;

	if (http_byte_is_blank(*fields))
		return;
	while ((lf = memchr(lf, '\n', (size_t)(end - lf))) != NULL &&
	    ++lf < end) {
		if (!http_byte_is_blank(*lf))
			continue;
		lf[-1] = ' ';
		if (lf[-2] == '\r')
			lf[-2] = ' ';
		else
			*bare_lf = true;
	}
}

/* RFC 9112, 6.3, the first two rules. */
static bool
has_no_content(enum http_method method, int status)
{
	return method == HTTP_HEAD || status < 200 || status == 204 ||
	    status == 304 || (method == HTTP_CONNECT && status < 300);
}

static const struct http_fault *
judge_framing(enum http_method method, struct http_reply *out)
{
	const struct http_fault *fault;

	out->framing = HTTP_FRAMING_CLOSE;
	out->content_length = 0;
	fault = http_framing_judge(&out->fields, out->minor, &out->framing,
	    &out->content_length);
	if (has_no_content(method, out->status)) {
		out->framing = HTTP_FRAMING_NONE;
		out->content_length = 0;
	}
	return fault;
}

/* The head is whole. */
static const struct http_fault *
read_head(char *bytes, size_t len, enum http_method method,
    struct http_reply *out)
{
	const struct http_fault *fault;
	size_t line, used;
	bool bare_lf;

	fault = read_status_line(bytes, len, out, &bare_lf, &line);
	if (fault != NULL)
		return fault;
	unfold(bytes + line, len - line, &bare_lf);
	fault = http_fields_parse(bytes + line, len - line, &used,
	    &out->fields, &bare_lf);
	if (fault == NULL)
		fault = judge_framing(method, out);
	if (fault != NULL)
		return fault;
	out->keep_alive = !bare_lf && out->framing != HTTP_FRAMING_CLOSE &&
	    http_framing_keep_alive(&out->fields, out->minor);
	return NULL;
}

ssize_t
http_reply_parse(size_t *scanned, char *bytes, size_t len,
    enum http_method method, size_t max, struct http_reply *out)
{
	size_t here = len < max ? len : max, end;

	out->fault = NULL;
	if (len == 0)
		return 0;
	out->fault = begin_fault(bytes, here);
	if (out->fault != NULL)
		return -1;
	end = find_end(scanned, bytes, here);
	if (end > 0)
		out->fault = read_head(bytes, end, method, out);
	else if (here == max)
		out->fault = &too_long;
	return out->fault != NULL ? -1 : (ssize_t)end;
}

const struct http_field *
http_reply_field(const struct http_reply *r, struct slice name, bool alone)
{
	const struct http_field *found = NULL;

	for (size_t i = 0; i < r->fields.n; i++) {
		if (!slice_eq_nocase(r->fields.v[i].name, name))
			continue;
		if (found != NULL)
			return NULL;
		found = &r->fields.v[i];
		if (!alone)
			break;
	}
	return found;
}
