/*
 * The real program, and files that change while it serves them: the next
 * request sees what is there, however it came about.
 *
 * Each way of change is a row: scripts for the directory, and what is
 * answered after each. A row is tried with small files, which are kept in
 * memory, and with larger ones, of which a descriptor may be; on one
 * connection, with one for each request, and with the condition that what
 * came before is still right. And it is tried twice more on files that are
 * older than STAMP_SETTLES_S: those of which a server may believe that what
 * has the same stamps has the same content.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"
#include "files/stamp.h"
#include "support.h"
#include "wire.h"

#define MEMORY_MAX	65536	/* cache.max_file */
#define SMALL		1000
#define LARGE		(MEMORY_MAX * 2 + 6000)
#define CONTENT_MAX	(3 * LARGE)
#define STEPS		8
#define FAST		200

static struct daemon shared, d;
static struct reply r;

/* ---- what scripts do ---- */

/*
 * Commands are separated by semicolons. A name is one of the row's directory,
 * or with "@" before it of one that is outside of what is served. A content
 * is a letter that fills the usual size, a capital one half of it, or a
 * letter and a size.
 */
static char directory[64];
static size_t usual_size;
static struct timespec long_ago, noted;

static size_t
size_of(const char *content)
{
	if (content[1] != '\0')
		return strtoul(content + 1, NULL, 10);
	return content[0] < 'a' ? usual_size / 2 : usual_size;
}

static const char *
path_of(const char *name)
{
	return name[0] == '@' ?
	    daemon_path("out/%s/%s", directory, name + 1) :
	    daemon_path("site/%s/%s", directory, name);
}

/* What leads from the row's directory to a name, or is one beside it. */
static const char *
target_of(const char *name)
{
	static char target[128];

	if (name[0] != '@')
		return name;
	snprintf(target, sizeof(target), "../../out/%s/%s", directory,
	    name + 1);
	return target;
}

static void
must(bool done, const char *what, const char *name)
{
	ck_assert_msg(done, "%s %s: %s", what, path_of(name),
	    strerror(errno));
}

static void
put(const char *name, const char *content, int flags)
{
	static char bytes[CONTENT_MAX];
	size_t len = size_of(content);
	int fd = open(path_of(name), O_WRONLY | O_CLOEXEC | flags, 0644);
	struct stat st;

	ck_assert_uint_le(len, sizeof(bytes));
	memset(bytes, content[0], len);
	must(fd != -1, "open", name);
	must(pwrite(fd, bytes, len, 0) == (ssize_t)len, "write", name);
	must(fstat(fd, &st) == 0, "look at", name);
	if ((size_t)st.st_size != len)
		must(ftruncate(fd, (off_t)len) == 0, "truncate", name);
	close(fd);
}

static void
set_mtime(const char *name, struct timespec mtime)
{
	const struct timespec times[2] = { mtime, mtime };

	must(utimensat(AT_FDCWD, path_of(name), times, 0) == 0, "stamp",
	    name);
}

/* Made, or made anew from nothing. */
static void
do_write(const char *name, const char *content)
{
	put(name, content, O_CREAT | O_TRUNC);
}

/* In place, with one call if the size is the same. */
static void
do_edit(const char *name, const char *content)
{
	put(name, content, 0);
}

static void
do_truncate(const char *name, const char *size)
{
	must(truncate(path_of(name), atol(size)) == 0, "truncate", name);
}

static void
do_rename(const char *from, const char *to)
{
	must(rename(path_of(from), path_of(to)) == 0, "rename", from);
}

static void
do_exchange(const char *one, const char *other)
{
	do_rename(one, "exchanged");
	do_rename(other, one);
	do_rename("exchanged", other);
}

static void
do_delete(const char *name, const char *none)
{
	(void)none;
	must(remove(path_of(name)) == 0, "remove", name);
}

static void
do_mkdir(const char *name, const char *none)
{
	(void)none;
	must(mkdir(path_of(name), 0755) == 0, "make", name);
}

static void
do_fifo(const char *name, const char *none)
{
	(void)none;
	must(mkfifo(path_of(name), 0644) == 0, "make", name);
}

static void
do_hard(const char *from, const char *to)
{
	must(link(path_of(from), path_of(to)) == 0, "link", to);
}

static void
do_link(const char *target, const char *name)
{
	must(symlink(target_of(target), path_of(name)) == 0, "link", name);
}

/* An absolute one: wherever it leads, it leads out. */
static void
do_abslink(const char *target, const char *name)
{
	must(symlink(path_of(target), path_of(name)) == 0, "link", name);
}

/* As deployments do it: there is no moment without the link. */
static void
do_relink(const char *target, const char *name)
{
	do_link(target, "relinked");
	do_rename("relinked", name);
}

static void
do_absrelink(const char *target, const char *name)
{
	do_abslink(target, "relinked");
	do_rename("relinked", name);
}

static void
do_chmod(const char *mode, const char *name)
{
	must(chmod(path_of(name), (mode_t)strtoul(mode, NULL, 8)) == 0,
	    "chmod", name);
}

/* The very same time for all. */
static void
do_age(const char *name, const char *none)
{
	(void)none;
	set_mtime(name, long_ago);
}

static void
do_older(const char *name, const char *none)
{
	struct timespec older = long_ago;

	(void)none;
	older.tv_sec -= 60;
	set_mtime(name, older);
}

/* Remember when it was modified, and put that back. */
static void
do_note(const char *name, const char *none)
{
	struct stat st;

	(void)none;
	must(stat(path_of(name), &st) == 0, "look at", name);
	noted = st.st_mtim;
}

static void
do_back(const char *name, const char *none)
{
	(void)none;
	set_mtime(name, noted);
}

static const struct {
	const char	*name;
	int		 args;
	void		 (*run)(const char *one, const char *two);
} commands[] = {
	{ "write",	2, do_write },
	{ "edit",	2, do_edit },
	{ "truncate",	2, do_truncate },
	{ "rename",	2, do_rename },
	{ "exchange",	2, do_exchange },
	{ "delete",	1, do_delete },
	{ "mkdir",	1, do_mkdir },
	{ "fifo",	1, do_fifo },
	{ "hard",	2, do_hard },
	{ "link",	2, do_link },
	{ "abslink",	2, do_abslink },
	{ "relink",	2, do_relink },
	{ "absrelink",	2, do_absrelink },
	{ "chmod",	2, do_chmod },
	{ "age",	1, do_age },
	{ "older",	1, do_older },
	{ "note",	1, do_note },
	{ "back",	1, do_back },
};

static void
run_command(const char *text)
{
	char name[16] = "", one[64] = "", two[64] = "";
	int n = sscanf(text, "%15s %63s %63s", name, one, two);

	for (int i = 0; i < COUNT(commands); i++)
		if (strcmp(commands[i].name, name) == 0 &&
		    commands[i].args == n - 1) {
			commands[i].run(one, two);
			return;
		}
	ck_abort_msg("no such command: %s", text);
}

