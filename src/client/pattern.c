#include "client/pattern.h"

#include <string.h>

#include "base/word.h"

#define WORD	sizeof(uint64_t)
#define PIECE	256		/* bytes that are compared at a time */

/*
 * The generator SplitMix64 (Steele, Lea and Flood, 2014): its states are equal
 * steps, so any of its numbers is as near as the next one.
 */
#define STEP	UINT64_C(0x9e3779b97f4a7c15)

static uint64_t
mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* The next of the bytes 0x80 to 0xff, as many as always can be had. */
static unsigned char
first_byte(uint64_t turn, int without)
{
	int byte = 0x80 + (int)(turn % PATTERN_CYCLE);

	return (unsigned char)(without >= 0x80 && byte >= without ?
	    byte + 1 : byte);
}

void
pattern_init(struct pattern *p, uint64_t seed, uint64_t connection,
    uint64_t message, int without)
{
	uint64_t begin = mix(mix(seed + STEP) + connection);

	p->key = mix(begin + message);
	p->without = without;
	p->first = first_byte(begin % PATTERN_CYCLE + message % PATTERN_CYCLE,
	    without);
}

static void
write_words(const struct pattern *p, uint64_t word, char *out, size_t words)
{
	for (size_t i = 0; i < words; i++)
		word_store(out + i * WORD, mix(p->key + (word + i) * STEP));
}

/* Another byte in the place of the one that is left out. */
static void
leave_out(int without, char *out, size_t len)
{
	const char byte = (char)without;

	for (size_t i = 0; i < len; i++)
		out[i] = out[i] == byte ? (char)(byte ^ 1) : out[i];
}

/* The end of a word, if at is inside of one; returns how many bytes. */
static size_t
write_part(const struct pattern *p, uint64_t at, char *out, size_t len)
{
	size_t skip = at % WORD, n = WORD - skip;
	char word[WORD];

	if (n > len)
		n = len;
	write_words(p, at / WORD, word, 1);
	memcpy(out, word + skip, n);
	return n;
}

void
pattern_write(const struct pattern *p, uint64_t at, char *out, size_t len)
{
	size_t done = 0;

	if (at % WORD != 0)
		done = write_part(p, at, out, len);
	write_words(p, (at + done) / WORD, out + done, (len - done) / WORD);
	done += (len - done) / WORD * WORD;
	if (done < len)
		write_part(p, at + done, out + done, len - done);
	if (p->without != PATTERN_ALL)
		leave_out(p->without, out, len);
	if (at == 0 && len > 0)
		out[0] = (char)p->first;
}

/* Where a and b, which are not the same, begin to differ. */
static size_t
difference(const char *a, const char *b)
{
	size_t at = 0;

	while (a[at] == b[at])
		at++;
	return at;
}

size_t
pattern_match(const struct pattern *p, uint64_t at, const char *bytes,
    size_t len)
{
	char wanted[PIECE];
	size_t done = 0, n;

	for (; done < len; done += n) {
		n = len - done < PIECE ? len - done : PIECE;
		pattern_write(p, at + done, wanted, n);
		if (memcmp(bytes + done, wanted, n) != 0)
			return done + difference(bytes + done, wanted);
	}
	return done;
}
