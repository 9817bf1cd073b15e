/* A listing as JSON, RFC 8259. */
#include <stdio.h>

#include "files/dirlist_impl.h"

/* Section 7. Names have no control bytes; that is not relied upon here. */
static const char *const escapes[128] = {
	"\\u0000", "\\u0001", "\\u0002", "\\u0003",
	"\\u0004", "\\u0005", "\\u0006", "\\u0007",
	"\\b", "\\t", "\\n", "\\u000b",
	"\\f", "\\r", "\\u000e", "\\u000f",
	"\\u0010", "\\u0011", "\\u0012", "\\u0013",
	"\\u0014", "\\u0015", "\\u0016", "\\u0017",
	"\\u0018", "\\u0019", "\\u001a", "\\u001b",
	"\\u001c", "\\u001d", "\\u001e", "\\u001f",
	['"'] = "\\\"",
	['\\'] = "\\\\",
};

static void
begin(struct dirlist *list)
{
	dirlist_puts(list, "{\"path\":\"");
	dirlist_put_escaped(list,
	    (struct slice){ list->path, list->path_len }, escapes);
	dirlist_puts(list, "\",\"entries\":[");
}

static void
put_entry(struct dirlist *list, const struct dirlist_entry *e)
{
	char time[DIRLIST_TIME_LEN + 1], size[32];

	dirlist_puts(list, list->written > 0 ? ",{\"name\":\"" :
	    "{\"name\":\"");
	dirlist_put_escaped(list, (struct slice){ e->name, e->len }, escapes);
	dirlist_puts(list, "\",\"href\":\"");
	dirlist_put_href(list, e, escapes);
	dirlist_puts(list, e->is_directory ? "\",\"type\":\"directory\"" :
	    "\",\"type\":\"file\"");
	dirlist_puts(list, e->is_link ? ",\"link\":true" : ",\"link\":false");
	if (!e->is_directory) {
		snprintf(size, sizeof(size), ",\"size\":%lld",
		    (long long)e->size);
		dirlist_puts(list, size);
	}
	dirlist_time(e->modified, time);
	dirlist_puts(list, ",\"modified\":\"");
	dirlist_put(list, time, DIRLIST_TIME_LEN);
	dirlist_puts(list, "\"}");
}

static void
end(struct dirlist *list)
{
	dirlist_puts(list, list->truncated ? "],\"truncated\":true}\n" :
	    "],\"truncated\":false}\n");
}

const struct dirlist_format dirlist_json = { begin, put_entry, end };
