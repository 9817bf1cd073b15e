/* The real client proves echoes, good ones and bad ones. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client.h"
#include "client/exits.h"
#include "client/pattern.h"
#include "daemon.h"
#include "json.h"
#include "scripted.h"
#include "support.h"
#include "wire.h"

#define SEED		7
#define SIZE		20
#define PREFIX		"OK..."
#define ARGUMENTS_MAX	16

/* Long for a machine, short for people. */
#define SOON		"300ms"

static struct daemon d;
static struct client c;
static struct scripted s;

static void
forget(void)
{
	memset(&d, 0, sizeof(d));
	client_forget(&c);
}

/* Listeners of the usual daemon. */
enum { ON_AUTO, ON_ECHO, LISTENERS };

static int port[LISTENERS];

static void
start_daemon(void)
{
	d.listeners = LISTENERS;
	daemon_start(&d, "listeners:\n"
	    "  - {port: 0}\n"
	    "  - {port: 0, protocol: echo}\n"
	    "http: {document_root: site}\n"
	    "limits: {detect_timeout: 50ms}\n", NULL);
	for (size_t i = 0; i < LISTENERS; i++)
		port[i] = daemon_port(&d, i);
}

static void
stop_daemon(void)
{
	ck_assert_int_eq(daemon_stop(&d), 0);
}

/* Run it with words that spaces part, "" being an empty one, at a port. */
static void
run(const char *words, int at)
{
	static char text[256];
	const char *arguments[ARGUMENTS_MAX] = { "echo", "127.0.0.1",
	    client_port(at) };
	size_t n = 3;

	snprintf(text, sizeof(text), "%s", words);
	for (char *w = strtok(text, " "); w != NULL; w = strtok(NULL, " ")) {
		ck_assert_uint_lt(n, ARGUMENTS_MAX - 1);
		arguments[n++] = strcmp(w, "\"\"") == 0 ? "" : w;
	}
	client_start_vector(&c, arguments);
	client_wait(&c);
}

static void
expect_part(const char *part)
{
	ck_assert_msg(strstr(c.out.bytes, part) != NULL, "%s is not in %s",
	    part, c.out.bytes);
}

/* ---- good ones ---- */

static const struct {
	const char	*words, *messages, *bytes;
} good[] = {
	{ "", "messages     1000 of 1024 bytes, on 1 connection\n",
	    "bytes        1024000 each way\n" },
	{ "-n 7 -s 1", "messages     7 of 1 byte, on 1 connection\n",
	    "bytes        7 each way\n" },
	{ "-n 3 -s 1MiB", "messages     3 of 1048576 bytes, on 1 connection\n",
	    "bytes        3145728 each way\n" },
	{ "-n 503 -c 50", "messages     503 of 1024 bytes, on 50 "
	    "connections\n", "bytes        515072 each way\n" },
	{ "-n 3 -c 70 -s 5B", "messages     3 of 5 bytes, on 70 "
	    "connections\n", "bytes        15 each way\n" },
	{ "-n 3 --time 1h --seed 12345", "messages     3 of 1024 bytes, on "
	    "1 connection\n", "seed         12345\n" },
	{ "-4 -n 4", "messages     4 of", "round trip   p50 " },
};

/* _i is the row, then the listener. */
START_TEST(is_proven)
{
	int row = _i % COUNT(good);

	run(good[row].words, port[_i / COUNT(good)]);
	client_expect(&c, EXITS_OK, NULL, "");
	expect_part(good[row].messages);
	expect_part(good[row].bytes);
	expect_part("\nerrors       0\n");
}
END_TEST

START_TEST(for_so_long)
{
	run("--time 50ms -c 3", port[ON_ECHO]);
	client_expect(&c, EXITS_OK, NULL, "");
	expect_part("on 3 connections\n");
	expect_part("\nerrors       0\n");
	expect_part("\nround trip ");
}
END_TEST