static void
run_script(const char *script)
{
	char text[512], *rest = text, *command;

	ck_assert_uint_lt(strlen(script), sizeof(text));
	strcpy(text, script);
	while ((command = strsep(&rest, ";")) != NULL)
		if (command[strspn(command, " ")] != '\0')
			run_command(command);
}

/* ---- ways of change ---- */

/* Links in it are to be followed, which not every system can. */
#define LINKS	1
/*
 * Two contents of the same size have the same time of modification: the tags
 * of large files, which are made of these, do not tell them apart.
 */
#define SAME	2

/*
 * A want is a status, and after it a content, if it is looked at, and words:
 * "vary" for what depends on Accept-Encoding, and the coding it comes in.
 */
struct step {
	const char	*script;
	const char	*want;
	const char	*want_coded;	/* asked for with br and gzip too */
};

static const struct way {
	const char	*name;
	const char	*options;	/* of a site of its own, or NULL */
	const char	*path;
	struct step	 steps[STEPS];	/* the first makes it */
	int		 flags;
} ways[] = {
	/* The file. */
	{ "edited in place", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "edit f b", "200 b", NULL },
		{ "edit f a", "200 a", NULL } }, 0 },
	{ "edited in place, and was old", NULL, "f", {
		{ "write f a; age f", "200 a", NULL },
		{ "edit f b", "200 b", NULL } }, 0 },
	{ "edited twice at once", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "edit f b; edit f c", "200 c", NULL },
		{ "write f a; write f b; write f c; write f d", "200 d",
		  NULL } }, 0 },
	{ "edited, and the time put back", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "note f; edit f b; back f", "200 b", NULL },
		{ "edit f c; back f", "200 c", NULL } }, SAME },
	{ "edited, and the time of an old one put back", NULL, "f", {
		{ "write f a; age f", "200 a", NULL },
		{ "edit f b; age f", "200 b", NULL },
		{ "write f c; age f", "200 c", NULL } }, SAME },
	{ "only the time is another", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "age f", "200 a", NULL },
		{ "edit f b; older f", "200 b", NULL } }, 0 },
	{ "longer and shorter", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "edit f b100", "200 b100", NULL },
		{ "edit f c2000", "200 c2000", NULL },
		{ "edit f d99999", "200 d99999", NULL },
		{ "edit f e150000", "200 e150000", NULL },
		{ "edit f f1", "200 f1", NULL } }, 0 },
	{ "to the limit of memory and past it", NULL, "f", {
		{ "write f a65536", "200 a65536", NULL },
		{ "edit f b65537", "200 b65537", NULL },
		{ "edit f c65536", "200 c65536", NULL },
		{ "edit f d65535", "200 d65535", NULL },
		{ "edit f e140000", "200 e140000", NULL } }, 0 },
	{ "truncated", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "truncate f 7", "200 a7", NULL },
		{ "truncate f 0", "200 a0", NULL },
		{ "edit f b", "200 b", NULL } }, 0 },
	{ "written anew", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "write f b", "200 b", NULL },
		{ "write f c300", "200 c300", NULL } }, 0 },
	{ "replaced by rename", NULL, "f", {
		{ "write f a; write g b; older g", "200 a", NULL },
		{ "rename g f", "200 b", NULL },
		{ "write g c300; rename g f", "200 c300", NULL },
		{ "write g d; rename g f", "200 d", NULL } }, 0 },
	{ "replaced by rename, same stamps", NULL, "f", {
		{ "write f a; write g b; age f; age g", "200 a", NULL },
		{ "rename g f", "200 b", NULL },
		{ "write g c; age g; rename g f", "200 c", NULL } }, SAME },
	{ "replaced and put back", NULL, "f", {
		{ "write f a; write g b; older g", "200 a", NULL },
		{ "exchange f g", "200 b", NULL },
		{ "exchange f g", "200 a", NULL },
		{ "edit g c; exchange f g", "200 c", NULL } }, 0 },
	{ "deleted and recreated", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "delete f", "404", NULL },
		{ "write f b", "200 b", NULL },
		{ "delete f", "404", NULL } }, 0 },
	{ "deleted and recreated at once, same stamps", NULL, "f", {
		{ "write f a; age f", "200 a", NULL },
		{ "delete f; write f b; age f", "200 b", NULL } }, SAME },
	{ "renamed away and back", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "rename f g", "404", NULL },
		{ "rename g f", "200 a", NULL } }, 0 },
	{ "appears", NULL, "f", {
		{ "", "404", NULL },
		{ "write f a", "200 a", NULL } }, 0 },
	{ "appears by rename", NULL, "f", {
		{ "write g a", "404", NULL },
		{ "rename g f", "200 a", NULL } }, 0 },
	{ "becomes a directory and a file", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "delete f; mkdir f", "301", NULL },
		{ "delete f; write f b", "200 b", NULL } }, 0 },
	{ "becomes a directory with an index", NULL, "f/", {
		{ "write f a", "404", NULL },
		{ "delete f; mkdir f; write f/index.html b", "200 b", NULL },
		{ "delete f/index.html; delete f; write f c", "404", NULL } },
	  0 },
	{ "becomes a FIFO and a file", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "delete f; fifo f", "404", NULL },
		{ "delete f; write f b", "200 b", NULL } }, 0 },
	{ "edited by another name", NULL, "f", {
		{ "write f a; hard f g", "200 a", NULL },
		{ "edit g b", "200 b", NULL },
		{ "write g c100", "200 c100", NULL },
		{ "delete g", "200 c100", NULL } }, 0 },
	{ "edited by another name, same stamps", NULL, "f", {
		{ "write f a; hard f @g; age f", "200 a", NULL },
		{ "edit @g b; age @g", "200 b", NULL } }, SAME },
	{ "permission withdrawn and given back", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "chmod 0 f", "403", NULL },
		{ "chmod 644 f", "200 a", NULL },
		{ "chmod 0 f", "403", NULL },
		{ "chmod 644 f; edit f b", "200 b", NULL } }, 0 },

	/* The directories above it. */
	{ "directory renamed, another in its place", NULL, "d/f", {
		{ "mkdir d; write d/f a; mkdir e; write e/f b; older e/f",
		  "200 a", NULL },
		{ "rename d c; rename e d", "200 b", NULL },
		{ "rename d e; rename c d", "200 a", NULL },
		{ "rename d c", "404", NULL },
		{ "rename c d", "200 a", NULL } }, 0 },
	{ "directory replaced, same stamps", NULL, "d/f", {
		{ "mkdir d; write d/f a; mkdir e; write e/f b;"
		  " age d/f; age e/f", "200 a", NULL },
		{ "rename d c; rename e d", "200 b", NULL } }, SAME },
	{ "directory further up replaced", NULL, "c/d/f", {
		{ "mkdir c; mkdir c/d; write c/d/f a;"
		  " mkdir e; mkdir e/d; write e/d/f b; older e/d/f",
		  "200 a", NULL },
		{ "exchange c e", "200 b", NULL },
		{ "exchange c e", "200 a", NULL },
		{ "rename c @c", "404", NULL } }, 0 },
	{ "directory moved out, a link to it", NULL, "d/f", {
		{ "mkdir d; write d/f a", "200 a", NULL },
		{ "rename d @d; link @d d", "404", NULL },
		{ "delete d; rename @d d", "200 a", NULL },
		{ "rename d @d; abslink @d d", "404", NULL },
		{ "delete d; rename @d d", "200 a", NULL } }, 0 },
	{ "directory moved, an absolute link to it", NULL, "d/f", {
		{ "mkdir d; write d/f a", "200 a", NULL },
		{ "rename d c; abslink c d", "404", NULL },
		{ "delete d; rename c d", "200 a", NULL } }, 0 },
	{ "directory moved, a link to it", NULL, "d/f", {
		{ "mkdir d; write d/f a", "200 a", NULL },
		{ "rename d c; link c d", "200 a", NULL },
		{ "edit c/f b", "200 b", NULL },
		{ "absrelink c d", "404", NULL },
		{ "relink c d", "200 b", NULL } }, LINKS },
	{ "directory moved, a link to it, symlinks never",
	  "symlinks: never", "d/f", {
		{ "mkdir d; write d/f a", "200 a", NULL },
		{ "rename d c; link c d", "404", NULL },
		{ "delete d; rename c d", "200 a", NULL } }, 0 },
	{ "link to a directory swapped", NULL, "d/f", {
		{ "mkdir 1; write 1/f a; mkdir 2; write 2/f b; older 2/f;"
		  " mkdir @3; write @3/f c; link 1 d", "200 a", NULL },
		{ "relink 2 d", "200 b", NULL },
		{ "relink 1 d", "200 a", NULL },
		{ "relink @3 d", "404", NULL },
		{ "relink 2 d", "200 b", NULL },
		{ "relink nowhere d", "404", NULL } }, LINKS },
	{ "permission of the directory withdrawn", NULL, "d/f", {
		{ "mkdir d; write d/f a", "200 a", NULL },
		{ "chmod 0 d", "403", NULL },
		{ "chmod 755 d", "200 a", NULL } }, 0 },
	{ "permission further up withdrawn", NULL, "c/d/f", {
		{ "mkdir c; mkdir c/d; write c/d/f a", "200 a", NULL },
		{ "chmod 0 c", "403", NULL },
		{ "chmod 755 c", "200 a", NULL } }, 0 },
	{ "directory deleted and recreated", NULL, "d/f", {
		{ "mkdir d; write d/f a", "200 a", NULL },
		{ "delete d/f; delete d", "404", NULL },
		{ "write d b", "404", NULL },
		{ "delete d; mkdir d; write d/f b", "200 b", NULL } }, 0 },

	/* Links. */
	{ "becomes a link and a file", NULL, "f", {
		{ "write f a; write g b; older g", "200 a", NULL },
		{ "relink g f", "200 b", NULL },
		{ "delete f; write f c", "200 c", NULL } }, LINKS },
	{ "link swapped", NULL, "f", {
		{ "write g a; write h b; older h; link g f", "200 a", NULL },
		{ "relink h f", "200 b", NULL },
		{ "relink g f", "200 a", NULL },
		{ "edit h c; relink h f", "200 c", NULL } }, LINKS },
	{ "link swapped, same stamps", NULL, "f", {
		{ "write g a; write h b; age g; age h; link g f", "200 a",
		  NULL },
		{ "relink h f", "200 b", NULL } }, LINKS | SAME },
	{ "what a link leads to changes", NULL, "f", {
		{ "write g a; link g f", "200 a", NULL },
		{ "edit g b", "200 b", NULL },
		{ "write h c; rename h g", "200 c", NULL },
		{ "delete g", "404", NULL },
		{ "write g d", "200 d", NULL },
		{ "chmod 0 g", "403", NULL } }, LINKS },
	{ "a link along a chain is swapped", NULL, "f", {
		{ "write 1 a; write 2 b; older 2; link 1 h; link h g;"
		  " link g f", "200 a", NULL },
		{ "relink 2 h", "200 b", NULL },
		{ "relink f h", "404", NULL },
		{ "relink 1 h", "200 a", NULL } }, LINKS },
	{ "link swapped to lead out", NULL, "f", {
		{ "write g a; write @h b; link g f", "200 a", NULL },
		{ "relink @h f", "404", NULL },
		{ "relink g f", "200 a", NULL },
		{ "absrelink g f", "404", NULL },
		{ "relink g f", "200 a", NULL } }, LINKS },
	{ "moved out, a link to it", NULL, "f", {
		{ "write f a", "200 a", NULL },
		{ "rename f @f; link @f f", "404", NULL },
		{ "delete f; rename @f f", "200 a", NULL } }, 0 },
	{ "its other name is outside, a link to that", NULL, "f", {
		{ "write f a; hard f @f", "200 a", NULL },
		{ "relink @f f", "404", NULL },
		{ "absrelink @f f", "404", NULL } }, 0 },
	{ "moved, a link to it, symlinks never", "symlinks: never", "f", {
		{ "write f a", "200 a", NULL },
		{ "rename f g; link g f", "404", NULL },
		{ "delete f; rename g f", "200 a", NULL } }, 0 },
	{ "leads to itself, then is a file", NULL, "f", {
		{ "link f f", "404", NULL },
		{ "delete f; write f a", "200 a", NULL },
		{ "relink f f", "404", NULL } }, 0 },

	/* What else a path may mean. */
	{ "index appears and goes", NULL, "d/", {
		{ "mkdir d", "404", NULL },
		{ "write d/index.html a", "200 a", NULL },
		{ "edit d/index.html b", "200 b", NULL },
		{ "delete d/index.html", "404", NULL } }, 0 },
	{ "index of the root", "index: [i.html]", "", {
		{ "", "404", NULL },
		{ "write i.html a", "200 a", NULL },
		{ "delete i.html", "404", NULL } }, 0 },
	{ "index with a listing otherwise", "listing: html", "d/", {
		{ "mkdir d", "200", NULL },
		{ "write d/index.html a", "200 a", NULL },
		{ "delete d/index.html", "200", NULL },
		{ "delete d", "404", NULL } }, 0 },
	{ "the first of two names of the index",
	  "index: [index.html, second.html]", "d/", {
		{ "mkdir d; write d/second.html a", "200 a", NULL },
		{ "write d/index.html b", "200 b", NULL },
		{ "delete d/index.html", "200 a", NULL },
		{ "delete d/second.html", "404", NULL },
		{ "write d/index.html c", "200 c", NULL },
		{ "chmod 0 d/index.html", "403", NULL },
		{ "delete d/index.html; mkdir d/index.html;"
		  " write d/second.html d", "200 d", NULL } }, 0 },
	{ "clean URLs", "clean_urls: true", "f", {
		{ "", "404", NULL },
		{ "write f.html a", "200 a", NULL },
		{ "write f b", "200 b", NULL },
		{ "delete f", "200 a", NULL },
		{ "mkdir f", "200 a", NULL },
		{ "edit f.html c", "200 c", NULL },
		{ "delete f.html", "301", NULL } }, 0 },
	{ "fallback", "fallback: /page", "gone", {
		{ "", "404", NULL },
		{ "write page a", "200 a", NULL },
		{ "write gone b", "200 b", NULL },
		{ "delete gone; edit page c", "200 c", NULL },
		{ "delete page", "404", NULL } }, 0 },
	{ "error page", "error_pages: {404: /e.html, 403: /e.html}",
	  "gone", {
		{ "write e.html a", "404 a", NULL },
		{ "edit e.html b", "404 b", NULL },
		{ "write g c; rename g e.html", "404 c", NULL },
		{ "delete e.html", "404", NULL },
		{ "write e.html d", "404 d", NULL },
		{ "write gone e", "200 e", NULL },
		{ "chmod 0 gone", "403 d", NULL },
		{ "delete gone", "404 d", NULL } }, 0 },
	{ "error page, same stamps", "error_pages: {404: /e.html}",
	  "gone", {
		{ "write e.html a; age e.html", "404 a", NULL },
		{ "edit e.html b; age e.html", "404 b", NULL } }, SAME },

	/* Precompressed siblings. */
	{ "sibling appears, is edited, goes", NULL, "f.css", {
		{ "write f.css a", "200 a", "200 a" },
		{ "write f.css.gz Z", "200 a vary", "200 Z vary gzip" },
		{ "edit f.css.gz Y", "200 a vary", "200 Y vary gzip" },
		{ "delete f.css.gz", "200 a", "200 a" } }, 0 },
	{ "sibling is there, is edited, goes", NULL, "f.css", {
		{ "write f.css a; write f.css.gz Z", "200 a vary",
		  "200 Z vary gzip" },
		{ "edit f.css.gz Y", "200 a vary", "200 Y vary gzip" },
		{ "write g X; rename g f.css.gz", "200 a vary",
		  "200 X vary gzip" },
		{ "delete f.css.gz", "200 a", "200 a" } }, 0 },
	{ "sibling replaced, same stamps", NULL, "f.css", {
		{ "write f.css a; write f.css.gz Z; write g Y;"
		  " age f.css; age f.css.gz; age g",
		  "200 a vary", "200 Z vary gzip" },
		{ "rename g f.css.gz", "200 a vary", "200 Y vary gzip" },
		{ "edit f.css.gz X; age f.css.gz", "200 a vary",
		  "200 X vary gzip" } }, SAME },
	{ "sibling becomes too old", NULL, "f.css", {
		{ "write f.css a; write f.css.gz Z", "200 a vary",
		  "200 Z vary gzip" },
		{ "age f.css.gz", "200 a", "200 a" },
		{ "older f.css", "200 a vary", "200 Z vary gzip" } }, 0 },
	{ "original edited, sibling made anew", NULL, "f.css", {
		{ "write f.css a; write f.css.gz Z; age f.css;"
		  " age f.css.gz", "200 a vary", "200 Z vary gzip" },
		{ "edit f.css b", "200 b", "200 b" },
		{ "write f.css.gz Y", "200 b vary", "200 Y vary gzip" } },
	  0 },
	{ "sibling becomes too large", NULL, "f.css", {
		{ "write f.css a; write f.css.gz Z", "200 a vary",
		  "200 Z vary gzip" },
		{ "edit f.css.gz z", "200 a", "200 a" },
		{ "edit f.css.gz Y", "200 a vary", "200 Y vary gzip" },
		{ "edit f.css b1; edit f.css.gz Y", "200 b1", "200 b1" } },
	  0 },
	{ "better sibling appears and goes", NULL, "f.css", {
		{ "write f.css a; write f.css.gz Z", "200 a vary",
		  "200 Z vary gzip" },
		{ "write f.css.br Y", "200 a vary", "200 Y vary br" },
		{ "delete f.css.br", "200 a vary", "200 Z vary gzip" } }, 0 },
	{ "sibling is a link that leads nowhere yet", NULL, "f.css", {
		{ "write f.css a; link g f.css.br", "200 a", "200 a" },
		{ "write g Z", "200 a vary", "200 Z vary br" },
		{ "delete g", "200 a", "200 a" } }, LINKS },
	{ "permission of the sibling withdrawn", NULL, "f.css", {
		{ "write f.css a; write f.css.gz Z", "200 a vary",
		  "200 Z vary gzip" },
		{ "chmod 0 f.css.gz", "200 a", "200 a" },
		{ "chmod 644 f.css.gz", "200 a vary", "200 Z vary gzip" } },
	  0 },
	{ "sibling becomes a directory", NULL, "f.css", {
		{ "write f.css a; write f.css.gz Z", "200 a vary",
		  "200 Z vary gzip" },
		{ "delete f.css.gz; mkdir f.css.gz", "200 a", "200 a" },
		{ "delete f.css.gz; write f.css.gz Y", "200 a vary",
		  "200 Y vary gzip" } }, 0 },
	{ "original goes, sibling stays", NULL, "f.css", {
		{ "write f.css a; write f.css.gz Z", "200 a vary",
		  "200 Z vary gzip" },
		{ "delete f.css", "404", "404" },
		{ "write f.css b; age f.css", "200 b vary",
		  "200 Z vary gzip" } }, 0 },
	{ "sibling of an index", NULL, "d/", {
		{ "mkdir d; write d/index.html a", "200 a", "200 a" },
		{ "write d/index.html.gz Z", "200 a vary",
		  "200 Z vary gzip" },
		{ "edit d/index.html b; write d/index.html.gz Y",
		  "200 b vary", "200 Y vary gzip" } }, 0 },
	{ "directory of both swapped", NULL, "d/f.css", {
		{ "mkdir d; write d/f.css a; write d/f.css.gz Z;"
		  " mkdir e; write e/f.css b; older e/f.css",
		  "200 a vary", "200 Z vary gzip" },
		{ "exchange d e", "200 b", "200 b" },
		{ "exchange d e", "200 a vary", "200 Z vary gzip" } }, 0 },
};

