/*
 * entropy - a system without random bytes, where it is said so. Included by
 * one file of a test program, which is linked with
 *
 *	-Wl,--wrap=getentropy
 */
#ifndef ENTROPY_H
#define ENTROPY_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

static bool no_entropy;

int	__real_getentropy(void *bytes, size_t len);
int	__wrap_getentropy(void *bytes, size_t len);

int
__wrap_getentropy(void *bytes, size_t len)
{
	if (!no_entropy)
		return __real_getentropy(bytes, len);
	errno = ENOSYS;
	return -1;
}

#endif
