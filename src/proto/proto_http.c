/*
 * proto_http - HTTP/1.1 on a connection: heads in, answers out, keep-alive,
 * pipelining, content skipped. RFC 9112.
 *
 * An answer is decided when the head is whole, but goes out only when the
 * content that came with the request has ended well: so a malformed chunk
 * is still answered with 400, and answers stay in order. The listing of a
 * large directory takes some turns of the loop: a job, done with CONN_LATER.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files/dirlist.h"
#include "files/file.h"
#include "files/static_file.h"
#include "http/http_body.h"
#include "http/http_line.h"
#include "http/http_request.h"
#include "proto/access_log.h"
#include "proto/answer.h"
#include "proto/protocol.h"

/* How it goes on with an answer: decided when the request has come. */
struct outcome {
	enum conn_next	next;
	bool		persist;	/* the connection goes on after it */
	bool		old;		/* HTTP/1.0, which has to be told so */
};

/*
 * A listing that takes more than one step, and the response that it will be
 * the content of. The struct of all responses is large, and shared.
 */
struct job {
	struct service	*service;	/* where it is counted */
	struct generation *generation;	/* whose root is being read */
	struct dirlist	*listing;
	struct outcome	 outcome;
	int		 status;
	bool		 head_only;
	size_t		 nfields;
	char		 fields[];
};

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
	struct job		*job;		/* or NULL: comes first */
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

/* An answer after which nothing more is taken from the peer. */
static const struct outcome last = { .next = CONN_DRAIN };

static struct http_state *
state_of(const struct talk *t)
{
	return (struct http_state *)t->state;
}

/* ---- the access log: kept out of what is done without one ---- */

static struct slice
value_of(const struct http_request *req, enum http_field_id id)
{
	const struct http_field *f = http_fields_first(&req->fields, id);

	return f == NULL ? (struct slice){ NULL, 0 } : f->value;
}

