#include "files/error_page.h"

#include <stdio.h>
#include <string.h>

#include "files/page_look.h"

/* What a status says when the caller has nothing better to say. */
static const struct http_fault words[] = {
	{ 301, "This is a directory, and its address ends in a slash.",
	    "The Location field of this answer has the address.",
	    "RFC 9110, section 15.4.2" },
	{ 400, "The request is not valid HTTP.",
	    "A request looks like this: GET / HTTP/1.1, on the next line "
	    "Host: example.org, and an empty line.",
	    "RFC 9112, section 3" },
	{ 403, "The server is not permitted to read this.",
	    "If it is yours: the user that the server runs as needs to read "
	    "the file and to search the directories above it.",
	    "RFC 9110, section 15.5.4" },
	{ 404, "There is nothing at this address.",
	    "Look at the spelling: capital and small letters differ.",
	    "RFC 9110, section 15.5.5" },
	{ 405, "This server does not answer this method.",
	    "It serves files and takes none: use GET or HEAD.",
	    "RFC 9110, section 15.5.6" },
	{ 406, "Nothing that is here is in a form that the request accepts.",
	    "Accept-Encoding refuses identity: leave out identity;q=0 or "
	    "*;q=0, or accept gzip or br as well.",
	    "RFC 9110, section 15.5.7" },
	{ 408, "The request did not arrive in time.",
	    "Send it again, whole and without a long pause.",
	    "RFC 9110, section 15.5.9" },
	{ 412, "What is here is not what the request was made for.",
	    "It has changed since you read it: read it again, or leave out "
	    "If-Match and If-Unmodified-Since.",
	    "RFC 9110, section 15.5.13" },
	{ 413, "The content of the request is too large.",
	    "This server has no use for it: send the request without "
	    "content.",
	    "RFC 9110, section 15.5.14" },
	{ 414, "The address is too long.",
	    "Ask for a shorter one.",
	    "RFC 9110, section 15.5.15" },
	{ 416, "No part of the file is where the request asks for one.",
	    "The Content-Range field of this answer has the file's length.",
	    "RFC 9110, section 15.5.17" },
	{ 417, "The Expect field asks for something that is unknown here.",
	    "Leave the field out; the only expectation there is, is "
	    "100-continue.",
	    "RFC 9110, section 10.1.1" },
	{ 421, "This server does not answer for this address.",
	    "Ask for it with http: and the name of this server.",
	    "RFC 9110, section 7.4" },
	{ 431, "The fields of the request are too many or too long.",
	    "Send fewer or shorter ones; a large Cookie is often the reason.",
	    "RFC 6585, section 5" },
	{ 500, "The server could not read this, and it is not your fault.",
	    "Its log says why.",
	    "RFC 9110, section 15.6.1" },
	{ 501, "This server does not know the method of the request.",
	    "It answers GET, HEAD and OPTIONS.",
	    "RFC 9110, section 15.6.2" },
	{ 503, "The server is too busy at the moment.",
	    "Try again in a little while.",
	    "RFC 9110, section 15.6.4" },
	{ 505, "This version of HTTP is not spoken here.",
	    "Use HTTP/1.1.",
	    "RFC 9110, section 15.6.6" },
};

/*
 * The page, in pieces. The words stand in the title at the top and once more
 * at the very end, where they are read in a terminal; between them is one
 * small style and the bird that says them.
 */