/*
 * Ways in which the document root, which is named in place of options, can
 * become another.
 */
static const struct way roots[] = {
	{ "link swapped", "current", "f", {
		{ "mkdir 1; write 1/f a; mkdir 2; write 2/f b; older 2/f;"
		  " link 1 current", "200 a", NULL },
		{ "relink 2 current", "200 b", NULL },
		{ "relink 1 current", "200 a", NULL },
		{ "edit 1/f c", "200 c", NULL },
		{ "edit 2/f d; relink 2 current", "200 d", NULL } }, 0 },
	{ "link swapped, same stamps", "current", "f", {
		{ "mkdir 1; write 1/f a; mkdir 2; write 2/f b; age 1/f;"
		  " age 2/f; link 1 current", "200 a", NULL },
		{ "relink 2 current", "200 b", NULL } }, SAME },
	{ "link swapped, the same file", "current", "f", {
		{ "mkdir 1; write 1/f a; mkdir 2; hard 1/f 2/f;"
		  " link 1 current", "200 a", NULL },
		{ "relink 2 current", "200 a", NULL },
		{ "delete 2/f", "404", NULL },
		{ "relink 1 current", "200 a", NULL } }, 0 },
	{ "link swapped, what was missing", "current", "f", {
		{ "mkdir 1; mkdir 2; write 2/f b; link 1 current", "404",
		  NULL },
		{ "relink 2 current", "200 b", NULL },
		{ "relink 1 current", "404", NULL } }, 0 },
	{ "link swapped, the index and a sibling", "current", "", {
		{ "mkdir 1; write 1/index.html a; write 1/index.html.gz Z;"
		  " mkdir 2; write 2/index.html b; older 2/index.html;"
		  " link 1 current", "200 a vary", "200 Z vary gzip" },
		{ "relink 2 current", "200 b", "200 b" },
		{ "relink 1 current", "200 a vary", "200 Z vary gzip" } },
	  0 },
	{ "absolute link swapped", "current", "f", {
		{ "mkdir 1; write 1/f a; mkdir @2; write @2/f b; older @2/f;"
		  " abslink 1 current", "200 a", NULL },
		{ "absrelink @2 current", "200 b", NULL },
		{ "relink 1 current", "200 a", NULL } }, 0 },
	{ "link on the way swapped", "current/www", "f", {
		{ "mkdir 1; mkdir 1/www; write 1/www/f a; mkdir 2;"
		  " mkdir 2/www; write 2/www/f b; older 2/www/f;"
		  " link 1 current", "200 a", NULL },
		{ "relink 2 current", "200 b", NULL },
		{ "relink 1 current", "200 a", NULL } }, 0 },
	{ "link that a link leads to swapped", "current", "f", {
		{ "mkdir 1; write 1/f a; mkdir 2; write 2/f b; older 2/f;"
		  " link 1 stable; link stable current", "200 a", NULL },
		{ "relink 2 stable", "200 b", NULL },
		{ "relink 1 current", "200 a", NULL } }, 0 },
	{ "link to nowhere for a time", "current", "f", {
		{ "mkdir 1; write 1/f a; mkdir 2; write 2/f b; older 2/f;"
		  " link 1 current", "200 a", NULL },
		{ "relink nowhere current", "503", NULL },
		{ "relink 2 current", "200 b", NULL },
		{ "relink current current", "503", NULL },
		{ "relink 1 current", "200 a", NULL } }, 0 },
	{ "link deleted and made anew", "current", "f", {
		{ "mkdir 1; write 1/f a; mkdir 2; write 2/f b; older 2/f;"
		  " link 1 current", "200 a", NULL },
		{ "delete current", "503", NULL },
		{ "link 2 current", "200 b", NULL } }, 0 },
	{ "directory replaced", "www", "f", {
		{ "mkdir www; write www/f a; mkdir next; write next/f b;"
		  " older next/f", "200 a", NULL },
		{ "exchange www next", "200 b", NULL },
		{ "rename www old", "503", NULL },
		{ "rename next www", "200 a", NULL } }, 0 },
	{ "directory further up replaced", "up/www", "f", {
		{ "mkdir up; mkdir up/www; write up/www/f a; mkdir next;"
		  " mkdir next/www; write next/www/f b; older next/www/f",
		  "200 a", NULL },
		{ "exchange up next", "200 b", NULL },
		{ "rename up old", "503", NULL },
		{ "rename next up", "200 a", NULL } }, 0 },
	{ "directory becomes a link", "www", "f", {
		{ "mkdir www; write www/f a; mkdir 2; write 2/f b;"
		  " older 2/f", "200 a", NULL },
		{ "rename www 1; link 1 www", "200 a", NULL },
		{ "relink 2 www", "200 b", NULL } }, 0 },
	{ "directory deleted and made anew", "www", "f", {
		{ "mkdir www; write www/f a", "200 a", NULL },
		{ "delete www/f", "404", NULL },
		{ "delete www", "503", NULL },
		{ "mkdir www", "404", NULL },
		{ "write www/f b", "200 b", NULL } }, 0 },
	{ "directory deleted and made anew at once", "www", "f", {
		{ "mkdir www; write www/f a; age www/f", "200 a", NULL },
		{ "delete www/f; delete www; mkdir www; write www/f b;"
		  " age www/f", "200 b", NULL } }, SAME },
	{ "a file in the place of the directory", "www", "f", {
		{ "mkdir www; write www/f a", "200 a", NULL },
		{ "rename www old; write www b", "503", NULL },
		{ "delete www; rename old www", "200 a", NULL } }, 0 },
};

