/*
 * check_address - from a host name to addresses, and to words.
 */
#include "event/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "suite.h"

static const struct {
	const char	*host, *text;
	uint16_t	 port;
	int		 family;
	bool		 local;
} numeric[] = {
	{ "127.0.0.1", "127.0.0.1 port 8080", 8080, AF_INET, true },
	{ "127.255.0.9", "127.255.0.9 port 1", 1, AF_INET, true },
	{ "128.0.0.1", "128.0.0.1 port 65535", 65535, AF_INET, false },
	{ "0.0.0.0", "0.0.0.0 port 80", 80, AF_INET, false },
	{ "192.0.2.7", "192.0.2.7 port 0", 0, AF_INET, false },
	{ "::1", "::1 port 80", 80, AF_INET6, true },
	{ "2001:db8::5", "2001:db8::5 port 443", 443, AF_INET6, false },
	{ "::ffff:127.0.0.1", "::ffff:127.0.0.1 port 80", 80, AF_INET6,
	    true },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1 port 80", 80, AF_INET6,
	    false },
	{ "::", ":: port 80", 80, AF_INET6, false },
	{ "*", "* port 80", 80, AF_INET6, false },
	{ "*", "* port 0", 0, AF_INET6, false },
};

START_TEST(numeric_host_is_one_address)
{
	char error[256] = "", text[ADDRESS_TEXT_MAX];
	struct address *found;
	int n = address_resolve(numeric[_i].host, numeric[_i].port, &found,
	    error, sizeof(error));

	ck_assert_msg(n == 1, "%s: %d %s", numeric[_i].host, n, error);
	ck_assert_int_eq(found->sa.ss_family, numeric[_i].family);
	ck_assert_uint_eq(address_port(found), numeric[_i].port);
	ck_assert_msg(address_is_local(found) == numeric[_i].local, "%s",
	    numeric[_i].host);
	address_text(found, text);
	ck_assert_str_eq(text, numeric[_i].text);
	address_host(found, text);
	ck_assert_msg(strncmp(numeric[_i].text, text, strlen(text)) == 0 &&
	    strncmp(numeric[_i].text + strlen(text), " port ", 6) == 0, "%s",
	    text);
	free(found);
}
END_TEST

START_TEST(name_is_all_its_addresses)
{
	char error[256] = "";
	struct address *found;
	int n = address_resolve("localhost", 8080, &found, error,
	    sizeof(error));

	ck_assert_msg(n >= 1, "%s", error);
	for (int i = 0; i < n; i++) {
		ck_assert(address_is_local(&found[i]));
		ck_assert_uint_eq(address_port(&found[i]), 8080);
		for (int k = 0; k < i; k++)
			ck_assert_msg(found[i].len != found[k].len ||
			    memcmp(&found[i].sa, &found[k].sa,
			    found[i].len) != 0, "%d and %d are the same", i,
			    k);
	}
	free(found);
}
END_TEST

/* Of names only such as need no resolver on a network. */
static const char *const bad_hosts[] = {
	"256.256.256.256.256", "not a name", "1.2.3.4:80", "[::1]", "::1::",
	"\xff\xfe", "a..b",
};

START_TEST(host_without_an_address_is_named)
{
	char error[256] = "";
	struct address *found = NULL;

	ck_assert_int_eq(address_resolve(bad_hosts[_i], 80, &found, error,
	    sizeof(error)), -1);
	ck_assert_msg(strstr(error, bad_hosts[_i]) != NULL, "%s: %s",
	    bad_hosts[_i], error);
}
END_TEST

static const struct {
	const char	*a, *b;
	uint16_t	 port;		/* of b; that of a is 80 */
	bool		 same, overlaps;
} pairs[] = {
	{ "127.0.0.1", "127.0.0.1", 80, true, true },
	{ "127.0.0.1", "127.0.0.1", 81, false, false },
	{ "127.0.0.1", "127.0.0.2", 80, false, false },
	{ "127.0.0.1", "0.0.0.0", 80, false, true },
	{ "127.0.0.1", "0.0.0.0", 81, false, false },
	{ "127.0.0.1", "*", 80, false, true },
	{ "127.0.0.1", "::", 80, false, false },
	{ "127.0.0.1", "::1", 80, false, false },
	{ "0.0.0.0", "*", 80, false, true },
	{ "::1", "::", 80, false, true },
	{ "::1", "*", 80, false, true },
	{ "::1", "0.0.0.0", 80, false, false },
	{ "::", "*", 80, false, true },
	{ "*", "*", 80, true, true },
	{ "/a", "/a", 0, true, true },
	{ "/a", "/b", 0, false, false },
	{ "/a", "*", 80, false, false },
};

static struct address
address_named(const char *name, uint16_t port)
{
	struct address a, *found;
	char error[256];

	if (name[0] == '/')
		return address_of_path(name);
	ck_assert_int_eq(address_resolve(name, port, &found, error,
	    sizeof(error)), 1);
	a = *found;
	free(found);
	return a;
}

START_TEST(addresses_are_compared)
{
	struct address a = address_named(pairs[_i].a, 80);
	struct address b = address_named(pairs[_i].b, pairs[_i].port);

	ck_assert_msg(address_is_same(&a, &b) == pairs[_i].same &&
	    address_is_same(&b, &a) == pairs[_i].same, "%s, %s", pairs[_i].a,
	    pairs[_i].b);
	ck_assert_msg(address_overlaps(&a, &b) == pairs[_i].overlaps &&
	    address_overlaps(&b, &a) == pairs[_i].overlaps, "%s, %s",
	    pairs[_i].a, pairs[_i].b);
}
END_TEST

