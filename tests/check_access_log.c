/*
 * check_access_log - when a request is told, with how many bytes and why; and
 * what happens while it cannot be written. Linked with the wrapped calls of
 * failing.h and -Wl,--wrap=clock_gettime,--wrap=time,--wrap=write.
 */
#include "proto/access_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "clock.h"
#include "failing.h"
#include "json.h"
#include "suite.h"

static bool is_full;
static size_t room;		/* bytes that the disk takes nevertheless */
static int full_fd = -1;

time_t	__wrap_time(time_t *t);
ssize_t	__real_write(int fd, const void *bytes, size_t len);
ssize_t	__wrap_write(int fd, const void *bytes, size_t len);

/* Always the same second, so that lines can be compared. */
time_t
__wrap_time(time_t *t)
{
	(void)t;
	return 1795285216 + clock_later_s;
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t len)
{
	if (is_full && fd == full_fd) {
		if (room == 0) {
			errno = ENOSPC;
			return -1;
		}
		len = len < room ? len : room;
		room -= len;
	}
	return __real_write(fd, bytes, len);
}

#define BEGIN	"192.0.2.7 - - [21/Nov/2026:18:20:16 +0000] "

static char dir[] = "/tmp/check_access_log.XXXXXX";
static char path[64], other[64], errors[64];
static struct access_log *a;
static struct access_peer *p;
static unsigned changes;

static void
make_dir(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	ck_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/access", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	snprintf(errors, sizeof(errors), "%s/errors", dir);
}

static void
remove_files(void)
{
	unlink(path);
	unlink(other);
	unlink(errors);
}

static void
remove_dir(void)
{
	remove_files();
	rmdir(dir);
}

static void
on_change(void *arg)
{
	unsigned *n = arg;

	++*n;
}

static struct access_peer *
new_peer(uint64_t sent)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct access_peer *peer;

	inet_pton(AF_INET, "192.0.2.7", &sin.sin_addr);
	peer = access_peer_new(12, sent, (struct sockaddr *)&sin);
	ck_assert_ptr_nonnull(peer);
	return peer;
}

static void
open_log(enum config_access_format format)
{
	struct log_file *file = log_file_open(path);

	ck_assert_ptr_nonnull(file);
	full_fd = log_file_descriptor(file);
	a = access_log_new(format, file);
	ck_assert_ptr_nonnull(a);
	access_log_on_change(a, on_change, &changes);
	changes = 0;
}

static void
setup(void)
{
	char error[256];

	failing_reset();
	clock_later_s = 0;
	is_full = false;
	room = 0;
	remove_files();
	log_use(log_sink_open(errors, error, sizeof(error)));
	open_log(CONFIG_ACCESS_COMMON);
	p = new_peer(0);
}

static void
teardown(void)
{
	failing_reset();
	is_full = false;
	if (p != NULL)
		access_peer_end(p, 0, "shutdown");
	access_log_retire(a);
	p = NULL;
	a = NULL;
	log_use(NULL);
}

static void
begin(const char *line)
{
	struct access_line l = { .line = slice_of(line), .request = 1 };

	access_begin(a, p, &l);
}

static void
decide(int status, uint64_t content)
{
	const struct access_answer answer = { status, content, NULL, "done" };

	access_decided(p, &answer);
}

/* A request whose answer of a head of 40 bytes and content is on its way. */
static void
request(const char *line, uint64_t content)
{
	begin(line);
	decide(200, content);
	access_passed(p, 40 + content);
}

static char *
content_of(const char *name)
{
	static char got[1 << 20];
	int fd = open(name, O_RDONLY);
	ssize_t n;

	ck_assert_int_ne(fd, -1);
	n = read(fd, got, sizeof(got) - 1);
	ck_assert(n >= 0);
	close(fd);
	got[n] = '\0';
	return got;
}

static void
expect(const char *want)
{
	access_log_flush(a);
	ck_assert_str_eq(content_of(path), want);
}

static size_t
count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

/* ---- when, and how much ---- */

