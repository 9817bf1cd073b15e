/*
 * check_listener - binding, what goes wrong with it in words, and accepting
 * in shares and at limits. Linked with the wrapped calls of failing.h.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "event/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event/address.h"
#include "failing.h"
#include "suite.h"
#include "talker.h"

#define GET	"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
#define MANY	200

static struct listeners ls;
static struct config_listener conf;
static struct caller *clients[MANY];
static char error[512], path[96];
static char said[8192];		/* by the log */
static int log_file = -1, saved_stderr = -1;
static struct rlimit saved_limit;

static void
on_end(void *arg)
{
	(void)arg;
	listeners_resume(&ls);
}

static void
setup(void)
{
	failing_reset();
	talker_setup();
	talker_start(1000);
	talker.conns.on_room = on_end;
	listeners_init(&ls);
	memset(clients, 0, sizeof(clients));
	conf = (struct config_listener){ .name = (char *)"",
	    .host = (char *)"127.0.0.1", .mode = 0600, .backlog = MANY,
	    .protocol = CONFIG_PROTOCOL_HTTP, .protocol_said = true };
	snprintf(path, sizeof(path), "%s/socket", talker.dir);
	unlink(path);		/* of a test that failed */
	getrlimit(RLIMIT_NOFILE, &saved_limit);
}

static void
teardown(void)
{
	failing_reset();
	setrlimit(RLIMIT_NOFILE, &saved_limit);
	for (int i = 0; i < MANY; i++)
		if (clients[i] != NULL)
			caller_free(clients[i]);
	listeners_close(&ls);
	talker_teardown();
}

/* ---- the log ---- */

static void
catch_log(void)
{
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	log_file = dup(fileno(f));
	fclose(f);
	saved_stderr = dup(STDERR_FILENO);
	dup2(log_file, STDERR_FILENO);
}

static void
give_log_back(void)
{
	ssize_t n;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	n = pread(log_file, said, sizeof(said) - 1, 0);
	said[n > 0 ? n : 0] = '\0';
	close(log_file);
}

/* What listeners_announce() says. */
static const char *
announced(void)
{
	catch_log();
	listeners_announce(&ls);
	give_log_back();
	return said;
}

