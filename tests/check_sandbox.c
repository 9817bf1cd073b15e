/*
 * sandbox, and with it landlock: what is allowed and what is refused, asked of
 * the kernel in processes of their own. Where the kernel has no Landlock, what
 * happens without it is all there is to be tested.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/landlock.h"
#include "daemon/sandbox.h"
#include "support.h"
#include "tree.h"

#define CREATE_RULESET	444
#define ADD_RULE	445
#define RESTRICT_SELF	446

/* ---- the kernel, older or with something missing ---- */

/*
 * Linked with --wrap=syscall: an ABI that the kernel says it has (0: its own
 * one), and the errors that calls fail with (0: they are made). Of an older
 * ABI the size and the bits are known; others are refused as that kernel does.
 */
static int said_abi, abi_error, create_error, rule_error, restrict_error;
static int openat2_error, privs_error;
static int rules_made;

static const struct {
	size_t		size;
	uint64_t	handled[3];
} known[] = {
	{ 0, { 0, 0, 0 } },
	{ 8, { 0x1fff, 0, 0 } },
	{ 8, { 0x3fff, 0, 0 } },
	{ 8, { 0x7fff, 0, 0 } },
	{ 16, { 0x7fff, 3, 0 } },
	{ 16, { 0xffff, 3, 0 } },
	{ 24, { 0xffff, 3, 3 } },
	{ 24, { 0xffff, 3, 3 } },
};

long	__real_syscall(long number, ...);
long	__wrap_syscall(long number, ...);
int	__real_prctl(int option, ...);
int	__wrap_prctl(int option, ...);

static int
failing_call(long number, const long *a)
{
	switch (number) {
	case CREATE_RULESET:
		return a[2] == 1 ? abi_error : create_error;
	case ADD_RULE:
		return rules_made++ == 0 ? 0 : rule_error;
	case RESTRICT_SELF:
		return restrict_error;
	default:
#ifdef SYS_openat2
		return number == SYS_openat2 ? openat2_error : 0;
#else
		return 0;
#endif
	}
}

/* What a kernel of said_abi would say to this ruleset: an errno, or 0. */
static int
judge_ruleset(const void *attr, size_t size)
{
	uint64_t handled[3] = { 0, 0, 0 };

	if (said_abi == 0 || said_abi >= COUNT(known))
		return 0;
	if (size > sizeof(handled) || size > known[said_abi].size)
		return E2BIG;
	memcpy(handled, attr, size);
	for (int i = 0; i < 3; i++)
		if ((handled[i] & ~known[said_abi].handled[i]) != 0)
			return EINVAL;
	return 0;
}

long
__wrap_syscall(long number, ...)
{
	long a[4];	/* none that is made here has more */
	va_list ap;
	int error;

	va_start(ap, number);
	for (int i = 0; i < COUNT(a); i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	error = failing_call(number, a);
	if (error == 0 && number == CREATE_RULESET && a[2] == 1 &&
	    said_abi != 0)
		return said_abi;
	if (error == 0 && number == CREATE_RULESET && a[2] != 1)
		error = judge_ruleset((const void *)a[0], (size_t)a[1]);
	if (error != 0) {
		errno = error;
		return -1;
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3]);
}

int
__wrap_prctl(int option, ...)
{
	unsigned long a[4];
	va_list ap;

	va_start(ap, option);
	for (int i = 0; i < COUNT(a); i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (option == PR_SET_NO_NEW_PRIVS && privs_error != 0) {
		errno = privs_error;
		return -1;
	}
	return __real_prctl(option, a[0], a[1], a[2], a[3]);
}

/* The kernel's own ABI; 0 if it has none, or this build asks for none. */
static int
kernel_abi(void)
{
	int abi = landlock_abi();

	return abi == -1 ? 0 : abi;
}

static void
skip(const char *test, const char *why)
{
	fprintf(stderr, "skipped: %s: %s\n", test, why);
}

/* ---- a configuration over a directory tree ---- */

static struct config *config;
static struct sites sites;
static struct sandbox sandbox;
static char error[512];

static void
make_tree(void)
{
	static const char *const directories[] = {
		"srv", "srv/site", "srv/site/sub", "srv/releases",
		"srv/releases/1", "srv/docs", "conf", "real", "logs", "more",
		"run", "pid", "other", "other/sub"
	};
	static const char *const files[] = {
		"srv/site/index.html", "srv/site/sub/page", "srv/secret",
		"srv/releases/1/index.html", "srv/docs/index.html",
		"conf/mynahd.yaml", "conf/other.yaml", "logs/access.log",
		"more/error.log", "run/file", "pid/mynahd.pid",
		"other/secret", "real/mynahd.yaml", "real/access.log"
	};

	tree_make();
	for (int i = 0; i < COUNT(directories); i++)
		tree_directory(directories[i]);
	for (int i = 0; i < COUNT(files); i++)
		tree_file(files[i], "");
	tree_file("srv/site/run", "#!/bin/sh\nexit 0\n");
	chmod(tree_path("srv/site/run"), 0755);
	tree_link("../real/mynahd.yaml", "conf/link.yaml");
	tree_link("../real/access.log", "logs/link.log");
	log_set_level(LOG_LEVEL_INFO);
}

static void
parse(const char *file, const char *yaml)
{
	char name[128];

	snprintf(name, sizeof(name), "%s", file[0] == '/' || file[0] == '\0' ?
	    file : tree_path(file));
	config = config_parse(name, tree_path(""), yaml, strlen(yaml), NULL,
	    NULL, 0, stderr);
	ck_assert_ptr_nonnull(config);
	ck_assert_msg(sites_open(&sites, config, error, sizeof(error)) == 0,
	    "%s", error);
}

#define WHOLE								\
	"listeners: [{unix: run/web.sock}, {port: 8080}]\n"		\
	"http: {document_root: srv/site,\n"				\
	"  hosts: {docs.example.org: {document_root: srv/docs}}}\n"	\
	"log: {error: {target: more/error.log},\n"			\
	"  access: {target: logs/access.log}}\n"			\
	"process: {readable: [srv/releases], pid_file: pid/mynahd.pid"

static void
parse_whole(void)
{
	parse("conf/mynahd.yaml", WHOLE "}\n");
}

static void
forget(void)
{
	sandbox_clear(&sandbox);
	sites_close(&sites);
	config_free(config);
}

#define EXPECT(what, ...) do {						\
	if (!(what)) {							\
		fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__,	\
		    #what);						\
		fprintf(stderr, __VA_ARGS__);				\
		fputc('\n', stderr);					\
		_exit(1);						\
	}								\
} while (0)

