/*
 * proto_http - HTTP/1.1 on a connection: heads in, answers out, keep-alive,
 * pipelining, content skipped. RFC 9112.
 *
 * An answer is decided when the head is whole, but goes out only when the
 * content that came with the request has ended well: so a malformed chunk
 * is still answered with 400, and answers stay in order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/error_page.h"
#include "files/file.h"
#include "http/http_body.h"
#include "http/http_request.h"
#include "proto/protocol.h"

/* A request whose content is being skipped, and its answer. */
struct skipping {
	struct http_body	body;
	struct out		answer;
	enum conn_next		next;	/* after the answer */
	bool			head_only;	/* HEAD: errors too */
};

struct http_state {
	struct http_head	head;
	uint32_t		requests;
	struct skipping		*skipping;	/* or NULL */
};

_Static_assert(sizeof(struct http_state) <= sizeof(struct proto_state),
    "the state must fit");

static const struct http_fault unfinished_head = { 400,
    "The connection's input ended in the middle of a request head.",
    "End the head with an empty line before you stop sending.",
    "RFC 9112, section 8" };

static const struct http_fault unfinished_content = { 400,
    "The connection's input ended in the middle of the request's content.",
    "Send as many bytes as Content-Length says, or all chunks with the last.",
    "RFC 9112, section 8" };

/* The pages have words for these. */
static const struct http_fault slow = { .status = 408 };
static const struct http_fault too_large = { .status = 413 };

static struct http_state *
state_of(struct talk *t)
{
	return (struct http_state *)t->state;
}

static void
unref(void *file)
{
	file_unref(file);
}

/*
 * Read the content of a small file before its head is written: head and
 * content go in one write, and what cannot be read is still an error answer.
 * Content that has become shorter since is sent as it is now.
 */
static void
read_small_file(struct service *service, struct http_response *res)
{
	size_t got = 0;
	ssize_t n = 1;

	if (res->content != HTTP_CONTENT_FILE || res->head_only ||
	    res->length > SERVICE_CONTENT_MAX)
		return;
	while (got < res->length && n != 0) {
		n = pread(res->file->fd, service->content + got,
		    (size_t)res->length - got, res->offset + (off_t)got);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			file_unref(res->file);
			static_file_error(res, errno);
			return;
		}
		got += (size_t)n;
	}
	res->length = got;
}

static void
append_content(struct service *service, struct out *out,
    struct http_response *res)
{
	switch (res->content) {
	case HTTP_CONTENT_NONE:
		return;
	case HTTP_CONTENT_TEXT:
		if (!res->head_only)
			out_copy(out, res->text, (size_t)res->length);
		return;
	case HTTP_CONTENT_FILE:
		if (!res->head_only && res->length > SERVICE_CONTENT_MAX)
			out_file(out, res->file->fd, res->offset, res->length,
			    file_ref(res->file), unref);
		else if (!res->head_only)
			out_copy(out, service->content, (size_t)res->length);
		file_unref(res->file);
		res->file = NULL;
		return;
	}
}

/*
 * Append the whole answer. persist: the connection goes on after it; old:
 * to an HTTP/1.0 client, which has to be told so.
 */
static void
append_answer(struct talk *t, struct out *out, struct http_response *res,
    bool persist, bool old)
{
	const char *connection = !persist ? "close" :
	    old ? "keep-alive" : NULL;
	char *head = out_reserve(out, HTTP_HEAD_MAX);

	read_small_file(t->service, res);
	if (head != NULL)
		out_commit(out, http_response_head(res,
		    service_date(t->service), t->service->server_name,
		    connection, head));
	append_content(t->service, out, res);
}

/* Answer with an error of our own and end the connection. */
static enum conn_next
refuse(struct talk *t, const struct http_fault *fault, bool head_only,
    enum conn_end end)
{
	struct http_response *res = t->service->response;

	error_page_fault(res, fault);
	res->head_only = head_only;
	append_answer(t, t->out, res, false, false);
	t->end = end;
	t->used = t->len;
	return CONN_DRAIN;
}

/* The reason that goes with a fault: too much, or wrong. */
static enum conn_end
end_of(const struct http_fault *fault)
{
	return fault->status == 413 || fault->status == 414 ||
	    fault->status == 431 ? CONN_END_LIMIT : CONN_END_BAD_REQUEST;
}

