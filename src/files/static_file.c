#include "files/static_file.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "files/dirlist.h"
#include "files/error_answer.h"
#include "files/error_page.h"
#include "files/file_cache.h"
#include "files/locate.h"
#include "files/mime.h"
#include "files/represent.h"
#include "files/resource.h"
#include "files/route.h"
#include "files/variant.h"

#define METHODS	"GET, HEAD, OPTIONS"

/* Of a raw path; longer ones are 414. Decoding makes it no longer. */
#define MAX_PATH	8192

/* One request on its way to a file. */
struct search {
	struct sites			*sites;
	struct site			*site;
	const struct http_request	*req;
	struct http_response		*res;
	const struct trace		*trace;
	struct file_cache		*cache;		/* NULL: not asked */
	struct resource			*made;		/* in this search */
	struct resource			*found;		/* the cache's */
	struct http_ready		**slot;		/* to keep the head */
	bool				 is_ready;	/* res needs no more */
	bool				 may_keep;	/* what was made */
	bool				 by_accept;	/* Vary: Accept */
	struct slice			 path;		/* decoded */
	char				 buffer[MAX_PATH + 1];
};

/* What could not be opened; the log names it where nobody else would. */
static void
answer_path_error(struct search *s, const char *path, int error)
{
	if (error_answer(s->res, error) == 500)
		log_error("cannot serve %s/%s: %s", docroot_path(s->site->root),
		    path, strerror(error));
	if (s->trace != NULL)
		trace_reason(s->trace, s->site->root, path, error);
}

static void
answer_options(struct http_response *res)
{
	http_response_init(res, 204);
	http_response_field(res, "Allow", METHODS);
	http_response_field(res, "X-Content-Type-Options", "nosniff");
}

static void
answer_other_method(enum http_method method, struct http_response *res)
{
	char wrong[64];

	snprintf(wrong, sizeof(wrong), "This server does not answer %s.",
	    http_method_name(method));
	error_page(res, 405, wrong, "It serves files and takes none: GET and "
	    "HEAD read them, OPTIONS asks what is possible.",
	    "RFC 9110, section 15.5.6");
	http_response_field(res, "Allow", METHODS);
}

static void
answer_unknown_method(struct slice name, struct http_response *res)
{
	enum http_method meant = http_method_of_nocase(name);
	char right[64];

	if (meant == HTTP_METHOD_UNKNOWN) {
		error_page(res, 501, NULL, NULL, NULL);
		return;
	}
	snprintf(right, sizeof(right), "Write it in capitals: %s",
	    http_method_name(meant));
	error_page(res, 501, "The names of methods are case-sensitive, and "
	    "no method is written like this one.", right,
	    "RFC 9110, section 9.1");
}

/* What a representation of this request varies by. */
static const char *
vary_of(const struct search *s, bool negotiable)
{
	if (s->by_accept)
		return negotiable ? "Accept, Accept-Encoding" : "Accept";
	return negotiable ? "Accept-Encoding" : NULL;
}

/* Nothing that there is is acceptable (RFC 9110, 15.5.7). */
static void
answer_not_acceptable(struct search *s)
{
	error_page(s->res, 406, NULL, NULL, NULL);
	http_response_field(s->res, "Vary", "%s", vary_of(s, true));
}

/* Once more what was answered before, from a head and a file as they are. */
static void
answer_ready(struct search *s, int status, const struct http_ready *ready,
    struct file *f, enum http_coding coding)
{
	struct http_response *res = s->res;

	http_response_init(res, status);
	res->ready = ready;
	res->coding = coding;
	s->is_ready = true;
	if (status == 304)
		return;
	res->content = HTTP_CONTENT_FILE;
	res->file = file_ref(f);
	res->length = (uint64_t)f->size;
}

/*
 * Where the head of such an answer is kept: of the whole, or of a 304. NULL:
 * of others it is not.
 */
static struct http_ready **
slot_of(const struct search *s, struct rendition *one, enum http_cond cond)
{
	/* A head is kept for the path that it was made for. */
	if (s->cache == NULL || s->by_accept)
		return NULL;
	if (cond == HTTP_COND_NOT_MODIFIED)
		return &one->unchanged;
	return cond == HTTP_COND_PASS && http_fields_first(&s->req->fields,
	    HTTP_FIELD_RANGE) == NULL ? &one->whole : NULL;
}

/* Answer with one of the representations, whose file is loaded. */
static void
answer_rendition(struct search *s, struct resource *r,
    enum http_coding coding)
{
	struct rendition *one = &r->of[coding];
	struct representation what = { one->file, r->type, coding,
	    vary_of(s, r->negotiable) };
	enum http_cond cond = represent_judge(one->file, s->req);

