#include "support.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where the unreadable page begins. */
static char *
wall(void)
{
	static char *edge;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p;

	if (edge != NULL)
		return edge;
	p = mmap(NULL, GUARDED_MAX + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	edge = p + GUARDED_MAX;
	ck_assert_int_eq(mprotect(edge, page, PROT_NONE), 0);
	return edge;
}

char *
guarded(const char *bytes, size_t len)
{
	char *p = wall() - len;

	ck_assert_uint_le(len, GUARDED_MAX);
	if (len > 0)
		memmove(p, bytes, len);
	return p;
}

int
lowest_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY);

	close(fd);
	return fd;
}

int
run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
