/*
 * check_out - the list of answers: order, references, partial sends. Linked
 * with the wrapped calls of failing.h.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "proto/out.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failing.h"
#include "suite.h"

#define NO_BUDGET_LIMIT	UINT64_MAX
#define FILE_SIZE	200000

static struct out out;
static int ends[2] = { -1, -1 };	/* sends, receives */
static int file = -1;
static char content[FILE_SIZE];		/* of file */

/* An owner whose references are counted. */
static int released[8];

static void
release(void *owner)
{
	++*(int *)owner;
}

/* A pair that holds little, so that sends are cut. */
static void
make_pair(int domain)
{
	int little = 4096;

	if (domain == AF_UNIX) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM |
		    SOCK_NONBLOCK, 0, ends), 0);
	} else {
		struct sockaddr_in sin = { .sin_family = AF_INET,
		    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t len = sizeof(sin);
		int l = socket(AF_INET, SOCK_STREAM, 0);

		setsockopt(l, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
		ck_assert_int_eq(bind(l, (struct sockaddr *)&sin, len), 0);
		ck_assert_int_eq(listen(l, 1), 0);
		ck_assert_int_eq(getsockname(l, (struct sockaddr *)&sin,
		    &len), 0);
		ends[0] = socket(AF_INET, SOCK_STREAM, 0);
		setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &little,
		    sizeof(little));
		ck_assert_int_eq(connect(ends[0], (struct sockaddr *)&sin,
		    len), 0);
		ends[1] = accept(l, NULL, NULL);
		ck_assert_int_ne(ends[1], -1);
		close(l);
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
		fcntl(ends[1], F_SETFL, O_NONBLOCK);
	}
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &little, sizeof(little));
}

static void
close_pair(void)
{
	for (int i = 0; i < 2; i++) {
		if (ends[i] != -1)
			close(ends[i]);
		ends[i] = -1;
	}
}

static void
setup(void)
{
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	file = dup(fileno(f));
	fclose(f);
	for (size_t i = 0; i < FILE_SIZE; i++)
		content[i] = (char)(i * 7 + i / 251);
	ck_assert_int_eq(write(file, content, FILE_SIZE), FILE_SIZE);
	memset(released, 0, sizeof(released));
	failing_reset();
	make_pair(AF_UNIX);
	out_init(&out);
}

static void
teardown(void)
{
	failing_reset();
	out_clear(&out);
	close_pair();
	close(file);
	signal(SIGPIPE, SIG_DFL);
}

/* Take what has arrived; returns how much. */
static size_t
receive(char *to, size_t size)
{
	size_t n = 0;
	ssize_t got;

	while (n < size && (got = recv(ends[1], to + n, size - n, 0)) > 0)
		n += (size_t)got;
	return n;
}

/* Send all, receiving in between; returns the result that ended it. */
static enum out_result
pump(char *to, size_t size, size_t *len)
{
	enum out_result result;
	uint64_t sent = 0;

	*len = 0;
	do {
		uint64_t before = sent;

		result = out_send(&out, ends[0], NO_BUDGET_LIMIT, &sent);
		*len += receive(to + *len, size - *len);
		if (result == OUT_BLOCKED && sent == before && *len == sent)
			ck_abort_msg("blocked, and nothing is on its way");
	} while (result == OUT_BLOCKED);
	while (*len < sent)
		*len += receive(to + *len, size - *len);
	ck_assert_uint_eq(*len, sent);
	return result;
}

/* The bytes that are still in out, by peeking and advancing. */
static size_t
take(struct out *from, char *to)
{
	struct slice run;
	size_t n = 0;

	while (out_peek(from, &run)) {
		memcpy(to + n, run.p, run.len);
		n += run.len;
		out_advance(from, run.len);
	}
	return n;
}

START_TEST(empty_list_is_done_at_once)
{
	struct slice run;
	uint64_t sent = 0;

	ck_assert(out_is_empty(&out));
	ck_assert(!out_peek(&out, &run));
	ck_assert_int_eq(out_send(&out, ends[0], 0, &sent), OUT_DONE);
	ck_assert_uint_eq(sent, 0);
	out_reset(&out);
	out_clear(&out);
	out_clear(&out);
}
END_TEST

