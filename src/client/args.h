/*
 * args - the words behind a command: options by a table, which is also what
 * --help prints, and operands.
 */
#ifndef ARGS_H
#define ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One option. The last row of a table is all zero. */
struct args_option {
	int		 letter;	/* 'v', or any other number above 255 */
	const char	*name;		/* "verbose", without dashes */
	const char	*value;		/* what follows, such as "FILE"; or NULL */
	const char	*help;		/* half a line */
};

/* A command. */
struct args_command {
	const char			*name;		/* "get" */
	const char			*operands;	/* "HOST PORT"; a word
							   each */
	const char			*summary;	/* one line */
	const struct args_option	*options;	/* behind the common ones */
	int				 least;		/* of operands */
	int				 most;
	bool				 stays_here;	/* it connects to nobody:
							   no --unix, and no
							   --idle-timeout */
};

/* What every command takes. */
struct args_common {
	int		 family;	/* AF_UNSPEC, AF_INET (-4), AF_INET6 (-6) */
	const char	*unix_path;	/* --unix, or NULL */
	uint64_t	 connect_ms;	/* --connect-timeout; default 30 s */
	uint64_t	 idle_ms;	/* --idle-timeout; UINT64_MAX: none */
	uint64_t	 max_ms;	/* --max-time; UINT64_MAX: none */
};

/* How long it may take until there is a connection. */
static inline uint64_t
args_connect_limit(const struct args_common *common)
{
	return common->connect_ms < common->max_ms ? common->connect_ms :
	    common->max_ms;
}

/*
 * Read argv[1] and up. The common options go to common (which is filled with
 * the defaults first, idle_ms as given by the caller), -v to say; the others
 * are passed to take with the letter of their row, and value NULL where none
 * is taken. take returns false when it has called args_bad(). With --unix a
 * command whose operands begin with "HOST PORT" has two operands less.
 *
 * Returns where the operands are in argv. Or 0, and there is nothing left to
 * do but to exit with *status: EXITS_OK after --help, EXITS_USAGE after an
 * error, which was said.
 */
int	args_parse(const struct args_command *command, int argc, char **argv,
	    struct args_common *common,
	    bool (*take)(void *to, int letter, const char *value), void *to,
	    int *status) __attribute__((warn_unused_result));

/* Say what is wrong with the words of this command, and where help is. */
void	args_bad(const struct args_command *command, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Values of options, with an error that says what would be right: a count
 * from least to most; a time in milliseconds ("500ms", "30s", "5m", "2h", or a
 * number of seconds), UINT64_MAX for "unlimited"; a size in bytes ("64KiB",
 * or a number). option is as typed, such as "--count".
 */
bool	args_count(const struct args_command *command, const char *option,
	    const char *value, uint64_t least, uint64_t most, uint64_t *out);
bool	args_time(const struct args_command *command, const char *option,
	    const char *value, uint64_t *out);
bool	args_size(const struct args_command *command, const char *option,
	    const char *value, uint64_t least, uint64_t most, uint64_t *out);

/* A port: 1 to 65535, or the name of a service of TCP. */
bool	args_port(const struct args_command *command, const char *value,
	    uint16_t *out);

#endif
