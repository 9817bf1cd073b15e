/* A listing as a page of HTML: readable by people, without anything to load. */
#include <stdio.h>

#include "files/dirlist_impl.h"
#include "files/page_look.h"

static const char *const escapes[128] = {
	['&'] = "&amp;",
	['<'] = "&lt;",
	['>'] = "&gt;",
	['"'] = "&quot;",
	['\''] = "&#39;",
};

/*
 * The page, in pieces. The bird says where we are; below it is a card with
 * the table. Icons are shapes of CSS, as 20,000 drawings would be slow;
 * the words for them are there, but pushed out of sight.
 */
static const char page_title[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<meta charset=\"utf-8\">\n"
	"<title>Index of ";
static const char page_style[] =
	"</title>\n"
	"<meta name=\"viewport\" content=\"width=device-width,"
	"initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<style>\n"
	PAGE_PALETTE
	/* soft ink, line, row under the pointer */
	":root{--s:#566167;--l:#e6e2d8;--h:#f0f6f4}\n"
	"@media(prefers-color-scheme:dark){:root{--s:#a3b0b1;--l:#2f373c;"
	"--h:#232b2f}}\n"
	"*{box-sizing:border-box}\n"
	"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
	"body{background:var(--p);color:var(--i);font:1rem/1.5 system-ui,"
	"sans-serif;margin:0 auto;max-width:64rem;padding:1.5rem 1.5rem 2rem}\n"
	"a{color:var(--a);text-decoration:none}\n"
	"a:hover{text-decoration:underline}\n"
	":focus-visible{outline:3px solid var(--a);outline-offset:-3px;"
	"border-radius:.4rem}\n"
	/* the bubble and its tail */
	"header{display:flex;align-items:center;gap:1.4rem;margin:0 0 1.4rem}\n"
	"svg{width:5rem;flex:none}\n"
	"header div{position:relative;min-width:0;background:var(--c);"
	"border:2px solid var(--a);border-radius:1.2rem;padding:.6rem 1.2rem}\n"
	"header div:before{content:'';position:absolute;left:-.55rem;"
	"top:calc(50% - .5rem);width:1rem;height:1rem;background:inherit;"
	"border:inherit;border-width:0 0 2px 2px;transform:rotate(45deg)}\n"
	"h1{font-size:1.35rem;line-height:1.3;margin:0;"
	"overflow-wrap:anywhere}\n"
	"h1 small{display:block;font-size:.85rem;font-weight:400;"
	"color:var(--s)}\n"
	"h1 a{display:inline-block;min-width:1.5rem;"
	"padding:.3rem .4rem .3rem 0}\n"
	"h1 [aria-current]{color:inherit}\n"
	"p{margin:.3rem 0 0}\n"
	/* the table */
	"table{width:100%;table-layout:fixed;border-collapse:separate;"
	"border-spacing:0;background:var(--c);border:1px solid var(--l);"
	"border-radius:.8rem;overflow:clip}\n"
	"th{position:sticky;top:0;z-index:1;background:var(--c);"
	"border-bottom:2px solid var(--a);padding:0;text-align:left}\n"
	"th:nth-child(2){width:8rem}\n"
	"th:nth-child(3){width:13rem}\n"
	"th small{font-weight:400;color:var(--s)}\n"
	"th a{display:block;padding:.7rem 1.2rem}\n"
	"th:first-child a{padding-left:3.1rem}\n"
	"th:nth-child(2),td:nth-child(2){text-align:right}\n"
	"[aria-sort]{color:var(--i)}\n"
	"[aria-sort] a{color:inherit}\n"
	"[aria-sort] a:after{content:' \\2191';color:var(--a)}\n"
	"[aria-sort=descending] a:after{content:' \\2193'}\n"
	"td{padding:.6rem 1.2rem;border-top:1px solid var(--l);color:var(--s);"
	"vertical-align:top;white-space:nowrap;"
	"font-variant-numeric:tabular-nums}\n"
	"tbody tr:first-child td{border:0}\n"
	"tbody tr:hover{background:var(--h)}\n"
	"td:first-child{padding:0;white-space:normal;overflow-wrap:anywhere}\n"
	"td a{display:block;position:relative;padding:.6rem 1.2rem .6rem "
	"3.1rem;color:inherit}\n"
	"td:first-child{color:var(--i)}\n"
	".d td:first-child{color:var(--a);font-weight:600}\n"
	/* the icons */
	"i{position:absolute;left:1.2rem;top:.72rem;width:20px;height:20px;"
	"overflow:hidden;text-indent:2rem;white-space:nowrap}\n"
	"i:before{content:'';position:absolute;inset:0;background:var(--s);"
	"clip-path:path(evenodd,'M5 1h7l5 5v11a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2"
	"V3a2 2 0 0 1 2-2zM5 2.6a.4.4 0 0 0-.4.4v14c0 .2.2.4.4.4h10c.2 0 .4-.2"
	" .4-.4V7.6H10.4V2.6z')}\n"
	".d i:before{background:var(--a);clip-path:path('M1 5a2 2 0 0 1 2-2h4.5"
	"l2 2.2H17a2 2 0 0 1 2 2V15a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2z')}\n"
	".u i:before{background:var(--a);clip-path:path('M10 2l7 7.4-1.6 1.5"
	"L11.1 6.4V18H8.9V6.4l-4.3 4.5L3 9.4z')}\n"
	".l i:after{content:'\\2197';position:absolute;right:0;bottom:0;"
	"width:12px;height:12px;border-radius:4px 0 0;background:var(--c);"
	"color:var(--i);font:700 11px/13px system-ui,sans-serif;"
	"text-align:center;text-indent:0}\n"
	"footer{margin:.9rem 1.2rem 0;color:var(--s);font-size:.9rem}\n"
	/* a narrow screen: size and date go below the name, all of it a link */
	"@media(max-width:40rem){\n"
	"body{padding:1rem .8rem 1.5rem}\n"
	"header{gap:1.1rem;margin-bottom:1rem}\n"
	"svg{width:3.6rem}\n"
	"header div{padding:.5rem .9rem}\n"
	"h1{font-size:1.15rem}\n"
	"h1 a{padding:.4rem .5rem .4rem 0}\n"
	"table,thead,tbody{display:block}\n"
	"thead{position:sticky;top:0;z-index:1}\n"
	"tr{display:flex;flex-wrap:wrap;position:relative}\n"
	"tbody tr{padding:.5rem .8rem .55rem 2.9rem;border-top:1px solid "
	"var(--l)}\n"
	"tbody tr:first-child{border:0}\n"
	"thead tr{background:var(--c);border-bottom:2px solid var(--a);"
	"justify-content:space-between}\n"
	"th,th:nth-child(n){position:static;width:auto;border:0}\n"
	"th:nth-child(n) a{padding:.7rem .9rem}\n"
	"td,td:first-child{padding:0;border:0;font-size:.9rem}\n"
	"td:first-child{flex:0 0 100%;font-size:1rem}\n"
	"td a{position:static;padding:0}\n"
	"td a:after{content:'';position:absolute;inset:0}\n"
	".d td:nth-child(2){display:none}\n"
	"td+td+td:before{content:'\\00b7';margin:0 .45em}\n"
	".d td+td+td:before{content:none}\n"
	"i{left:.9rem;top:.62rem}\n"
	"footer{margin:.8rem .9rem 0}\n"
	"}\n"
	"</style>\n"
	"<header>\n"
	PAGE_BIRD
	"<div>\n"
	"<h1><small>Index of</small> ";
static const char page_parent[] =
	"<tr class=\"u\"><td colspan=\"3\"><a href=\"../\">"
	"<i>Up:</i> Parent directory</a>\n";

/* Everybody reads the same page: UTC, and no guess at a locale. */

/* With a comma after each three digits. */
static void
put_number(struct dirlist *list, uint64_t n)
{
	char digits[32];
	size_t at = sizeof(digits);
	int count = 0;

	do {
		if (count++ % 3 == 0 && count > 1)
			digits[--at] = ',';
		digits[--at] = (char)('0' + n % 10);
	} while ((n /= 10) > 0);
	dirlist_put(list, digits + at, sizeof(digits) - at);
}

static void
put_count(struct dirlist *list, uint64_t n, const char *one, const char *more)
{
	put_number(list, n);
	dirlist_puts(list, n == 1 ? one : more);
}

/* For people: "7 B", "1.4 KiB", "23 MiB"; rounded, so never "1024 KiB". */
static void
put_size(struct dirlist *list, uint64_t size)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	char text[32];
	int i, shift;

	if (size < 1024) {
		put_number(list, size);
		dirlist_puts(list, " B");
		return;
	}
	for (i = 0; i < 3; i++)
		if ((size + (512ULL << 10 * i)) >> 10 * (i + 1) < 1024)
			break;
	shift = 10 * (i + 1);
	/* Tenths only where that leaves one digit before them. */
	if (size >> shift < 10 &&
	    (size * 10 + (1ULL << (shift - 1))) >> shift < 100) {
		size = (size * 10 + (1ULL << (shift - 1))) >> shift;
		snprintf(text, sizeof(text), "%d.%d %s", (int)(size / 10),
		    (int)(size % 10), units[i]);
	} else {
		size = (size + (1ULL << (shift - 1))) >> shift;
		snprintf(text, sizeof(text), "%llu %s",
		    (unsigned long long)size, units[i]);
	}
	dirlist_puts(list, text);
}

