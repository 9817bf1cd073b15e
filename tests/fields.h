/*
 * fields - a field section for tests of what looks at fields.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdio.h>

#include "http/http_fields.h"
#include "support.h"

#define FIELDS_MAX	8

struct test_fields {
	struct http_fields	fields;
	struct http_field	v[FIELDS_MAX];
};

/*
 * The first len bytes of text, field lines with a line feed between them,
 * none at the end, as fields without names: the last value ends at an
 * unreadable page. False if they are none, as where a name is cut. Valid
 * until the next call of this or of guarded().
 */
static inline bool
fields_of(struct test_fields *out, const char *text, size_t len)
{
	char *copy = guarded(text, len), section[4096];
	struct http_fields *fs = &out->fields;
	size_t used;
	bool bare_lf;
	int n;

	*fs = (struct http_fields){ .v = out->v, .max = FIELDS_MAX };
	n = snprintf(section, sizeof(section), "%.*s%s\n", (int)len, text,
	    len > 0 && text[len - 1] != '\n' ? "\n" : "");
	ck_assert_int_lt(n, (int)sizeof(section));
	if (http_fields_parse(section, (size_t)n, &used, fs,
	    &bare_lf) != NULL)
		return false;
	for (size_t i = 0; i < fs->n; i++) {
		/* Empty values may lie behind the bytes that were copied. */
		size_t at = (size_t)(fs->v[i].value.p - section);

		fs->v[i].value.p = copy + (at < len ? at : len);
		fs->v[i].name = (struct slice){ "", 0 };
	}
	return true;
}

#endif
