/*
 * check_address_count - connections per address. Linked with the wrapped
 * calls of failing.h.
 */
#include "event/address_count.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "failing.h"
#include "suite.h"

static struct address_count counts;

static void
setup(void)
{
	failing_reset();
	address_count_init(&counts);
}

static void
teardown(void)
{
	failing_reset();
	address_count_clear(&counts);
}

static struct sockaddr_storage
peer_of(const char *text, uint16_t port)
{
	struct sockaddr_storage sa = { 0 };
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&sa;
	struct sockaddr_in *sin = (struct sockaddr_in *)&sa;

	if (strchr(text, ':') != NULL) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(port);
		ck_assert_int_eq(inet_pton(AF_INET6, text, &sin6->sin6_addr),
		    1);
	} else {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(port);
		ck_assert_int_eq(inet_pton(AF_INET, text, &sin->sin_addr), 1);
	}
	return sa;
}

static struct address_entry *
add(const char *text, uint16_t port)
{
	struct sockaddr_storage sa = peer_of(text, port);

	return address_count_add(&counts, (struct sockaddr *)&sa);
}

/* What an address has, one more while it is asked. */
static uint64_t
count_of(const char *text)
{
	struct address_entry *e = add(text, 1);
	uint64_t n = address_count_of(e);

	address_count_drop(&counts, e);
	return n - 1;
}

static const struct {
	const char	*a, *b;
	bool		 same;
} pairs[] = {
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "192.0.2.1", "::ffff:192.0.2.1", true },
	{ "192.0.2.1", "::ffff:192.0.2.2", false },
	{ "192.0.2.1", "::192.0.2.1", false },
	{ "2001:db8::1", "2001:db8::1", true },
	{ "2001:db8::1", "2001:db8::2", false },
	{ "2001:db8::1", "2001:db9::1", false },
	{ "::1", "127.0.0.1", false },
};

START_TEST(counts_by_address_whatever_the_port)
{
	struct address_entry *a = add(pairs[_i].a, 1000);
	struct address_entry *b = add(pairs[_i].b, 2000);

	ck_assert_msg((a == b) == pairs[_i].same, "%s and %s", pairs[_i].a,
	    pairs[_i].b);
	ck_assert_uint_eq(address_count_of(a), pairs[_i].same ? 2 : 1);
	ck_assert_uint_eq(address_count_of(b), pairs[_i].same ? 2 : 1);
	address_count_drop(&counts, a);
	ck_assert_uint_eq(count_of(pairs[_i].b), 1);
	address_count_drop(&counts, b);
	ck_assert_uint_eq(count_of(pairs[_i].a), 0);
	ck_assert_uint_eq(counts.n, 0);
}
END_TEST

START_TEST(unix_peer_is_not_counted)
{
	struct sockaddr_storage sa = { .ss_family = AF_UNIX };

	ck_assert_ptr_null(address_count_add(&counts,
	    (struct sockaddr *)&sa));
	address_count_drop(&counts, NULL);
	ck_assert_uint_eq(counts.n, 0);
}
END_TEST

START_TEST(many_addresses_keep_their_counts)
{
	enum { MANY = 1000 };
	static struct address_entry *entries[MANY][3];
	char text[32];

	for (int i = 0; i < MANY; i++)
		for (int k = 0; k <= i % 3; k++) {
			snprintf(text, sizeof(text), "10.0.%d.%d", i / 256,
			    i % 256);
			entries[i][k] = add(text, (uint16_t)k);
		}
	ck_assert_uint_eq(counts.n, MANY);
	for (int i = 0; i < MANY; i++)
		ck_assert_uint_eq(address_count_of(entries[i][0]),
		    (uint64_t)(i % 3 + 1));
	for (int i = MANY - 1; i >= 0; i--)
		for (int k = 0; k <= i % 3; k++)
			address_count_drop(&counts, entries[i][k]);
	ck_assert_uint_eq(counts.n, 0);
}
END_TEST

START_TEST(clearing_frees_what_still_counts)
{
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_nonnull(add("192.0.2.1", 1));
		ck_assert_ptr_nonnull(add("2001:db8::1", 1));
	}
	address_count_clear(&counts);
	ck_assert_uint_eq(count_of("192.0.2.1"), 0);
}
END_TEST

START_TEST(without_memory_nothing_is_counted)
{
	struct sockaddr_storage sa = peer_of("192.0.2.1", 1);
	struct address_entry *e;

	failing_at(FAILING_MEMORY, (unsigned)_i, ENOMEM);
	e = address_count_add(&counts, (struct sockaddr *)&sa);
	failing_on = false;
	ck_assert(failing_happened(FAILING_MEMORY));
	ck_assert_ptr_null(e);
	ck_assert_uint_eq(counts.n, 0);
	ck_assert_ptr_nonnull(add("192.0.2.1", 1));
	ck_assert_uint_eq(count_of("192.0.2.1"), 1);
}
END_TEST

START_TEST(without_memory_for_more_buckets_it_goes_on)
{
	struct sockaddr_storage sa = peer_of("10.2.0.1", 1);
	struct address_entry *e;
	char text[32];

	for (int i = 0; i < 64; i++) {
		snprintf(text, sizeof(text), "10.1.0.%d", i);
		ck_assert_ptr_nonnull(add(text, 1));
	}
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	e = address_count_add(&counts, (struct sockaddr *)&sa);
	failing_on = false;
	ck_assert(failing_happened(FAILING_MEMORY));
	ck_assert_ptr_nonnull(e);
	for (int i = 0; i < 64; i++) {
		snprintf(text, sizeof(text), "10.1.0.%d", i);
		ck_assert_uint_eq(count_of(text), 1);
	}
	address_count_drop(&counts, e);
	ck_assert_uint_eq(counts.n, 64);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("address_count");
	TCase *tc = suite_case(s, "address_count");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, counts_by_address_whatever_the_port, 0,
	    ROWS(pairs));
	tcase_add_test(tc, unix_peer_is_not_counted);
	tcase_add_test(tc, many_addresses_keep_their_counts);
	tcase_add_test(tc, clearing_frees_what_still_counts);
	tcase_add_loop_test(tc, without_memory_nothing_is_counted, 1, 3);
	tcase_add_test(tc, without_memory_for_more_buckets_it_goes_on);
	return suite_run(s);
}
