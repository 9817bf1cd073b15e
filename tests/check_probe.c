/* check_probe - what comes back is what was sent, or where it is not. */
#include "client/probe.h"

#include <check.h>
#include <string.h>

#include "suite.h"
#include "support.h"

#define REPLY_MAX	4096
#define WELCOME		"Welcome!\n"
#define PREFIX		"OK..."

/* Dialogs that differ in all that can differ. */
static const struct dialog {
	const char	*name, *welcome, *prefix;
	uint64_t	 size;
	unsigned	 depth;
	uint64_t	 messages;
} dialogs[] = {
	{ "as mynahd",		WELCOME, PREFIX, 20, 1, 5 },
	{ "RFC 862",		"", "", 20, 1, 5 },
	{ "many on their way",	"", "", 20, 3, 8 },
	{ "welcome only",	WELCOME, "", 20, 2, 5 },
	{ "prefix only",	"", PREFIX, 20, 1, 5 },
	{ "one byte each",	WELCOME, PREFIX, 1, 1, 5 },
	{ "bytes of RFC 862",	"", "", 1, 4, 9 },
	{ "short prefix",	"", "\n", 20, 1, 5 },
	{ "prefix of 0xff",	"", "\xff", 40, 1, 5 },
	{ "prefix repeats",	"AAAA", "AAB", 20, 1, 5 },
	{ "no message",		WELCOME, PREFIX, 20, 1, 0 },
};

static struct probe_plan plan;
static struct probe *p;
static struct probe_count count;
static struct probe_fault fault;

/* What came, or is to come. */
static char reply[REPLY_MAX];
static size_t length;

static void
teardown(void)
{
	probe_free(p);
	p = NULL;
}

static void
begin(const struct dialog *d)
{
	teardown();
	plan = (struct probe_plan){ .welcome = slice_of(d->welcome),
	    .prefix = slice_of(d->prefix), .seed = 42, .size = d->size,
	    .depth = d->depth };
	memset(&count, 0, sizeof(count));
	memset(&fault, 0, sizeof(fault));
	ck_assert_ptr_nonnull(p = probe_new(&plan, 3, d->messages));
}

static void
add(const char *bytes, size_t len)
{
	ck_assert_uint_le(length + len, REPLY_MAX);
	memcpy(reply + length, bytes, len);
	length += len;
}

static bool
read_guarded(const char *bytes, size_t len)
{
	return probe_read(p, 0, guarded(bytes, len), len, &count, &fault);
}

/*
 * All of a good server's reply. It comes from another probe, whose messages
 * are put behind prefixes here.
 */
static void
make_reply(const struct dialog *d)
{
	char message[64];
	size_t welcome = strlen(d->welcome), at;

	begin(d);
	length = 0;
	add(d->welcome, welcome);
	ck_assert(read_guarded(reply, length));
	while (!probe_is_done(p)) {
		at = length;
		ck_assert_uint_eq(probe_write(p, 0, message, d->size),
		    d->size);
		add(d->prefix, strlen(d->prefix));
		add(message, d->size);
		ck_assert_msg(read_guarded(reply + at, length - at), "%s",
		    d->name);
	}
}

/*
 * A new probe sends as much as it may, and hears bytes of a reply, in pieces.
 * False when one is wrong.
 */
static bool
hear(const struct dialog *d, const char *bytes, size_t len, size_t piece)
{
	static char sent[REPLY_MAX];
	size_t n;

	begin(d);
	for (; len > 0; bytes += n, len -= n) {
		probe_write(p, 0, sent, sizeof(sent));
		n = len < piece ? len : piece;
		if (!probe_read(p, 0, bytes, n, &count, &fault))
			return false;
	}
	return true;
}

/* ---- good ones ---- */

/*
 * However it is cut. A piece with the end of a message and what answers one
 * that is sent only then cannot come: such are left out.
 */
