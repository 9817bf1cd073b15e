/*
 * logs - the error log and the access log that the configuration asks for:
 * opened at the start, opened again on SIGUSR1, and changed with a reload.
 *
 * Files are opened by the user who serves, not by root: what that user can
 * write to is written to, and no link in a directory of theirs can lead root
 * anywhere else. So the directory has to be theirs for a file to be made.
 */
#ifndef LOGS_H
#define LOGS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "event/server.h"

struct access_log;
struct log_sink;

struct logs {
	const struct config	*config;	/* in force */
	bool			 verbose;	/* -v: whatever it says */
	struct access_log	*access;	/* or NULL */
	struct server		*server;	/* or NULL: not yet */
	struct event		*on_usr1;
};

/*
 * Open the logs of config, which must outlive them, and tell what is to be
 * told in the error log from now on. To be called after privileges are gone
 * and before the sandbox closes.
 *
 * Returns 0, or -1 with a sentence in error that names the key.
 */
int	logs_open(struct logs *logs, const struct config *config, bool verbose,
	    char *error, size_t size) __attribute__((warn_unused_result));

/*
 * Could the target of key be written to, if it is a file? That is as it was
 * afterwards. Returns 0, or -1 with a sentence in error.
 */
int	logs_try(const char *key, const char *target, char *error, size_t size)
	    __attribute__((warn_unused_result));

/*
 * Tell the requests of server, and open the files again on SIGUSR1: what
 * fails is told, and the old ones go on. Returns 0, or -1 without memory.
 */
int	logs_serve(struct logs *logs, struct server *server)
	    __attribute__((warn_unused_result));

/* ---- reload ---- */

/* What a new configuration brings; of what it leaves alone, nothing. */
struct logs_change {
	const struct config	*config;
	struct log_sink		*error;
	struct access_log	*access;
	bool			 new_error;
	bool			 new_access;
};

/*
 * Open what config has other than the one in force. Nothing is changed yet.
 * Returns 0, or -1 with a sentence in error and nothing left open.
 */
int	logs_prepare(const struct logs *logs, const struct config *config,
	    struct logs_change *change, char *error, size_t size)
	    __attribute__((warn_unused_result));

/*
 * Take it: lines go to the new files, and the config of change is in force.
 * Requests that have begun are still told in the log that they began with.
 */
void	logs_commit(struct logs *logs, struct logs_change *change);

/* Or forget it. */
void	logs_abandon(struct logs_change *change);

/* ---- the end ---- */

/* Let go of the server, before it is freed. */
void	logs_leave(struct logs *logs);

/* Write what there is, after the server is freed, and close the files. */
void	logs_close(struct logs *logs);

#endif
