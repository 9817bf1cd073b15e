#include "http/http_target.h"

#include "http/http_byte.h"

static const struct http_fault empty_target = {
	400, "The request target is empty.",
	"Write a path that begins with \"/\".", "RFC 9112, section 3.2"
};
static const struct http_fault no_form = {
	400, "The request target has none of the four forms.",
	"Write a path that begins with \"/\".", "RFC 9112, section 3.2"
};
static const struct http_fault asterisk = {
	400, "The target \"*\" is for OPTIONS only.",
	"Write a path that begins with \"/\".", "RFC 9112, section 3.2.4"
};
static const struct http_fault fragment = {
	400, "The request target has a \"#\": fragments are not sent.",
	"Leave the fragment out, or write \"%23\" for the character itself.",
	"RFC 9112, section 3.2"
};
static const struct http_fault bare_cr = {
	400, "The request target has a carriage return.",
	"End the request line with CR LF, and use CR nowhere else.",
	"RFC 9112, section 2.2"
};
static const struct http_fault control = {
	400, "The request target has a control byte.",
	"Leave it out.", "RFC 3986, section 2"
};
static const struct http_fault not_ascii = {
	400, "The request target has a byte that is not ASCII.",
	"Percent-encode it, such as \"%C3%A4\".", "RFC 3986, section 2.1"
};
static const struct http_fault misdirected = {
	421, "The request target has a scheme that is not served here.",
	"Ask for \"http:\", or for the path alone.", "RFC 9110, section 7.4"
};
static const struct http_fault userinfo = {
	400, "The request target has a user name or password before the host.",
	"Leave out everything up to the \"@\".", "RFC 9110, section 4.2.4"
};
static const struct http_fault no_host = {
	400, "The request target has no host.",
	"Write it behind the two slashes, such as \"http://example.org/\".",
	"RFC 9110, section 4.2.1"
};
static const struct http_fault bad_authority = {
	400, "The host or port in the request target is malformed.",
	"Write a name or an address, and a port up to 65535 if need be.",
	"RFC 3986, section 3.2"
};
static const struct http_fault bad_escape = {
	400, "The path has a \"%\" without two hexadecimal digits behind it.",
	"Write \"%25\" for a percent sign.", "RFC 3986, section 2.1"
};
static const struct http_fault encoded_nul = {
	400, "The path has an encoded NUL byte.",
	"Leave out the \"%00\".", "RFC 3986, section 7.3"
};
static const struct http_fault encoded_control = {
	400, "The path has an encoded control byte.",
	"Leave out \"%01\" to \"%1F\" and \"%7F\".", "RFC 3986, section 7.3"
};
static const struct http_fault encoded_slash = {
	400, "The path has an encoded slash.",
	"Write \"/\" where a slash is meant; no file name has one.",
	"RFC 3986, section 2.2"
};
static const struct http_fault encoded_backslash = {
	400, "The path has an encoded backslash.",
	"Write \"/\" between the parts of a path.", "RFC 3986, section 7.3"
};
static const struct http_fault above_root = {
	400, "The path leads above the root with \"..\".",
	"Leave out the \"..\" that go too far.", "RFC 3986, section 5.2.4"
};

static const struct http_fault *
byte_fault(char c)
{
	if (c == '#')
		return &fragment;
	if (c == '\r')
		return &bare_cr;
	return (unsigned char)c >= 0x80 ? &not_ascii : &control;
}

/* NULL if all bytes may be in a target. */
static const struct http_fault *
check_bytes(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!http_byte_is(s.p[i], HTTP_BYTE_TARGET))
			return byte_fault(s.p[i]);
	return NULL;
}

/* Decode the escape at s, whose "%" is known, into *out. */
static const struct http_fault *
decode(struct slice s, char *out)
{
	int c;

	if (s.len < 3 || !http_byte_is(s.p[1], HTTP_BYTE_HEX) ||
	    !http_byte_is(s.p[2], HTTP_BYTE_HEX))
		return &bad_escape;
	c = http_byte_hex(s.p[1]) << 4 | http_byte_hex(s.p[2]);
	if (c == 0)
		return &encoded_nul;
	if (c < 0x20 || c == 0x7f)
		return &encoded_control;
	if (c == '/')
		return &encoded_slash;
	if (c == '\\')
		return &encoded_backslash;
	*out = (char)c;
	return NULL;
}