START_TEST(copies_are_one_run)
{
	struct slice run;
	char word[] = "abc";

	out_copy(&out, word, 3);
	memset(word, 'x', 3);
	out_copy(&out, "", 0);
	out_copy(&out, "defg", 4);
	memcpy(out_reserve(&out, 100), "hi", 2);
	out_commit(&out, 2);
	out_commit(&out, 0);
	ck_assert_uint_eq(out.left, 9);
	ck_assert(out_peek(&out, &run));
	ck_assert(slice_eq(run, SLICE("abcdefghi")));
}
END_TEST

START_TEST(reserved_room_need_not_be_used)
{
	char got[16];

	out_copy(&out, "a", 1);
	ck_assert_ptr_nonnull(out_reserve(&out, 5000));
	out_copy(&out, "b", 1);
	ck_assert_uint_eq(out.left, 2);
	ck_assert_uint_eq(take(&out, got), 2);
	ck_assert(memcmp(got, "ab", 2) == 0);
}
END_TEST

START_TEST(order_is_kept_over_all_kinds)
{
	static char got[1000];
	size_t len;

	out_copy(&out, "one ", 4);
	out_ref(&out, "two ", 4, &released[0], release);
	out_copy(&out, "three ", 6);
	out_file(&out, file, 10, 100, &released[1], release);
	out_copy(&out, "four", 4);
	ck_assert_uint_eq(out.left, 118);
	ck_assert_int_eq(pump(got, sizeof(got), &len), OUT_DONE);
	ck_assert_uint_eq(len, 118);
	ck_assert(memcmp(got, "one two three ", 14) == 0);
	ck_assert(memcmp(got + 14, content + 10, 100) == 0);
	ck_assert(memcmp(got + 114, "four", 4) == 0);
	ck_assert(out_is_empty(&out));
	ck_assert_int_eq(released[0], 1);
	ck_assert_int_eq(released[1], 1);
}
END_TEST

/* Every way in which a reference ends, and that it ends once. */
static void
end_by_reset(void)
{
	out_reset(&out);
}

static void
end_by_clear(void)
{
	out_clear(&out);
}

static void
end_by_sending(void)
{
	static char got[1000];
	size_t len;

	ck_assert_int_eq(pump(got, sizeof(got), &len), OUT_DONE);
}

static void
end_by_advancing(void)
{
	out_advance(&out, out.left);
}

static void
end_by_advancing_in_steps(void)
{
	while (out.left > 0)
		out_advance(&out, 1);
}

static void
end_after_a_move(void)
{
	struct out other;

	out_init(&other);
	out_move(&other, &out);
	ck_assert_int_eq(released[0], 0);
	ck_assert_int_eq(released[1], 0);
	ck_assert(out_is_empty(&out));
	out_clear(&out);
	ck_assert_int_eq(released[0], 0);
	out_clear(&other);
}

static void
end_by_a_failed_move(void)
{
	struct out other;

	out_init(&other);
	other.failed = true;
	out_move(&other, &out);
	ck_assert(other.failed);
	ck_assert(out_is_empty(&other));
	out_clear(&other);
}

static void
end_by_an_error(void)
{
	uint64_t sent = 0;

	close(ends[1]);
	ends[1] = -1;
	ck_assert_int_eq(out_send(&out, ends[0], NO_BUDGET_LIMIT, &sent),
	    OUT_ERROR);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_uint_eq(sent, 0);
	out_clear(&out);
}

static void
end_when_sent_in_part(void)
{
	uint64_t sent = 0;

	failing_short(FAILING_SENDMSG, 6);
	failing[FAILING_SENDMSG].at = 2;
	failing[FAILING_SENDMSG].error = EAGAIN;
	ck_assert_int_eq(out_send(&out, ends[0], NO_BUDGET_LIMIT, &sent),
	    OUT_BLOCKED);
	failing_on = false;
	ck_assert_uint_eq(sent, 4);
	out_clear(&out);
}

static const struct {
	const char	*name;
	void		(*end)(void);
} ways[] = {
	{ "reset",		end_by_reset },
	{ "clear",		end_by_clear },
	{ "sent",		end_by_sending },
	{ "advanced",		end_by_advancing },
	{ "in steps",		end_by_advancing_in_steps },
	{ "moved",		end_after_a_move },
	{ "move that failed",	end_by_a_failed_move },
	{ "an error",		end_by_an_error },
	{ "sent in part",	end_when_sent_in_part },
};

