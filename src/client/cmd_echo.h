/*
 * cmd_echo - mynah echo: proves that a server sends back what it is sent.
 */
#ifndef CMD_ECHO_H
#define CMD_ECHO_H

/* argv[0] is "echo". Returns the exit status, see exits.h. */
int	cmd_echo(int argc, char **argv);

#endif
