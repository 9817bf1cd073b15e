#include "client/progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "base/visible.h"

#define WORD_MAX	32	/* bytes of one part but the name */
#define NAME_MAX_WIDTH	40
#define NAME_MIN_WIDTH	8	/* less tells nothing */
#define BAR_MIN		10	/* without its brackets */
#define BAR_MAX		60
#define TIME_WIDTH	12	/* "1:02:03 left"; kept, so that no bar jumps */
#define GAP		2	/* between two parts */

/* Bytes that a name takes, with "\xNN" for what cannot be shown. */
#define NAME_BYTES	(4 * NAME_MAX_WIDTH + 1)

/* All parts but the bar, as text. An empty one has nothing to tell. */
struct parts {
	char		name[NAME_BYTES];
	unsigned	name_width;
	char		share[WORD_MAX];
	char		done[WORD_MAX];
	char		total[WORD_MAX];	/* " of 1.0 GiB" */
	char		rate[WORD_MAX];
	char		time[WORD_MAX];
};

/* Which of them are in the line. */
enum { NAME = 1, BAR = 2, SHARE = 4, DONE = 8, TOTAL = 16, RATE = 32,
    TIME = 64 };

/* The best first. */
static const int layouts[] = {
	NAME | BAR | SHARE | DONE | TOTAL | RATE | TIME,
	NAME | SHARE | DONE | TOTAL | RATE | TIME,
	NAME | SHARE | DONE | TOTAL | RATE,
	SHARE | DONE | TOTAL | RATE,
	SHARE | DONE | RATE,
	SHARE | DONE,
	SHARE,
};

/* ---- numbers ---- */

static bool
is_total_known(const struct progress *p)
{
	return p->total != PROGRESS_UNKNOWN && p->total >= p->done;
}

static bool
is_complete(const struct progress *p)
{
	return p->total == p->done;
}

/*
 * value * times / of without an overflow. value is not above of; less of it
 * is never all times.
 */
static unsigned
part_of(uint64_t value, uint64_t of, unsigned times)
{
	if (value == of)
		return times;
	for (; of > UINT64_MAX / 256; of /= 2)
		value /= 2;
	return value == of ? times - 1 : (unsigned)(value * times / of);
}

/* "612 B", "1.0 KiB", "1023 KiB": rounded to what is shown. */
static void
format_bytes(uint64_t n, char out[static WORD_MAX])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB",
	    "PiB", "EiB" };
	uint64_t unit = 1, whole = n, tenths;
	int i = 0;

	/* Rounded it may be 1024 of them: one of the next. */
	while (whole >= 1024 && i < 6) {
		i++;
		unit *= 1024;
		whole = n / unit + (n % unit >= unit / 2);
	}
	tenths = n / unit * 10 + (n % unit * 10 + unit / 2) / unit;
	if (i > 0 && tenths < 100)
		snprintf(out, WORD_MAX, "%d.%d %s", (int)(tenths / 10),
		    (int)(tenths % 10), units[i]);
	else
		snprintf(out, WORD_MAX, "%" PRIu64 " %s", whole, units[i]);
}

/* 0:05, 12:34, 1:02:03; days, as one will not watch the seconds. */
static void
format_time(uint64_t seconds, char out[static WORD_MAX])
{
	uint64_t minutes = seconds / 60, hours = minutes / 60;

	if (hours == 0)
		snprintf(out, WORD_MAX, "%d:%02d", (int)minutes,
		    (int)(seconds % 60));
	else if (hours < 100)
		snprintf(out, WORD_MAX, "%d:%02d:%02d", (int)hours,
		    (int)(minutes % 60), (int)(seconds % 60));
	else if (hours / 24 < 10000)
		snprintf(out, WORD_MAX, "%d days", (int)(hours / 24));
	else
		snprintf(out, WORD_MAX, "years");
}

/* Of all the time, or the present one. */
static uint64_t
rate_of(const struct progress *p)
{
	uint64_t here = p->done > p->begin ? p->done - p->begin : 0;

	if (!is_complete(p))
		return p->rate;
	if (here > UINT64_MAX / 1000)
		return here / (p->elapsed_ms / 1000 + 1);
	return here * 1000 / (p->elapsed_ms > 0 ? p->elapsed_ms : 1);
}

