/*
 * interrupt - SIGINT, SIGTERM and SIGHUP, for a program that has something to
 * put in order before it dies of them.
 */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <event2/event.h>

/*
 * Call tidy(arg) from the loop when one of them comes; then the process dies
 * of it, as if nobody had caught it. One that is ignored stays so. Returns 0,
 * or -1 with errno.
 */
int	interrupt_watch(struct event_base *base, void (*tidy)(void *arg),
	    void *arg) __attribute__((warn_unused_result));

/* End the watch. */
void	interrupt_unwatch(void);

#endif
