/*
 * hole - a hole made for a test: loaded into the server before the C library
 * (LD_PRELOAD), it takes from each openat2 the order to stay beneath the
 * document root.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SYS_openat2
#include <linux/openat2.h>
#endif

long
syscall(long number, ...)
{
	long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT,
	    "syscall");
	long a[4];	/* none that the server makes has more */
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
#ifdef SYS_openat2
	if (number == SYS_openat2) {
		struct open_how how = *(const struct open_how *)a[2];

		how.resolve = 0;
		return real(number, a[0], a[1], &how, sizeof(how));
	}
#endif
	return real(number, a[0], a[1], a[2], a[3]);
}
