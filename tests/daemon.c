#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef USE_LINUX
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#include <unistd.h>

#include "support.h"
#include "wire.h"

#define OPTIONS_MAX	24
#define PATH_SIZE	512
#define HANDED_AWAY	200	/* no descriptor of a test is so high */
#define PATTERN		65521	/* a prime: no offset of a page repeats it */

static char directory[64];
static char pattern[PATTERN];
static int faults;

/* ---- the directory ---- */

const char *
daemon_path(const char *format, ...)
{
	static char paths[8][PATH_SIZE];
	static unsigned turn;
	char *path = paths[turn++ % 8];
	size_t n = (size_t)snprintf(path, PATH_SIZE, "%s/", directory);
	va_list ap;

	va_start(ap, format);
	vsnprintf(path + n, PATH_SIZE - n, format, ap);
	va_end(ap);
	return path;
}

void
daemon_write(const char *name, const void *bytes, size_t len)
{
	const char *path = daemon_path("%s", name);
	FILE *f = fopen(path, "we");

	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

void
daemon_pattern(char *out, size_t len, size_t at)
{
	while (len > 0) {
		size_t from = at % PATTERN;
		size_t n = len < PATTERN - from ? len : PATTERN - from;

		memcpy(out, pattern + from, n);
		out += n;
		at += n;
		len -= n;
	}
}

static void
make_pattern(void)
{
	uint32_t x = 2463534242;

	for (size_t i = 0; i < PATTERN; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		pattern[i] = (char)x;
	}
}

static void
write_pattern(const char *name, size_t len)
{
	const char *path = daemon_path("%s", name);
	FILE *f = fopen(path, "we");

	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	for (size_t n; len > 0; len -= n) {
		n = len < PATTERN ? len : PATTERN;
		ck_assert_uint_eq(fwrite(pattern, 1, n, f), n);
	}
	ck_assert_int_eq(fclose(f), 0);
}

static void
make_site(void)
{
	static const char *const dirs[] = { "site", "site/files", "site/dir",
	    "site/bare", "site/.well-known", "run" };
	static const char *const texts[] = { "outside.txt",
	    "site/index.html", "site/files/a.txt", "site/files/b.txt",
	    "site/a b.txt", "site/dir/index.html", "site/bare/x.txt",
	    "site/.secret", "site/.well-known/x.txt", "site/private.txt" };
	static const char *const links[][2] = {
		{ "files/a.txt", "site/inside.txt" },
		{ "../files/a.txt", "site/dir/up.txt" },
		{ "../outside.txt", "site/outside.txt" },
		{ "loop.txt", "site/loop.txt" },
	};
	static const char romeo[] =
	    "But soft what light through yonder window breaks\n"
	    "It is the east and Juliet is the sun\n"
	    "Arise fair sun and kill the envious moon\n"
	    "Who is already sick and pale with grief\n";
	char text[PATH_SIZE];

	for (int i = 0; i < COUNT(dirs); i++)
		ck_assert_int_eq(mkdir(daemon_path("%s", dirs[i]), 0755), 0);
	for (int i = 0; i < COUNT(texts); i++) {
		snprintf(text, sizeof(text), "%s\n", strchr(texts[i], '/') ?
		    strchr(texts[i], '/') : texts[i]);
		daemon_write(texts[i], text, strlen(text));
	}
	for (int i = 0; i < COUNT(links); i++)
		ck_assert_int_eq(symlink(links[i][0],
		    daemon_path("%s", links[i][1])), 0);
	ck_assert_int_eq(symlink(daemon_path("site/files/a.txt"),
	    daemon_path("site/absolute.txt")), 0);
	daemon_write("site/romeo.txt", romeo, sizeof(romeo) - 1);
	daemon_write("site/empty.txt", "", 0);
	write_pattern("site/picture.jpg", DAEMON_PICTURE);
	write_pattern("site/big.bin", DAEMON_BIG);
	ck_assert_int_eq(mkfifo(daemon_path("site/fifo"), 0644), 0);
	ck_assert_int_eq(chmod(daemon_path("site/private.txt"), 0), 0);
}

/* ---- fixture ---- */

void
daemon_setup(void)
{
	const char *tmp = getenv("TMPDIR");
	const struct passwd *nobody = getpwnam("nobody");

	/* Root's own TMPDIR may be closed to the user that serves. */
	if (tmp == NULL || geteuid() == 0 || strlen(tmp) > 32)
		tmp = "/tmp";
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	child_setup();
	snprintf(directory, sizeof(directory), "%s/mynah-XXXXXX", tmp);
	ck_assert(mkdtemp(directory) != NULL);
	ck_assert_int_eq(chmod(directory, 0755), 0);
	make_pattern();
	make_site();
	if (geteuid() == 0 && nobody != NULL)
		ck_assert_int_eq(chown(daemon_path("run"), nobody->pw_uid,
		    nobody->pw_gid), 0);
}

static int
remove_one(const char *path, const struct stat *st, int type,
    struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

/* An own test may have closed a directory to all, itself included. */
static int
open_up(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)where;
	if (type == FTW_DNR || (type == FTW_D && (st->st_mode & 0700) != 0700))
		(void)chmod(path, 0700);
	return 0;
}

void
daemon_teardown(void)
{
	child_teardown();
	nftw(directory, open_up, 16, FTW_PHYS);
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int
daemon_run_suite(Suite *suite)
{
	int status = run_suite(suite);

	return faults == 0 ? status : EXIT_FAILURE;
}

TCase *
daemon_case(Suite *suite, const char *name, void (*forget)(void))
{
	TCase *tc = tcase_create(name);

	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_add_checked_fixture(tc, forget, NULL);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return tc;
}

long
daemon_somaxconn(void)
{
	FILE *f = fopen("/proc/sys/net/core/somaxconn", "re");
	long max = 65535;

	if (f != NULL && fscanf(f, "%ld", &max) != 1)
		max = 65535;
	if (f != NULL)
		fclose(f);
	return max;
}

void
daemon_skip(const char *test, const char *why)
{
	fprintf(stderr, "skipped: %s: %s\n", test, why);
}

/* ---- starting ---- */

/* In the child: put the sockets where they are looked for, and say so. */
static void
hand_over(const struct daemon *d)
{
	char number[32];

	if (d->sockets == NULL)
		return;
	/* Out of the way first: one may lie where another belongs. */
	for (size_t i = 0; i < d->nsockets; i++)
		if (dup2(d->sockets[i], HANDED_AWAY + (int)i) == -1)
			_exit(126);
	for (size_t i = 0; i < d->nsockets; i++)
		if (dup2(HANDED_AWAY + (int)i, 3 + (int)i) == -1 ||
		    close(HANDED_AWAY + (int)i) == -1)
			_exit(126);
	snprintf(number, sizeof(number), "%ld", (long)getpid());
	setenv("LISTEN_PID", d->handed_pid != NULL ? d->handed_pid : number,
	    1);
	snprintf(number, sizeof(number), "%zu", d->nsockets);
	setenv("LISTEN_FDS", number, 1);
	if (d->socket_names != NULL)
		setenv("LISTEN_FDNAMES", d->socket_names, 1);
}

/* In the child: become the program. */
static void
become(const struct daemon *d, int out, int err, char *const *argv)
{
	const struct rlimit rl = { d->descriptors, d->descriptors };
	int self;

	if (dup2(out, STDOUT_FILENO) == -1 || dup2(err, STDERR_FILENO) == -1)
		_exit(126);
	hand_over(d);
	signal(SIGPIPE, SIG_DFL);
	self = open(argv[0], O_RDONLY | O_CLOEXEC);
	if (d->prepare != NULL)
		d->prepare();
	if (d->descriptors != 0 && setrlimit(RLIMIT_NOFILE, &rl) == -1)
		_exit(126);
	execv(argv[0], argv);
	/* Whom prepare() made of it may not search the way there. */
	if (errno == EACCES && self != -1)
		fexecve(self, argv, environ);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

#ifdef USE_LINUX
static pid_t
new_process_apart(int namespaces)
{
	pid_t pid = (pid_t)syscall(SYS_clone,
	    (unsigned long)(namespaces | SIGCHLD), NULL, NULL, NULL, NULL);

	/* Where that is forbidden it has failed before it began. */
	if (pid == -1 && (pid = fork()) == 0)
		_exit(126);
	return pid;
}
#endif

static pid_t
new_process(int namespaces)
{
	fflush(NULL);
#ifdef USE_LINUX
	if (namespaces != 0)
		return new_process_apart(namespaces);
#endif
	ck_assert_int_eq(namespaces, 0);
	return fork();
}

static void
launch(struct daemon *d, const char *yaml, va_list options)
{
	const char *argv[OPTIONS_MAX + 8] = { child_program("MYNAHD",
	    "./mynahd") }, *option;
	size_t n = 1;
	int out[2], err[2];

#ifdef INSTRUMENTED
	/* First: a test may end with an option that lacks its value. */
	argv[n++] = "--sandbox";
	argv[n++] = "none";
#endif
	if (yaml != NULL) {
		daemon_write("mynahd.yaml", yaml, strlen(yaml));
		argv[n++] = "-c";
		argv[n++] = daemon_path("mynahd.yaml");
	}
	while ((option = va_arg(options, const char *)) != NULL) {
		ck_assert_uint_lt(n, OPTIONS_MAX);
		argv[n++] = option;
	}
	if (geteuid() == 0 && !d->no_user) {
		argv[n++] = "--user";
		argv[n++] = "nobody";
	}
	d->out_len = d->err_len = 0;
	d->port = 0;
	/* Only the program holds the other ends: their end is its end. */
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	d->pid = new_process(d->namespaces);
	ck_assert_int_ne(d->pid, -1);
	if (d->pid == 0)
		become(d, out[1], err[1], (char *const *)argv);
	child_remember(d->pid);
	close(out[1]);
	close(err[1]);
	d->out_fd = out[0];
	d->err_fd = err[0];
}

void
daemon_launch(struct daemon *d, const char *yaml, ...)
{
	va_list options;

	va_start(options, yaml);
	launch(d, yaml, options);
	va_end(options);
}

/* ---- what it says ---- */

/* Wait up to ms for it to say something, or to end. */
static bool
listen_to(struct daemon *d, int ms)
{
	struct pollfd p[] = {
		{ .fd = d->out_fd, .events = POLLIN },
		{ .fd = d->err_fd, .events = POLLIN }
	};

	if (poll(p, 2, ms) <= 0)
		return false;
	if (p[0].revents != 0)
		child_take(&d->out_fd, d->out, &d->out_len,
		    sizeof(d->out));
	if (p[1].revents != 0)
		child_take(&d->err_fd, d->err, &d->err_len,
		    sizeof(d->err));
	return true;
}

static void
await(struct daemon *d, const char *text, size_t times)
{
	d->err[d->err_len] = '\0';
	while (child_count(d->err, text) < times) {
		ck_assert_msg(d->err_fd != -1,
		    "it ended without saying \"%s\", but:\n%s", text, d->err);
		ck_assert_msg(listen_to(d, DAEMON_WAIT_MS),
		    "it does not say \"%s\", but:\n%s", text, d->err);
	}
}

void
daemon_await(struct daemon *d, const char *text)
{
	await(d, text, 1);
}

size_t
daemon_count(struct daemon *d, const char *text)
{
	while ((d->err_fd != -1 || d->out_fd != -1) && listen_to(d, 0))
		;
	d->err[d->err_len] = '\0';
	return child_count(d->err, text);
}

void
daemon_expect_page(int fd)
{
	struct reply r;
	struct wire w;

	wire_init(&w, fd);
	wire_get(&w, "/", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "/index.html\n");
	wire_close(&w);
}

int
daemon_port(const struct daemon *d, size_t i)
{
	static const char words[] = "listening on ";
	const char *line = d->err, *port;

	for (size_t n = 0; n <= i; n++) {
		line = strstr(line, words);
		ck_assert_msg(line != NULL, "no listener %zu:\n%s", i, d->err);
		line += sizeof(words) - 1;
	}
	port = strstr(line, " port ");
	if (port == NULL || port > line + strcspn(line, "\n"))
		return 0;
	return atoi(port + 6);
}

void
daemon_start(struct daemon *d, const char *yaml, ...)
{
	size_t n = d->listeners == 0 ? 1 : d->listeners;
	va_list options;

	va_start(options, yaml);
	launch(d, yaml, options);
	va_end(options);
	/* The line ends with the protocol: the port before it is whole. */
	await(d, "mynahd: listening on ", n);
	while (d->err[d->err_len - 1] != '\n')
		ck_assert(listen_to(d, DAEMON_WAIT_MS) && d->err_fd != -1);
	for (size_t i = 0; i < n && d->port == 0; i++)
		d->port = daemon_port(d, i);
}

/* ---- ending ---- */

void
daemon_expect(const struct daemon *d, const char *text)
{
	ck_assert_msg(strstr(d->err, text) != NULL,
	    "it should say \"%s\", but says:\n%s", text, d->err);
}

void
daemon_signal(const struct daemon *d, int number)
{
	ck_assert_int_eq(kill(d->pid, number), 0);
}

int
daemon_wait(struct daemon *d)
{
	int status;

	while (d->out_fd != -1 || d->err_fd != -1)
		ck_assert_msg(listen_to(d, DAEMON_WAIT_MS),
		    "it does not end, but says:\n%s", d->err);
	d->out[d->out_len] = d->err[d->err_len] = '\0';
	status = child_wait(d->pid);
	d->pid = 0;
	return status;
}

bool
daemon_adopts(void)
{
#ifdef USE_LINUX
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
#else
	return false;
#endif
}

void
daemon_adopt(struct daemon *d, const char *pid_file)
{
	const char *path = daemon_path("%s", pid_file);
	FILE *f = fopen(path, "re");
	long pid = 0;

	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	ck_assert_msg(fscanf(f, "%ld", &pid) == 1 && pid > 1, "%s has no "
	    "number", path);
	fclose(f);
	d->pid = (pid_t)pid;
	child_remember(d->pid);
	d->port = daemon_port(d, 0);
}

int
daemon_run(struct daemon *d, const char *yaml, ...)
{
	va_list options;

	va_start(options, yaml);
	launch(d, yaml, options);
	va_end(options);
	return daemon_wait(d);
}

int
daemon_stop(struct daemon *d)
{
	daemon_signal(d, SIGTERM);
	return daemon_wait(d);
}

void
daemon_stop_shared(struct daemon *d)
{
	int status;

	/* An assertion that fails in a teardown would go unnoticed. */
	faults++;
	status = daemon_stop(d);
	if (status == 0)
		faults--;
	else
		fprintf(stderr, "the daemon ended with %d:\n%s", status,
		    d->err);
}

/* ---- what the system knows of it ---- */

const char *
daemon_status_line(const struct daemon *d, const char *name)
{
	return child_status_line(d->pid, name);
}

long
daemon_status(const struct daemon *d, const char *name)
{
	return child_status(d->pid, name);
}

long
daemon_ticks(const struct daemon *d)
{
	unsigned long user, system;
	char path[64], line[1024], *p;
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)d->pid);
	f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	p = fgets(line, sizeof(line), f);
	fclose(f);
	ck_assert(p != NULL && (p = strrchr(line, ')')) != NULL);
	n = sscanf(p, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu",
	    &user, &system);
	ck_assert_int_eq(n, 2);
	return (long)(user + system);
}

int
daemon_descriptors(const struct daemon *d)
{
	char path[64];
	int n = -2;	/* "." and ".." */
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)d->pid);
	if ((dir = opendir(path)) == NULL)
		return -1;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n < 0 ? -1 : n;
}
