/*
 * Any bytes as a configuration: errors or a configuration, and one that is
 * taken must print as YAML that reads back and prints the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config *
parse(const char *text, size_t len, char **said)
{
	struct config *config;
	size_t size;
	FILE *f = open_memstream(said, &size);

	if (f == NULL)
		abort();
	config = config_parse("fuzz.yaml", "/etc/mynah", text, len,
	    "/usr/share/mynah", NULL, 0, f);
	fclose(f);
	/* An error is said, and only then is there no configuration. */
	if ((config == NULL) != (strstr(*said, "error: ") != NULL))
		abort();
	return config;
}

static char *
print(const struct config *config, size_t *len)
{
	char *text;
	FILE *f = open_memstream(&text, len);

	if (f == NULL)
		abort();
	config_print(config, f);
	fclose(f);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config, *again;
	char *said, *first, *second;
	size_t len, len2;

	config = parse((const char *)data, size, &said);
	free(said);
	if (config == NULL)
		return 0;
	first = print(config, &len);
	again = parse(first, len, &said);
	if (again == NULL) {
		fprintf(stderr, "%s%s", first, said);
		abort();
	}
	second = print(again, &len2);
	if (len != len2 || memcmp(first, second, len) != 0) {
		fprintf(stderr, "%s---\n%s", first, second);
		abort();
	}
	free(said);
	free(first);
	free(second);
	config_free(config);
	config_free(again);
	return 0;
}