static const char *const members[] = { "exit_status", "errors", "connections",
	"message_bytes", "seed", "messages", "bytes", "split_reads",
	"seconds", "messages_per_second", "bytes_per_second",
	"round_trip_p50_us", "round_trip_p99_us", "round_trip_max_us" };

/* The reader takes no array: that is the last member, and cut off. */
START_TEST(in_json)
{
	static struct json j;
	char *rows;

	run("--json -n 30 -c 2 --seed 5", port[ON_ECHO]);
	client_expect(&c, EXITS_OK, NULL, "");
	ck_assert(c.out.bytes[c.out.len - 1] == '\n');
	rows = strstr(c.out.bytes, ",\"round_trips\":[{\"below_us\":");
	ck_assert_ptr_nonnull(rows);
	ck_assert_str_eq(c.out.bytes + c.out.len - 4, "}]}\n");
	strcpy(rows, "}");
	ck_assert_msg(json_read(&j, c.out.bytes, strlen(c.out.bytes)), "%s",
	    j.fault);
	for (int i = 0; i < COUNT(members); i++)
		ck_assert_msg(json_number(&j, members[i]) >= 0, "%s",
		    members[i]);
	ck_assert_uint_eq(j.n, COUNT(members));
	ck_assert(json_number(&j, "messages") == 30);
	ck_assert(json_number(&j, "bytes") == 30 * 1024);
	ck_assert(json_number(&j, "connections") == 2);
	ck_assert(json_number(&j, "seed") == 5);
	ck_assert(json_number(&j, "exit_status") == 0);
}
END_TEST

static void
allow_few(void)
{
	const struct rlimit few = { 40, 100 };

	setrlimit(RLIMIT_NOFILE, &few);
}

START_TEST(raises_the_limit_of_descriptors)
{
	c.prepare = allow_few;
	run("-c 60 -n 60", port[ON_ECHO]);
	client_expect(&c, EXITS_OK, NULL, "");
	expect_part("messages     60 of 1024 bytes, on 60 connections\n");
}
END_TEST

START_TEST(says_what_descriptors_are_missing)
{
	c.prepare = allow_few;
	run("-c 100", port[ON_ECHO]);
	client_expect(&c, EXITS_SYSTEM, "", "100 connections need 132 "
	    "descriptors, but the limit is 100: ");
}
END_TEST

/* ---- ended from outside ---- */

static const int ends[] = { SIGINT, SIGTERM, SIGHUP };

START_TEST(a_signal_shows_what_was_measured)
{
	client_start(&c, "echo", "127.0.0.1", client_port(port[ON_ECHO]), "-v",
	    "--time", "1h", "-c", "2", NULL);
	client_await(&c, &c.err, "2 connections are ready\n");
	client_signal(&c, ends[_i]);
	ck_assert_int_eq(client_wait(&c), -ends[_i]);
	expect_part("on 2 connections\n");
	expect_part("\nerrors       0\n");
}
END_TEST

static void
ignore_hangup(void)
{
	signal(SIGHUP, SIG_IGN);
}

START_TEST(nohup_is_honoured)
{
	c.prepare = ignore_hangup;
	client_start(&c, "echo", "127.0.0.1", client_port(port[ON_ECHO]), "-v",
	    "--time", "1h", NULL);
	client_await(&c, &c.err, "1 connection is ready\n");
	client_signal(&c, SIGHUP);
	client_signal(&c, SIGTERM);
	ck_assert_int_eq(client_wait(&c), -SIGTERM);
}
END_TEST

START_TEST(before_it_has_begun)
{
	static const struct scripted_step deaf[] = { SCRIPT_DEAF,
	    SCRIPT_STOP };

	scripted_start(&s, deaf);
	client_start(&c, "echo", "127.0.0.1", client_port(s.port), "-v",
	    NULL);
	client_await(&c, &c.err, "connected to ");
	client_signal(&c, SIGINT);
	ck_assert_int_eq(client_wait(&c), -SIGINT);
	ck_assert_str_eq(c.out.bytes, "");
	scripted_stop(&s);
}
END_TEST