static void
describe_rate(const struct progress *p, char out[static WORD_MAX])
{
	char bytes[WORD_MAX];
	uint64_t rate = rate_of(p);

	if (rate == 0) {
		/* Nothing was to come, or nothing has come yet. */
		snprintf(out, WORD_MAX, "%s", is_complete(p) ? "" : "stalled");
		return;
	}
	format_bytes(rate, bytes);
	snprintf(out, WORD_MAX, "%.24s/s", bytes);
}

static void
describe_time(const struct progress *p, char out[static WORD_MAX])
{
	char text[WORD_MAX];
	uint64_t left;

	out[0] = '\0';
	if (!is_total_known(p) || is_complete(p)) {
		format_time(p->elapsed_ms / 1000, text);
		snprintf(out, WORD_MAX, "in %.24s", text);
	} else if (p->rate > 0) {
		left = p->total - p->done;
		format_time(left / p->rate + (left % p->rate != 0), text);
		snprintf(out, WORD_MAX, "%.24s left", text);
	}
}

/* ---- the name ---- */

/*
 * At least as wide as it will be: wcwidth() knows better, in a locale that
 * fits, but two columns for one are no harm.
 */
static unsigned
width_of(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} wide[] = {
		{ 0x1100, 0x115f },	/* Hangul Jamo */
		{ 0x231a, 0x23ff },	/* clocks, buttons */
		{ 0x25fd, 0x27bf },	/* signs that may be emoji */
		{ 0x2b00, 0x2bff },
		{ 0x2e80, 0xa4cf },	/* CJK, Kana, Yi */
		{ 0xa960, 0xa97f },
		{ 0xac00, 0xd7ff },	/* Hangul */
		{ 0xf900, 0xfaff },	/* CJK */
		{ 0xfe10, 0xfe6f },
		{ 0xff00, 0xff60 },	/* full width */
		{ 0xffe0, 0xffe6 },
		{ 0x16fe0, 0x1b2ff },	/* Tangut, Kana */
		{ 0x1f000, 0x1faff },	/* emoji */
		{ 0x20000, 0x3ffff },	/* CJK */
	};

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (code >= wide[i].first && code <= wide[i].last)
			return 2;
	return 1;
}

/* The bytes of as much of the text as is no wider than that. */
static size_t
fit(struct slice text, unsigned most, unsigned *width)
{
	const char *begin = text.p;
	uint32_t code;
	size_t n;

	for (*width = 0; text.len > 0; text.p += n, text.len -= n) {
		unsigned w;

		n = utf8_first(text, &code);
		w = n == 0 ? 1 : width_of(code);
		if (*width + w > most)
			break;
		*width += w;
		n = n == 0 ? 1 : n;
	}
	return (size_t)(text.p - begin);
}

/* Cut the name to that width, with ".." where something is missing. */
static void
shorten(struct parts *parts, unsigned most)
{
	struct slice name = slice_of(parts->name);
	size_t n;

	if (parts->name_width <= most)
		return;
	n = fit(name, most - 2, &parts->name_width);
	memcpy(parts->name + n, "..", 3);
	parts->name_width += 2;
}

static void
take_name(struct parts *parts, const char *name)
{
	char text[1024 * VISIBLE_MOST];
	size_t len = strnlen(name, 1024), n;

	len = visible((struct slice){ name, len }, text, sizeof(text), NULL);
	n = fit((struct slice){ text, len }, NAME_MAX_WIDTH,
	    &parts->name_width);
	memcpy(parts->name, text, n);
	parts->name[n] = '\0';
	if (n < len) {
		/* One more than fits, so that it is known to be cut. */
		parts->name_width = NAME_MAX_WIDTH + 1;
		shorten(parts, NAME_MAX_WIDTH);
	}
}

/* ---- the line ---- */

static void
describe(const struct progress *p, const char *name, struct parts *parts)
{
	char total[WORD_MAX];

	take_name(parts, name);
	parts->share[0] = parts->total[0] = '\0';
	format_bytes(p->done, parts->done);
	if (is_total_known(p)) {
		snprintf(parts->share, WORD_MAX, "%u%%",
		    part_of(p->done, p->total, 100));
		format_bytes(p->total, total);
		snprintf(parts->total, WORD_MAX, " of %.24s", total);
	}
	describe_rate(p, parts->rate);
	describe_time(p, parts->time);
}