/*
 * Decode the segment at the front of *rest, up to a slash or the end, to out
 * and move *rest behind it. With out NULL only *len is found.
 */
static const struct http_fault *
take_segment(struct slice *rest, char *out, size_t *len, bool *is_dots)
{
	const struct http_fault *fault;
	size_t i, n = 0, dots = 0;
	char c;

	for (i = 0; i < rest->len && rest->p[i] != '/'; i++) {
		c = rest->p[i];
		if (!http_byte_is(c, HTTP_BYTE_TARGET))
			return byte_fault(c);
		if (c == '%') {
			fault = decode((struct slice){ rest->p + i,
			    rest->len - i }, &c);
			if (fault != NULL)
				return fault;
			i += 2;
		}
		if (out != NULL)
			out[n] = c;
		n++;
		dots += c == '.';
	}
	rest->p += i;
	rest->len -= i;
	*len = n;
	*is_dots = dots == n && n <= 2;
	return NULL;
}

/* Is this path one that http_target_path() can decode? */
static const struct http_fault *
check_path(struct slice raw)
{
	const struct http_fault *fault;
	size_t n, depth = 0;
	bool is_dots = false;

	while (raw.len > 0) {
		raw.p++;
		raw.len--;
		fault = take_segment(&raw, NULL, &n, &is_dots);
		if (fault != NULL)
			return fault;
		if (!is_dots)
			depth++;
		else if (n == 2 && depth-- == 0)
			return &above_root;
	}
	return NULL;
}

const struct http_fault *
http_target_path(struct slice raw, char *out, size_t *out_len)
{
	const struct http_fault *fault;
	size_t len = 0, n;
	bool is_dots;

	if (raw.len == 0 || raw.p[0] != '/')
		return &no_form;
	/* out[0..len) ends in "/" whenever a segment begins. */
	out[len++] = '/';
	for (;;) {
		while (raw.len > 0 && raw.p[0] == '/') {
			raw.p++;
			raw.len--;
		}
		if (raw.len == 0)
			break;
		fault = take_segment(&raw, out + len, &n, &is_dots);
		if (fault != NULL)
			return fault;
		if (!is_dots) {
			len += n;
			if (raw.len > 0)
				out[len++] = '/';
		} else if (n == 2) {
			if (len == 1)
				return &above_root;
			do
				len--;
			while (out[len - 1] != '/');
		}
	}
	out[len] = '\0';
	*out_len = len;
	return NULL;
}

long
http_target_encode(struct slice path, char *out, size_t size)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.p[i];
		bool is_plain = http_byte_is(path.p[i], HTTP_BYTE_PATH);

		if (size - n <= (is_plain ? 1 : 3))
			return -1;
		if (is_plain) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	if (n == size)
		return -1;
	out[n] = '\0';
	return (long)n;
}

/* dec-octet "." dec-octet "." dec-octet "." dec-octet, without leading 0. */
static bool
is_ipv4(const char *p, const char *end)
{
	for (int octets = 0; octets < 4; octets++) {
		int value = 0, digits = 0;

		if (octets > 0 && (p == end || *p++ != '.'))
			return false;
		while (p < end && http_byte_is_digit(*p) && digits < 4) {
			if (digits > 0 && value == 0)
				return false;
			value = value * 10 + *p++ - '0';
			digits++;
		}
		if (digits == 0 || value > 255)
			return false;
	}
	return p == end;
}

/*
 * IPv6address of RFC 3986, 3.2.2. No zone identifiers: they mean something
 * on the client's side only. No IPvFuture: no such version exists.
 */
