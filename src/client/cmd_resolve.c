#include "client/cmd_resolve.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/monotonic.h"
#include "client/args.h"
#include "client/exits.h"
#include "client/lookup.h"
#include "event/address.h"


static const struct args_option options[] = {
	{ 0, NULL, NULL, NULL }
};

static const struct args_command command = {
	.name = "resolve", .operands = "NAME",
	.summary = "Print the addresses of a name, in the order in which they "
	    "are tried.",
	.options = options, .least = 1, .most = 1, .stays_here = true
};

static bool
take(void *to, int letter, const char *value)
{
	(void)to;
	(void)letter;
	(void)value;
	return true;
}

int
cmd_resolve(int argc, char **argv)
{
	struct args_common common = { .idle_ms = UINT64_MAX };
	char text[ADDRESS_TEXT_MAX];
	struct address *all;
	enum exits why;
	int first, status;
	size_t n;

	first = args_parse(&command, argc, argv, &common, take, NULL,
	    &status);
	if (first == 0)
		return status;
	why = lookup_server(&common, monotonic_ms(), argv[first], 0, &all, &n);
	if (why != EXITS_OK)
		return (int)why;
	for (size_t i = 0; i < n; i++) {
		address_host(&all[i], text);
		puts(text);
	}
	free(all);
	return EXITS_OK;
}