	s->slot = slot_of(s, one, cond);
	if (s->slot != NULL && *s->slot != NULL) {
		answer_ready(s, cond == HTTP_COND_PASS ? 200 : 304, *s->slot,
		    one->file, coding);
		return;
	}
	file_ref(one->file);
	represent(&what, cond, s->req, s->trace, s->res);
}

/* Answer with what was found before. */
static void
answer_found(struct search *s)
{
	struct resource *r = s->found;
	enum http_coding coding;

	if (r->status != 200) {
		answer_ready(s, r->status, r->of[0].whole, r->of[0].file,
		    HTTP_CODING_IDENTITY);
		return;
	}
	if (!variant_best(s->site->config, &s->req->fields, r->sizes,
	    &coding))
		answer_not_acceptable(s);
	else if (resource_file(r, coding) == NULL)
		answer_path_error(s, r->path, errno);
	else
		answer_rendition(s, r, coding);
}

/* Answer with the file that was located, or with one of its siblings. */
static void
answer_file(struct search *s, struct located *l)
{
	struct variant v = { .fd = l->fd, .st = l->st };
	char type[HTTP_MEDIA_TYPE_MAX];
	struct resource *r = s->made;
	bool acceptable;

	acceptable = variant_choose(s->site, l->path, &s->req->fields,
	    s->trace, &v);
	r->status = 200;
	r->negotiable = v.negotiable;
	memcpy(r->sizes, v.size, sizeof(r->sizes));
	r->type = strdup(mime_type_in(s->site->config, slice_of(l->path),
	    type));
	r->path = strdup(l->path);
	if (r->type == NULL || r->path == NULL || !acceptable) {
		close(v.fd);
		s->may_keep &= r->type != NULL && r->path != NULL;
		if (acceptable)
			answer_path_error(s, l->path, ENOMEM);
		else
			answer_not_acceptable(s);
		return;
	}
	if (resource_load(r, v.coding, v.fd) == NULL)
		answer_path_error(s, l->path, errno);
	else
		answer_rendition(s, r, v.coding);
}

/* As JSON where only that is listed, or where the client likes it better. */
static bool
wants_json(struct search *s)
{
	const struct http_fields *fields = &s->req->fields;

	if (s->site->config->listing == CONFIG_LISTING_JSON)
		return true;
	s->by_accept = true;
	return http_accept_type(fields, SLICE("application/json")) >
	    http_accept_type(fields, SLICE("text/html"));
}

static void
answer_listing(struct search *s, struct located *l)
{
	struct dirlist_options options = {
		.json = wants_json(s),
		.dotfiles = s->site->config->dotfiles == CONFIG_DOTFILES_ALLOW,
	};
	struct representation r = {
		.type = options.json ? "application/json" :
		    "text/html; charset=utf-8",
		.vary = vary_of(s, false),
	};
	struct http_response *res = s->res;

	represent(&r, represent_judge(NULL, s->req), s->req, s->trace, res);
	/*
	 * Nothing tells when a listing has changed: ask each time. A 304 says
	 * it as the 200 does (RFC 9110, 15.4.5).
	 */
	if (res->status < 400)
		http_response_field(res, "Cache-Control", "no-cache");
	if (res->status != 200) {
		close(l->fd);
		return;
	}
	dirlist_query(s->req->target.query, &options);
	res->listing = dirlist_new(s->site->root, l->fd, s->path.p, &options);
	if (res->listing == NULL) {
		answer_path_error(s, l->path, errno);
		return;
	}
	res->content = HTTP_CONTENT_LISTING;
	if (!options.json)
		http_response_field(res, "Content-Security-Policy",
		    ERROR_PAGE_POLICY);
}

/*
 * The same path with a slash. It is written anew from the decoded path,
 * which begins with exactly one "/": "//evil.example" cannot turn into
 * another host.
 */
static void
redirect_to_slash(struct search *s)
{
	const struct http_target *target = &s->req->target;
	struct http_response *res = s->res;
	char location[ROUTE_LOCATION_MAX];
	size_t room;
	long len;

	/* No Location can name it: a backslash is refused when encoded. */
	if (memchr(s->path.p, '\\', s->path.len) != NULL) {
		trace(s->trace, "reason", "a directory with a backslash in "
		    "its path, to which no redirect can lead; ask for it "
		    "with a slash at its end");
		error_page(res, 404, NULL, NULL, NULL);
		return;
	}
	/* A longer one would leave no room for the configured fields. */
	len = http_target_encode(s->path, location, sizeof(location));
	room = len < 0 ? 0 : sizeof(location) - (size_t)len;
	if (len < 0 || (size_t)snprintf(location + len, room, "/%s%.*s",
	    target->has_query ? "?" : "", target->has_query ?
	    (int)target->query.len : 0, target->query.p) >= room) {
		error_page(res, 414, NULL, NULL, NULL);
		return;
	}
	error_page(res, 301, NULL, NULL, NULL);
	http_response_field(res, "Location", "%s", location);
}

