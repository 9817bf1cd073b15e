/*
 * reload_parts - what a reload concerns besides the server: the sandbox, which
 * stays as it is; the logs, which may go elsewhere; the service manager, which
 * is told.
 */
#ifndef RELOAD_PARTS_H
#define RELOAD_PARTS_H

#include "daemon/logs.h"
#include "daemon/notify.h"
#include "daemon/reload.h"
#include "daemon/sandbox.h"

struct reload_parts {
	struct sandbox	*sandbox;
	struct logs	*logs;
	struct notify	*notify;
	struct logs_change change;	/* prepared */
};

/* For reload_start(); parts must outlive the reload. */
struct reload_hooks	reload_parts_hooks(struct reload_parts *parts);

#endif
