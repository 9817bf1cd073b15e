#include "config/config_value.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/slice_distance.h"

struct unit {
	const char	*name;
	uint64_t	 factor;
};

/* From the largest to the smallest, which is the one that always fits. */
static const struct unit durations[] = {
	{ "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 },
	{ NULL, 0 }
};
static const struct unit sizes[] = {
	{ "GiB", 1 << 30 }, { "MiB", 1 << 20 }, { "KiB", 1 << 10 }, { "B", 1 },
	{ NULL, 0 }
};
static const struct unit rates[] = {
	{ "GiB/s", 1 << 30 }, { "MiB/s", 1 << 20 }, { "KiB/s", 1 << 10 },
	{ "B/s", 1 },
	{ NULL, 0 }
};

/* What else people write, and the unit they mean. */
static const struct {
	const char	*wrong, *right;
} slips[] = {
	{ "msec", "ms" }, { "millis", "ms" }, { "milliseconds", "ms" },
	{ "sec", "s" }, { "secs", "s" }, { "second", "s" }, { "seconds", "s" },
	{ "min", "m" }, { "mins", "m" }, { "minute", "m" }, { "minutes", "m" },
	{ "hr", "h" }, { "hour", "h" }, { "hours", "h" },
	{ "byte", "B" }, { "bytes", "B" }, { "b", "B" },
	{ "k", "KiB" }, { "kb", "KiB" }, { "kib", "KiB" },
	{ "m", "MiB" }, { "mb", "MiB" }, { "mib", "MiB" },
	{ "g", "GiB" }, { "gb", "GiB" }, { "gib", "GiB" },
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_one_of(struct slice text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (slice_eq(text, slice_of(*words)))
			return true;
	return false;
}

static size_t
skip_digits(struct slice text, size_t i)
{
	while (i < text.len && is_digit(text.p[i]))
		i++;
	return i;
}

/* True if from i on there is nothing but these characters. */
static bool
has_only(struct slice text, size_t i, const char *set)
{
	while (i < text.len && text.p[i] != '\0' &&
	    strchr(set, text.p[i]) != NULL)
		i++;
	return i == text.len;
}

/* A number of the core schema, also 0o17, 0x1f, 1.5, 1e3, .inf, .nan */
static bool
is_number(struct slice t)
{
	static const char *const special[] = {
		".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
		"-.Inf", "-.INF", ".nan", ".NaN", ".NAN", NULL
	};
	size_t i = 0, j, digits;

	if (t.len > 2 && t.p[0] == '0' && t.p[1] == 'o')
		return has_only(t, 2, "01234567");
	if (t.len > 2 && t.p[0] == '0' && t.p[1] == 'x')
		return has_only(t, 2, "0123456789abcdefABCDEF");
	if (is_one_of(t, special))
		return true;
	if (i < t.len && (t.p[i] == '+' || t.p[i] == '-'))
		i++;
	j = skip_digits(t, i);
	digits = j - i;
	if (j < t.len && t.p[j] == '.') {
		i = j + 1;
		j = skip_digits(t, i);
		digits += j - i;
	}
	if (digits == 0)
		return false;
	if (j < t.len && (t.p[j] == 'e' || t.p[j] == 'E')) {
		i = j + 1;
		if (i < t.len && (t.p[i] == '+' || t.p[i] == '-'))
			i++;
		j = skip_digits(t, i);
		if (i == j)
			return false;
	}
	return j == t.len;
}

enum config_plain
config_plain(struct slice text)
{
	static const char *const nulls[] = {
		"", "~", "null", "Null", "NULL", NULL
	};
	static const char *const bools[] = {
		"true", "True", "TRUE", "false", "False", "FALSE", NULL
	};

	if (is_one_of(text, nulls))
		return CONFIG_PLAIN_NULL;
	if (is_one_of(text, bools))
		return CONFIG_PLAIN_BOOL;
	return is_number(text) ? CONFIG_PLAIN_NUMBER : CONFIG_PLAIN_TEXT;
}

bool
config_is_near(struct slice a, struct slice b, size_t *distance)
{
	size_t len = a.len > b.len ? a.len : b.len;

	/* One slip in a short word, more in a long one. */
	*distance = slice_distance(a, b);
	return *distance <= (len < 3 ? 0 : len < 6 ? 1 : len / 3);
}

static const struct unit *
units_of(enum config_type type)
{
	switch (type) {
	case CONFIG_DURATION:
		return durations;
	case CONFIG_SIZE:
		return sizes;
	case CONFIG_RATE:
		return rates;
	default:
		return NULL;
	}
}

/* The unit that nothing at all is told in. */
static const char *
least_of(enum config_type type)
{
	if (type == CONFIG_DURATION)
		return "s";
	return type == CONFIG_RATE ? "B/s" : "B";
}

char *
config_value_format(const struct config_key *key, uint64_t value,
    char out[static CONFIG_VALUE_MAX])
{
	const struct config_word *w = key->words;
	const struct unit *u = units_of(key->type);

	for (; w != NULL && w->word != NULL; w++)
		if (w->value == value) {
			snprintf(out, CONFIG_VALUE_MAX, "%s", w->word);
			return out;
		}
	if (key->type == CONFIG_BOOL) {
		snprintf(out, CONFIG_VALUE_MAX, value ? "true" : "false");
	} else if (key->type == CONFIG_MODE) {
		snprintf(out, CONFIG_VALUE_MAX, "\"%04" PRIo64 "\"", value);
	} else if (u == NULL) {
		snprintf(out, CONFIG_VALUE_MAX, "%" PRIu64, value);
	} else {
		/* Nothing fits every unit; it is said in the usual one. */
		while (value == 0 ? strcmp(u->name, least_of(key->type)) != 0 :
		    value % u->factor != 0)
			u++;
		snprintf(out, CONFIG_VALUE_MAX, "%" PRIu64 "%s",
		    value / u->factor, u->name);
	}
	return out;
}

/* "auto, http, echo or welcome"; before is what comes ahead of the words. */
static void
list_words(const struct config_word *w, const char *before, char *out,
    size_t size)
{
	size_t n = (size_t)snprintf(out, size, "%s", before);

	for (bool first = before[0] == '\0'; w->word != NULL; w++) {
		const char *comma = w[1].word == NULL ? " or " : ", ";

		if (n < size)
			n += (size_t)snprintf(out + n, size - n, "%s%s",
			    first ? "" : comma, w->word);
		first = false;
	}
}

/* What the key may be: "0 to 65535", "auto or 1 to 1000000". */
static void
describe(const struct config_key *key, char *out, size_t size)
{
	char least[CONFIG_VALUE_MAX], most[CONFIG_VALUE_MAX];
	char range[2 * CONFIG_VALUE_MAX + 8];

	config_value_format(key, key->min, least);
	config_value_format(key, key->max, most);
	snprintf(range, sizeof(range), "%s to %s", least, most);
	if (key->type == CONFIG_BOOL)
		snprintf(out, size, "true or false");
	else if (key->type == CONFIG_WORD || key->type == CONFIG_WORDS)
		list_words(key->words, "", out, size);
	else if (key->words != NULL)
		list_words(key->words, range, out, size);
	else
		snprintf(out, size, "%s", range);
}

/* "port must be 0 to 65535, not 70000" and, if there is one, a hint. */
static bool
refuse(const struct config_key *key, struct slice text, const char *hint,
    char *why)
{
	char shown[CONFIG_SHOWN_MAX], may[160];
	bool bare = text.len > 0 && is_digit(text.p[text.len - 1]);

	describe(key, may, sizeof(may));
	config_shown(text, shown);
	snprintf(why, CONFIG_TEXT_MAX, bare ? "%s must be %s, not %s%s%s" :
	    "%s must be %s, not \"%s\"%s%s", config_key_leaf(key), may, shown,
	    hint[0] == '\0' ? "" : "; ", hint);
	return false;
}

static bool
refuse_word(const struct config_key *key, struct slice text, char *why)
{
	const struct config_word *w = key->words;
	const char *best = NULL;
	char hint[64] = "";
	size_t least = SIZE_MAX, distance;

	/* A number that is near another one is not meant to be that. */
	if (text.len > 0 && is_digit(text.p[0]))
		w = NULL;
	for (; w != NULL && w->word != NULL; w++)
		if (config_is_near(text, slice_of(w->word), &distance) &&
		    distance < least) {
			least = distance;
			best = w->word;
		}
	if (best != NULL)
		snprintf(hint, sizeof(hint), "did you mean \"%s\"?", best);
	return refuse(key, text, hint, why);
}

static bool
find_word(const struct config_key *key, struct slice text, uint64_t *out)
{
	const struct config_word *w = key->words;

	for (; w != NULL && w->word != NULL; w++)
		if (slice_eq(text, slice_of(w->word))) {
			*out = w->value;
			return true;
		}
	return false;
}

static bool
parse_bool(const struct config_key *key, struct slice text, uint64_t *out,
    char *why)
{
	static const char *const yes[] = { "true", "yes", "on", "y", "1" };
	static const char *const no[] = { "false", "no", "off", "n", "0" };
	const char *hint = "";

	*out = slice_eq(text, SLICE("true"));
	if (*out || slice_eq(text, SLICE("false")))
		return true;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (slice_eq_nocase(text, slice_of(yes[i])))
			hint = "write true";
		if (slice_eq_nocase(text, slice_of(no[i])))
			hint = "write false";
	}
	return refuse(key, text, hint, why);
}

/*
 * The digits at the begin of text. Returns how many there are; *out is
 * UINT64_MAX if they are too many for it.
 */
static size_t
parse_digits(struct slice text, uint64_t *out)
{
	size_t i;

	*out = 0;
	for (i = 0; i < text.len && is_digit(text.p[i]); i++)
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out,
		    (uint64_t)(text.p[i] - '0'), out)) {
			*out = UINT64_MAX;
			return skip_digits(text, i);
		}
	return i;
}