START_TEST(references_are_released_once)
{
	out_copy(&out, "head", 4);
	out_ref(&out, "body", 4, &released[0], release);
	out_ref(&out, "tail", 4, &released[1], release);
	out_file(&out, file, 0, 50, &released[2], release);
	out_ref(&out, "more", 4, &released[3], release);
	out_file(&out, file, 0, 50, &released[4], release);
	ways[_i].end();
	out_reset(&out);
	out_clear(&out);
	for (int i = 0; i < 5; i++)
		ck_assert_msg(released[i] == 1, "%s: piece %d %d times",
		    ways[_i].name, i, released[i]);
}
END_TEST

START_TEST(reference_to_nothing_is_released_at_once)
{
	out_ref(&out, "", 0, &released[0], release);
	out_file(&out, file, 0, 0, &released[1], release);
	ck_assert_int_eq(released[0], 1);
	ck_assert_int_eq(released[1], 1);
	ck_assert(out_is_empty(&out));
}
END_TEST

START_TEST(reference_goes_with_its_last_byte)
{
	out_ref(&out, "abc", 3, &released[0], release);
	out_ref(&out, "def", 3, &released[1], release);
	out_advance(&out, 2);
	ck_assert_int_eq(released[0], 0);
	out_advance(&out, 1);
	ck_assert_int_eq(released[0], 1);
	ck_assert_int_eq(released[1], 0);
	out_advance(&out, 3);
	ck_assert_int_eq(released[1], 1);
}
END_TEST

START_TEST(owner_may_be_nobody)
{
	static char got[100];
	size_t len;

	out_ref(&out, "static", 6, NULL, NULL);
	out_file(&out, file, 0, 10, NULL, NULL);
	ck_assert_int_eq(pump(got, sizeof(got), &len), OUT_DONE);
	ck_assert_uint_eq(len, 16);
}
END_TEST

/* Every cut of a sendmsg and a sendfile gives the same bytes. */
START_TEST(any_cut_gives_the_same_bytes)
{
	static char got[1000], want[1000];
	size_t len, n = 0;

	for (int i = 0; i < 5; i++) {
		char word[32];
		int k = snprintf(word, sizeof(word), "answer %d;", i * 1000);

		out_copy(&out, word, (size_t)k);
		memcpy(want + n, word, (size_t)k);
		n += (size_t)k;
		out_ref(&out, content, 20, &released[0], release);
		memcpy(want + n, content, 20);
		n += 20;
		out_file(&out, file, i, 40, &released[1], release);
		memcpy(want + n, content + i, 40);
		n += 40;
	}
	failing_short(FAILING_SENDMSG, (size_t)_i);
	failing_short(FAILING_SENDFILE, (size_t)_i);
	ck_assert_int_eq(pump(got, sizeof(got), &len), OUT_DONE);
	ck_assert_uint_eq(len, n);
	ck_assert(memcmp(got, want, n) == 0);
	ck_assert_int_eq(released[0], 5);
	ck_assert_int_eq(released[1], 5);
}
END_TEST

static const int domains[] = { AF_UNIX, AF_INET };

START_TEST(what_the_socket_does_not_take_is_resumed)
{
	static char got[FILE_SIZE * 3 + 100], want[sizeof(got)];
	size_t len, n = 0;

	close_pair();
	make_pair(domains[_i]);
	for (int i = 0; i < 2; i++) {
		out_copy(&out, content + 100, FILE_SIZE / 2);
		memcpy(want + n, content + 100, FILE_SIZE / 2);
		n += FILE_SIZE / 2;
		out_file(&out, file, 1, FILE_SIZE - 1, &released[0], release);
		memcpy(want + n, content + 1, FILE_SIZE - 1);
		n += FILE_SIZE - 1;
	}
	ck_assert_int_eq(pump(got, sizeof(got), &len), OUT_DONE);
	ck_assert_uint_eq(len, n);
	ck_assert(memcmp(got, want, n) == 0);
	ck_assert_int_eq(released[0], 2);
}
END_TEST

START_TEST(full_socket_blocks_and_keeps_the_rest)
{
	uint64_t sent = 0, left;

	out_copy(&out, content, FILE_SIZE);
	ck_assert_int_eq(out_send(&out, ends[0], 0, &sent), OUT_BLOCKED);
	ck_assert_uint_gt(sent, 0);
	ck_assert_uint_eq(out.left, FILE_SIZE - sent);
	left = out.left;
	ck_assert_int_eq(out_send(&out, ends[0], 0, &sent), OUT_BLOCKED);
	ck_assert_uint_eq(out.left, left);
}
END_TEST