static int
close_it(void)
{
	error[0] = '\0';
	return sandbox_close(&sandbox, config, &sites, error, sizeof(error));
}

/* A sandbox is for ever: each is closed in a process of its own. */
static void
in_child(void (*fn)(int), int i)
{
	int status;
	pid_t pid;

	fflush(NULL);
	ck_assert_int_ne(pid = fork(), -1);
	if (pid == 0) {
		fn(i);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the child ended with %x", (unsigned)status);
}

/* ---- what a process may try ---- */

/* Each returns 0 if it could be done, or the errno. */

static int
open_as(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	if (fd == -1)
		return errno;
	close(fd);
	return 0;
}

static int
do_read(const char *path)
{
	return open_as(path, O_RDONLY);
}

static int
do_list(const char *path)
{
	return open_as(path, O_RDONLY | O_DIRECTORY);
}

static int
do_look(const char *path)
{
	struct stat st;

	return stat(path, &st) == -1 ? errno : open_as(path, O_PATH);
}

static int
do_append(const char *path)
{
	return open_as(path, O_WRONLY | O_APPEND | O_CREAT);
}

static int
do_make(const char *path)
{
	return open_as(path, O_WRONLY | O_CREAT | O_EXCL);
}

static int
do_truncate(const char *path)
{
	return truncate(path, 0) == -1 ? errno : 0;
}

static int
do_remove(const char *path)
{
	return unlink(path) == -1 ? errno : 0;
}

static int
do_rmdir(const char *path)
{
	return rmdir(path) == -1 ? errno : 0;
}

static int
do_mkdir(const char *path)
{
	return mkdir(path, 0755) == -1 ? errno : 0;
}

static int
do_link(const char *path)
{
	return symlink("/etc", path) == -1 ? errno : 0;
}

static int
do_fifo(const char *path)
{
	return mkfifo(path, 0644) == -1 ? errno : 0;
}

/* To a name beside it, and to another directory. */
static int
do_rename(const char *path)
{
	char to[128];

	snprintf(to, sizeof(to), "%s.1", path);
	return rename(path, to) == -1 ? errno : 0;
}

static int
do_move(const char *path)
{
	return rename(path, tree_path("logs/moved")) == -1 ? errno : 0;
}

static int
do_run(const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl(path, path, NULL);
		_exit(errno);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
	    WEXITSTATUS(status) : -1;
}

static int
try_unix(const char *path, bool abstract, int (*call)(int,
    const struct sockaddr *, socklen_t))
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), result;
	size_t len = strlen(path);

	EXPECT(len + 1 < sizeof(sun.sun_path), "%s", path);
	memcpy(sun.sun_path + abstract, path, len);
	result = call(s, (struct sockaddr *)&sun, (socklen_t)(
	    offsetof(struct sockaddr_un, sun_path) + abstract + len +
	    !abstract)) == -1 ? errno : 0;
	close(s);
	return result;
}

static int
do_bind(const char *path)
{
	return try_unix(path, false, bind);
}

static int
do_connect(const char *path)
{
	return try_unix(path, false, connect);
}

static int
try_tcp(int port, int (*call)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result = call(s, (struct sockaddr *)&sin, sizeof(sin)) == -1 ?
	    errno : 0;

	close(s);
	return result;
}

/* ---- files ---- */

