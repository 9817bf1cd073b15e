/*
 * plural - "1 connection", "2 connections". Pure.
 */
#ifndef PLURAL_H
#define PLURAL_H

#include <stdint.h>

/* What comes behind a word that so many are counted of: "s", or "" of one. */
static inline const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

#endif
