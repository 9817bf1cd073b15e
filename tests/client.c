#include "client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"

#define ARGUMENTS_MAX	40
#define NAMES_MAX	16
#define TEXT_MAX	512	/* of an argument */
#define DIRECTORY	"client"
#define COLUMNS		80
#define ROWS		24

/* ---- fixture ---- */

/* The directory of the test before, with all in it, gets another name. */
static void
make_directory(void)
{
	static int n;
	const char *path = daemon_path(DIRECTORY);

	if (access(path, F_OK) == 0)
		ck_assert_int_eq(rename(path, daemon_path(DIRECTORY ".%ld.%d",
		    (long)getpid(), n++)), 0);
	ck_assert_msg(mkdir(path, 0755) == 0, "%s: %s", path,
	    strerror(errno));
}

TCase *
client_case(Suite *suite, const char *name, void (*forget)(void))
{
	TCase *tc = daemon_case(suite, name, forget);

	tcase_add_checked_fixture(tc, make_directory, NULL);
	return tc;
}

TCase *
client_terminal_case(Suite *suite, const char *name, void (*forget)(void))
{
	static Suite *left_out;
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd != -1) {
		close(fd);
		return client_case(suite, name, forget);
	}
	daemon_skip(name, "no terminal can be had");
	/* It is kept to the end, so that nothing of it is lost. */
	if (left_out == NULL)
		left_out = suite_create("left out");
	return client_case(left_out, name, forget);
}

static void
clear(struct client_text *text)
{
	if (text->bytes != NULL && text->fd != -1)
		close(text->fd);
	free(text->bytes);
}

void
client_forget(struct client *c)
{
	if (c->out.bytes != NULL && c->in_fd != -1)
		close(c->in_fd);
	if (c->out.bytes != NULL && c->terminal_fd != -1)
		close(c->terminal_fd);
	clear(&c->out);
	clear(&c->err);
	clear(&c->screen);
	memset(c, 0, sizeof(*c));
}

/* ---- arguments ---- */

static char *
next_text(void)
{
	static char texts[8][TEXT_MAX];
	static unsigned turn;

	return texts[turn++ % 8];
}

const char *
client_port(int port)
{
	char *text = next_text();

	snprintf(text, TEXT_MAX, "%d", port);
	return text;
}

const char *
client_url(int port, const char *target)
{
	char *text = next_text();

	ck_assert_int_lt(snprintf(text, TEXT_MAX, "http://127.0.0.1:%d%s",
	    port, target), TEXT_MAX);
	return text;
}

/* ---- its directory ---- */

const char *
client_path(const char *name)
{
	return daemon_path(DIRECTORY "/%s", name);
}

void
client_write(const char *name, const void *bytes, size_t len)
{
	char path[TEXT_MAX];

	snprintf(path, sizeof(path), DIRECTORY "/%s", name);
	daemon_write(path, bytes, len);
}

static bool
is_among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

void
client_expect_files(const char *name, ...)
{
	const char *names[NAMES_MAX];
	size_t n = 0, found = 0;
	struct dirent *entry;
	va_list ap;
	DIR *dir;

	va_start(ap, name);
	for (; name != NULL; name = va_arg(ap, const char *)) {
		ck_assert_uint_lt(n, NAMES_MAX);
		ck_assert_msg(access(client_path(name), F_OK) == 0,
		    "there is no file %s", name);
		names[n++] = name;
	}
	va_end(ap);
	ck_assert_ptr_nonnull(dir = opendir(daemon_path(DIRECTORY)));
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		ck_assert_msg(is_among(entry->d_name, names, n),
		    "the file %s is left", entry->d_name);
		found++;
	}
	closedir(dir);
	ck_assert_uint_eq(found, n);
}

const char *
client_only_file(void)
{
	static char name[256];
	struct dirent *entry;
	int found = 0;
	DIR *dir;

	ck_assert_ptr_nonnull(dir = opendir(daemon_path(DIRECTORY)));
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof(name), "%s", entry->d_name);
		found++;
	}
	closedir(dir);
	ck_assert_msg(found == 1, "there are %d files", found);
	return name;
}

void
client_expect_file(const char *name, const void *bytes, size_t len)
{
	FILE *f = fopen(client_path(name), "re");
	char *got = malloc(len + 1);
	size_t n;

	ck_assert_msg(f != NULL, "%s: %s", name, strerror(errno));
	ck_assert_ptr_nonnull(got);
	n = fread(got, 1, len + 1, f);
	fclose(f);
	ck_assert_msg(n == len, "%s has %s%zu and not %zu bytes", name,
	    n > len ? "more than " : "", n > len ? len : n, len);
	ck_assert_msg(memcmp(got, bytes, len) == 0, "%s has other bytes",
	    name);
	free(got);
}

