#include "files/dirlist.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "files/dirlist_impl.h"
#include "http/http_target.h"

#define FIRST_SECOND	INT64_C(-62167219200)	/* 0000-01-01 00:00:00 */
#define LAST_SECOND	INT64_C(253402300799)	/* 9999-12-31 23:59:59 */

static const char replacement[] = "\xef\xbf\xbd";	/* U+FFFD */

/* The query */

static const struct {
	struct slice		text;
	enum dirlist_sort	sort;
} sorts[] = {
	{ { "sort=name", 9 },	DIRLIST_NAME },
	{ { "sort=size", 9 },	DIRLIST_SIZE },
	{ { "sort=time", 9 },	DIRLIST_TIME },
};

/* What the query has said so far. */
struct wish {
	bool			is_one;
	enum dirlist_sort	sort;
	bool			descending;
};

static void
take_parameter(struct slice s, struct wish *wish)
{
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
		if (slice_eq(s, sorts[i].text)) {
			wish->is_one = true;
			wish->sort = sorts[i].sort;
		}
	if (slice_eq(s, SLICE("order=asc")) ||
	    slice_eq(s, SLICE("order=desc"))) {
		wish->is_one = true;
		wish->descending = s.len == sizeof("order=desc") - 1;
	}
}

void
dirlist_query(struct slice query, struct dirlist_options *options)
{
	struct wish wish = { false, DIRLIST_NAME, false };
	struct slice s;
	const char *and;

	while (query.len > 0) {
		and = memchr(query.p, '&', query.len);
		s.p = query.p;
		s.len = and != NULL ? (size_t)(and - s.p) : query.len;
		take_parameter(s, &wish);
		query.p += s.len + (and != NULL);
		query.len -= s.len + (and != NULL);
	}
	if (!wish.is_one)
		return;
	options->sort = wish.sort;
	options->descending = wish.descending;
}

/* The text */

/* Make room for len more bytes; false without memory. */
static bool
reserve(struct dirlist *list, size_t len)
{
	size_t room = list->text_room == 0 ? 8192 : list->text_room;
	char *text;

	if (list->no_memory)
		return false;
	if (list->text_room - list->text_len >= len)
		return true;
	while (room - list->text_len < len)
		room *= 2;
	if ((text = realloc(list->text, room)) == NULL) {
		list->no_memory = true;
		return false;
	}
	list->text = text;
	list->text_room = room;
	return true;
}

void
dirlist_put(struct dirlist *list, const char *bytes, size_t len)
{
	if (len == 0 || !reserve(list, len))
		return;
	memcpy(list->text + list->text_len, bytes, len);
	list->text_len += len;
}

void
dirlist_puts(struct dirlist *list, const char *string)
{
	dirlist_put(list, string, strlen(string));
}

/* The length of what begins s and goes into the text as it is. */
static size_t
plain_length(struct slice s, const char *const escapes[static 128])
{
	size_t i = 0, n;
	uint32_t code;

	while (i < s.len) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x80)
			n = escapes[c] == NULL;
		else
			n = utf8_first((struct slice){ s.p + i, s.len - i },
			    &code);
		if (n == 0)
			break;
		i += n;
	}
	return i;
}

void
dirlist_put_escaped(struct dirlist *list, struct slice s,
    const char *const escapes[static 128])
{
	for (;;) {
		size_t n = plain_length(s, escapes);
		unsigned char c;

		dirlist_put(list, s.p, n);
		if (n == s.len)
			return;
		c = (unsigned char)s.p[n];
		dirlist_puts(list, c < 0x80 ? escapes[c] : replacement);
		s.p += n + 1;
		s.len -= n + 1;
	}
}

void
dirlist_put_href(struct dirlist *list, const struct dirlist_entry *e,
    const char *const escapes[static 128])
{
	struct slice rest = { e->name, e->len };
	char part[3 * 64 + 1];

	/* "a:b" alone is something of the scheme a (RFC 3986, 4.2). */
	if (memchr(rest.p, ':', rest.len) != NULL)
		dirlist_puts(list, "./");
	while (rest.len > 0) {
		size_t n = rest.len < 64 ? rest.len : 64;
		long len = http_target_encode((struct slice){ rest.p, n }, part,
		    sizeof(part));

		dirlist_put_escaped(list, (struct slice){ part, (size_t)len },
		    escapes);
		rest.p += n;
		rest.len -= n;
	}
	if (e->is_directory)
		dirlist_put(list, "/", 1);
}

static char *
put_two(char *out, int value, char after)
{
	out[0] = (char)('0' + value / 10);
	out[1] = (char)('0' + value % 10);
	out[2] = after;
	return out + 3;
}

void
dirlist_time(int64_t t, char out[static DIRLIST_TIME_LEN + 1])
{
	time_t clamped = (time_t)(t < FIRST_SECOND ? FIRST_SECOND :
	    t > LAST_SECOND ? LAST_SECOND : t);
	struct tm tm;
	int year;

	gmtime_r(&clamped, &tm);
	year = tm.tm_year + 1900;
	put_two(out, year / 100, '\0');
	out = put_two(out + 2, year % 100, '-');
	out = put_two(out, tm.tm_mon + 1, '-');
	out = put_two(out, tm.tm_mday, 'T');
	out = put_two(out, tm.tm_hour, ':');
	out = put_two(out, tm.tm_min, ':');
	out = put_two(out, tm.tm_sec, 'Z');
	*out = '\0';
}

/* The listing */

struct dirlist *
dirlist_new(const struct docroot *root, int fd, const char *path,
    const struct dirlist_options *options)
{
	size_t len = strlen(path);
	struct dirlist *list;
	int error;

	if ((list = calloc(1, sizeof(*list) + len + 1)) == NULL)
		goto fail;
	/* From here on the stream has the descriptor. */
	if ((list->dir = fdopendir(fd)) == NULL)
		goto fail;
	list->root = root;
	list->options = *options;
	list->format = options->json ? &dirlist_json : &dirlist_html;
	list->max = DIRLIST_MAX;
	list->path_len = len;
	memcpy(list->path, path, len + 1);
	return list;

fail:
	error = errno;
	close(fd);
	free(list);
	errno = error;
	return NULL;
}

/* Write a step's worth: after the last entry, what follows them. */
static enum dirlist_result
write_some(struct dirlist *list)
{
	const struct dirlist_entry *e = NULL;

	if (list->written == 0)
		list->format->begin(list);
	for (int i = 0; i < DIRLIST_STEP && !list->no_memory; i++) {
		if ((e = dirlist_merge_next(list)) == NULL)
			break;
		list->format->entry(list, e);
		list->written++;
	}
	if (e == NULL)
		list->format->end(list);
	if (list->no_memory) {
		errno = ENOMEM;
		return DIRLIST_FAILED;
	}
	return e == NULL ? DIRLIST_DONE : DIRLIST_MORE;
}

enum dirlist_result
dirlist_step(struct dirlist *list)
{
	enum dirlist_result result;

	if (list->dir == NULL)
		return write_some(list);
	if ((result = dirlist_read(list)) != DIRLIST_DONE)
		return result;
	closedir(list->dir);
	list->dir = NULL;
	dirlist_merge_begin(list);
	return DIRLIST_MORE;
}

struct file *
dirlist_file(struct dirlist *list)
{
	char *text = list->text;

	list->text = NULL;
	return file_of_bytes(text, list->text_len);
}

void
dirlist_free(struct dirlist *list)
{
	if (list == NULL)
		return;
	if (list->dir != NULL)
		closedir(list->dir);
	dirlist_read_clear(list);
	free(list->text);
	free(list);
}
