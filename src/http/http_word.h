/*
 * http_word - bytes looked at eight at a time, in a number.
 * Pure. The number is that of word_load(). What is asked about each byte is
 * told by its highest bit in the answer, the mark; all other bits are 0. No
 * carry passes from one byte to the next there.
 */
#ifndef HTTP_WORD_H
#define HTTP_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/word.h"

/* The same byte eight times. */
#define HTTP_WORD(byte)	(UINT64_C(0x0101010101010101) * (byte))

/* How many bytes stand before the first marked one; marks is not 0. */
static inline size_t
http_word_first(uint64_t marks)
{
	return (size_t)__builtin_ctzll(marks) / 8;
}

/* Bytes below 0x20 and 0x7F: of all, HTAB alone may be in a field's value. */
static inline uint64_t
http_word_control(uint64_t w)
{
	const uint64_t low = w & HTTP_WORD(0x7f);
	/* From 0x20 on the one gets its highest bit, at 0x7F the other. */
	const uint64_t text = (low + HTTP_WORD(0x60)) ^ (low + HTTP_WORD(1));

	return ~(text | w) & HTTP_WORD(0x80);
}

/*
 * Are all bytes 0x20 to 0x7E? "No" may be wrong where some are 0x80 and
 * above: less work than the marks.
 */
static inline bool
http_word_is_text(uint64_t w)
{
	/*
	 * Carries do no harm: what is borrowed or carried from a lower byte
	 * comes from one that says "no" itself.
	 */
	return (((w - HTTP_WORD(0x20)) | (w + HTTP_WORD(1))) &
	    HTTP_WORD(0x80)) == 0;
}

/* All but letters and "-", which most names of fields are made of. */
static inline uint64_t
http_word_not_name(uint64_t w)
{
	/* Without the bit that letters of the two cases differ in. */
	const uint64_t upper = w & HTTP_WORD(0x5f);
	/* From "A" on the one gets its highest bit, behind "Z" the other. */
	const uint64_t letter = (upper + HTTP_WORD(0x80 - 'A')) ^
	    (upper + HTTP_WORD(0x7f - 'Z'));
	const uint64_t not_dash = ((w ^ HTTP_WORD('-')) & HTTP_WORD(0x7f)) +
	    HTTP_WORD(0x7f);

	return ((not_dash & ~letter) | w) & HTTP_WORD(0x80);
}

#endif
