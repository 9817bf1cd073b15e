/* check_pattern - bytes that are known from where they are. */
#include "client/pattern.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "suite.h"
#include "support.h"

#define LEN	1000

static struct pattern p;
static char whole[LEN];

static void
setup(void)
{
	pattern_init(&p, 1, 2, 3, 'O');
	pattern_write(&p, 0, whole, LEN);
}

/* As a transcription to another language has them. */
static const struct {
	uint64_t	 seed, connection, message;
	int		 without;
	const char	*bytes;
} known[] = {
	{ 0, 0, 0, PATTERN_ALL,
	    "\xc4\x51\x21\x4e\x60\xa7\x57\x19\xd7\xb7"
	    "\xca\x01\xae\x09\xe8\x2c\x52\xcb\x68\xed" },
	{ 1, 2, 3, PATTERN_ALL,
	    "\x85\x04\xce\xde\xe8\x23\xbb\x9d\x8f\x02"
	    "\x38\x16\xb2\x9a\xac\xbf\xf1\xcf\xec\xb7" },
	{ UINT64_MAX, UINT64_MAX, UINT64_MAX, PATTERN_ALL,
	    "\xc4\x77\x7d\x7b\x5c\x8a\x41\x66\x4e\x81"
	    "\x62\x39\x16\x8d\x27\x17\x80\x63\x29\xe8" },
	{ 1, 2, 3, 0xde,
	    "\x85\x04\xce\xdf\xe8\x23\xbb\x9d\x8f\x02"
	    "\x38\x16\xb2\x9a\xac\xbf\xf1\xcf\xec\xb7" },
	{ 1, 2, 3, 0x85,
	    "\x86\x04\xce\xde\xe8\x23\xbb\x9d\x8f\x02"
	    "\x38\x16\xb2\x9a\xac\xbf\xf1\xcf\xec\xb7" },
};

START_TEST(is_known)
{
	char bytes[20];

	pattern_init(&p, known[_i].seed, known[_i].connection,
	    known[_i].message, known[_i].without);
	pattern_write(&p, 0, bytes, sizeof(bytes));
	ck_assert_mem_eq(bytes, known[_i].bytes, sizeof(bytes));
}
END_TEST

START_TEST(is_written_from_anywhere)
{
	char bytes[40];

	for (size_t at = 0; at < 40; at++)
		for (size_t len = 0; len < sizeof(bytes); len++) {
			memset(bytes, 'x', sizeof(bytes));
			pattern_write(&p, at, bytes, len);
			ck_assert_msg(memcmp(bytes, whole + at, len) == 0 &&
			    bytes[len] == 'x', "%zu at %zu", len, at);
		}
}
END_TEST

START_TEST(is_matched_from_anywhere)
{
	for (size_t at = 0; at < LEN; at++)
		ck_assert_uint_eq(pattern_match(&p, at,
		    guarded(whole + at, LEN - at), LEN - at), LEN - at);
	ck_assert_uint_eq(pattern_match(&p, 0, whole, 0), 0);
}
END_TEST

START_TEST(a_wrong_bit_is_found)
{
	char bytes[LEN];

	for (size_t at = 0; at < LEN; at++) {
		memcpy(bytes, whole, LEN);
		bytes[at] ^= (char)(1 << at % 8);
		ck_assert_uint_eq(pattern_match(&p, 0, bytes, LEN), at);
		ck_assert_uint_eq(pattern_match(&p, at, bytes + at,
		    LEN - at), 0);
	}
}
END_TEST

/* The places of a byte are the same far behind 32 bits. */
START_TEST(has_no_end)
{
	const uint64_t far = (UINT64_C(1) << 40) + 3;
	char bytes[LEN];

	pattern_write(&p, far, bytes, LEN);
	ck_assert_uint_eq(pattern_match(&p, far + 5, bytes + 5, LEN - 5),
	    LEN - 5);
	ck_assert_mem_ne(bytes, whole + 3, 16);
}
END_TEST

/* _i is the byte that is left out, from PATTERN_ALL on. */
START_TEST(all_bytes_but_one_occur)
{
	static unsigned char bytes[16384];
	bool seen[256] = { false };

	pattern_init(&p, 7, 0, 0, _i);
	pattern_write(&p, 0, (char *)bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		seen[bytes[i]] = true;
	for (int i = 0; i < 256; i++)
		if (seen[i] != (i != _i))
			ck_abort_msg("%d", i);
}
END_TEST

/* Whichever byte is left out: any PATTERN_CYCLE in a row. */
START_TEST(neighbours_begin_differently)
{
	uint64_t after[256] = { 0 };	/* the last message that began so */
	unsigned char first;
	unsigned wrong = 0;

	for (uint64_t message = 1; message < 4 * PATTERN_CYCLE; message++) {
		pattern_init(&p, 7, 1, message, _i);
		pattern_write(&p, 0, (char *)&first, 1);
		wrong += first < 0x80 || first == _i ||
		    (after[first] != 0 &&
		    message - after[first] < PATTERN_CYCLE);
		after[first] = message;
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* Each of what it is made from counts, also in the bytes behind the first. */
START_TEST(none_is_like_another)
{
	static const uint64_t one[][3] = {
		{ 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 },
	};
	char bytes[LEN];
	int same = 0;

	pattern_init(&p, 1 + one[_i][0], 2 + one[_i][1], 3 + one[_i][2], 'O');
	pattern_write(&p, 0, bytes, LEN);
	for (size_t i = 0; i < LEN; i++)
		same += bytes[i] == whole[i];
	ck_assert_int_lt(same, LEN / 50);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pattern");
	TCase *tc = suite_case(s, "pattern");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, is_known, 0, ROWS(known));
	tcase_add_test(tc, is_written_from_anywhere);
	tcase_add_test(tc, is_matched_from_anywhere);
	tcase_add_test(tc, a_wrong_bit_is_found);
	tcase_add_test(tc, has_no_end);
	tcase_add_loop_test(tc, all_bytes_but_one_occur, PATTERN_ALL, 256);
	tcase_add_loop_test(tc, neighbours_begin_differently, PATTERN_ALL,
	    256);
	tcase_add_loop_test(tc, none_is_like_another, 0, 3);
	return suite_run(s);
}
