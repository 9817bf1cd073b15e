/*
 * http_byte - which bytes may stand where: one table for all parsers.
 * Pure. Tables, not <ctype.h>: no locale is asked.
 */
#ifndef HTTP_BYTE_H
#define HTTP_BYTE_H

#include <stdbool.h>

enum {
	HTTP_BYTE_TOKEN = 1,	/* tchar, RFC 9110 5.6.2 */
	HTTP_BYTE_VALUE = 2,	/* SP, HTAB, VCHAR, obs-text, RFC 9110 5.5 */
	HTTP_BYTE_TARGET = 4,	/* 0x21 to 0x7E but "#" */
	HTTP_BYTE_HOST = 8,	/* unreserved and sub-delims but "," */
	HTTP_BYTE_PATH = 16,	/* pchar and "/", not escaped, RFC 3986 3.3 */
	HTTP_BYTE_HEX = 32,
	HTTP_BYTE_PLAIN = 64	/* of a target, and means nothing in a path:
				   HTTP_BYTE_TARGET but "%", "/" and "?" */
};

extern const unsigned char	http_byte_classes[256];

/* Is c in one of these classes? */
static inline bool
http_byte_is(char c, int classes)
{
	return (http_byte_classes[(unsigned char)c] & classes) != 0;
}

static inline bool
http_byte_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* SP or HTAB: what OWS and BWS are made of, RFC 9110 5.6.3. */
static inline bool
http_byte_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The value of a hexadecimal digit; c must be one. */
static inline int
http_byte_hex(char c)
{
	return http_byte_is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

#endif
