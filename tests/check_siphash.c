/* siphash: against vectors that other implementations have made. */
#include "base/siphash.h"

#include "support.h"

/*
 * Of the bytes 0, 1, 2 and so on. With a key of zeros: hash() of Python 3.11
 * with PYTHONHASHSEED=0, whose algorithm is "siphash13" (but for no bytes,
 * which it hashes to 0). With the key of the paper, the bytes 0 to 15: a
 * transcription of the paper that also gives its vector for SipHash-2-4.
 */
static const struct {
	size_t		len;
	uint64_t	zeros, paper;
} vectors[] = {
	{ 0, UINT64_C(0xd1fba762150c532c),
	    UINT64_C(0xabac0158050fc4dc) },
	{ 1, UINT64_C(0x68a914128e01e473),
	    UINT64_C(0xc9f49bf37d57ca93) },
	{ 2, UINT64_C(0x010bac45c41e3669),
	    UINT64_C(0x82cb9b024dc7d44d) },
	{ 3, UINT64_C(0x4d4c9a4a8ef6e0ad),
	    UINT64_C(0x8bf80ab8e7ddf7fb) },
	{ 4, UINT64_C(0x7cc43f98813e4dbd),
	    UINT64_C(0xcf75576088d38328) },
	{ 5, UINT64_C(0x5abe2169dff36275),
	    UINT64_C(0xdef9d52f49533b67) },
	{ 6, UINT64_C(0xe3c25f87624f1cdb),
	    UINT64_C(0xc50d2b50c59f22a7) },
	{ 7, UINT64_C(0x2f098ab0c751325a),
	    UINT64_C(0xd3927d989bb11140) },
	{ 8, UINT64_C(0xead411e67ebe2eea),
	    UINT64_C(0x369095118d299a8e) },
	{ 9, UINT64_C(0x75927f9d95124362),
	    UINT64_C(0x25a48eb36c063de4) },
	{ 10, UINT64_C(0xaf9f77a65ab51a1d),
	    UINT64_C(0x79de85ee92ff097f) },
	{ 11, UINT64_C(0xfe64ce8b6617fcff),
	    UINT64_C(0x70c118c1f94dc352) },
	{ 12, UINT64_C(0xa6baf4fb0f9fe1c2),
	    UINT64_C(0x78a384b157b4d9a2) },
	{ 13, UINT64_C(0xa0cf3211850f8e0d),
	    UINT64_C(0x306f760c1229ffa7) },
	{ 14, UINT64_C(0x7f86049379fbfe67),
	    UINT64_C(0x605aa111c0f95d34) },
	{ 15, UINT64_C(0xf30eb725bb91c9ea),
	    UINT64_C(0xd320d86d2a519956) },
	{ 16, UINT64_C(0x8972188433a5c5b7),
	    UINT64_C(0xcc4fdd1a7d908b66) },
	{ 17, UINT64_C(0x4883c49a2c009c1d),
	    UINT64_C(0x9cf2689063dbd80c) },
	{ 63, UINT64_C(0x385d3e39e5f37359),
	    UINT64_C(0x9d199062b7bbb3a8) },
	{ 64, UINT64_C(0x75e05fd5bbc870c6),
	    UINT64_C(0xf17997ec4b4a6065) },
	{ 255, UINT64_C(0x5dc1f93ea135eb43),
	    UINT64_C(0xf76214e3153c4a15) },
	{ 256, UINT64_C(0x31ae646afba70308),
	    UINT64_C(0x75b3e64e167de370) },
	{ 300, UINT64_C(0x4a3ee92cf03a1ab4),
	    UINT64_C(0x4016a23bda5a2224) },
};

static const uint64_t no_key[2], paper_key[2] = {
	UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)
};

static const char *
counted(void)
{
	static char bytes[300];

	for (int i = 0; i < COUNT(bytes); i++)
		bytes[i] = (char)(i & 255);
	return bytes;
}

/* Up to a page that cannot be read: at each alignment, as lengths differ. */
START_TEST(vectors_are_met)
{
	size_t len = vectors[_i].len;
	struct slice s = { guarded(counted(), len), len };

	ck_assert_uint_eq(siphash(no_key, s), vectors[_i].zeros);
	ck_assert_uint_eq(siphash(paper_key, s), vectors[_i].paper);
}
END_TEST

START_TEST(anywhere_in_memory)
{
	_Alignas(16) char room[16 + 300 + 16];
	size_t len = vectors[_i].len;

	for (size_t at = 0; at < 16; at++) {
		/* What is around it does not count. */
		memset(room, (int)at - 8, sizeof(room));
		memcpy(room + at, counted(), len);
		ck_assert_msg(siphash(paper_key, (struct slice){ room + at,
		    len }) == vectors[_i].paper, "%zu bytes at %zu", len, at);
	}
}
END_TEST

START_TEST(each_bit_counts)
{
	const struct slice s = { counted(), 13 };
	uint64_t hash = siphash(paper_key, s), key[2];
	char bytes[13];

	for (int bit = 0; bit < 128; bit++) {
		memcpy(key, paper_key, sizeof(key));
		key[bit / 64] ^= UINT64_C(1) << bit % 64;
		ck_assert_msg(siphash(key, s) != hash, "bit %d of the key",
		    bit);
	}
	for (int bit = 0; bit < 8 * COUNT(bytes); bit++) {
		memcpy(bytes, s.p, s.len);
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		ck_assert_msg(siphash(paper_key, (struct slice){ bytes,
		    s.len }) != hash, "bit %d", bit);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("siphash");
	TCase *t = tcase_create("siphash");

	tcase_add_loop_test(t, vectors_are_met, 0, COUNT(vectors));
	tcase_add_loop_test(t, anywhere_in_memory, 0, COUNT(vectors));
	tcase_add_test(t, each_bit_counts);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
