#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "client/request.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/http_byte.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION	"0"
#endif

/* Name and value of a field as it was typed; without a colon, both are empty. */
struct typed {
	struct slice	name;
	struct slice	value;
};

static struct typed
split(const char *field)
{
	const char *colon = strchr(field, ':');

	if (colon == NULL)
		return (struct typed){ { field, 0 }, { field, 0 } };
	return (struct typed){ { field, (size_t)(colon - field) },
	    slice_trim(slice_of(colon + 1)) };
}

static bool
has_control(const char *field)
{
	for (; *field != '\0'; field++)
		if (!http_byte_is(*field, HTTP_BYTE_VALUE))
			return true;
	return false;
}

const char *
request_field_fault(const char *field)
{
	struct slice name = split(field).name;

	if (has_control(field))
		return "a field is one line, without control characters";
	if (strchr(field, ':') == NULL)
		return "a field has a colon, such as \"Accept: text/html\"";
	if (name.len == 0)
		return "a field has a name in front of its colon, such as "
		    "\"Accept: text/html\"";
	if (!http_is_token(name))
		return "the name of a field is of letters, digits and "
		    "hyphens, such as \"Accept: text/html\"";
	/* They would announce what never comes, and the server would wait. */
	if (slice_eq_nocase(name, SLICE("Content-Length")) ||
	    slice_eq_nocase(name, SLICE("Transfer-Encoding")))
		return "nothing is sent that this field could be about";
	return NULL;
}

/* Is it meant for the server that was asked first, and for no other? */
static bool
is_private(struct slice name)
{
	return slice_eq_nocase(name, SLICE("Authorization")) ||
	    slice_eq_nocase(name, SLICE("Proxy-Authorization")) ||
	    slice_eq_nocase(name, SLICE("Cookie")) ||
	    slice_eq_nocase(name, SLICE("Host"));
}

/* The first of the typed fields with that name that is sent, or NULL. */
static const char *
find(const struct request *r, struct slice name)
{
	if (r->elsewhere && is_private(name))
		return NULL;
	for (size_t i = 0; i < r->nfields; i++)
		if (slice_eq_nocase(split(r->fields[i]).name, name))
			return r->fields[i];
	return NULL;
}

bool
request_has(const struct request *r, struct slice name)
{
	const char *field = find(r, name);

	return field != NULL && split(field).value.len > 0;
}

/* A field of ours, unless one of that name was typed. */
static void
put_ours(FILE *out, const struct request *r, const char *name,
    struct slice value)
{
	if (value.len > 0 && find(r, slice_of(name)) == NULL)
		fprintf(out, "%s: %.*s\r\n", name, SLICE_ARG(value));
}

static struct slice
or_empty(const char *value)
{
	return value == NULL ? (struct slice){ "", 0 } : slice_of(value);
}

/* Host is to be the first of all fields, RFC 9110, 7.2; hosts: only that. */
static void
put_typed(FILE *out, const struct request *r, bool hosts)
{
	struct typed t;

	for (size_t i = 0; i < r->nfields; i++) {
		t = split(r->fields[i]);
		if (t.value.len == 0 || (r->elsewhere && is_private(t.name)) ||
		    slice_eq_nocase(t.name, SLICE("Host")) != hosts)
			continue;
		fprintf(out, "%.*s: %.*s\r\n", SLICE_ARG(t.name),
		    SLICE_ARG(t.value));
	}
}

static void
put_head(FILE *out, const struct request *r)
{
	fprintf(out, "%s %.*s HTTP/1.1\r\n", http_method_name(r->method),
	    SLICE_ARG(r->url->target));
	put_typed(out, r, true);
	put_ours(out, r, "Host", r->url->authority);
	put_ours(out, r, "User-Agent", SLICE("mynah/" PACKAGE_VERSION));
	put_ours(out, r, "Accept", SLICE("*/*"));
	/* What comes is passed on as it is. */
	put_ours(out, r, "Accept-Encoding", SLICE("identity"));
	put_ours(out, r, "Range", or_empty(r->range));
	put_ours(out, r, "If-Range", or_empty(r->if_range));
	put_ours(out, r, "If-Modified-Since", or_empty(r->if_modified_since));
	put_typed(out, r, false);
	fputs("\r\n", out);
}

char *
request_head(const struct request *r, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	bool failed;

	if (out == NULL)
		return NULL;
	put_head(out, r);
	failed = ferror(out) != 0;
	if (fclose(out) == 0 && !failed)
		return text;
	free(text);
	return NULL;
}