static bool
is_ipv6(const char *p, const char *end)
{
	int groups = 0;
	bool gap = false;

	if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
		gap = true;
		p += 2;
	}
	while (p < end) {
		ptrdiff_t n = 0;

		while (p + n < end && http_byte_is(p[n], HTTP_BYTE_HEX))
			n++;
		if (p + n < end && p[n] == '.')
			return (gap ? groups <= 5 : groups == 6) &&
			    is_ipv4(p, end);
		if (n == 0 || n > 4)
			return false;
		groups++;
		p += n;
		if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
			if (gap)
				return false;
			gap = true;
			p += 2;
		} else if (p < end && (*p++ != ':' || p == end)) {
			return false;
		}
	}
	/* "::" stands for one group at least. */
	return gap ? groups <= 7 : groups == 8;
}

/* The length of the reg-name or IPv4address at the front of s. */
static size_t
name_length(struct slice s)
{
	size_t i = 0;

	while (i < s.len) {
		if (http_byte_is(s.p[i], HTTP_BYTE_HOST))
			i++;
		else if (s.len - i >= 3 && s.p[i] == '%' &&
		    http_byte_is(s.p[i + 1], HTTP_BYTE_HEX) &&
		    http_byte_is(s.p[i + 2], HTTP_BYTE_HEX))
			i += 3;
		else
			break;
	}
	return i;
}

/* The length of the IP-literal at the front of s with its brackets, or 0. */
static size_t
literal_length(struct slice s)
{
	const char *stop = memchr(s.p, ']', s.len);

	if (stop == NULL || !is_ipv6(s.p + 1, stop))
		return 0;
	return (size_t)(stop - s.p) + 1;
}

/* port = *DIGIT: "host:" is valid. As a number it has to fit 16 bits. */
static bool
is_port(const char *p, const char *end)
{
	unsigned value = 0;

	for (; p < end; p++) {
		if (!http_byte_is_digit(*p))
			return false;
		value = value * 10 + (unsigned)(*p - '0');
		if (value > 65535)
			return false;
	}
	return true;
}

bool
http_authority_parse(struct slice s, struct http_authority *out)
{
	const char *end = s.p + s.len, *p;
	size_t n;

	n = s.len > 0 && s.p[0] == '[' ? literal_length(s) : name_length(s);
	if (n == 0)
		return false;
	p = s.p + n;
	out->host = (struct slice){ s.p, n };
	out->port = (struct slice){ p, 0 };
	if (p == end)
		return true;
	out->port = (struct slice){ p + 1, s.len - n - 1 };
	return *p == ':' && is_port(p + 1, end);
}

static void
clear(struct http_target *out)
{
	out->form = HTTP_TARGET_ORIGIN;
	out->scheme = (struct slice){ NULL, 0 };
	out->authority.host = (struct slice){ NULL, 0 };
	out->authority.port = (struct slice){ NULL, 0 };
	out->path = SLICE("/");
	out->query = (struct slice){ NULL, 0 };
	out->has_query = false;
	out->is_plain = true;
}

/*
 * How many of the bytes at p are a plain path: up to the first one that is
 * not of a path, or with which it is not plain.
 */
static size_t
plain_length(const char *p, size_t len)
{
	const char *begin = p, *end = p + len;

	while (p < end && *p == '/') {
		if (p + 1 < end && (p[1] == '/' || p[1] == '.'))
			break;
		do
			p++;
		while (p < end && http_byte_is(*p, HTTP_BYTE_PLAIN));
	}
	return (size_t)(p - begin);
}

size_t
http_target_take_plain(const char *bytes, size_t len, struct http_target *out)
{
	size_t n = plain_length(bytes, len), end = n;

	if (n == 0)
		return 0;
	clear(out);
	out->path.p = bytes;
	out->path.len = n;
	if (n < len && bytes[n] == '?') {
		do
			end++;
		while (end < len && http_byte_is(bytes[end],
		    HTTP_BYTE_TARGET));
		out->has_query = true;
		out->query = (struct slice){ bytes + n + 1, end - n - 1 };
	}
	return end;
}

