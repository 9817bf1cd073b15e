#include "event/access_flush.h"

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct access_flush *flush = arg;

	(void)fd;
	(void)what;
	if (flush->log != NULL)
		access_log_flush(flush->log);
}

static void
drop_room(struct access_flush *flush)
{
	if (flush->room != NULL)
		event_free(flush->room);
	flush->room = NULL;
}

/* False if that cannot be waited for. */
static bool
wait_for_room(struct access_flush *flush)
{
	if (flush->room == NULL)
		flush->room = event_new(flush->base,
		    access_log_descriptor(flush->log), EV_WRITE, on_time,
		    flush);
	return flush->room != NULL && (event_pending(flush->room, EV_WRITE,
	    NULL) || event_add(flush->room, NULL) == 0);
}

static void
on_change(void *arg)
{
	static const struct timeval soon = {
		.tv_sec = ACCESS_FLUSH_MS / 1000,
		.tv_usec = ACCESS_FLUSH_MS % 1000 * 1000,
	};
	struct access_flush *flush = arg;
	enum access_need need = access_log_need(flush->log);

	/* Another file may have been opened. */
	if (flush->room != NULL && event_get_fd(flush->room) !=
	    access_log_descriptor(flush->log))
		drop_room(flush);
	if (need == ACCESS_NOTHING ||
	    (need == ACCESS_ROOM && wait_for_room(flush)))
		return;
	/* Without memory for it the next line makes up for it. */
	if (!event_pending(flush->timer, EV_TIMEOUT, NULL))
		event_add(flush->timer, &soon);
}

int
access_flush_init(struct access_flush *flush, struct event_base *base)
{
	*flush = (struct access_flush){ .base = base };
	flush->timer = evtimer_new(base, on_time, flush);
	return flush->timer == NULL ? -1 : 0;
}

void
access_flush_set(struct access_flush *flush, struct access_log *log)
{
	drop_room(flush);
	if (flush->log != NULL)
		access_log_on_change(flush->log, NULL, NULL);
	flush->log = log;
	if (log != NULL)
		access_log_on_change(log, on_change, flush);
}

void
access_flush_clear(struct access_flush *flush)
{
	if (flush->timer == NULL)
		return;
	access_flush_set(flush, NULL);
	event_free(flush->timer);
	flush->timer = NULL;
}
