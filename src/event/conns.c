#include "event/conn_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/log.h"
#include "base/monotonic.h"
#include "event/unsent.h"
#include "proto/access_log.h"

#define RATE_PERIOD_MS	10000
#define LAST_MS		2000
#define DRAIN_MS	5000

/* Who waits for the server itself is not ended for it. */
#define WORK_MS		3600000

#define IDLE_LEAST_MS	1000

static uint64_t
now_ms(struct conns *all)
{
	if (all->now_turn != all->service->turn) {
		all->now_ms = monotonic_ms();
		all->now_turn = all->service->turn;
	}
	return all->now_ms;
}

uint64_t
conn_progress(const struct conn *c)
{
	uint64_t unsent = unsent_bytes(c->fd);

	if (c->bev != NULL)
		unsent += evbuffer_get_length(bufferevent_get_output(c->bev));
	return c->bytes_in +
	    (unsent < c->bytes_out ? c->bytes_out - unsent : 0);
}

void
conn_wait(struct conn *c, enum conn_wait wait, bool renew)
{
	if (wait == c->wait && !renew && c->deadline.queue != NULL)
		return;
	if (wait == CONN_WAIT_RATE)
		c->mark = conn_progress(c);
	c->wait = (uint8_t)wait;
	deadline_enter(&c->all->deadlines, &c->deadline,
	    &c->all->waits[wait], now_ms(c->all));
}

bool
conn_is_fast_enough(const struct conn *c)
{
	const struct conns *all = c->all;
	uint64_t now = conn_progress(c);

	/* It can go back a little: the kernel counts its own overhead too. */
	return (now > c->mark ? now - c->mark : 0) >=
	    all->service->config->limits.min_rate *
	    all->waits[CONN_WAIT_RATE].period_ms / 1000;
}

void
conn_unwatch(struct conn *c)
{
	if (c->watched != 0)
		event_del(&c->ev);
	c->watched = 0;
}

/* ---- the end ---- */

void
conn_stop_buffered(struct conn *c)
{
	if (c->bev == NULL)
		return;
	/*
	 * Its events leave the loop here and now, as the socket may be
	 * closed before the loop gets round to freeing the rest.
	 */
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	bufferevent_free(c->bev);
	c->bev = NULL;
}

void
conn_drop_kept(struct conn *c)
{
	free(c->kept);
	c->kept = NULL;
	c->kept_len = c->kept_size = 0;
}

void
conn_drop_out(struct conn *c)
{
	if (c->out == NULL)
		return;
	out_clear(c->out);
	free(c->out);
	c->out = NULL;
	c->all->senders--;
}

/* End the connection. c is gone when this returns. */
void
conn_end(struct conn *c, enum conn_end end)
{
	struct conns *all = c->all;

	if (log_has_level(LOG_LEVEL_DEBUG))
		log_debug("connection %" PRIu64 " (%s) ended: %s; "
		    "%" PRIu64 " bytes in, %" PRIu64 " out", (uint64_t)c->id,
		    c->proto->name, conn_end_name(end), c->bytes_in,
		    c->bytes_out);
	all->ended[end]++;
	if (c->access != NULL)
		access_peer_end(c->access, c->bytes_out, conn_end_name(end));
	deadline_leave(&all->deadlines, &c->deadline);
	if (c->proto->on_close != NULL)
		c->proto->on_close(&c->state);
	conn_stop_buffered(c);
	conn_unwatch(c);
	close(c->fd);
	conn_drop_out(c);
	conn_drop_kept(c);
	address_count_drop(&all->addresses, c->address);
	free(c);
	all->count--;
	if (all->on_room != NULL)
		all->on_room(all->arg);
}

/* ---- the access log ---- */

void
conn_log(struct conn *c, const struct protocol *proto,
    const struct sockaddr *peer)
{
	struct sockaddr_storage found = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(found);

	if (!proto->has_requests)
		return;
	if (peer == NULL && getpeername(c->fd, (struct sockaddr *)&found,
	    &len) == 0)
		peer = (const struct sockaddr *)&found;
	if (peer != NULL)
		/* An answer that it is not told of may be on its way. */
		c->access = access_peer_new(c->id, c->bytes_out +
		    c->all->out.left, peer);
}

/* ---- events ---- */

bool
conn_watch(struct conn *c, short what)
{
	if (c->watched == what)
		return true;
	conn_unwatch(c);
	if (event_assign(&c->ev, c->all->base, c->fd, what | EV_PERSIST,
	    conn_on_event, c) == -1 || event_add(&c->ev, NULL) == -1) {
		conn_end(c, CONN_END_MEMORY);
		return false;
	}
	c->watched = (uint8_t)what;
	return true;
}

static struct conn *
first_of(const struct deadline_queue *queue)
{
	struct deadline *d = deadline_first(queue);

	return d == NULL ? NULL : conn_of(d);
}

/*
 * A time that is over already comes with the next turn: an event made active
 * by hand would come in this one, before all others.
 */
static bool
add_turn(struct conns *all)
{
	static const struct timeval none;

	return event_pending(all->work, EV_TIMEOUT, NULL) ||
	    event_add(all->work, &none) == 0;
}

