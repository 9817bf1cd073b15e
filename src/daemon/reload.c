#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "daemon/reload.h"

#include <errno.h>
#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "config/config_changes.h"
#include "config/config_set.h"
#include "config/config_table.h"
#include "daemon/descriptors.h"

#define LINE_MAX_BYTES	900	/* shorter than the log cuts it */

/* ---- what is said of it, to the log and to whoever asked ---- */

static void say(struct reload *r, enum log_level level, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

static void
say(struct reload *r, enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;
	int n;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (level == LOG_LEVEL_ERROR)
		log_error("%s", line);
	else
		log_info("%s", line);
	n = snprintf(r->state.text + r->len, STATEFILE_TEXT_MAX - r->len,
	    "%s\n", line);
	/* What has no room any more is in the log. */
	if (r->len + (size_t)n < STATEFILE_TEXT_MAX)
		r->len += (size_t)n;
	else
		r->state.text[r->len] = '\0';
}

/*
 * Each line of the log begins with that word: out of "FILE:3:1: error: TEXT"
 * it comes off. What the file holds, as in "  3 | TEXT", stays as it is.
 */
static void
drop_word(char *line)
{
	static const char word[] = "error: ";
	char *at = strstr(line, ": error: ");

	if (at == NULL || line[strspn(line, " 0123456789")] == '|')
		return;
	at += 2;
	memmove(at, at + strlen(word), strlen(at + strlen(word)) + 1);
}

/* All that is wrong with the file, as it was printed. */
static void
say_errors(struct reload *r, char *text)
{
	char *end;

	for (; *text != '\0'; text = end + 1) {
		if ((end = strchr(text, '\n')) == NULL)
			break;
		*end = '\0';
		drop_word(text);
		say(r, LOG_LEVEL_ERROR, "%s", text);
	}
}

static const char *
name_of(const struct reload *r)
{
	return r->file != NULL ? r->file : "the options";
}

/* The last line of what was said, which has the outcome. */
static void
say_outcome(struct reload *r)
{
	char *line = r->state.text, *next;

	if (r->hooks.end == NULL)
		return;
	if (r->len > 0)
		r->state.text[r->len - 1] = '\0';
	while ((next = strchr(line, '\n')) != NULL)
		line = next + 1;
	r->hooks.end(r->hooks.arg, line);
	if (r->len > 0)
		r->state.text[r->len - 1] = '\n';
}

/* ---- the configuration ---- */

static struct config *
load(struct reload *r)
{
	struct config *config = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *errors;

	if ((errors = open_memstream(&text, &len)) == NULL) {
		say(r, LOG_LEVEL_ERROR, "%s", strerror(ENOMEM));
		return NULL;
	}
	config = config_load(r->file, r->default_root, r->keys, r->nkeys,
	    errors);
	/* Without memory for its end, glibc has no text and no error. */
	if (fclose(errors) == EOF || text == NULL) {
		config_free(config);
		config = NULL;
		say(r, LOG_LEVEL_ERROR, "%s", strerror(ENOMEM));
	} else {
		say_errors(r, text);
	}
	free(text);
	return config;
}

/* What a configuration says otherwise than the one in force. */
struct difference {
	struct reload	*reload;
	bool		 fixed;		/* something that only a start can */
	unsigned	 more;		/* than are in text */
	size_t		 len;
	char		 text[LINE_MAX_BYTES - 300];
};

static void
on_change(void *arg, const struct config_change *c)
{
	struct difference *d = arg;
	size_t room = sizeof(d->text) - d->len;
	int n;

	if (!c->reloadable) {
		d->fixed = true;
		say(d->reload, LOG_LEVEL_ERROR, "%s %s; it was %s at the "
		    "start, and only a restart can change it", c->name, c->now,
		    c->before == NULL ? "something else" : c->before);
		return;
	}
	/* A line of all of many is of use to nobody. */
	n = snprintf(d->text + d->len, room, "%s%s %s",
	    d->len == 0 ? "; " : ", ", c->name, c->now);
	if (d->more == 0 && (size_t)n < room) {
		d->len += (size_t)n;
	} else {
		d->text[d->len] = '\0';
		d->more++;
	}
}

static bool
compare(struct reload *r, const struct config *config, struct difference *d)
{
	*d = (struct difference){ .reload = r };
	if (config_changes(server_generation(r->server)->config, config,
	    on_change, d) == 0)
		return !d->fixed;
	say(r, LOG_LEVEL_ERROR, "%s", strerror(ENOMEM));
	return false;
}

/* ---- going over to it ---- */

static int
fits(struct reload *r, struct generation *g, char *error, size_t size)
{
	if (sites_check(&g->sites, error, size) == -1)
		return -1;
	return r->hooks.fits == NULL ? 0 :
	    r->hooks.fits(r->hooks.arg, g, error, size);
}

/* What was kept for answers until now is in pieces all over the heap. */
static void
give_memory_back(void)
{
#ifdef HAVE_MALLOC_TRIM
	malloc_trim(0);
#endif
}

static int
go_over(struct reload *r, struct generation *g,
    struct listeners_change *change, char *error, size_t size)
{
	/* As long as anybody may have to do with it. */
	struct generation *before =
	    generation_ref(server_generation(r->server));
	uint64_t max = descriptors_connections(g->config,
	    r->descriptors);
	int result;

	generation_add_cache(g, descriptors_for_files(r->descriptors));
	result = server_reload(r->server, g, max, change, error, size);
	if (result == -1 && r->hooks.drop != NULL)
		r->hooks.drop(r->hooks.arg);
	if (result == 0 && r->hooks.use != NULL)
		r->hooks.use(r->hooks.arg, g);
	if (result == 0)
		sites_warn(&g->sites);
	generation_unref(before);
	give_memory_back();
	return result;
}

/* ", 1 new" and the like; nothing of none. */
static void
add_count(char *text, size_t size, unsigned n, const char *what)
{
	size_t len = strlen(text);

	if (n > 0)
		snprintf(text + len, size - len, "%s%u %s",
		    len == 0 ? "" : ", ", n, what);
}

static void
say_done(struct reload *r, const struct listeners_change *change,
    const struct difference *d)
{
	char counts[128] = "", more[32] = "";

	if (d->len + d->more == 0 &&
	    change->changed + change->added + change->gone == 0) {
		say(r, LOG_LEVEL_INFO, "reloaded %s: nothing has changed",
		    name_of(r));
		return;
	}
	add_count(counts, sizeof(counts), change->kept,
	    change->kept == 1 ? "listener kept" : "listeners kept");
	add_count(counts, sizeof(counts), change->changed, "changed");
	add_count(counts, sizeof(counts), change->added, "new");
	add_count(counts, sizeof(counts), change->gone, "gone");
	if (d->more > 0)
		snprintf(more, sizeof(more), "%s%u more", d->len == 0 ?
		    "; " : ", ", d->more);
	say(r, LOG_LEVEL_INFO, "reloaded %s: %s%s%s%s", name_of(r),
	    change->kept == 0 ? "listeners: " : "", counts, d->text, more);
}

/* True if it was done; otherwise what is wrong has been said. */
static bool
try(struct reload *r)
{
	char error[LINE_MAX_BYTES];
	struct listeners_change change;
	struct difference d;
	struct generation *g;
	struct config *config = load(r);
	int result = -1;

	if (config == NULL)
		return false;
	if (!compare(r, config, &d)) {
		config_free(config);
		return false;
	}
	if ((g = generation_new(config, error, sizeof(error))) != NULL &&
	    (result = fits(r, g, error, sizeof(error))) == 0)
		result = go_over(r, g, &change, error, sizeof(error));
	/* From here on the server, and what it has begun, hold it. */
	generation_unref(g);
	if (result == 0)
		say_done(r, &change, &d);
	else
		say(r, LOG_LEVEL_ERROR, "%s", error);
	return result == 0;
}

static void
reload(struct reload *r)
{
	r->len = 0;
	r->state.begun++;
	statefile_write(&r->state);
	if (r->hooks.begin != NULL)
		r->hooks.begin(r->hooks.arg);
	r->state.text[0] = '\0';
	if (server_is_stopping(r->server)) {
		r->state.result = STATEFILE_REFUSED;
		say(r, LOG_LEVEL_INFO, "not reloaded: the server is stopping");
	} else if (try(r)) {
		r->state.result = STATEFILE_DONE;
	} else {
		r->state.result = STATEFILE_REFUSED;
		say(r, LOG_LEVEL_ERROR, "not reloaded: the server goes on as "
		    "it was, without the changes in %s", name_of(r));
	}
	say_outcome(r);
	r->state.done = r->state.begun;
	statefile_write(&r->state);
}

/* ---- the signal ---- */

/* Whether the terminal that the server was started at has gone. */
static bool
is_left_alone(const struct reload *r)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (r->terminal[fd] && isatty(fd) != 1)
			return true;
	return false;
}