/* ---- requests, and what is wanted ---- */

enum mode { ONE_CONNECTION, A_CONNECTION_EACH, CONDITIONAL, MODES };

static const char *const mode_names[MODES] = {
	"on one connection", "on a connection each", "on a condition"
};

/* Each way is tried so often: small and large, in all modes. */
#define TRIALS	(2 * MODES)

/* One way in one of its trials. */
struct trial {
	const struct way	*way;
	bool			 large;
	enum mode		 mode;
	const char		*set;		/* of files */
	size_t			 step;
	struct wire		 w;
	bool			 is_open;
	struct seen {
		char	want[32];	/* of the step before, or "" */
		char	etag[64];
	} seen[2];			/* plain, coded */
};

static struct trial *
trial_of_way(const struct way *way, const char *set, int number, int n)
{
	static struct trial t;

	memset(&t, 0, sizeof(t));
	t.way = way;
	t.large = n % 2 == 1;
	t.mode = (enum mode)(n / 2);
	t.set = set;
	usual_size = t.large ? LARGE : SMALL;
	snprintf(directory, sizeof(directory), "%s-%d-%d", set, number, n);
	return &t;
}

static struct trial *
trial_of(const char *set, int way, int n)
{
	return trial_of_way(&ways[way], set, way, n);
}

