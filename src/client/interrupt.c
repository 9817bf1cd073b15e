#include "client/interrupt.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define SIGNALS	3

static const int numbers[SIGNALS] = { SIGINT, SIGTERM, SIGHUP };

static struct {
	struct event	*events[SIGNALS];	/* NULL: it is ignored */
	void		(*tidy)(void *arg);
	void		*arg;
} watch;

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	(void)what;
	(void)arg;
	watch.tidy(watch.arg);
	interrupt_unwatch();
	signal((int)number, SIG_DFL);
	raise((int)number);
}

static bool
is_ignored(int number)
{
	struct sigaction now;

	return sigaction(number, NULL, &now) == 0 &&
	    now.sa_handler == SIG_IGN;
}

int
interrupt_watch(struct event_base *base, void (*tidy)(void *arg), void *arg)
{
	watch.tidy = tidy;
	watch.arg = arg;
	for (int i = 0; i < SIGNALS; i++) {
		/* As nohup and the shell's "&" want it. */
		if (is_ignored(numbers[i]))
			continue;
		watch.events[i] = evsignal_new(base, numbers[i], on_signal,
		    NULL);
		if (watch.events[i] == NULL ||
		    event_add(watch.events[i], NULL) == -1) {
			interrupt_unwatch();
			return -1;
		}
	}
	return 0;
}

void
interrupt_unwatch(void)
{
	for (int i = 0; i < SIGNALS; i++) {
		if (watch.events[i] != NULL)
			event_free(watch.events[i]);
		watch.events[i] = NULL;
	}
}
