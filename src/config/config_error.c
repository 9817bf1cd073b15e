#include "config/config_error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "config/config_utf8.h"

#define NOWHERE		SIZE_MAX	/* begin of an error without position */
#define LINE_MAX_SHOWN	100		/* columns of the file's line */
#define LINE_LEAD	40		/* of them before the error, if cut */
#define CUT		"..."

struct config_error {
	size_t	 begin;		/* or NOWHERE */
	size_t	 end;
	size_t	 order;		/* of arrival: qsort() is not stable */
	char	*said;		/* an option, or NULL for the file */
	char	*text;
};

/* Where in the text we are, moved forward from error to error. */
struct cursor {
	size_t	at;		/* begin of the line */
	size_t	line;
};

void
config_errors_init(struct config_errors *errors, const char *name,
    struct slice text)
{
	if (text.p == NULL)
		text = SLICE("");
	*errors = (struct config_errors){ .name = name, .text = text };
	if (name == NULL || name[0] == '\0')
		errors->name = "configuration";
	/* The mark of the byte order is nothing that an editor shows. */
	if (text.len >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		errors->text = (struct slice){ text.p + 3, text.len - 3 };
}

void
config_errors_drop(struct config_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++) {
		free(errors->list[i].said);
		free(errors->list[i].text);
	}
	errors->n = 0;
}

void
config_errors_clear(struct config_errors *errors)
{
	config_errors_drop(errors);
	free(errors->list);
	errors->list = NULL;
	errors->room = 0;
}

bool
config_errors_any(const struct config_errors *errors)
{
	return errors->n > 0 || errors->no_memory;
}

void
config_error_no_memory(struct config_errors *errors)
{
	errors->no_memory = true;
}

static bool
has_room(struct config_errors *errors)
{
	struct config_error *list;
	size_t room = errors->room == 0 ? 8 : errors->room * 2;

	if (errors->n < errors->room)
		return true;
	if ((list = reallocarray(errors->list, room, sizeof(*list))) == NULL)
		return false;
	errors->list = list;
	errors->room = room;
	return true;
}

static void
add(struct config_errors *errors, size_t begin, size_t end, const char *said,
    const char *format, va_list ap)
{
	struct config_error e = { .begin = begin, .end = end };
	char text[CONFIG_TEXT_MAX];

	vsnprintf(text, sizeof(text), format, ap);
	e.order = errors->n;
	e.text = strdup(text);
	if (said != NULL)
		e.said = strdup(said);
	if (e.text == NULL || (said != NULL && e.said == NULL) ||
	    !has_room(errors)) {
		free(e.text);
		free(e.said);
		errors->no_memory = true;
		return;
	}
	errors->list[errors->n++] = e;
}

void
config_error_at(struct config_errors *errors, size_t begin, size_t end,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add(errors, begin, end, NULL, format, ap);
	va_end(ap);
}

void
config_error_file(struct config_errors *errors, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add(errors, NOWHERE, NOWHERE, NULL, format, ap);
	va_end(ap);
}

void
config_error_option(struct config_errors *errors, const char *said,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add(errors, NOWHERE, NOWHERE, said, format, ap);
	va_end(ap);
}

/*
 * One character of the line as it is shown: itself, or an escape. A tab
 * stays a tab, so that the line looks as in the editor. Returns the bytes
 * used of text, and in *columns how wide it is.
 */
static size_t
show_char(struct slice text, char out[static CONFIG_ESCAPE_MAX],
    size_t *columns)
{
	uint32_t code;
	size_t used = utf8_first(text, &code);

	*columns = 1;
	if (used == 0) {
		code = (unsigned char)text.p[0];
		*columns = config_utf8_escape(code, out);
		return 1;
	}
	if (utf8_is_plain(code) || code == '\t') {
		memcpy(out, text.p, used);
		out[used] = '\0';
	} else {
		*columns = config_utf8_escape(code, out);
	}
	return used;
}

char *
config_shown(struct slice text, char out[static CONFIG_SHOWN_MAX])
{
	size_t n = 0, used, columns;
	char one[CONFIG_ESCAPE_MAX];

	for (; text.len > 0; text.p += used, text.len -= used) {
		used = show_char(text, one, &columns);
		if (one[0] == '\t')
			memcpy(one, "\\t", 3);
		if (n + strlen(one) + sizeof(CUT) > CONFIG_SHOWN_MAX) {
			memcpy(out + n, CUT, sizeof(CUT) - 1);
			n += sizeof(CUT) - 1;
			break;
		}
		memcpy(out + n, one, strlen(one));
		n += strlen(one);
	}
	out[n] = '\0';
	return out;
}

static void
print_text(struct slice text, FILE *out)
{
	char one[CONFIG_ESCAPE_MAX];
	size_t used, columns;

	for (; text.len > 0; text.p += used, text.len -= used) {
		used = show_char(text, one, &columns);
		fputs(one, out);
	}
}

/* Columns of [text, text + len), and of a part of it that is not cut. */
static size_t
count_columns(struct slice text)
{
	char one[CONFIG_ESCAPE_MAX];
	size_t used, columns, sum = 0;

	for (; text.len > 0; text.p += used, text.len -= used) {
		used = show_char(text, one, &columns);
		sum += columns;
	}
	return sum;
}