/* The address that a rule of http.redirects leads to. */
static void
redirect_by_rule(struct search *s, const struct config_redirect *rule,
    const char *location)
{
	if (location[0] == '\0') {
		error_page(s->res, 414, NULL, NULL, NULL);
		return;
	}
	error_page(s->res, rule->status, "What was here has another address.",
	    "The Location field of this answer has it.",
	    "RFC 9110, section 15.4");
	http_response_field(s->res, "Location", "%s", location);
}

/* Which names were looked for in a directory. */
static void
trace_no_index(const struct search *s)
{
	char names[1024] = "";
	size_t len = 0;

	if (s->trace == NULL)
		return;
	for (char *const *name = s->site->config->index; *name != NULL &&
	    len < sizeof(names); name++)
		len += (size_t)snprintf(names + len, sizeof(names) - len,
		    "%s%s", len == 0 ? "" : ", ", *name);
	trace_say(s->trace, "reason", "a directory with none of http.index "
	    "(%s), and http.listing is none", len == 0 ? "no name" : names);
}

/*
 * 404 for a directory without an index, and not the 403 of others: nothing
 * is there that a permission would help to. That the directory exists is no
 * secret, the redirect to its slash tells it as well.
 */
static void
answer_nothing(struct search *s, const struct located *l)
{
	if (l->kind == LOCATED_NO_DIRECTORY) {
		trace(s->trace, "reason", "a file, and the slash at the end "
		    "asks for a directory; ask for it without the slash");
		error_page(s->res, 404, "There is no such directory.",
		    "A slash at the end asks for a directory: if this is a "
		    "file, ask for it without the slash.", NULL);
	} else if (l->kind == LOCATED_NO_INDEX) {
		trace_no_index(s);
		error_page(s->res, 404, "This directory has no index page.",
		    "Ask for one of its files by name; directories are not "
		    "listed.", NULL);
	} else {
		answer_path_error(s, l->path, l->error);
	}
	if (s->by_accept)
		http_response_field(s->res, "Vary", "%s", vary_of(s, false));
}

/* What would be there at another time: nothing that follows makes up for it. */
static bool
is_unavailable(const struct located *l)
{
	return l->kind == LOCATED_NOTHING && docroot_is_shortage(l->error);
}

static bool
is_missing(const struct located *l)
{
	return l->kind == LOCATED_NO_DIRECTORY ||
	    l->kind == LOCATED_NO_INDEX || (l->kind == LOCATED_NOTHING &&
	    error_answer_status(l->error) == 404);
}

/* document_root leads nowhere: perhaps it is just being replaced. */
static void
answer_no_root(struct search *s, int error)
{
	trace(s->trace, "reason", "document_root, %s: %s",
	    docroot_path(s->site->root), strerror(error));
	error_page(s->res, 503, "What is served here is not there.",
	    "Try again in a little while.", "RFC 9110, section 15.6.4");
	http_response_field(s->res, "Retry-After", "1");
}

/* Answer with what was located. */
static void
answer_as_located(struct search *s, struct located *l)
{
	switch (l->kind) {
	case LOCATED_FILE:
		answer_file(s, l);
		break;
	case LOCATED_LISTING:
		s->may_keep = false;
		answer_listing(s, l);
		break;
	case LOCATED_SLASH:
		redirect_to_slash(s);
		break;
	default:
		answer_nothing(s, l);
		break;
	}
}

/*
 * Begin to make the resource of a path: what is looked up from here on
 * belongs to it.
 */
static bool
start_making(struct search *s, struct slice path)
{
	if ((s->made = resource_new(s->site, path)) == NULL)
		return false;
	s->may_keep = s->cache != NULL &&
	    !route_may_redirect(s->site->config, path);
	if (s->may_keep)
		looks_begin(&s->made->looks, file_cache_folders(s->cache),
		    s->site->root);
	return true;
}

/* What was being made is of no use any more. */
static void
stop_making(struct search *s)
{
	if (s->made == NULL)
		return;
	if (s->made->looks.root != NULL)
		looks_end(&s->made->looks);
	resource_free(s->made);
	s->made = NULL;
}