static const struct {
	const char	*name;
	int		(*try)(const char *path);
	const char	*path;
	int		 want;
	int		 abi;		/* the first that refuses it */
} files[] = {
	{ "a file of the root", do_read, "srv/site/index.html", 0, 1 },
	{ "one further below", do_read, "srv/site/sub/page", 0, 1 },
	{ "a directory of it", do_list, "srv/site/sub", 0, 1 },
	{ "the root", do_list, "srv/site", 0, 1 },
	{ "a host's root", do_read, "srv/docs/index.html", 0, 1 },
	{ "process.readable", do_read, "srv/releases/1/index.html", 0, 1 },
	{ "the configuration", do_read, "conf/mynahd.yaml", 0, 1 },
	{ "one beside it", do_read, "conf/other.yaml", 0, 1 },
	{ "above the root", do_list, "srv", EACCES, 1 },
	{ "beside the root", do_read, "srv/secret", EACCES, 1 },
	{ "elsewhere", do_read, "other/secret", EACCES, 1 },
	{ "a directory elsewhere", do_list, "other", EACCES, 1 },
	{ "the system's", do_read, "/etc/passwd", EACCES, 1 },
	{ "a device", do_read, "/dev/null", EACCES, 1 },
	{ "of the kernel", do_read, "/proc/self/status", EACCES, 1 },
	{ "a look at it", do_look, "/etc/passwd", 0, 1 },

	{ "write to the root", do_append, "srv/site/index.html", EACCES, 1 },
	{ "make in the root", do_make, "srv/site/new", EACCES, 1 },
	{ "truncate in the root", do_truncate, "srv/site/index.html", EACCES,
	  3 },
	{ "remove in the root", do_remove, "srv/site/index.html", EACCES, 1 },
	{ "rename in the root", do_rename, "srv/site/index.html", EACCES, 1 },
	{ "move from the root", do_move, "srv/site/index.html", EACCES, 1 },
	{ "make a directory", do_mkdir, "srv/site/new", EACCES, 1 },
	{ "make a link", do_link, "srv/site/new", EACCES, 1 },
	{ "make a FIFO", do_fifo, "srv/site/new", EACCES, 1 },
	{ "bind in the root", do_bind, "srv/site/sock", EACCES, 1 },
	{ "run in the root", do_run, "srv/site/run", EACCES, 1 },
	{ "run a program", do_run, "/bin/true", EACCES, 1 },
	{ "write to the configuration", do_append, "conf/mynahd.yaml",
	  EACCES, 1 },

	{ "append to a log", do_append, "logs/access.log", 0, 1 },
	{ "and to the other", do_append, "more/error.log", 0, 1 },
	{ "truncate a log", do_truncate, "logs/access.log", 0, 1 },
	{ "make a log", do_make, "logs/access.log.new", 0, 1 },
	{ "read a log", do_read, "logs/access.log", EACCES, 1 },
	{ "list logs", do_list, "logs", EACCES, 1 },
	{ "remove a log", do_remove, "logs/access.log", EACCES, 1 },
	{ "rename a log", do_rename, "logs/access.log", EACCES, 1 },
	{ "make a directory of logs", do_mkdir, "logs/new", EACCES, 1 },
	{ "make a link of logs", do_link, "logs/new", EACCES, 1 },

	{ "bind a socket", do_bind, "run/web.sock", 0, 1 },
	{ "remove it", do_remove, "run/web.sock", 0, 1 },
	{ "write beside it", do_append, "run/file", EACCES, 1 },
	{ "make beside it", do_make, "run/new", EACCES, 1 },
	{ "read beside it", do_read, "run/file", EACCES, 1 },
	{ "a directory beside it", do_mkdir, "run/new", EACCES, 1 },

	{ "the pid file", do_append, "pid/mynahd.pid", EACCES, 1 },
	{ "another pid file", do_make, "pid/new", EACCES, 1 },
	{ "remove the pid file", do_remove, "pid/mynahd.pid", EACCES, 1 },

	{ "write elsewhere", do_append, "other/secret", EACCES, 1 },
	{ "truncate elsewhere", do_truncate, "other/secret", EACCES, 3 },
	{ "remove elsewhere", do_remove, "other/secret", EACCES, 1 },
	{ "remove a directory", do_rmdir, "other/sub", EACCES, 1 },
	{ "bind elsewhere", do_bind, "other/sock", EACCES, 1 },
};

/* All of it, with the ABI that the kernel says it has. */
static void
try_files(int abi)
{
	int in_force;

	said_abi = abi;
	EXPECT(close_it() == 0, "%s", error);
	in_force = abi > LANDLOCK_ABI_MAX ? LANDLOCK_ABI_MAX : abi;
	EXPECT(sandbox.abi == in_force, "%d: %s", sandbox.abi, sandbox.why);
	for (int i = 0; i < COUNT(files); i++) {
		const char *path = files[i].path[0] == '/' ? files[i].path :
		    tree_path(files[i].path);
		int want = in_force >= files[i].abi ? files[i].want : 0;
		int got = files[i].try(path);

		EXPECT(got == want, "abi %d: %s: %s", abi, files[i].name,
		    strerror(got));
	}
}

START_TEST(files_with_an_abi)
{
	/* One step past what is known: a kernel of later days. */
	int abi = _i == LANDLOCK_ABI_MAX + 1 ? LANDLOCK_ABI_MAX + 2 : _i;

	if (kernel_abi() == 0 || _i > kernel_abi() + 1 ||
	    (_i == kernel_abi() + 1 && _i <= LANDLOCK_ABI_MAX)) {
		skip("files_with_an_abi", "the kernel's is older");
		return;
	}
	parse_whole();
	in_child(try_files, abi);
	forget();
}
END_TEST