/* Why something that looks like a number is none here; "" if it does not. */
static const char *
number_hint(struct slice text)
{
	char first = text.len > 0 ? text.p[0] : '\0';
	char second = text.len > 1 ? text.p[1] : '\0';

	if (first == '+')
		return "numbers have no sign";
	if (first == '0' && (second == 'x' || second == 'X' ||
	    second == 'o' || second == 'O' || second == 'b'))
		return "numbers are decimal";
	if (first == '0' && is_digit(second))
		return "numbers have no leading zeros";
	if (is_digit(first) && memchr(text.p, '_', text.len) != NULL)
		return "numbers have no _ between digits";
	if (is_digit(first) && memchr(text.p, ',', text.len) != NULL)
		return "numbers have no commas";
	if (config_plain(text) == CONFIG_PLAIN_NUMBER && first != '-')
		return "numbers are whole";
	if (is_digit(first))
		return "it is a number without a unit";
	return "";
}

static bool
parse_int(const struct config_key *key, struct slice text, uint64_t *out,
    char *why)
{
	size_t digits = parse_digits(text, out);

	if (digits == 0 && find_word(key, text, out))
		return true;
	if (digits == text.len && digits > 0 &&
	    (digits == 1 || text.p[0] != '0')) {
		if (*out >= key->min && *out <= key->max)
			return true;
		return refuse(key, text, "", why);
	}
	if (digits == 0 && key->words != NULL &&
	    (text.len == 0 || (text.p[0] != '+' && text.p[0] != '-')))
		return refuse_word(key, text, why);
	return refuse(key, text, number_hint(text), why);
}