START_TEST(any_cut_is_good)
{
	const struct dialog *d = &dialogs[_i];
	size_t turn = d->size + strlen(d->prefix);

	make_reply(d);
	for (size_t piece = 1; piece <= turn; piece++) {
		size_t start = strlen(d->welcome), n;

		ck_assert(hear(d, reply, start, piece));
		for (size_t at = start; at < length; at += n) {
			static char sent[REPLY_MAX];
			size_t left = turn - (at - start) % turn;

			probe_write(p, 0, sent, sizeof(sent));
			n = piece < left ? piece : left;
			ck_assert_msg(read_guarded(reply + at, n),
			    "%s: in pieces of %zu, at %zu", d->name, piece,
			    at);
		}
		ck_assert(probe_is_done(p));
		ck_assert_uint_eq(count.messages, d->messages);
		ck_assert_uint_eq(count.us.count, d->messages);
		ck_assert_uint_eq(count.bytes, d->messages * d->size);
		ck_assert_uint_eq(count.splits, 0);
	}
}
END_TEST

static const struct dialog eight = { "", "", PREFIX, 8, 1, 2 };

/* Every way in which the reads of a server may cut a message. */
START_TEST(reads_may_split_a_message)
{
	char message[8];

	begin(&eight);
	probe_write(p, 0, message, sizeof(message));
	length = 0;
	for (int i = 0; i < 8; i++) {
		if (i == 0 || (_i & 1 << (i - 1)) != 0)
			add(PREFIX, strlen(PREFIX));
		add(&message[i], 1);
	}
	for (size_t i = 0; i < length; i++)
		ck_assert(read_guarded(reply + i, 1));
	ck_assert_uint_eq(count.messages, 1);
	ck_assert_uint_eq(count.splits,
	    (uint64_t)__builtin_popcount((unsigned)_i));

	begin(&eight);
	probe_write(p, 0, message, sizeof(message));
	ck_assert(read_guarded(reply, length));
	ck_assert_uint_eq(count.messages, 1);
}
END_TEST

/* ---- sending ---- */

START_TEST(nothing_is_sent_before_the_welcome)
{
	char out[64];

	begin(&dialogs[0]);
	for (size_t i = 0; i < strlen(WELCOME); i++) {
		ck_assert(!probe_is_welcomed(p));
		ck_assert_uint_eq(probe_write(p, 0, out, sizeof(out)), 0);
		ck_assert(read_guarded(&WELCOME[i], 1));
	}
	ck_assert(probe_is_welcomed(p));
	ck_assert_uint_eq(probe_write(p, 0, out, sizeof(out)), 20);
	ck_assert_uint_eq(probe_write(p, 0, out, sizeof(out)), 0);
}
END_TEST

/* Three at a time, of eight; each one that is back makes room for one. */
START_TEST(so_many_are_on_their_way)
{
	char out[400];

	begin(&dialogs[2]);
	ck_assert_uint_eq(probe_write(p, 0, out, 50), 50);
	ck_assert_uint_eq(probe_write(p, 0, out + 50, 350), 10);
	ck_assert(read_guarded(out, 19));
	ck_assert_uint_eq(probe_write(p, 0, out + 60, 340), 0);
	ck_assert(read_guarded(out + 19, 1));
	ck_assert_uint_eq(probe_write(p, 0, out + 60, 340), 20);
	ck_assert(read_guarded(out + 20, 60));
	ck_assert_uint_eq(probe_write(p, 0, out, 400), 60);
	ck_assert(read_guarded(out, 60));
	ck_assert_uint_eq(probe_write(p, 0, out, 400), 20);
	ck_assert(!probe_is_done(p));
	ck_assert(read_guarded(out, 20));
	ck_assert(probe_is_done(p));
}
END_TEST

/* The same bytes, in pieces of any size. */
START_TEST(any_piece_is_sent)
{
	const struct dialog d = { "", "", "", 100, 3, 3 };
	char whole[300], out[300];

	begin(&d);
	ck_assert_uint_eq(probe_write(p, 0, whole, 300), 300);
	for (size_t piece = 1; piece < 300; piece++) {
		size_t at = 0, n;

		begin(&d);
		while ((n = probe_write(p, 0, out + at,
		    300 - at < piece ? 300 - at : piece)) > 0)
			at += n;
		ck_assert_uint_eq(at, 300);
		ck_assert_mem_eq(out, whole, 300);
	}
}
END_TEST

START_TEST(what_is_begun_goes_on)
{
	char out[400];

	begin(&dialogs[2]);
	probe_write(p, 0, out, 30);
	probe_stop(p);
	ck_assert(!probe_is_done(p));
	ck_assert_uint_eq(probe_write(p, 0, out + 30, 300), 10);
	ck_assert_uint_eq(probe_write(p, 0, out + 40, 300), 0);
	ck_assert(read_guarded(out, 40));
	ck_assert(probe_is_done(p));
	ck_assert_uint_eq(count.messages, 2);
	begin(&dialogs[0]);
	probe_stop(p);
	ck_assert(!probe_is_done(p));
	ck_assert(read_guarded(BYTES(WELCOME)));
	ck_assert(probe_is_done(p));
}
END_TEST