/* The request line, or as much of it as is here. */
static struct slice
line_of(const struct talk *t)
{
	size_t from = state_of(t)->head.line;
	struct slice line = { t->bytes + from, t->len - from };
	const char *end;

	if (line.len == 0)
		return line;
	if ((end = memchr(line.p, '\n', line.len)) != NULL)
		line.len = (size_t)(end - line.p);
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* A head is whole, and state_of(t)->head still says where it is. */
static void __attribute__((noinline))
note_request(struct talk *t, const struct http_request *req)
{
	struct access_line l = {
		.request = state_of(t)->requests + 1,
		.line = line_of(t),
		.method = req->method_name.len,
		.host = req->host.host,
		.referer = value_of(req, HTTP_FIELD_REFERER),
		.agent = value_of(req, HTTP_FIELD_USER_AGENT),
	};

	access_begin(t->service->access, t->access, &l);
}

/* What came is no request, or none that was read to its end. */
static void __attribute__((noinline))
note_fragment(struct talk *t)
{
	struct access_line l = { .request = state_of(t)->requests + 1,
	    .line = line_of(t) };
	struct http_line parts;

	if (l.line.len > 0 && http_line_parse(l.line, &parts) == NULL)
		l.method = parts.method_name.len;
	access_begin(t->service->access, t->access, &l);
}

static void __attribute__((noinline))
note_answer(struct talk *t, const struct http_response *res,
    enum conn_end end)
{
	bool has_none = res->head_only || res->content == HTTP_CONTENT_NONE ||
	    res->content == HTTP_CONTENT_LISTING;
	struct access_answer what = {
		.status = res->status,
		.content = has_none ? 0 : res->length,
		.coding = res->coding == HTTP_CODING_IDENTITY ? NULL :
		    http_coding_name(res->coding),
		.end = conn_end_name(end),
	};

	access_decided(t->access, &what);
}

/* ---- answers ---- */

/* With an access log: out of the way of those who have none. */
static void __attribute__((noinline))
append_noted(struct talk *t, struct out *out, struct http_response *res,
    const char *connection)
{
	uint64_t before = out->left;

	note_answer(t, res, t->end);
	answer_append(out, t->service, res, connection);
	if (out == t->out)
		access_passed(t->access, out->left - before);
}

/* Append the whole answer, and let go of what res holds. */
static inline void
append_answer(struct talk *t, struct out *out, struct http_response *res,
    const struct outcome *how)
{
	const char *connection = !how->persist ? "close" :
	    how->old ? "keep-alive" : NULL;

	if (t->access != NULL)
		append_noted(t, out, res, connection);
	else
		answer_append(out, t->service, res, connection);
}

/* Answer with an error of our own and end the connection. */
static enum conn_next
refuse_known(struct talk *t, const struct http_fault *fault, bool head_only,
    enum conn_end end)
{
	struct http_response *res = t->service->response;

	static_file_refuse(t->service->sites, fault, res);
	res->head_only = head_only;
	t->end = end;
	append_answer(t, t->out, res, &last);
	t->used = t->len;
	return last.next;
}

/* The same; if the access log does not have the request, it is what came. */
static enum conn_next
refuse(struct talk *t, const struct http_fault *fault, bool head_only,
    enum conn_end end)
{
	if (t->service->access != NULL && t->access != NULL &&
	    !access_has_begun(t->access))
		note_fragment(t);
	return refuse_known(t, fault, head_only, end);
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

/*
 * What is wrong with the content takes the place of the answer. A log that
 * came after the head is not told: what is here is no request line.
 */
static enum conn_next
refuse_content(struct talk *t, const struct http_fault *fault,
    enum conn_end end)
{
	struct http_state *s = state_of(t);
	bool head_only = s->skipping->head_only;

	stop_skipping(s);
	return refuse_known(t, fault, head_only, end);
}

static enum conn_next
on_open(struct talk *t)
{
	struct http_response *res = t->service->response;

	if (!t->refused)
		return CONN_MORE;
	if (t->service->access != NULL && t->access != NULL)
		note_fragment(t);
	static_file_too_many(res);
	t->end = CONN_END_LIMIT;
	append_answer(t, t->out, res, &last);
	return last.next;
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
	if (t->access != NULL)
		access_passed(t->access, s->skipping->answer.left);
	out_move(t->out, &s->skipping->answer);
	next = s->skipping->next;
	stop_skipping(s);
	t->wait = t->service->stopping ? CONN_WAIT_LAST : CONN_WAIT_IDLE;
	t->renew = true;
	return next;
}

/* Make ready to skip what follows the head; NULL without memory. */
static struct skipping *
start_skipping(struct talk *t, const struct http_request *req)
{
	const struct config *config = t->service->config;
	struct skipping *skipping;

	if ((skipping = malloc(sizeof(*skipping))) == NULL)
		return NULL;
	http_body_init(&skipping->body, req->framing,
	    (uint64_t)req->content_length, config->limits.body,
	    config->limits.header_bytes);
	out_init(&skipping->answer);
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

/* What follows the answer res to req. */
static struct outcome
outcome_of(struct talk *t, const struct http_request *req,
    const struct http_response *res)
{
	struct outcome how = { CONN_MORE, may_persist(t, req, res),
	    req->minor == 0 };

	/* Whoever did not ask for the end may have sent more already. */
	if (!how.persist)
		how.next = req->keep_alive ||
		    (req->expects_continue && has_content(req)) ?
		    CONN_DRAIN : CONN_FLUSH;
	return how;
}

/* res is whole: it goes out now, or when the content has been skipped. */
static enum conn_next
reply(struct talk *t, struct http_response *res, const struct outcome *how)
{
	struct skipping *skipping = state_of(t)->skipping;

	t->end = CONN_END_DONE;
	if (skipping == NULL) {
		append_answer(t, t->out, res, how);
		return how->next;
	}
	append_answer(t, &skipping->answer, res, how);
	skipping->next = how->next;
	t->wait = CONN_WAIT_RATE;
	return CONN_MORE;
}

/* Drop a response that will not go out. */
static enum conn_next
fail(struct talk *t, struct http_response *res)
{
	t->end = CONN_END_MEMORY;
	if (t->access != NULL)
		note_answer(t, res, t->end);
	answer_drop(res);
	return CONN_ABORT;
}

/* ---- listings ---- */

/*
 * More of them at a time, or more bytes that slow clients have not taken yet,
 * are refused: a listing is the one answer that takes memory for itself.
 */
#define LISTINGS_MAX		64
#define LISTING_BYTES_MAX	(64 * 1024 * 1024)

static void
list_error(struct http_response *res, int error)
{
	bool head_only = res->head_only;

	static_file_error(res, error);
	res->head_only = head_only;
}

static enum dirlist_result
make_step(const struct service *service, struct dirlist *listing)
{
	if (service->listing_bytes <= LISTING_BYTES_MAX)
		return dirlist_step(listing);
	errno = ENOMEM;
	return DIRLIST_FAILED;
}

/* A step of the listing of res. True: res is whole, be it an error. */
static bool
list_step(struct service *service, struct http_response *res)
{
	struct dirlist *listing = res->listing;
	int error = ENOMEM;

	service->listed_turn = service->turn;
	switch (make_step(service, listing)) {
	case DIRLIST_MORE:
		return false;
	case DIRLIST_DONE:
		res->file = dirlist_file(listing);
		break;
	case DIRLIST_FAILED:
		error = errno;
		break;
	}
	dirlist_free(listing);
	res->listing = NULL;
	if (res->file != NULL) {
		file_charge(res->file, &service->listing_bytes);
		res->content = HTTP_CONTENT_FILE;
		res->length = (uint64_t)res->file->size;
	} else {
		list_error(res, error);
	}
	return true;
}

/*
 * Begin the listing of res. True: res is whole. What is small is done at
 * once, but only one in a turn, before those that wait, and with no input
 * behind it: many small ones would hold up all others.
 */
static bool
list_begin(struct talk *t, struct http_response *res)
{
	struct service *service = t->service;

	if (service->listings == LISTINGS_MAX) {
		answer_drop(res);
		list_error(res, ENOMEM);
		return true;
	}
	return service->listings == 0 && t->used == t->len &&
	    service->listed_turn != service->turn &&
	    list_step(service, res);
}

/* Keep what is needed of res for the turns to come. */
static enum conn_next
start_job(struct talk *t, struct http_response *res,
    const struct outcome *how)
{
	struct job *job = malloc(sizeof(*job) + res->nfields);

	if (job == NULL)
		return fail(t, res);
	job->service = t->service;
	job->service->listings++;
	job->generation = generation_ref(t->service->generation);
	job->listing = res->listing;
	job->outcome = *how;
	job->status = res->status;
	job->head_only = res->head_only;
	job->nfields = res->nfields;
	memcpy(job->fields, res->fields, res->nfields);
	state_of(t)->job = job;
	if (t->access != NULL)
		note_answer(t, res, CONN_END_DONE);
	return CONN_LATER;
}

/* Fill res as start_job() found it; the job still owns the listing. */
static void
recall(const struct job *job, struct http_response *res)
{
	http_response_init(res, job->status);
	res->content = HTTP_CONTENT_LISTING;
	res->listing = job->listing;
	res->head_only = job->head_only;
	res->nfields = job->nfields;
	memcpy(res->fields, job->fields, job->nfields);
}

static void
stop_job(struct http_state *s)
{
	if (s->job == NULL)
		return;
	s->job->service->listings--;
	dirlist_free(s->job->listing);
	generation_unref(s->job->generation);
	free(s->job);
	s->job = NULL;
}

static enum conn_next
on_later(struct talk *t)
{
	struct http_state *s = state_of(t);
	struct service *service = t->service;
	struct http_response *res = service->response;
	struct outcome how = s->job->outcome;

	recall(s->job, res);
	if (!list_step(service, res))
		return CONN_LATER;
	s->job->listing = NULL;
	stop_job(s);
	if (how.persist && (res->close || service->stopping))
		how = last;
	t->wait = service->stopping ? CONN_WAIT_LAST : CONN_WAIT_IDLE;
	t->renew = true;
	return reply(t, res, &how);
}

/* ---- requests ---- */

/* A head is whole: answer it. */
static enum conn_next
answer(struct talk *t, const struct http_request *req)
{
	struct http_state *s = state_of(t);
	struct http_response *res = t->service->response;
	struct outcome how;
	bool done;

	s->requests++;
	if (req->framing == HTTP_FRAMING_LENGTH &&
	    (uint64_t)req->content_length > t->service->config->limits.body)
		return refuse(t, &too_large, req->method == HTTP_HEAD,
		    CONN_END_LIMIT);
	static_file_plan(t->service->sites, req, res);
	if (has_content(req) && !req->expects_continue &&
	    (s->skipping = start_skipping(t, req)) == NULL)
		return fail(t, res);
	done = res->content != HTTP_CONTENT_LISTING || list_begin(t, res);
	how = outcome_of(t, req, res);
	return done ? reply(t, res, &how) : start_job(t, res, &how);
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
	if (service->access != NULL && t->access != NULL)
		note_request(t, &req);
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
	struct http_state *s = (struct http_state *)state;

	stop_skipping(s);
	stop_job(s);
}

const struct protocol proto_http = {
	.name = "http",
	.has_requests = true,
	.wait = CONN_WAIT_IDLE,
	.on_open = on_open,
	.on_input = on_input,
	.on_later = on_later,
	.on_end = on_end,
	.on_deadline = on_deadline,
	.on_stop = on_stop,
	.on_close = on_close,
};
