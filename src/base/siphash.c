#include "base/siphash.h"

#include <string.h>

struct state {
	uint64_t	a, b, c, d;
};

static uint64_t
rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void
stir(struct state *s)
{
	s->a += s->b;
	s->b = rotate(s->b, 13) ^ s->a;
	s->a = rotate(s->a, 32);
	s->c += s->d;
	s->d = rotate(s->d, 16) ^ s->c;
	s->a += s->d;
	s->d = rotate(s->d, 21) ^ s->a;
	s->c += s->b;
	s->b = rotate(s->b, 17) ^ s->c;
	s->c = rotate(s->c, 32);
}

static void
take(struct state *s, uint64_t word)
{
	s->d ^= word;
	stir(s);
	s->a ^= word;
}

/* Up to eight bytes as a number, the first one lowest on every machine. */
static uint64_t
word_of(const char *p, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, p, len);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

uint64_t
siphash(const uint64_t key[static 2], struct slice s)
{
	uint64_t len = (uint64_t)s.len << 56;
	struct state state = {
		key[0] ^ UINT64_C(0x736f6d6570736575),
		key[1] ^ UINT64_C(0x646f72616e646f6d),
		key[0] ^ UINT64_C(0x6c7967656e657261),
		key[1] ^ UINT64_C(0x7465646279746573)
	};

	for (; s.len >= 8; s.p += 8, s.len -= 8)
		take(&state, word_of(s.p, 8));
	take(&state, len | word_of(s.p, s.len));
	state.c ^= 0xff;
	for (int i = 0; i < 3; i++)
		stir(&state);
	return state.a ^ state.b ^ state.c ^ state.d;
}