/* From its first byte to its last, each in its turn. */
START_TEST(times_are_those_of_messages)
{
	char out[100];

	begin(&dialogs[2]);
	probe_write(p, 100, out, 10);
	probe_write(p, 110, out + 10, 20);
	ck_assert(probe_read(p, 115, out, 20, &count, &fault));
	ck_assert_uint_eq(count.us.max, 15);
	ck_assert(probe_read(p, 116, out + 20, 10, &count, &fault));
	probe_write(p, 120, out + 30, 50);
	ck_assert(probe_read(p, 150, out + 30, 10, &count, &fault));
	ck_assert_uint_eq(count.us.max, 40);
	ck_assert(probe_read(p, 200, out + 40, 20, &count, &fault));
	ck_assert_uint_eq(count.us.max, 80);
	ck_assert_uint_eq(histogram_at(&count.us, 0.5), 40);
	ck_assert_uint_eq(count.us.count, 3);
}
END_TEST

/* ---- bad ones ---- */

/* What the byte at that place of a reply is. */
static struct probe_fault
place(const struct dialog *d, size_t at)
{
	size_t welcome = strlen(d->welcome), prefix = strlen(d->prefix);
	struct probe_fault f = { .part = PROBE_WELCOME, .at = at };

	if (at < welcome)
		return f;
	f.part = PROBE_PREFIX;
	f.message = (at - welcome) / (prefix + d->size);
	f.at = (at - welcome) % (prefix + d->size);
	if (f.at < prefix)
		return f;
	f.part = PROBE_MESSAGE;
	f.offset = f.at - prefix;
	return f;
}

static void
expect_fault(const struct dialog *d, size_t at, int got)
{
	const struct probe_fault f = place(d, at);

	ck_assert_msg(fault.part == f.part && fault.message == f.message &&
	    fault.offset == f.offset && fault.got == (unsigned char)got,
	    "%s, byte %zu is %02x", d->name, at, (unsigned)got);
	if (f.part != PROBE_MESSAGE)
		ck_assert_uint_eq(fault.at, f.at);
	ck_assert_msg(fault.wanted == (unsigned char)reply[at],
	    "%s, byte %zu is %02x", d->name, at, (unsigned)got);
}

/* As good as its dialog: all of it was taken, and nothing is left to come. */
static bool
is_accepted(const struct dialog *d, const char *bytes, size_t len)
{
	return hear(d, bytes, len, 1) && probe_is_done(p);
}

/* Each byte of a reply, with any bit wrong, or a prefix begun in its place. */
START_TEST(a_wrong_byte_is_found)
{
	const struct dialog *d = &dialogs[_i];
	static char bad[REPLY_MAX];
	unsigned char byte;

	make_reply(d);
	for (size_t at = 0; at < length; at++)
		for (int bit = 0; bit <= 8; bit++) {
			memcpy(bad, reply, length);
			byte = (unsigned char)(bit < 8 ? bad[at] ^ 1 << bit :
			    d->prefix[0]);
			if (bad[at] == (char)byte)
				continue;
			bad[at] = (char)byte;
			ck_assert_msg(!is_accepted(d, bad, length),
			    "%s, byte %zu is %02x", d->name, at,
			    (unsigned)byte);
			/* Else it is taken for a split read at first. */
			if (place(d, at).part != PROBE_MESSAGE ||
			    place(d, at).offset == 0 ||
			    (char)byte != d->prefix[0])
				expect_fault(d, at, byte);
		}
}
END_TEST

START_TEST(a_lost_byte_is_found)
{
	const struct dialog *d = &dialogs[_i];
	static char bad[REPLY_MAX];

	make_reply(d);
	for (size_t at = 0; at < length; at++) {
		memcpy(bad, reply, at);
		memcpy(bad + at, reply + at + 1, length - at - 1);
		ck_assert_msg(!is_accepted(d, bad, length - 1),
		    "%s, without byte %zu", d->name, at);
	}
}
END_TEST

