/*
 * check_port_holder - who holds a port or a Unix socket: this very process.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "event/port_holder.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

static int fd = -1;
static char dir[] = "/tmp/mynah-holder-XXXXXX";
static char path[64];

static void
make_dir(void)
{
	strcpy(dir, "/tmp/mynah-holder-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
}

static void
remove_dir(void)
{
	unlink(path);
	rmdir(dir);
}

static void
setup(void)
{
	unlink(path);
}

static void
teardown(void)
{
	if (fd != -1)
		close(fd);
	fd = -1;
}

static int asked_family = AF_INET;

static uint16_t
bind_loopback(int family, bool listening)
{
	struct sockaddr_storage sa = { .ss_family = (sa_family_t)family };
	socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) :
	    sizeof(struct sockaddr_in6);

	asked_family = family;
	if (family == AF_INET)
		((struct sockaddr_in *)&sa)->sin_addr.s_addr =
		    htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)&sa)->sin6_addr = in6addr_loopback;
	if ((fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sa, len) == -1)
		return 0;
	if (listening)
		ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	return ntohs(family == AF_INET ?
	    ((struct sockaddr_in *)&sa)->sin_port :
	    ((struct sockaddr_in6 *)&sa)->sin6_port);
}

static void
bind_path(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
}

static struct address
address_at(const char *host, uint16_t port)
{
	struct address *found, a;
	char error[128];

	ck_assert_int_eq(address_resolve(host, port, &found, error,
	    sizeof(error)), 1);
	a = found[0];
	free(found);
	return a;
}

/* What is said, or "" if nothing is known. */
static const char *
said_of(const struct address *a)
{
	static char text[128];

	text[0] = '\0';
	return port_holder(a, text, sizeof(text)) ? text : "";
}

/* Of that port at the loopback address last bound, or of a path. */
static const char *
holder(uint16_t port, const char *unix_path)
{
	struct address a = unix_path != NULL ? address_of_path(unix_path) :
	    address_at(asked_family == AF_INET ? "127.0.0.1" : "::1", port);

	return said_of(&a);
}

#ifdef USE_PROC
static const char *
myself(void)
{
	static char text[128];
	char name[17] = "";

	prctl(PR_GET_NAME, name);
	snprintf(text, sizeof(text), "%s (pid %d): another listener of this "
	    "process", name, (int)getpid());
	return text;
}

static const int families[] = { AF_INET, AF_INET6 };

START_TEST(names_the_process_that_listens_on_a_port)
{
	uint16_t port = bind_loopback(families[_i], true);

	if (port == 0 && families[_i] == AF_INET6)
		return;		/* no IPv6 on this machine */
	ck_assert_str_eq(holder(port, NULL), myself());
}
END_TEST

START_TEST(names_the_process_that_listens_on_a_path)
{
	bind_path();
	ck_assert_str_eq(holder(0, path), myself());
}
END_TEST

/* In a child: take a connection over, and hold nothing but that. */
static void
hold_connection(int told)
{
	int conn = accept(fd, NULL, NULL);

	close(fd);
	if (conn == -1 || write(told, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* Who has connections has sockets with the same path, and does not listen. */
START_TEST(path_of_a_connection_is_no_holder)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int told[2], peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char byte;
	pid_t pid;

	bind_path();
	strcpy(sun.sun_path, path);
	ck_assert_int_eq(pipe(told), 0);
	fflush(NULL);
	if ((pid = fork()) == 0)
		hold_connection(told[1]);
	ck_assert_int_eq(connect(peer, (struct sockaddr *)&sun, sizeof(sun)),
	    0);
	ck_assert_int_eq(read(told[0], &byte, 1), 1);
	ck_assert_str_eq(holder(0, path), myself());
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	close(told[0]);
	close(told[1]);
	close(peer);
}
END_TEST

/* The same port of another host is another's: only a wildcard is in its way. */
START_TEST(other_hosts_are_not_blamed)
{
	static const struct {
		const char	*host;
		bool		 blamed;
	} hosts[] = { { "127.0.0.1", true }, { "127.0.0.2", false },
	    { "0.0.0.0", true }, { "*", true } };
	uint16_t port = bind_loopback(AF_INET, true);

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct address a = address_at(hosts[i].host, port);

		ck_assert_msg((said_of(&a)[0] != '\0') == hosts[i].blamed,
		    "%s", hosts[i].host);
	}
}
END_TEST

START_TEST(name_with_blanks_and_brackets_is_whole)
{
	char name[17] = "";
	uint16_t port = bind_loopback(AF_INET, true);

	prctl(PR_GET_NAME, name);
	prctl(PR_SET_NAME, "a b) (c");
	ck_assert_str_eq(holder(port, NULL), myself());
	prctl(PR_SET_NAME, name);
}
END_TEST

START_TEST(text_fits_any_room)
{
	uint16_t port = bind_loopback(AF_INET, true);
	struct address a = address_at("127.0.0.1", port);
	char text[9] = "12345678";

	ck_assert(port_holder(&a, text, 5));
	ck_assert_uint_eq(strlen(text), 4);
}
END_TEST
#endif

START_TEST(nobody_listens)
{
	uint16_t port = bind_loopback(AF_INET, false);

	ck_assert_uint_ne(port, 0);
	ck_assert_str_eq(holder(port, NULL), "");
	ck_assert_str_eq(holder(0, path), "");
}
END_TEST

START_TEST(longer_path_is_another)
{
	char longer[80];

	bind_path();
	snprintf(longer, sizeof(longer), "%s2", path);
	ck_assert_str_eq(holder(0, longer), "");
	longer[strlen(path) - 1] = '\0';
	ck_assert_str_eq(holder(0, longer), "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("port_holder");
	TCase *tc = suite_case(s, "port_holder");

	tcase_add_unchecked_fixture(tc, make_dir, remove_dir);
	tcase_add_checked_fixture(tc, setup, teardown);
#ifdef USE_PROC
	tcase_add_loop_test(tc, names_the_process_that_listens_on_a_port, 0,
	    ROWS(families));
	tcase_add_test(tc, names_the_process_that_listens_on_a_path);
	tcase_add_test(tc, path_of_a_connection_is_no_holder);
	tcase_add_test(tc, other_hosts_are_not_blamed);
	tcase_add_test(tc, name_with_blanks_and_brackets_is_whole);
	tcase_add_test(tc, text_fits_any_room);
#endif
	tcase_add_test(tc, nobody_listens);
	tcase_add_test(tc, longer_path_is_another);
	return suite_run(s);
}
