/*
 * reload - another configuration while serving, all of it or nothing.
 *
 * HUP reads the file again, with the options of the command line over it,
 * opens what it names, and goes over to it (server_reload()). Whatever is
 * wrong is told in the log, and the server goes on as it was. What only a start
 * can do is refused before anything changes.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "config/config.h"
#include "daemon/options.h"
#include "daemon/statefile.h"
#include "event/server.h"
#include "files/generation.h"

/*
 * What else a reload concerns; each may be NULL. fits() says whether what is
 * about to be served can be had (it is the place for limits that a start has
 * set, and for what must be made ready before): 0, or -1 with a sentence in
 * error. After it did, either use() or, if something else could not be had,
 * drop() is called.
 */
struct reload_hooks {
	void	(*begin)(void *arg);
	int	(*fits)(void *arg, struct generation *g, char *error,
		    size_t size);
	void	(*use)(void *arg, const struct generation *g);
	void	(*drop)(void *arg);
	void	(*end)(void *arg, const char *outcome);	/* one line */
	void	*arg;
};

struct reload {
	const char		*default_root;
	char			*file;		/* absolute, or NULL: none */
	struct config_option	 keys[OPTIONS_KEYS_MAX];
	char			*paths[OPTIONS_KEYS_MAX];	/* of them */
	size_t			 nkeys;
	bool			 terminal[3];	/* 0 to 2 at the start */
	struct statefile	 state;
	struct reload_hooks	 hooks;
	struct server		*server;
	uint64_t		 descriptors;
	struct event		*on_hup;
	size_t			 len;		/* of what state.text has */
};

/*
 * Take note of how the server was started: the file of config, options (whose
 * strings must stay), the current directory. To be called before any fork and
 * before privileges go. Returns 0, or -1 without memory.
 */
int	reload_init(struct reload *r, const struct config *config,
	    const char *default_root, const struct options *options)
	    __attribute__((warn_unused_result));

/*
 * Open the state file, for which the pid file is locked already; that it
 * cannot be had is told in the log, and is no reason not to start.
 */
void	reload_open(struct reload *r, const struct config *config);

/*
 * Serve HUP from the loop of server from now on. Returns 0, or -1 without
 * memory.
 */
int	reload_start(struct reload *r, struct server *server,
	    uint64_t descriptors, const struct reload_hooks *hooks)
	    __attribute__((warn_unused_result));

/* To be called before server_free(). */
void	reload_clear(struct reload *r);

#endif