static void
on_hup(evutil_socket_t number, short what, void *arg)
{
	struct reload *r = arg;

	(void)number;
	(void)what;
	if (is_left_alone(r)) {
		log_info("the terminal is gone");
		server_stop(r->server);
		return;
	}
	reload(r);
}

/* The current directory of later may be another one, or out of reach. */
static bool
is_path(const char *name)
{
	const struct config_key *key;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++)
		if (strcmp(key->name, name) == 0)
			return key->type == CONFIG_PATH;
	return false;
}

int
reload_init(struct reload *r, const struct config *config,
    const char *default_root, const struct options *options)
{
	*r = (struct reload){ .default_root = default_root,
	    .nkeys = options->nkeys, .state.fd = -1 };
	if (config->file[0] != '\0' && (r->file = config_absolute(NULL,
	    slice_of(config->file))) == NULL)
		goto fail;
	for (size_t i = 0; i < options->nkeys; i++) {
		r->keys[i] = options->keys[i];
		if (!is_path(r->keys[i].key))
			continue;
		if ((r->paths[i] = config_absolute(NULL,
		    slice_of(r->keys[i].value))) == NULL)
			goto fail;
		r->keys[i].value = r->paths[i];
	}
	return 0;

fail:
	reload_clear(r);
	return -1;
}

void
reload_open(struct reload *r, const struct config *config)
{
	char error[LINE_MAX_BYTES];

	if (statefile_open(&r->state, config->process.pid_file, error,
	    sizeof(error)) == -1)
		log_warning("%s", error);
}

int
reload_start(struct reload *r, struct server *server, uint64_t descriptors,
    const struct reload_hooks *hooks)
{
	r->server = server;
	r->descriptors = descriptors;
	if (hooks != NULL)
		r->hooks = *hooks;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		r->terminal[fd] = isatty(fd) == 1;
	r->on_hup = evsignal_new(server_base(server), SIGHUP, on_hup, r);
	if (r->on_hup == NULL || event_add(r->on_hup, NULL) == -1)
		return -1;
	r->state.pid = getpid();
	statefile_write(&r->state);
	return 0;
}

void
reload_clear(struct reload *r)
{
	if (r->on_hup != NULL)
		event_free(r->on_hup);
	statefile_close(&r->state);
	free(r->file);
	for (size_t i = 0; i < r->nkeys; i++)
		free(r->paths[i]);
	*r = (struct reload){ .state.fd = -1 };
}