static void
stop_skipping(struct http_state *s)
{
	if (s->skipping != NULL)
		out_clear(&s->skipping->answer);
	free(s->skipping);
	s->skipping = NULL;
}

/* What is wrong with the content takes the place of the answer. */
static enum conn_next
refuse_content(struct talk *t, const struct http_fault *fault,
    enum conn_end end)
{
	struct http_state *s = state_of(t);
	bool head_only = s->skipping->head_only;

	stop_skipping(s);
	return refuse(t, fault, head_only, end);
}

static enum conn_next
on_open(struct talk *t)
{
	struct http_response *res = t->service->response;

	if (!t->refused)
		return CONN_MORE;
	error_page(res, 503,
	    "There are too many connections from your address.",
	    "Close some of them, or try again a little later.", NULL);
	http_response_field(res, "Retry-After", "10");
	append_answer(t, t->out, res, false, false);
	t->end = CONN_END_LIMIT;
	return CONN_DRAIN;
}

/* The content of the request goes on: skip it, then let the answer go. */
static enum conn_next
skip_content(struct talk *t)
{
	struct http_state *s = state_of(t);
	enum conn_next next;

	switch (http_body_consume(&s->skipping->body, t->bytes, t->len,
	    &t->used, NULL)) {
	case HTTP_BODY_MORE:
		t->wait = CONN_WAIT_RATE;
		return CONN_MORE;
	case HTTP_BODY_FAULT:
		return refuse_content(t, s->skipping->body.fault,
		    end_of(s->skipping->body.fault));
	case HTTP_BODY_DONE:
		break;
	}
	out_move(t->out, &s->skipping->answer);
	next = s->skipping->next;
	stop_skipping(s);
	t->wait = t->service->stopping ? CONN_WAIT_LAST : CONN_WAIT_IDLE;
	t->renew = true;
	return next;
}

/* Make ready to skip what follows the head; NULL without memory. */
static struct skipping *
start_skipping(struct talk *t, const struct http_request *req,
    enum conn_next next)
{
	const struct config *config = t->service->config;
	struct skipping *skipping;

	if ((skipping = malloc(sizeof(*skipping))) == NULL)
		return NULL;
	http_body_init(&skipping->body, req->framing,
	    (uint64_t)req->content_length, config->limits.body,
	    config->limits.header_bytes);
	out_init(&skipping->answer);
	skipping->next = next;
	skipping->head_only = req->method == HTTP_HEAD;
	return skipping;
}

/* Whether bytes of content follow the head. */
static bool
has_content(const struct http_request *req)
{
	return req->framing == HTTP_FRAMING_CHUNKED ||
	    (req->framing == HTTP_FRAMING_LENGTH && req->content_length > 0);
}

/* Whether the connection may go on after the answer to req. */
static bool
may_persist(struct talk *t, const struct http_request *req,
    const struct http_response *res)
{
	const struct http_state *s = state_of(t);

	/*
	 * A client that waits for 100 gets the final answer at once, and may
	 * or may not send its content then: only the end of the connection
	 * tells where it ends (RFC 9110, 10.1.1).
	 */
	return req->keep_alive && !res->close && !t->service->stopping &&
	    !(req->expects_continue && has_content(req)) &&
	    s->requests < t->service->config->limits.requests_per_connection;
}

/* A head is whole: answer it. */
static enum conn_next
answer(struct talk *t, const struct http_request *req)
{
	struct http_state *s = state_of(t);
	struct http_response *res = t->service->response;
	struct out *out = t->out;
	enum conn_next next;
	bool persist;

	s->requests++;
	if (req->framing == HTTP_FRAMING_LENGTH &&
	    (uint64_t)req->content_length > t->service->config->limits.body)
		return refuse(t, &too_large, req->method == HTTP_HEAD,
		    CONN_END_LIMIT);
	static_file_plan(&t->service->site, req, res);
	persist = may_persist(t, req, res);
	/* Whoever did not ask for the end may have sent more already. */
	next = persist ? CONN_MORE :
	    req->keep_alive ? CONN_DRAIN : CONN_FLUSH;
	t->end = CONN_END_DONE;
	if (has_content(req)) {
		if (req->expects_continue) {
			next = CONN_DRAIN;
		} else {
			s->skipping = start_skipping(t, req, next);
			if (s->skipping == NULL) {
				file_unref(res->file);
				t->end = CONN_END_MEMORY;
				return CONN_ABORT;
			}
			out = &s->skipping->answer;
			t->wait = CONN_WAIT_RATE;
		}
	}
	append_answer(t, out, res, persist, req->minor == 0);
	if (out->failed)
		t->out->failed = true;
	return s->skipping != NULL ? CONN_MORE : next;
}

