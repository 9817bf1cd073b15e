#include "http/http.h"

#include "http/http_byte.h"

/* Letters, digits, unreserved marks and sub-delims that may be in a token. */
#define WORD	(HTTP_BYTE_TOKEN | SUB)
/* Sub-delims that may not. */
#define SUB	(HTTP_BYTE_HOST | PCHAR)
/* Of a path, but not of a host. */
#define PCHAR	(HTTP_BYTE_PATH | RAW)
/* In no URI unescaped, but common in targets, and harmless. */
#define RAW	(MEANT | HTTP_BYTE_PLAIN)
/* As these, but for what a path is cut or decoded at. */
#define MEANT	(HTTP_BYTE_TARGET | HTTP_BYTE_VALUE)
#define MARK	(HTTP_BYTE_TOKEN | RAW)

const unsigned char http_byte_classes[256] = {
	['\t'] = HTTP_BYTE_VALUE,
	[' '] = HTTP_BYTE_VALUE,
	['!'] = WORD,
	['"'] = RAW,
	['#'] = HTTP_BYTE_TOKEN | HTTP_BYTE_VALUE,
	['$'] = WORD,
	['%'] = MEANT | HTTP_BYTE_TOKEN,
	['&'] = WORD,
	['\''] = WORD,
	['('] = SUB,
	[')'] = SUB,
	['*'] = WORD,
	['+'] = WORD,
	/*
	 * Sub-delims have the comma, but in a host it is what two Host fields
	 * look like after an intermediary joined them (RFC 9110, 5.3).
	 */
	[','] = PCHAR,
	['-'] = WORD,
	['.'] = WORD,
	['/'] = MEANT | HTTP_BYTE_PATH,
	['0' ... '9'] = WORD | HTTP_BYTE_HEX,
	[':'] = PCHAR,
	[';'] = SUB,
	['<'] = RAW,
	['='] = SUB,
	['>'] = RAW,
	['?'] = MEANT,
	['@'] = PCHAR,
	['A' ... 'F'] = WORD | HTTP_BYTE_HEX,
	['G' ... 'Z'] = WORD,
	['['] = RAW,
	['\\'] = RAW,
	[']'] = RAW,
	['^'] = MARK,
	['_'] = WORD,
	['`'] = MARK,
	['a' ... 'f'] = WORD | HTTP_BYTE_HEX,
	['g' ... 'z'] = WORD,
	['{'] = RAW,
	['|'] = MARK,
	['}'] = RAW,
	['~'] = WORD,
	[0x80 ... 0xff] = HTTP_BYTE_VALUE
};

static const struct slice methods[] = {
	[HTTP_METHOD_UNKNOWN] = { "", 0 },
	[HTTP_GET] = { "GET", 3 },
	[HTTP_HEAD] = { "HEAD", 4 },
	[HTTP_OPTIONS] = { "OPTIONS", 7 },
	[HTTP_POST] = { "POST", 4 },
	[HTTP_PUT] = { "PUT", 3 },
	[HTTP_DELETE] = { "DELETE", 6 },
	[HTTP_CONNECT] = { "CONNECT", 7 },
	[HTTP_TRACE] = { "TRACE", 5 },
	[HTTP_PATCH] = { "PATCH", 5 }
};

#define METHODS	(sizeof(methods) / sizeof(methods[0]))

/* The registry of RFC 9110, section 16.2, by status code less 100. */
static const char *const reasons[] = {
	[0] = "Continue",
	[1] = "Switching Protocols",
	[2] = "Processing",
	[3] = "Early Hints",
	[100] = "OK",
	[101] = "Created",
	[102] = "Accepted",
	[103] = "Non-Authoritative Information",
	[104] = "No Content",
	[105] = "Reset Content",
	[106] = "Partial Content",
	[107] = "Multi-Status",
	[108] = "Already Reported",
	[126] = "IM Used",
	[200] = "Multiple Choices",
	[201] = "Moved Permanently",
	[202] = "Found",
	[203] = "See Other",
	[204] = "Not Modified",
	[205] = "Use Proxy",
	[207] = "Temporary Redirect",
	[208] = "Permanent Redirect",
	[300] = "Bad Request",
	[301] = "Unauthorized",
	[302] = "Payment Required",
	[303] = "Forbidden",
	[304] = "Not Found",
	[305] = "Method Not Allowed",
	[306] = "Not Acceptable",
	[307] = "Proxy Authentication Required",
	[308] = "Request Timeout",
	[309] = "Conflict",
	[310] = "Gone",
	[311] = "Length Required",
	[312] = "Precondition Failed",
	[313] = "Content Too Large",
	[314] = "URI Too Long",
	[315] = "Unsupported Media Type",
	[316] = "Range Not Satisfiable",
	[317] = "Expectation Failed",
	[321] = "Misdirected Request",
	[322] = "Unprocessable Content",
	[323] = "Locked",
	[324] = "Failed Dependency",
	[325] = "Too Early",
	[326] = "Upgrade Required",
	[328] = "Precondition Required",
	[329] = "Too Many Requests",
	[331] = "Request Header Fields Too Large",
	[351] = "Unavailable For Legal Reasons",
	[400] = "Internal Server Error",
	[401] = "Not Implemented",
	[402] = "Bad Gateway",
	[403] = "Service Unavailable",
	[404] = "Gateway Timeout",
	[405] = "HTTP Version Not Supported",
	[406] = "Variant Also Negotiates",
	[407] = "Insufficient Storage",
	[408] = "Loop Detected",
	[410] = "Not Extended",
	[411] = "Network Authentication Required"
};

enum http_method
http_method_of(struct slice name)
{
	for (size_t i = HTTP_GET; i < METHODS; i++)
		if (slice_eq(name, methods[i]))
			return (enum http_method)i;
	return HTTP_METHOD_UNKNOWN;
}

enum http_method
http_method_of_nocase(struct slice name)
{
	for (size_t i = HTTP_GET; i < METHODS; i++)
		if (slice_eq_nocase(name, methods[i]))
			return (enum http_method)i;
	return HTTP_METHOD_UNKNOWN;
}

const char *
http_method_name(enum http_method method)
{
	return methods[(size_t)method < METHODS ? method : 0].p;
}

const char *
http_status_reason(int status)
{
	const int count = (int)(sizeof(reasons) / sizeof(reasons[0]));

	if (status < 100 || status >= 100 + count ||
	    reasons[status - 100] == NULL)
		return "Unknown";
	return reasons[status - 100];
}

size_t
http_token_length(struct slice s)
{
	size_t n = 0;

	while (n < s.len && http_byte_is(s.p[n], HTTP_BYTE_TOKEN))
		n++;
	return n;
}

bool
http_is_token(struct slice s)
{
	return s.len > 0 && http_token_length(s) == s.len;
}