START_TEST(a_doubled_byte_is_found)
{
	const struct dialog *d = &dialogs[_i];
	static char bad[REPLY_MAX + 1];

	make_reply(d);
	for (size_t at = 0; at < length; at++) {
		memcpy(bad, reply, at + 1);
		memcpy(bad + at + 1, reply + at, length - at);
		ck_assert_msg(!hear(d, bad, length + 1, 1),
		    "%s, byte %zu twice", d->name, at);
	}
}
END_TEST

/* Whatever is before or behind a place in a reply. */
START_TEST(an_early_end_is_seen)
{
	const struct dialog *d = &dialogs[_i];

	make_reply(d);
	for (size_t len = 0; len < length; len++) {
		ck_assert(hear(d, reply, len, 1));
		ck_assert_msg(!probe_is_done(p), "%s, %zu bytes", d->name,
		    len);
	}
}
END_TEST

/* The first two messages of a reply change places, or come twice. */
START_TEST(a_message_out_of_turn_is_found)
{
	const struct dialog *d = &dialogs[_i];
	size_t turn = d->size + strlen(d->prefix), at = strlen(d->welcome);
	static char bad[REPLY_MAX];

	if (d->messages == 0)
		return;
	make_reply(d);
	memcpy(bad, reply, length);
	memcpy(bad + at, reply + at + turn, turn);
	memcpy(bad + at + turn, reply + at, turn);
	ck_assert(!hear(d, bad, length, 1));
	ck_assert(fault.part == PROBE_MESSAGE);
	ck_assert_uint_eq(fault.message, 0);
	ck_assert_uint_eq(fault.offset, 0);

	memcpy(bad + at, reply + at, turn);
	ck_assert(!hear(d, bad, length, 1));
	ck_assert(fault.part == PROBE_MESSAGE);
	ck_assert_uint_eq(fault.message, 1);
	ck_assert_uint_eq(fault.offset, 0);
}
END_TEST

/* What another connection was sent. */
START_TEST(a_message_of_another_is_found)
{
	char other[20], mine[20];

	begin(&dialogs[1]);
	probe_write(p, 0, other, sizeof(other));
	probe_free(p);
	ck_assert_ptr_nonnull(p = probe_new(&plan, 4, 5));
	probe_write(p, 0, mine, sizeof(mine));
	ck_assert(!read_guarded(other, sizeof(other)));
}
END_TEST

/* M is the message of "as mynahd" that was sent, m its first half. */
static const struct {
	const char	*name, *comes;
	enum probe_part	 part;
	uint64_t	 offset;
} misplaced[] = {
	{ "two prefixes",		PREFIX PREFIX "M", PROBE_MESSAGE, 0 },
	{ "two inside",		PREFIX "m" PREFIX PREFIX, PROBE_MESSAGE, 10 },
	{ "one behind it",		PREFIX "M" PREFIX, PROBE_EXTRA, 0 },
	{ "none",			"M", PROBE_PREFIX, 0 },
	{ "half of one",		"OKM", PROBE_PREFIX, 0 },
	{ "half of one inside",		PREFIX "mOKM", PROBE_PREFIX, 10 },
	{ "a welcome",			WELCOME, PROBE_PREFIX, 0 },
	{ "a welcome later",		PREFIX "M" WELCOME, PROBE_EXTRA, 0 },
};

START_TEST(a_prefix_has_its_place)
{
	char message[20];

	begin(&dialogs[0]);
	ck_assert(read_guarded(BYTES(WELCOME)));
	probe_write(p, 0, message, sizeof(message));
	length = 0;
	for (const char *c = misplaced[_i].comes; *c != '\0'; c++)
		if (*c == 'M')
			add(message, 20);
		else if (*c == 'm')
			add(message, 10);
		else
			add(c, 1);
	ck_assert_msg(!read_guarded(reply, length), "%s", misplaced[_i].name);
	ck_assert_msg(fault.part == misplaced[_i].part, "%s",
	    misplaced[_i].name);
	ck_assert_uint_eq(fault.offset, misplaced[_i].offset);
}
END_TEST