START_TEST(more_pieces_than_one_call_takes)
{
	enum { MANY = 5000 };
	static char got[MANY + 1];
	size_t len;

	for (int i = 0; i < MANY; i++)
		out_ref(&out, content + i, 1, &released[0], release);
	ck_assert_int_eq(pump(got, sizeof(got), &len), OUT_DONE);
	ck_assert_uint_eq(len, MANY);
	ck_assert(memcmp(got, content, MANY) == 0);
	ck_assert_int_eq(released[0], MANY);
}
END_TEST

START_TEST(batch_of_bytes_is_one_call)
{
	uint64_t sent = 0;

	for (int i = 0; i < 20; i++) {
		out_copy(&out, "head", 4);
		out_ref(&out, "body", 4, &released[0], release);
	}
	failing_at(FAILING_SENDMSG, 0, 0);
	ck_assert_int_eq(out_send(&out, ends[0], 0, &sent), OUT_DONE);
	failing_on = false;
	ck_assert_uint_eq(sent, 160);
	ck_assert_uint_eq(failing[FAILING_SENDMSG].calls, 1);
}
END_TEST

START_TEST(deep_pipeline_of_small_files_is_one_call)
{
	int much = 1 << 20;
	uint64_t sent = 0;

	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &much, sizeof(much));
	for (int i = 0; i < 100; i++) {
		out_copy(&out, content, 250);
		out_ref(&out, content + i, 1024, &released[0], release);
	}
	failing_at(FAILING_SENDMSG, 0, 0);
	ck_assert_int_eq(out_send(&out, ends[0], 0, &sent), OUT_DONE);
	failing_on = false;
	ck_assert_uint_eq(sent, 100 * 1274);
	ck_assert_uint_eq(failing[FAILING_SENDMSG].calls, 1);
	ck_assert_int_eq(released[0], 100);
}
END_TEST

START_TEST(budget_is_of_bytes_of_files)
{
	static char got[2000];
	uint64_t sent = 0;
	size_t len;

	out_copy(&out, content, 500);
	out_file(&out, file, 0, 1000, &released[0], release);
	out_copy(&out, "end", 3);
	/* Without any budget the copied bytes go all the same. */
	ck_assert_int_eq(out_send(&out, ends[0], 0, &sent), OUT_SHARE);
	ck_assert_uint_eq(sent, 500);
	ck_assert_int_eq(out_send(&out, ends[0], 300, &sent), OUT_SHARE);
	ck_assert_uint_eq(sent, 800);
	ck_assert_uint_eq(out.left, 703);
	ck_assert_int_eq(released[0], 0);
	/* Exactly enough for the file: what follows it goes too. */
	ck_assert_int_eq(out_send(&out, ends[0], 700, &sent), OUT_DONE);
	ck_assert_uint_eq(sent, 1503);
	ck_assert_int_eq(released[0], 1);
	len = receive(got, sizeof(got));
	ck_assert_uint_eq(len, 1503);
	ck_assert(memcmp(got + 500, content, 1000) == 0);
	ck_assert(memcmp(got + 1500, "end", 3) == 0);
}
END_TEST

START_TEST(budget_is_shared_by_files)
{
	uint64_t sent = 0;

	for (int i = 0; i < 4; i++)
		out_file(&out, file, 0, 100, &released[i], release);
	ck_assert_int_eq(out_send(&out, ends[0], 250, &sent), OUT_SHARE);
	ck_assert_uint_eq(sent, 250);
	ck_assert_int_eq(released[1], 1);
	ck_assert_int_eq(released[2], 0);
}
END_TEST

START_TEST(file_that_is_shorter_than_promised_is_told)
{
	static char got[FILE_SIZE];
	size_t len;

	out_copy(&out, "head", 4);
	out_file(&out, file, FILE_SIZE - 10, 11, &released[0], release);
	ck_assert_int_eq(pump(got, sizeof(got), &len), OUT_SHRANK);
	ck_assert_uint_eq(len, 14);
	ck_assert_int_eq(released[0], 0);
	out_reset(&out);
	ck_assert_int_eq(released[0], 1);
}
END_TEST