/* Without it, the same can all be done: what refuses it is the sandbox. */
static void
try_without(int mode)
{
	(void)mode;
	EXPECT(close_it() == 0, "%s", error);
	EXPECT(sandbox.abi == 0, "%d", sandbox.abi);
	EXPECT(strcmp(sandbox.why, "process.sandbox is none") == 0, "%s",
	    sandbox.why);
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0, "set");
	for (int i = 0; i < COUNT(files); i++) {
		/* What was tried before may be gone or there by now. */
		int got = files[i].try(files[i].path[0] == '/' ?
		    files[i].path : tree_path(files[i].path));

		EXPECT(got != EACCES, "%s", files[i].name);
	}
}

START_TEST(none_refuses_nothing)
{
	parse("conf/mynahd.yaml", WHOLE ", sandbox: none}\n");
	in_child(try_without, 0);
	forget();
}
END_TEST

/* What was opened before is as it was: a pid file is emptied at the end. */
static void
try_open(int i)
{
	int fd = open(tree_path("pid/mynahd.pid"), O_RDWR | O_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), bytes;

	(void)i;
	EXPECT(write(fd, "1\n", 2) == 2, "%s", strerror(errno));
	EXPECT(close_it() == 0 && sandbox.abi > 0, "%s", error);
	EXPECT(ftruncate(fd, 0) == 0, "%s", strerror(errno));
	EXPECT(write(fd, "2\n", 2) == 2, "%s", strerror(errno));
	EXPECT(write(null, "", 1) == 1, "%s", strerror(errno));
	EXPECT(ioctl(null, FIONREAD, &bytes) == -1 && errno == ENOTTY,
	    "%s", strerror(errno));
}

START_TEST(open_files_stay_open)
{
	if (kernel_abi() == 0)
		return;
	parse_whole();
	in_child(try_open, 0);
	forget();
}
END_TEST

/* ---- rotation and replacement, as others do it outside ---- */

static void
replace(const char *name, const char *content)
{
	char new[64];

	snprintf(new, sizeof(new), "%s.new", name);
	tree_file(new, content);
	ck_assert_int_eq(rename(tree_path(new), tree_path(name)), 0);
}

