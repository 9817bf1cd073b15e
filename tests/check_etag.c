/* etag: two representations, two tags; the same bytes, the same tag. */
#include "files/etag.h"

#include <string.h>

#include "support.h"

/* etagc of RFC 9110, 8.8.3; with its quotes and an optional W/. */
static bool
is_entity_tag(const char *tag)
{
	size_t len;

	if (strncmp(tag, "W/", 2) == 0)
		tag += 2;
	len = strlen(tag);
	if (len < 3 || tag[0] != '"' || tag[len - 1] != '"')
		return false;
	for (size_t i = 1; i < len - 1; i++)
		if (tag[i] <= 0x20 || tag[i] == '"' || tag[i] == 0x7f)
			return false;
	return true;
}

/*
 * Written down once: replicas of different versions, and of either byte
 * order, have to agree. Who changes the hash empties every cache.
 */
static const struct {
	const char	*name, *bytes;
	size_t		 len;
	const char	*want;
} golden[] = {
	{ "nothing",	BYTES(""),
	    "\"8f7b150c3f3e7827ca6909fac2240f1a\"" },
	{ "less than a word", BYTES("hello"),
	    "\"b5765f90d4720f31efbf79e81122219a\"" },
	{ "words and a rest",
	    BYTES("The quick brown fox jumps over the lazy dog\n"),
	    "\"fa959ac9350602dc23fd4c2c8bebe4ed\"" },
	{ "high bytes and NUL", BYTES("\xff\0\x80\x7f\xfe\0\0\x01"),
	    "\"d22080fb3d0b55bca4a313e84173c3bd\"" },
};

START_TEST(is_the_same_for_ever)
{
	char tag[ETAG_MAX];

	etag_of_bytes(guarded(golden[_i].bytes, golden[_i].len),
	    golden[_i].len, tag);
	ck_assert_msg(strcmp(tag, golden[_i].want) == 0, "%s: %s",
	    golden[_i].name, tag);
	ck_assert(is_entity_tag(tag));
	ck_assert_uint_eq(strlen(tag), 34);
}
END_TEST

/* Wherever the bytes lie, and whatever lies behind them. */
START_TEST(depends_on_the_bytes_alone)
{
	static const char text[] = "a representation of some length";
	char room[sizeof(text) + 16], first[ETAG_MAX], tag[ETAG_MAX];

	etag_of_bytes(text, sizeof(text), first);
	for (size_t at = 0; at < 16; at++) {
		memset(room, (int)at, sizeof(room));
		memcpy(room + at, text, sizeof(text));
		etag_of_bytes(room + at, sizeof(text), tag);
		ck_assert_str_eq(tag, first);
	}
}
END_TEST

#define LONGEST	64

START_TEST(each_byte_and_each_length_counts)
{
	static char tags[LONGEST + 1 + LONGEST * 256][ETAG_MAX];
	char bytes[LONGEST];
	size_t n = 0, len = (size_t)_i;

	/* All zero of each length, then each value of each byte. */
	memset(bytes, 0, sizeof(bytes));
	for (size_t i = 0; i <= LONGEST; i++)
		etag_of_bytes(bytes, i, tags[n++]);
	for (size_t at = 0; at < len; at++) {
		for (int value = 1; value < 256; value++) {
			bytes[at] = (char)value;
			etag_of_bytes(bytes, len, tags[n++]);
		}
		bytes[at] = 0;
	}
	qsort(tags, n, ETAG_MAX, (int (*)(const void *, const void *))strcmp);
	for (size_t i = 1; i < n; i++)
		ck_assert_msg(strcmp(tags[i - 1], tags[i]) != 0, "%s of %d",
		    tags[i], _i);
}
END_TEST

/* One bit more or less, in a text of many words: about half of all bits. */
START_TEST(one_bit_changes_many)
{
	char bytes[200], first[ETAG_MAX], tag[ETAG_MAX];
	int differ;

	memset(bytes, 'x', sizeof(bytes));
	etag_of_bytes(bytes, sizeof(bytes), first);
	for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		etag_of_bytes(bytes, sizeof(bytes), tag);
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		differ = 0;
		for (int i = 1; i < 33; i++)
			differ += tag[i] != first[i];
		ck_assert_msg(differ >= 16, "bit %zu: %s", bit, tag);
	}
}
END_TEST

START_TEST(swapped_words_count)
{
	char a[32], b[32], one[ETAG_MAX], other[ETAG_MAX];

	for (int i = 0; i < 4; i++) {
		memset(a + 8 * i, 'a' + i, 8);
		memset(b + 8 * i, 'a' + (i ^ 1), 8);
	}
	etag_of_bytes(a, sizeof(a), one);
	etag_of_bytes(b, sizeof(b), other);
	ck_assert_str_ne(one, other);
}
END_TEST

static const struct {
	const char	*name;
	uint64_t	 size;
	struct timespec	 mtime;
	bool		 weak;
	const char	*mark, *want;
} stamps[] = {
	{ "strong", 100000, { 1700000000, 123456789 }, false, "",
	    "\"186a0-6553f100-75bcd15\"" },
	{ "of a variant", 100000, { 1700000000, 123456789 }, false, ".gz",
	    "\"186a0-6553f100-75bcd15.gz\"" },
	{ "weak", 100000, { 1700000000, 123456789 }, true, "",
	    "W/\"186a0-6553f100-75bcd15~\"" },
	{ "zero", 0, { 0, 0 }, false, "", "\"0-0-0\"" },
	{ "before the epoch", 1, { -1, 999999999 }, false, "",
	    "\"1-ffffffffffffffff-3b9ac9ff\"" },
	{ "all that is longest", UINT64_MAX, { -1, 999999999 }, true, ".zst",
	    "W/\"ffffffffffffffff-ffffffffffffffff-3b9ac9ff.zst~\"" },
};

START_TEST(of_stamps)
{
	char tag[ETAG_MAX];

	etag_of_stamps(stamps[_i].size, &stamps[_i].mtime, stamps[_i].weak,
	    stamps[_i].mark, tag);
	ck_assert_msg(strcmp(tag, stamps[_i].want) == 0, "%s: %s",
	    stamps[_i].name, tag);
	ck_assert(is_entity_tag(tag));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("etag");
	TCase *t = tcase_create("etag");

	tcase_add_loop_test(t, is_the_same_for_ever, 0, COUNT(golden));
	tcase_add_test(t, depends_on_the_bytes_alone);
	tcase_add_loop_test(t, each_byte_and_each_length_counts, 0,
	    LONGEST + 1);
	tcase_add_test(t, one_bit_changes_many);
	tcase_add_test(t, swapped_words_count);
	tcase_add_loop_test(t, of_stamps, 0, COUNT(stamps));
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
