/*
 * mime. The source itself is included, so that its table can be looked at;
 * the linker then takes mime_type_of() from here.
 */
#include "files/mime.c"

#include <stdio.h>

#include "support.h"

#define OCTETS	"application/octet-stream"

static const struct {
	const char	*name, *type;
} names[] = {
	{ "index.html",		"text/html; charset=utf-8" },
	{ "a.htm",		"text/html; charset=utf-8" },
	{ "a.css",		"text/css; charset=utf-8" },
	{ "a.js",		"text/javascript; charset=utf-8" },
	{ "a.mjs",		"text/javascript; charset=utf-8" },
	{ "a.cjs",		"text/javascript; charset=utf-8" },
	{ "a.json",		"application/json" },
	{ "a.js.map",		"application/json" },
	{ "a.xml",		"application/xml" },
	{ "a.svg",		"image/svg+xml" },
	{ "a.txt",		"text/plain; charset=utf-8" },
	{ "a.md",		"text/markdown; charset=utf-8" },
	{ "a.csv",		"text/csv; charset=utf-8" },
	{ "a.ics",		"text/calendar; charset=utf-8" },
	{ "a.woff",		"font/woff" },
	{ "a.woff2",		"font/woff2" },
	{ "a.ttf",		"font/ttf" },
	{ "a.otf",		"font/otf" },
	{ "a.eot",		"application/vnd.ms-fontobject" },
	{ "a.png",		"image/png" },
	{ "a.apng",		"image/apng" },
	{ "a.jpg",		"image/jpeg" },
	{ "a.jpeg",		"image/jpeg" },
	{ "a.gif",		"image/gif" },
	{ "a.webp",		"image/webp" },
	{ "a.avif",		"image/avif" },
	{ "favicon.ico",	"image/vnd.microsoft.icon" },
	{ "a.bmp",		"image/bmp" },
	{ "a.tiff",		"image/tiff" },
	{ "a.jxl",		"image/jxl" },
	{ "a.heic",		"image/heic" },
	{ "a.mp3",		"audio/mpeg" },
	{ "a.m4a",		"audio/mp4" },
	{ "a.ogg",		"audio/ogg" },
	{ "a.oga",		"audio/ogg" },
	{ "a.opus",		"audio/ogg" },
	{ "a.wav",		"audio/wav" },
	{ "a.flac",		"audio/flac" },
	{ "a.mp4",		"video/mp4" },
	{ "a.m4v",		"video/mp4" },
	{ "a.webm",		"video/webm" },
	{ "a.ogv",		"video/ogg" },
	{ "a.mov",		"video/quicktime" },
	{ "a.mkv",		"video/matroska" },
	{ "a.ts",		"video/mp2t" },
	{ "a.m3u8",		"application/vnd.apple.mpegurl" },
	{ "a.pdf",		"application/pdf" },
	{ "a.zip",		"application/zip" },
	{ "a.gz",		"application/gzip" },
	{ "a.tgz",		"application/gzip" },
	{ "a.bz2",		"application/x-bzip2" },
	{ "a.xz",		"application/x-xz" },
	{ "a.zst",		"application/zstd" },
	{ "a.br",		"application/x-brotli" },
	{ "a.7z",		"application/x-7z-compressed" },
	{ "a.tar",		"application/x-tar" },
	{ "a.rar",		"application/vnd.rar" },
	{ "a.jar",		"application/java-archive" },
	{ "a.wasm",		"application/wasm" },
	{ "a.webmanifest",	"application/manifest+json" },
	{ "a.rss",		"application/rss+xml" },
	{ "a.atom",		"application/atom+xml" },
	{ "a.xhtml",		"application/xhtml+xml" },
	{ "a.yaml",		"application/yaml" },
	{ "a.yml",		"application/yaml" },
	{ "a.toml",		"application/toml" },
	{ "a.sh",		"text/plain; charset=utf-8" },
	{ "a.py",		"text/plain; charset=utf-8" },
	{ "a.c",		"text/plain; charset=utf-8" },
	{ "a.h",		"text/plain; charset=utf-8" },
	{ "a.deb",		"application/vnd.debian.binary-package" },
	{ "a.rpm",		"application/x-rpm" },
	{ "a.iso",		"application/vnd.efi.iso" },
	{ "a.epub",		"application/epub+zip" },
	{ "a.docx",		"application/vnd.openxmlformats-officedocument."
				"wordprocessingml.document" },
	{ "a.xlsx",		"application/vnd.openxmlformats-officedocument."
				"spreadsheetml.sheet" },
	{ "a.pptx",		"application/vnd.openxmlformats-officedocument."
				"presentationml.presentation" },
	{ "a.odt",		"application/vnd.oasis.opendocument.text" },
	{ "a.ods",		"application/vnd.oasis.opendocument."
				"spreadsheet" },
	{ "a.odp",		"application/vnd.oasis.opendocument."
				"presentation" },
	{ "a.rtf",		"application/rtf" },
	{ "a.ps",		"application/postscript" },
	{ "a.eps",		"application/postscript" },
	{ "a.tex",		"text/plain; charset=utf-8" },
	/* Letters of any case. */
	{ "INDEX.HTML",		"text/html; charset=utf-8" },
	{ "photo.JpEg",		"image/jpeg" },
	/* The last extension of the last segment. */
	{ "a.tar.gz",		"application/gzip" },
	{ "a.html.bak",		OCTETS },
	{ "dir.html/a",		OCTETS },
	{ "dir.png/a.css",	"text/css; charset=utf-8" },
	{ "/deep/er/a.js",	"text/javascript; charset=utf-8" },
	{ "a..html",		"text/html; charset=utf-8" },
	{ "..html",		"text/html; charset=utf-8" },
	{ ".a.html",		"text/html; charset=utf-8" },
	{ "d/.a.html",		"text/html; charset=utf-8" },
	{ " .html",		"text/html; charset=utf-8" },
	/* None, or none that is known. */
	{ "",			OCTETS },
	{ "a",			OCTETS },
	{ "html",		OCTETS },
	{ ".html",		OCTETS },
	{ "d/.html",		OCTETS },
	{ "d.css/.html",	OCTETS },
	{ "/.html",		OCTETS },
	{ ".",			OCTETS },
	{ "..",			OCTETS },
	{ "a.",			OCTETS },
	{ "a.html.",		OCTETS },
	{ "a.html/",		OCTETS },
	{ "a.htmll",		OCTETS },
	{ "a.ht",		OCTETS },
	{ "a.html ",		OCTETS },
	{ "a.\xc3\xa4",		OCTETS },
	{ "a.webmanifests",	OCTETS },
	{ "a.anextensionlongerthananything", OCTETS },
};