/* Is part of a request here? Empty lines before one are not. */
static bool
has_begun(struct talk *t)
{
	return t->len > state_of(t)->head.line;
}

/* Is it a HEAD that has begun? Its error answers go without content, too. */
static bool
is_head(struct talk *t)
{
	size_t line = state_of(t)->head.line;

	return t->len - line >= 5 &&
	    memcmp(t->bytes + line, "HEAD ", 5) == 0;
}

/* A TLS hello: the type of a handshake record, which no method begins with. */
static bool
is_tls(struct talk *t)
{
	return state_of(t)->requests == 0 && t->bytes[0] == 0x16;
}

static enum conn_next
on_input(struct talk *t)
{
	struct http_state *s = state_of(t);
	struct service *service = t->service;
	const struct http_head_limits limits = {
		service->config->limits.request_line,
		service->config->limits.header_bytes
	};
	struct http_request req;
	ssize_t n;

	if (s->skipping != NULL)
		return skip_content(t);
	if (is_tls(t)) {
		t->end = CONN_END_TLS;
		return CONN_ABORT;
	}
	req.fields.v = service->fields;
	req.fields.max = service->config->limits.header_count;
	n = http_request_parse(&s->head, t->bytes, t->len, &limits, &req);
	if (n == -1)
		return refuse(t, req.fault, req.method == HTTP_HEAD,
		    end_of(req.fault));
	if (n == 0) {
		/* Empty lines alone begin no request (RFC 9112, 2.2). */
		if (!has_begun(t))
			return CONN_MORE;
		t->wait = CONN_WAIT_HEAD;
		return CONN_MORE;
	}
	s->head = (struct http_head){ 0 };
	t->used = (size_t)n;
	t->wait = service->stopping ? CONN_WAIT_LAST : CONN_WAIT_IDLE;
	t->renew = true;
	return answer(t, &req);
}

static enum conn_next
on_end(struct talk *t)
{
	struct http_state *s = state_of(t);

	if (s->skipping != NULL)
		return refuse_content(t, &unfinished_content,
		    CONN_END_CLIENT_GONE);
	if (has_begun(t))
		return refuse(t, &unfinished_head, is_head(t),
		    CONN_END_CLIENT_GONE);
	t->end = CONN_END_DONE;
	return CONN_FLUSH;
}

static enum conn_next
on_deadline(struct talk *t)
{
	struct http_state *s = state_of(t);

	if (s->skipping != NULL)
		return refuse_content(t, &slow, CONN_END_RATE_LOW);
	if (has_begun(t))
		return refuse(t, &slow, is_head(t), CONN_END_HEADER_SLOW);
	t->end = t->service->stopping ? CONN_END_SHUTDOWN :
	    s->requests == 0 ? CONN_END_TIMEOUT : CONN_END_IDLE;
	return CONN_ABORT;
}

static enum conn_next
on_stop(struct talk *t)
{
	struct http_state *s = state_of(t);

	/* What has begun is finished; who is idle may ask once more. */
	if (s->skipping != NULL)
		t->wait = CONN_WAIT_RATE;
	else if (has_begun(t))
		t->wait = CONN_WAIT_HEAD;
	else
		t->wait = CONN_WAIT_LAST;
	return CONN_MORE;
}

static void
on_close(struct proto_state *state)
{
	stop_skipping((struct http_state *)state);
}

const struct protocol proto_http = {
	.name = "http",
	.wait = CONN_WAIT_IDLE,
	.on_open = on_open,
	.on_input = on_input,
	.on_end = on_end,
	.on_deadline = on_deadline,
	.on_stop = on_stop,
	.on_close = on_close,
};
