#include "client/remark.h"

#include <stdio.h>

#include "base/plural.h"

#define SHOWN_MAX	256	/* bytes of a URL */

const char *
remark_difference(const struct judge_asked *asked,
    const struct judgement *judgement, int status)
{
	if (judgement->what == JUDGE_ANEW ||
	    (judgement->what == JUDGE_WHOLE && asked->have > 0))
		return "it has changed, or cannot be gone on with: it begins "
		    "anew";
	if (judgement->what == JUDGE_WHOLE && asked->range && status == 200 &&
	    asked->method == HTTP_GET)
		return "the server does not know ranges: all of it comes";
	return NULL;
}

void
remark_unknown(const char *name, char out[static REMARK_MAX])
{
	snprintf(out, REMARK_MAX, "it is not known what %.512s.part is the "
	    "beginning of: it begins anew", name);
}

void
remark_done(const char *name, char out[static REMARK_MAX])
{
	snprintf(out, REMARK_MAX, "%.512s is there, and whole; to fetch it "
	    "anew: --force", name);
}

bool
remark_redirect(const struct http_reply *reply, char out[static REMARK_MAX])
{
	const struct http_field *to = http_reply_field(reply,
	    SLICE("Location"), true);

	if (to == NULL || to->value.len == 0)
		return false;
	snprintf(out, REMARK_MAX, "it leads to %.*s (%d); -L follows",
	    to->value.len > SHOWN_MAX ? SHOWN_MAX : (int)to->value.len,
	    to->value.p, reply->status);
	return true;
}

bool
remark_outcome(enum judge_what what, const char *name, const char *since,
    const char *status, char out[static REMARK_MAX])
{
	if (what == JUDGE_COMPLETE)
		snprintf(out, REMARK_MAX, "%.512s.part was whole already",
		    name);
	else if (what == JUDGE_OLD)
		snprintf(out, REMARK_MAX, "not newer than %s, so nothing was "
		    "%s", since, name == NULL ? "printed" : "saved");
	else if (status[0] != '\0' && name != NULL)
		snprintf(out, REMARK_MAX, "%s was saved to %.512s", status,
		    name);
	else
		return false;
	return true;
}

void
remark_kept(uint64_t kept, const char *name, bool is_earlier, bool can_resume,
    char out[static REMARK_MAX])
{
	out[0] = '\0';
	if (kept > 0)
		snprintf(out, REMARK_MAX, "%s%ju byte%s in %.512s.part%s",
		    is_earlier ? "still " : "", (uintmax_t)kept,
		    plural(kept), name,
		    can_resume ? ", -C goes on with them" : "");
}
