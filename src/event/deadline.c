#include "event/deadline.h"

#include <stddef.h>

#include "base/monotonic.h"

struct deadline *
deadline_first(const struct deadline_queue *queue)
{
	return TAILQ_FIRST(&queue->members);
}

/* The timer is on, and early enough: the usual case, in a turn of many. */
static inline bool
is_armed(const struct deadline_set *set, uint64_t due_ms)
{
	return set->armed_ms != 0 && set->armed_ms <= due_ms;
}

static void
arm(struct deadline_set *set, uint64_t due_ms, uint64_t now_ms)
{
	/* The clock is cut to milliseconds: one more is never too early. */
	uint64_t wait = due_ms > now_ms ? due_ms - now_ms + 1 : 1;
	struct timeval tv = {
		.tv_sec = (time_t)(wait / 1000),
		.tv_usec = (suseconds_t)(wait % 1000 * 1000)
	};

	/* Without memory for the timer the next one that enters retries. */
	set->armed_ms = evtimer_add(set->timer, &tv) == 0 ? due_ms : 0;
}

/* The queue whose first end comes first, or NULL if nothing waits. */
static struct deadline *
earliest(const struct deadline_set *set)
{
	struct deadline *first = NULL;

	for (unsigned i = 0; i < set->n; i++) {
		struct deadline *d = deadline_first(&set->queues[i]);

		if (d != NULL && (first == NULL || d->due_ms < first->due_ms))
			first = d;
	}
	return first;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct deadline_set *set = arg;
	uint64_t now_ms = monotonic_ms();
	struct deadline *d;

	(void)fd;
	(void)what;
	set->armed_ms = 0;
	while ((d = earliest(set)) != NULL && d->due_ms <= now_ms) {
		deadline_leave(set, d);
		set->on_due(d, set->arg);
	}
	if (d != NULL && !is_armed(set, d->due_ms))
		arm(set, d->due_ms, now_ms);
}

int
deadline_set_init(struct deadline_set *set, struct event_base *base,
    struct deadline_queue *queues, unsigned n,
    void (*on_due)(struct deadline *, void *), void *arg)
{
	*set = (struct deadline_set){ .queues = queues, .n = n,
	    .on_due = on_due, .arg = arg };
	for (unsigned i = 0; i < n; i++)
		TAILQ_INIT(&queues[i].members);
	set->timer = evtimer_new(base, on_timer, set);
	return set->timer == NULL ? -1 : 0;
}

void
deadline_set_clear(struct deadline_set *set)
{
	if (set->timer != NULL)
		event_free(set->timer);
	set->timer = NULL;
}

void
deadline_leave(struct deadline_set *set, struct deadline *d)
{
	if (d->queue == NULL)
		return;
	TAILQ_REMOVE(&d->queue->members, d, link);
	d->queue = NULL;
	if (set->armed_ms != 0 && earliest(set) == NULL) {
		evtimer_del(set->timer);
		set->armed_ms = 0;
	}
}

void
deadline_enter(struct deadline_set *set, struct deadline *d,
    struct deadline_queue *queue, uint64_t now_ms)
{
	if (d->queue != NULL)
		TAILQ_REMOVE(&d->queue->members, d, link);
	d->queue = queue;
	d->due_ms = now_ms + queue->period_ms;
	TAILQ_INSERT_TAIL(&queue->members, d, link);
	if (!is_armed(set, d->due_ms))
		arm(set, d->due_ms, now_ms);
}

void
deadline_set_period(struct deadline_set *set, struct deadline_queue *queue,
    uint64_t period_ms, uint64_t now_ms)
{
	struct deadline *d;

	/* All by the same, so the queue stays in the order of the ends. */
	TAILQ_FOREACH(d, &queue->members, link)
		d->due_ms = d->due_ms - queue->period_ms + period_ms;
	queue->period_ms = period_ms;
	/* A timer that comes too early finds nothing due, and goes on. */
	if ((d = earliest(set)) != NULL && !is_armed(set, d->due_ms))
		arm(set, d->due_ms, now_ms);
}
