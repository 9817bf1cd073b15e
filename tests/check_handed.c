/*
 * check_handed - sockets that a service manager hands over. The descriptors
 * from 3 on belong to whoever runs this, so each test has a process of its
 * own for them.
 */
#include "event/handed.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failing.h"
#include "suite.h"

char	*__real_strndup(const char *s, size_t n);
char	*__wrap_strndup(const char *s, size_t n);

char *
__wrap_strndup(const char *s, size_t n)
{
	return fails(FAILING_MEMORY) ? NULL : __real_strndup(s, n);
}

static struct handed h;
static char error[512];
static int row;

#define EXPECT(what) do {						\
	if (!(what)) {							\
		fprintf(stderr, "%s:%d: row %d: %s; error: %s\n",	\
		    __FILE__, __LINE__, row, #what, error);		\
		_exit(1);						\
	}								\
} while (0)

/* ---- what is handed over ---- */

static int
listening(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	EXPECT(bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0);
	EXPECT(listen(fd, 5) == 0);
	return fd;
}

static int
datagram(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static int
unbound(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
connected(void)
{
	int pair[2];

	EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	return pair[0];
}

static int
device(void)
{
	return open("/dev/null", O_RDONLY);
}

static int
fifo(void)
{
	int ends[2];

	EXPECT(pipe(ends) == 0);
	return ends[0];
}

/* Put fd, out of the way before, at the place of the nth that is handed. */
static void
place(int fd, int n)
{
	int high = fcntl(fd, F_DUPFD, 100);

	EXPECT(high != -1);
	close(fd);
	EXPECT(dup2(high, HANDED_FIRST + n) == HANDED_FIRST + n);
	close(high);
}

/* n listening sockets and no more, with these variables. */
static void
hand_over(int n, const char *pid, const char *fds, const char *names)
{
	char own[32];

	snprintf(own, sizeof(own), "%ld", (long)getpid());
	for (int fd = HANDED_FIRST; fd < 20; fd++)
		close(fd);
	for (int i = 0; i < n; i++)
		place(listening(), i);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (pid != NULL)
		setenv("LISTEN_PID", strcmp(pid, "own") == 0 ? own : pid, 1);
	if (fds != NULL)
		setenv("LISTEN_FDS", fds, 1);
	if (names != NULL)
		setenv("LISTEN_FDNAMES", names, 1);
	error[0] = '\0';
}

static int
take(void)
{
	int result = handed_take(&h, error, sizeof(error));

	EXPECT(getenv("LISTEN_PID") == NULL);
	EXPECT(getenv("LISTEN_FDS") == NULL);
	EXPECT(getenv("LISTEN_FDNAMES") == NULL);
	return result;
}

static int
socket_of(const char *name, size_t i)
{
	return handed_socket(&h, name, i, error, sizeof(error));
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

/* Run fn(i) in a child; its failed expectations are told on stderr. */
static void
in_child(void (*fn)(void), int i)
{
	int status;
	pid_t pid;

	fflush(NULL);
	row = i;
	if ((pid = fork()) == 0) {
		fn();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* ---- the variables ---- */

static const struct {
	const char	*name, *pid, *fds, *names;
} none[] = {
	{ "no variable", NULL, NULL, NULL },
	{ "names alone", NULL, NULL, "web" },
	{ "no number of sockets", "own", NULL, NULL },
	{ "no process", NULL, "1", "web" },
	{ "another process", "1", "1", "web" },
	{ "another process, and nonsense", "1", "x", "::" },
	{ "none at all", "own", "0", NULL },
	{ "none with a name for none", "own", "0", "" },
};

static void
take_none(void)
{
	hand_over(1, none[row].pid, none[row].fds, none[row].names);
	EXPECT(take() == 0);
	EXPECT(h.n == 0 && error[0] == '\0');
	EXPECT(is_open(HANDED_FIRST));
	EXPECT(socket_of("web", 0) == -1);
	EXPECT(strstr(error, "\"web\"") != NULL);
	EXPECT(strstr(error, "handed over none") != NULL);
	EXPECT(handed_socket(NULL, "web", 0, error, sizeof(error)) == -1);
	EXPECT(strstr(error, "handed over none") != NULL);
	handed_close_unwanted(&h);
	handed_clear(&h);
}

START_TEST(nothing_is_meant_for_us)
{
	in_child(take_none, _i);
}
END_TEST

static const struct {
	const char	*pid, *fds, *names, *said;
} malformed[] = {
	{ "", "1", NULL, "LISTEN_PID is \"\"" },
	{ "x", "1", NULL, "LISTEN_PID is \"x\"" },
	{ "1x", "1", NULL, "LISTEN_PID is \"1x\"" },
	{ " 1", "1", NULL, "LISTEN_PID is \" 1\"" },
	{ "-1", "1", NULL, "LISTEN_PID is \"-1\"" },
	{ "12345678901", "1", NULL, "LISTEN_PID is \"12345678901\"" },
	{ "own", "", NULL, "LISTEN_FDS is \"\"" },
	{ "own", "x", NULL, "LISTEN_FDS is \"x\"" },
	{ "own", "2x", NULL, "LISTEN_FDS is \"2x\"" },
	{ "own", "+2", NULL, "LISTEN_FDS is \"+2\"" },
	{ "own", "-2", NULL, "LISTEN_FDS is \"-2\"" },
	{ "own", "2 ", NULL, "LISTEN_FDS is \"2 \"" },
	{ "own", "4294967298", NULL, "LISTEN_FDS is \"4294967298\"" },
	{ "own", "3", NULL, "descriptor 5 is not open" },
	{ "own", "999999999", NULL, "descriptor 5 is not open" },
	{ "own", "2", "", "1 names: \"\"" },
	{ "own", "2", "a", "1 names: \"a\"" },
	{ "own", "2", "a:b:c", "3 names: \"a:b:c\"" },
};

static void
take_malformed(void)
{
	hand_over(2, malformed[row].pid, malformed[row].fds,
	    malformed[row].names);
	EXPECT(take() == -1);
	EXPECT(strstr(error, malformed[row].said) != NULL);
	EXPECT(h.n == 0 && h.sockets == NULL);
	handed_clear(&h);
}

START_TEST(malformed_variables_are_told)
{
	in_child(take_malformed, _i);
}
END_TEST

static void
take_without_memory(void)
{
	int result = -1;
	unsigned n;

	for (n = 1; result == -1 && n < 10; n++) {
		hand_over(2, "own", "2", "a:b");
		failing_at(FAILING_MEMORY, n, ENOMEM);
		result = take();
		failing_on = false;
		EXPECT(result == 0 || (h.n == 0 && h.sockets == NULL));
		EXPECT(result == 0 || strcmp(error, "out of memory") == 0);
	}
	/* The table and two names. */
	EXPECT(result == 0 && n == 5);
	handed_clear(&h);
}

START_TEST(no_memory_is_told)
{
	in_child(take_without_memory, 0);
}
END_TEST

/* ---- looking up ---- */

/* Whether both are the same socket. */
static bool
is_same(int a, int b)
{
	struct sockaddr_in one, other;
	socklen_t len = sizeof(one), other_len = sizeof(other);

	EXPECT(getsockname(a, (struct sockaddr *)&one, &len) == 0);
	EXPECT(getsockname(b, (struct sockaddr *)&other, &other_len) == 0);
	return one.sin_port == other.sin_port;
}

static void
look_up(void)
{
	int fds[3];

	hand_over(3, "own", "3", "web:echo:web");
	EXPECT(take() == 0);
	EXPECT(h.n == 3);
	fds[0] = socket_of("web", 0);
	fds[1] = socket_of("web", 1);
	fds[2] = socket_of("echo", 0);
	EXPECT(is_same(fds[0], 3) && is_same(fds[1], 5) && is_same(fds[2], 4));
	EXPECT(socket_of("web", 2) == -1 && error[0] == '\0');
	EXPECT(socket_of("echo", 1) == -1 && error[0] == '\0');
	for (int i = 0; i < 3; i++) {
		EXPECT(fds[i] > 5 && fcntl(fds[i], F_GETFD) == FD_CLOEXEC);
		EXPECT(fcntl(HANDED_FIRST + i, F_GETFD) == FD_CLOEXEC);
		/* The caller closes its own; the table's remains. */
		close(fds[i]);
		EXPECT(is_open(HANDED_FIRST + i));
	}
	EXPECT((fds[0] = socket_of("web", 0)) != -1);
	handed_close_unwanted(&h);
	handed_clear(&h);
	EXPECT(is_open(fds[0]));
	for (int i = 0; i < 3; i++)
		EXPECT(!is_open(HANDED_FIRST + i));
}

START_TEST(sockets_are_found_by_name)
{
	in_child(look_up, 0);
}
END_TEST

static void
look_up_unnamed(void)
{
	hand_over(2, "own", "2", NULL);
	EXPECT(take() == 0);
	EXPECT(socket_of("unknown", 0) != -1);
	EXPECT(socket_of("unknown", 1) != -1);
	EXPECT(socket_of("unknown", 2) == -1 && error[0] == '\0');
	handed_clear(&h);
}

START_TEST(without_names_they_are_unknown)
{
	in_child(look_up_unnamed, 0);
}
END_TEST

static void
look_up_other_name(void)
{
	hand_over(4, "own", "4", "mynahd.socket:echo:echo:");
	EXPECT(take() == 0);
	EXPECT(socket_of("web", 0) == -1);
	EXPECT(strstr(error, "no socket \"web\"") != NULL);
	EXPECT(strstr(error, "is: \"mynahd.socket\", \"echo\", \"\" (") !=
	    NULL);
	EXPECT(strstr(error, "FileDescriptorName=") != NULL);
	handed_clear(&h);
}

START_TEST(other_names_are_listed)
{
	in_child(look_up_other_name, 0);
}
END_TEST

static void
look_up_long_names(void)
{
	char names[1024];

	memset(names, 'x', sizeof(names));
	names[400] = ':';
	names[900] = '\0';
	hand_over(2, "own", "2", names);
	EXPECT(take() == 0);
	EXPECT(socket_of("web", 0) == -1);
	EXPECT(strlen(error) < sizeof(error));
	handed_clear(&h);
}

START_TEST(long_names_are_cut)
{
	in_child(look_up_long_names, 0);
}
END_TEST

static const struct {
	int		(*make)(void);
	const char	*said;
} unfit[] = {
	{ datagram, "ListenStream=" }, { unbound, "Accept=no" },
	{ connected, "Accept=no" }, { device, "is not a socket" },
	{ fifo, "is not a socket" },
};

static void
look_up_unfit(void)
{
	hand_over(0, "own", "1", "web");
	place(unfit[row].make(), 0);
	EXPECT(take() == 0);
	EXPECT(socket_of("web", 0) == -1);
	EXPECT(strstr(error, unfit[row].said) != NULL);
	EXPECT(strstr(error, "\"web\" (descriptor 3)") != NULL);
	handed_clear(&h);
}

START_TEST(what_does_not_listen_is_told)
{
	in_child(look_up_unfit, _i);
}
END_TEST

static void
look_up_unwanted(void)
{
	int said[2];
	char line[512];
	ssize_t n;

	hand_over(2, "own", "2", "web:spare");
	EXPECT(take() == 0);
	EXPECT(socket_of("web", 0) != -1);
	EXPECT(pipe(said) == 0 && dup2(said[1], STDERR_FILENO) != -1);
	handed_close_unwanted(&h);
	handed_close_unwanted(&h);
	n = read(said[0], line, sizeof(line) - 1);
	line[n > 0 ? n : 0] = '\0';
	EXPECT(strstr(line, "warning: ") != NULL);
	EXPECT(strstr(line, "\"spare\" (descriptor 4)") != NULL);
	/* Once, and of no other. */
	EXPECT(strchr(line, '\n') == line + n - 1);
	EXPECT(is_open(3) && !is_open(4));
	/* A reload that asks for it is told why it cannot have it. */
	EXPECT(socket_of("spare", 0) == -1);
	EXPECT(strstr(error, "restart") != NULL);
	handed_clear(&h);
}

START_TEST(what_nobody_asked_for_is_closed)
{
	in_child(look_up_unwanted, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("handed");
	TCase *tc = suite_case(s, "variables");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, nothing_is_meant_for_us, 0, ROWS(none));
	tcase_add_loop_test(tc, malformed_variables_are_told, 0,
	    ROWS(malformed));
	tcase_add_test(tc, no_memory_is_told);

	tc = suite_case(s, "looking up");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, sockets_are_found_by_name);
	tcase_add_test(tc, without_names_they_are_unknown);
	tcase_add_test(tc, other_names_are_listed);
	tcase_add_test(tc, long_names_are_cut);
	tcase_add_loop_test(tc, what_does_not_listen_is_told, 0, ROWS(unfit));
	tcase_add_test(tc, what_nobody_asked_for_is_closed);
	return suite_run(s);
}