static const char *
example_unit(enum config_type type)
{
	switch (type) {
	case CONFIG_DURATION:
		return "s";
	case CONFIG_SIZE:
		return "KiB";
	default:
		return "KiB/s";
	}
}

/*
 * The unit that was meant by another spelling, or NULL. For a rate, the
 * "/s" may be missing, or be "ps".
 */
static const struct unit *
guess_unit(enum config_type type, struct slice text)
{
	const struct unit *u;
	const char *right;

	if (type == CONFIG_RATE && text.len > 2 &&
	    text.p[text.len - 1] == 's' &&
	    (text.p[text.len - 2] == '/' || text.p[text.len - 2] == 'p'))
		text.len -= 2;
	for (u = units_of(type); u->name != NULL; u++) {
		size_t len = strlen(u->name);

		if (type == CONFIG_RATE)
			len -= 2;
		if (slice_eq_nocase(text, (struct slice){ u->name, len }))
			return u;
		for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
			right = slips[i].right;
			if (slice_eq_nocase(text, slice_of(slips[i].wrong)) &&
			    strlen(right) == len &&
			    strncmp(right, u->name, len) == 0)
				return u;
		}
	}
	return NULL;
}

static bool
refuse_unit(const struct config_key *key, struct slice text, size_t digits,
    char *why)
{
	struct slice unit = slice_trim((struct slice){
	    text.p + digits, text.len - digits });
	const char *leaf = config_key_leaf(key);
	const struct unit *u = guess_unit(key->type, unit);
	char shown[CONFIG_SHOWN_MAX], number[CONFIG_SHOWN_MAX];

	config_shown(text, shown);
	config_shown((struct slice){ text.p, digits }, number);
	if (digits == 0 || config_plain(text) == CONFIG_PLAIN_NUMBER) {
		if (digits == text.len)
			snprintf(why, CONFIG_TEXT_MAX,
			    "%s needs a unit, such as %s%s", leaf, number,
			    example_unit(key->type));
		else
			snprintf(why, CONFIG_TEXT_MAX, "%s must be a whole "
			    "number and a unit, such as 10%s, not \"%s\"",
			    leaf, example_unit(key->type), shown);
	} else if (u != NULL) {
		snprintf(why, CONFIG_TEXT_MAX,
		    "%s cannot be \"%s\"; did you mean \"%s%s\"?", leaf, shown,
		    number, u->name);
	} else {
		const struct unit *all = units_of(key->type);

		snprintf(why, CONFIG_TEXT_MAX, "%s must be a whole number and "
		    "a unit (%s, %s, %s or %s), such as 10%s, not \"%s\"",
		    leaf, all[3].name, all[2].name, all[1].name, all[0].name,
		    example_unit(key->type), shown);
	}
	return false;
}

