/*
 * deadline - many deadlines of few durations, one timer.
 *
 * All members of a queue wait equally long, so the queue is in the order of
 * their ends: entering, renewing and leaving cost a few pointers, and the
 * first of a queue is the one that has waited longest. The one timer of a
 * set is armed for the earliest end and not at all while nothing waits.
 */
#ifndef DEADLINE_H
#define DEADLINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/event.h>

struct deadline_queue;

struct deadline {
	TAILQ_ENTRY(deadline)	 link;
	struct deadline_queue	*queue;		/* NULL: waits for nothing */
	uint64_t		 due_ms;
};

struct deadline_queue {
	TAILQ_HEAD(, deadline)	 members;
	uint64_t		 period_ms;
};

struct deadline_set {
	struct deadline_queue	*queues;
	unsigned		 n;
	struct event		*timer;
	uint64_t		 armed_ms;	/* 0: the timer is off */
	void			(*on_due)(struct deadline *d, void *arg);
	void			*arg;
};

/*
 * Prepare a set of n queues (the caller's memory, period_ms filled in).
 * on_due is called for each deadline that passes, after it left its queue.
 * Returns 0, or -1 without memory.
 */
int	deadline_set_init(struct deadline_set *set, struct event_base *base,
	    struct deadline_queue *queues, unsigned n,
	    void (*on_due)(struct deadline *d, void *arg), void *arg);
void	deadline_set_clear(struct deadline_set *set);

/* Wait in a queue from now_ms on, leaving any other. */
void	deadline_enter(struct deadline_set *set, struct deadline *d,
	    struct deadline_queue *queue, uint64_t now_ms);

/* Wait for nothing. The timer goes off with the last one that waits. */
void	deadline_leave(struct deadline_set *set, struct deadline *d);

/*
 * Let a queue wait period_ms from here on. Who waits already began when he
 * did: his end is so much earlier or later, and may be over.
 */
void	deadline_set_period(struct deadline_set *set,
	    struct deadline_queue *queue, uint64_t period_ms, uint64_t now_ms);

/* The one that has waited longest in a queue, or NULL. */
struct deadline	*deadline_first(const struct deadline_queue *queue);

#endif