/* Go on behind the plain bytes of a path, up to its end at *len. */
static const struct http_fault *
split_special(struct slice s, size_t *len)
{
	size_t i;

	for (i = *len; i < s.len && s.p[i] != '?'; i++)
		if (!http_byte_is(s.p[i], HTTP_BYTE_TARGET))
			return byte_fault(s.p[i]);
	*len = i;
	return check_path((struct slice){ s.p, i });
}

/* Split path ["?" query] and judge it. */
static const struct http_fault *
split_path(struct slice s, struct http_target *out)
{
	size_t n = plain_length(s.p, s.len);
	const struct http_fault *fault;

	if (n < s.len && s.p[n] != '?') {
		if ((fault = split_special(s, &n)) != NULL)
			return fault;
		out->is_plain = false;
	}
	if (n > 0)
		out->path = (struct slice){ s.p, n };
	if (n == s.len)
		return NULL;
	out->has_query = true;
	out->query = (struct slice){ s.p + n + 1, s.len - n - 1 };
	return check_bytes(out->query);
}

/* The length of "scheme" when s begins with scheme "://", else 0. */
static size_t
scheme_length(struct slice s)
{
	size_t i = 0;
	char first = s.p[0];

	while (i < s.len && (http_byte_is_digit(s.p[i]) ||
	    ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') ||
	    s.p[i] == '+' || s.p[i] == '-' || s.p[i] == '.'))
		i++;
	s.p += i;
	s.len -= i;
	if (s.len < 3 || memcmp(s.p, "://", 3) != 0)
		return 0;
	/* Of the bytes that were let through, letters are the last. */
	return (first | 0x20) >= 'a' ? i : 0;
}

/* absolute-form of a scheme like http; the scheme itself is not judged. */
static const struct http_fault *
split_absolute(struct slice s, struct http_target *out)
{
	struct slice authority;
	size_t n = 0;

	s.p += out->scheme.len + 3;
	s.len -= out->scheme.len + 3;
	while (n < s.len && s.p[n] != '/' && s.p[n] != '?')
		n++;
	authority = (struct slice){ s.p, n };
	if (n == 0 || s.p[0] == ':')
		return &no_host;
	if (memchr(s.p, '@', n) != NULL)
		return &userinfo;
	if (!http_authority_parse(authority, &out->authority))
		return &bad_authority;
	return split_path((struct slice){ s.p + n, s.len - n }, out);
}

static const struct http_fault *
parse_absolute(enum http_method method, struct slice s,
    struct http_target *out)
{
	const struct http_fault *fault;
	bool is_http = slice_eq_nocase(out->scheme, SLICE("http"));

	out->form = HTTP_TARGET_ABSOLUTE;
	if (!is_http && !slice_eq_nocase(out->scheme, SLICE("https")))
		fault = NULL;
	else
		fault = split_absolute(s, out);
	if (fault != NULL || is_http || method == HTTP_CONNECT)
		return fault;
	return &misdirected;
}

/* host:port; a port that is missing or empty is left to the 405. */
static const struct http_fault *
parse_authority(struct slice s, struct http_target *out)
{
	out->form = HTTP_TARGET_AUTHORITY;
	if (memchr(s.p, '@', s.len) != NULL)
		return &userinfo;
	return http_authority_parse(s, &out->authority) ? NULL : &bad_authority;
}

const struct http_fault *
http_target_parse(enum http_method method, struct slice target,
    struct http_target *out)
{
	const struct http_fault *fault;

	clear(out);
	if (target.len == 0)
		return &empty_target;
	if (target.p[0] == '/')
		return split_path(target, out);
	if ((fault = check_bytes(target)) != NULL)
		return fault;
	if (target.len == 1 && target.p[0] == '*') {
		out->form = HTTP_TARGET_ASTERISK;
		return method == HTTP_OPTIONS || method == HTTP_CONNECT ?
		    NULL : &asterisk;
	}
	out->scheme = (struct slice){ target.p, scheme_length(target) };
	if (out->scheme.len > 0)
		return parse_absolute(method, target, out);
	return method == HTTP_CONNECT ? parse_authority(target, out) : &no_form;
}
