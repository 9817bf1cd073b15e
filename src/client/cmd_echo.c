#include "client/cmd_echo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "client/args.h"
#include "client/echo_report.h"
#include "client/echo_run.h"
#include "client/lookup.h"
#include "client/say.h"
#include "client/unescape.h"
#include "config/config_table.h"
#include "event/timer.h"

#define IDLE_MS		10000
#define MESSAGES	1000	/* unless it is told how many, or how long */
#define SIZE		1024
#define WORDS_MAX	4096	/* bytes of a welcome, or a prefix */

#define CONNECTIONS_MAX	1000000
#define SIZE_MOST	(UINT64_C(1) << 30)
#define DEPTH_MAX	1024
#define COUNT_MAX	UINT64_C(1000000000000000)

enum {
	TIME_OPTION = 2000,
	SEED_OPTION,
	DEPTH_OPTION,
	WELCOME_OPTION,
	NO_WELCOME_OPTION,
	PREFIX_OPTION,
	PLAIN_OPTION,
	JSON_OPTION
};

static const struct args_option options[] = {
	{ 'n', "count", "N", "messages in all (1000)" },
	{ TIME_OPTION, "time", "TIME", "send for so long" },
	{ 'c', "connections", "N", "at a time (1)" },
	{ 's', "size", "BYTES", "of a message (1KiB)" },
	{ DEPTH_OPTION, "depth", "N",
	    "messages on their way, without a prefix (1)" },
	{ SEED_OPTION, "seed", "N", "send the same again (random)" },
	{ WELCOME_OPTION, "welcome", "TEXT",
	    "comes first; \\n, \\r, \\t, \\\\, \\xNN" },
	{ NO_WELCOME_OPTION, "no-welcome", NULL, "nothing comes first" },
	{ PREFIX_OPTION, "prefix", "TEXT", "comes before each message" },
	{ PLAIN_OPTION, "plain", NULL,
	    "neither welcome nor prefix: RFC 862" },
	{ JSON_OPTION, "json", NULL, "print JSON" },
	{ 0, NULL, NULL, NULL }
};

static const struct args_command command = {
	.name = "echo", .operands = "HOST PORT",
	.summary = "Prove that a server sends back what it gets.",
	.options = options, .least = 2, .most = 2
};

/* What the server says by itself. */
struct words {
	char	bytes[WORDS_MAX];
	size_t	len;
};

struct choice {
	uint64_t	messages;	/* 0: not said */
	uint64_t	time_ms;
	uint64_t	connections;
	uint64_t	size;
	uint64_t	depth;
	uint64_t	seed;
	bool		json;
	struct words	welcome;
	struct words	prefix;
};

/* ---- options ---- */

static bool
take_words(const char *option, const char *value, struct words *out)
{
	size_t len = strlen(value);

	if (len > WORDS_MAX) {
		args_bad(&command, "%s: at most %d bytes", option, WORDS_MAX);
		return false;
	}
	if (unescape(value, out->bytes, &out->len))
		return true;
	args_bad(&command, "%s: what is \"%.4s\" in \"%s\"? There are \\n, "
	    "\\r, \\t, \\\\, and \\x with two hexadecimal digits", option,
	    value + out->len, value);
	return false;
}

static bool
take(void *to, int letter, const char *value)
{
	struct choice *o = to;

	switch (letter) {
	case 'n':
		return args_count(&command, "--count", value, 1, COUNT_MAX,
		    &o->messages);
	case 'c':
		return args_count(&command, "--connections", value, 1,
		    CONNECTIONS_MAX, &o->connections);
	case 's':
		return args_size(&command, "--size", value, 1, SIZE_MOST,
		    &o->size);
	case TIME_OPTION:
		return args_time(&command, "--time", value, &o->time_ms);
	case SEED_OPTION:
		return args_count(&command, "--seed", value, 0, UINT64_MAX,
		    &o->seed);
	case DEPTH_OPTION:
		return args_count(&command, "--depth", value, 1, DEPTH_MAX,
		    &o->depth);
	case WELCOME_OPTION:
		return take_words("--welcome", value, &o->welcome);
	case PREFIX_OPTION:
		return take_words("--prefix", value, &o->prefix);
	case JSON_OPTION:
		o->json = true;
		return true;
	case PLAIN_OPTION:
		o->prefix.len = 0;
		o->welcome.len = 0;
		return true;
	default:	/* NO_WELCOME_OPTION */
		o->welcome.len = 0;
		return true;
	}
}

