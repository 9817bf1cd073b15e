/* docroot, and with it beneath and path_fault: on a real directory tree. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "files/docroot.h"
#include "openat2.h"
#include "support.h"
#include "tree.h"


/* Linked with --wrap=calloc and --wrap=strdup: these fail once. */
static bool calloc_fails, strdup_fails;

void	*__real_calloc(size_t n, size_t size);
void	*__wrap_calloc(size_t n, size_t size);
char	*__real_strdup(const char *s);
char	*__wrap_strdup(const char *s);

void *
__wrap_calloc(size_t n, size_t size)
{
	if (!calloc_fails)
		return __real_calloc(n, size);
	calloc_fails = false;
	return NULL;
}

char *
__wrap_strdup(const char *s)
{
	if (!strdup_fails)
		return __real_strdup(s);
	strdup_fails = false;
	return NULL;
}

/* Linked with --wrap=syscall: openat2 fails like this, so often. */
static int openat2_error, openat2_failures, openat2_calls;

static int
on_openat2(void)
{
	openat2_calls++;
	if (openat2_failures == 0)
		return 0;
	openat2_failures--;
	return openat2_error;
}

static void
fail_openat2(int error, int times)
{
	openat2_error = error;
	openat2_failures = times;
	openat2_calls = 0;
}

/* The tree */

static char top[64];

static char *
at_top(const char *name)
{
	static char path[4][PATH_MAX];
	static int n;
	char *p = path[n++ % COUNT(path)];

	snprintf(p, PATH_MAX, "%s/%s", top, name);
	return p;
}