/* "../" so many times that the directory n components above is meant. */
static void
put_crumb(struct dirlist *list, size_t n, struct slice name)
{
	dirlist_puts(list, "<a href=\"");
	if (n == 0)
		dirlist_puts(list, "./\" aria-current=\"page");
	while (n-- > 0)
		dirlist_puts(list, "../");
	dirlist_puts(list, "\"><bdi>");
	dirlist_put_escaped(list, name, escapes);
	dirlist_puts(list, "</bdi>/</a>");
}

/* The path as a heading, each part a link to the directory that it names. */
static void
put_crumbs(struct dirlist *list)
{
	struct slice rest = { list->path, list->path_len }, name;
	size_t depth = 0;

	for (size_t i = 1; i < rest.len; i++)
		depth += rest.p[i] == '/';
	for (; rest.len > 0; rest.p += name.len + 1, rest.len -= name.len + 1) {
		const char *slash = memchr(rest.p, '/', rest.len);

		name = (struct slice){ rest.p, (size_t)(slash - rest.p) };
		put_crumb(list, depth--, name);
	}
}

static const struct {
	enum dirlist_sort	 sort;
	const char		*key, *label;
	bool			 descending;	/* what is asked for at first */
} columns[] = {
	{ DIRLIST_NAME, "name", "Name",				false },
	{ DIRLIST_SIZE, "size", "Size",				true },
	{ DIRLIST_TIME, "time", "Modified <small>UTC</small>",	true },
};

