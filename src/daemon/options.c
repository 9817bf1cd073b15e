#include "daemon/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define LETTERS	":c:dH:X:vVh"

/*
 * Options without a letter: those that ask for something else than to serve,
 * and those for keys of the configuration.
 */
enum {
	CHECK_OPTION = 256,
	RELOAD_OPTION,
	PRINT_OPTION,
	EXPLAIN_OPTION,
	KEY_OPTION
};

#define DAEMON	"daemon"	/* the only key that has a letter, too */

static const struct {
	const char	*option;	/* as typed */
	const char	*key;
	const char	*value;		/* NULL: what comes after it */
} keys[] = {
	{ "host", "host", NULL },
	{ "port", "port", NULL },
	{ "backlog", "backlog", NULL },
	{ "document_root", "document_root", NULL },
	{ "document-root", "document_root", NULL },
	{ "protocol", "protocol", NULL },
	{ "user", "process.user", NULL },
	{ "group", "process.group", NULL },
	{ "sandbox", "process.sandbox", NULL },
	{ DAEMON, "process.daemon", "true" },
};

#define NKEYS	(sizeof(keys) / sizeof(keys[0]))

static const struct option plain[] = {
	{ "config",	  required_argument, NULL, 'c' },
	{ "check",	  no_argument,	     NULL, CHECK_OPTION },
	{ "reload",	  no_argument,	     NULL, RELOAD_OPTION },
	{ "print-config", no_argument,	     NULL, PRINT_OPTION },
	{ "explain",	  required_argument, NULL, EXPLAIN_OPTION },
	{ "header",	  required_argument, NULL, 'H' },
	{ "method",	  required_argument, NULL, 'X' },
	{ "verbose",	  no_argument,	     NULL, 'v' },
	{ "version",	  no_argument,	     NULL, 'V' },
	{ "help",	  no_argument,	     NULL, 'h' },
};

#define NPLAIN	(sizeof(plain) / sizeof(plain[0]))

/* What the first of them ask for, in their order. */
static const enum options_action actions[] = { OPTIONS_CHECK, OPTIONS_RELOAD,
    OPTIONS_PRINT, OPTIONS_EXPLAIN };

void
options_help(void)
{
	fputs(
"Usage: mynahd [-dv] [-c FILE] [--KEY VALUE ...]\n"
"       mynahd --check | --print-config | --reload [-c FILE] "
"[--KEY VALUE ...]\n"
"       mynahd --explain URL [-H FIELD ...] [-X METHOD] [-c FILE] ...\n"
"\n"
"Welcomes, echoes, and serves static files over HTTP/1.1.\n"
"\n"
"  -c, --config FILE      the configuration, see mynahd.yaml(5)\n"
"  -d, --daemon           go into the background once it serves\n"
"      --check            do all that a start does, but do not serve\n"
"      --reload           make the running server read its configuration again\n"
"      --print-config     print the configuration that is in force\n"
"      --explain URL      say what would be answered to a request, and why\n"
"  -H, --header FIELD     with --explain: a field, such as 'Range: bytes=0-9'\n"
"  -X, --method METHOD    with --explain: another method than GET\n"
"      --host HOST        address or name to listen on (127.0.0.1)\n"
"      --port PORT        port; 0 is any free one (8080)\n"
"      --backlog N        connections waiting to be accepted (1024)\n"
"      --document_root D  directory to serve\n"
"      --protocol P       auto, http, echo or welcome (auto)\n"
"      --user USER        who serves, when started as root\n"
"      --group GROUP      and in which group\n"
"      --sandbox MODE     auto, required or none (auto)\n"
"  -v, --verbose          one line for each connection that ends\n"
"  -V, --version          print the version\n"
"  -h, --help             print this\n", stdout);
}

static void
make_table(struct option *table)
{
	memcpy(table, plain, sizeof(plain));
	for (size_t i = 0; i < NKEYS; i++)
		table[NPLAIN + i] = (struct option){ keys[i].option,
		    keys[i].value == NULL ? required_argument : no_argument,
		    NULL, KEY_OPTION + (int)i };
	table[NPLAIN + NKEYS] = (struct option){ NULL, 0, NULL, 0 };
}

static enum options_action
bad(const char *what, const char *which)
{
	fprintf(stderr, "mynahd: %s%s; \"mynahd --help\" lists the options\n",
	    what, which);
	return OPTIONS_ERROR;
}

/* The unknown option, as it was typed: one letter of several, or a word. */
static const char *
culprit(char **argv)
{
	static char letter[3] = "-";

	if (optopt <= 0 || optopt >= CHECK_OPTION ||
	    strchr(LETTERS, optopt) != NULL)
		return argv[optind - 1];
	letter[1] = (char)optopt;
	return letter;
}

static bool
add_key(struct options *out, size_t i)
{
	static char said[NKEYS][32];

	if (out->nkeys == OPTIONS_KEYS_MAX)
		return false;
	snprintf(said[i], sizeof(said[i]), "--%s", keys[i].option);
	out->keys[out->nkeys++] = (struct config_option){
	    .key = keys[i].key, .said = said[i],
	    .value = keys[i].value == NULL ? optarg : keys[i].value };
	return true;
}

static int
find_key(const char *option)
{
	int i = 0;

	while (strcmp(keys[i].option, option) != 0)
		i++;
	return KEY_OPTION + i;
}

/* False if something else was asked for before. */
static bool
choose(int option, enum options_action *action)
{
	enum options_action before = *action;

	*action = actions[option - CHECK_OPTION];
	return before == OPTIONS_SERVE || before == *action;
}

enum options_action
options_parse(int argc, char **argv, struct options *out)
{
	struct option table[NPLAIN + NKEYS + 1];
	enum options_action action = OPTIONS_SERVE;
	int c;

	*out = (struct options){ 0 };
	make_table(table);
	opterr = 0;
	while ((c = getopt_long(argc, argv, LETTERS, table, NULL)) != -1) {
		if (c == 'd')
			c = find_key(DAEMON);
		switch (c) {
		case 'c':
			out->config = optarg;
			break;
		case 'v':
			out->verbose = true;
			break;
		case EXPLAIN_OPTION:
			out->explain.url = optarg;
			/* fall through */
		case CHECK_OPTION:
		case RELOAD_OPTION:
		case PRINT_OPTION:
			if (!choose(c, &action))
				return bad("only one of --check, --reload, "
				    "--print-config and --explain can be done",
				    "");
			break;
		case 'H':
			if (out->explain.nfields == EXPLAIN_FIELDS_MAX)
				return bad("too many fields: ", optarg);
			out->explain.fields[out->explain.nfields++] = optarg;
			break;
		case 'X':
			out->explain.method = optarg;
			break;
		case 'V':
			return OPTIONS_VERSION;
		case 'h':
			return OPTIONS_HELP;
		case ':':
			return bad("a value is missing after ",
			    argv[optind - 1]);
		case '?':
			return bad("no such option: ", culprit(argv));
		default:
			if (!add_key(out, (size_t)(c - KEY_OPTION)))
				return bad("too many options", "");
		}
	}
	if (optind < argc)
		return bad("nothing is known to do with ", argv[optind]);
	if (action != OPTIONS_EXPLAIN && (out->explain.nfields > 0 ||
	    out->explain.method != NULL))
		return bad("only --explain URL has use for ",
		    out->explain.method != NULL ? "--method" : "--header");
	return action;
}
