#include "client/args.h"

#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "client/exits.h"
#include "client/say.h"
#include "config/config_value.h"

#define OPTIONS_MAX	48	/* of a command, with the common ones */
#define HELP_COLUMN	26	/* where the help of an option begins */
#define TEXT_MAX	1024

#define CONNECT_MS	30000

/* Options of all commands that have no letter. */
enum {
	UNIX_OPTION = 1000,
	CONNECT_TIMEOUT_OPTION,
	IDLE_TIMEOUT_OPTION,
	MAX_TIME_OPTION
};

static const struct args_option common_options[] = {
	{ '4', "ipv4", NULL, "IPv4 addresses only" },
	{ '6', "ipv6", NULL, "IPv6 addresses only" },
	{ CONNECT_TIMEOUT_OPTION, "connect-timeout", "TIME",
	    "until connected, at most (30s)" },
	{ MAX_TIME_OPTION, "max-time", "TIME", "for everything, at most" },
	{ 'v', "verbose", NULL, "say what is done" },
	{ 'h', "help", NULL, "print this" },
	{ 0, NULL, NULL, NULL }
};

/* Of those that connect. */
static const struct args_option connection_options[] = {
	{ UNIX_OPTION, "unix", "PATH", "connect to this Unix socket" },
	{ IDLE_TIMEOUT_OPTION, "idle-timeout", "TIME",
	    "without a byte, at most" },
	{ 0, NULL, NULL, NULL }
};

/* What getopt_long() reads of all tables. */
struct table {
	struct option	 rows[OPTIONS_MAX + 1];
	char		 letters[2 * OPTIONS_MAX + 2];
};

void
args_bad(const struct args_command *command, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	say("%s; \"mynah %s --help\" has the options", text, command->name);
}

/* ---- help ---- */

/* The default of --idle-timeout is that of the command. */
static void
print_default(const struct args_option *o, uint64_t idle_ms)
{
	if (o->letter != IDLE_TIMEOUT_OPTION)
		return;
	if (idle_ms == UINT64_MAX)
		printf(" (unlimited)");
	else
		printf(" (%" PRIu64 "s)", idle_ms / 1000);
}

static void
print_options(const struct args_option *o, uint64_t idle_ms)
{
	char names[64];
	int n;

	for (; o->name != NULL; o++) {
		n = o->letter > UINT8_MAX ?
		    snprintf(names, sizeof(names), "      --%s", o->name) :
		    snprintf(names, sizeof(names), "  -%c, --%s", o->letter,
			o->name);
		if (o->value != NULL)
			n += snprintf(names + n, sizeof(names) - (size_t)n,
			    " %s", o->value);
		if (n < HELP_COLUMN - 1)
			printf("%-*s%s", HELP_COLUMN, names, o->help);
		else
			printf("%s\n%*s%s", names, HELP_COLUMN, "", o->help);
		print_default(o, idle_ms);
		putchar('\n');
	}
}

static void
print_help(const struct args_command *command, uint64_t idle_ms)
{
	printf("Usage: mynah %s [options] %s\n\n%s\n\n", command->name,
	    command->operands, command->summary);
	print_options(command->options, idle_ms);
	if (!command->stays_here)
		print_options(connection_options, idle_ms);
	print_options(common_options, idle_ms);
	printf("\nTIME: 500ms, 30s, 5m, 2h, or a number of seconds.\n"
	    "See also mynah(1).\n");
}

/* ---- options ---- */

static void
add_rows(struct table *t, size_t *n, const struct args_option *o)
{
	char *letter = t->letters + strlen(t->letters);

	for (; o->name != NULL && *n < OPTIONS_MAX; o++, (*n)++) {
		t->rows[*n] = (struct option){ o->name, o->value == NULL ?
		    no_argument : required_argument, NULL, o->letter };
		if (o->letter > UINT8_MAX)
			continue;
		*letter++ = (char)o->letter;
		if (o->value != NULL)
			*letter++ = ':';
	}
	*letter = '\0';
	t->rows[*n] = (struct option){ NULL, 0, NULL, 0 };
}