/* A click on the column that sorts already reverses it. */
static void
put_columns(struct dirlist *list)
{
	const struct dirlist_options *o = &list->options;
	const char *marks[] = {
		" aria-sort=\"ascending\"", " aria-sort=\"descending\""
	};

	dirlist_puts(list, "<thead>\n<tr>");
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		bool sorts = columns[i].sort == o->sort;
		bool down = sorts ? !o->descending : columns[i].descending;

		dirlist_puts(list, "<th scope=\"col\"");
		dirlist_puts(list, sorts ? marks[o->descending] : "");
		dirlist_puts(list, "><a href=\"?sort=");
		dirlist_puts(list, columns[i].key);
		dirlist_puts(list, down ? "&amp;order=desc\">" :
		    "&amp;order=asc\">");
		dirlist_puts(list, columns[i].label);
		dirlist_puts(list, "</a></th>");
	}
	dirlist_puts(list, "</tr>\n</thead>\n");
}

static void
begin(struct dirlist *list)
{
	struct slice path = { list->path, list->path_len };

	dirlist_puts(list, page_title);
	dirlist_put_escaped(list, path, escapes);
	dirlist_puts(list, page_style);
	put_crumbs(list);
	dirlist_puts(list, "</h1>\n");
	if (list->count == 0)
		dirlist_puts(list, "<p>There is nothing to list here.</p>\n");
	if (list->truncated) {
		dirlist_puts(list, "<p>It holds more than fits here: only ");
		put_count(list, list->count, " entry is", " entries are");
		dirlist_puts(list, " listed.</p>\n");
	}
	dirlist_puts(list, "</div>\n</header>\n<main>\n<table>\n");
	if (list->count > 0)
		put_columns(list);
	dirlist_puts(list, "<tbody>\n");
	if (list->path_len > 1)
		dirlist_puts(list, page_parent);
}