START_TEST(told_when_it_is_sent)
{
	request("a", 60);
	access_sent(p, 99);
	ck_assert_int_eq(access_log_need(a), ACCESS_NOTHING);
	access_sent(p, 100);
	ck_assert_int_eq(access_log_need(a), ACCESS_SOON);
	ck_assert_uint_eq(changes, 1);
	ck_assert_str_eq(content_of(path), "");
	expect(BEGIN "\"a\" 200 60\n");
	ck_assert_int_eq(access_log_need(a), ACCESS_NOTHING);
}
END_TEST

START_TEST(told_in_their_order)
{
	request("a", 1);
	request("b", 2);
	request("c", 0);
	/* A request that has come, but whose answer has not gone. */
	begin("d");
	ck_assert(access_has_begun(p));
	access_sent(p, 123);
	access_sent(p, 123);
	expect(BEGIN "\"a\" 200 1\n" BEGIN "\"b\" 200 2\n"
	    BEGIN "\"c\" 200 0\n");
	decide(404, 5);
	access_passed(p, 45);
	ck_assert(!access_has_begun(p));
	access_sent(p, 168);
	expect(BEGIN "\"a\" 200 1\n" BEGIN "\"b\" 200 2\n"
	    BEGIN "\"c\" 200 0\n" BEGIN "\"d\" 404 5\n");
}
END_TEST

static const struct {
	const char	*name;
	uint64_t	 sent;
	const char	*want;
} cuts[] = {
	{ "nothing",		0,
	  BEGIN "\"a\" 200 0\n" BEGIN "\"b\" 200 0\n" },
	{ "half the head",	20,
	  BEGIN "\"a\" 200 0\n" BEGIN "\"b\" 200 0\n" },
	{ "the head",		40,
	  BEGIN "\"a\" 200 0\n" BEGIN "\"b\" 200 0\n" },
	{ "a byte more",	41,
	  BEGIN "\"a\" 200 1\n" BEGIN "\"b\" 200 0\n" },
	{ "all of the first",	140,
	  BEGIN "\"a\" 200 100\n" BEGIN "\"b\" 200 0\n" },
	{ "half of the second",	230,
	  BEGIN "\"a\" 200 100\n" BEGIN "\"b\" 200 50\n" },
	{ "all but a byte",	379,
	  BEGIN "\"a\" 200 100\n" BEGIN "\"b\" 200 199\n" },
	{ "all",		380,
	  BEGIN "\"a\" 200 100\n" BEGIN "\"b\" 200 200\n" },
};

START_TEST(told_at_the_end_with_what_was_sent)
{
	request("a", 100);
	request("b", 200);
	access_sent(p, cuts[_i].sent);
	access_peer_end(p, cuts[_i].sent, "client-gone");
	p = NULL;
	access_log_flush(a);
	ck_assert_msg(strcmp(content_of(path), cuts[_i].want) == 0, "%s:\n%s",
	    cuts[_i].name, content_of(path));
}
END_TEST

START_TEST(told_at_the_end_without_an_answer)
{
	begin("a");
	decide(200, 100);
	decide(400, 7);
	access_peer_end(p, 0, "rate-low");
	p = NULL;
	expect(BEGIN "\"a\" 400 0\n");
}
END_TEST

START_TEST(says_why)
{
	static struct json j;
	char *line, *end;

	access_log_retire(a);
	unlink(path);
	open_log(CONFIG_ACCESS_JSON);
	begin("a");
	access_decided(p, &(struct access_answer){ 400, 3, NULL,
	    "bad-request" });
	access_passed(p, 43);
	request("b", 1);
	request("c", 1);
	access_sent(p, 84);
	access_peer_end(p, 84, "client-gone");
	p = NULL;
	access_log_flush(a);
	line = content_of(path);
	for (int i = 0; i < 3; i++, line = end + 1) {
		static const char *const why[] = { "bad-request", "done",
		    "client-gone" };

		end = strchr(line, '\n');
		ck_assert_ptr_nonnull(end);
		ck_assert_msg(json_read(&j, line, (size_t)(end - line)), "%s",
		    j.fault);
		ck_assert_str_eq(json_string(&j, "end"), why[i]);
		ck_assert(json_number(&j, "connection") == 12);
		ck_assert(json_number(&j, "seconds") >= 0);
	}
	ck_assert_str_eq(line, "");
}
END_TEST