START_TEST(file_that_shrinks_midway_is_told)
{
	static char got[FILE_SIZE];
	uint64_t sent = 0;
	size_t len;

	out_file(&out, file, 0, FILE_SIZE, &released[0], release);
	ck_assert_int_eq(out_send(&out, ends[0], 1000, &sent), OUT_SHARE);
	ck_assert_uint_eq(receive(got, sizeof(got)), 1000);
	ck_assert_int_eq(ftruncate(file, 1500), 0);
	ck_assert_int_eq(pump(got, sizeof(got), &len), OUT_SHRANK);
	ck_assert_uint_eq(len, 500);
	ck_assert(memcmp(got, content + 1000, 500) == 0);
}
END_TEST

START_TEST(file_that_is_gone_before_its_offset_is_told)
{
	uint64_t sent = 0;

	ck_assert_int_eq(ftruncate(file, 0), 0);
	out_file(&out, file, 1000, 1, &released[0], release);
	ck_assert_int_eq(out_send(&out, ends[0], NO_BUDGET_LIMIT, &sent),
	    OUT_SHRANK);
}
END_TEST

START_TEST(large_offset_is_not_cut)
{
	static char got[100];
	off_t far = (off_t)5 << 30;
	size_t len;

	ck_assert_int_eq(pwrite(file, "far away", 8, far), 8);
	out_file(&out, file, far, 8, &released[0], release);
	ck_assert_int_eq(pump(got, sizeof(got), &len), OUT_DONE);
	ck_assert_uint_eq(len, 8);
	ck_assert(memcmp(got, "far away", 8) == 0);
}
END_TEST

START_TEST(gone_peer_is_an_error_without_a_signal)
{
	uint64_t sent = 0;

	signal(SIGPIPE, SIG_DFL);
	close(ends[1]);
	ends[1] = -1;
	out_copy(&out, "text", 4);
	ck_assert_int_eq(out_send(&out, ends[0], 0, &sent), OUT_ERROR);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_uint_eq(sent, 0);
}
END_TEST

static const struct {
	const char		*name;
	enum failing_call	 call;
	int			 error;
	enum out_result		 want;
} errors[] = {
	{ "interrupted",	FAILING_SENDMSG, EINTR, OUT_DONE },
	{ "interrupted file",	FAILING_SENDFILE, EINTR, OUT_DONE },
	{ "full",		FAILING_SENDMSG, EAGAIN, OUT_BLOCKED },
	{ "full for a file",	FAILING_SENDFILE, EAGAIN, OUT_BLOCKED },
	{ "reset",		FAILING_SENDMSG, ECONNRESET, OUT_ERROR },
	{ "reset in a file",	FAILING_SENDFILE, ECONNRESET, OUT_ERROR },
	{ "bad disk",		FAILING_SENDFILE, EIO, OUT_ERROR },
	{ "no memory",		FAILING_SENDMSG, ENOBUFS, OUT_ERROR },
};

START_TEST(failed_call_is_retried_or_told)
{
	enum out_result result;
	uint64_t sent = 0;
	int error;

	out_copy(&out, "head", 4);
	out_file(&out, file, 0, 100, &released[0], release);
	failing_at(errors[_i].call, 1, errors[_i].error);
	result = out_send(&out, ends[0], NO_BUDGET_LIMIT, &sent);
	error = errno;
	failing_on = false;
#ifndef USE_SENDFILE
	if (errors[_i].call == FAILING_SENDFILE)
		return;
#endif
	ck_assert_msg(result == errors[_i].want, "%s: %d", errors[_i].name,
	    result);
	if (result == OUT_ERROR)
		ck_assert_int_eq(error, errors[_i].error);
	ck_assert_uint_eq(out.left, 104 - sent);
	if (result == OUT_DONE)
		ck_assert_uint_eq(sent, 104);
}
END_TEST

/* One of all kinds, so that there is something to allocate. */
static void
append_all(void)
{
	char *room;

	out_copy(&out, content, 50);
	out_ref(&out, content, 50, &released[0], release);
	out_file(&out, file, 0, 50, &released[1], release);
	if ((room = out_reserve(&out, 5000)) != NULL) {
		memset(room, 'a', 5000);
		out_commit(&out, 5000);
	}
	for (int i = 0; i < 20; i++)
		out_ref(&out, content, 1, &released[2], release);
	out_copy(&out, content, 50000);
}

