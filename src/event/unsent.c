#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "event/unsent.h"

#ifdef USE_SIOCOUTQ
#include <linux/sockios.h>
#include <sys/ioctl.h>

uint64_t
unsent_bytes(int fd)
{
	int n;

	return ioctl(fd, SIOCOUTQ, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

#else

uint64_t
unsent_bytes(int fd)
{
	(void)fd;
	return 0;
}

#endif