START_TEST(output_that_is_full)
{
	c.output = "/dev/full";
	run("-n 1", port[ON_ECHO]);
	client_expect(&c, EXITS_FILE, NULL, "No space left on device");
}
END_TEST

/* ---- mynahd with other words ---- */

static const struct {
	const char	*name, *yaml, *words;
	int		 status;
	const char	*err;
} others[] = {
	{ "RFC 862", "{message: \"\"}\necho: {prefix: \"\"}", "--plain",
	    EXITS_OK, "" },
	{ "many on their way", "{message: \"\"}\necho: {prefix: \"\"}",
	    "--plain --depth 64 -n 5000 -c 3", EXITS_OK, "" },
	{ "large ones", "{message: \"\"}\necho: {prefix: \"\"}",
	    "--plain --depth 3 -n 12 -s 3000000", EXITS_OK, "" },
	{ "words of its own", "{message: \"Squawk!\\r\\n\"}\n"
	    "echo: {prefix: \"\\u00e4 \"}",
	    "--welcome Squawk!\\r\\n --prefix \\xc3\\xa4\\x20", EXITS_OK, "" },
	{ "no welcome", "{message: \"\"}", "--no-welcome", EXITS_OK, "" },
	{ "no prefix", "{message: \"hi\"}\necho: {prefix: \"\"}",
	    "--welcome hi --prefix \"\"", EXITS_OK, "" },
	{ "taken for mynahd's", "{message: \"Welcome!\\n\"}", "",
	    EXITS_MISMATCH, "connection 1: the welcome is wrong at offset 7: "
	    "wanted 20, got 21; --welcome, --prefix and --plain say " },
	{ "taken for no prefix", "{message: \"\"}", "--plain --seed 7",
	    EXITS_MISMATCH, "message 1 is wrong at offset 0: wanted " },
	{ "taken for a prefix", "{message: \"\"}\necho: {prefix: \"\"}",
	    "--no-welcome", EXITS_MISMATCH, "the prefix at offset 0 of "
	    "message 1 is wrong at offset 0: wanted 4f, got " },
	{ "taken for a welcome", "{message: \"\"}",
	    "--idle-timeout " SOON, EXITS_TIMEOUT, "nothing came for 300 ms: "
	    "0 of 52 bytes of the welcome had come; --welcome, " },
};

