/*
 * The real program, asked without a pause for files that are changed without
 * a pause: no answer is torn, and none is older than what was there when it
 * was asked for.
 *
 * A file is made of words that are all its version, and the size tells the
 * version too. A process of its own writes the versions, and says in shared
 * memory which one it has begun and which one is done.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

#define SIZES		64		/* so many versions differ in size */
#define BODY_MAX	(256 * 1024)
#define VERSIONS	(1 << 16)
#define TAGS		(1 << 18)
#define CONNS_MAX	32

/* Set in each word of a compressed sibling, which is about half as long. */
#define CODED		((uint64_t)1 << 32)

static const struct {
	const char	*name;
	size_t		 size;		/* of version 0 */
	bool		 in_place;	/* with one write; or by rename */
	bool		 has_sibling;
} files[] = {
	{ "renamed-small",	1024,	false,	false },
	{ "renamed-medium",	61440,	false,	false },
	{ "renamed-large",	204800,	false,	false },
	{ "coded-small",	8192,	false,	true },
	{ "coded-large",	163840,	false,	true },
	{ "edited-small",	1024,	true,	false },
	{ "edited-medium",	61440,	true,	false },
	{ "edited-large",	204800,	true,	false },
};

#define FILES	COUNT(files)

/* What the processes share. */
static struct shared {
	_Atomic uint64_t	begun[FILES];
	_Atomic uint64_t	done[FILES];
	_Atomic bool		stop;
} *shared;

static struct daemon d;
static pid_t writer;

/* ---- files ---- */

/* Of a file that is edited in place the size stays. */
static size_t
size_of(int file, uint64_t version, bool coded)
{
	size_t size = coded ? files[file].size / 2 : files[file].size;

	return files[file].in_place ? size : size + version % SIZES * 8;
}

static void
fill(uint64_t *words, uint64_t word, size_t size)
{
	for (size_t i = 0; i < size / 8; i++)
		words[i] = word;
}

/* No assertion in the process that writes: it ends with 1. */
static void
write_whole(const char *path, int flags, uint64_t word, size_t size)
{
	static uint64_t words[BODY_MAX / 8];
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);

	fill(words, word, size);
	if (fd == -1 || pwrite(fd, words, size, 0) != (ssize_t)size ||
	    close(fd) == -1) {
		perror(path);
		_exit(1);
	}
}

static void
move(const char *from, const char *to)
{
	if (rename(from, to) == -1) {
		perror(from);
		_exit(1);
	}
}

/* The sibling last, so that it is never older than what it belongs to. */
static void
write_version(int file, uint64_t version)
{
	const char *path = daemon_path("site/%s", files[file].name);
	const char *coded = daemon_path("site/%s.gz", files[file].name);
	const char *next = daemon_path("next"), *other = daemon_path("other");

	atomic_store(&shared->begun[file], version);
	if (files[file].in_place) {
		write_whole(path, O_CREAT, version, size_of(file, version,
		    false));
	} else {
		write_whole(next, O_CREAT | O_TRUNC, version,
		    size_of(file, version, false));
		if (files[file].has_sibling)
			write_whole(other, O_CREAT | O_TRUNC,
			    version | CODED, size_of(file, version, true));
		move(next, path);
		if (files[file].has_sibling)
			move(other, coded);
	}
	atomic_store(&shared->done[file], version);
}

static void
write_on(pid_t parent)
{
	for (uint64_t v = 2; v < VERSIONS && !atomic_load(&shared->stop) &&
	    getppid() == parent; v++)
		for (int file = 0; file < FILES; file++)
			write_version(file, v);
	_exit(0);
}

/* ---- tags ---- */

/*
 * Which tag each version of each variant had, and which version had a tag.
 * One tag of two versions is the worst that can happen: who has the one would
 * be told that it is the other.
 */
static struct tag {
	char		text[80];
	uint64_t	id;		/* of file and word; 0: free */
} tags[TAGS];
static uint64_t ntags;

static uint64_t
hash_of(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) *
		    UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

/* Its place in the table: with it, or free. */
static struct tag *
find_tag(const char *text)
{
	uint64_t i = hash_of(text);

	while (tags[i % TAGS].id != 0 &&
	    strcmp(tags[i % TAGS].text, text) != 0)
		i++;
	return &tags[i % TAGS];
}