/* Short enough to be typed. */
static uint64_t
random_seed(void)
{
	uint32_t seed;

	if (getentropy(&seed, sizeof(seed)) == -1)
		seed = (uint32_t)monotonic_us();
	return seed;
}

static void
set_defaults(struct choice *o)
{
	*o = (struct choice){ .connections = 1, .size = SIZE, .depth = 1,
	    .time_ms = UINT64_MAX, .seed = random_seed() };
	if (!take_words("--welcome", CONFIG_WELCOME, &o->welcome) ||
	    !take_words("--prefix", CONFIG_PREFIX, &o->prefix))
		abort();	/* what is built in is right */
}

/* What is wrong only together. */
static bool
is_sound(struct choice *o)
{
	if (o->depth > 1 && o->prefix.len > 0) {
		args_bad(&command, "--depth is for servers without a prefix: "
		    "one comes per read, so messages are sent one by one; "
		    "give --plain or --prefix \"\" too");
		return false;
	}
	if (o->messages == 0)
		o->messages = o->time_ms == UINT64_MAX ? MESSAGES :
		    UINT64_MAX;
	return true;
}

/* ---- where ---- */

static enum exits
look_up(char **operands, const struct args_common *common, uint64_t begun_ms,
    struct address **all, size_t *n)
{
	uint16_t port = 0;

	if (common->unix_path == NULL &&
	    !args_port(&command, operands[1], &port))
		return EXITS_USAGE;
	return lookup_server(common, begun_ms, operands[0], port, all, n);
}

/* ---- what came of it ---- */

static struct choice choice;

static void
report(const struct echo_result *result)
{
	const struct echo_report r = { .count = &result->count,
	    .connections = result->connections, .size = choice.size,
	    .seed = choice.seed, .errors = result->errors,
	    .elapsed_us = result->elapsed_us, .status = result->status };

	if (!result->is_measured)
		return;
	if (choice.json)
		echo_report_print_json(&r, stdout);
	else
		echo_report_print(&r, stdout);
	fflush(stdout);
}

static int
prove(const struct args_common *common, const struct address *all, size_t n)
{
	static struct echo_result result;	/* too large for the stack */
	const struct echo_plan plan = {
		.probe = {
			.welcome = { choice.welcome.bytes, choice.welcome.len },
			.prefix = { choice.prefix.bytes, choice.prefix.len },
			.seed = choice.seed,
			.size = choice.size,
			.depth = (unsigned)choice.depth
		},
		.limits = common,
		.addresses = all,
		.naddresses = n,
		.connections = choice.connections,
		.messages = choice.messages,
		.time_ms = choice.time_ms,
		.on_interrupt = report
	};

	echo_run(&plan, &result);
	report(&result);
	return result.status;
}

int
cmd_echo(int argc, char **argv)
{
	struct args_common common = { .idle_ms = IDLE_MS };
	uint64_t begin_ms = monotonic_ms();
	struct address *all = NULL;
	size_t n = 0;
	int first, status;

	set_defaults(&choice);
	first = args_parse(&command, argc, argv, &common, take, &choice,
	    &status);
	if (first == 0)
		return status;
	if (!is_sound(&choice))
		return EXITS_USAGE;
	status = (int)look_up(argv + first, &common, begin_ms, &all,
	    &n);
	if (status == EXITS_OK) {
		common.connect_ms = timer_left(common.connect_ms, begin_ms);
		common.max_ms = timer_left(common.max_ms, begin_ms);
		status = prove(&common, all, n);
	}
	free(all);
	return status;
}
