/*
 * openat2 - openat2 as a test program wants it. Included by one file of it,
 * which defines on_openat2() and is linked with
 *
 *	-Wl,--wrap=syscall
 */
#ifndef OPENAT2_H
#define OPENAT2_H

#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>

#ifndef SYS_openat2
#define SYS_openat2	(-1)
#endif

/* Before each call: 0 to let it be made, or the errno that it fails with. */
static int	on_openat2(void);

long	__real_syscall(long number, ...);
long	__wrap_syscall(long number, ...);

long
__wrap_syscall(long number, ...)
{
	long a[4];
	va_list ap;
	int error;

	va_start(ap, number);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2 && (error = on_openat2()) != 0) {
		errno = error;
		return -1;
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3]);
}

#endif