/* The long option that word is a slip of, or NULL. */
static const char *
meant(const struct table *t, const char *word)
{
	struct slice typed = { word, strcspn(word, "=") };
	size_t least = SIZE_MAX, distance;
	const char *best = NULL;

	for (const struct option *o = t->rows; o->name != NULL; o++)
		if (config_is_near(typed, slice_of(o->name), &distance) &&
		    distance < least) {
			least = distance;
			best = o->name;
		}
	return best;
}

/* The long options that begin as word does, "--ipv4, --ipv6"; how many. */
static size_t
candidates(const struct table *t, const char *word, char *out, size_t size)
{
	size_t n = 0, at = 0;

	for (const struct option *o = t->rows; o->name != NULL; o++)
		if (strncmp(o->name, word, strcspn(word, "=")) == 0 &&
		    at < size)
			at += (size_t)snprintf(out + at, size - at, "%s--%s",
			    n++ == 0 ? "" : ", ", o->name);
	return n;
}

/* getopt_long() knows it not, or more than one by it. */
static void
unknown(const struct args_command *command, const struct table *t, char **argv)
{
	const char *word = argv[optind - 1], *best;
	char all[TEXT_MAX];

	if (optopt > UINT8_MAX || (optopt > 0 && optopt != ':' &&
	    strchr(t->letters, optopt) != NULL)) {
		args_bad(command, "%s takes no value", word);
		return;
	}
	if (optopt > 0) {
		args_bad(command, "no such option: -%c", optopt);
		return;
	}
	if (candidates(t, word + 2, all, sizeof(all)) > 1) {
		args_bad(command, "%s is short for several: %s", word, all);
		return;
	}
	best = meant(t, word + 2);
	if (best != NULL)
		args_bad(command, "no such option: %s; did you mean --%s?",
		    word, best);
	else
		args_bad(command, "no such option: %s", word);
}

static bool
take_unix(const struct args_command *command, const char *path,
    struct args_common *common)
{
	size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (path[0] == '\0' || strlen(path) > most) {
		args_bad(command, "the path of a Unix socket has 1 to %zu "
		    "bytes: \"%s\"", most, path);
		return false;
	}
	common->unix_path = path;
	return true;
}

/* An option of all commands; *known is false if it is none of them. */
static bool
take_common(const struct args_command *command, int letter, const char *value,
    struct args_common *common, bool *known)
{
	*known = true;
	switch (letter) {
	case '4':
		common->family = AF_INET;
		return true;
	case '6':
		common->family = AF_INET6;
		return true;
	case 'v':
		say_set_verbose(true);
		return true;
	case UNIX_OPTION:
		return take_unix(command, value, common);
	case CONNECT_TIMEOUT_OPTION:
		return args_time(command, "--connect-timeout", value,
		    &common->connect_ms);
	case IDLE_TIMEOUT_OPTION:
		return args_time(command, "--idle-timeout", value,
		    &common->idle_ms);
	case MAX_TIME_OPTION:
		return args_time(command, "--max-time", value,
		    &common->max_ms);
	default:
		*known = false;
		return true;
	}
}

/* The words of the operands behind the first n. */
static const char *
operands_from(const char *operands, int n)
{
	while (n-- > 0)
		operands += strcspn(operands, " ") + 1;
	return operands;
}

/* As many operands as there have to be? */
static bool
has_operands(const struct args_command *command, int n, char **argv,
    const struct args_common *common)
{
	int least = command->least, most = command->most;
	bool less = common->unix_path != NULL &&
	    strncmp(command->operands, "HOST PORT", 9) == 0;

	if (less) {
		least -= 2;
		most -= 2;
	}
	if (n < least) {
		args_bad(command, "%s is missing: mynah %s %s",
		    operands_from(command->operands, less ? n + 2 : n),
		    command->name, command->operands);
		return false;
	}
	if (n > most) {
		args_bad(command, "\"%s\" is too much: mynah %s %s%s",
		    argv[most], command->name, less ? "--unix PATH" :
		    command->operands, less ? " has no HOST and PORT" : "");
		return false;
	}
	return true;
}

