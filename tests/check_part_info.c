/*
 * check_part_info - the text of NAME.part.info, and what is made of it.
 */
#include "client/part_info.h"

#include <string.h>

#include "suite.h"
#include "support.h"

#define MODIFIED	"Sun, 06 Nov 1994 08:49:37 GMT"
#define SAME_MINUTE	"Sun, 06 Nov 1994 08:50:36 GMT"
#define MINUTE_LATER	"Sun, 06 Nov 1994 08:50:37 GMT"
#define BEFORE		"Sun, 06 Nov 1994 08:49:36 GMT"

#define FIRST	"mynah-part 1\n"
#define WHOLE	FIRST "url http://a/b\netag \"x\"\nlast-modified " \
		MODIFIED "\ndate " MINUTE_LATER "\nend\n"

static char text[PART_INFO_MAX];
static struct part_info got;

static struct slice
literal(const char *string)
{
	return string == NULL ? (struct slice){ "", 0 } : slice_of(string);
}

static bool
reads(const char *bytes, size_t len)
{
	return part_info_read((struct slice){ guarded(bytes, len), len },
	    &got);
}

START_TEST(is_as_the_manual_says)
{
	const struct part_info info = { SLICE("http://a/b"), SLICE("\"x\""),
	    SLICE(MODIFIED), SLICE(MINUTE_LATER) };
	size_t len = part_info_write(&info, text);

	ck_assert_uint_eq(len, strlen(WHOLE));
	ck_assert_mem_eq(text, WHOLE, len);
	ck_assert(reads(text, len));
	ck_assert(slice_eq(got.url, info.url));
	ck_assert(slice_eq(got.etag, info.etag));
	ck_assert(slice_eq(got.last_modified, info.last_modified));
	ck_assert(slice_eq(got.date, info.date));
}
END_TEST

START_TEST(every_beginning_is_none)
{
	for (size_t len = 0; len < strlen(WHOLE); len++)
		ck_assert_msg(!reads(WHOLE, len), "%zu", len);
}
END_TEST

/* Each byte of it, as another one. */
START_TEST(no_byte_can_be_a_line_end)
{
	static const char others[] = { '\n', '\0', '\r', '\177', '\037' };

	for (size_t at = 0; at < strlen(WHOLE); at++)
		for (size_t i = 0; i < sizeof(others); i++) {
			memcpy(text, WHOLE, strlen(WHOLE));
			if (text[at] == others[i])
				continue;
			text[at] = others[i];
			ck_assert_msg(!reads(text, strlen(WHOLE)),
			    "%zu: %d", at, others[i]);
		}
}
END_TEST

static const struct {
	const char	*name, *text;
	bool		 good;
} texts[] = {
	{ "nothing known", FIRST "end\n", true },
	{ "only a URL", FIRST "url http://a/\nend\n", true },
	{ "only a date", FIRST "date x\nend\n", true },
	{ "another version", "mynah-part 2\nend\n", false },
	{ "no version", "end\n", false },
	{ "more behind it", FIRST "end\n\n", false },
	{ "twice", FIRST "end\n" FIRST "end\n", false },
	{ "an unknown line", FIRST "size 3\nend\n", false },
	{ "another order", FIRST "etag \"x\"\nurl http://a/\nend\n", false },
	{ "a line twice", FIRST "etag \"x\"\netag \"x\"\nend\n", false },
	{ "an empty value", FIRST "etag \nend\n", false },
	{ "no blank", FIRST "etag\nend\n", false },
	{ "CR LF", "mynah-part 1\r\nend\r\n", false },
	{ "in capitals", FIRST "URL http://a/\nend\n", false },
	{ "an empty line", FIRST "\nend\n", false },
};

START_TEST(strict)
{
	ck_assert_msg(reads(texts[_i].text, strlen(texts[_i].text)) ==
	    texts[_i].good, "%s", texts[_i].name);
}
END_TEST

static const struct {
	const char	*name, *value;
} odd_values[] = {
	{ "a line end", "\"x\"\nend" },
	{ "CR", "\"x\r\"" },
	{ "ESC", "\033[2J" },
	{ "tab", "\"\t\"" },
	{ "DEL", "\177" },
	{ "nothing", "" },
};

/* A server cannot put a line of its own there. */
START_TEST(odd_values_are_left_out)
{
	struct slice odd = literal(odd_values[_i].value);
	const struct part_info info = { odd, odd, odd, odd };

	ck_assert_msg(part_info_write(&info, text) == strlen(FIRST "end\n") &&
	    memcmp(text, FIRST "end\n", strlen(FIRST "end\n")) == 0, "%s",
	    odd_values[_i].name);
}
END_TEST