static const char *
name_of(const struct trial *t)
{
	static char name[256];

	snprintf(name, sizeof(name), "%s, %s, %s, %s, step %zu",
	    t->way->name, t->set, t->large ? "large" : "small",
	    mode_names[t->mode], t->step);
	return name;
}

static bool
has_word(const char *want, const char *word)
{
	const char *at = strstr(want, word);

	return at != NULL && at[-1] == ' ' &&
	    (at[strlen(word)] == ' ' || at[strlen(word)] == '\0');
}

static void
send_request(struct trial *t, bool coded, const char *condition)
{
	const char *host = t->way->options == NULL ? "x" : directory;
	const char *above = t->way->options == NULL ? directory : "";
	char request[1024];

	snprintf(request, sizeof(request), "GET /%s%s%s HTTP/1.1\r\n"
	    "Host: %s\r\n%s%s%s%s\r\n", above, above[0] == '\0' ? "" : "/",
	    t->way->path, host,
	    coded ? "Accept-Encoding: br, gzip\r\n" : "",
	    condition[0] == '\0' ? "" : "If-None-Match: ", condition,
	    condition[0] == '\0' ? "" : "\r\n");
	if (!t->is_open)
		wire_open(&t->w, shared.port);
	t->is_open = true;
	wire_send(&t->w, request);
}

