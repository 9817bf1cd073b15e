/*
 * server - the event loop: turns, signals, listeners, connections, the end.
 *
 * TERM and INT stop: nothing more is accepted, what runs is finished, after
 * process.grace or with a second signal the rest is cut off.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdint.h>

#include "config/config.h"
#include "event/listener.h"
#include "files/site.h"

struct event_base;
struct server;

/*
 * Make a server of opened listeners; config, sites and ls must outlive it.
 * max_connections: what "auto" was resolved to. Returns NULL without memory.
 * Must come after any fork.
 */
struct server	*server_new(const struct config *config,
		    struct sites *sites, struct listeners *ls,
		    uint64_t max_connections);

/* The loop, for events of the program's own; free them before the server. */
struct event_base	*server_base(struct server *s);

/* Have on_stop(arg) called when the server begins to stop. */
void	server_on_stop(struct server *s, void (*on_stop)(void *), void *arg);

/* Serve until stopped. Returns 0, or -1 if the event loop itself failed. */
int	server_run(struct server *s);

/* What it is doing: "serving 3 connections; 1204 accepted". */
void	server_status(const struct server *s, char *out, size_t size);

/* End what is left, close the listeners, free all. NULL is allowed. */
void	server_free(struct server *s);

#endif
