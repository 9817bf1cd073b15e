#include "client/outlet.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/print.h"
#include "files/path_max.h"

#define ERROR_MAX	(2 * PATH_MAX)	/* it may have the name twice */

struct outlet {
	struct event_base	*base;
	const struct outlet_calls *calls;
	void			*arg;
	bool			 include;	/* heads are wanted */

	/* Of what is open. */
	const char		*name;		/* of the file, or NULL */
	struct download		*download;
	struct print		*content;	/* NULL: a file of its own */
	struct print		*heads;		/* standard output, or NULL;
						   may be the same */
	char			 error[ERROR_MAX];
};

/* ---- failures ---- */

/* Keep what went wrong. Returns false. */
static bool	fail(struct outlet *o, const char *format, ...)
		    __attribute__((format(printf, 2, 3)));

static bool
fail(struct outlet *o, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(o->error, sizeof(o->error), format, ap);
	va_end(ap);
	return false;
}

static bool
fail_to_print(struct outlet *o, const struct print *p, int error)
{
	return fail(o, "%.512s: %s", p == o->heads ? "standard output" :
	    o->name, strerror(error));
}

const char *
outlet_error(const struct outlet *o)
{
	return o->error;
}

static void
on_room(void *arg)
{
	struct outlet *o = arg;

	o->calls->on_room(o->arg);
}

static void
on_failure(void *arg, int error)
{
	struct outlet *o = arg;

	fail_to_print(o, o->content, error);
	o->calls->on_failure(o->arg);
}

static void
on_heads_failure(void *arg, int error)
{
	struct outlet *o = arg;

	fail_to_print(o, o->heads, error);
	o->calls->on_failure(o->arg);
}

/* ---- the beginning ---- */

struct outlet *
outlet_new(struct event_base *base, bool include,
    const struct outlet_calls *calls, void *arg)
{
	struct outlet *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->base = base;
	o->include = include;
	o->calls = calls;
	o->arg = arg;
	return o;
}

/* Where heads go, and the content, if that is no file of its own. */
static bool
open_prints(struct outlet *o)
{
	static const struct sink_calls content = { on_room, on_failure };
	static const struct sink_calls heads = { on_room, on_heads_failure };
	int fd = o->download == NULL ? STDOUT_FILENO :
	    download_descriptor(o->download);

	if (fd != -1 &&
	    (o->content = print_new(o->base, fd, &content, o)) == NULL)
		return fail(o, "out of memory");
	if (o->download == NULL)
		o->heads = o->content;
	else if (o->include && (o->heads = print_new(o->base, STDOUT_FILENO,
	    &heads, o)) == NULL)
		return fail(o, "out of memory");
	return true;
}

enum exits
outlet_open(struct outlet *o, const char *name, enum download_how how,
    bool replace)
{
	o->name = name;
	if (name != NULL && (o->download = download_open(name, how, replace,
	    o->error, sizeof(o->error))) == NULL)
		return EXITS_FILE;
	return open_prints(o) ? EXITS_OK : EXITS_SYSTEM;
}

uint64_t
outlet_have(const struct outlet *o)
{
	return o->download == NULL ? 0 : download_have(o->download);
}

const char *
outlet_validator(struct outlet *o, struct slice url)
{
	return o->download == NULL ? NULL :
	    download_validator(o->download, url);
}

/* ---- what comes ---- */

bool
outlet_head(struct outlet *o, struct slice head)
{
	if (!o->include || print_bytes(o->heads, head) == 0)
		return true;
	return fail_to_print(o, o->heads, errno);
}

bool
outlet_begin(struct outlet *o, const struct part_info *of, uint64_t at)
{
	const struct download_source from = { of->url, of->etag,
	    of->last_modified, of->date };

	if (o->download == NULL || download_begin(o->download, &from, at) == 0)
		return true;
	return fail(o, "%.512s: %s", o->name, strerror(errno));
}

bool
outlet_content(struct outlet *o, struct slice bytes)
{
	if (o->content != NULL)
		return print_bytes(o->content, bytes) == 0 ||
		    fail_to_print(o, o->content, errno);
	if (download_write(o->download, bytes.p, bytes.len) == 0)
		return true;
	return fail(o, "%.512s: %s", o->name, strerror(errno));
}

bool
outlet_is_full(const struct outlet *o)
{
	return (o->content != NULL && print_is_full(o->content)) ||
	    (o->heads != NULL && print_is_full(o->heads));
}

/* ---- the end ---- */

bool
outlet_end(struct outlet *o)
{
	if (o->content != NULL && print_end(o->content) == -1)
		return fail_to_print(o, o->content, errno);
	if (o->heads != NULL && print_end(o->heads) == -1)
		return fail_to_print(o, o->heads, errno);
	return true;
}

bool
outlet_finish(struct outlet *o, time_t modified)
{
	if (o->download == NULL ||
	    download_finish(o->download, modified) == 0)
		return true;
	if (errno == EEXIST)
		return fail(o, "%.512s is there by now; to replace it: "
		    "--force", o->name);
	if (errno == ESTALE)
		return fail(o, "somebody else has changed %.512s.part",
		    o->name);
	return fail(o, "%.512s: %s", o->name, strerror(errno));
}

uint64_t
outlet_close(struct outlet *o)
{
	struct download *d = o->download;

	if (o->heads != o->content)
		print_free(o->heads);
	print_free(o->content);
	o->heads = o->content = NULL;
	o->download = NULL;
	return download_close(d);
}

void
outlet_free(struct outlet *o)
{
	if (o == NULL)
		return;
	(void)outlet_close(o);
	free(o);
}