int
args_parse(const struct args_command *command, int argc, char **argv,
    struct args_common *common,
    bool (*take)(void *to, int letter, const char *value), void *to,
    int *status)
{
	const uint64_t idle_ms = common->idle_ms;
	struct table t = { .letters = ":" };
	size_t n = 0;
	bool known;
	int c;

	*status = EXITS_USAGE;
	common->family = AF_UNSPEC;
	common->unix_path = NULL;
	common->connect_ms = CONNECT_MS;
	common->max_ms = UINT64_MAX;
	add_rows(&t, &n, command->options);
	if (!command->stays_here)
		add_rows(&t, &n, connection_options);
	add_rows(&t, &n, common_options);
	opterr = 0;
	while ((c = getopt_long(argc, argv, t.letters, t.rows, NULL)) != -1) {
		if (c == 'h') {
			print_help(command, idle_ms);
			*status = EXITS_OK;
			return 0;
		}
		if (c == ':') {
			args_bad(command, "a value is missing after %s",
			    argv[optind - 1]);
			return 0;
		}
		if (c == '?') {
			unknown(command, &t, argv);
			return 0;
		}
		if (!take_common(command, c, optarg, common, &known))
			return 0;
		if (!known && !take(to, c, optarg))
			return 0;
	}
	return has_operands(command, argc - optind, argv + optind, common) ?
	    optind : 0;
}

/* ---- values ---- */

static bool
is_number(const char *value)
{
	return value[0] != '\0' && value[strspn(value, "0123456789")] == '\0';
}

/* What the configuration takes as well, with a unit where it has none. */
static bool
read_value(const struct args_command *command, const char *value,
    const struct config_key *key, const char *unit, uint64_t *out)
{
	char text[TEXT_MAX], why[CONFIG_TEXT_MAX];
	char least[CONFIG_VALUE_MAX], most[CONFIG_VALUE_MAX];

	if (value[0] == '\0') {
		args_bad(command, "a value is missing after %s", key->name);
		return false;
	}
	snprintf(text, sizeof(text), "%s%s", value,
	    is_number(value) ? unit : "");
	if (config_value_parse(key, slice_of(text), out, why))
		return true;
	/* A number is told as it was typed, not with the unit put behind it. */
	if (is_number(value))
		args_bad(command, "%s must be %s to %s%s, not %s", key->name,
		    config_value_format(key, key->min, least),
		    config_value_format(key, key->max, most),
		    key->words != NULL ? " or unlimited" : "", value);
	else
		args_bad(command, "%s", why);
	return false;
}

bool
args_count(const struct args_command *command, const char *option,
    const char *value, uint64_t least, uint64_t most, uint64_t *out)
{
	const struct config_key key = { .name = option, .type = CONFIG_INT,
	    .min = least, .max = most };

	return read_value(command, value, &key, "", out);
}

bool
args_time(const struct args_command *command, const char *option,
    const char *value, uint64_t *out)
{
	static const struct config_word words[] = {
		{ "unlimited", UINT64_MAX }, { NULL, 0 }
	};
	const struct config_key key = { .name = option,
	    .type = CONFIG_DURATION, .min = 1,
	    .max = UINT64_C(86400000) * 365, .words = words };

	return read_value(command, value, &key, "s", out);
}

bool
args_size(const struct args_command *command, const char *option,
    const char *value, uint64_t least, uint64_t most, uint64_t *out)
{
	const struct config_key key = { .name = option, .type = CONFIG_SIZE,
	    .min = least, .max = most };

	return read_value(command, value, &key, "B", out);
}

bool
args_port(const struct args_command *command, const char *value, uint16_t *out)
{
	unsigned long port = 0;
	const struct servent *service;

	if (is_number(value) && strlen(value) <= 5)
		sscanf(value, "%lu", &port);
	else if (!is_number(value) &&
	    (service = getservbyname(value, "tcp")) != NULL)
		port = ntohs((uint16_t)service->s_port);
	if (port == 0 || port > UINT16_MAX) {
		args_bad(command, "\"%s\" is no port: a port is a number from "
		    "1 to 65535, or the name of a service of TCP", value);
		return false;
	}
	*out = (uint16_t)port;
	return true;
}
