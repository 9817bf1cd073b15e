/*
 * server - the event loop: turns, signals, listeners, connections, the end.
 *
 * TERM and INT stop: who waits to be accepted still is, then nobody; what runs
 * is finished, after process.grace or with a second signal the rest is cut
 * off.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "event/listener_change.h"
#include "files/generation.h"

struct access_log;
struct event_base;
struct server;

/*
 * Make a server of opened listeners, which must outlive it; of the generation
 * it takes a reference. max_connections: what "auto" was resolved to. Returns
 * NULL without memory. Must come after any fork.
 */
struct server	*server_new(struct generation *g, struct listeners *ls,
		    uint64_t max_connections);

/*
 * Go over to another generation, with its listeners (see listener_change.h)
 * and limits, all or nothing: what has begun ends as it began. change is what
 * became of the listeners.
 *
 * Returns 0, or -1 with a sentence in error, and nothing has changed.
 */
int	server_reload(struct server *s, struct generation *g,
	    uint64_t max_connections, struct listeners_change *change,
	    char *error, size_t size) __attribute__((warn_unused_result));

/* The one in force, until the next server_reload() unless it is referred to. */
struct generation	*server_generation(const struct server *s);

/* The loop, for events of the program's own; free them before the server. */
struct event_base	*server_base(struct server *s);

/*
 * Tell requests in log from now on, NULL: in none. It must stay until another
 * takes its place, or the server is freed.
 */
void	server_set_access_log(struct server *s, struct access_log *log);

/* Have on_stop(arg) called when the server begins to stop. */
void	server_on_stop(struct server *s, void (*on_stop)(void *), void *arg);

/* Begin to stop, as with TERM. */
void	server_stop(struct server *s);

/* Whether it has begun to stop. */
bool	server_is_stopping(const struct server *s);

/* Serve until stopped. Returns 0, or -1 if the event loop itself failed. */
int	server_run(struct server *s);

/* How long the end may take from its beginning on, in ms. */
uint64_t	server_grace_ms(const struct server *s);

/* What it is doing: "serving 3 connections; 1204 accepted". */
void	server_status(const struct server *s, char *out, size_t size);

/* End what is left, close the listeners, free all. NULL is allowed. */
void	server_free(struct server *s);

#endif