START_TEST(types)
{
	const char *name = names[_i].name;
	size_t len = strlen(name);
	struct slice s = { guarded(name, len), len };

	ck_assert_msg(strcmp(mime_type_of(s), names[_i].type) == 0,
	    "%s: %s instead of %s", name, mime_type_of(s), names[_i].type);
}
END_TEST

START_TEST(only_the_slice_is_looked_at)
{
	ck_assert_str_eq(mime_type_of((struct slice){ "a.html.png", 6 }),
	    "text/html; charset=utf-8");
	ck_assert_str_eq(mime_type_of((struct slice){ "a.html", 4 }),
	    "application/octet-stream");
}
END_TEST

START_TEST(table_is_sorted_and_found)
{
	const struct mapping *m = &mappings[_i];
	bool is_text = strncmp(m->type, "text/", 5) == 0;
	char name[EXTENSION_MAX + 3];

	ck_assert_msg(_i == 0 || strcmp(m[-1].extension, m->extension) < 0,
	    "%s", m->extension);
	for (const char *p = m->extension; *p != '\0'; p++)
		ck_assert_msg(*p == lower(*p), "%s", m->extension);
	snprintf(name, sizeof(name), "a.%s", m->extension);
	ck_assert_ptr_eq(mime_type_of(slice_of(name)), m->type);
	ck_assert_msg(is_text == (strstr(m->type, "; charset=utf-8") != NULL),
	    "%s", m->type);
	ck_assert_ptr_nonnull(strchr(m->type, '/'));
	ck_assert_ptr_null(strpbrk(m->type, "\r\n,\""));
}
END_TEST

/* As a site has them */

static char own_css[] = "css", own_foo[] = "foo", own_bar[] = "bar",
    own_txt[] = "txt", own_svg[] = "svg", own_gz[] = "gz",
    own_tgz[] = "tar.gz";
static char type_css[] = "text/x-css", type_foo[] = "application/x-foo",
    type_bar[] = "text/bar; Charset=koi8-r", type_txt[] = "TEXT/plain",
    type_gz[] = "application/x-gz", type_tgz[] = "application/x-tgz",
    type_svg[] = "image/svg+xml; charset=latin1";

static struct config_mime_type own[] = {
	{ .extension = own_css, .type = type_css },
	{ .extension = own_foo, .type = type_foo },
	{ .extension = own_bar, .type = type_bar },
	{ .extension = own_txt, .type = type_txt },
	{ .extension = own_svg, .type = type_svg },
	{ .extension = own_gz, .type = type_gz },
	{ .extension = own_tgz, .type = type_tgz },
	/* The first one counts. */
	{ .extension = own_foo, .type = type_css },
};

