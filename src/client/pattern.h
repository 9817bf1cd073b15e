/*
 * pattern - the bytes of the messages by which an echo is proven. Each byte
 * is known from where it is, so no copy is kept. Pure.
 *
 * All values of a byte occur, but for one if that is wanted. Messages differ
 * by the seed, the connection and their number. Of those of a connection no
 * two within PATTERN_CYCLE begin alike, so that one in the place of another is
 * found by its first byte. That is never ASCII: no message begins a request.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define PATTERN_CYCLE	127
#define PATTERN_ALL	(-1)	/* no byte is left out */

/* A message. */
struct pattern {
	uint64_t	 key;
	int		 without;
	unsigned char	 first;
};

/* without: the byte that does not occur, 0 to 255, or PATTERN_ALL. */
void	pattern_init(struct pattern *p, uint64_t seed, uint64_t connection,
	    uint64_t message, int without);

/* Write len bytes of it, from the byte at on. It has no end. */
void	pattern_write(const struct pattern *p, uint64_t at, char *out,
	    size_t len);

/* How many of these bytes, which came at that place, are right. */
size_t	pattern_match(const struct pattern *p, uint64_t at, const char *bytes,
	    size_t len) __attribute__((warn_unused_result));

#endif