/* The content, if it is one that is looked at. */
static void
judge_content(struct trial *t, const char *want)
{
	const char *content = want[3] == '\0' ? "" : want + 4;
	char token[16] = "";

	sscanf(content, "%15s", token);
	if (token[0] == '\0') {
		wire_body(&t->w, &r);
		return;
	}
	ck_assert_msg(r.length == size_of(token), "%s: %zu bytes, not %zu",
	    name_of(t), r.length, size_of(token));
	wire_expect_run(&t->w, token[0], r.length);
}

static void
judge_coding(struct trial *t, const char *want)
{
	const char *coding = has_word(want, "br") ? "br" :
	    has_word(want, "gzip") ? "gzip" : "";

	ck_assert_msg(strcmp(reply_field(&r, "Content-Encoding"),
	    coding) == 0, "%s: %s", name_of(t), r.head);
	ck_assert_msg((strstr(reply_field(&r, "Vary"), "Accept-Encoding") !=
	    NULL) == has_word(want, "vary"), "%s: %s", name_of(t), r.head);
}

/*
 * Whether another content may have this tag: one with the same stamps, or
 * with a weak tag, which is never confirmed.
 */
static bool
may_be_confused(const struct trial *t, const char *etag)
{
	return t->large && ((t->way->flags & SAME) != 0 || etag[0] == 'W');
}

/* Another content has another tag; a large one that is the same too. */
static void
judge_etag(struct trial *t, const char *want, const char *etag,
    const struct seen *before)
{
	size_t len = strcspn(want + 4, " ");

	if (may_be_confused(t, etag) || before->etag[0] == '\0')
		return;
	if (strlen(before->want) == 4 + len &&
	    strncmp(before->want, want, 4 + len) == 0) {
		ck_assert_msg(t->large || strcmp(before->etag, etag) == 0,
		    "%s: another tag of the same: %s", name_of(t), etag);
		return;
	}
	ck_assert_msg(strcmp(before->etag, etag) != 0, "%s: the same tag: %s",
	    name_of(t), etag);
}

/* Ask, and see what is wanted now. */
static void
ask(struct trial *t, bool coded, const char *want, bool conditional)
{
	struct seen *seen = &t->seen[coded];
	const char *condition = conditional &&
	    !may_be_confused(t, seen->etag) ? seen->etag : "";
	char etag[64];

	send_request(t, coded, condition);
	wire_head(&t->w, &r);
	if (r.status == 304 && condition[0] != '\0' &&
	    strncmp(want, "200", 3) == 0) {
		/* It may be the same still, as far as tags tell. */
		ck_assert_msg(strcmp(reply_field(&r, "ETag"), condition) == 0,
		    "%s: %s", name_of(t), r.head);
		ck_assert_msg(strncmp(seen->want, want,
		    strlen(seen->want)) == 0, "%s: not modified, but %s",
		    name_of(t), want);
		return;
	}
	ck_assert_msg(r.status == atoi(want), "%s: %d, not %s", name_of(t),
	    r.status, want);
	ck_assert_msg(r.status != 503 ||
	    reply_field(&r, "Retry-After")[0] != '\0', "%s: %s", name_of(t),
	    r.head);
	judge_coding(t, want);
	snprintf(etag, sizeof(etag), "%s", reply_field(&r, "ETag"));
	judge_content(t, want);
	if (r.status == 200 && want[3] != '\0') {
		ck_assert_msg(etag[0] != '\0', "%s: no tag", name_of(t));
		judge_etag(t, want, etag, seen);
		snprintf(seen->want, sizeof(seen->want), "%.*s",
		    4 + (int)strcspn(want + 4, " "), want);
		strcpy(seen->etag, etag);
	} else {
		seen->etag[0] = '\0';
	}
}

/* In one piece: a second one would wait for a late acknowledgement. */
static void
get(struct wire *w, const char *path)
{
	char request[256];

	snprintf(request, sizeof(request), "GET /%s/%s HTTP/1.1\r\n"
	    "Host: x\r\n\r\n", directory, path);
	wire_send(w, request);
	wire_head(w, &r);
}

static void
hang_up(struct trial *t)
{
	if (t->is_open)
		wire_close(&t->w);
	t->is_open = false;
}

/* The plain one and the coded one: either may be the first to see it. */
static void
look(struct trial *t, bool conditional)
{
	const struct step *s = &t->way->steps[t->step];
	bool coded_first = t->mode != ONE_CONNECTION;

	for (int i = 0; i < 2; i++) {
		bool coded = (i == 0) == coded_first;

		if (coded && s->want_coded == NULL)
			continue;
		ask(t, coded, coded ? s->want_coded : s->want, conditional);
		if (t->mode == A_CONNECTION_EACH)
			hang_up(t);
	}
	if (s->want_coded != NULL && has_word(s->want, "vary"))
		ck_assert_msg(strcmp(t->seen[0].etag, t->seen[1].etag) != 0,
		    "%s: one tag for two variants", name_of(t));
}

/* From the second step on; the first is what the files are made by. */
static void
change(struct trial *t)
{
	const struct step *s = t->way->steps;

	for (t->step = 1; t->step < STEPS && s[t->step].script != NULL;
	    t->step++) {
		run_script(s[t->step].script);
		look(t, t->mode == CONDITIONAL);
		look(t, false);
		look(t, false);
	}
	hang_up(t);
}

static void
prepare(struct trial *t)
{
	t->step = 0;
	run_script(t->way->steps[0].script);
}

static void
warm(struct trial *t)
{
	t->step = 0;
	for (int i = 0; i < 3; i++)
		look(t, false);
}

static bool no_links;

static bool
can_do(const struct trial *t)
{
	return !no_links || (t->way->flags & LINKS) == 0;
}

/* ---- fixtures ---- */

static void
make_directories(const char *set)
{
	for (int i = 0; i < COUNT(ways); i++)
		for (int n = 0; n < TRIALS; n++) {
			(void)trial_of(set, i, n);
			do_mkdir("", NULL);
			do_mkdir("@", NULL);
		}
}

static void
prepare_all(const char *set)
{
	for (int i = 0; i < COUNT(ways); i++)
		for (int n = 0; n < TRIALS; n++)
			prepare(trial_of(set, i, n));
}