/* The log began when the connection had been there for a while. */
START_TEST(counts_from_where_it_began)
{
	access_peer_end(p, 0, "done");
	p = new_peer(1000);
	request("a", 60);
	access_sent(p, 1099);
	ck_assert_int_eq(access_log_need(a), ACCESS_NOTHING);
	access_sent(p, 1100);
	expect(BEGIN "\"a\" 200 60\n");
}
END_TEST

/* ... and answers that are not told count as well. */
START_TEST(counts_what_is_not_told)
{
	access_passed(p, 500);
	request("a", 60);
	access_sent(p, 599);
	ck_assert_int_eq(access_log_need(a), ACCESS_NOTHING);
	access_sent(p, 600);
	expect(BEGIN "\"a\" 200 60\n");
}
END_TEST

/* ---- addresses ---- */

static const struct {
	int		 family;
	const char	*address, *want;
} addresses[] = {
	{ AF_INET, "192.0.2.7", "192.0.2.7 - - " },
	{ AF_INET6, "2001:db8::1", "2001:db8::1 - - " },
	{ AF_INET6, "::ffff:192.0.2.7", "192.0.2.7 - - " },
	{ AF_INET6, "1111:2222:3333:4444:5555:6666:7777:8888",
	  "1111:2222:3333:4444:5555:6666:7777:8888 - - " },
	{ AF_UNIX, "", "unix: - - " },
};

START_TEST(says_who_asked)
{
	struct sockaddr_storage ss = {
	    .ss_family = (sa_family_t)addresses[_i].family };

	if (ss.ss_family == AF_INET)
		inet_pton(AF_INET, addresses[_i].address,
		    &((struct sockaddr_in *)&ss)->sin_addr);
	else
		inet_pton(AF_INET6, addresses[_i].address,
		    &((struct sockaddr_in6 *)&ss)->sin6_addr);
	access_peer_end(p, 0, "done");
	p = access_peer_new(1, 0, (struct sockaddr *)&ss);
	request("a", 0);
	access_sent(p, 40);
	access_log_flush(a);
	ck_assert_msg(strncmp(content_of(path), addresses[_i].want,
	    strlen(addresses[_i].want)) == 0, "%s", content_of(path));
}
END_TEST

/* ---- a disk that is full ---- */

/* Tell lines with numbers from first on. */
static void
tell(unsigned first, unsigned n)
{
	static uint64_t sent;
	char line[32];

	if (first == 0)
		sent = 0;
	for (unsigned i = first; i < first + n; i++) {
		snprintf(line, sizeof(line), "GET /%06u", i);
		request(line, 60);
		access_sent(p, sent += 100);
	}
}

/* The numbers of the lines are these, in order, and there is nothing else. */
static void
expect_lines(const char *name, unsigned first, unsigned n)
{
	char *line = content_of(name), want[128];

	for (unsigned i = first; i < first + n; i++) {
		snprintf(want, sizeof(want), BEGIN "\"GET /%06u\" 200 60\n",
		    i);
		ck_assert_msg(strncmp(line, want, strlen(want)) == 0,
		    "instead of %s%.100s", want, line);
		line += strlen(want);
	}
	ck_assert_str_eq(line, "");
}

START_TEST(written_when_it_is_much)
{
	tell(0, 5000);
	ck_assert_uint_gt(strlen(content_of(path)), 65536);
	access_log_flush(a);
	expect_lines(path, 0, 5000);
	/* The timer is asked for only where there was nothing before. */
	ck_assert_uint_lt(changes, 40);
}
END_TEST

START_TEST(kept_while_the_disk_is_full)
{
	is_full = true;
	room = 100;
	tell(0, 10);
	access_log_flush(a);
	access_log_flush(a);
	ck_assert_int_eq(access_log_need(a), ACCESS_SOON);
	tell(10, 10);
	is_full = false;
	access_log_flush(a);
	ck_assert_int_eq(access_log_need(a), ACCESS_NOTHING);
	expect_lines(path, 0, 20);
	ck_assert_uint_eq(count(content_of(errors), "cannot write"), 1);
	ck_assert_uint_eq(count(content_of(errors), "lines lost: 0\n"), 1);
}
END_TEST