START_TEST(no_memory_fails_the_whole_list)
{
	unsigned calls;

	failing_at(FAILING_MEMORY, 0, 0);
	append_all();
	failing_on = false;
	calls = failing[FAILING_MEMORY].calls;
	ck_assert_uint_gt(calls, 4);
	ck_assert(!out.failed);
	out_clear(&out);
	for (unsigned n = 1; n <= calls; n++) {
		memset(released, 0, sizeof(released));
		failing_at(FAILING_MEMORY, n, ENOMEM);
		append_all();
		failing_on = false;
		ck_assert(failing_happened(FAILING_MEMORY));
		ck_assert_msg(out.failed, "allocation %u", n);
		ck_assert_ptr_null(out_reserve(&out, 1));
		out_clear(&out);
		ck_assert(!out.failed);
		ck_assert_int_eq(released[0], 1);
		ck_assert_int_eq(released[1], 1);
		ck_assert_int_eq(released[2], 20);
	}
}
END_TEST

START_TEST(failed_list_takes_no_more)
{
	uint64_t left;

	out_copy(&out, "a", 1);
	out.failed = true;
	left = out.left;
	out_copy(&out, "b", 1);
	out_ref(&out, "c", 1, &released[0], release);
	out_file(&out, file, 0, 1, &released[1], release);
	ck_assert_ptr_null(out_reserve(&out, 1));
	out_commit(&out, 1);
	ck_assert_uint_eq(out.left, left);
	ck_assert_int_eq(released[0], 1);
	ck_assert_int_eq(released[1], 1);
	out_reset(&out);
	out_copy(&out, "b", 1);
	ck_assert_uint_eq(out.left, 1);
}
END_TEST

START_TEST(length_that_cannot_be_is_refused)
{
	out_copy(&out, "a", 1);
	ck_assert_ptr_null(out_reserve(&out, SIZE_MAX));
	ck_assert(out.failed);
}
END_TEST

START_TEST(move_appends_what_is_unsent)
{
	struct out other;
	char got[64];

	out_init(&other);
	out_copy(&other, "first ", 6);
	out_copy(&out, "xxsecond ", 9);
	out_ref(&out, "third", 5, &released[0], release);
	out_advance(&out, 2);
	out_move(&other, &out);
	ck_assert(out_is_empty(&out));
	ck_assert_uint_eq(other.left, 18);
	ck_assert_uint_eq(take(&other, got), 18);
	ck_assert(memcmp(got, "first second third", 18) == 0);
	ck_assert_int_eq(released[0], 1);
	/* The source can be used anew. */
	out_copy(&out, "again", 5);
	ck_assert_uint_eq(take(&out, got), 5);
	ck_assert(memcmp(got, "again", 5) == 0);
	out_clear(&other);
}
END_TEST

START_TEST(move_of_files_sent_in_part)
{
	static char got[1000];
	struct out other;
	uint64_t sent = 0;
	size_t len;

	out_file(&out, file, 0, 1000, &released[0], release);
	ck_assert_int_eq(out_send(&out, ends[0], 300, &sent), OUT_SHARE);
	ck_assert_uint_eq(receive(got, sizeof(got)), 300);
	out_init(&other);
	out_move(&other, &out);
	ck_assert_uint_eq(other.left, 700);
	out_move(&out, &other);
	ck_assert_int_eq(pump(got, sizeof(got), &len), OUT_DONE);
	ck_assert_uint_eq(len, 700);
	ck_assert(memcmp(got, content + 300, 700) == 0);
	ck_assert_int_eq(released[0], 1);
	out_clear(&other);
}
END_TEST

START_TEST(move_hands_failure_on)
{
	struct out other;

	out_init(&other);
	out.failed = true;
	out_move(&other, &out);
	ck_assert(other.failed);
	out_clear(&other);
}
END_TEST

START_TEST(move_without_memory_fails_and_leaks_nothing)
{
	struct out other;
	unsigned calls;

	for (unsigned n = 1;; n++) {
		out_init(&other);
		memset(released, 0, sizeof(released));
		append_all();
		failing_at(FAILING_MEMORY, n, ENOMEM);
		out_move(&other, &out);
		failing_on = false;
		calls = failing[FAILING_MEMORY].calls;
		if (calls < n)
			break;
		ck_assert(other.failed);
		ck_assert(out_is_empty(&out));
		out_clear(&other);
		ck_assert_int_eq(released[0], 1);
		ck_assert_int_eq(released[1], 1);
		ck_assert_int_eq(released[2], 20);
	}
	ck_assert(!other.failed);
	out_clear(&other);
}
END_TEST