/* A host for each trial that needs options; its name is the directory. */
static void
add_hosts(FILE *yaml, const char *set)
{
	for (int i = 0; i < COUNT(ways); i++)
		for (int n = 0; n < TRIALS; n++) {
			if (ways[i].options == NULL)
				continue;
			(void)trial_of(set, i, n);
			fprintf(yaml, "    %s: {document_root: site/%s, %s}\n",
			    directory, directory, ways[i].options);
		}
}

static void
start_with(const char *set, const char *other)
{
	char *text;
	size_t len;
	FILE *yaml = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(yaml);
	fprintf(yaml, "port: 0\nprotocol: http\nhttp:\n"
	    "  document_root: site\n  hosts:\n");
	add_hosts(yaml, set);
	if (other != NULL)
		add_hosts(yaml, other);
	ck_assert_int_eq(fclose(yaml), 0);
	daemon_start(&shared, text, NULL);
	free(text);
	no_links = daemon_count(&shared, "no openat2") > 0;
}

static void
set_up(void)
{
	daemon_setup();
	long_ago.tv_sec = time(NULL) - 3600;
	long_ago.tv_nsec = 123456789;
	ck_assert_int_eq(mkdir(daemon_path("out"), 0755), 0);
}

static void
start_young(void)
{
	set_up();
	make_directories("young");
	start_with("young", NULL);
}

/*
 * Wait until all that was made so far is as old as a server can ask for. The
 * time of the last change of an inode cannot be set: it can only pass.
 */
static void
await_settled(void)
{
	struct timespec until;
	struct stat st;

	daemon_write("last", "", 0);
	ck_assert_int_eq(stat(daemon_path("last"), &st), 0);
	until = st.st_ctim;
	/* The clock of stamps may be a tick behind that of the server. */
	until.tv_sec += STAMP_SETTLES_S;
	until.tv_nsec += 50000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until,
	    NULL) != 0)
		;
}

static const char *const dated[] = { "dated-small", "dated-large" };

static void
read_dated(void)
{
	static struct wire w;

	strcpy(directory, ".");
	for (int i = 0; i < COUNT(dated); i++) {
		wire_open(&w, shared.port);
		get(&w, dated[i]);
		wire_expect_run(&w, 'a', r.length);
		wire_close(&w);
	}
}

/*
 * One wait for all: of one set each file has been read while it was young,
 * of the other none.
 */
static void
start_settled(void)
{
	set_up();
	make_directories("settled");
	make_directories("read-young");
	prepare_all("settled");
	prepare_all("read-young");
	usual_size = SMALL;
	strcpy(directory, ".");
	do_write("dated-small", "a");
	usual_size = LARGE;
	do_write("dated-large", "a");
	start_with("settled", "read-young");
	read_dated();
	for (int i = 0; i < COUNT(ways); i++)
		for (int n = 0; n < TRIALS; n++) {
			struct trial *t = trial_of("read-young", i, n);

			if (can_do(t))
				look(t, false);
			hang_up(t);
		}
	await_settled();
}

static void
stop_shared(void)
{
	daemon_stop_shared(&shared);
	daemon_teardown();
}

/* ---- tests ---- */

START_TEST(young)
{
	for (int n = 0; n < TRIALS; n++) {
		struct trial *t = trial_of("young", _i, n);

		if (!can_do(t))
			continue;
		prepare(t);
		warm(t);
		change(t);
	}
}
END_TEST

START_TEST(settled)
{
	for (int n = 0; n < TRIALS; n++) {
		struct trial *t = trial_of("settled", _i, n);

		if (!can_do(t))
			continue;
		warm(t);
		change(t);
	}
}
END_TEST

/* What was read while it was young: in one mode, not again since then. */
START_TEST(settled_since)
{
	for (int n = 0; n < TRIALS; n++) {
		struct trial *t = trial_of("read-young", _i, n);

		if (!can_do(t))
			continue;
		if (t->mode != ONE_CONNECTION)
			warm(t);
		change(t);
	}
}
END_TEST

/*
 * Within its first second a file is dated by the second before, and has a
 * weak tag if it is large: neither stays when it has settled.
 */
START_TEST(dated_by_its_second)
{
	static struct wire w;
	char want[64];
	struct stat st;
	struct tm tm;

	strcpy(directory, ".");
	ck_assert_int_eq(stat(path_of(dated[_i]), &st), 0);
	gmtime_r(&st.st_mtime, &tm);
	strftime(want, sizeof(want), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	wire_open(&w, shared.port);
	for (int i = 0; i < 3; i++) {
		get(&w, dated[_i]);
		wire_expect_run(&w, 'a', r.length);
		ck_assert_str_eq(reply_field(&r, "Last-Modified"), want);
		ck_assert_msg(reply_field(&r, "ETag")[0] == '"', "%s",
		    r.head);
		/* A new time of change: what had settled is young again. */
		do_chmod("600", dated[_i]);
		do_chmod("644", dated[_i]);
	}
	wire_close(&w);
}
END_TEST

/* Faster than stamps tell apart. */
static const struct {
	const char	*name, *script;
} fast[] = {
	{ "edited",		"edit f %c" },
	{ "written",		"write f %c" },
	{ "renamed",		"write g %c; rename g f" },
	{ "made anew",		"delete f; write f %c" },
	{ "mtime put back",	"note f; edit f %c; back f" },
};

START_TEST(as_fast_as_it_goes)
{
	static struct wire w;
	char script[64];

	snprintf(directory, sizeof(directory), "fast%d", _i);
	usual_size = _i % 2 == 0 ? SMALL : LARGE;
	do_mkdir("", NULL);
	do_write("f", "z");
	wire_open(&w, shared.port);
	for (int i = 0; i < FAST; i++) {
		char letter = (char)('a' + i % 26);

		snprintf(script, sizeof(script), fast[_i / 2].script, letter);
		run_script(script);
		get(&w, "f");
		ck_assert_msg(r.status == 200 && r.length == usual_size,
		    "%s: %s", fast[_i / 2].name, r.head);
		wire_expect_run(&w, letter, r.length);
	}
	wire_close(&w);
}
END_TEST

/* A part of what has changed is no part of what the client has. */
START_TEST(no_part_of_another)
{
	static struct wire w;
	char request[256], etag[64];

	snprintf(directory, sizeof(directory), "part%d", _i);
	usual_size = _i == 0 ? SMALL : LARGE;
	do_mkdir("", NULL);
	do_write("f", "a");
	do_age("f", NULL);
	wire_open(&w, shared.port);
	for (int i = 0; i < 2; i++) {
		get(&w, "f");
		wire_expect_run(&w, 'a', r.length);
		snprintf(etag, sizeof(etag), "%s", reply_field(&r, "ETag"));
	}
	snprintf(request, sizeof(request), "GET /%s/f HTTP/1.1\r\nHost: x\r\n"
	    "Range: bytes=10-19\r\nIf-Range: %s\r\n\r\n", directory, etag);
	wire_send(&w, request);
	wire_head(&w, &r);
	ck_assert_int_eq(r.status, 206);
	wire_expect_run(&w, 'a', 10);
	do_edit("f", "b");
	wire_send(&w, request);
	wire_head(&w, &r);
	ck_assert_int_eq(r.status, 200);
	wire_expect_run(&w, 'b', usual_size);
	wire_close(&w);
}
END_TEST

/* ---- while it is sent ---- */

#define SENT_SIZE	(16 * 1024 * 1024)
#define SENT_HOLE	"z16777216"

static const struct {
	const char	*name, *script;
	bool		 shrinks;
	int		 status;	/* afterwards */
	size_t		 size;
	char		 byte;
} sent[] = {
	{ "truncated",	"truncate f 4096", true, 200, 4096, '\0' },
	{ "truncated to nothing", "truncate f 0", true, 200, 0, '\0' },
	{ "written anew, small", "write f b", true, 200, SMALL, 'b' },
	{ "grows",	"truncate f 17000000", false, 200, 17000000, '\0' },
	{ "replaced",	"write g b; rename g f", false, 200, SMALL, 'b' },
	{ "deleted",	"delete f", false, 404, 0, '\0' },
	{ "no permission", "chmod 0 f", false, 403, 0, '\0' },
};

/* What was promised comes whole or not; the next one gets what is there. */
START_TEST(while_sent)
{
	static struct wire w;

	daemon_start(&d, "port: 0\nprotocol: http\ndocument_root: site\n",
	    NULL);
	snprintf(directory, sizeof(directory), "sent%d", _i);
	usual_size = SMALL;
	do_mkdir("", NULL);
	do_write("f", "z0");
	do_truncate("f", &SENT_HOLE[1]);
	wire_init(&w, wire_dial_small(d.port));
	get(&w, "f");
	ck_assert_uint_eq(r.length, SENT_SIZE);
	run_script(sent[_i].script);
	if (sent[_i].shrinks) {
		ck_assert_uint_lt(wire_drain(&w), SENT_SIZE);
		wire_close(&w);
		wire_open(&w, d.port);
	} else {
		wire_expect_run(&w, '\0', SENT_SIZE);
	}
	get(&w, "f");
	ck_assert_msg(r.status == sent[_i].status, "%s: %s", sent[_i].name,
	    r.head);
	if (r.status == 200) {
		ck_assert_uint_eq(r.length, sent[_i].size);
		wire_expect_run(&w, sent[_i].byte, r.length);
	}
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "1 file-shrank"),
	    sent[_i].shrinks ? 1 : 0);
}
END_TEST