START_TEST(lost_when_there_is_too_much)
{
	char *said, *line;
	unsigned kept;

	tell(0, 1);
	is_full = true;
	access_log_flush(a);
	tell(1, 9999);
	access_log_flush(a);
	ck_assert_uint_eq(count(content_of(errors), "cannot write"), 1);
	ck_assert_ptr_nonnull(strstr(content_of(errors), strerror(ENOSPC)));
	ck_assert_ptr_null(strstr(content_of(errors), "lines lost"));
	is_full = false;
	access_log_flush(a);
	kept = (unsigned)count(content_of(path), "\n");
	ck_assert_uint_gt(kept, 500);
	ck_assert_uint_lt(kept, 10000);
	expect_lines(path, 0, kept);
	said = strstr(content_of(errors), "lines lost: ");
	ck_assert_ptr_nonnull(said);
	ck_assert_int_eq(atoi(said + 12), (int)(10000 - kept));
	ck_assert_uint_eq(count(content_of(errors), "lines lost"), 1);
	/* And all is as before. */
	tell(10000, 3);
	access_log_flush(a);
	line = strstr(content_of(path), BEGIN "\"GET /010000");
	ck_assert_ptr_nonnull(line);
	ck_assert_uint_eq(count(line, "\n"), 3);
}
END_TEST

START_TEST(begins_anew_after_a_torn_line)
{
	is_full = true;
	room = 70;	/* more than a line, less than two */
	tell(0, 4);
	access_log_flush(a);
	is_full = false;
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(access_log_reopen(a), 0);
	/* That was asked for: first what there is goes to the old one. */
	expect_lines(other, 0, 4);

	is_full = true;
	full_fd = access_log_descriptor(a);
	room = 70;
	tell(4, 4);
	access_log_flush(a);
	ck_assert_int_eq(unlink(path), 0);
	is_full = false;
	clock_later_s = 2;
	access_log_flush(a);
	expect_lines(path, 6, 2);
	ck_assert_uint_eq(count(content_of(errors), "lines lost: 1\n"), 1);
}
END_TEST

START_TEST(follows_a_file_that_is_moved)
{
	tell(0, 5);
	access_log_flush(a);
	ck_assert_int_eq(rename(path, other), 0);
	tell(5, 5);
	clock_later_s = 1;
	access_log_flush(a);
	expect_lines(other, 0, 5);
	ck_assert_uint_eq(count(content_of(path), "\n"), 5);
	ck_assert_str_eq(content_of(errors), "");
}
END_TEST

START_TEST(says_that_it_cannot_be_opened_again)
{
	tell(0, 1);
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_int_eq(access_log_reopen(a), -1);
	tell(1, 1);
	clock_later_s = 2;
	access_log_flush(a);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_uint_eq(count(content_of(other), "\n"), 2);
	ck_assert_uint_eq(count(content_of(errors), "cannot open"), 1);
	ck_assert_ptr_nonnull(strstr(content_of(errors), strerror(EISDIR)));
}
END_TEST

/* ---- a reader that is too slow ---- */