/* A child in the sandbox, which goes on when the parent has done its part. */
static void
around(void (*outside)(void), void (*inside)(void))
{
	int to[2], from[2], status;
	char c = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(from), 0);
	fflush(NULL);
	ck_assert_int_ne(pid = fork(), -1);
	if (pid == 0) {
		EXPECT(close_it() == 0 && sandbox.abi > 0, "%s", error);
		EXPECT(write(from[1], &c, 1) == 1, "pipe");
		EXPECT(read(to[0], &c, 1) == 1, "pipe");
		inside();
		_exit(0);
	}
	close(from[1]);
	ck_assert_int_eq(read(from[0], &c, 1), 1);
	outside();
	ck_assert_int_eq(write(to[1], &c, 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(from[0]);
	close(to[0]);
	close(to[1]);
}

static void
rotate(void)
{
	ck_assert_int_eq(rename(tree_path("logs/access.log"),
	    tree_path("logs/access.log.1")), 0);
	ck_assert_int_eq(unlink(tree_path("more/error.log")), 0);
	replace("conf/mynahd.yaml", "port: 1\n");
	replace("srv/site/index.html", "new");
	tree_directory("srv/releases/2");
	tree_file("srv/releases/2/index.html", "2");
}

static void
go_on(void)
{
	static const char *const logs[] = { "logs/access.log",
	    "more/error.log", "logs/access.log.1" };
	static const char *const read[] = { "conf/mynahd.yaml",
	    "srv/site/index.html", "srv/releases/2/index.html" };
	struct config *c;

	for (int i = 0; i < COUNT(logs); i++)
		EXPECT(do_append(tree_path(logs[i])) == 0, "%s", logs[i]);
	for (int i = 0; i < COUNT(read); i++)
		EXPECT(do_read(tree_path(read[i])) == 0, "%s", read[i]);
	c = config_load(tree_path("conf/mynahd.yaml"), NULL, NULL, 0, stderr);
	EXPECT(c != NULL && c->listeners[0].port == 1, "not read");
}

START_TEST(rotation_and_replacement)
{
	if (kernel_abi() == 0)
		return;
	parse_whole();
	around(rotate, go_on);
	forget();
}
END_TEST

/* Links that are the last component: where they are, and where they lead. */
static void
swap_links(void)
{
	unlink(tree_path("conf/link.yaml"));
	tree_file("conf/link.yaml", "");
	replace("real/mynahd.yaml", "");
	unlink(tree_path("real/access.log"));
}

static void
follow_links(void)
{
	EXPECT(do_read(tree_path("conf/link.yaml")) == 0, "link");
	EXPECT(do_read(tree_path("real/mynahd.yaml")) == 0, "its target");
	EXPECT(do_append(tree_path("logs/link.log")) == 0, "log");
	EXPECT(do_append(tree_path("logs/new")) == 0, "beside it");
	EXPECT(do_append(tree_path("real/new")) == 0, "beside its target");
	EXPECT(do_append(tree_path("conf/new")) == EACCES, "too much");
}

START_TEST(links_at_the_end)
{
	if (kernel_abi() == 0)
		return;
	parse("conf/link.yaml", "document_root: srv/site\n"
	    "log: {access: {target: logs/link.log}}\n");
	around(swap_links, follow_links);
	forget();
}
END_TEST

/* A log that is a device: this one, and none beside it. */
static void
try_device(int i)
{
	(void)i;
	EXPECT(close_it() == 0 && sandbox.abi > 0, "%s", error);
	EXPECT(do_append("/dev/null") == 0, "not written to");
	EXPECT(do_append("/dev/zero") == EACCES, "another");
	EXPECT(do_make("/dev/mynah-test") != 0, "made");
}

START_TEST(log_to_a_device)
{
	if (kernel_abi() == 0)
		return;
	parse("", "document_root: srv/site\n"
	    "log: {access: {target: /dev/null}}\n");
	in_child(try_device, 0);
	forget();
}
END_TEST

/* In "/" the file alone can be read, or all could. */
static void
try_slash(int i)
{
	(void)i;
	EXPECT(chroot(tree_path("")) == 0 && chdir("/") == 0, "chroot");
	config = config_parse("mynahd.yaml", "/", BYTES(
	    "listeners: [{unix: /web.sock}]\n"
	    "http: {document_root: /srv/site}\n"), NULL, NULL, 0, stderr);
	EXPECT(config != NULL, "no configuration");
	EXPECT(sites_open(&sites, config, error, sizeof(error)) == 0, "%s",
	    error);
	EXPECT(close_it() == 0 && sandbox.abi > 0, "%s", error);
	EXPECT(do_read("/mynahd.yaml") == 0, "not read");
	EXPECT(do_read("/another.yaml") == EACCES, "read");
	EXPECT(do_read("/other/secret") == EACCES, "read");
	EXPECT(do_list("/") == EACCES, "listed");
	EXPECT(do_remove("/mynahd.yaml") == EACCES, "removed");
}

START_TEST(configuration_in_slash)
{
	if (kernel_abi() == 0 || geteuid() != 0)
		return;
	tree_file("mynahd.yaml", "");
	tree_file("another.yaml", "");
	in_child(try_slash, 0);
}
END_TEST

/* ---- beside files ---- */

static int
listening_tcp(int *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(s, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(s, 8), 0);
	ck_assert_int_eq(getsockname(s, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return s;
}

static int
listening_unix(const char *path, bool abstract)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = strlen(path);

	memcpy(sun.sun_path + abstract, path, len);
	ck_assert_int_eq(bind(s, (struct sockaddr *)&sun, (socklen_t)(
	    offsetof(struct sockaddr_un, sun_path) + abstract + len +
	    !abstract)), 0);
	ck_assert_int_eq(listen(s, 8), 0);
	return s;
}

static int tcp_port;
static char abstract[64], pathname[128];

static void
try_others(int abi)
{
	pid_t parent = getppid();
	int fd, bytes;

	said_abi = abi;
	EXPECT(close_it() == 0 && sandbox.abi == abi, "%s", error);
	EXPECT(try_tcp(tcp_port, connect) == (abi >= 4 ? EACCES : 0),
	    "abi %d: connect", abi);
	EXPECT(try_tcp(0, bind) == 0, "abi %d: bind", abi);
	/* As syslog() does it. */
	EXPECT(do_connect(pathname) == 0, "abi %d: a path", abi);
	EXPECT(try_unix(abstract, true, connect) == (abi >= 6 ? EPERM : 0),
	    "abi %d: abstract", abi);
	EXPECT((kill(parent, 0) == 0) == (abi < 6), "abi %d: signal", abi);
	EXPECT(kill(getpid(), 0) == 0, "abi %d: to itself", abi);
	EXPECT((fd = open("/dev/zero", O_RDONLY | O_CLOEXEC)) != -1,
	    "abi %d: %s", abi, strerror(errno));
	EXPECT(ioctl(fd, TIOCSTI, &bytes) == -1 &&
	    errno == (abi >= 5 ? EACCES : ENOTTY), "abi %d: ioctl: %s", abi,
	    strerror(errno));
}

START_TEST(others_with_an_abi)
{
	int tcp, by_name, by_path;

	if (_i > kernel_abi()) {
		skip("others_with_an_abi", "the kernel's is older");
		return;
	}
	parse("conf/mynahd.yaml", "document_root: srv/site\n"
	    "process: {readable: [/dev]}\n");
	snprintf(abstract, sizeof(abstract), "mynah-sandbox-%ld",
	    (long)getpid());
	snprintf(pathname, sizeof(pathname), "%s.%d", tree_path("other/s"),
	    _i);
	tcp = listening_tcp(&tcp_port);
	by_name = listening_unix(abstract, true);
	by_path = listening_unix(pathname, false);
	in_child(try_others, _i);
	close(tcp);
	close(by_name);
	close(by_path);
	forget();
}
END_TEST

static void
try_privileges(int i)
{
	(void)i;
	EXPECT(close_it() == 0, "%s", error);
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "not set");
}

START_TEST(no_new_privileges)
{
#ifdef USE_LINUX
	parse_whole();
	in_child(try_privileges, 0);
	/* Without Landlock as well. */
	abi_error = ENOSYS;
	in_child(try_privileges, 0);
	forget();
#else
	(void)try_privileges;
#endif
}
END_TEST

/* Local time is known inside: of a zone that is not looked up before. */
static void
try_time(int i)
{
	const time_t summer = 1750000000;
	struct tm tm;

	(void)i;
	EXPECT(close_it() == 0, "%s", error);
	EXPECT(localtime_r(&summer, &tm) != NULL && tm.tm_gmtoff == 7200,
	    "%ld", tm.tm_gmtoff);
}

START_TEST(time_zone)
{
	if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == -1) {
		skip("time_zone", "there are no zones");
		return;
	}
	setenv("TZ", "Europe/Berlin", 1);
	parse_whole();
	in_child(try_time, 0);
	forget();
}
END_TEST