/* ---- the document root ---- */

START_TEST(another_root)
{
	char yaml[256];

	for (int n = 0; n < TRIALS; n++) {
		struct trial *t = trial_of_way(&roots[_i], "root", _i, n);

		do_mkdir("", NULL);
		do_mkdir("@", NULL);
		prepare(t);
		snprintf(yaml, sizeof(yaml), "port: 0\nprotocol: http\n"
		    "document_root: site/%s/%s\n", directory,
		    roots[_i].options);
		daemon_start(&shared, yaml, NULL);
		warm(t);
		change(t);
		ck_assert_int_eq(daemon_stop(&shared), 0);
	}
}
END_TEST

/* ---- few descriptors ---- */

#define MANY	24

static struct wire many;

/* Ask for a file below the site's directory of the test. */
static void
ask_for(const char *name)
{
	char request[256];

	snprintf(request, sizeof(request),
	    "GET /%s/%s HTTP/1.1\r\nHost: x\r\n\r\n", directory, name);
	wire_send(&many, request);
	wire_head(&many, &r);
}

static void
ask_for_many(char byte)
{
	char name[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		ask_for(name);
		ck_assert_int_eq(r.status, 200);
		ck_assert_uint_eq(r.length, LARGE);
		wire_expect_run(&many, byte, r.length);
	}
}

static void
start_with_few(const char *yaml)
{
	set_up();
	strcpy(directory, "few");
	usual_size = LARGE;
	do_mkdir("", NULL);
	for (int i = 0; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%d", i);
		do_write(name, "a");
	}
	do_write("e.html", "e");
	await_settled();
	d.descriptors = 256;
	daemon_start(&d, yaml, NULL);
	wire_open(&many, d.port);
}

static void
stop_with_few(void)
{
	wire_close(&many);
	ck_assert_int_eq(daemon_stop(&d), 0);
	daemon_teardown();
}

/* One in 32 stays open, however often files are sent. */
START_TEST(few_stay_open)
{
	int before;

	start_with_few("port: 0\nprotocol: http\ndocument_root: site\n");
	before = daemon_descriptors(&d);
	for (int i = 0; i < 4; i++)
		ask_for_many('a');
	if (before != -1)
		ck_assert_int_le(daemon_descriptors(&d), before + 256 / 32 +
		    2);
	stop_with_few();
}
END_TEST

/* Of a page that is too large for the memory, asked for by many paths. */
START_TEST(few_for_an_error_page)
{
	char name[16];
	int before;

	start_with_few("port: 0\nprotocol: http\nhttp:\n"
	    "  document_root: site\n"
	    "  error_pages: {404: /few/e.html}\n");
	before = daemon_descriptors(&d);
	for (int i = 0; i < 3 * MANY; i++) {
		snprintf(name, sizeof(name), "gone%d", i % MANY);
		ask_for(name);
		ck_assert_int_eq(r.status, 404);
		ck_assert_uint_eq(r.length, LARGE);
		wire_expect_run(&many, 'e', r.length);
	}
	if (before != -1)
		ck_assert_int_le(daemon_descriptors(&d), before + 256 / 32 +
		    2);
	stop_with_few();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fresh");
	TCase *tc = tcase_create("young");

	tcase_add_unchecked_fixture(tc, start_young, stop_shared);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, young, 0, COUNT(ways));
	tcase_add_loop_test(tc, as_fast_as_it_goes, 0, 2 * COUNT(fast));
	tcase_add_loop_test(tc, no_part_of_another, 0, 2);
	suite_add_tcase(s, tc);

	tc = tcase_create("settled");
	tcase_add_unchecked_fixture(tc, start_settled, stop_shared);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, settled, 0, COUNT(ways));
	tcase_add_loop_test(tc, settled_since, 0, COUNT(ways));
	tcase_add_loop_test(tc, dated_by_its_second, 0, COUNT(dated));
	suite_add_tcase(s, tc);

	tc = tcase_create("while it is sent");
	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, while_sent, 0, COUNT(sent));
	suite_add_tcase(s, tc);

	tc = tcase_create("document root");
	tcase_add_unchecked_fixture(tc, set_up, daemon_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, another_root, 0, COUNT(roots));
	suite_add_tcase(s, tc);

	tc = tcase_create("few descriptors");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, few_stay_open);
	tcase_add_test(tc, few_for_an_error_page);
	suite_add_tcase(s, tc);
	return daemon_run_suite(s);
}