START_TEST(waits_for_a_reader)
{
	static char got[1 << 20];
	size_t len = 0, lines = 0;
	int reader;
	ssize_t n;

	access_log_retire(a);
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	ck_assert_int_ne(reader, -1);
	open_log(CONFIG_ACCESS_COMMON);
	tell(0, 6000);
	ck_assert_int_eq(access_log_need(a), ACCESS_ROOM);
	ck_assert_uint_eq(count(content_of(errors), "too slowly"), 1);
	while ((n = read(reader, got + len, sizeof(got) - len - 1)) > 0) {
		len += (size_t)n;
		access_log_flush(a);
	}
	got[len] = '\0';
	ck_assert_int_eq(access_log_need(a), ACCESS_NOTHING);
	for (char *at = got; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	ck_assert_uint_gt(lines, 2000);
	ck_assert_uint_lt(lines, 6000);
	/* A minute has to pass before the next complaint. */
	ck_assert_uint_eq(count(content_of(errors), "lines lost"), 0);
	clock_later_s = 60;
	tell(6000, 1);
	access_log_flush(a);
	ck_assert_uint_eq(count(content_of(errors), "lines lost"), 1);
	close(reader);
}
END_TEST

/* ---- the end of a log ---- */

START_TEST(ends_with_the_last_of_its_requests)
{
	struct access_log *next;

	request("a", 60);
	begin("b");
	access_log_retire(a);
	ck_assert_int_eq(rename(path, other), 0);
	open_log(CONFIG_ACCESS_COMMON);
	next = a;
	ck_assert_str_eq(content_of(other), "");
	access_sent(p, 100);
	ck_assert_str_eq(content_of(other), BEGIN "\"a\" 200 60\n");
	decide(200, 0);
	access_passed(p, 40);
	begin("c");
	decide(200, 0);
	access_passed(p, 40);
	access_sent(p, 180);
	ck_assert_str_eq(content_of(other), BEGIN "\"a\" 200 60\n"
	    BEGIN "\"b\" 200 0\n");
	ck_assert_ptr_eq(a, next);
	expect(BEGIN "\"c\" 200 0\n");
}
END_TEST

START_TEST(counts_what_it_could_never_write)
{
	tell(0, 3);
	is_full = true;
	access_log_retire(a);
	a = NULL;
	ck_assert_uint_eq(count(content_of(errors), "lines lost: 3\n"), 1);
}
END_TEST

/* ---- memory ---- */

START_TEST(loses_a_request_without_memory)
{
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	begin("a");
	failing_on = false;
	ck_assert(failing_happened(FAILING_MEMORY));
	ck_assert(!access_has_begun(p));
	decide(200, 60);
	access_passed(p, 100);
	request("b", 60);
	access_sent(p, 200);
	expect(BEGIN "\"b\" 200 60\n");
	ck_assert_uint_eq(count(content_of(errors), "lines lost: 1\n"), 1);
}
END_TEST

START_TEST(needs_no_memory_in_the_long_run)
{
	char line[4096];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	request(line, 60);
	access_sent(p, 100);
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	for (unsigned i = 1; i < 100; i++) {
		request(line + i, 60);
		access_sent(p, (i + 1) * 100);
	}
	failing_on = false;
	ck_assert(!failing_happened(FAILING_MEMORY));
}
END_TEST

START_TEST(is_not_made_without_memory)
{
	struct log_file *file = log_file_open(other);

	failing_at(FAILING_MEMORY, 1, ENOMEM);
	ck_assert_ptr_null(access_log_new(CONFIG_ACCESS_COMMON, file));
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	ck_assert_ptr_null(access_peer_new(1, 0, &(struct sockaddr){
	    .sa_family = AF_UNIX }));
	failing_on = false;
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("access_log");
	TCase *tc = suite_case(s, "access_log");

	clock_stands = true;
	tcase_add_unchecked_fixture(tc, make_dir, remove_dir);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, told_when_it_is_sent);
	tcase_add_test(tc, told_in_their_order);
	tcase_add_loop_test(tc, told_at_the_end_with_what_was_sent, 0,
	    ROWS(cuts));
	tcase_add_test(tc, told_at_the_end_without_an_answer);
	tcase_add_test(tc, says_why);
	tcase_add_test(tc, counts_from_where_it_began);
	tcase_add_test(tc, counts_what_is_not_told);
	tcase_add_loop_test(tc, says_who_asked, 0, ROWS(addresses));
	tcase_add_test(tc, written_when_it_is_much);
	tcase_add_test(tc, kept_while_the_disk_is_full);
	tcase_add_test(tc, lost_when_there_is_too_much);
	tcase_add_test(tc, begins_anew_after_a_torn_line);
	tcase_add_test(tc, follows_a_file_that_is_moved);
	tcase_add_test(tc, says_that_it_cannot_be_opened_again);
	tcase_add_test(tc, waits_for_a_reader);
	tcase_add_test(tc, ends_with_the_last_of_its_requests);
	tcase_add_test(tc, counts_what_it_could_never_write);
	tcase_add_test(tc, loses_a_request_without_memory);
	tcase_add_test(tc, needs_no_memory_in_the_long_run);
	tcase_add_test(tc, is_not_made_without_memory);
	return suite_run(s);
}