START_TEST(long_values_fit_or_are_left_out)
{
	static char many[2 * PART_INFO_MAX];
	struct slice value = { many, 0 };
	struct part_info info;
	size_t len;

	memset(many, 'x', sizeof(many));
	for (value.len = 1; value.len <= sizeof(many); value.len += 7) {
		info = (struct part_info){ value, value, value, value };
		len = part_info_write(&info, text);
		ck_assert_uint_le(len, PART_INFO_MAX);
		ck_assert(reads(text, len));
		ck_assert(got.url.len == value.len || got.url.len == 0);
		/* The longest that a URL can be is among them. */
		ck_assert(got.url.len > 0 || value.len > 8000);
	}
}
END_TEST

static const struct {
	const char	*name, *etag, *modified, *date, *want;
} validators[] = {
	{ "a strong tag", "\"x\"", NULL, NULL, "\"x\"" },
	{ "an empty tag", "\"\"", NULL, NULL, "\"\"" },
	{ "a tag before a date", "\"x\"", MODIFIED, MINUTE_LATER, "\"x\"" },
	{ "a weak tag", "W/\"x\"", NULL, NULL, "" },
	{ "a weak tag, but a date", "W/\"x\"", MODIFIED, MINUTE_LATER,
	  MODIFIED },
	{ "a bare tag", "x", NULL, NULL, "" },
	{ "half a tag", "\"", NULL, NULL, "" },
	{ "two tags", "\"x\", \"y\"", NULL, NULL, "" },
	{ "two tags, close", "\"x\"\"y\"", NULL, NULL, "" },
	{ "a blank in it", "\"x y\"", NULL, NULL, "" },
	{ "a date", NULL, MODIFIED, MINUTE_LATER, MODIFIED },
	{ "a date of the same minute", NULL, MODIFIED, SAME_MINUTE, "" },
	{ "the same date", NULL, MODIFIED, MODIFIED, "" },
	{ "a date ahead of the response", NULL, MODIFIED, BEFORE, "" },
	{ "no date of the response", NULL, MODIFIED, NULL, "" },
	{ "no date", NULL, NULL, MINUTE_LATER, "" },
	{ "no such date", NULL, "Sun, 99 Nov 1994 08:49:37 GMT",
	  MINUTE_LATER, "" },
	{ "an old form", NULL, "Sunday, 06-Nov-94 08:49:37 GMT",
	  MINUTE_LATER, "" },
	{ "nothing", NULL, NULL, NULL, "" },
};

START_TEST(validator)
{
	const struct part_info info = { SLICE("http://a/"),
	    literal(validators[_i].etag), literal(validators[_i].modified),
	    literal(validators[_i].date) };
	struct slice v = part_info_validator(&info);

	ck_assert_msg(slice_eq(v, literal(validators[_i].want)), "%s: %.*s",
	    validators[_i].name, SLICE_ARG(v));
}
END_TEST

/* One that is too long to be kept would be offered in vain. */
START_TEST(long_tag_is_no_validator)
{
	static char tag[PART_INFO_MAX];
	struct part_info info = { .etag = { tag, sizeof(tag) } }, back;
	char kept[PART_INFO_MAX];
	size_t len;

	memset(tag, 'x', sizeof(tag));
	for (info.etag.len = 2; info.etag.len <= sizeof(tag);
	    info.etag.len++) {
		tag[0] = tag[info.etag.len - 1] = '"';
		len = part_info_write(&info, kept);
		ck_assert(part_info_read((struct slice){ kept, len }, &back));
		ck_assert_uint_eq(part_info_validator(&info).len,
		    part_info_validator(&back).len);
		tag[info.etag.len - 1] = 'x';
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("part_info");
	TCase *tc = suite_case(suite, "part_info");

	tcase_add_test(tc, is_as_the_manual_says);
	tcase_add_test(tc, every_beginning_is_none);
	tcase_add_test(tc, no_byte_can_be_a_line_end);
	tcase_add_loop_test(tc, strict, 0, ROWS(texts));
	tcase_add_loop_test(tc, odd_values_are_left_out, 0, ROWS(odd_values));
	tcase_add_test(tc, long_values_fit_or_are_left_out);
	tcase_add_loop_test(tc, validator, 0, ROWS(validators));
	tcase_add_test(tc, long_tag_is_no_validator);
	return suite_run(suite);
}