START_TEST(peek_stops_at_a_file)
{
	struct slice run;

	out_copy(&out, "head", 4);
	out_file(&out, file, 0, 10, &released[0], release);
	ck_assert(out_peek(&out, &run));
	ck_assert(slice_eq(run, SLICE("head")));
	out_advance(&out, 4);
	ck_assert(!out_peek(&out, &run));
	ck_assert(!out_is_empty(&out));
}
END_TEST

START_TEST(advance_within_and_over_pieces)
{
	struct slice run;

	out_copy(&out, "abcd", 4);
	out_ref(&out, "efgh", 4, &released[0], release);
	out_copy(&out, "ijkl", 4);
	out_advance(&out, 3);
	ck_assert(out_peek(&out, &run));
	ck_assert(slice_eq(run, SLICE("d")));
	out_advance(&out, 3);
	ck_assert(out_peek(&out, &run));
	ck_assert(slice_eq(run, SLICE("gh")));
	out_advance(&out, 3);
	ck_assert_int_eq(released[0], 1);
	ck_assert(out_peek(&out, &run));
	ck_assert(slice_eq(run, SLICE("jkl")));
	/* More behind a piece that was begun joins it. */
	out_copy(&out, "m", 1);
	ck_assert(out_peek(&out, &run));
	ck_assert(slice_eq(run, SLICE("jklm")));
	out_advance(&out, 0);
	ck_assert_uint_eq(out.left, 4);
}
END_TEST

START_TEST(memory_is_reused_after_a_reset)
{
	unsigned calls;

	out_copy(&out, content, 10000);
	out_ref(&out, "a", 1, &released[0], release);
	out_reset(&out);
	failing_at(FAILING_MEMORY, 0, 0);
	for (int i = 0; i < 100; i++) {
		out_copy(&out, content, 10000);
		out_ref(&out, "a", 1, &released[0], release);
		out_advance(&out, 10001);
	}
	failing_on = false;
	calls = failing[FAILING_MEMORY].calls;
	ck_assert_uint_eq(calls, 0);
	ck_assert_int_eq(released[0], 101);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("out");
	TCase *tc = suite_case(s, "list");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, empty_list_is_done_at_once);
	tcase_add_test(tc, copies_are_one_run);
	tcase_add_test(tc, reserved_room_need_not_be_used);
	tcase_add_test(tc, order_is_kept_over_all_kinds);
	tcase_add_loop_test(tc, references_are_released_once, 0, ROWS(ways));
	tcase_add_test(tc, reference_to_nothing_is_released_at_once);
	tcase_add_test(tc, reference_goes_with_its_last_byte);
	tcase_add_test(tc, owner_may_be_nobody);
	tcase_add_test(tc, move_appends_what_is_unsent);
	tcase_add_test(tc, move_of_files_sent_in_part);
	tcase_add_test(tc, move_hands_failure_on);
	tcase_add_test(tc, peek_stops_at_a_file);
	tcase_add_test(tc, advance_within_and_over_pieces);
	tcase_add_test(tc, memory_is_reused_after_a_reset);

	tc = suite_case(s, "sending");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, any_cut_gives_the_same_bytes, 1, 45);
	tcase_add_loop_test(tc, what_the_socket_does_not_take_is_resumed, 0,
	    ROWS(domains));
	tcase_add_test(tc, full_socket_blocks_and_keeps_the_rest);
	tcase_add_test(tc, more_pieces_than_one_call_takes);
	tcase_add_test(tc, batch_of_bytes_is_one_call);
	tcase_add_test(tc, deep_pipeline_of_small_files_is_one_call);
	tcase_add_test(tc, budget_is_of_bytes_of_files);
	tcase_add_test(tc, budget_is_shared_by_files);
	tcase_add_test(tc, file_that_is_shorter_than_promised_is_told);
	tcase_add_test(tc, file_that_shrinks_midway_is_told);
	tcase_add_test(tc, file_that_is_gone_before_its_offset_is_told);
	tcase_add_test(tc, large_offset_is_not_cut);

	tc = suite_case(s, "failures");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, gone_peer_is_an_error_without_a_signal);
	tcase_add_loop_test(tc, failed_call_is_retried_or_told, 0,
	    ROWS(errors));
	tcase_add_test(tc, no_memory_fails_the_whole_list);
	tcase_add_test(tc, failed_list_takes_no_more);
	tcase_add_test(tc, length_that_cannot_be_is_refused);
	tcase_add_test(tc, move_without_memory_fails_and_leaks_nothing);
	return suite_run(s);
}
