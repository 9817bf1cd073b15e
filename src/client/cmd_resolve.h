/*
 * cmd_resolve - mynah resolve: the addresses of a name, in the order in
 * which they are tried.
 */
#ifndef CMD_RESOLVE_H
#define CMD_RESOLVE_H

/* argv[0] is "resolve". Returns the exit status, see exits.h. */
int	cmd_resolve(int argc, char **argv);

#endif
