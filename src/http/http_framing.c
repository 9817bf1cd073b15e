#include "http/http_framing.h"

#include "http/http_byte.h"

static const struct http_fault length_and_coding = {
	400, "There are both Content-Length and Transfer-Encoding.",
	"Send one of them.", "RFC 9112, section 6.3"
};
static const struct http_fault repeated_length = {
	400, "There is more than one Content-Length field.",
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
	400, "Transfer-Encoding is not for a message of HTTP/1.0.",
	"Use HTTP/1.1, or send a Content-Length.", "RFC 9112, section 6.1"
};
static const struct http_fault repeated_coding = {
	400, "There is more than one Transfer-Encoding field.",
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

const struct http_fault *
http_framing_judge(const struct http_fields *fields, int minor,
    enum http_framing *framing, int64_t *length)
{
	const struct http_field *coding, *number;

	coding = http_fields_first(fields, HTTP_FIELD_TRANSFER_ENCODING);
	number = http_fields_first(fields, HTTP_FIELD_CONTENT_LENGTH);
	if (coding == NULL && number == NULL)
		return NULL;
	if (coding != NULL && number != NULL)
		return &length_and_coding;
	if (number != NULL) {
		if (number->next != 0)
			return &repeated_length;
		*framing = HTTP_FRAMING_LENGTH;
		return judge_length(number->value, length);
	}
	if (minor == 0)
		return &coding_in_1_0;
	if (coding->next != 0)
		return &repeated_coding;
	*framing = HTTP_FRAMING_CHUNKED;
	return slice_eq_nocase(coding->value, SLICE("chunked")) ? NULL :
	    coding_fault(coding->value);
}

bool
http_framing_connection(const struct http_fields *fields, bool keep)
{
	const struct http_field *f;
	struct slice rest, option;

	f = http_fields_first(fields, HTTP_FIELD_CONNECTION);
	for (; f != NULL; f = http_fields_next(fields, f)) {
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
	return keep;
}