static const char page_title[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<meta charset=\"utf-8\">\n"
	"<title>";
static const char page_style[] =
	"</title>\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<style>\n"
	PAGE_PALETTE
	"body{background:var(--p);color:var(--i);font:1.1rem/1.5 system-ui,"
	"sans-serif;margin:0;min-height:100vh;display:flex;flex-wrap:wrap;"
	"place-content:center;align-items:center}\n"
	"svg{width:9rem;margin:1rem}\n"
	"main{position:relative;background:var(--c);border:2px solid var(--a);"
	"border-radius:1.2rem;padding:1.2rem 1.6rem;margin:1rem;max-width:"
	"26rem}\n"
	"main:before{content:'';position:absolute;left:-.6rem;top:calc(50% - "
	"3rem);width:1rem;height:1rem;background:inherit;border:inherit;"
	"border-width:0 0 2px 2px;transform:rotate(45deg)}\n"
	"@media(max-width:41rem){main:before{left:60%;top:-.6rem;transform:"
	"rotate(135deg)}}\n"
	"h1{font-size:1.5rem;line-height:1.2;margin:0}\n"
	"b{display:block;font-size:4rem;line-height:1;color:var(--a)}\n"
	"p{margin:.7rem 0 0}\n"
	"small{opacity:.7}\n"
	"</style>\n"
	PAGE_BIRD
	"<main>\n"
	"<h1><b>";
static const char page_end[] =
	"</main>\n"
	"</html>\n";

static const struct http_fault *
words_of(int status)
{
	static const struct http_fault none;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].status == status)
			return &words[i];
	return &none;
}

static void
append(struct http_response *res, const char *text, size_t len)
{
	size_t room = sizeof(res->text) - res->length;

	if (len > room) {
		res->overflow = true;
		return;
	}
	memcpy(res->text + res->length, text, len);
	res->length += len;
}

static void
append_string(struct http_response *res, const char *text)
{
	append(res, text, strlen(text));
}

static void
append_escaped(struct http_response *res, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			append_string(res, "&amp;");
			break;
		case '<':
			append_string(res, "&lt;");
			break;
		case '>':
			append_string(res, "&gt;");
			break;
		case '"':
			append_string(res, "&quot;");
			break;
		default:
			append(res, text, 1);
			break;
		}
}

static void
append_paragraph(struct http_response *res, const char *before,
    const char *text, const char *after)
{
	if (text == NULL)
		return;
	append_string(res, before);
	append_escaped(res, text);
	append_string(res, after);
}

static void
append_page(struct http_response *res, const struct http_fault *says)
{
	const char *reason = http_status_reason(says->status);
	char number[12];

	snprintf(number, sizeof(number), "%d", says->status);
	append(res, page_title, sizeof(page_title) - 1);
	append_string(res, number);
	append_string(res, " ");
	append_escaped(res, reason);
	append_paragraph(res, ": ", says->wrong, "");
	append(res, page_style, sizeof(page_style) - 1);
	append_string(res, number);
	append_string(res, "</b> ");
	append_escaped(res, reason);
	append_string(res, "</h1>\n");
	append_paragraph(res, "<p>", says->wrong, "</p>\n");
	append_paragraph(res, "<p>", says->right, "</p>\n");
	append_paragraph(res, "<p><small>", says->source, "</small></p>\n");
	append(res, page_end, sizeof(page_end) - 1);
}

void
error_page(struct http_response *res, int status, const char *wrong,
    const char *right, const char *source)
{
	struct http_fault says = { status, wrong, right, source };

	if (wrong == NULL) {
		const struct http_fault *own = words_of(status);

		says.wrong = own->wrong;
		says.right = right != NULL ? right : own->right;
		says.source = source != NULL ? source : own->source;
	}
	http_response_init(res, status);
	http_response_field(res, "Content-Type", "text/html; charset=utf-8");
	http_response_field(res, "Content-Security-Policy",
	    ERROR_PAGE_POLICY);
	http_response_field(res, "X-Content-Type-Options", "nosniff");
	/*
	 * A cache may keep some of them without being told how long (RFC
	 * 9110, 15.1): a file that comes into being must not stay missing.
	 */
	if (status >= 400)
		http_response_field(res, "Cache-Control", "no-cache");
	res->content = HTTP_CONTENT_TEXT;
	res->length = 0;
	append_page(res, &says);
}

void
error_page_fault(struct http_response *res, const struct http_fault *fault)
{
	error_page(res, fault->status, fault->wrong, fault->right,
	    fault->source);
	res->close = true;
}