static bool
parse_with_unit(const struct config_key *key, struct slice text, uint64_t *out,
    char *why)
{
	const struct unit *u = units_of(key->type);
	size_t digits = parse_digits(text, out);
	struct slice unit = { text.p + digits, text.len - digits };

	if (find_word(key, text, out))
		return true;
	while (u->name != NULL && !slice_eq(unit, slice_of(u->name)))
		u++;
	if (digits == 0 || u->name == NULL)
		return refuse_unit(key, text, digits, why);
	if (digits > 1 && text.p[0] == '0')
		return refuse(key, text, "numbers have no leading zeros", why);
	if (__builtin_mul_overflow(*out, u->factor, out) ||
	    *out < key->min || *out > key->max)
		return refuse(key, text, "", why);
	return true;
}

static bool
parse_mode(const struct config_key *key, struct slice text, uint64_t *out,
    char *why)
{
	bool octal = text.len == 3 || (text.len == 4 && text.p[0] == '0');

	*out = 0;
	for (size_t i = 0; i < text.len && octal; i++) {
		octal = text.p[i] >= '0' && text.p[i] <= '7';
		*out = *out << 3 | (uint64_t)(text.p[i] & 7);
	}
	return octal ? true :
	    refuse(key, text, "three or four octal digits", why);
}

bool
config_value_parse(const struct config_key *key, struct slice text,
    uint64_t *out, char why[static CONFIG_TEXT_MAX])
{
	switch (key->type) {
	case CONFIG_BOOL:
		return parse_bool(key, text, out, why);
	case CONFIG_INT:
	case CONFIG_STATUS:
		return parse_int(key, text, out, why);
	case CONFIG_WORD:
	case CONFIG_WORDS:
		return find_word(key, text, out) || refuse_word(key, text, why);
	case CONFIG_MODE:
		return parse_mode(key, text, out, why);
	default:
		return parse_with_unit(key, text, out, why);
	}
}
