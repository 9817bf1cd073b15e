/*
 * http_target - the request target, RFC 9112 section 3.2, and its path,
 * RFC 3986 sections 2.1 and 5.2.4; the authority, RFC 3986 section 3.2.
 * Pure: no I/O, no allocation, no state between calls.
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "base/slice.h"
#include "http/http.h"

enum http_target_form {
	HTTP_TARGET_ORIGIN,	/* /path?query */
	HTTP_TARGET_ABSOLUTE,	/* http://authority/path?query */
	HTTP_TARGET_AUTHORITY,	/* host:port, for CONNECT only */
	HTTP_TARGET_ASTERISK	/* * */
};

/* uri-host [":" port]; host without the brackets' contents changed. */
struct http_authority {
	struct slice	host;	/* as written, with the [] of an IPv6 literal */
	struct slice	port;	/* digits, may be empty; len 0 if there is none */
};

struct http_target {
	enum http_target_form	form;
	struct slice		scheme;		/* absolute-form only */
	struct http_authority	authority;	/* absolute- and authority-form */
	struct slice		path;	/* raw, begins with "/"; "/" if empty */
	struct slice		query;	/* raw, without "?" */
	bool			has_query;
	bool			is_plain;	/* path is as if decoded */
};

/*
 * Split and judge a request target.
 *
 * Returns NULL, or the fault: 400 for what no form allows (a byte outside
 * 0x21 to 0x7E, "#", userinfo, a bad authority, a bad percent-escape in the
 * path, see http_target_path), 421 for an absolute-form whose scheme is
 * not http; out is then filled as for http if the scheme is https. "*" is
 * for OPTIONS; with CONNECT any of the four forms and any scheme passes, as
 * the answer is 405 anyway. The query is not looked into. path is "/" for
 * asterisk- and authority-form too.
 *
 * is_plain: path has no "%", no two slashes in a row and no segment that
 * begins with a dot. Then http_target_path() would give back the same bytes,
 * and no name in it is hidden. Of what it would give back unchanged, only a
 * path with a hidden name is not plain.
 */
const struct http_fault	*http_target_parse(enum http_method method,
	    struct slice target, struct http_target *out)
	    __attribute__((warn_unused_result));

/*
 * Take the usual target, an origin-form with a plain path, off the front of
 * bytes that may go on behind it. Returns its length, or 0 if there is none.
 * It ends at the first byte that it cannot have, which is for the caller to
 * judge: http_target_parse() says the same of these bytes alone.
 */
size_t	http_target_take_plain(const char *bytes, size_t len,
	    struct http_target *out);

/*
 * Decode a raw path once and resolve its dot segments.
 *
 * raw		begins with "/"
 * out, *out_len	at least raw.len + 1 bytes; filled with a path that begins
 *		with "/", has no "//", no "." and no ".." segment, no control
 *		byte, and is NUL-terminated. A trailing "/", "/." or "/.." of
 *		raw leaves a trailing "/". Slashes are folded before ".." is
 *		resolved, as a file system does: "/a//../b" is "/b"
 *
 * Returns NULL, or the fault (400): a bad percent-escape, an encoded NUL or
 * control byte, an encoded slash or backslash, or ".." above the root.
 */
const struct http_fault	*http_target_path(struct slice raw, char *out,
	    size_t *out_len) __attribute__((warn_unused_result));

/*
 * Percent-encode a decoded path, for a Location field: every byte but
 * unreserved characters, sub-delims, ":", "@" and "/" (RFC 3986, 3.3).
 * Returns the bytes written without the NUL, or -1 if size is too small.
 */
long	http_target_encode(struct slice path, char *out, size_t size);

/*
 * Parse uri-host [":" port] (RFC 9110, 7.2; RFC 3986, 3.2.2): reg-name, IPv4
 * or a bracketed IPv6 literal. Returns false for anything else, an empty
 * host and a port over 65535 included. Stricter than the grammar in three
 * points: no comma (two hosts joined to a list), no IPvFuture (there is
 * none), no number over 65535. Zone identifiers are not in the grammar.
 * On failure out may be half filled.
 */
bool	http_authority_parse(struct slice s, struct http_authority *out);

#endif