/* By is_directory and is_link. */
static const char *const rows[2][2] = {
	{ "\"><i>File</i> <bdi>", "\"><i>Link to file</i> <bdi>" },
	{ "\"><i>Directory</i> <bdi>", "\"><i>Link to directory</i> <bdi>" },
};
static const char *const row_classes[2][2] = {
	{ "<tr><td><a href=\"", "<tr class=\"l\"><td><a href=\"" },
	{ "<tr class=\"d\"><td><a href=\"",
	    "<tr class=\"d l\"><td><a href=\"" },
};

/* HTML says itself where a cell and a row end. */
static void
put_entry(struct dirlist *list, const struct dirlist_entry *e)
{
	char time[DIRLIST_TIME_LEN + 1];

	dirlist_puts(list, row_classes[e->is_directory][e->is_link]);
	dirlist_put_href(list, e, escapes);
	dirlist_puts(list, rows[e->is_directory][e->is_link]);
	dirlist_put_escaped(list, (struct slice){ e->name, e->len }, escapes);
	if (e->is_directory) {
		dirlist_puts(list, "</bdi>/</a><td>\u2014");
	} else {
		dirlist_puts(list, "</bdi></a><td title=\"");
		put_count(list, (uint64_t)e->size, " byte\">", " bytes\">");
		put_size(list, (uint64_t)e->size);
	}
	dirlist_time(e->modified, time);
	dirlist_puts(list, "<td><time datetime=\"");
	dirlist_put(list, time, DIRLIST_TIME_LEN);
	dirlist_puts(list, "\">");
	dirlist_put(list, time, 10);
	dirlist_puts(list, " ");
	dirlist_put(list, time + 11, 5);
	dirlist_puts(list, "</time>\n");
}

static void
put_totals(struct dirlist *list)
{
	size_t files = list->count - list->directories;

	dirlist_puts(list, "<footer>");
	if (list->directories > 0)
		put_count(list, list->directories, " directory",
		    " directories");
	if (files > 0) {
		dirlist_puts(list, list->directories > 0 ? ", " : "");
		put_count(list, files, " file", " files");
		dirlist_puts(list, ", ");
		put_size(list, list->bytes);
		dirlist_puts(list, files == 1 ? "" : " in all");
	}
	dirlist_puts(list, "</footer>\n");
}

static void
end(struct dirlist *list)
{
	dirlist_puts(list, "</tbody>\n</table>\n</main>\n");
	if (list->count > 0)
		put_totals(list);
	dirlist_puts(list, "</html>\n");
}

const struct dirlist_format dirlist_html = { begin, put_entry, end };