static const struct {
	const char	*name;
	size_t		 nown;
	enum config_charset charset;
	const char	*file, *want;
} of_sites[] = {
	{ "the table's", 0, CONFIG_CHARSET_UTF8, "a.html",
	    "text/html; charset=utf-8" },
	{ "without charset", 0, CONFIG_CHARSET_NONE, "a.html", "text/html" },
	{ "there is none", 0, CONFIG_CHARSET_NONE, "a.png", "image/png" },
	{ "unknown", 0, CONFIG_CHARSET_NONE, "a.unknown", OCTETS },
	{ "own, with charset", COUNT(own), CONFIG_CHARSET_UTF8, "a.css",
	    "text/x-css; charset=utf-8" },
	{ "own, without", COUNT(own), CONFIG_CHARSET_NONE, "a.css",
	    "text/x-css" },
	{ "own, no text", COUNT(own), CONFIG_CHARSET_UTF8, "b/a.foo",
	    "application/x-foo" },
	{ "own, letters of any case", COUNT(own), CONFIG_CHARSET_UTF8,
	    "a.Foo", "application/x-foo" },
	{ "own with a charset of its own", COUNT(own), CONFIG_CHARSET_UTF8,
	    "a.bar", "text/bar; Charset=koi8-r" },
	{ "which stays, whatever is wanted", COUNT(own), CONFIG_CHARSET_NONE,
	    "a.bar", "text/bar; Charset=koi8-r" },
	{ "text in capitals is text", COUNT(own), CONFIG_CHARSET_UTF8,
	    "a.txt", "TEXT/plain; charset=utf-8" },
	{ "a parameter of what is no text", COUNT(own), CONFIG_CHARSET_UTF8,
	    "a.svg", "image/svg+xml; charset=latin1" },
	{ "not own", COUNT(own), CONFIG_CHARSET_UTF8, "a.js",
	    "text/javascript; charset=utf-8" },
	{ "no extension", COUNT(own), CONFIG_CHARSET_UTF8, "css", OCTETS },
	{ "a hidden name", COUNT(own), CONFIG_CHARSET_UTF8, "a/.css",
	    OCTETS },
	{ "with dots", COUNT(own), CONFIG_CHARSET_UTF8, "a.Tar.GZ",
	    "application/x-tgz" },
	{ "its end alone", COUNT(own), CONFIG_CHARSET_UTF8, "a.tgz.gz",
	    "application/x-gz" },
	{ "a hidden name with dots", COUNT(own), CONFIG_CHARSET_UTF8,
	    "a/.tar.gz", "application/x-gz" },
	{ "no dot before it", COUNT(own), CONFIG_CHARSET_UTF8, "acss.xcss",
	    OCTETS },
	{ "of a directory", COUNT(own), CONFIG_CHARSET_UTF8, "a.css/b",
	    OCTETS },
	{ "one byte before it", COUNT(own), CONFIG_CHARSET_UTF8,
	    "a.css/a.css", "text/x-css; charset=utf-8" },
	{ "empty", COUNT(own), CONFIG_CHARSET_UTF8, "", OCTETS },
	{ "the last of two", COUNT(own), CONFIG_CHARSET_UTF8, "a.css.foo",
	    "application/x-foo" },
};

START_TEST(types_of_sites)
{
	struct config_site site = {
		.mime_types = own,
		.nmime_types = of_sites[_i].nown,
		.charset = of_sites[_i].charset,
	};
	char buffer[HTTP_MEDIA_TYPE_MAX];
	size_t len = strlen(of_sites[_i].file);
	struct slice name = { guarded(of_sites[_i].file, len), len };
	const char *type = mime_type_in(&site, name, buffer);

	ck_assert_msg(strcmp(type, of_sites[_i].want) == 0, "%s: %s",
	    of_sites[_i].name, type);
}
END_TEST

/* No type of the table is cut by the buffer when it loses its charset. */
START_TEST(each_type_without_charset)
{
	struct config_site site = { .charset = CONFIG_CHARSET_NONE };
	const struct mapping *m = &mappings[_i];
	char buffer[HTTP_MEDIA_TYPE_MAX], name[EXTENSION_MAX + 3];
	size_t len = strcspn(m->type, ";");
	const char *type;

	snprintf(name, sizeof(name), "a.%s", m->extension);
	type = mime_type_in(&site, slice_of(name), buffer);
	ck_assert_msg(strlen(type) == len &&
	    strncmp(type, m->type, len) == 0, "%s", type);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mime");
	TCase *t = tcase_create("mime");

	tcase_add_loop_test(t, types, 0, COUNT(names));
	tcase_add_test(t, only_the_slice_is_looked_at);
	tcase_add_loop_test(t, table_is_sorted_and_found, 0, COUNT(mappings));
	tcase_add_loop_test(t, types_of_sites, 0, COUNT(of_sites));
	tcase_add_loop_test(t, each_type_without_charset, 0,
	    COUNT(mappings));
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