static int
lines_of(const char *text)
{
	int n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

/* The port of the nth listener. */
static uint16_t
port_of(int n)
{
	const char *p = announced();

	for (; n >= 0; n--) {
		p = strstr(p, " port ");
		ck_assert_ptr_nonnull(p);
		p += strlen(" port ");
	}
	return (uint16_t)atoi(p);
}

/* ---- opening ---- */

static int
open_listeners(void)
{
	error[0] = '\0';
	return listeners_open(&ls, &conf, error, sizeof(error));
}

static void
start(void)
{
	ck_assert_msg(open_listeners() == 0, "%s", error);
	ck_assert_int_eq(listeners_start(&ls, talker.base, &talker.conns), 0);
}

/* Connect to the listener; -1 if that is refused. */
static int
dial(int family, const char *host, uint16_t port)
{
	struct sockaddr_storage sa = { .ss_family = (sa_family_t)family };
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&sa;
	struct sockaddr_in *sin = (struct sockaddr_in *)&sa;
	socklen_t len = family == AF_INET ? sizeof(*sin) : sizeof(*sin6);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (family == AF_INET) {
		sin->sin_port = htons(port);
		inet_pton(AF_INET, host, &sin->sin_addr);
	} else {
		sin6->sin6_port = htons(port);
		inet_pton(AF_INET6, host, &sin6->sin6_addr);
	}
	if (fd != -1 && connect(fd, (struct sockaddr *)&sa, len) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
dial_path(const char *where)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", where);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * A client that is accepted at once and asks for nothing yet: to HTTP it
 * says an empty line, without which the kernel keeps it back for a second.
 */
static struct caller *
new_client(int i, uint16_t port)
{
	int fd = dial(AF_INET, "127.0.0.1", port);

	ck_assert_int_ne(fd, -1);
	clients[i] = caller_of(fd);
	if (conf.protocol == CONFIG_PROTOCOL_HTTP)
		caller_say(clients[i], "\r\n");
	return clients[i];
}

static void
expect_served(int fd)
{
	struct caller *c;

	ck_assert_int_ne(fd, -1);
	c = caller_of(fd);
	caller_say(c, GET);
	UNTIL(caller_content(c) != 0 && c->len == caller_content(c) + 2);
	ck_assert(talker_answers(c->got, c->len, "200"));
	caller_free(c);
}

START_TEST(port_0_is_any_and_is_told)
{
	uint16_t port;

	start();
	port = port_of(0);
	ck_assert_uint_ne(port, 0);
	ck_assert_ptr_nonnull(strstr(said, "listening on 127.0.0.1 port "));
	ck_assert_ptr_nonnull(strstr(said, "(http)\n"));
	ck_assert_int_eq(lines_of(said), 1);
	expect_served(dial(AF_INET, "127.0.0.1", port));
}
END_TEST

START_TEST(all_addresses_of_a_name_share_the_port)
{
	int n;

	conf.host = (char *)"localhost";
	start();
	n = lines_of(announced());
	for (int i = 0; i < n; i++)
		ck_assert_uint_eq(port_of(i), port_of(0));
	expect_served(dial(AF_INET, "127.0.0.1", port_of(0)));
}
END_TEST

START_TEST(star_is_both_families)
{
	int fd;

	conf.host = (char *)"*";
	start();
	expect_served(dial(AF_INET, "127.0.0.1", port_of(0)));
	if ((fd = dial(AF_INET6, "::1", port_of(0))) != -1)
		expect_served(fd);
	ck_assert_ptr_nonnull(strstr(announced(), "listening on * port "));
}
END_TEST

START_TEST(several_listeners_serve_side_by_side)
{
	static struct config_listener second, third;
	struct caller *c;

	second = third = conf;
	second.protocol = CONFIG_PROTOCOL_WELCOME;
	third.unix_path = path;
	third.host = NULL;
	ck_assert_int_eq(open_listeners(), 0);
	ck_assert_int_eq(listeners_open(&ls, &second, error, sizeof(error)),
	    0);
	ck_assert_int_eq(listeners_open(&ls, &third, error, sizeof(error)),
	    0);
	ck_assert_int_eq(listeners_start(&ls, talker.base, &talker.conns), 0);
	expect_served(dial(AF_INET, "127.0.0.1", port_of(0)));
	expect_served(dial_path(path));
	c = caller_of(dial(AF_INET, "127.0.0.1", port_of(1)));
	UNTIL(c->eof);
	ck_assert(caller_got(c, TALKER_WELCOME));
	caller_free(c);
}
END_TEST

START_TEST(nothing_is_left_open_after_close)
{
	uint16_t port;
	int before = dup(0), after;

	close(before);
	start();
	port = port_of(0);
	listeners_close(&ls);
	ck_assert_int_eq(dial(AF_INET, "127.0.0.1", port), -1);
	after = dup(0);
	close(after);
	ck_assert_int_eq(after, before);
	/* The port is free again at once. */
	conf.port = port;
	ck_assert_msg(open_listeners() == 0, "%s", error);
}
END_TEST

/* ---- announcing ---- */

static const struct {
	const char		*host;
	enum config_protocol	 protocol;
	bool			 protocol_said, warns;
} hosts[] = {
	{ "127.0.0.1", CONFIG_PROTOCOL_AUTO, false, false },
	{ "0.0.0.0", CONFIG_PROTOCOL_AUTO, false, true },
	{ "*", CONFIG_PROTOCOL_AUTO, false, true },
	{ "0.0.0.0", CONFIG_PROTOCOL_AUTO, true, false },
	{ "0.0.0.0", CONFIG_PROTOCOL_HTTP, true, false },
};

START_TEST(unsaid_protocol_on_a_network_is_warned_of)
{
	conf.host = (char *)hosts[_i].host;
	conf.protocol = hosts[_i].protocol;
	conf.protocol_said = hosts[_i].protocol_said;
	ck_assert_int_eq(open_listeners(), 0);
	announced();
	ck_assert_msg((strstr(said, "warning") != NULL) == hosts[_i].warns,
	    "%s", said);
	ck_assert_msg((strstr(said, "protocol: http") != NULL) ==
	    hosts[_i].warns, "%s", said);
}
END_TEST

START_TEST(cut_backlog_is_warned_of)
{
	unsigned long max = 0;
	FILE *f = fopen("/proc/sys/net/core/somaxconn", "r");

	if (f == NULL || fscanf(f, "%lu", &max) != 1)
		return;
	fclose(f);
	conf.backlog = max;
	ck_assert_int_eq(open_listeners(), 0);
	ck_assert_ptr_null(strstr(announced(), "somaxconn"));
	conf.backlog = max + 1;
	ck_assert_ptr_nonnull(strstr(announced(), "somaxconn"));
}
END_TEST

/* ---- what goes wrong ---- */

static void
expect_refused(const char *what, const char *where)
{
	ck_assert_int_eq(open_listeners(), -1);
	ck_assert_msg(strstr(error, what) != NULL, "%s", error);
	ck_assert_msg(strstr(error, where) != NULL, "%s", error);
	ck_assert(TAILQ_EMPTY(&ls.all));
}

START_TEST(busy_port_names_its_holder)
{
	struct config_listener second;
	char pid[32];

	ck_assert_int_eq(open_listeners(), 0);
	second = conf;
	second.port = port_of(0);
	ck_assert_int_eq(listeners_open(&ls, &second, error, sizeof(error)),
	    -1);
	ck_assert_msg(strstr(error, "in use by") != NULL, "%s", error);
#ifdef USE_PROC
	snprintf(pid, sizeof(pid), "(pid %d)", (int)getpid());
	ck_assert_msg(strstr(error, pid) != NULL, "%s", error);
#else
	(void)pid;
#endif
}
END_TEST

START_TEST(address_of_another_machine_is_told)
{
	conf.host = (char *)"192.0.2.1";
	expect_refused("does not have that address", "192.0.2.1 port 0");
}
END_TEST

START_TEST(host_without_an_address_is_told)
{
	conf.host = (char *)"not a name";
	expect_refused("has no address", "\"not a name\"");
}
END_TEST

static void
bind_low_port(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "r");
	int first = 1024;

	if (f != NULL && fscanf(f, "%d", &first) != 1)
		_exit(2);
	if (geteuid() == 0 && setuid(4242) == -1)
		_exit(3);
	conf.port = 1;
	if (first <= 1)
		_exit(0);
	if (open_listeners() != -1 || strstr(error, "root") == NULL ||
	    strstr(error, "CAP_NET_BIND_SERVICE") == NULL ||
	    strstr(error, "port 1:") == NULL)
		_exit(4);
	_exit(0);
}

START_TEST(low_port_says_what_it_needs)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		bind_low_port();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(no_memory_leaves_nothing_open)
{
	int before = dup(0), after, result = -1;

	close(before);
	for (unsigned n = 1; result == -1 && n < 10; n++) {
		failing_at(FAILING_MEMORY, n, ENOMEM);
		result = open_listeners();
		failing_on = false;
		after = dup(0);
		close(after);
		if (result == -1)
			ck_assert_int_eq(after, before);
	}
	ck_assert_int_eq(result, 0);
}
END_TEST

/* ---- Unix sockets ---- */

static void
use_path(void)
{
	conf.host = NULL;
	conf.unix_path = path;
}

static const mode_t modes[] = { 0600, 0660, 0666, 0777, 0 };

START_TEST(socket_has_its_mode)
{
	mode_t mask = umask(0027);
	struct stat st;

	use_path();
	conf.mode = modes[_i];
	start();
	ck_assert_uint_eq(umask(mask), 0027);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, modes[_i]);
	ck_assert_ptr_nonnull(strstr(announced(), path));
}
END_TEST

START_TEST(socket_is_served_and_removed)
{
	use_path();
	start();
	expect_served(dial_path(path));
	listeners_close(&ls);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

static void
leave_a_stale_one(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(sun.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
}

START_TEST(stale_socket_is_replaced)
{
	use_path();
	leave_a_stale_one();
	start();
	expect_served(dial_path(path));
}
END_TEST

START_TEST(live_socket_is_refused_with_its_holder)
{
	struct listeners other;
	char pid[32];

	use_path();
	listeners_init(&other);
	ck_assert_int_eq(listeners_open(&other, &conf, error, sizeof(error)),
	    0);
	expect_refused("in use by", path);
#ifdef USE_PROC
	snprintf(pid, sizeof(pid), "(pid %d)", (int)getpid());
	ck_assert_msg(strstr(error, pid) != NULL, "%s", error);
#else
	(void)pid;
#endif
	ck_assert_int_eq(access(path, F_OK), 0);
	listeners_close(&other);
}
END_TEST

START_TEST(live_socket_with_a_full_queue_is_not_stale)
{
	struct listeners other;
	int fds[8], n;

	use_path();
	conf.backlog = 1;
	listeners_init(&other);
	ck_assert_int_eq(listeners_open(&other, &conf, error, sizeof(error)),
	    0);
	for (n = 0; n < 8; n++) {
		struct sockaddr_un sun = { .sun_family = AF_UNIX };

		strcpy(sun.sun_path, path);
		fds[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(fds[n], (struct sockaddr *)&sun,
		    sizeof(sun)) == -1)
			break;
	}
	ck_assert_int_lt(n, 8);
	expect_refused("in use by", path);
	for (; n >= 0; n--)
		close(fds[n]);
	listeners_close(&other);
}
END_TEST

START_TEST(file_that_is_no_socket_stays)
{
	FILE *f = fopen(path, "w");

	fclose(f);
	use_path();
	expect_refused("not a socket", path);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(missing_directory_is_told)
{
	conf.host = NULL;
	conf.unix_path = (char *)"/nonexistent/mynah.sock";
	expect_refused(strerror(ENOENT), "/nonexistent/mynah.sock");
}
END_TEST

START_TEST(socket_of_somebody_else_is_not_removed)
{
	use_path();
	ck_assert_int_eq(open_listeners(), 0);
	ck_assert_int_eq(unlink(path), 0);
	leave_a_stale_one();
	listeners_close(&ls);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(no_memory_leaves_no_socket_behind)
{
	use_path();
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	ck_assert_int_eq(open_listeners(), -1);
	failing_on = false;
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/* ---- sockets handed over ---- */

static struct handed_socket handed_sockets[2];
static struct handed handed;

/* A socket that another process has bound, for the listener "web". */
static int
hand_over(const struct config_listener *at)
{
	struct address *a, where;
	int fd;

	if (at->unix_path != NULL) {
		where = address_of_path(at->unix_path);
	} else {
		ck_assert_int_eq(address_resolve(at->host, 0, &a, error,
		    sizeof(error)), 1);
		where = *a;
		free(a);
	}
	fd = socket(where.sa.ss_family, SOCK_STREAM, 0);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&where.sa, where.len),
	    0);
	ck_assert_int_eq(listen(fd, 8), 0);
	handed.sockets = handed_sockets;
	handed_sockets[handed.n++] = (struct handed_socket){
	    .name = (char *)"web", .fd = fd };
	ls.handed = &handed;
	conf.systemd = (char *)"web";
	conf.host = NULL;
	return fd;
}

static void
take_back(void)
{
	listeners_close(&ls);
	while (handed.n > 0)
		close(handed_sockets[--handed.n].fd);
}

START_TEST(all_of_a_name_are_served)
{
	struct config_listener at = conf;

	hand_over(&at);
	hand_over(&at);
	start();
	ck_assert_int_eq(lines_of(announced()), 2);
	ck_assert_int_ne(port_of(0), port_of(1));
	expect_served(dial(AF_INET, "127.0.0.1", port_of(0)));
	expect_served(dial(AF_INET, "127.0.0.1", port_of(1)));
	take_back();
}
END_TEST

static int
option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, option, &value, &len), 0);
	return value;
}

START_TEST(handed_socket_becomes_like_our_own)
{
	int fd = hand_over(&conf);

	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	start();
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 0);
#ifdef TCP_DEFER_ACCEPT
	ck_assert_int_ne(option_of(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
	/* The next configuration may have something else in mind for it. */
	conf.protocol = CONFIG_PROTOCOL_WELCOME;
	ck_assert_int_eq(open_listeners(), 0);
	ck_assert_int_eq(option_of(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
#endif
	take_back();
}
END_TEST

START_TEST(handed_socket_can_be_opened_again)
{
	int before;

	hand_over(&conf);
	before = dup(0);
	close(before);
	for (int i = 0; i < 3; i++) {
		start();
		expect_served(dial(AF_INET, "127.0.0.1", port_of(0)));
		listeners_close(&ls);
		talker_settle();
	}
	ck_assert_int_eq(dup(0), before);
	close(before);
	take_back();
}
END_TEST

START_TEST(handed_unix_socket_is_not_removed)
{
	struct config_listener at = conf;

	at.unix_path = path;
	hand_over(&at);
	start();
	ck_assert_ptr_nonnull(strstr(announced(), path));
	expect_served(dial_path(path));
	listeners_give(&ls, 1, 1);
	take_back();
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(handed_wildcard_is_said_to_be_both)
{
	struct config_listener at = conf;
	int fd;

	if ((fd = socket(AF_INET6, SOCK_STREAM, 0)) == -1)
		return;
	close(fd);
	at.host = (char *)"*";
	conf.protocol_said = false;
	hand_over(&at);
	start();
	ck_assert_msg(strstr(announced(), "listening on * port ") != NULL,
	    "%s", said);
	ck_assert_ptr_nonnull(strstr(said, "open to the network"));
	take_back();
}
END_TEST

START_TEST(name_that_is_not_there_is_told)
{
	conf.systemd = (char *)"web";
	expect_refused("handed over none", "\"web\"");
	hand_over(&conf);
	conf.systemd = (char *)"echo";
	expect_refused("no socket \"echo\"", "\"web\"");
	take_back();
}
END_TEST

START_TEST(no_memory_leaves_no_duplicate_open)
{
	int before;

	hand_over(&conf);
	before = dup(0);
	close(before);
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	ck_assert_int_eq(open_listeners(), -1);
	failing_on = false;
	ck_assert_int_eq(dup(0), before);
	close(before);
	take_back();
}
END_TEST

/* ---- sharing a port ---- */

START_TEST(shared_port)
{
	struct config_listener second;
	struct listeners other;
	bool shares = _i == 1;

	conf.reuse_port = shares;
	start();
	second = conf;
	second.port = port_of(0);
	second.reuse_port = true;
	listeners_init(&other);
	ck_assert_int_eq(listeners_open(&other, &second, error,
	    sizeof(error)), shares ? 0 : -1);
	if (!shares)
		ck_assert_msg(strstr(error, "in use") != NULL, "%s", error);
	listeners_close(&other);
	expect_served(dial(AF_INET, "127.0.0.1", port_of(0)));
}
END_TEST

/* A check beside the server: it is given no connection that it would drop. */
START_TEST(trying_a_shared_port_costs_nobody_anything)
{
	struct config_listener second;
	struct listeners other;
	uint16_t port;

	conf.reuse_port = true;
	start();
	port = port_of(0);
	second = conf;
	second.port = port;
	listeners_init(&other);
	other.only_tries = true;
	ck_assert_int_eq(listeners_open(&other, &second, error,
	    sizeof(error)), 0);
	for (int i = 0; i < 32; i++)
		expect_served(dial(AF_INET, "127.0.0.1", port));
	listeners_close(&other);
}
END_TEST

/* ---- accepting ---- */

static uint64_t
accepted_in_one_turn(void)
{
	uint64_t before = talker.conns.last_id;

	talker_turn();
	return talker.conns.last_id - before;
}

START_TEST(accepts_its_share_of_a_turn)
{
	uint16_t port;

	conf.protocol = CONFIG_PROTOCOL_ECHO;
	start();
	port = port_of(0);
	for (int i = 0; i < 150; i++)
		caller_pause(new_client(i, port));
	ck_assert_uint_eq(accepted_in_one_turn(), 64);
	ck_assert_uint_eq(accepted_in_one_turn(), 64);
	ck_assert_uint_eq(accepted_in_one_turn(), 22);
}
END_TEST

START_TEST(each_accept_begins_a_new_turn)
{
	uint64_t turn;
	uint16_t port;

	start();
	port = port_of(0);
	for (int i = 0; i < 3; i++)
		new_client(i, port);
	turn = talker.service.turn;
	ck_assert_uint_eq(accepted_in_one_turn(), 3);
	/* One for the turn itself. */
	ck_assert_uint_eq(talker.service.turn, turn + 4);
}
END_TEST

START_TEST(silent_client_of_http_is_accepted_in_the_end)
{
	int fd;

	start();
	fd = dial(AF_INET, "127.0.0.1", port_of(0));
	ck_assert_int_ne(fd, -1);
	clients[0] = caller_of(fd);
	UNTIL(talker.conns.count == 1);
}
END_TEST

#ifdef USE_ACCEPT4
static const struct {
	int	error;
	bool	pauses;
} accept_errors[] = {
	{ EAGAIN, false }, { EINTR, false }, { ECONNABORTED, false },
	{ EPROTO, false }, { EPERM, false }, { EMFILE, true },
	{ ENFILE, true }, { ENOBUFS, true }, { ENOMEM, true },
};

START_TEST(failed_accept_is_not_the_end)
{
	uint16_t port;

	start();
	port = port_of(0);
	new_client(0, port);
	new_client(1, port);
	catch_log();
	failing_at(FAILING_ACCEPT, 1, accept_errors[_i].error);
	talker_turn();
	failing_on = false;
	give_log_back();
	ck_assert_int_eq(ls.paused, accept_errors[_i].pauses);
	ck_assert_int_eq(lines_of(said), accept_errors[_i].pauses);
	/* A timer goes on with it, if nothing else does. */
	UNTIL(talker.conns.last_id == 2);
	ck_assert(!ls.paused);
	expect_served(dial(AF_INET, "127.0.0.1", port));
}
END_TEST
#endif

/* The limit of descriptors that the kernel has for this process; 0: unknown. */
static rlim_t
real_limit(void)
{
	FILE *f = fopen("/proc/self/limits", "re");
	unsigned long limit = 0;
	char line[256];

	if (f == NULL)
		return 0;
	while (limit == 0 && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Max open files %lu", &limit) != 1)
			limit = 0;
	fclose(f);
	return limit;
}

/*
 * Leave n free descriptors to the process. False where the limit is not a
 * real one: valgrind takes a connection, and then says that it could not.
 */
static bool
leave_descriptors(int n)
{
	struct rlimit rl = saved_limit;
	int fd;

	for (fd = 0; n > 0; fd++)
		n -= fcntl(fd, F_GETFD) == -1;
	rl.rlim_cur = (rlim_t)fd;
	return setrlimit(RLIMIT_NOFILE, &rl) == 0 && real_limit() == (rlim_t)fd;
}

START_TEST(out_of_descriptors_pauses_without_spinning)
{
	uint16_t port;

	conf.protocol = CONFIG_PROTOCOL_ECHO;
	start();
	port = port_of(0);
	for (int i = 0; i < 5; i++)
		new_client(i, port);
	catch_log();
	if (!leave_descriptors(2)) {
		give_log_back();
		return;
	}
	talker_turn();
	/* While it is paused nothing is tried, however often it turns. */
	failing_at(FAILING_ACCEPT, 0, 0);
	for (int i = 0; i < 100; i++) {
		talker.service.turn++;
		event_base_loop(talker.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		if (!ls.paused)		/* the timer was quick */
			break;
	}
	failing_on = false;
	give_log_back();
	ck_assert_uint_eq(talker.conns.last_id, 2);
	ck_assert_uint_le(failing[FAILING_ACCEPT].calls, 1);
	ck_assert_msg(strstr(said, "descriptors") != NULL, "%s", said);
	ck_assert_int_eq(lines_of(said), 1);
	/* One that ends makes room for one, at once. */
	UNTIL(ls.paused);
	caller_free(clients[0]);
	clients[0] = NULL;
	UNTIL(talker.conns.last_id >= 3);
	ck_assert_uint_eq(talker.conns.ended[CONN_END_FD_LIMIT], 0);
}
END_TEST

START_TEST(descriptors_that_return_are_noticed_by_the_timer)
{
	uint16_t port;
	int turns = 0;

	conf.protocol = CONFIG_PROTOCOL_ECHO;
	start();
	port = port_of(0);
	for (int i = 0; i < 3; i++)
		new_client(i, port);
	catch_log();
	if (!leave_descriptors(1)) {
		give_log_back();
		return;
	}
	UNTIL(ls.paused);
	ck_assert(event_pending(ls.retry, EV_TIMEOUT, NULL) != 0);
	setrlimit(RLIMIT_NOFILE, &saved_limit);
	for (; talker.conns.last_id < 3; turns++)
		talker_turn();
	give_log_back();
	ck_assert_int_lt(turns, 20);
	ck_assert(!ls.paused);
	ck_assert(event_pending(ls.retry, EV_TIMEOUT, NULL) == 0);
}
END_TEST

START_TEST(out_of_descriptors_idle_ones_go_first)
{
	uint16_t port;

	start();
	port = port_of(0);
	for (int i = 0; i < 4; i++)
		new_client(i, port);
	catch_log();
	if (!leave_descriptors(2)) {
		give_log_back();
		return;
	}
	UNTIL(talker.conns.last_id == 4);
	give_log_back();
	ck_assert_uint_eq(talker.conns.count, 2);
	ck_assert_uint_eq(talker.conns.ended[CONN_END_FD_LIMIT], 2);
	UNTIL(clients[0]->eof && clients[1]->eof);
	ck_assert(!clients[2]->eof && !clients[3]->eof);
}
END_TEST

START_TEST(last_descriptor_costs_nobody_anything)
{
	uint16_t port;

	start();
	port = port_of(0);
	new_client(0, port);
	new_client(1, port);
	catch_log();
	if (!leave_descriptors(2)) {
		give_log_back();
		return;
	}
	UNTIL(talker.conns.last_id == 2);
	talker_settle();
	give_log_back();
	ck_assert_uint_eq(talker.conns.count, 2);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(full_and_nobody_waits_ends_nobody)
{
	uint16_t port;

	talker.conns.max = (uint64_t)_i;
	start();
	port = port_of(0);
	catch_log();
	for (int i = 0; i < _i; i++)
		new_client(i, port);
	UNTIL(talker.conns.last_id == (uint64_t)_i);
	talker_settle();
	give_log_back();
	ck_assert_uint_eq(talker.conns.count, (uint64_t)_i);
	caller_say(clients[0], GET);
	UNTIL(caller_content(clients[0]) != 0);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(full_makes_room_by_the_longest_idle)
{
	uint16_t port;

	talker.conns.max = 2;
	start();
	port = port_of(0);
	new_client(0, port);
	new_client(1, port);
	UNTIL(talker.conns.last_id == 2);
	caller_say(clients[0], GET);
	UNTIL(caller_content(clients[0]) != 0);
	new_client(2, port);
	UNTIL(talker.conns.last_id == 3);
	UNTIL(clients[1]->eof);
	talker_settle();
	ck_assert(!clients[0]->eof && !clients[2]->eof);
	ck_assert_uint_eq(talker.conns.count, 2);
	ck_assert_uint_eq(talker.conns.ended[CONN_END_LIMIT], 1);
}
END_TEST

START_TEST(full_of_busy_ones_pauses_until_one_ends)
{
	uint16_t port;

	talker.conns.max = 2;
	conf.protocol = CONFIG_PROTOCOL_ECHO;
	start();
	port = port_of(0);
	catch_log();
	for (int i = 0; i < 4; i++)
		new_client(i, port);
	UNTIL(ls.paused);
	failing_at(FAILING_ACCEPT, 0, 0);
	talker_settle();
	failing_on = false;
	give_log_back();
	ck_assert_uint_eq(talker.conns.last_id, 2);
	ck_assert_uint_le(failing[FAILING_ACCEPT].calls, 1);
	ck_assert_msg(strstr(said, "max_connections") != NULL, "%s", said);
	ck_assert_int_eq(lines_of(said), 1);
	catch_log();
	caller_free(clients[0]);
	clients[0] = NULL;
	UNTIL(talker.conns.last_id == 3);
	ck_assert_uint_eq(talker.conns.count, 2);
	caller_free(clients[1]);
	clients[1] = NULL;
	UNTIL(talker.conns.last_id == 4);
	give_log_back();
	/* A limit that is hit again is not told again so soon. */
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(full_of_busy_ones_goes_on_when_one_turns_idle)
{
	uint16_t port;

	talker.conns.max = 1;
	start();
	port = port_of(0);
	catch_log();
	new_client(0, port);
	caller_say(clients[0], "GET /1 HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 3\r\n\r\nab");
	UNTIL(talker.conns.last_id == 1);
	talker_settle();
	new_client(1, port);
	caller_say(clients[1], GET);
	talker_settle();
	ck_assert_uint_eq(talker.conns.last_id, 1);
	caller_say(clients[0], "c");
	UNTIL(caller_content(clients[1]) != 0);
	give_log_back();
	ck_assert_uint_ne(caller_content(clients[0]), 0);
	ck_assert_uint_eq(talker.conns.ended[CONN_END_LIMIT], 1);
}
END_TEST

START_TEST(close_while_paused)
{
	uint16_t port;

	talker.conns.max = 1;
	conf.protocol = CONFIG_PROTOCOL_ECHO;
	start();
	port = port_of(0);
	catch_log();
	new_client(0, port);
	new_client(1, port);
	UNTIL(ls.paused);
	give_log_back();
	listeners_close(&ls);
	ck_assert(!ls.paused);
	listeners_resume(&ls);
	UNTIL(clients[1]->eof || clients[1]->reset);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("listener");
	TCase *tc = suite_case(s, "binding");

	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, port_0_is_any_and_is_told);
	tcase_add_test(tc, all_addresses_of_a_name_share_the_port);
	tcase_add_test(tc, star_is_both_families);
	tcase_add_test(tc, several_listeners_serve_side_by_side);
	tcase_add_test(tc, nothing_is_left_open_after_close);
	tcase_add_loop_test(tc, unsaid_protocol_on_a_network_is_warned_of, 0,
	    ROWS(hosts));
	tcase_add_test(tc, cut_backlog_is_warned_of);
	tcase_add_test(tc, busy_port_names_its_holder);
	tcase_add_test(tc, address_of_another_machine_is_told);
	tcase_add_test(tc, host_without_an_address_is_told);
	tcase_add_test(tc, low_port_says_what_it_needs);
	tcase_add_test(tc, no_memory_leaves_nothing_open);

	tc = suite_case(s, "Unix sockets");
	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, socket_has_its_mode, 0, ROWS(modes));
	tcase_add_test(tc, socket_is_served_and_removed);
	tcase_add_test(tc, stale_socket_is_replaced);
	tcase_add_test(tc, live_socket_is_refused_with_its_holder);
	tcase_add_test(tc, live_socket_with_a_full_queue_is_not_stale);
	tcase_add_test(tc, file_that_is_no_socket_stays);
	tcase_add_test(tc, missing_directory_is_told);
	tcase_add_test(tc, socket_of_somebody_else_is_not_removed);
	tcase_add_test(tc, no_memory_leaves_no_socket_behind);

	tc = suite_case(s, "handed over");
	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, all_of_a_name_are_served);
	tcase_add_test(tc, handed_socket_becomes_like_our_own);
	tcase_add_test(tc, handed_socket_can_be_opened_again);
	tcase_add_test(tc, handed_unix_socket_is_not_removed);
	tcase_add_test(tc, handed_wildcard_is_said_to_be_both);
	tcase_add_test(tc, name_that_is_not_there_is_told);
	tcase_add_test(tc, no_memory_leaves_no_duplicate_open);
	tcase_add_loop_test(tc, shared_port, 0, 2);
	tcase_add_test(tc, trying_a_shared_port_costs_nobody_anything);

	tc = suite_case(s, "accepting");
	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, accepts_its_share_of_a_turn);
	tcase_add_test(tc, each_accept_begins_a_new_turn);
	tcase_add_test(tc, silent_client_of_http_is_accepted_in_the_end);
#ifdef USE_ACCEPT4
	tcase_add_loop_test(tc, failed_accept_is_not_the_end, 0,
	    ROWS(accept_errors));
#endif
	tcase_add_test(tc, out_of_descriptors_pauses_without_spinning);
	tcase_add_test(tc, descriptors_that_return_are_noticed_by_the_timer);
	tcase_add_test(tc, out_of_descriptors_idle_ones_go_first);
	tcase_add_test(tc, last_descriptor_costs_nobody_anything);
	tcase_add_loop_test(tc, full_and_nobody_waits_ends_nobody, 1, 4);
	tcase_add_test(tc, full_makes_room_by_the_longest_idle);
	tcase_add_test(tc, full_of_busy_ones_pauses_until_one_ends);
	tcase_add_test(tc, full_of_busy_ones_goes_on_when_one_turns_idle);
	tcase_add_test(tc, close_while_paused);
	return suite_run(s);
}