/* ---- what is missing ---- */

static const struct {
	const char	*name;
	int		*error;
	int		 number;
	const char	*line, *layer;
} missing[] = {
	{ "too old", &abi_error, ENOSYS, "no landlock (not in this kernel)",
	  "landlock" },
	{ "turned off", &abi_error, EOPNOTSUPP,
	  "no landlock (turned off when the system was booted)", "landlock" },
	{ "forbidden", &abi_error, EPERM,
	  "no landlock (forbidden by a filter of system calls)",
	  "landlock" },
	{ "no set", &create_error, ENOMEM,
	  "no landlock (no rules: Cannot allocate memory)", "landlock" },
	{ "no rule", &rule_error, ENOMEM, "no landlock (no rule for ",
	  "landlock" },
	{ "not enforced", &restrict_error, E2BIG,
	  "no landlock (not enforced: Argument list too long)", "landlock" },
	{ "openat2", &openat2_error, ENOSYS,
	  "sandbox: no openat2 (no link is followed), ", "openat2" },
	{ "no_new_privs", &privs_error, EINVAL, "", "no_new_privs" },
};

/* Close it, and read its line. */
static void
expect_line(const char *want)
{
	const char *log;
	int result;

	/* What catches it is a file, which could not be made inside. */
	catch_begin();
	result = close_it();
	sandbox_announce(&sandbox, &sites);
	log = catch_end();
	EXPECT(result == 0, "%s", error);
	EXPECT(strstr(log, want) != NULL, "%s", log);
	EXPECT(strchr(log, '\n') == log + strlen(log) - 1, "%s", log);
}

static void
go_without(int i)
{
	expect_line(missing[i].line);
	if (strcmp(missing[i].layer, "landlock") == 0) {
		EXPECT(sandbox.abi == 0, "%d", sandbox.abi);
		EXPECT(do_read("/etc/passwd") == 0, "closed nevertheless");
	}
}

static void
not_without(int i)
{
	EXPECT(close_it() == -1, "%s", missing[i].name);
	EXPECT(strstr(error, "process.sandbox is required, but there is no ")
	    == error, "%s", error);
	EXPECT(strstr(error, missing[i].layer) != NULL, "%s", error);
}

static void
fail_call(int i)
{
	*missing[i].error = missing[i].number;
}

/* Only what this build asks for can be missing. */
static bool
is_asked_for(int i)
{
#ifndef USE_LANDLOCK
	if (strcmp(missing[i].layer, "landlock") == 0)
		return false;
#endif
#ifndef USE_OPENAT2
	if (strcmp(missing[i].layer, "openat2") == 0)
		return false;
#endif
#ifndef USE_LINUX
	if (strcmp(missing[i].layer, "no_new_privs") == 0)
		return false;
#endif
	return strcmp(missing[i].layer, "landlock") != 0 ||
	    missing[i].error == &abi_error || kernel_abi() > 0;
}

START_TEST(auto_goes_without)
{
	if (!is_asked_for(_i))
		return;
	fail_call(_i);
	/* Without openat2, the document root warns by itself. */
	catch_begin();
	parse_whole();
	catch_end();
	in_child(go_without, _i);
	forget();
}
END_TEST

START_TEST(required_does_not)
{
	if (!is_asked_for(_i))
		return;
	fail_call(_i);
	catch_begin();
	parse("conf/mynahd.yaml", WHOLE ", sandbox: required}\n");
	catch_end();
	in_child(not_without, _i);
	forget();
}
END_TEST

static void
not_without_any(int i)
{
	(void)i;
	EXPECT(close_it() == -1, "closed");
	EXPECT(strcmp(error, "process.sandbox is required, but there is no "
	    "openat2 and no no_new_privs (Invalid argument) and no landlock "
	    "(not in this kernel)") == 0, "%s", error);
}

START_TEST(required_names_all)
{
#ifdef USE_LANDLOCK
	abi_error = openat2_error = ENOSYS;
	privs_error = EINVAL;
	catch_begin();
	parse("conf/mynahd.yaml", WHOLE ", sandbox: required}\n");
	catch_end();
	in_child(not_without_any, 0);
	forget();
#else
	(void)not_without_any;
#endif
}
END_TEST

static void
have_all(int abi)
{
	char line[128];

	said_abi = abi;
	snprintf(line, sizeof(line), "mynahd: sandbox: openat2, landlock abi "
	    "%d, uid %u", abi, (unsigned)geteuid());
	expect_line(line);
}

/* An old ABI will do, and the line says which one it is. */
START_TEST(required_and_there)
{
	parse("conf/mynahd.yaml", WHOLE ", sandbox: required}\n");
	if (kernel_abi() > 0 && docroot_has_openat2(sites.v[0].root)) {
		in_child(have_all, 1);
		in_child(have_all, kernel_abi());
	}
	forget();
}
END_TEST

