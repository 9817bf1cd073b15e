#include "json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct reader {
	struct json	*j;
	struct slice	 in;
};

static bool
fail(struct reader *r, const char *fault)
{
	if (r->j->fault == NULL)
		r->j->fault = fault;
	return false;
}

static bool
take(struct reader *r, char c)
{
	if (r->in.len == 0 || r->in.p[0] != c)
		return false;
	r->in.p++;
	r->in.len--;
	return true;
}

static bool
keep(struct reader *r, const char *bytes, size_t len)
{
	if (len > JSON_TEXT_MAX - r->j->used)
		return fail(r, "too long for this reader");
	memcpy(r->j->text + r->j->used, bytes, len);
	r->j->used += len;
	return true;
}

static bool
keep_code(struct reader *r, uint32_t u)
{
	char c[3];

	if (u < 0x80) {
		c[0] = (char)u;
		return keep(r, c, 1);
	}
	if (u < 0x800) {
		c[0] = (char)(0xc0 | u >> 6);
		c[1] = (char)(0x80 | (u & 0x3f));
		return keep(r, c, 2);
	}
	c[0] = (char)(0xe0 | u >> 12);
	c[1] = (char)(0x80 | (u >> 6 & 0x3f));
	c[2] = (char)(0x80 | (u & 0x3f));
	return keep(r, c, 3);
}

static bool
read_hex(struct reader *r)
{
	uint32_t u = 0;

	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdefABCDEF";
		const char *d;

		if (r->in.len == 0 || r->in.p[0] == '\0' ||
		    (d = strchr(digits, r->in.p[0])) == NULL)
			return fail(r, "a bad \\u");
		u = u << 4 | (uint32_t)(d - digits >= 16 ? d - digits - 6 :
		    d - digits);
		take(r, r->in.p[0]);
	}
	if (u >= 0xd800 && u <= 0xdfff)
		return fail(r, "half of a pair");
	return keep_code(r, u);
}

static bool
read_escape(struct reader *r)
{
	static const char letters[] = "\"\\/bfnrt", codes[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (take(r, 'u'))
		return read_hex(r);
	if (r->in.len == 0 || r->in.p[0] == '\0' ||
	    (at = strchr(letters, r->in.p[0])) == NULL)
		return fail(r, "a bad escape");
	take(r, r->in.p[0]);
	return keep(r, codes + (at - letters), 1);
}

/* A string, with a NUL behind it. */
static const char *
read_string(struct reader *r, size_t *len)
{
	size_t from = r->j->used;
	uint32_t code;
	size_t n;

	if (!take(r, '"')) {
		fail(r, "no string");
		return NULL;
	}
	while (!take(r, '"')) {
		if (r->in.len == 0 || (unsigned char)r->in.p[0] < 0x20) {
			fail(r, "a control byte, or no end, in a string");
			return NULL;
		}
		if (take(r, '\\')) {
			if (!read_escape(r))
				return NULL;
			continue;
		}
		if ((n = utf8_first(r->in, &code)) == 0) {
			fail(r, "no UTF-8");
			return NULL;
		}
		if (!keep(r, r->in.p, n))
			return NULL;
		r->in.p += n;
		r->in.len -= n;
	}
	*len = r->j->used - from;
	return keep(r, "", 1) ? r->j->text + from : NULL;
}

static size_t
digits(struct reader *r)
{
	size_t n = 0;

	while (n < r->in.len && r->in.p[n] >= '0' && r->in.p[n] <= '9')
		n++;
	return n;
}

/* int [ frac ], which is all that is needed. */
static bool
read_number(struct reader *r, struct json_member *m)
{
	const char *from = r->in.p;
	size_t n = digits(r);

	if (n == 0 || (n > 1 && from[0] == '0'))
		return fail(r, "no number");
	r->in.p += n;
	r->in.len -= n;
	if (take(r, '.')) {
		if ((n = digits(r)) == 0)
			return fail(r, "no digit behind a point");
		r->in.p += n;
		r->in.len -= n;
	}
	m->kind = 'n';
	m->len = (size_t)(r->in.p - from);
	m->value = r->j->text + r->j->used;
	return keep(r, from, m->len) && keep(r, "", 1);
}

static bool
read_value(struct reader *r, struct json_member *m)
{
	if (r->in.len > 0 && r->in.p[0] == '"') {
		m->kind = 's';
		m->value = read_string(r, &m->len);
		return m->value != NULL;
	}
	if (r->in.len >= 4 && memcmp(r->in.p, "null", 4) == 0) {
		r->in.p += 4;
		r->in.len -= 4;
		*m = (struct json_member){ m->name, "", 0, '0' };
		return true;
	}
	return read_number(r, m);
}

static bool
read_member(struct reader *r)
{
	struct json_member *m = &r->j->members[r->j->n];
	size_t len;

	if (r->j->n == JSON_MEMBERS_MAX)
		return fail(r, "too many members for this reader");
	if ((m->name = read_string(r, &len)) == NULL)
		return false;
	if (!take(r, ':'))
		return fail(r, "no colon");
	if (!read_value(r, m))
		return false;
	r->j->n++;
	return true;
}

bool
json_read(struct json *j, const char *text, size_t len)
{
	struct reader r = { j, { text, len } };

	j->n = j->used = 0;
	j->fault = NULL;
	if (!take(&r, '{'))
		return fail(&r, "no object");
	do
		if (!read_member(&r))
			return false;
	while (take(&r, ','));
	if (!take(&r, '}'))
		return fail(&r, "no end of the object");
	return r.in.len == 0 || fail(&r, "more than an object");
}

const struct json_member *
json_find(const struct json *j, const char *name)
{
	const struct json_member *found = NULL;

	for (size_t i = 0; i < j->n; i++) {
		if (strcmp(j->members[i].name, name) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = &j->members[i];
	}
	return found;
}

const char *
json_string(const struct json *j, const char *name)
{
	const struct json_member *m = json_find(j, name);

	return m != NULL && m->kind == 's' ? m->value : "";
}

double
json_number(const struct json *j, const char *name)
{
	const struct json_member *m = json_find(j, name);

	return m != NULL && m->kind == 'n' ? atof(m->value) : -1;
}