/* With the file in it, as two files may well have the same tag. */
static void
tag_text(char *out, size_t size, int file, const char *etag)
{
	/* A tag that was weak is strong when the file has settled. */
	if (strncmp(etag, "W/", 2) == 0)
		etag += 2;
	snprintf(out, size, "%d%s", file, etag);
}

static void
note_tag(int file, uint64_t word, const char *etag)
{
	uint64_t id = (uint64_t)(file + 1) << 40 | word;
	char text[80];
	struct tag *t;

	tag_text(text, sizeof(text), file, etag);
	t = find_tag(text);
	if (t->id == 0) {
		ck_assert_uint_lt(++ntags, TAGS / 2);
		t->id = id;
		strcpy(t->text, text);
	}
	ck_assert_msg(t->id == id, "%s: %s of version %" PRIu64 " and of %"
	    PRIu64, files[file].name, etag, t->id & 0xffffffff,
	    word & 0xffffffff);
}

static uint64_t
version_of_tag(int file, const char *etag)
{
	char text[80];

	tag_text(text, sizeof(text), file, etag);
	return find_tag(text)->id & 0xffffffff;
}

/* ---- requests ---- */

struct asker {
	struct wire	w;
	bool		is_open;
	bool		each;		/* a connection for each request */
	unsigned	count;
	int		file;
	bool		coded;		/* a coding is accepted */
	uint64_t	least;		/* the version must be this or later */
	char		tags[FILES][64];	/* as it saw them last */
	char		condition[64];	/* as it was sent, or "" */
};

static struct asker askers[CONNS_MAX];

static void
ask(struct asker *a)
{
	char request[512];

	a->file = (int)(a->count % FILES);
	a->coded = files[a->file].has_sibling && a->count / FILES % 2 == 0;
	a->condition[0] = '\0';
	if (a->count / FILES % 3 == 0 && !files[a->file].in_place)
		strcpy(a->condition, a->tags[a->file]);
	a->count++;
	snprintf(request, sizeof(request), "GET /%s HTTP/1.1\r\nHost: x\r\n"
	    "%s%s%s%s\r\n", files[a->file].name,
	    a->coded ? "Accept-Encoding: gzip\r\n" : "",
	    a->condition[0] == '\0' ? "" : "If-None-Match: ", a->condition,
	    a->condition[0] == '\0' ? "" : "\r\n");
	if (!a->is_open)
		wire_open(&a->w, d.port);
	a->is_open = true;
	/* What is done now has to be seen. */
	a->least = atomic_load(&shared->done[a->file]);
	wire_send(&a->w, request);
}

/* The content, which is the last of what comes. */
static void
read_content(struct asker *a, char *out, size_t len)
{
	size_t have = a->w.len;

	ck_assert_uint_le(len, BODY_MAX);
	ck_assert_uint_le(have, len);
	memcpy(out, a->w.bytes, have);
	a->w.len = 0;
	while (have < len) {
		ssize_t n = recv(a->w.fd, out + have, len - have,
		    MSG_WAITALL);

		if (n > 0)
			have += (size_t)n;
		else if (n == 0 || errno != EINTR)
			ck_abort_msg("%s: the end after %zu of %zu bytes",
			    files[a->file].name, have, len);
	}
}

/*
 * Is each byte that of a version from first to last? It may take several: a
 * word is not copied at once, so one that was read while 255 became 256 may
 * be 511.
 */
static bool
is_between(uint64_t word, uint64_t first, uint64_t last)
{
	for (int shift = 0; shift < 64; shift += 8)
		if ((((word >> shift) - (first >> shift)) & 0xff) >
		    (last >> shift) - (first >> shift))
			return false;
	return true;
}

/*
 * Of one who reads a file while it is written in place nobody promises that
 * all words are the same, but nothing in it is older than what was done, and
 * nothing newer than what has begun.
 */