static void
have_none(int i)
{
	(void)i;
	expect_line(", no landlock (process.sandbox is none), uid ");
}

START_TEST(none_says_so)
{
	parse("conf/mynahd.yaml", WHOLE ", sandbox: none}\n");
	in_child(have_none, 0);
	forget();
}
END_TEST

/* ---- what is wrong ---- */

static const struct {
	const char	*name, *yaml;
	const char	*says[3];	/* with sandbox: auto */
	bool		 always;	/* with sandbox: none too */
} faults[] = {
	{ "all of it", "process: {readable: [/]",
	  { "process.readable: / is the root of the file system" }, true },
	{ "all of it, by dots", "process: {readable: [srv/releases, /usr/..]",
	  { "process.readable: /usr/.. is the root" }, true },
	{ "nothing there", "process: {readable: [srv/releasse]",
	  { "process.readable: ", "/srv/releasse does not exist",
	    "/srv/releases?" }, true },
	{ "a file", "process: {readable: [srv/secret]",
	  { "process.readable: ", "/srv/secret is not a directory" }, true },
	{ "a log of errors in /var/log",
	  "log: {error: {target: /var/log/mynah.log}}\nprocess: {group: \"\"",
	  { "log.error.target: /var/log/mynah.log ",
	    "/var/log/mynah/mynah.log" }, false },
	{ "a log of requests there",
	  "log: {access: {target: /var/./log/a.log}}\nprocess: {group: \"\"",
	  { "log.access.target: ", "/var/log/mynah/a.log" }, false },
	{ "a log in /",
	  "log: {access: {target: /a.log}}\nprocess: {group: \"\"",
	  { "log.access.target: /a.log ", "/var/log/mynah/a.log" }, false },
};

static void
expect_fault(int i)
{
	EXPECT(close_it() == -1, "%s", faults[i].name);
	for (int n = 0; n < COUNT(faults[i].says) &&
	    faults[i].says[n] != NULL; n++)
		EXPECT(strstr(error, faults[i].says[n]) != NULL, "%s", error);
	/* Nothing was closed. */
	EXPECT(do_read("/etc/passwd") == 0, "closed");
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0, "set");
}

static void
expect_no_fault(int i)
{
	EXPECT(close_it() == 0, "%s: %s", faults[i].name, error);
}

START_TEST(names_what_is_wrong)
{
	static const char *const modes[] = { "auto", "required", "none" };
	char yaml[256];

	for (int m = 0; m < COUNT(modes); m++) {
		snprintf(yaml, sizeof(yaml), "document_root: srv/site\n"
		    "%s, sandbox: %s}\n", faults[_i].yaml, modes[m]);
		parse("conf/mynahd.yaml", yaml);
		in_child(faults[_i].always || m < 2 ? expect_fault :
		    expect_no_fault, _i);
		forget();
	}
}
END_TEST

/* ---- asking what is inside ---- */

static const struct {
	const char	*path;
	bool		 may_read;
} places[] = {
	{ "srv/site", true },
	{ "srv/site/sub", true },
	{ "srv/docs", true },
	{ "srv/releases", true },
	{ "srv/releases/1", true },
	{ "conf", true },
	{ "srv", false },
	{ "other", false },
	{ "other/sub", false },
	{ "logs", false },
	{ "run", false },
	{ "/", false },
	{ "/etc", false },
	{ "/proc/self", false },
};

static bool
may_read(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool may;

	EXPECT(fd != -1, "%s: %s", path, strerror(errno));
	may = sandbox_may_read(&sandbox, fd);
	/* It is what the kernel says. */
	EXPECT(may == (do_list(path) == 0), "%s", path);
	close(fd);
	return may;
}

static void
ask(int i)
{
	int before;

	(void)i;
	before = lowest_descriptor();
	EXPECT(close_it() == 0 && sandbox.abi > 0, "%s", error);
	for (i = 0; i < COUNT(places); i++)
		EXPECT(may_read(places[i].path[0] == '/' ? places[i].path :
		    tree_path(places[i].path)) == places[i].may_read, "%s",
		    places[i].path);
	i = dup(STDIN_FILENO);
	EXPECT(i == before, "leak: %d", i);
}

START_TEST(knows_what_is_inside)
{
	if (kernel_abi() == 0)
		return;
	parse_whole();
	in_child(ask, 0);
	forget();
}
END_TEST

/* By what a directory is, and by where it is now. */
static void
rearrange(void)
{
	ck_assert_int_eq(rename(tree_path("srv/releases/1"),
	    tree_path("other/1")), 0);
	ck_assert_int_eq(rename(tree_path("other/sub"),
	    tree_path("srv/releases/sub")), 0);
	ck_assert_int_eq(rename(tree_path("srv/docs"),
	    tree_path("other/docs")), 0);
	tree_directory("srv/docs");
}

static void
ask_again(void)
{
	EXPECT(!may_read(tree_path("other/1")), "moved out");
	EXPECT(may_read(tree_path("srv/releases/sub")), "moved in");
	EXPECT(may_read(tree_path("other/docs")), "moved itself");
	EXPECT(!may_read(tree_path("srv/docs")), "put in its place");
}