static void
make_file(const char *name)
{
	FILE *f = fopen(at_top(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(name, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void
make_directory(const char *name)
{
	ck_assert_int_eq(mkdir(at_top(name), 0755), 0);
}

static void
make_link(const char *target, const char *name)
{
	ck_assert_int_eq(symlink(target, at_top(name)), 0);
}

static void
make_socket(const char *name)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%.90s", at_top(name));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
}

static const char long_name[] =
	"0123456789012345678901234567890123456789012345678901234567890123456"
	"7890123456789012345678901234567890123456789012345678901234567890123"
	"4567890123456789012345678901234567890123456789012345678901234567890"
	"123456789012345678901234567890123456789012345678901234";

static void
make_tree(void)
{
	umask(022);
	strcpy(top, "/tmp/mynah-docroot.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	chmod(top, 0755);
	make_file("secret");
	make_directory("outside");
	make_file("outside/file");
	make_directory("site");
	make_file("site/index.html");
	make_directory("site/sub");
	make_file("site/sub/page");
	make_directory("site/sub/deep");
	make_file("site/sub/deep/leaf");
	make_file("site/...");
	make_file("site/..a");
	make_link("sub/page", "site/inside");
	make_link("sub/../index.html", "site/up-inside");
	make_link("../index.html", "site/sub/back");
	make_link("sub", "site/dirlink");
	make_link("../secret", "site/out");
	make_link("../outside", "site/outdir");
	make_link("../site/index.html", "site/out-and-in");
	make_link(at_top("site/index.html"), "site/absolute");
	make_link("/etc", "site/etc");
	make_link("/proc/self/cwd", "site/magic");
	make_link("loop", "site/loop");
	make_link("loop-b", "site/loop-a");
	make_link("loop-a", "site/loop-b");
	make_link("nothing", "site/dangling");
	make_link("sub/page", "site/sub/link");
	ck_assert_int_eq(mkfifo(at_top("site/fifo"), 0644), 0);
	make_socket("site/socket");
	make_file("site/unreadable");
	chmod(at_top("site/unreadable"), 0);
	make_directory("site/closed");
	make_file("site/closed/file");
	chmod(at_top("site/closed"), 0);
	make_directory("site/searchable");
	make_file("site/searchable/file");
	chmod(at_top("site/searchable"), 0311);
	make_directory("locked");
	make_directory("locked/site");
	chmod(at_top("locked"), 0);
}

static int
on_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

static void
remove_tree(void)
{
	chmod(at_top("locked"), 0700);
	chmod(at_top("site"), 0755);
	chmod(at_top("site/closed"), 0700);
	chmod(at_top("site/searchable"), 0700);
	nftw(top, on_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* The three ways of opening, as far as this system has them. */

enum way { LINKS, NEVER, WALK, WAYS };

static const char *const way_names[] = { "links", "never", "walk" };

static struct docroot *
root_in(const char *path, enum way way)
{
	char error[512] = "";
	struct docroot *root;

	if (way == WALK)
		fail_openat2(ENOSYS, 1);
	root = docroot_new(path, way == NEVER, error, sizeof(error));
	fail_openat2(0, 0);
	ck_assert_msg(root != NULL, "%s: %s", way_names[way], error);
	if (way != LINKS)
		ck_assert(!docroot_follows_links(root));
	return root;
}

/* What is written to the standard error while f runs. */
static void
catch_errors(void (*f)(void), char *out, size_t size)
{
	int pipes[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
	dup2(pipes[1], STDERR_FILENO);
	f();
	dup2(saved, STDERR_FILENO);
	n = read(pipes[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(pipes[0]);
	close(pipes[1]);
	close(saved);
}

/* Opening. links: with openat2; strict: where no link is followed. */

static const struct {
	const char	*name, *path;
	int		 links, strict;
} paths[] = {
	{ "root",			"",			0, 0 },
	{ "root as a dot",		".",			0, 0 },
	{ "file",			"index.html",		0, 0 },
	{ "file below",			"sub/deep/leaf",	0, 0 },
	{ "directory",			"sub",			0, 0 },
	{ "directory with slash",	"sub/",			0, 0 },
	{ "directory with slashes",	"sub///",		0, 0 },
	{ "repeated slashes",		"sub//deep///leaf",	0, 0 },
	{ "dots between",		"./sub/./page",		0, 0 },
	{ "dot at the end",		"sub/.",		0, 0 },
	{ "dot after a file",		"index.html/.",	ENOTDIR, ENOTDIR },
	{ "file with slash",		"index.html/",	ENOTDIR, ENOTDIR },
	{ "below a file",		"index.html/a",	ENOTDIR, ENOTDIR },
	{ "missing",			"nothing",	ENOENT, ENOENT },
	{ "missing with slash",		"nothing/",	ENOENT, ENOENT },
	{ "missing below",		"sub/none/a",	ENOENT, ENOENT },
	{ "three dots",			"...",			0, 0 },
	{ "name that begins with dots",	"..a",			0, 0 },
	{ "dots alone",			"..",		EXDEV, EXDEV },
	{ "dots with slash",		"../",		EXDEV, EXDEV },
	{ "dots to a secret",		"../secret",	EXDEV, EXDEV },
	{ "dots that stay inside",	"sub/../index.html", EXDEV, EXDEV },
	{ "dots and back in",		"../site/index.html", EXDEV, EXDEV },
	{ "dots far below",		"sub/deep/../../../secret",
							EXDEV, EXDEV },
	{ "dots at the end",		"sub/..",	EXDEV, EXDEV },
	{ "absolute",			"/etc/passwd",	EXDEV, EXDEV },
	{ "the root's root",		"/",		EXDEV, EXDEV },
	{ "link inside",		"inside",		0, ELOOP },
	{ "link with dots, inside",	"up-inside",		0, ELOOP },
	{ "link up, inside",		"sub/back",		0, ELOOP },
	{ "link to a directory",	"dirlink",		0, ELOOP },
	{ "the same with slash",	"dirlink/",		0, ELOOP },
	{ "through it",			"dirlink/page",		0, ELOOP },
	{ "file link with slash",	"inside/",	ENOTDIR, ELOOP },
	{ "link out",			"out",		EXDEV, ELOOP },
	{ "through a link out",		"outdir/file",	EXDEV, ELOOP },
	{ "link out and in again",	"out-and-in",	EXDEV, ELOOP },
	{ "absolute link inside",	"absolute",	EXDEV, ELOOP },
	{ "absolute link out",		"etc/passwd",	EXDEV, ELOOP },
	{ "link to a magic link",	"magic",	EXDEV, ELOOP },
	{ "link to itself",		"loop",		ELOOP, ELOOP },
	{ "links in a circle",		"loop-a",	ELOOP, ELOOP },
	{ "through a circle",		"loop-a/a",	ELOOP, ELOOP },
	{ "dangling link",		"dangling",	ENOENT, ELOOP },
	{ "dangling from below",	"sub/link",	ENOENT, ELOOP },
	{ "fifo does not hang",		"fifo",			0, 0 },
	{ "below a fifo",		"fifo/a",	ENOTDIR, ENOTDIR },
	{ "socket",			"socket",	ENXIO, ENXIO },
	{ "longest name, missing",	long_name,	ENOENT, ENOENT },
};

START_TEST(opens)
{
	enum way way = (enum way)(_i % WAYS);
	size_t i = (size_t)_i / WAYS;
	struct docroot *root = root_in(at_top("site"), way);
	int want = docroot_follows_links(root) ? paths[i].links :
	    paths[i].strict;
	int before = lowest_descriptor(), fd;
	struct stat st;

	errno = 0;
	fd = docroot_open(root, paths[i].path, &st);
	ck_assert_msg((fd == -1 ? errno : 0) == want,
	    "%s, %s: %s instead of %s", way_names[way], paths[i].name,
	    fd == -1 ? strerror(errno) : "opened", strerror(want));
	if (fd != -1) {
		ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
		ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
		close(fd);
	}
	ck_assert_msg(lowest_descriptor() == before, "%s: leak", paths[i].name);
	docroot_free(root);
}
END_TEST

START_TEST(stat_tells_what_was_opened)
{
	struct docroot *root = root_in(at_top("site"), (enum way)_i);
	struct stat st, want;
	char text[32];
	int fd;

	ck_assert_int_ge(fd = docroot_open(root, "sub/page", &st), 0);
	ck_assert_int_eq(stat(at_top("site/sub/page"), &want), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert(st.st_ino == want.st_ino && st.st_size == 13);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 13);
	ck_assert_int_eq(memcmp(text, "site/sub/page", 13), 0);
	close(fd);
	ck_assert_int_ge(fd = docroot_open(root, "fifo", &st), 0);
	ck_assert(S_ISFIFO(st.st_mode));
	close(fd);
	ck_assert_int_ge(fd = docroot_open(root, "", &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	close(fd);
	docroot_free(root);
}
END_TEST

START_TEST(too_long)
{
	struct docroot *root = root_in(at_top("site"), (enum way)_i);
	char name[NAME_MAX + 3], path[PATH_MAX + 1];
	struct stat st;

	memset(name, 'n', sizeof(name));
	name[NAME_MAX + 1] = '\0';
	ck_assert_int_eq(docroot_open(root, name, &st), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	name[NAME_MAX + 1] = '/';
	name[NAME_MAX + 2] = '\0';
	ck_assert_int_eq(docroot_open(root, name, &st), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	for (size_t i = 0; i < PATH_MAX; i++)
		path[i] = i % 2 == 0 ? '.' : '/';
	path[PATH_MAX] = '\0';
	ck_assert_int_eq(docroot_open(root, path, &st), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	/* One byte less is a path like any other. */
	path[PATH_MAX - 1] = '\0';
	ck_assert(docroot_is_directory(root, path));
	docroot_free(root);
}
END_TEST

static const char *const magic[] = {
	"exe", "cwd", "cwd/", "root", "root/etc/passwd", "fd/0", "ns/net"
};

START_TEST(magic_links)
{
	struct docroot *root;
	struct stat st;
	int fd;

	if (access("/proc/self/exe", F_OK) == -1)
		return;
	root = root_in("/proc/self", (enum way)_i);
	for (int i = 0; i < COUNT(magic); i++) {
		fd = docroot_open(root, magic[i], &st);
		ck_assert_msg(fd == -1 && (errno == ELOOP || errno == EXDEV),
		    "%s: %s", magic[i], fd == -1 ? strerror(errno) : "opened");
	}
	docroot_free(root);
}
END_TEST

static int
open_as_nobody(void *arg)
{
	struct docroot *root = arg;
	struct stat st;
	int fd;

	if (docroot_open(root, "unreadable", &st) != -1 || errno != EACCES)
		return 1;
	if (docroot_stat(root, "unreadable", &st) != 0 ||
	    !S_ISREG(st.st_mode) ||
	    docroot_stat(root, "searchable", &st) != 0 ||
	    !S_ISDIR(st.st_mode))
		return 7;
	if (docroot_stat(root, "closed/file", &st) != -1 || errno != EACCES)
		return 8;
	if (docroot_stat(root, "to-unreadable", &st) != 0 ?
	    docroot_follows_links(root) || errno != ELOOP :
	    !docroot_follows_links(root) || !S_ISREG(st.st_mode))
		return 9;
	if (docroot_open(root, "closed/file", &st) != -1 || errno != EACCES)
		return 2;
	if (docroot_open(root, "closed", &st) != -1 || errno != EACCES)
		return 3;
	if (docroot_open(root, "searchable", &st) != -1 || errno != EACCES)
		return 4;
	if (!docroot_is_directory(root, "searchable/") ||
	    !docroot_is_directory(root, "closed") ||
	    docroot_is_directory(root, "closed/file/"))
		return 5;
	if ((fd = docroot_open(root, "searchable/file", &st)) == -1)
		return 6;
	close(fd);
	return 0;
}

START_TEST(permissions)
{
	struct docroot *root = root_in(at_top("site"), (enum way)_i);

	ck_assert_int_eq(symlink("unreadable",
	    at_top("site/to-unreadable")), 0);
	ck_assert_int_eq(tree_as_nobody(open_as_nobody, root), 0);
	unlink(at_top("site/to-unreadable"));
	docroot_free(root);
}
END_TEST

START_TEST(directories)
{
	struct docroot *root = root_in(at_top("site"), (enum way)_i);

	ck_assert(docroot_is_directory(root, ""));
	ck_assert(docroot_is_directory(root, "sub"));
	ck_assert(docroot_is_directory(root, "sub/deep/"));
	ck_assert(!docroot_is_directory(root, "index.html"));
	ck_assert(!docroot_is_directory(root, "fifo"));
	ck_assert(!docroot_is_directory(root, "nothing/"));
	ck_assert(!docroot_is_directory(root, "outdir"));
	ck_assert(!docroot_is_directory(root, "etc/"));
	ck_assert(!docroot_is_directory(root, ".."));
	ck_assert(docroot_is_directory(root, "dirlink") ==
	    docroot_follows_links(root));
	docroot_free(root);
}
END_TEST

#ifdef RENAME_EXCHANGE
/* Make site/a and site/b the directory and the link out, in turn, for ever. */
static void
exchange(void)
{
	char a[PATH_MAX], b[PATH_MAX];

	snprintf(a, sizeof(a), "%s", at_top("site/swap"));
	snprintf(b, sizeof(b), "%s", at_top("site/swaplink"));
	for (;;)
		renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

START_TEST(renames_do_not_open_a_way_out)
{
	struct docroot *root = root_in(at_top("site"), (enum way)_i);
	struct stat st, inside;
	int fd, outside = 0;
	pid_t pid;

	make_directory("site/swap");
	make_file("site/swap/file");
	make_link("../outside", "site/swaplink");
	ck_assert_int_eq(stat(at_top("site/swap/file"), &inside), 0);
	ck_assert_int_ne(pid = fork(), -1);
	if (pid == 0)
		exchange();
	for (int i = 0; i < 20000; i++) {
		if ((fd = docroot_open(root, "swap/file", &st)) == -1)
			continue;
		close(fd);
		outside += st.st_ino != inside.st_ino;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(outside, 0);
	docroot_free(root);
	/* Which name is the link now is anybody's guess. */
	nftw(at_top("site/swap"), on_entry, 8, FTW_DEPTH | FTW_PHYS);
	nftw(at_top("site/swaplink"), on_entry, 8, FTW_DEPTH | FTW_PHYS);
}
END_TEST
#endif

/* Making one */

static const struct {
	const char	*name, *path;		/* below top unless absolute */
	const char	*says, *says_not;	/* $ is top */
} faults[] = {
	{ "missing",		"quux",
	    "$/quux does not exist", "did you mean" },
	{ "a letter too many",	"sitte",
	    "$/sitte does not exist; did you mean $/site?", NULL },
	{ "a letter missing",	"outsde",
	    "did you mean $/outside?", NULL },
	{ "letters swapped",	"stie",		"did you mean $/site?", NULL },
	{ "capital letters",	"SITE",		"did you mean $/site?", NULL },
	{ "only directories",	"secre",	"does not exist", "did you" },
	{ "nothing hidden",	".ite",		"does not exist", "did you" },
	{ "in the middle",	"sitte/sub/deep",
	    "$/sitte does not exist (in $/sitte/sub/deep); did you mean "
	    "$/site?", NULL },
	{ "at the end",		"site/sub/depe/",
	    "$/site/sub/depe does not exist; did you mean $/site/sub/deep?",
	    "(in" },
	{ "repeated slashes",	"site//sub//depe//x",
	    "did you mean $/site//sub//deep?", NULL },
	{ "file",		"secret",
	    "$/secret is not a directory", "(in" },
	{ "file with slash",	"secret/",
	    "$/secret is not a directory", NULL },
	{ "file in the middle",	"secret/a/b",
	    "$/secret is not a directory (in $/secret/a/b)", NULL },
	{ "fifo",		"site/fifo",	"is not a directory", NULL },
	{ "link to a file",	"site/inside",
	    "$/site/inside is a symbolic link to sub/page: that is not a "
	    "directory", NULL },
	{ "dangling link",	"site/dangling",
	    "$/site/dangling is a symbolic link to nothing: that does not "
	    "exist", NULL },
	{ "dangling, on the way", "site/dangling/x",
	    "is a symbolic link to nothing (in $/site/dangling/x): that "
	    "does not exist", NULL },
	{ "circle",		"site/loop-a",
	    "symbolic link to loop-b: links lead in a circle", NULL },
	{ "empty",		"",		"the path is empty", NULL },
	{ "slash",		"/",
	    "/ is the root of the file system", NULL },
	{ "slashes",		"///",		"root of the file sys", NULL },
	{ "slash with dots",	"/usr/..",	"root of the file sys", NULL },
	{ "slash by a link",	"rootlink",	"root of the file sys", NULL },
	{ "name too long",	"@long",	"File name too long", NULL },
	{ "path too long",	"@longer",
	    "...: File name too long", NULL },
};

/* text with each $ replaced by top. */
static const char *
with_top(const char *text)
{
	static char out[1024];
	size_t n = 0;

	for (; *text != '\0' && n < sizeof(out) - sizeof(top) - 1; text++)
		if (*text == '$')
			n += (size_t)sprintf(out + n, "%s", top);
		else
			out[n++] = *text;
	out[n] = '\0';
	return out;
}

static const char *
path_of_fault(const char *path)
{
	static char out[2 * PATH_MAX];

	memset(out, 'x', sizeof(out));
	out[0] = '/';
	out[sizeof(out) - 1] = '\0';
	if (strcmp(path, "@long") == 0)
		out[NAME_MAX + 2] = '\0';
	else if (strcmp(path, "@longer") != 0)
		return path[0] == '/' || path[0] == '\0' ? path : at_top(path);
	return out;
}

START_TEST(faults_are_named)
{
	const char *path = path_of_fault(faults[_i].path);
	char error[2048] = "";
	int before = lowest_descriptor();

	ck_assert_int_eq(symlink("/", at_top("rootlink")), 0);
	ck_assert_msg(docroot_new(path, false, error, sizeof(error)) == NULL,
	    "%s", faults[_i].name);
	unlink(at_top("rootlink"));
	ck_assert_msg(strstr(error, with_top(faults[_i].says)) != NULL,
	    "%s: \"%s\" is not in \"%s\"", faults[_i].name,
	    with_top(faults[_i].says), error);
	ck_assert_msg(faults[_i].says_not == NULL ||
	    strstr(error, faults[_i].says_not) == NULL, "%s: %s",
	    faults[_i].name, error);
	ck_assert_int_eq(lowest_descriptor(), before);
}
END_TEST

START_TEST(short_buffers_are_respected)
{
	char error[8] = "1234567";

	for (int i = 0; i < COUNT(faults); i++) {
		if (strcmp(faults[i].path, "rootlink") == 0)
			continue;
		ck_assert_ptr_null(docroot_new(path_of_fault(faults[i].path),
		    false, error, 4));
		ck_assert_int_eq(error[3], '\0');
		ck_assert_str_eq(error + 4, "567");
	}
}
END_TEST

START_TEST(relative_paths)
{
	char error[512], back[PATH_MAX];
	struct docroot *root;

	ck_assert_ptr_nonnull(getcwd(back, sizeof(back)));
	ck_assert_int_eq(chdir(top), 0);
	root = docroot_new("site", false, error, sizeof(error));
	ck_assert_ptr_nonnull(root);
	ck_assert_str_eq(docroot_path(root), "site");
	docroot_free(root);
	ck_assert_ptr_null(docroot_new("sitte/x", false, error,
	    sizeof(error)));
	ck_assert_int_eq(chdir(back), 0);
	ck_assert_str_eq(error, with_top("sitte does not exist (in sitte/x, "
	    "relative to $); did you mean site?"));
}
END_TEST

START_TEST(root_through_links)
{
	char error[512];
	struct docroot *root = docroot_new(at_top("site/outdir/"), true,
	    error, sizeof(error));
	struct stat st;
	int fd;

	/* How the root itself is reached is the administrator's affair. */
	ck_assert_ptr_nonnull(root);
	ck_assert_int_ge(fd = docroot_open(root, "file", &st), 0);
	close(fd);
	docroot_free(root);
}
END_TEST

/* says: what the error must contain; the exit status is for tree_as_nobody(). */
static int
refused_as(const char *path, const char *says)
{
	char error[512] = "";
	struct docroot *root = docroot_new(path, false, error, sizeof(error));

	if (root != NULL || strstr(error, with_top(says)) == NULL) {
		fprintf(stderr, "%s: \"%s\" is not in \"%s\"\n", path,
		    with_top(says), error);
		docroot_free(root);
		return 1;
	}
	return 0;
}

static int
refused_parent(void *arg)
{
	(void)arg;
	return refused_as(at_top("locked/site"),
	    "no permission to search $/locked (in $/locked/site)");
}

static int
refused_root(void *arg)
{
	(void)arg;
	return refused_as(at_top("locked"),
	    "no permission to search $/locked (as user id ");
}

START_TEST(permission_to_search)
{
	ck_assert_int_eq(tree_as_nobody(refused_parent, NULL), 0);
	ck_assert_int_eq(tree_as_nobody(refused_root, NULL), 0);
}
END_TEST

static int
errno_of_check(void *arg)
{
	struct docroot *root = arg;

	return docroot_check(root) == 0 ? 0 : errno;
}

static int
errno_of_check_with_openat2_forbidden(void *arg)
{
	struct docroot *root = arg;

	fail_openat2(EPERM, 1);
	return docroot_check(root) == 0 ? 0 : errno;
}

START_TEST(check_asks_as_the_present_user)
{
	struct docroot *root = root_in(at_top("site"), (enum way)_i);

	ck_assert_int_eq(tree_as_nobody(errno_of_check, root), 0);
	chmod(at_top("site"), 0111);
	ck_assert_int_eq(tree_as_nobody(errno_of_check, root), 0);
	chmod(at_top("site"), 0);
	ck_assert_int_eq(tree_as_nobody(errno_of_check, root), EACCES);
	chmod(at_top("site"), 0755);
	if (docroot_follows_links(root))
		ck_assert_int_eq(tree_as_nobody(
		    errno_of_check_with_openat2_forbidden, root), EPERM);
	docroot_free(root);
}
END_TEST

/* openat2 that fails */

static void
make_two_without_openat2(void)
{
	docroot_free(root_in(at_top("site"), WALK));
	docroot_free(root_in(at_top("site"), WALK));
}

static void
make_one_that_never_follows(void)
{
	char error[64];

	fail_openat2(ENOSYS, 1);
	docroot_free(docroot_new(at_top("site"), true, error, sizeof(error)));
}

START_TEST(fallback_is_said_once)
{
	char text[512];

	log_set_level(LOG_LEVEL_INFO);
	catch_errors(make_one_that_never_follows, text, sizeof(text));
	ck_assert_str_eq(text, "");
	catch_errors(make_two_without_openat2, text, sizeof(text));
	log_set_level(LOG_LEVEL_ERROR);
	ck_assert_ptr_nonnull(strstr(text, "warning: "));
	ck_assert_ptr_nonnull(strstr(text, "not followed\n"));
	ck_assert_ptr_eq(strchr(text, '\n'), strrchr(text, '\n'));
}
END_TEST

/* Does this build and kernel have openat2 at all? */
static bool
has_openat2(void)
{
	struct docroot *root = root_in(at_top("site"), LINKS);
	bool has = docroot_follows_links(root);

	docroot_free(root);
	return has;
}

static const struct {
	int		 error;
	const char	*says;
} probes[] = {
	{ EPERM,	"openat2, which keeps requests inside of it, is "
			"forbidden here (EPERM)" },
	{ EACCES,	"no permission to search" },
	{ EINVAL,	"openat2: Invalid argument" },
	{ EMFILE,	"openat2: Too many open files" },
};

START_TEST(only_enosys_falls_back)
{
	char error[512] = "";
	int before = lowest_descriptor();

	if (!has_openat2())
		return;
	fail_openat2(probes[_i].error, 1);
	ck_assert_ptr_null(docroot_new(at_top("site"), false, error,
	    sizeof(error)));
	ck_assert_msg(strstr(error, probes[_i].says) != NULL, "%s", error);
	ck_assert_msg(strstr(error, top) != NULL, "%s", error);
	ck_assert_int_eq(lowest_descriptor(), before);
}
END_TEST

START_TEST(disturbed_resolutions_are_begun_again)
{
	struct docroot *root = root_in(at_top("site"), LINKS);
	struct stat st;
	int fd;

	if (docroot_follows_links(root)) {
		fail_openat2(EAGAIN, 3);
		ck_assert_int_ge(fd = docroot_open(root, "inside", &st), 0);
		ck_assert_int_eq(openat2_calls, 4);
		close(fd);
		fail_openat2(EINTR, 20);
		ck_assert_int_ge(fd = docroot_open(root, "inside", &st), 0);
		close(fd);
		fail_openat2(EAGAIN, 1000);
		ck_assert_int_eq(docroot_open(root, "inside", &st), -1);
		ck_assert_int_eq(errno, EAGAIN);
		ck_assert_int_lt(openat2_calls, 20);
		fail_openat2(0, 0);
	}
	docroot_free(root);
}
END_TEST

/* Out of descriptors */

START_TEST(no_descriptors)
{
	struct docroot *root = root_in(at_top("site"), (enum way)_i);
	char error[512] = "";
	struct rlimit old, tight;
	struct stat st;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	tight = old;
	tight.rlim_cur = (rlim_t)lowest_descriptor();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &tight), 0);
	ck_assert_int_eq(docroot_open(root, "sub/page", &st), -1);
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_ptr_null(docroot_new(at_top("site"), false, error,
	    sizeof(error)));
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_str_eq(error, with_top("$/site: Too many open files"));
	docroot_free(root);
}
END_TEST

START_TEST(no_memory)
{
	char error[2][512];
	int before = lowest_descriptor();

	calloc_fails = true;
	ck_assert_ptr_null(docroot_new(at_top("site"), false, error[0],
	    sizeof(error[0])));
	strdup_fails = true;
	ck_assert_ptr_null(docroot_new(at_top("site"), false, error[1],
	    sizeof(error[1])));
	ck_assert(!calloc_fails && !strdup_fails);
	for (int i = 0; i < COUNT(error); i++)
		ck_assert_str_eq(error[i],
		    with_top("$/site: Cannot allocate memory"));
	ck_assert_int_eq(lowest_descriptor(), before);
}
END_TEST

START_TEST(freeing_nothing)
{
	docroot_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("docroot");
	TCase *t = tcase_create("docroot");

	tcase_add_unchecked_fixture(t, make_tree, remove_tree);
	tcase_set_timeout(t, 30);
	log_set_level(LOG_LEVEL_ERROR);
	tcase_add_test(t, fallback_is_said_once);
	tcase_add_loop_test(t, opens, 0, COUNT(paths) * WAYS);
	tcase_add_loop_test(t, stat_tells_what_was_opened, 0, WAYS);
	tcase_add_loop_test(t, too_long, 0, WAYS);
	tcase_add_loop_test(t, magic_links, 0, WAYS);
	tcase_add_loop_test(t, permissions, 0, WAYS);
	tcase_add_loop_test(t, directories, 0, WAYS);
#ifdef RENAME_EXCHANGE
	tcase_add_loop_test(t, renames_do_not_open_a_way_out, 0, WAYS);
#endif
	tcase_add_loop_test(t, faults_are_named, 0, COUNT(faults));
	tcase_add_test(t, short_buffers_are_respected);
	tcase_add_test(t, relative_paths);
	tcase_add_test(t, root_through_links);
	tcase_add_test(t, permission_to_search);
	tcase_add_loop_test(t, check_asks_as_the_present_user, 0, WAYS);
	tcase_add_loop_test(t, only_enosys_falls_back, 0, COUNT(probes));
	tcase_add_test(t, disturbed_resolutions_are_begun_again);
	tcase_add_loop_test(t, no_descriptors, 0, WAYS);
	tcase_add_test(t, no_memory);
	tcase_add_test(t, freeing_nothing);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
