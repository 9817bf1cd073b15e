/*
 * json - a strict reader of what the access log writes: one flat object of
 * strings, numbers and null (RFC 8259), in UTF-8.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_MEMBERS_MAX	32
#define JSON_TEXT_MAX		65536

struct json_member {
	const char	*name;
	const char	*value;		/* text; of a number as it is written */
	size_t		 len;		/* of value, which may hold a NUL */
	char		 kind;		/* 's', 'n' or '0' for null */
};

struct json {
	struct json_member	members[JSON_MEMBERS_MAX];
	size_t			n;
	const char		*fault;		/* what is wrong, or NULL */
	size_t			used;
	char			text[JSON_TEXT_MAX];
};

/* Read all of a text. False, and fault, if it is anything else. */
bool	json_read(struct json *j, const char *text, size_t len);

/* The member of that name; NULL if there is none, or two. */
const struct json_member	*json_find(const struct json *j,
				    const char *name);

/* Its value as a string, "" if it is none; as a number, -1 if it is none. */
const char	*json_string(const struct json *j, const char *name);
double		 json_number(const struct json *j, const char *name);

#endif