static void
judge_words(const struct asker *a, const uint64_t *words, size_t len,
    uint64_t flag)
{
	bool in_place = files[a->file].in_place;
	uint64_t begun = atomic_load(&shared->begun[a->file]);

	for (size_t i = 0; i < len / 8; i++) {
		uint64_t v = words[i] ^ flag;

		if (in_place ? is_between(v, a->least, begun) :
		    v >= a->least && v <= begun && words[i] == words[0])
			continue;
		ck_abort_msg("%s: version %" PRIu64 " at %zu and %" PRIu64
		    " at 0, but %" PRIu64 " was done before it was asked "
		    "for, and %" PRIu64 " has begun by now",
		    files[a->file].name, v, i * 8, words[0] ^ flag, a->least,
		    begun);
	}
}

static void
judge(struct asker *a)
{
	static uint64_t words[BODY_MAX / 8];
	static struct reply r;
	uint64_t version, flag;
	char etag[64];

	wire_head(&a->w, &r);
	snprintf(etag, sizeof(etag), "%s", reply_field(&r, "ETag"));
	if (r.status == 304 && a->condition[0] != '\0') {
		version = version_of_tag(a->file, a->condition);
		ck_assert_msg(version >= a->least, "%s: version %" PRIu64
		    " is said to be right, and %" PRIu64 " was done",
		    files[a->file].name, version, a->least);
		return;
	}
	ck_assert_msg(r.status == 200 && r.length > 0 && etag[0] != '\0',
	    "%s: %s", files[a->file].name, r.head);
	flag = reply_field(&r, "Content-Encoding")[0] != '\0' ? CODED : 0;
	ck_assert(flag == 0 || a->coded);
	read_content(a, (char *)words, r.length);
	judge_words(a, words, r.length, flag);
	version = words[0] ^ flag;
	ck_assert_msg(r.length == size_of(a->file, version, flag != 0),
	    "%s: %zu bytes of version %" PRIu64, files[a->file].name,
	    r.length, version);
	if (!files[a->file].in_place)
		note_tag(a->file, words[0], etag);
	strcpy(a->tags[a->file], etag);
}

/* ---- the test ---- */

/* How many ask at a time, every other one on a new connection each time. */
static const struct {
	int		conns;
	unsigned	answers;	/* to each, at least */
	bool		each;
} loads[] = {
	{ 1,	4000,	false },
	{ 1,	2000,	true },
	{ 32,	400,	false },
	{ 32,	200,	true },
};

#define LEAST_VERSION	20	/* of each file, before it is enough */

static void
start_writer(void)
{
	pid_t parent = getpid();

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(shared != MAP_FAILED);
	for (int file = 0; file < FILES; file++)
		write_version(file, 1);
	ck_assert_int_ne(writer = fork(), -1);
	if (writer == 0)
		write_on(parent);
}

static void
stop_writer(void)
{
	int status;

	atomic_store(&shared->stop, true);
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static bool
is_enough(unsigned rounds, unsigned least)
{
	for (int file = 0; file < FILES && rounds >= least; file++)
		if (atomic_load(&shared->done[file]) < LEAST_VERSION)
			return false;
	return rounds >= least;
}

/*
 * All have asked before the first answer is read, and who has read its own
 * asks again at once: a turn of the server's loop has requests of many.
 */
START_TEST(no_answer_is_torn_or_old)
{
	int conns = loads[_i].conns;

	daemon_start(&d, "port: 0\nprotocol: http\ndocument_root: site\n",
	    NULL);
	start_writer();
	for (int i = 0; i < conns; i++) {
		askers[i].each = loads[_i].each && i % 2 == 0;
		askers[i].count = (unsigned)i;
		ask(&askers[i]);
	}
	for (unsigned n = 0; !is_enough(n, loads[_i].answers); n++)
		for (int i = 0; i < conns; i++) {
			judge(&askers[i]);
			if (askers[i].each) {
				wire_close(&askers[i].w);
				askers[i].is_open = false;
			}
			ask(&askers[i]);
		}
	for (int i = 0; i < conns; i++) {
		judge(&askers[i]);
		wire_close(&askers[i].w);
	}
	stop_writer();
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hammer");
	TCase *tc = tcase_create("changed without a pause");

	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, no_answer_is_torn_or_old, 0, COUNT(loads));
	suite_add_tcase(s, tc);
	return daemon_run_suite(s);
}
