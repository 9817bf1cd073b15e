#include "http/http_line.h"

#include "http/http_byte.h"

#define FORM	"Write \"GET / HTTP/1.1\": method, target and version, " \
		"one space between them."

static const struct http_fault nul_byte = {
	400, "The request line has a NUL byte.", FORM, "RFC 9112, section 3"
};
static const struct http_fault bare_cr = {
	400, "The request line has a carriage return before its end.",
	"End the line with CR LF, and use CR nowhere else.",
	"RFC 9112, section 2.2"
};
static const struct http_fault tab = {
	400, "The request line has a tab.", FORM, "RFC 9112, section 3"
};
static const struct http_fault control = {
	400, "The request line has a control byte.", FORM,
	"RFC 9112, section 3"
};
static const struct http_fault leading_space = {
	400, "The request line begins with a space.", FORM,
	"RFC 9112, section 3"
};
static const struct http_fault trailing_space = {
	400, "The request line ends with a space.",
	"End it right behind the version.", "RFC 9112, section 3"
};
static const struct http_fault more_spaces = {
	400, "The request line has more than one space in a row.", FORM,
	"RFC 9112, section 3"
};
static const struct http_fault bad_method = {
	400, "The method has a byte that is not allowed in a method.",
	"Use a method such as GET; methods are tokens.",
	"RFC 9110, section 9.1"
};
static const struct http_fault one_word = {
	400, "The request line is one word.", FORM, "RFC 9112, section 3"
};
static const struct http_fault no_version = {
	400, "The request line has no version: HTTP/0.9 is not spoken here.",
	"End the line with a space and \"HTTP/1.1\".",
	"RFC 9112, section 3"
};
static const struct http_fault target_space = {
	400, "The request line has more than three words.",
	"Write \"%20\" for a space in the target.", "RFC 9112, section 3"
};
static const struct http_fault not_a_version = {
	400, "The request line does not end in an HTTP version.",
	"End the line with \"HTTP/1.1\".", "RFC 9112, section 2.3"
};
static const struct http_fault version_case = {
	400, "The version is not in capital letters.",
	"Write \"HTTP/1.1\".", "RFC 9112, section 2.3"
};
static const struct http_fault version_digits = {
	400, "The version has numbers of more than one digit.",
	"Write \"HTTP/1.1\".", "RFC 9112, section 2.3"
};
static const struct http_fault version_form = {
	400, "The version is malformed.",
	"Write \"HTTP/1.1\".", "RFC 9112, section 2.3"
};
static const struct http_fault other_major = {
	505, "This version of HTTP is not spoken here.",
	"Use HTTP/1.1.", "RFC 9110, section 15.6.6"
};
static const struct http_fault preface = {
	505, "This is the beginning of an HTTP/2 connection.",
	"Use HTTP/1.1.", "RFC 9113, section 3.4"
};

static const struct http_fault *
control_fault(struct slice line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.p[i];

		if (c >= 0x20 && c != 0x7f)
			continue;
		if (c == '\0')
			return &nul_byte;
		if (c == '\r')
			return &bare_cr;
		return c == '\t' ? &tab : &control;
	}
	return NULL;
}

/*
 * What is wrong with the words of this line? NULL if it has three, single
 * spaces between them and a token first.
 */
static const struct http_fault *
shape_fault(struct slice line)
{
	const struct http_fault *fault = control_fault(line);
	struct slice word = line;
	size_t spaces = 0;

	if (fault != NULL)
		return fault;
	if (line.len > 0 && line.p[0] == ' ')
		return &leading_space;
	for (size_t i = 0; i < line.len; i++) {
		if (line.p[i] != ' ')
			continue;
		if (i + 1 < line.len && line.p[i + 1] == ' ')
			return &more_spaces;
		if (spaces++ == 0)
			word.len = i;
	}
	if (!http_is_token(word))
		return &bad_method;
	if (line.p[line.len - 1] == ' ')
		return &trailing_space;
	if (spaces < 2)
		return spaces == 0 ? &one_word : &no_version;
	return spaces == 2 ? NULL : &target_space;
}

/* Is this 1*DIGIT "." 1*DIGIT? */
static bool
is_number_pair(struct slice s)
{
	size_t dots = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '.' && i > 0 && i + 1 < s.len)
			dots++;
		else if (!http_byte_is_digit(s.p[i]))
			return false;
	}
	return dots == 1;
}

/* What is wrong with a version that is not HTTP/1.x? */
static const struct http_fault *
version_fault(const struct http_line *line, struct slice version)
{
	struct slice number;

	if (version.len < 5 || !slice_eq_nocase(
	    (struct slice){ version.p, 5 }, SLICE("HTTP/")))
		return &not_a_version;
	if (memcmp(version.p, "HTTP/", 5) != 0)
		return &version_case;
	number = (struct slice){ version.p + 5, version.len - 5 };
	if (!is_number_pair(number))
		return &version_form;
	if (number.len != 3)
		return &version_digits;
	if (slice_eq(line->method_name, SLICE("PRI")) &&
	    slice_eq(line->target, SLICE("*")))
		return &preface;
	return &other_major;
}

/* The method in front of a space; returns its length, 0 if there is none. */
static size_t
take_method(struct slice line, enum http_method *out)
{
	size_t n;

	if (line.len >= 4 && memcmp(line.p, "GET ", 4) == 0) {
		*out = HTTP_GET;
		return 3;
	}
	n = http_token_length(line);
	if (n == line.len || line.p[n] != ' ')
		return 0;
	*out = http_method_of((struct slice){ line.p, n });
	return n;
}

const struct http_fault *
http_line_parse(struct slice line, struct http_line *out)
{
	const char *p, *end = line.p + line.len, *space;
	const struct http_fault *fault;
	size_t n;

	*out = (struct http_line){ .method = HTTP_METHOD_UNKNOWN };
	n = take_method(line, &out->method);
	if (n == 0)
		return shape_fault(line);
	out->method_name = (struct slice){ line.p, n };

	p = line.p + n + 1;
	space = memchr(p, ' ', (size_t)(end - p));
	if (space == NULL || space == p)
		return shape_fault(line);
	out->target = (struct slice){ p, (size_t)(space - p) };

	p = space + 1;
	if (end - p == 8 && memcmp(p, "HTTP/1.", 7) == 0 &&
	    http_byte_is_digit(p[7])) {
		out->minor = p[7] > '0';
		return NULL;
	}
	if ((fault = shape_fault(line)) != NULL)
		return fault;
	return version_fault(out, (struct slice){ p, (size_t)(end - p) });
}
