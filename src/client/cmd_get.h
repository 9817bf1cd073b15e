/*
 * cmd_get - mynah get: URLs to standard output or files.
 */
#ifndef CMD_GET_H
#define CMD_GET_H

/* argv[0] is "get". Returns the exit status, see exits.h. */
int	cmd_get(int argc, char **argv);

#endif
