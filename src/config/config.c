#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config_error.h"
#include "config/config_list.h"
#include "config/config_read.h"
#include "config/config_set.h"
#include "config/config_site.h"
#include "config/config_table.h"
#include "config/config_yaml.h"

#define FILE_SIZE_MAX	(1024 * 1024)

void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	free(config->file);
	for (size_t i = 0; i < config->nlisteners; i++)
		config_listener_clear(&config->listeners[i]);
	free(config->listeners);
	free(config->welcome.message);
	free(config->echo.prefix);
	free(config->log.error_target);
	free(config->log.access_target);
	for (size_t i = 0; i < config->nsites; i++)
		config_site_clear(&config->sites[i]);
	free(config->sites);
	free(config->process.user);
	free(config->process.group);
	free(config->process.pid_file);
	config_files_free(config->process.readable);
	free(config);
}

/* All defaults, one listener. NULL if there is no memory. */
static struct config *
config_new(const char *name, const char *default_root)
{
	struct slice root = slice_of(default_root == NULL ? "" : default_root);
	struct config_target target = { .config = NULL };
	const struct config_key *key;
	struct config *c;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->file = strdup(name)) == NULL ||
	    (c->listeners = calloc(1, sizeof(*c->listeners))) == NULL ||
	    (c->sites = calloc(1, sizeof(*c->sites))) == NULL)
		goto fail;
	c->nlisteners = 1;
	c->nsites = 1;
	if (!config_listener_init(&c->listeners[0]))
		goto fail;
	c->sites->name = strdup("");
	c->sites->document_root = root.len == 0 ? strdup("") :
	    config_absolute(NULL, root);
	if (c->sites->name == NULL || c->sites->document_root == NULL)
		goto fail;
	target.config = c;
	target.site = c->sites;
	for (size_t i = 0; (key = config_table(i)) != NULL; i++)
		if (!key->of_listener && !key->of_rule &&
		    !config_set_default(&target, key))
			goto fail;
	return c;

fail:
	config_free(c);
	return NULL;
}

struct config *
config_parse(const char *name, const char *dir, const char *text, size_t len,
    const char *default_root, const struct config_option *options, size_t n,
    FILE *out)
{
	struct config_errors errors;
	struct config_reader r = { .errors = &errors, .dir = dir };
	struct config_node *root = NULL;

	config_errors_init(&errors, name, (struct slice){ text, len });
	if ((r.config = config_new(name, default_root)) == NULL) {
		config_error_no_memory(&errors);
	} else if (len > FILE_SIZE_MAX) {
		config_error_file(&errors, "larger than 1 MiB; a "
		    "configuration is a few lines: is this another file?");
	} else if (config_yaml_parse(&errors, &root)) {
		r.root = root;
		config_read(&r);
		config_read_options(&r, options, n);
		config_read_hosts(&r);
	}
	if (config_errors_any(&errors)) {
		config_errors_print(&errors, out);
		config_free(r.config);
		r.config = NULL;
	}
	config_node_free(root);
	config_errors_clear(&errors);
	return r.config;
}

/*
 * Read all of fd, at most one byte more than a configuration may have.
 * Returns NULL and errno on failure.
 */
static char *
read_all(int fd, size_t *len)
{
	size_t room = FILE_SIZE_MAX + 1;
	char *text = malloc(room);
	ssize_t got;

	*len = 0;
	while (text != NULL && *len < room) {
		got = read(fd, text + *len, room - *len);
		if (got > 0) {
			*len += (size_t)got;
		} else if (got == 0) {
			break;
		} else if (errno != EINTR) {
			free(text);
			text = NULL;
		}
	}
	return text;
}

/* What is wrong with a file that cannot be read, and what would be right. */
static void
print_unreadable(const char *file, int error, FILE *out)
{
	struct config_errors errors;
	const char *hint = "";

	if (error == ENOENT)
		hint = "; check the path, or give none to run with the "
		    "defaults";
	else if (error == EISDIR)
		hint = "; give the path of a file in it";
	else if (error == EACCES)
		hint = "; the user who starts this must be able to read it, "
		    "and for a reload the one who serves";
	config_errors_init(&errors, file, SLICE(""));
	config_error_file(&errors, "cannot read the configuration: %s%s",
	    strerror(error), hint);
	config_errors_print(&errors, out);
	config_errors_clear(&errors);
}

static char *
read_file(const char *file, size_t *len, FILE *out)
{
	struct stat st;
	char *text = NULL;
	int fd, error;

	if ((fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1) {
		print_unreadable(file, errno, out);
		return NULL;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else
		text = read_all(fd, len);
	error = errno;
	close(fd);
	if (text == NULL)
		print_unreadable(file, error, out);
	return text;
}

struct config *
config_load(const char *file, const char *default_root,
    const struct config_option *options, size_t n, FILE *errors)
{
	struct config *config = NULL;
	const char *slash;
	char *text, *dir;
	size_t len;

	if (file == NULL)
		return config_parse("", NULL, "", 0, default_root, options, n,
		    errors);
	if ((text = read_file(file, &len, errors)) == NULL)
		return NULL;
	slash = strrchr(file, '/');
	dir = slash == NULL ? strdup(".") :
	    strndup(file, (size_t)(slash - file) + 1);
	if (dir == NULL)
		print_unreadable(file, ENOMEM, errors);
	else
		config = config_parse(file, dir, text, len, default_root,
		    options, n, errors);
	free(dir);
	free(text);
	return config;
}
