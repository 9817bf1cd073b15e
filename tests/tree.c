#include "tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/dirlist.h"
#include "files/file.h"
#include "support.h"

#define NOBODY		65534
#define REQUEST_MAX	65536

static char top[64];

void
tree_make(void)
{
	umask(022);
	strcpy(top, "/tmp/mynah-tree.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	chmod(top, 0755);
}

/* Directories first get the permission to be emptied. */
static int
open_up(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)at;
	if ((type == FTW_D || type == FTW_DNR) && (st->st_mode & 0700) != 0700)
		chmod(path, 0700);
	return 0;
}

static int
take_away(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

void
tree_remove(void)
{
	nftw(top, open_up, 8, FTW_PHYS);
	nftw(top, take_away, 8, FTW_DEPTH | FTW_PHYS);
}

char *
tree_path(const char *name)
{
	static char path[4][PATH_MAX];
	static int n;
	char *p = path[n++ % COUNT(path)];

	snprintf(p, PATH_MAX, "%s%s%s", top, name[0] == '\0' ? "" : "/", name);
	return p;
}

void
tree_directory(const char *name)
{
	ck_assert_msg(mkdir(tree_path(name), 0755) == 0, "%s", name);
}

void
tree_bytes(const char *name, const void *bytes, size_t len)
{
	FILE *f = fopen(tree_path(name), "w");

	ck_assert_msg(f != NULL, "%s", name);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

void
tree_file(const char *name, const char *content)
{
	tree_bytes(name, content, strlen(content));
}

void
tree_link(const char *target, const char *name)
{
	ck_assert_msg(symlink(target, tree_path(name)) == 0, "%s", name);
}

void
tree_stamp(const char *name, time_t sec, long nsec)
{
	struct timespec times[2] = {
		{ .tv_sec = sec, .tv_nsec = nsec },
		{ .tv_sec = sec, .tv_nsec = nsec }
	};

	ck_assert_msg(utimensat(AT_FDCWD, tree_path(name), times, 0) == 0,
	    "%s", name);
}

void
tree_anew(const char *name)
{
	static int n;
	char aside[64];

	snprintf(aside, sizeof(aside), "aside.%ld.%d", (long)getpid(), n++);
	if (access(tree_path(name), F_OK) == 0)
		ck_assert_msg(rename(tree_path(name), tree_path(aside)) == 0,
		    "%s", name);
	tree_directory(name);
}

void
tree_settle(const char *name)
{
	tree_stamp(name, 784111777, 0);
}

void
tree_site_open(struct tree_site *s, const char *name)
{
	static char nothing[] = "", name_of_index[] = "index.html";
	static char *default_index[] = { name_of_index, NULL };
	char error[512] = "";

	*s = (struct tree_site){ .config = {
		.name = nothing, .index = default_index,
		.fallback = nothing,
	} };
	s->site.config = &s->config;
	s->site.root = docroot_new(tree_path(name), false, error,
	    sizeof(error));
	ck_assert_msg(s->site.root != NULL, "%s", error);
	s->site.memory_max = 65536;
	s->sites = (struct sites){ .v = &s->site, .n = 1 };
}

void
tree_site_close(struct tree_site *s)
{
	docroot_free(s->site.root);
}

/* Asked outside of tests as well: no assertion. */
bool
tree_follows_links(void)
{
	char error[512] = "";
	struct docroot *root = docroot_new("/usr", false, error,
	    sizeof(error));
	bool follows = root != NULL && docroot_follows_links(root);

	docroot_free(root);
	return follows;
}

int
tree_as_nobody(int (*run)(void *), void *arg)
{
	int status;
	pid_t pid;

	ck_assert_int_ne(pid = fork(), -1);
	if (pid == 0) {
		if (geteuid() == 0 && (setgroups(0, NULL) == -1 ||
		    setgid(NOBODY) == -1 || setuid(NOBODY) == -1))
			_exit(255);
		_exit(run(arg));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

int
tree_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/* A file and not a pipe: it takes as much as is said. */
static int caught = -1, kept;

void
catch_begin(void)
{
	char path[] = "/tmp/mynah-log.XXXXXX";

	ck_assert_int_ge(caught = mkstemp(path), 0);
	unlink(path);
	kept = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(caught, STDERR_FILENO), 0);
}

const char *
catch_end(void)
{
	static char text[16384];
	ssize_t n = pread(caught, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(caught);
	return text;
}

const struct http_request *
asked(const char *bytes)
{
	static const struct http_head_limits limits = {
		REQUEST_MAX, REQUEST_MAX
	};
	static struct http_field v[64];
	static struct http_request req;
	struct http_head head = { 0 };
	ssize_t n;

	req = (struct http_request){ .fields = { .v = v, .max = COUNT(v) } };
	n = http_request_parse(&head, bytes, strlen(bytes), &limits, &req);
	ck_assert_msg(n == (ssize_t)strlen(bytes), "%.200s: %s", bytes,
	    n == -1 ? req.fault->wrong : "not whole");
	return &req;
}

const struct http_request *
asked_get(const char *target, const char *fields)
{
	static char bytes[REQUEST_MAX];

	ck_assert_int_lt(snprintf(bytes, sizeof(bytes), "GET %s HTTP/1.1\r\n"
	    "Host: example.org\r\n%s\r\n", target, fields),
	    (int)sizeof(bytes));
	return asked(bytes);
}

const char *
answer_fields(const struct http_response *res)
{
	static char text[HTTP_RESPONSE_FIELDS_MAX + 1];

	memcpy(text, res->fields, res->nfields);
	text[res->nfields] = '\0';
	return text;
}

const char *
answer_field(const struct http_response *res, const char *name)
{
	static char value[4][HTTP_RESPONSE_FIELDS_MAX];
	static int n;
	size_t len = strlen(name);
	char *out = value[n++ % COUNT(value)];

	for (const char *p = answer_fields(res); *p != '\0';
	    p = strstr(p, "\r\n") + 2) {
		if (strncmp(p, name, len) != 0 || p[len] != ':')
			continue;
		snprintf(out, sizeof(value[0]), "%.*s",
		    (int)strcspn(p + len + 2, "\r"), p + len + 2);
		return out;
	}
	return NULL;
}

bool
answer_says(const struct http_response *res, const char *words)
{
	return res->content == HTTP_CONTENT_TEXT && memmem(res->text,
	    res->length, words, strlen(words)) != NULL;
}

const char *
answer_content(const struct http_response *res)
{
	static char text[8192];
	size_t len = res->length;

	if (res->content != HTTP_CONTENT_FILE)
		return "";
	ck_assert_uint_lt(len, sizeof(text));
	ck_assert_int_le(res->offset + (off_t)len, res->file->size);
	if (res->file->bytes != NULL)
		memcpy(text, res->file->bytes + res->offset, len);
	else
		ck_assert_int_eq(pread(res->file->fd, text, len, res->offset),
		    (ssize_t)len);
	text[len] = '\0';
	return text;
}

void
answer_done(struct http_response *res)
{
	if (res->content == HTTP_CONTENT_FILE ||
	    res->content == HTTP_CONTENT_PARTS)
		file_unref(res->file);
	if (res->content == HTTP_CONTENT_LISTING)
		dirlist_free(res->listing);
	res->content = HTTP_CONTENT_NONE;
}
