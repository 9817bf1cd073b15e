/*
 * trace - the decisions that lead to an answer, in words, for people who ask
 * why: mynahd --explain. While serving there is no trace, and nothing is
 * said.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdio.h>

#include "base/slice.h"
#include "files/docroot.h"

struct trace {
	FILE	*out;
};

/* Say one thing about a topic, such as "file"; t may be NULL. */
#define trace(t, ...) do {						\
	if ((t) != NULL)						\
		trace_say((t), __VA_ARGS__);				\
} while (0)

/* Write s with control characters as "\xNN": out may be a terminal. */
void	trace_put(struct slice s, FILE *out);

void	trace_say(const struct trace *t, const char *topic,
	    const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Say why path, beneath root, could not be opened: which part of it is at
 * fault, and what would help. It is looked at again for that.
 */
void	trace_reason(const struct trace *t, const struct docroot *root,
	    const char *path, int error);

#endif
