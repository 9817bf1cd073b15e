#include "base/siphash.h"

#include <string.h>

#include "base/word.h"

struct state {
	uint64_t	a, b, c, d;
};

static void
stir(struct state *s)
{
	s->a += s->b;
	s->b = word_rotate(s->b, 13) ^ s->a;
	s->a = word_rotate(s->a, 32);
	s->c += s->d;
	s->d = word_rotate(s->d, 16) ^ s->c;
	s->a += s->d;
	s->d = word_rotate(s->d, 21) ^ s->a;
	s->c += s->b;
	s->b = word_rotate(s->b, 17) ^ s->c;
	s->c = word_rotate(s->c, 32);
}

static void
take(struct state *s, uint64_t word)
{
	s->d ^= word;
	stir(s);
	s->a ^= word;
}

uint64_t
siphash(const uint64_t key[static 2], struct slice s)
{
	uint64_t len = (uint64_t)s.len << 56;
	char last[8] = { 0 };
	struct state state = {
		key[0] ^ UINT64_C(0x736f6d6570736575),
		key[1] ^ UINT64_C(0x646f72616e646f6d),
		key[0] ^ UINT64_C(0x6c7967656e657261),
		key[1] ^ UINT64_C(0x7465646279746573)
	};

	for (; s.len >= 8; s.p += 8, s.len -= 8)
		take(&state, word_load(s.p));
	memcpy(last, s.p, s.len);
	take(&state, len | word_load(last));
	state.c ^= 0xff;
	for (int i = 0; i < 3; i++)
		stir(&state);
	return state.a ^ state.b ^ state.c ^ state.d;
}
