/*
 * Preconditions: a field section is judged as by a second reader, which goes
 * byte by byte and has the grammar of entity-tags written out.
 */
#include "fuzz.h"

#include "http/http_cond.h"
#include "http/http_date.h"

#define FIELDS_MAX	100
#define NOW		((time_t)1785240000)
#define MODIFIED	((time_t)784111777)

static const struct slice tags[] = {
	{ "\"a\"", 3 }, { "W/\"a\"", 5 }, { "\"\"", 2 }, { "W/\"\"", 4 },
	{ "\"a,\\\"", 5 }, { "\"*\"", 3 }, { "", 0 }
};

#define TAGS	(sizeof(tags) / sizeof(tags[0]))

struct list {
	size_t	members;
	bool	has_ours;
	bool	is_star;	/* the last member is */
};

static bool
is_etagc(unsigned char c)
{
	return c == 0x21 || (c >= 0x23 && c <= 0x7e) || c >= 0x80;
}

/* RFC 9110 8.8.3; *opaque is what stands between the quotes. */
static bool
is_entity_tag(struct slice s, bool *is_weak, struct slice *opaque)
{
	*is_weak = s.len >= 2 && s.p[0] == 'W' && s.p[1] == '/';
	if (*is_weak)
		s = (struct slice){ s.p + 2, s.len - 2 };
	if (s.len < 2 || s.p[0] != '"' || s.p[s.len - 1] != '"')
		return false;
	*opaque = (struct slice){ s.p + 1, s.len - 2 };
	for (size_t i = 0; i < opaque->len; i++)
		if (!is_etagc((unsigned char)opaque->p[i]))
			return false;
	return true;
}

static void
add_member(struct list *list, struct slice member, struct slice ours,
    bool weakly)
{
	bool is_weak, is_ours_weak;
	struct slice a, b;

	member = slice_trim(member);
	if (member.len == 0)
		return;
	list->members++;
	list->is_star = member.len == 1 && member.p[0] == '*';
	if (is_entity_tag(member, &is_weak, &a) &&
	    is_entity_tag(ours, &is_ours_weak, &b) && slice_eq(a, b) &&
	    (weakly || (!is_weak && !is_ours_weak)))
		list->has_ours = true;
}

/* False if a quote is left open. */
static bool
add_line(struct list *list, struct slice line, struct slice ours, bool weakly)
{
	bool quoted = false;
	size_t from = 0, i;

	for (i = 0; i < line.len; i++) {
		quoted ^= line.p[i] == '"';
		if (quoted || line.p[i] != ',')
			continue;
		add_member(list, (struct slice){ line.p + from, i - from },
		    ours, weakly);
		from = i + 1;
	}
	if (quoted)
		return false;
	add_member(list, (struct slice){ line.p + from, i - from }, ours,
	    weakly);
	return true;
}

static bool
holds(const struct http_fields *fs, enum http_field_id id, struct slice ours,
    bool weakly)
{
	const struct http_field *f = http_fields_first(fs, id);
	struct list list = { 0 };

	for (; f != NULL; f = http_fields_next(fs, f))
		if (!add_line(&list, f->value, ours, weakly))
			return list.has_ours;
	return list.has_ours || (list.is_star && list.members == 1);
}

static size_t
count(const struct http_fields *fs, enum http_field_id id)
{
	size_t n = 0;

	for (size_t i = 0; i < fs->n; i++)
		n += fs->v[i].id == id;
	return n;
}

/* The date of the only field of that name. */
static bool
has_date(const struct http_fields *fs, enum http_field_id id, time_t *date)
{
	return count(fs, id) == 1 &&
	    http_date_parse(http_fields_first(fs, id)->value, NOW, date);
}

static enum http_cond
judge(const struct http_fields *fs, const struct http_validators *v)
{
	bool has_match = count(fs, HTTP_FIELD_IF_MATCH) > 0;
	bool has_none_match = count(fs, HTTP_FIELD_IF_NONE_MATCH) > 0;
	time_t date;

	if (has_match && !holds(fs, HTTP_FIELD_IF_MATCH, v->etag, false))
		return HTTP_COND_FAILED;
	if (!has_match && v->has_date &&
	    has_date(fs, HTTP_FIELD_IF_UNMODIFIED_SINCE, &date) &&
	    !(v->date <= date))
		return HTTP_COND_FAILED;
	if (has_none_match &&
	    holds(fs, HTTP_FIELD_IF_NONE_MATCH, v->etag, true))
		return HTTP_COND_NOT_MODIFIED;
	if (!has_none_match && v->has_date &&
	    has_date(fs, HTTP_FIELD_IF_MODIFIED_SINCE, &date) &&
	    v->date <= date)
		return HTTP_COND_NOT_MODIFIED;
	return HTTP_COND_PASS;
}

static bool
judge_range(const struct http_fields *fs, const struct http_validators *v)
{
	const struct http_field *f = http_fields_first(fs,
	    HTTP_FIELD_IF_RANGE);
	bool is_weak, is_ours_weak;
	struct slice a, b;
	time_t date;

	if (count(fs, HTTP_FIELD_IF_RANGE) != 1)
		return f == NULL;
	if (is_entity_tag(f->value, &is_weak, &a))
		return !is_weak && is_entity_tag(v->etag, &is_ours_weak, &b) &&
		    !is_ours_weak && slice_eq(a, b);
	return v->has_date && v->is_date_strong &&
	    has_date(fs, HTTP_FIELD_IF_RANGE, &date) && v->date == date;
}

/* data is a field section but for the empty line at its end. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_field v[FIELDS_MAX];
	struct http_fields fs = { .v = v, .max = FIELDS_MAX };
	char *section = malloc(size + 4);
	size_t used;
	bool bare_lf;

	REQUIRE(section != NULL);
	if (size > 0)
		memcpy(section, data, size);
	memcpy(section + size, "\r\n\r\n", 4);
	if (http_fields_parse(section, size + 4, &used, &fs,
	    &bare_lf) == NULL)
		for (size_t i = 0; i < TAGS * 3; i++) {
			struct http_validators known = { tags[i / 3],
			    i % 3 > 0, i % 3 > 1, MODIFIED,
			    { NULL, 0 } };

			REQUIRE(http_cond_judge(&fs, &known, NOW) ==
			    judge(&fs, &known));
			REQUIRE(http_cond_range(&fs, &known, NOW) ==
			    judge_range(&fs, &known));
		}
	free(section);
	return 0;
}
