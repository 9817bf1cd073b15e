#include "client/print.h"

#include <stdlib.h>

#include "client/screen.h"

struct print {
	struct sink	*sink;
	struct screen	 screen;
};

struct print *
print_new(struct event_base *base, int fd, const struct sink_calls *calls,
    void *arg)
{
	struct print *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	if ((p->sink = sink_new(base, fd, calls, arg)) == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

int
print_bytes(struct print *p, struct slice bytes)
{
	char shown[SCREEN_ROOM];
	struct slice some;
	size_t n;

	if (!sink_is_terminal(p->sink))
		return sink_write(p->sink, bytes.p, bytes.len);
	while (bytes.len > 0) {
		some = bytes;
		if (some.len > SCREEN_MAX)
			some.len = SCREEN_MAX;
		bytes.p += some.len;
		bytes.len -= some.len;
		n = screen_show(&p->screen, some, shown);
		if (n > 0 && sink_write(p->sink, shown, n) == -1)
			return -1;
	}
	return 0;
}

int
print_end(struct print *p)
{
	char shown[SCREEN_ROOM];
	size_t n = screen_end(&p->screen, shown);

	return n == 0 ? 0 : sink_write(p->sink, shown, n);
}

bool
print_is_full(const struct print *p)
{
	return sink_is_full(p->sink);
}

void
print_free(struct print *p)
{
	if (p == NULL)
		return;
	sink_free(p->sink);
	free(p);
}