/*
 * Answer with the page at path, kept or not. False if there is no such file.
 * What is made is kept as the page's own, unless its path is one that nobody
 * may ask for.
 */
static bool
answer_page(struct search *s, struct slice path)
{
	struct located page;

	if (s->cache != NULL && (s->found = file_cache_find(s->cache, s->site,
	    path, s->sites->turn)) != NULL && s->found->status == 200) {
		answer_found(s);
		return true;
	}
	s->found = NULL;
	if (!start_making(s, path)) {
		answer_path_error(s, path.p + 1, ENOMEM);
		return true;
	}
	s->may_keep &= !locate_is_hidden(s->site->config, path.p + 1);
	locate(s->site, path, s->trace, &page);
	if (page.kind == LOCATED_FILE || is_unavailable(&page)) {
		answer_as_located(s, &page);
		return true;
	}
	if (page.fd != -1)
		close(page.fd);
	stop_making(s);
	return false;
}

/*
 * Of a single-page application: what is not there is one of its views, for
 * who asks for a page and not for a picture or a script.
 */
static bool
answer_fallback(struct search *s)
{
	const char *fallback = s->site->config->fallback;

	s->by_accept = true;
	if (http_accept_type(&s->req->fields, SLICE("text/html")) == 0) {
		trace(s->trace, "fallback", "not for who does not accept "
		    "text/html");
		return false;
	}
	trace(s->trace, "fallback", "%s", fallback);
	stop_making(s);
	if (answer_page(s, slice_of(fallback)))
		return true;
	if (site_tells(s->site, fallback))
		log_warning("http.fallback %s is no file in %s", fallback,
		    docroot_path(s->site->root));
	return false;
}

/* Look for the path, which no rule redirects, and answer. */
static void
answer_located(struct search *s)
{
	struct located l;

	locate(s->site, s->path, s->trace, &l);
	if (is_missing(&l) && route_has_fallback(s->site->config, s->path) &&
	    answer_fallback(s))
		return;
	answer_as_located(s, &l);
}

/*
 * Answer what is not kept. Never a part of its caller: what is kept is
 * answered without the large frame of all this.
 */
static void __attribute__((noinline))
answer_anew(struct search *s)
{
	const struct config_site *config = s->site->config;
	char location[ROUTE_LOCATION_MAX];
	const struct config_redirect *rule;

	/* From here on it is a string as well. */
	if (s->path.p != s->buffer) {
		memcpy(s->buffer, s->path.p, s->path.len);
		s->buffer[s->path.len] = '\0';
		s->path.p = s->buffer;
	}
	rule = route_redirect(config, s->path, s->req, s->trace, location);
	if (rule != NULL) {
		redirect_by_rule(s, rule, location);
		return;
	}
	if (!start_making(s, s->path)) {
		answer_path_error(s, s->path.p + 1, ENOMEM);
		return;
	}
	if (!locate_is_hidden(config, s->path.p + 1)) {
		answer_located(s);
		return;
	}
	trace(s->trace, "reason", "a name in it begins with a dot, and "
	    "http.dotfiles is deny");
	error_page(s->res, 404, NULL, NULL, NULL);
}

static void
answer_path(struct search *s)
{
	uint64_t turn = s->sites->turn;

	if (docroot_follow(s->site->root, turn) == -1) {
		answer_no_root(s, errno);
		return;
	}
	if (s->cache != NULL)
		s->found = file_cache_find(s->cache, s->site, s->path, turn);
	if (s->found != NULL)
		answer_found(s);
	else
		answer_anew(s);
}

static void
answer_method(struct search *s)
{
	const struct http_request *req = s->req;

	switch (req->method) {
	case HTTP_GET:
	case HTTP_HEAD:
	case HTTP_OPTIONS:
		if (req->has_expectation)
			error_page(s->res, 417, NULL, NULL, NULL);
		else if (req->method != HTTP_OPTIONS)
			answer_path(s);
		else
			/*
			 * Of any path, whether there is a file or not: what
			 * this server answers does not depend on the path.
			 */
			answer_options(s->res);
		break;
	case HTTP_METHOD_UNKNOWN:
		trace(s->trace, "reason", "no such method; names of methods "
		    "are written in capital letters");
		answer_unknown_method(req->method_name, s->res);
		break;
	default:
		trace(s->trace, "reason", "only %s are answered", METHODS);
		answer_other_method(req->method, s->res);
		break;
	}
}