/* Right bytes, but before they were sent. */
START_TEST(nothing_comes_too_early)
{
	const struct dialog d = { "", "", "", 100, 1, 2 };
	char out[100];

	begin(&d);
	ck_assert(!read_guarded("\x80", 1));
	ck_assert(fault.part == PROBE_EXTRA);

	begin(&d);
	probe_write(p, 0, out, 100);
	begin(&d);
	probe_write(p, 0, out, 50);
	ck_assert(read_guarded(out, 50));
	ck_assert(!read_guarded(out + 50, 1));
	ck_assert(fault.part == PROBE_EXTRA);
	ck_assert_uint_eq(fault.offset, 50);
}
END_TEST

/* ---- words ---- */

static const struct {
	struct probe_fault	 fault;
	const char		*text;
} faults[] = {
	{ { PROBE_WELCOME, 0, 0, 3, 'W', 0 },
	    "the welcome is wrong at offset 3: wanted 57, got 00" },
	{ { PROBE_PREFIX, 16, 0, 4, '.', 0xff }, "the prefix at offset 0 of "
	    "message 17 is wrong at offset 4: wanted 2e, got ff" },
	{ { PROBE_MESSAGE, 16, 1023, 0, 0x8f, 0x0f },
	    "message 17 is wrong at offset 1023: wanted 8f, got 0f" },
	{ { PROBE_EXTRA, 0, 0, 0, 0, '\n' },
	    "more came than was sent: 0a at offset 0 of message 1" },
};

START_TEST(a_fault_in_words)
{
	char text[PROBE_TEXT_MAX];

	probe_fault_text(&faults[_i].fault, text);
	ck_assert_str_eq(text, faults[_i].text);
}
END_TEST

/* The longest there are. */
START_TEST(any_fault_in_words)
{
	struct probe_fault f = { .message = UINT64_MAX - 1,
	    .offset = UINT64_MAX, .at = SIZE_MAX, .wanted = 255, .got = 255 };
	char text[PROBE_TEXT_MAX];

	f.part = (enum probe_part)_i;
	probe_fault_text(&f, text);
	ck_assert_uint_lt(strlen(text), PROBE_TEXT_MAX - 1);
	ck_assert_ptr_nonnull(strstr(text, "ff"));
}
END_TEST

START_TEST(its_place_in_words)
{
	char text[PROBE_TEXT_MAX], out[20];

	begin(&dialogs[0]);
	ck_assert(read_guarded("Wel", 3));
	probe_text(p, text);
	ck_assert_str_eq(text, "3 of 9 bytes of the welcome had come");
	ck_assert(read_guarded("come!\n", 6));
	probe_text(p, text);
	ck_assert_str_eq(text, "0 messages had come back");
	probe_write(p, 0, out, sizeof(out));
	ck_assert(read_guarded(PREFIX, 5));
	ck_assert(read_guarded(out, 7));
	probe_text(p, text);
	ck_assert_str_eq(text,
	    "message 1 had come back up to offset 7 of 20");
	ck_assert(read_guarded(out + 7, 13));
	probe_text(p, text);
	ck_assert_str_eq(text, "1 message had come back");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("probe");
	TCase *tc = suite_case(s, "probe");
	const int all = ROWS(dialogs);

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, any_cut_is_good, 0, all);
	tcase_add_loop_test(tc, reads_may_split_a_message, 0, 128);
	tcase_add_test(tc, nothing_is_sent_before_the_welcome);
	tcase_add_test(tc, so_many_are_on_their_way);
	tcase_add_test(tc, any_piece_is_sent);
	tcase_add_test(tc, what_is_begun_goes_on);
	tcase_add_test(tc, times_are_those_of_messages);
	tcase_add_loop_test(tc, a_wrong_byte_is_found, 0, all);
	tcase_add_loop_test(tc, a_lost_byte_is_found, 0, all);
	tcase_add_loop_test(tc, a_doubled_byte_is_found, 0, all);
	tcase_add_loop_test(tc, an_early_end_is_seen, 0, all);
	tcase_add_loop_test(tc, a_message_out_of_turn_is_found, 0, all);
	tcase_add_test(tc, a_message_of_another_is_found);
	tcase_add_loop_test(tc, a_prefix_has_its_place, 0, ROWS(misplaced));
	tcase_add_test(tc, nothing_comes_too_early);
	tcase_add_loop_test(tc, a_fault_in_words, 0, ROWS(faults));
	tcase_add_loop_test(tc, any_fault_in_words, PROBE_WELCOME,
	    PROBE_EXTRA + 1);
	tcase_add_test(tc, its_place_in_words);
	return suite_run(s);
}
