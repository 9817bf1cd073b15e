/*
 * cmd_connect - mynah connect: standard input to a server, and what it
 * sends to standard output.
 */
#ifndef CMD_CONNECT_H
#define CMD_CONNECT_H

/* argv[0] is "connect". Returns the exit status, see exits.h. */
int	cmd_connect(int argc, char **argv);

#endif
