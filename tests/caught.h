/*
 * caught - what the code under test prints.
 */
#ifndef CAUGHT_H
#define CAUGHT_H

#include <check.h>
#include <stdio.h>
#include <unistd.h>

static char said[4096];		/* of the last stream that was caught */

/* One of the standard streams goes to a file until give_back(). */
static inline FILE *
catch_stream(FILE *stream, int *saved)
{
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	fflush(stream);
	*saved = dup(fileno(stream));
	dup2(fileno(f), fileno(stream));
	return f;
}

static inline void
give_back(FILE *stream, int saved, FILE *f)
{
	size_t n;

	fflush(stream);
	dup2(saved, fileno(stream));
	close(saved);
	rewind(f);
	n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = '\0';
	fclose(f);
}

#endif