/* ---- starting ---- */

static void
begin_text(struct client_text *text, int fd)
{
	text->fd = fd;
	text->len = 0;
	if (text->bytes == NULL) {
		text->size = 4096;
		text->bytes = malloc(text->size);
	}
	ck_assert_ptr_nonnull(text->bytes);
	text->bytes[0] = '\0';
}

/* Both ends of a new terminal; -1 twice where none is wanted. */
static void
open_terminal(struct client *c, int *ours, int *its)
{
	const struct winsize size = { .ws_row = ROWS, .ws_col = COLUMNS };

	*ours = *its = -1;
	if (c->terminal == 0)
		return;
	*ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_msg(*ours != -1 && grantpt(*ours) == 0 &&
	    unlockpt(*ours) == 0, "no terminal: %s", strerror(errno));
	*its = open(ptsname(*ours), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_msg(*its != -1, "%s: %s", ptsname(*ours), strerror(errno));
	ck_assert_int_eq(ioctl(*its, TIOCSWINSZ, &size), 0);
	ck_assert_int_eq(tcgetattr(*its, &c->settings), 0);
	fcntl(*ours, F_SETFL, O_NONBLOCK);
}

/* Three streams, the end of each that is its own, or -1. */
struct streams {
	int	in;
	int	out;
	int	err;
	int	terminal;
};

/* In the child: become the program. */
static void
become(const struct client *c, const struct streams *s, char *const *argv)
{
	const char *dir = daemon_path(DIRECTORY);

	if (s->terminal != -1 && (setsid() == -1 ||
	    ioctl(s->terminal, TIOCSCTTY, 0) == -1))
		_exit(126);
	if (dup2(s->in, STDIN_FILENO) == -1 ||
	    dup2(s->out, STDOUT_FILENO) == -1 ||
	    dup2(s->err, STDERR_FILENO) == -1 || chdir(dir) == -1)
		_exit(126);
	signal(SIGPIPE, SIG_DFL);
	unsetenv("COLUMNS");
	if (c->prepare != NULL)
		c->prepare();
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* A pipe, or the terminal; ours is -1 then. from: whether it is read from. */
static int
open_stream(const struct client *c, unsigned which, int terminal, bool from,
    int *ours)
{
	int ends[2];

	*ours = -1;
	if (c->terminal & which)
		return terminal;
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	*ours = ends[from ? 1 : 0];
	return ends[from ? 0 : 1];
}

static int
open_input(struct client *c, int terminal)
{
	int fd;

	c->in_fd = -1;
	if (!(c->terminal & CLIENT_TERMINAL_IN) && c->input == NULL &&
	    !c->stays_open) {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		ck_assert_int_ne(fd, -1);
		return fd;
	}
	fd = open_stream(c, CLIENT_TERMINAL_IN, terminal, true, &c->in_fd);
	if (c->in_fd != -1)
		fcntl(c->in_fd, F_SETFL, O_NONBLOCK);
	c->unsent = c->input;
	c->unsent_len = c->input == NULL ? 0 :
	    c->input_len == 0 ? strlen(c->input) : c->input_len;
	return fd;
}

static int
open_output(const struct client *c, int terminal, int *ours)
{
	int fd;

	if (c->output == NULL)
		return open_stream(c, CLIENT_TERMINAL_OUT, terminal, false,
		    ours);
	*ours = -1;
	fd = open(c->output[0] == '/' ? c->output : client_path(c->output),
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_msg(fd != -1, "%s: %s", c->output, strerror(errno));
	return fd;
}

static void
close_its(int fd, const struct streams *s)
{
	if (fd != s->terminal)
		close(fd);
}

void
client_start_vector(struct client *c, const char *const *arguments)
{
	const char *argv[ARGUMENTS_MAX] = { child_program("MYNAH",
	    "./mynah") };
	int out, err, screen;
	struct streams s;

	for (size_t n = 1; *arguments != NULL; n++) {
		ck_assert_uint_lt(n, ARGUMENTS_MAX - 1);
		argv[n] = *arguments++;
	}
	open_terminal(c, &screen, &s.terminal);
	s.in = open_input(c, s.terminal);
	s.out = open_output(c, s.terminal, &out);
	s.err = open_stream(c, CLIENT_TERMINAL_ERR, s.terminal, false, &err);
	begin_text(&c->out, out);
	begin_text(&c->err, err);
	begin_text(&c->screen, screen);
	c->terminal_fd = screen == -1 ? -1 : fcntl(screen, F_DUPFD_CLOEXEC, 0);
	if ((c->pid = child_fork()) == 0)
		become(c, &s, (char *const *)argv);
	/* Only the program holds these: their end is its end. */
	close_its(s.in, &s);
	close_its(s.out, &s);
	close_its(s.err, &s);
	if (s.terminal != -1)
		close(s.terminal);
}

static void
start(struct client *c, const char *argument, va_list ap)
{
	const char *arguments[ARGUMENTS_MAX];
	size_t n = 0;

	for (; argument != NULL; argument = va_arg(ap, const char *)) {
		ck_assert_uint_lt(n, ARGUMENTS_MAX - 1);
		arguments[n++] = argument;
	}
	arguments[n] = NULL;
	client_start_vector(c, arguments);
}

void
client_start(struct client *c, const char *argument, ...)
{
	va_list ap;

	va_start(ap, argument);
	start(c, argument, ap);
	va_end(ap);
}

int
client_run(struct client *c, const char *argument, ...)
{
	va_list ap;

	va_start(ap, argument);
	start(c, argument, ap);
	va_end(ap);
	return client_wait(c);
}

/* ---- bytes, both ways ---- */

static int
input_fd(const struct client *c)
{
	return c->terminal & CLIENT_TERMINAL_IN ? c->terminal_fd : c->in_fd;
}

/* Send what it takes of the input. */
static void
feed(struct client *c)
{
	ssize_t n = write(input_fd(c), c->unsent, c->unsent_len);

	if (n > 0) {
		c->unsent += n;
		c->unsent_len -= (size_t)n;
	} else if (errno != EAGAIN) {
		/* It reads no more. */
		c->unsent_len = 0;
	}
	if (c->unsent_len == 0 && !c->stays_open && c->in_fd != -1) {
		close(c->in_fd);
		c->in_fd = -1;
	}
}

static void
hear(struct client_text *text)
{
	if (text->len + 4096 > text->size) {
		text->size *= 2;
		text->bytes = realloc(text->bytes, text->size);
		ck_assert_ptr_nonnull(text->bytes);
	}
	child_take(&text->fd, text->bytes, &text->len, text->size);
}

/* Whether anything of it can still be waited for. */
static bool
is_open(const struct client *c)
{
	return (c->out.fd != -1 && !c->unread) || c->err.fd != -1 ||
	    c->screen.fd != -1;
}

/* Wait for something to happen: input is taken, output comes, it ends. */
static void
turn(struct client *c, const char *what)
{
	struct client_text *texts[] = { &c->out, &c->err, &c->screen };
	struct pollfd p[4] = {
		{ .fd = c->unread ? -1 : c->out.fd, .events = POLLIN },
		{ .fd = c->err.fd, .events = POLLIN },
		{ .fd = c->screen.fd, .events = POLLIN },
		{ .fd = c->unsent_len > 0 ? input_fd(c) : -1,
		    .events = POLLOUT },
	};

	ck_assert_msg(poll(p, 4, CHILD_WAIT_MS) > 0, "it does not %s, but "
	    "has said:\n%s%s", what, c->err.bytes, c->screen.bytes);
	if (p[3].revents != 0)
		feed(c);
	for (int i = 0; i < 3; i++)
		if (p[i].revents != 0)
			hear(texts[i]);
}

void
client_type_bytes(struct client *c, const void *bytes, size_t len)
{
	while (c->unsent_len > 0)
		turn(c, "take input");
	c->unsent = bytes;
	c->unsent_len = len;
	while (c->unsent_len > 0)
		turn(c, "take input");
}

void
client_type(struct client *c, const char *text)
{
	client_type_bytes(c, text, strlen(text));
}

void
client_end(struct client *c)
{
	if (c->terminal & CLIENT_TERMINAL_IN) {
		client_type(c, "\004");
		return;
	}
	while (c->unsent_len > 0)
		turn(c, "take input");
	c->stays_open = false;
	if (c->in_fd != -1)
		close(c->in_fd);
	c->in_fd = -1;
}

/* Only the end of all tells that nothing more comes. */
static void
expect_alive(const struct client *c, const char *text)
{
	ck_assert_msg(is_open(c), "it has ended without \"%s\", but with:\n"
	    "%s%s", text, c->err.bytes, c->screen.bytes);
}

void
client_await(struct client *c, const struct client_text *where,
    const char *text)
{
	while (memmem(where->bytes, where->len, text, strlen(text)) == NULL) {
		expect_alive(c, text);
		turn(c, text);
	}
}

void
client_await_bytes(struct client *c, const struct client_text *where,
    size_t len)
{
	while (where->len < len) {
		expect_alive(c, "enough bytes");
		turn(c, "say enough");
	}
}

void
client_read(struct client *c)
{
	c->unread = false;
}

void
client_signal(const struct client *c, int number)
{
	ck_assert_int_eq(kill(c->pid, number), 0);
}

void
client_resize(struct client *c, unsigned short columns)
{
	const struct winsize size = { .ws_row = ROWS, .ws_col = columns };

	ck_assert_int_eq(ioctl(c->terminal_fd, TIOCSWINSZ, &size), 0);
}

/* ---- ending ---- */

/* What a line that is drawn anew is made of, behind an escape. */
static bool
is_drawing(const char *p)
{
	static const char *const known[] = { "[K", "[0K", "[2K", "[J", "[?25l",
	    "[?25h" };

	for (int i = 0; i < COUNT(known); i++)
		if (strncmp(p, known[i], strlen(known[i])) == 0)
			return true;
	return false;
}

/* Neither control characters nor such of C1, as UTF-8 has them. */
static void
expect_harmless(const struct client_text *text, const char *allowed)
{
	const unsigned char *p = (const unsigned char *)text->bytes;

	for (const unsigned char *end = p + text->len; p < end; p++) {
		bool bad = *p < 0x20 || *p == 0x7F ||
		    (*p == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0);

		if (!bad || (*p != '\0' && strchr(allowed, *p) != NULL &&
		    (*p != '\033' || is_drawing((const char *)p + 1))))
			continue;
		ck_abort_msg("byte 0x%02x is shown:\n%s", *p, text->bytes);
	}
}

int
client_wait(struct client *c)
{
	while (is_open(c))
		turn(c, "end");
	c->status = child_wait(c->pid);
	c->pid = 0;
	if (c->in_fd != -1)
		close(c->in_fd);
	c->in_fd = -1;
	expect_harmless(&c->err, "\n");
	expect_harmless(&c->screen, "\n\r\t\b\033");
	return c->status;
}

/* ---- what came of it ---- */

void
client_expect_status(const struct client *c, int status)
{
	ck_assert_msg(c->status == status, "it ended with %d and not %d:\n"
	    "%s%s", c->status, status, c->err.bytes, c->screen.bytes);
}

void
client_expect_out(const struct client *c, const void *bytes, size_t len)
{
	ck_assert_msg(c->out.len == len &&
	    memcmp(c->out.bytes, bytes, len) == 0,
	    "it printed %zu bytes:\n%s\nand not %zu:\n%.*s\nand said:\n%s",
	    c->out.len, c->out.bytes, len, (int)len, (const char *)bytes,
	    c->err.bytes);
}

static bool
says(const struct client_text *text, const char *part)
{
	return memmem(text->bytes, text->len, part, strlen(part)) != NULL;
}

void
client_expect_err(const struct client *c, const char *part)
{
	ck_assert_msg(says(&c->err, part), "it should say \"%s\", but "
	    "says:\n%s", part, c->err.bytes);
}

void
client_expect_no_err(const struct client *c, const char *part)
{
	ck_assert_msg(!says(&c->err, part), "it should not say \"%s\", but "
	    "says:\n%s", part, c->err.bytes);
}

void
client_expect_screen(const struct client *c, const char *part)
{
	ck_assert_msg(says(&c->screen, part), "\"%s\" should be seen, but "
	    "there is:\n%s", part, c->screen.bytes);
}

void
client_expect(const struct client *c, int status, const char *out,
    const char *err)
{
	client_expect_status(c, status);
	if (out != NULL)
		client_expect_out(c, out, strlen(out));
	if (err != NULL && err[0] == '\0')
		ck_assert_msg(c->err.len == 0, "it says:\n%s", c->err.bytes);
	else if (err != NULL)
		client_expect_err(c, err);
}

void
client_expect_restored(const struct client *c)
{
	struct termios now;

	ck_assert_int_eq(tcgetattr(c->terminal_fd, &now), 0);
	ck_assert(now.c_iflag == c->settings.c_iflag);
	ck_assert(now.c_oflag == c->settings.c_oflag);
	ck_assert(now.c_cflag == c->settings.c_cflag);
	ck_assert(now.c_lflag == c->settings.c_lflag);
	ck_assert(memcmp(now.c_cc, c->settings.c_cc, sizeof(now.c_cc)) == 0);
}