/* Make the parts as wide as they will be later, so that nothing jumps. */
static void
pad(char text[static WORD_MAX], int width)
{
	char plain[WORD_MAX];

	if (text[0] == '\0')
		return;
	memcpy(plain, text, WORD_MAX);
	snprintf(text, WORD_MAX, "%*.31s", width, plain);
}

static unsigned
width_with_gap(const char *text)
{
	size_t len = strlen(text);

	return len == 0 ? 0 : (unsigned)len + GAP;
}

/* The columns of a layout without its name and bar, and with all gaps. */
static unsigned
fixed_width(const struct parts *parts, int layout)
{
	unsigned n = 0;

	if (layout & SHARE)
		n += width_with_gap(parts->share);
	if (layout & DONE)
		n += width_with_gap(parts->done);
	if (layout & TOTAL)
		n += (unsigned)strlen(parts->total);
	if (layout & RATE)
		n += width_with_gap(parts->rate);
	if (layout & TIME)
		n += TIME_WIDTH + GAP;
	return n;
}

/*
 * Whether a layout is to be had: then the name is cut as needed, and the
 * width of the bar is set.
 */
static bool
fits(struct parts *parts, int layout, unsigned columns, unsigned *bar)
{
	unsigned fixed = fixed_width(parts, layout);
	unsigned name = parts->name_width, name_min;

	/* The gap of the first part is not there. */
	if (fixed > columns + GAP)
		return false;
	columns += GAP - fixed;
	if ((layout & NAME) == 0)
		return true;
	name_min = name < NAME_MIN_WIDTH ? name : NAME_MIN_WIDTH;
	if (layout & BAR) {
		if (columns < name_min + GAP + BAR_MIN + 2 + GAP)
			return false;
		columns -= BAR_MIN + 2 + GAP;
	}
	if (columns < name_min + GAP)
		return false;
	shorten(parts, columns - GAP);
	columns -= parts->name_width + GAP;
	*bar = BAR_MIN + columns < BAR_MAX ? BAR_MIN + columns : BAR_MAX;
	return true;
}

/* Add text, behind a gap if there is something before it. */
static char *
add(char *out, const char *begin, const char *text)
{
	size_t len = strlen(text);

	if (len == 0)
		return out;
	if (out > begin) {
		memset(out, ' ', GAP);
		out += GAP;
	}
	memcpy(out, text, len);
	return out + len;
}

static void
draw_bar(const struct progress *p, unsigned width,
    char out[static BAR_MAX + 3])
{
	unsigned done = part_of(p->done, p->total, width);
	unsigned before = p->begin > p->done ? done :
	    part_of(p->begin, p->total, width);

	memset(out + 1, ' ', width);
	memset(out + 1, '#', done);
	memset(out + 1, '=', before);
	out[0] = '[';
	out[width + 1] = ']';
	out[width + 2] = '\0';
}

static size_t
write_line(const struct progress *p, const struct parts *parts, int layout,
    unsigned bar_width, char out[static PROGRESS_LINE_MAX])
{
	char bar[BAR_MAX + 3], amount[2 * WORD_MAX], *to = out;

	if (layout & NAME)
		to = add(to, out, parts->name);
	if (layout & BAR) {
		draw_bar(p, bar_width, bar);
		to = add(to, out, bar);
	}
	if (layout & SHARE)
		to = add(to, out, parts->share);
	if (layout & DONE) {
		snprintf(amount, sizeof(amount), "%s%s", parts->done,
		    layout & TOTAL ? parts->total : "");
		to = add(to, out, amount);
	}
	if (layout & RATE)
		to = add(to, out, parts->rate);
	if (layout & TIME)
		to = add(to, out, parts->time);
	*to = '\0';
	return (size_t)(to - out);
}

size_t
progress_line(const struct progress *p, const char *name, unsigned columns,
    char out[static PROGRESS_LINE_MAX])
{
	struct parts parts;
	unsigned bar = 0;

	describe(p, name, &parts);
	if (columns == 0)
		return write_line(p, &parts, layouts[1], 0, out);
	pad(parts.share, 4);
	pad(parts.done, 8);
	pad(parts.rate, 10);
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		if ((layouts[i] & BAR) != 0 && !is_total_known(p))
			continue;
		if (fits(&parts, layouts[i], columns, &bar))
			return write_line(p, &parts, layouts[i], bar, out);
	}
	out[0] = '\0';
	return 0;
}
