/*
 * replay - run a fuzzer's function over files, without a fuzzing engine.
 *
 *	replay file-or-directory...
 *
 * Each file is given whole and in every truncation, in memory of exactly
 * that size, so that sanitizers and valgrind see a step too far. Exit status
 * 1 if there was no file to run: a forgotten corpus is no success.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TRUNCATIONS_MAX	4096	/* of larger files some are left out */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *
must(void *p, const char *what)
{
	if (p == NULL) {
		perror(what);
		exit(EXIT_FAILURE);
	}
	return p;
}

/* The whole file; ends the program if it cannot be read. */
static uint8_t *
read_file(const char *path, size_t *size)
{
	FILE *f = must(fopen(path, "rb"), path);
	uint8_t *data = NULL;
	size_t n = 0, got;

	do {
		data = must(realloc(data, n + 65536), path);
		got = fread(data + n, 1, 65536, f);
		n += got;
	} while (got > 0);
	if (ferror(f))
		must(NULL, path);
	fclose(f);
	*size = n;
	return data;
}

static void
run_copy(const uint8_t *data, size_t size)
{
	uint8_t *copy = must(malloc(size > 0 ? size : 1), "malloc");

	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int
run_file(const char *path)
{
	size_t size, step;
	uint8_t *data = read_file(path, &size);

	step = size / TRUNCATIONS_MAX + 1;
	run_copy(data, size);
	for (size_t n = 0; n < size; n += step)
		run_copy(data, n);
	free(data);
	return 1;
}

static int
is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Run a file, or all in a directory in the order of names; how many. */
static int
run(const char *path)
{
	struct dirent **entries;
	struct stat st;
	char child[4096];
	int count = 0, n;

	if (stat(path, &st) == -1)
		must(NULL, path);
	if (!S_ISDIR(st.st_mode))
		return run_file(path);
	if ((n = scandir(path, &entries, is_shown, alphasort)) == -1)
		must(NULL, path);
	for (int i = 0; i < n; i++) {
		snprintf(child, sizeof(child), "%s/%s", path,
		    entries[i]->d_name);
		count += run(child);
		free(entries[i]);
	}
	free(entries);
	return count;
}

int
main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++)
		count += run(argv[i]);
	printf("%d inputs\n", count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