START_TEST(error_fits_any_room)
{
	struct address *found;
	char error[9] = "12345678";

	ck_assert_int_eq(address_resolve("not a name", 80, &found, error, 8),
	    -1);
	ck_assert_uint_eq(strlen(error), 7);
}
END_TEST

START_TEST(port_can_be_changed)
{
	struct address *found;
	char error[256];

	ck_assert_int_eq(address_resolve(numeric[_i].host, 1, &found, error,
	    sizeof(error)), 1);
	address_set_port(found, 60000);
	ck_assert_uint_eq(address_port(found), 60000);
	address_set_port(found, 0);
	ck_assert_uint_eq(address_port(found), 0);
	free(found);
}
END_TEST

START_TEST(path_is_local_and_has_no_port)
{
	struct address a = address_of_path("/run/mynah/web.sock");
	char text[ADDRESS_TEXT_MAX];

	ck_assert_int_eq(a.sa.ss_family, AF_UNIX);
	ck_assert(address_is_local(&a));
	address_set_port(&a, 80);
	ck_assert_uint_eq(address_port(&a), 0);
	address_text(&a, text);
	ck_assert_str_eq(text, "unix socket /run/mynah/web.sock");
	address_host(&a, text);
	ck_assert_str_eq(text, "unix socket /run/mynah/web.sock");
}
END_TEST

START_TEST(longest_path_is_whole_in_words)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char text[ADDRESS_TEXT_MAX];
	struct address a;

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	a = address_of_path(path);
	address_text(&a, text);
	ck_assert_str_eq(text + strlen("unix socket "), path);
}
END_TEST

/* What address_of_socket() finds behind a socket bound to a, in words. */
static void
expect_bound(const struct address *a, int only_v6, const char *want)
{
	char text[ADDRESS_TEXT_MAX];
	struct address found;
	int fd = socket(a->sa.ss_family, SOCK_STREAM, 0);

	if (fd == -1)
		return;		/* no IPv6 here */
	if (a->sa.ss_family == AF_INET6)
		ck_assert_int_eq(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
		    &only_v6, sizeof(only_v6)), 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&a->sa, a->len),
	    0);
	found = address_of_socket(fd);
	close(fd);
	address_text(&found, text);
	/* The port is any. */
	ck_assert_msg(strncmp(text, want, strlen(want)) == 0, "%s", text);
}

START_TEST(address_of_a_socket_is_what_it_is_bound_to)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct address a4 = { .len = sizeof(sin) };
	struct address a6 = { .len = sizeof(sin6) };

	memcpy(&a4.sa, &sin, sizeof(sin));
	memcpy(&a6.sa, &sin6, sizeof(sin6));
	expect_bound(&a4, 0, "127.0.0.1 port ");
	expect_bound(&a6, 0, "* port ");
	expect_bound(&a6, 1, ":: port ");
	a4 = address_of_socket(-1);
	ck_assert_uint_eq(a4.len, 0);
}
END_TEST

START_TEST(abstract_name_has_a_sign)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct address a;
	char name[64], want[96];

	snprintf(name, sizeof(name), "mynah-address-%ld", (long)getpid());
	snprintf(want, sizeof(want), "unix socket @%s", name);
	memcpy(sun.sun_path + 1, name, strlen(name));
	a.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
	    strlen(name));
	memcpy(&a.sa, &sun, sizeof(sun));
	ck_assert(address_is_local(&a));
	expect_bound(&a, 0, want);
}
END_TEST

START_TEST(scope_of_a_link_local_address_is_kept)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
	    .sin6_port = htons(80), .sin6_scope_id = 1 };
	struct address a = { .len = sizeof(sin6) };
	char text[ADDRESS_TEXT_MAX];

	ck_assert_int_eq(inet_pton(AF_INET6, "fe80::1", &sin6.sin6_addr), 1);
	memcpy(&a.sa, &sin6, sizeof(sin6));
	address_text(&a, text);
	ck_assert_msg(strncmp(text, "fe80::1%", 8) == 0, "%s", text);
	ck_assert(!address_is_local(&a));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("address");
	TCase *tc = suite_case(s, "address");

	tcase_add_loop_test(tc, numeric_host_is_one_address, 0,
	    ROWS(numeric));
	tcase_add_test(tc, name_is_all_its_addresses);
	tcase_add_loop_test(tc, host_without_an_address_is_named, 0,
	    ROWS(bad_hosts));
	tcase_add_loop_test(tc, addresses_are_compared, 0, ROWS(pairs));
	tcase_add_test(tc, error_fits_any_room);
	tcase_add_loop_test(tc, port_can_be_changed, 0, ROWS(numeric));
	tcase_add_test(tc, path_is_local_and_has_no_port);
	tcase_add_test(tc, longest_path_is_whole_in_words);
	tcase_add_test(tc, address_of_a_socket_is_what_it_is_bound_to);
	tcase_add_test(tc, abstract_name_has_a_sign);
	tcase_add_test(tc, scope_of_a_link_local_address_is_kept);
	return suite_run(s);
}