void
conn_queue(struct conn *c)
{
	conn_unwatch(c);
	conn_wait(c, CONN_WAIT_WORK, false);
	if (!add_turn(c->all))
		conn_end(c, CONN_END_MEMORY);
}

/* One step for the one who has waited longest: that is all of this turn. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct conns *all = arg;
	struct conn *c = first_of(&all->waits[CONN_WAIT_WORK]);

	(void)fd;
	(void)what;
	if (c == NULL)
		return;
	conn_work(c);
	/* Where this fails the next one that is queued makes up for it. */
	if (first_of(&all->waits[CONN_WAIT_WORK]) != NULL)
		add_turn(all);
}

/* ---- all of them ---- */

/* How long each wait takes, by the configuration. */
static void
periods_of(const struct config *config, uint64_t periods[static CONN_WAITS])
{
	periods[CONN_WAIT_DETECT] = config->limits.detect_timeout_ms;
	periods[CONN_WAIT_HEAD] = config->limits.header_timeout_ms;
	periods[CONN_WAIT_IDLE] = config->limits.idle_timeout_ms;
	periods[CONN_WAIT_TALK] = config->echo.idle_timeout_ms;
	periods[CONN_WAIT_RATE] = RATE_PERIOD_MS;
	periods[CONN_WAIT_LAST] = LAST_MS;
	periods[CONN_WAIT_WORK] = WORK_MS;
	periods[CONN_WAIT_DRAIN] = DRAIN_MS;
}

int
conns_init(struct conns *all, struct event_base *base,
    struct service *service, uint64_t max)
{
	uint64_t periods[CONN_WAITS];

	*all = (struct conns){ .base = base, .service = service, .max = max,
	    .idle_least_ms = IDLE_LEAST_MS };
	periods_of(service->config, periods);
	for (unsigned i = 0; i < CONN_WAITS; i++)
		all->waits[i].period_ms = periods[i];
	out_init(&all->out);
	address_count_init(&all->addresses);
	if (deadline_set_init(&all->deadlines, base, all->waits, CONN_WAITS,
	    conn_on_due, NULL) == -1)
		return -1;
	all->work = evtimer_new(base, on_turn, all);
	all->input = malloc(INPUT_SIZE);
	if (all->work == NULL || all->input == NULL) {
		conns_clear(all);
		return -1;
	}
	return 0;
}

/*
 * Count the connections that came while nobody counted. One that was refused
 * is not.
 */
static void
count_addresses(struct conns *all)
{
	struct sockaddr_storage peer;
	struct deadline *d;

	for (unsigned i = 0; i < CONN_WAITS; i++)
		TAILQ_FOREACH(d, &all->waits[i].members, link) {
			struct conn *c = conn_of(d);
			socklen_t len = sizeof(peer);

			if (c->address != NULL || c->refused ||
			    getpeername(c->fd, (struct sockaddr *)&peer,
			    &len) == -1)
				continue;
			c->address = address_count_add(&all->addresses,
			    (struct sockaddr *)&peer);
		}
}

void
conns_renew(struct conns *all, uint64_t max)
{
	const struct config *config = all->service->config;
	uint64_t periods[CONN_WAITS], now = monotonic_ms();

	periods_of(config, periods);
	for (unsigned i = 0; i < CONN_WAITS; i++)
		if (all->waits[i].period_ms != periods[i])
			deadline_set_period(&all->deadlines, &all->waits[i],
			    periods[i], now);
	if (config->limits.connections_per_address != CONFIG_UNLIMITED)
		count_addresses(all);
	all->max = max;
}

void
conns_end_all(struct conns *all)
{
	struct conn *c;

	for (unsigned i = 0; i < CONN_WAITS; i++)
		while ((c = first_of(&all->waits[i])) != NULL)
			conn_end(c, CONN_END_SHUTDOWN);
}

void
conns_clear(struct conns *all)
{
	conns_end_all(all);
	deadline_set_clear(&all->deadlines);
	address_count_clear(&all->addresses);
	out_clear(&all->out);
	if (all->work != NULL)
		event_free(all->work);
	all->work = NULL;
	free(all->input);
	all->input = NULL;
}

/* The longest idle one, if its next request is not likely on the way. */
static struct conn *
longest_idle(struct conns *all)
{
	const struct deadline_queue *queue = &all->waits[CONN_WAIT_IDLE];
	struct deadline *d = deadline_first(queue);

	if (d == NULL || now_ms(all) + queue->period_ms <
	    d->due_ms + all->idle_least_ms)
		return NULL;
	return conn_of(d);
}

bool
conns_has_idle(struct conns *all)
{
	return longest_idle(all) != NULL;
}

bool
conns_end_idle(struct conns *all, enum conn_end end)
{
	struct conn *idle = longest_idle(all);

	if (idle == NULL)
		return false;
	conn_end(idle, end);
	return true;
}

void
conns_stop(struct conns *all)
{
	struct deadline *d, *next;

	/* Telling one may end it or move it to a later queue, no other. */
	for (unsigned i = 0; i < CONN_WAITS; i++)
		for (d = deadline_first(&all->waits[i]); d != NULL; d = next) {
			next = TAILQ_NEXT(d, link);
			conn_tell_stop(conn_of(d));
		}
}

