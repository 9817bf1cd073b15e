/*
 * options - the command line of mynahd.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "daemon/explain.h"

#define OPTIONS_KEYS_MAX	32

enum options_action {
	OPTIONS_SERVE,
	OPTIONS_CHECK,		/* --check */
	OPTIONS_RELOAD,		/* --reload */
	OPTIONS_PRINT,		/* --print-config */
	OPTIONS_EXPLAIN,	/* --explain URL */
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_ERROR		/* told on stderr: exit 64 */
};

struct options {
	const char		*config;	/* --config, or NULL */
	bool			 verbose;
	struct explain		 explain;	/* OPTIONS_EXPLAIN */
	struct config_option	 keys[OPTIONS_KEYS_MAX];
	size_t			 nkeys;
};

/* Read the command line. Strings stay those of argv. */
enum options_action	options_parse(int argc, char **argv,
			    struct options *out);

/* Print the help text to standard output. */
void	options_help(void);

#endif
