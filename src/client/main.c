/*
 * main - which command it is, and the exit status.
 *
 * The modules beside it; the header of each is its manual:
 *
 *	command line	args exits say cmd_connect cmd_echo cmd_get cmd_resolve
 *	connections	names lookup dial stream
 *	terminal, pipes	source sink print screen crlf unescape interrupt
 *	fetching	transfer fetch exchange request judge remark outlet
 *	saving		file_name download place part part_info special
 *			save_fault
 *	progress	meter progress
 *	echo		echo_run echo_report probe pattern
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cmd_connect.h"
#include "client/cmd_echo.h"
#include "client/cmd_get.h"
#include "client/cmd_resolve.h"
#include "client/exits.h"
#include "client/say.h"
#include "config/config_value.h"

static const struct command {
	const char	*name;
	const char	*operands;
	const char	*help;
	int		(*run)(int argc, char **argv);
} commands[] = {
	{ "connect", "HOST PORT", "talk to a server", cmd_connect },
	{ "echo", "HOST PORT", "prove an echo, and time it", cmd_echo },
	{ "get", "URL...", "print what is there, or save it", cmd_get },
	{ "resolve", "NAME", "print the addresses of a name", cmd_resolve },
	{ NULL, NULL, NULL, NULL }
};

static void
print_help(void)
{
	fputs("Usage:\n", stdout);
	for (const struct command *c = commands; c->name != NULL; c++)
		printf("  mynah %-7s %-12s %s\n", c->name, c->operands,
		    c->help);
	fputs("\n\"mynah COMMAND --help\" has the options of each; "
	    "mynah --version, the version.\nSee also mynah(1).\n", stdout);
}

static bool
is_either(const char *word, const char *letter, const char *option)
{
	return strcmp(word, letter) == 0 || strcmp(word, option) == 0;
}

/* The command that a word is a slip of, or NULL. */
static const char *
meant(const char *word)
{
	size_t least = SIZE_MAX, distance;
	const char *best = NULL;

	for (const struct command *c = commands; c->name != NULL; c++)
		if (config_is_near(slice_of(word), slice_of(c->name),
		    &distance) && distance < least) {
			least = distance;
			best = c->name;
		}
	return best;
}

static int
refuse(const char *word)
{
	const char *best = meant(word);

	if (word[0] == '-')
		say("%s: options stand behind a command, such as \"mynah get "
		    "-v URL\"; \"mynah --help\" has the commands", word);
	else if (best != NULL)
		say("no such command: %s; did you mean %s?", word, best);
	else if (strstr(word, "://") != NULL)
		say("no such command: %s; did you mean \"mynah get %s\"?",
		    word, word);
	else
		say("no such command: %s; there are connect, get, echo and "
		    "resolve, and \"mynah --help\"", word);
	return EXITS_USAGE;
}

static const struct command *
find(const char *name)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(name, c->name) == 0)
			return c;
	return NULL;
}

/* "mynah help", "mynah help get" */
static int
help(char *name)
{
	char option[] = "--help", *argv[] = { name, option, NULL };
	const struct command *c;

	if (name == NULL) {
		print_help();
		return EXITS_OK;
	}
	return (c = find(name)) != NULL ? c->run(2, argv) : refuse(name);
}

/* What was printed must have got there. */
static int
finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (status != EXITS_OK)
		return status;
	say("standard output: %m");
	return EXITS_FILE;
}

/*
 * No socket may become a standard stream that was closed. Standard output
 * then cannot be written to, which is found out as it is with others.
 */
static void
hold_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null",
			    fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);
}

int
main(int argc, char **argv)
{
	const struct command *c;

	/* A pipe that nobody reads, or a file too large: errors like others. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	hold_standard_streams();
	if (argc < 2) {
		say("which command? connect, get, echo or resolve; "
		    "\"mynah --help\" says more");
		return EXITS_USAGE;
	}
	if (is_either(argv[1], "-h", "--help"))
		return finish(help(NULL));
	if (strcmp(argv[1], "help") == 0)
		return finish(help(argv[2]));
	if (is_either(argv[1], "-V", "--version")) {
		printf("mynah %s\n", PACKAGE_VERSION);
		return finish(EXITS_OK);
	}
	if ((c = find(argv[1])) == NULL)
		return refuse(argv[1]);
	return finish(c->run(argc - 1, argv + 1));
}
