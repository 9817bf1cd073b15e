/*
 * exits - the exit statuses of mynah, one set for all commands; mynah(1) has
 * them in words.
 */
#ifndef EXITS_H
#define EXITS_H

enum exits {
	EXITS_OK = 0,
	EXITS_SYSTEM = 1,	/* out of memory, or the like */
	EXITS_USAGE = 2,
	EXITS_NAME = 3,		/* the name has no address */
	EXITS_REFUSED = 4,	/* no address of it could be reached */
	EXITS_TIMEOUT = 5,
	EXITS_PROTOCOL = 6,	/* what came is not what was spoken */
	EXITS_SHORT = 7,	/* the connection ended too early */
	EXITS_STATUS = 8,	/* a status of 400 or more, with -f */
	EXITS_FILE = 9,		/* a file, or standard output */
	EXITS_MISMATCH = 10	/* an echo that is none */
};

#endif