START_TEST(knows_what_was_moved)
{
	if (kernel_abi() == 0)
		return;
	parse_whole();
	around(rearrange, ask_again);
	forget();
}
END_TEST

static void
ask_without(int i)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	EXPECT(close_it() == 0, "%s", error);
	EXPECT(sandbox_may_read(&sandbox, fd), "%d", i);
	EXPECT(sandbox_covers(&sandbox, config, &sites, error,
	    sizeof(error)) == 0, "%s", error);
}

START_TEST(without_it_all_is_inside)
{
	abi_error = ENOSYS;
	parse_whole();
	in_child(ask_without, 0);
	forget();
}
END_TEST

static const struct {
	const char	*name, *yaml;
	const char	*key;		/* of what is outside, or NULL */
} reloads[] = {
	{ "the same", WHOLE "}\n", NULL },
	{ "less", "document_root: srv/docs\n", NULL },
	{ "below", "document_root: srv/site/sub\n"
	  "process: {readable: [srv/releases/1]}\n", NULL },
	{ "a root in process.readable", "document_root: srv/releases/1\n",
	  NULL },
	{ "another log beside it", "document_root: srv/site\n"
	  "log: {access: {target: more/access.log}}\n", NULL },
	{ "a socket beside it", "listeners: [{unix: run/other.sock}]\n"
	  "http: {document_root: srv/site}\n", NULL },
	{ "a root elsewhere", "document_root: other\n", "document_root: " },
	{ "a root above", "document_root: srv\n", "document_root: " },
	{ "a host elsewhere", "http: {document_root: srv/site,\n"
	  "  hosts: {a.example: {document_root: other}}}\n",
	  "http.hosts.a.example.document_root: " },
	{ "process.readable", "document_root: srv/site\n"
	  "process: {readable: [other]}\n", "process.readable: " },
	{ "a log elsewhere", "document_root: srv/site\n"
	  "log: {access: {target: other/access.log}}\n",
	  "log.access.target: " },
	{ "a log of errors in a root", "document_root: srv/site\n"
	  "log: {error: {target: srv/site/error.log}}\n",
	  "log.error.target: " },
	{ "a socket elsewhere", "listeners: [{unix: logs/other.sock}]\n"
	  "http: {document_root: srv/site}\n", "listeners[].unix: " },
};

static void
reload(int i)
{
	int result;

	EXPECT(close_it() == 0 && sandbox.abi > 0, "%s", error);
	config = config_parse(tree_path("conf/mynahd.yaml"), tree_path(""),
	    reloads[i].yaml, strlen(reloads[i].yaml), NULL, NULL, 0, stderr);
	EXPECT(config != NULL && sites_open(&sites, config, error,
	    sizeof(error)) == 0, "%s", error);
	result = sandbox_covers(&sandbox, config, &sites, error,
	    sizeof(error));
	EXPECT((result == -1) == (reloads[i].key != NULL), "%s: %s",
	    reloads[i].name, error);
	if (result == 0)
		return;
	EXPECT(strstr(error, reloads[i].key) == error, "%s", error);
	EXPECT(strstr(error, "restart") != NULL, "%s", error);
}

START_TEST(covers_another_configuration)
{
	if (kernel_abi() == 0)
		return;
	parse_whole();
	in_child(reload, _i);
	forget();
}
END_TEST

static void
restore(void)
{
	said_abi = abi_error = create_error = rule_error = 0;
	restrict_error = openat2_error = privs_error = rules_made = 0;
	unsetenv("TZ");
}

static void
add_case(Suite *s, TCase *tc)
{
	/* Each in a tree of its own: much is removed and renamed. */
	tcase_add_checked_fixture(tc, make_tree, tree_remove);
	tcase_add_checked_fixture(tc, NULL, restore);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
}

int
main(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *t;

	add_case(suite, t = tcase_create("allowed and refused"));
	tcase_add_loop_test(t, files_with_an_abi, 1, LANDLOCK_ABI_MAX + 2);
	tcase_add_test(t, none_refuses_nothing);
	tcase_add_test(t, open_files_stay_open);
	tcase_add_test(t, rotation_and_replacement);
	tcase_add_test(t, links_at_the_end);
	tcase_add_test(t, log_to_a_device);
	tcase_add_test(t, configuration_in_slash);
	tcase_add_loop_test(t, others_with_an_abi, 1, LANDLOCK_ABI_MAX + 1);
	tcase_add_test(t, no_new_privileges);
	tcase_add_test(t, time_zone);

	add_case(suite, t = tcase_create("what is missing"));
	tcase_add_loop_test(t, auto_goes_without, 0, COUNT(missing));
	tcase_add_loop_test(t, required_does_not, 0, COUNT(missing));
	tcase_add_test(t, required_names_all);
	tcase_add_test(t, required_and_there);
	tcase_add_test(t, none_says_so);

	add_case(suite, t = tcase_create("what is wrong"));
	tcase_add_loop_test(t, names_what_is_wrong, 0, COUNT(faults));

	add_case(suite, t = tcase_create("asking"));
	tcase_add_test(t, knows_what_is_inside);
	tcase_add_test(t, knows_what_was_moved);
	tcase_add_test(t, without_it_all_is_inside);
	tcase_add_loop_test(t, covers_another_configuration, 0,
	    COUNT(reloads));
	return run_suite(suite);
}