/* The line that begins at `at`, without its line end. */
static struct slice
line_at(struct slice text, size_t at)
{
	const char *nl = memchr(text.p + at, '\n', text.len - at);
	struct slice line = { text.p + at, text.len - at };

	if (nl != NULL)
		line.len = (size_t)(nl - line.p);
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Move the cursor to the line that holds offset. */
static void
seek(struct cursor *c, struct slice text, size_t offset)
{
	const char *nl;

	while (c->at < offset && (nl = memchr(text.p + c->at, '\n',
	    offset - c->at)) != NULL) {
		c->at = (size_t)(nl - text.p) + 1;
		c->line++;
	}
}

static size_t
count_chars(struct slice text)
{
	size_t n = 0, used;
	uint32_t code;

	for (; text.len > 0; text.p += used, text.len -= used, n++)
		if ((used = utf8_first(text, &code)) == 0)
			used = 1;
	return n;
}

/*
 * Cut a long line down to what surrounds the part [mark, mark + marked).
 * Cuts are made between characters. Returns the bytes cut at the front.
 */
static size_t
cut_line(struct slice *line, size_t mark)
{
	struct slice s = *line;
	char one[CONFIG_ESCAPE_MAX];
	size_t front = 0, used, columns, sum;

	if (line->len <= LINE_MAX_SHOWN)
		return 0;
	sum = count_columns((struct slice){ s.p, mark });
	while (sum > LINE_LEAD && front < mark) {
		used = show_char(s, one, &columns);
		s = (struct slice){ s.p + used, s.len - used };
		front += used;
		sum -= columns;
	}
	*line = s;
	for (sum = 0; s.len > 0; s.p += used, s.len -= used) {
		used = show_char(s, one, &columns);
		if ((sum += columns) > LINE_MAX_SHOWN)
			break;
	}
	line->len -= s.len;
	return front;
}

/* Blanks under text, tabs kept, so that what follows lines up. */
static void
print_blanks(struct slice text, FILE *out)
{
	char one[CONFIG_ESCAPE_MAX];
	size_t used, columns;

	for (; text.len > 0; text.p += used, text.len -= used) {
		used = show_char(text, one, &columns);
		if (one[0] == '\t')
			fputc('\t', out);
		else
			fprintf(out, "%*s", (int)columns, "");
	}
}

static void
print_excerpt(struct slice whole, size_t number, size_t begin, size_t end,
    FILE *out)
{
	struct slice line = whole;
	size_t front, width, wide;
	bool cut_end;

	/* What is marked may end lines below; it is shown to its line's end. */
	if (begin > whole.len)
		begin = whole.len;
	if (end > whole.len)
		end = whole.len;
	front = cut_line(&line, begin);
	cut_end = line.p + line.len < whole.p + whole.len;
	if (end > front + line.len)
		end = front + line.len;
	width = (size_t)snprintf(NULL, 0, "%3zu", number);

	fprintf(out, "%3zu | %s", number, front > 0 ? CUT : "");
	print_text(line, out);
	fprintf(out, "%s\n%*s | %s", cut_end ? CUT : "", (int)width, "",
	    front > 0 ? "   " : "");
	print_blanks((struct slice){ line.p, begin - front }, out);
	fputc('^', out);
	wide = end > begin ? count_columns((struct slice){
	    whole.p + begin, end - begin }) : 0;
	for (size_t i = 1; i < wide; i++)
		fputc('~', out);
	fputc('\n', out);
}

static void
print_one(const struct config_errors *errors, const struct config_error *e,
    struct cursor *cursor, FILE *out)
{
	struct slice line;
	size_t begin = e->begin, end = e->end;

	if (e->begin == NOWHERE) {
		print_text(slice_of(e->said != NULL ? e->said : errors->name),
		    out);
		fprintf(out, ": error: %s\n", e->text);
		return;
	}
	if (begin > errors->text.len)
		begin = errors->text.len;
	seek(cursor, errors->text, begin);
	line = line_at(errors->text, cursor->at);
	begin -= cursor->at;
	end = end > cursor->at ? end - cursor->at : 0;
	print_text(slice_of(errors->name), out);
	fprintf(out, ":%zu:%zu: error: %s\n", cursor->line,
	    count_chars((struct slice){ line.p, begin }) + 1, e->text);
	print_excerpt(line, cursor->line, begin, end, out);
}

static int
by_position(const void *a, const void *b)
{
	const struct config_error *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void
config_errors_print(struct config_errors *errors, FILE *out)
{
	struct cursor cursor = { 0, 1 };
	size_t n = errors->n;

	if (n > 0)
		qsort(errors->list, n, sizeof(errors->list[0]), by_position);
	for (size_t i = 0; i < n; i++)
		print_one(errors, &errors->list[i], &cursor, out);
	if (errors->no_memory) {
		print_text(slice_of(errors->name), out);
		fputs(": error: out of memory\n", out);
		n++;
	}
	if (n > 1)
		fprintf(out, "%zu errors\n", n);
}
