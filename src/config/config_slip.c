#include "config/config_slip.h"

#include <stdint.h>

/* What libyaml says, and what we say instead. */
static const struct {
	const char	*problem;
	const char	*doing;		/* part of the context, or NULL */
	bool		 at_context;	/* point at its begin */
	const char	*text;
} words[] = {
	{ "found unexpected end of stream", "quoted scalar", true,
	  "these quotes are not closed" },
	{ "found unexpected document indicator", "quoted scalar", true,
	  "these quotes are not closed" },
	{ "found unknown escape character", NULL, false,
	  "unknown escape in double quotes; write \\\\ for a backslash, or "
	  "use single quotes" },
	{ "tab character", NULL, false,
	  "lines are indented with spaces, not with tabs" },
	{ "did not find expected ',' or ']'", NULL, true,
	  "this [ is not closed, or a comma is missing after it" },
	{ "did not find expected ',' or '}'", NULL, true,
	  "this { is not closed, or a comma is missing after it" },
	{ "did not find expected '-' indicator", NULL, false,
	  "a list ends here; its items begin with \"- \" in one column" },
	{ "did not find expected key", NULL, false,
	  "a key is expected here; check the indentation, the quotes and the "
	  "end of the value before" },
	{ "could not find expected ':'", NULL, true,
	  "a key needs a colon and a space after it, as in \"port: 8080\"" },
	{ "mapping values are not allowed", NULL, false,
	  "a key cannot stand here; check the indentation, and put a value "
	  "that has a colon and a space in quotes" },
	{ "found character that cannot start any token", NULL, false,
	  "a value cannot begin with this character; put it in quotes" },
	{ "did not find expected alphabetic or numeric character", NULL, true,
	  "a value that begins with * or & must be in quotes" },
	{ "did not find expected <document start>", NULL, false,
	  "this does not belong to what stands before; check the "
	  "indentation" },
	{ "did not find expected node content", NULL, false,
	  "a value is expected here" },
	{ "block sequence entries are not allowed", NULL, false,
	  "a list cannot begin here; put \"- \" on the next line" },
	{ "did not find expected hexdecimal number", NULL, false,
	  "this escape needs two (\\x), four (\\u) or eight (\\U) hexadecimal "
	  "digits" },
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The line that holds the byte at, and where it begins. */
static struct slice
line_of(struct slice text, size_t at, size_t *begin)
{
	const char *nl;

	for (*begin = at; *begin > 0 && text.p[*begin - 1] != '\n';)
		--*begin;
	nl = memchr(text.p + *begin, '\n', text.len - *begin);
	return (struct slice){ text.p + *begin, nl == NULL ?
	    text.len - *begin : (size_t)(nl - (text.p + *begin)) };
}

/*
 * Split "  - key: value  # comment" into key and value. Returns false if the
 * line is not of that form; the value may be empty, and then is "" of the
 * line. With loose, no space is needed after the colon.
 */
static bool
split_line(struct slice line, bool loose, struct slice *key,
    struct slice *value)
{
	size_t i = 0, begin;

	while (i < line.len && (is_blank(line.p[i]) || line.p[i] == '-'))
		i++;
	begin = i;
	while (i < line.len && (line.p[i] == '_' || (line.p[i] >= 'a' &&
	    line.p[i] <= 'z')))
		i++;
	*key = (struct slice){ line.p + begin, i - begin };
	if (key->len == 0 || i == line.len || line.p[i++] != ':')
		return false;
	if (loose ? i == line.len || is_blank(line.p[i]) || line.p[i] == '\r' :
	    i < line.len && !is_blank(line.p[i]))
		return false;
	*value = (struct slice){ line.p + i, line.len - i };
	for (i = 1; i < value->len; i++)
		if (value->p[i] == '#' && is_blank(value->p[i - 1]))
			value->len = i;
	*value = slice_trim(*value);
	if (value->len > 0 && value->p[value->len - 1] == '\r')
		value->len--;
	return true;
}

/* An address without quotes: * and what begins or ends in a colon. */
static bool
slip_of_value(struct config_errors *errors, size_t at)
{
	struct slice line, key, value, bare;
	char shown[2][CONFIG_SHOWN_MAX];
	size_t begin;

	line = line_of(errors->text, at, &begin);
	if (!split_line(line, false, &key, &value) || value.len == 0)
		return false;
	if (memchr("*&!%@`", value.p[0], 6) == NULL &&
	    !(value.len > 1 && value.p[0] == '[' && value.p[1] == ':') &&
	    !(value.p[0] == ':' || value.p[value.len - 1] == ':'))
		return false;
	bare = value;
	if (value.p[0] == '[' && value.p[value.len - 1] == ']')
		bare = (struct slice){ value.p + 1, value.len - 2 };
	begin = (size_t)(value.p - errors->text.p);
	config_error_at(errors, begin, begin + value.len,
	    "this value must be in quotes: %s: \"%s\"",
	    config_shown(key, shown[0]), config_shown(bare, shown[1]));
	return true;
}

/* "port:8080" on this line, or on one before where it became text. */
static bool
slip_of_colon(struct config_errors *errors, size_t at)
{
	struct slice line, key, value;
	char shown[2][CONFIG_SHOWN_MAX];
	size_t begin;

	for (int back = 0; back < 3; back++) {
		line = line_of(errors->text, at, &begin);
		if (split_line(line, true, &key, &value) && value.len > 0) {
			begin = (size_t)(key.p - errors->text.p);
			config_error_at(errors, begin, begin + key.len + 1,
			    "a space is missing after the colon: \"%s: %s\"",
			    config_shown(key, shown[0]),
			    config_shown(value, shown[1]));
			return true;
		}
		if (begin == 0)
			break;
		at = begin - 1;
	}
	return false;
}

/* A tab among the blanks at the begin of the line. */
static bool
slip_of_tab(struct config_errors *errors, size_t at)
{
	size_t begin, i;
	struct slice line = line_of(errors->text, at, &begin);

	for (i = 0; i < line.len && line.p[i] == ' '; i++)
		;
	if (i == line.len || line.p[i] != '\t')
		return false;
	config_error_at(errors, begin + i, begin + i + 1,
	    "lines are indented with spaces, not with tabs");
	return true;
}

/* ${NAME} without quotes inside [ ] or { }, where a brace ends the text. */
static bool
slip_of_brace(struct config_errors *errors, size_t at)
{
	struct slice text = errors->text;

	if (at == 0 || at >= text.len || text.p[at] != '{' ||
	    text.p[at - 1] != '$')
		return false;
	config_error_at(errors, at - 1, at + 1,
	    "inside [ ] and { }, a value with ${NAME} must be in quotes");
	return true;
}

void
config_slip(struct config_errors *errors, size_t at, size_t context,
    const char *problem, const char *doing)
{
	struct slice text = errors->text;

	if (problem == NULL)
		problem = "it cannot be understood";
	if (at > text.len)
		at = text.len;
	/* Where quotes are not closed, `at` is the end: far from the slip. */
	if (doing == NULL || strstr(doing, "quoted scalar") == NULL) {
		if (slip_of_tab(errors, at) || slip_of_brace(errors, at) ||
		    slip_of_value(errors, at))
			return;
		if (strstr(problem, "mapping values") != NULL &&
		    slip_of_colon(errors, at))
			return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(problem, words[i].problem) == NULL ||
		    (words[i].doing != NULL && (doing == NULL ||
		    strstr(doing, words[i].doing) == NULL)))
			continue;
		if (words[i].at_context && context != SIZE_MAX)
			at = context;
		config_error_at(errors, at, at + 1, "%s", words[i].text);
		return;
	}
	config_error_at(errors, at, at + 1, "broken YAML: %s%s%s", problem,
	    doing == NULL ? "" : " ", doing == NULL ? "" : doing);
}

void
config_slip_bytes(struct config_errors *errors, size_t at,
    const char *problem)
{
	struct slice text = errors->text;
	unsigned char c;

	if (at >= text.len) {
		config_error_at(errors, text.len, text.len,
		    "the file ends within a character of UTF-8");
		return;
	}
	c = (unsigned char)text.p[at];
	if (problem != NULL && strstr(problem, "control") != NULL)
		config_error_at(errors, at, at + 1, "this character may not be "
		    "in a file; in double quotes write it as an escape, such "
		    "as \"\\x%02x\"", c);
	else
		config_error_at(errors, at, at + 1, "this is not UTF-8 (byte "
		    "0x%02x); save the file as UTF-8", c);
}