static void
trace_host(const struct sites *sites, const struct site *site,
    const struct http_request *req, const struct trace *t)
{
	trace(t, "host", "%.*s: %s, root %s", SLICE_ARG(req->host.host),
	    site != &sites->v[0] ? "a site of its own" :
	    sites->n > 1 ? "not one of http.hosts" : "one site for all",
	    docroot_path(site->root));
}

/*
 * What the answer of an error is made of, to be found like a file: its page,
 * ours or the site's, and its head. False if that cannot be kept: without
 * memory, or a page that is not in memory itself, as each of the paths that
 * are not there would hold it open.
 */
static bool
make_error(struct resource *r, const struct http_response *res)
{
	struct rendition *one = &r->of[0];
	char *text;

	r->status = res->status;
	if (res->content == HTTP_CONTENT_FILE && res->file->fd != -1)
		return false;
	if (res->content == HTTP_CONTENT_FILE) {
		one->file = file_ref(res->file);
	} else if ((text = malloc((size_t)res->length + 1)) != NULL) {
		memcpy(text, res->text, (size_t)res->length);
		one->file = file_of_bytes(text, (size_t)res->length);
	}
	one->whole = http_response_ready(res);
	return one->file != NULL && one->whole != NULL;
}

/* Whether what was made is of use again: a file, or that nothing is there. */
static bool
is_worth_keeping(struct search *s)
{
	if (!s->may_keep || s->made->status == 200)
		return s->may_keep;
	return !s->by_accept && s->res->status == 404 &&
	    make_error(s->made, s->res);
}

/* What was made goes to the cache, or nowhere. */
static void
finish_making(struct search *s)
{
	if (!is_worth_keeping(s)) {
		stop_making(s);
		return;
	}
	looks_end(&s->made->looks);
	file_cache_keep(s->cache, s->made, s->sites->turn);
}

/* The fields of rules, the page of the site; then the answer is whole. */
static void
finish(struct search *s)
{
	struct http_response *res = s->res;

	/* Where there is no root, there is no page in it. */
	if (res->status >= 400 &&
	    docroot_follow(s->site->root, s->sites->turn) == 0)
		s->may_keep &= error_answer_page(s->site, s->trace, res);
	if (s->path.len > 0)
		route_headers(s->site->config, s->path, s->trace, res);
	if (s->slot != NULL)
		*s->slot = http_response_ready(res);
	if (s->made != NULL)
		finish_making(s);
	else if (s->found != NULL)
		file_cache_grown(s->cache, s->found);
}

/* Decode the path. False if that cannot be done, and answered. */
static bool
take_path(struct search *s)
{
	const struct http_target *target = &s->req->target;
	const struct http_fault *fault;

	if (target->path.len > MAX_PATH) {
		error_page(s->res, 414, NULL, NULL, NULL);
		return false;
	}
	s->path = target->path;
	if (target->is_plain)
		return true;
	s->path.p = s->buffer;
	fault = http_target_path(target->path, s->buffer, &s->path.len);
	if (fault != NULL) {
		s->path.len = 0;
		error_page_fault(s->res, fault);
	}
	return fault == NULL;
}

void
static_file_trace(struct sites *sites, const struct http_request *req,
    const struct trace *t, struct http_response *res)
{
	struct search s;	/* not cleared: the buffer is large */

	memset(&s, 0, offsetof(struct search, buffer));
	s.sites = sites;
	s.site = sites_find(sites, req->host.host);
	s.req = req;
	s.res = res;
	s.trace = t;
	s.cache = t == NULL ? sites->cache : NULL;
	trace_host(sites, s.site, req, t);
	if (take_path(&s)) {
		trace(t, "path", "%.*s", SLICE_ARG(s.path));
		answer_method(&s);
	}
	if (!s.is_ready)
		finish(&s);
	res->head_only = req->method == HTTP_HEAD;
}

void
static_file_plan(struct sites *sites, const struct http_request *req,
    struct http_response *res)
{
	static_file_trace(sites, req, NULL, res);
}

void
static_file_refuse(struct sites *sites, const struct http_fault *fault,
    struct http_response *res)
{
	error_page_fault(res, fault);
	if (docroot_follow(sites->v[0].root, sites->turn) == 0)
		(void)error_answer_page(&sites->v[0], NULL, res);
}

void
static_file_too_many(struct http_response *res)
{
	error_page(res, 503,
	    "There are too many connections from your address.",
	    "Close some of them, or try again a little later.", NULL);
	http_response_field(res, "Retry-After", "10");
}

void
static_file_error(struct http_response *res, int error)
{
	if (error_answer(res, error) == 500)
		log_error("cannot serve a file: %s", strerror(error));
}