/* Protocols echo and auto, where no message may look like a request. */
START_TEST(other_words)
{
	static const char *const protocols[] = { "echo", "auto" };
	int row = _i % COUNT(others);
	char yaml[512];

	snprintf(yaml, sizeof(yaml), "port: 0\nprotocol: %s\n"
	    "document_root: site\nlimits: {detect_timeout: 1ms}\n"
	    "welcome: %s\n", protocols[_i / COUNT(others)], others[row].yaml);
	daemon_start(&d, yaml, NULL);
	run(others[row].words, d.port);
	client_expect(&c, others[row].status, NULL, others[row].err);
	if (others[row].status == EXITS_OK)
		expect_part("\nerrors       0\n");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* A byte long, with all that can begin a method of HTTP. */
START_TEST(no_message_looks_like_a_request)
{
	daemon_start(&d, "port: 0\ndocument_root: site\n"
	    "limits: {detect_timeout: 1m, header_timeout: 1m}\n"
	    "welcome: {message: \"\"}\n", NULL);
	run("--no-welcome -n 600 -c 200 -s 1", d.port);
	client_expect(&c, EXITS_OK, NULL, "");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(over_a_unix_socket)
{
	daemon_start(&d, "listeners: [{unix: run/socket, protocol: echo, "
	    "mode: \"0666\"}]\nhttp: {document_root: site}\n", NULL);
	client_run(&c, "echo", "--unix", daemon_path("run/socket"), "-c", "3",
	    NULL);
	client_expect(&c, EXITS_OK, NULL, "");
	expect_part("messages     1000 of 1024 bytes, on 3 connections\n");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* ---- servers that are none ---- */

/* The bytes of a message that the client sends on a connection. */
static const char *
message(uint64_t connection, uint64_t number)
{
	static char bytes[8][SIZE];
	static unsigned turn;
	char *out = bytes[turn++ % 8];
	struct pattern p;

	pattern_init(&p, SEED, connection, number, PREFIX[0]);
	pattern_write(&p, 0, out, SIZE);
	return out;
}

/* The script of a server, one step behind the other. */
static struct scripted_step script[32];
static size_t nsteps;

static void
add(struct scripted_step step)
{
	ck_assert_int_lt((int)nsteps, COUNT(script) - 1);
	script[nsteps++] = step;
	script[nsteps] = (struct scripted_step)SCRIPT_STOP;
}

#define ADD(...)	add((struct scripted_step)__VA_ARGS__)

/* It hears a message, and sends len bytes of it back behind a prefix. */
static void
add_echo(uint64_t connection, uint64_t number, size_t len)
{
	const char *bytes = message(connection, number);

	ADD({ SCRIPTED_BYTES_COME, bytes, SIZE, 0 });
	ADD(SCRIPT_SEND(PREFIX));
	ADD(SCRIPT_SEND_BYTES(bytes, len));
}

/*
 * Two messages of 20 bytes on each connection, with the prefix of mynahd but
 * without its welcome, unless words say otherwise.
 */
static void
face(const char *words)
{
	char all[256];

	scripted_start(&s, script);
	snprintf(all, sizeof(all), "--no-welcome --seed 7 -s 20 %s",
	    words[0] == '\0' ? "-n 2" : words);
	run(all, s.port);
}

static void
empty_script(void)
{
	forget();
	nsteps = 0;
}

START_TEST(a_wrong_byte_is_said)
{
	const char *second = message(0, 1);
	char bad[SIZE], text[128];

	memcpy(bad, second, SIZE);
	bad[13] ^= 0x10;
	add_echo(0, 0, SIZE);
	ADD({ SCRIPTED_BYTES_COME, second, SIZE, 0 });
	ADD(SCRIPT_SEND(PREFIX));
	ADD(SCRIPT_SEND_BYTES(bad, SIZE));
	face("");
	snprintf(text, sizeof(text), "mynah: connection 1: message 2 is wrong "
	    "at offset 13: wanted %02x, got %02x\n",
	    (unsigned char)second[13], (unsigned char)bad[13]);
	client_expect(&c, EXITS_MISMATCH, NULL, text);
	expect_part("messages     1 of 20 bytes, on 1 connection\n");
	expect_part("bytes        33 each way\n");
	expect_part("errors       1\n");
	scripted_finish(&s);
}
END_TEST

START_TEST(one_that_comes_twice)
{
	add_echo(0, 0, SIZE);
	ADD({ SCRIPTED_BYTES_COME, message(0, 1), SIZE, 0 });
	ADD(SCRIPT_SEND(PREFIX));
	ADD(SCRIPT_SEND_BYTES(message(0, 0), SIZE));
	face("");
	client_expect(&c, EXITS_MISMATCH, NULL,
	    "connection 1: message 2 is wrong at offset 0: ");
}
END_TEST

START_TEST(an_early_end)
{
	add_echo(0, 0, SIZE);
	add_echo(0, 1, 7);
	ADD(SCRIPT_FINISH);
	face("");
	client_expect(&c, EXITS_SHORT, NULL, "connection 1: the server ended "
	    "it: message 2 had come back up to offset 7 of 20\n");
	expect_part("messages     1 of 20 bytes");
	expect_part("errors       1\n");
}
END_TEST

START_TEST(an_end_at_once)
{
	ADD(SCRIPT_FINISH);
	face("-n 2 --welcome hi");
	client_expect(&c, EXITS_SHORT, "", "connection 1: the server ended "
	    "it: 0 of 2 bytes of the welcome had come");
}
END_TEST

START_TEST(a_reset)
{
	add_echo(0, 0, 7);
	ADD(SCRIPT_RESET);
	face("");
	/* It may be faster than the bytes before it. */
	client_expect(&c, EXITS_SHORT, NULL,
	    "connection 1: Connection reset by peer: message 1 had come back "
	    "up to offset ");
}
END_TEST

START_TEST(silence)
{
	add_echo(0, 0, SIZE);
	add_echo(0, 1, 7);
	ADD(SCRIPT_DEAF);
	face("-n 2 --idle-timeout " SOON);
	client_expect(&c, EXITS_TIMEOUT, NULL, "connection 1: nothing came "
	    "for 300 ms: message 2 had come back up to offset 7 of 20\n");
	expect_part("messages     1 of 20 bytes");
	scripted_stop(&s);
}
END_TEST

START_TEST(a_time_for_all_of_it)
{
	add_echo(0, 0, SIZE);
	ADD(SCRIPT_DEAF);
	face("-n 2 --max-time " SOON);
	client_expect(&c, EXITS_TIMEOUT, NULL,
	    "the time of --max-time is over\n");
	expect_part("messages     1 of 20 bytes");
	scripted_stop(&s);
}
END_TEST

START_TEST(a_time_until_it_is_welcomed)
{
	ADD(SCRIPT_DEAF);
	face("-n 2 --welcome hi --max-time " SOON);
	client_expect(&c, EXITS_TIMEOUT, "",
	    "the time of --max-time is over\n");
	scripted_stop(&s);
}
END_TEST

START_TEST(more_behind_the_end)
{
	add_echo(0, 0, SIZE);
	add_echo(0, 1, SIZE);
	ADD(SCRIPT_EXPECT_END);
	ADD(SCRIPT_SEND("\n"));
	face("");
	client_expect(&c, EXITS_MISMATCH, NULL, "connection 1: more came than "
	    "was sent: 0a at offset 0 of message 3\n");
	expect_part("messages     2 of 20 bytes");
}
END_TEST

START_TEST(no_end)
{
	add_echo(0, 0, SIZE);
	add_echo(0, 1, SIZE);
	ADD(SCRIPT_DEAF);
	face("-n 2 --idle-timeout " SOON);
	client_expect(&c, EXITS_TIMEOUT, NULL, "connection 1: the server did "
	    "not end it for 300 ms: 2 messages had come back\n");
	scripted_stop(&s);
}
END_TEST

START_TEST(split_reads_are_counted)
{
	const char *second = message(0, 1);

	add_echo(0, 0, SIZE);
	add_echo(0, 1, 7);
	ADD(SCRIPT_SEND(PREFIX));
	ADD(SCRIPT_SEND_BYTES(second + 7, 1));
	ADD(SCRIPT_SEND(PREFIX));
	ADD(SCRIPT_SEND_BYTES(second + 8, SIZE - 8));
	face("");
	client_expect(&c, EXITS_OK, NULL, "");
	expect_part("\nsplit reads  2\n");
	scripted_finish(&s);
}
END_TEST

/* The second one is served when the first is over. */
START_TEST(one_of_two_fails)
{
	add_echo(0, 0, 7);
	ADD(SCRIPT_FINISH);
	ADD(SCRIPT_AGAIN);
	add_echo(1, 0, SIZE);
	add_echo(1, 1, SIZE);
	face("-n 4 -c 2");
	client_expect(&c, EXITS_SHORT, NULL,
	    "connection 1: the server ended it: ");
	expect_part("messages     2 of 20 bytes, on 2 connections\n");
	expect_part("errors       1\n");
	scripted_finish(&s);
}
END_TEST

START_TEST(a_welcome_with_escapes)
{
	ADD(SCRIPT_SEND("\033]0;owned\007\033[2J"));
	face("-n 2 --welcome hi");
	client_expect(&c, EXITS_MISMATCH, "", "the welcome is wrong at offset "
	    "0: wanted 68, got 1b; --welcome, ");
}
END_TEST

START_TEST(nobody_listens)
{
	int at, fd = wire_listen(&at);

	close(fd);
	run("-c 20", at);
	client_expect(&c, EXITS_REFUSED, "", "Connection refused\n");
}
END_TEST

/* ---- command lines ---- */

static const struct {
	const char	*words, *err;
} wrong[] = {
	{ "-n 0", "--count" },
	{ "-n many", "--count" },
	{ "-c 0", "--connections" },
	{ "-c 1000001", "--connections" },
	{ "-s 0", "--size" },
	{ "-s 2GiB", "--size" },
	{ "--time soon", "--time" },
	{ "--seed -1", "--seed" },
	{ "--depth 0 --plain", "--depth" },
	{ "--depth 2", "--depth is for servers without a prefix: " },
	{ "--welcome a\\q", "--welcome: what is \"\\q\" in \"a\\q\"? " },
	{ "--prefix \\x4", "--prefix: what is \"\\x4\" in \"\\x4\"? " },
	{ "--wellcome hi", "no such option: --wellcome; did you mean "
	    "--welcome?" },
	{ "more", "\"more\" is too much" },
};

START_TEST(a_wrong_command_line)
{
	run(wrong[_i].words, 7);
	client_expect(&c, EXITS_USAGE, "", wrong[_i].err);
}
END_TEST

START_TEST(too_long_a_welcome)
{
	static char text[4098];

	memset(text, 'x', sizeof(text) - 1);
	client_run(&c, "echo", "127.0.0.1", "7", "--welcome", text, NULL);
	client_expect(&c, EXITS_USAGE, "", "--welcome: at most 4096 bytes");
}
END_TEST

START_TEST(no_port)
{
	client_run(&c, "echo", "127.0.0.1", NULL);
	client_expect(&c, EXITS_USAGE, "", "mynah echo HOST PORT");
	client_forget(&c);
	client_run(&c, "echo", "127.0.0.1", "99999", NULL);
	client_expect(&c, EXITS_USAGE, "", "\"99999\" is no port");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_echo");
	TCase *tc = client_case(suite, "mynahd", forget);

	tcase_add_checked_fixture(tc, start_daemon, stop_daemon);
	tcase_add_loop_test(tc, is_proven, 0, LISTENERS * COUNT(good));
	tcase_add_test(tc, for_so_long);
	tcase_add_test(tc, in_json);
	tcase_add_test(tc, raises_the_limit_of_descriptors);
	tcase_add_test(tc, says_what_descriptors_are_missing);
	tcase_add_loop_test(tc, a_signal_shows_what_was_measured, 0,
	    COUNT(ends));
	tcase_add_test(tc, nohup_is_honoured);
	tcase_add_test(tc, output_that_is_full);

	tc = client_case(suite, "words", forget);
	tcase_add_loop_test(tc, other_words, 0, 2 * COUNT(others));
	tcase_add_test(tc, no_message_looks_like_a_request);
	tcase_add_test(tc, over_a_unix_socket);

	tc = client_case(suite, "scripted", empty_script);
	tcase_add_test(tc, before_it_has_begun);
	tcase_add_test(tc, a_wrong_byte_is_said);
	tcase_add_test(tc, one_that_comes_twice);
	tcase_add_test(tc, an_early_end);
	tcase_add_test(tc, an_end_at_once);
	tcase_add_test(tc, a_reset);
	tcase_add_test(tc, silence);
	tcase_add_test(tc, a_time_for_all_of_it);
	tcase_add_test(tc, a_time_until_it_is_welcomed);
	tcase_add_test(tc, more_behind_the_end);
	tcase_add_test(tc, no_end);
	tcase_add_test(tc, split_reads_are_counted);
	tcase_add_test(tc, one_of_two_fails);
	tcase_add_test(tc, a_welcome_with_escapes);
	tcase_add_test(tc, nobody_listens);

	tc = client_case(suite, "command line", forget);
	tcase_add_loop_test(tc, a_wrong_command_line, 0, COUNT(wrong));
	tcase_add_test(tc, too_long_a_welcome);
	tcase_add_test(tc, no_port);
	return daemon_run_suite(suite);
}
