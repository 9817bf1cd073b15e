#include "files/mime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXTENSION_MAX	11	/* the longest in the table */

#define CHARSET		"; charset=utf-8"
#define TEXT(subtype)	"text/" subtype CHARSET
#define PLAIN		TEXT("plain")
#define OOXML		"application/vnd.openxmlformats-officedocument."
#define ODF		"application/vnd.oasis.opendocument."
#define PORTABLE_EXECUTABLE \
	"application/vnd.microsoft.portable-executable"

struct mapping {
	char		 extension[EXTENSION_MAX + 1];
	const char	*type;
};

/*
 * Sorted by extension, in bytes. The registered types where there are any.
 * JSON, XML and what is built on them say their encoding themselves and get
 * no charset. Source code is text/plain, whatever the language: that is what
 * browsers show instead of saving it.
 */
static const struct mapping mappings[] = {
	{ "3gp",	"video/3gpp" },
	{ "3mf",	"model/3mf" },
	{ "7z",		"application/x-7z-compressed" },
	{ "a",		"application/x-archive" },
	{ "aac",	"audio/aac" },
	{ "adoc",	PLAIN },
	{ "ai",		"application/postscript" },
	{ "aif",	"audio/aiff" },
	{ "aiff",	"audio/aiff" },
	{ "apk",	"application/vnd.android.package-archive" },
	{ "apng",	"image/apng" },
	{ "arrow",	"application/vnd.apache.arrow.file" },
	{ "asc",	PLAIN },
	{ "asm",	PLAIN },
	{ "atom",	"application/atom+xml" },
	{ "avi",	"video/x-msvideo" },
	{ "avif",	"image/avif" },
	{ "azw",	"application/vnd.amazon.ebook" },
	{ "bash",	PLAIN },
	{ "bib",	PLAIN },
	{ "bin",	"application/octet-stream" },
	{ "bmp",	"image/bmp" },
	{ "br",		"application/x-brotli" },
	{ "bz2",	"application/x-bzip2" },
	{ "c",		PLAIN },
	{ "cab",	"application/vnd.ms-cab-compressed" },
	{ "cap",	"application/vnd.tcpdump.pcap" },
	{ "cc",		PLAIN },
	{ "cer",	"application/x-x509-ca-cert" },
	{ "cfg",	PLAIN },
	{ "chm",	"application/vnd.ms-htmlhelp" },
	{ "cjs",	TEXT("javascript") },
	{ "clj",	PLAIN },
	{ "cmake",	PLAIN },
	{ "conf",	PLAIN },
	{ "cpio",	"application/x-cpio" },
	{ "cpp",	PLAIN },
	{ "crl",	"application/pkix-crl" },
	{ "crt",	"application/x-x509-ca-cert" },
	{ "crx",	"application/x-chrome-extension" },
	{ "cs",		PLAIN },
	{ "csr",	"application/pkcs10" },
	{ "css",	TEXT("css") },
	{ "csv",	TEXT("csv") },
	{ "cur",	"image/vnd.microsoft.icon" },
	{ "cxx",	PLAIN },
	{ "dat",	"application/octet-stream" },
	{ "db",		"application/vnd.sqlite3" },
	{ "dcm",	"application/dicom" },
	{ "deb",	"application/vnd.debian.binary-package" },
	{ "der",	"application/x-x509-ca-cert" },
	{ "diff",	PLAIN },
	{ "djv",	"image/vnd.djvu" },
	{ "djvu",	"image/vnd.djvu" },
	{ "dll",	PORTABLE_EXECUTABLE },
	{ "dmg",	"application/x-apple-diskimage" },
	{ "doc",	"application/msword" },
	{ "docx",	OOXML "wordprocessingml.document" },
	{ "dot",	TEXT("vnd.graphviz") },
	{ "dotx",	OOXML "wordprocessingml.template" },
	{ "dtd",	"application/xml" },
	{ "dvi",	"application/x-dvi" },
	{ "el",		PLAIN },
	{ "eml",	"message/rfc822" },
	{ "eot",	"application/vnd.ms-fontobject" },
	{ "eps",	"application/postscript" },
	{ "epub",	"application/epub+zip" },
	{ "erl",	PLAIN },
	{ "exe",	PORTABLE_EXECUTABLE },
	{ "fish",	PLAIN },
	{ "flac",	"audio/flac" },
	{ "flv",	"video/x-flv" },
	{ "geojson",	"application/geo+json" },
	{ "gif",	"image/gif" },
	{ "glb",	"model/gltf-binary" },
	{ "gltf",	"model/gltf+json" },
	{ "go",		PLAIN },
	{ "gpx",	"application/gpx+xml" },
	{ "gradle",	PLAIN },
	{ "gv",		TEXT("vnd.graphviz") },
	{ "gz",		"application/gzip" },
	{ "h",		PLAIN },
	{ "h5",		"application/x-hdf5" },
	{ "heic",	"image/heic" },
	{ "heif",	"image/heif" },
	{ "hh",		PLAIN },
	{ "hpp",	PLAIN },
	{ "hs",		PLAIN },
	{ "htm",	TEXT("html") },
	{ "html",	TEXT("html") },
	{ "hxx",	PLAIN },
	{ "ico",	"image/vnd.microsoft.icon" },
	{ "ics",	TEXT("calendar") },
	{ "ifb",	TEXT("calendar") },
	{ "img",	"application/vnd.efi.img" },
	{ "ini",	PLAIN },
	{ "ipynb",	"application/json" },
	{ "iso",	"application/vnd.efi.iso" },
	{ "jar",	"application/java-archive" },
	{ "java",	PLAIN },
	{ "jfif",	"image/jpeg" },
	{ "jp2",	"image/jp2" },
	{ "jpe",	"image/jpeg" },
	{ "jpeg",	"image/jpeg" },
	{ "jpg",	"image/jpeg" },
	{ "js",		TEXT("javascript") },
	{ "json",	"application/json" },
	{ "json5",	"application/json" },
	{ "jsonl",	"application/x-ndjson" },
	{ "jsonld",	"application/ld+json" },
	{ "jsx",	PLAIN },
	{ "jxl",	"image/jxl" },
	{ "kml",	"application/vnd.google-earth.kml+xml" },
	{ "kmz",	"application/vnd.google-earth.kmz" },
	{ "kt",		PLAIN },
	{ "ktx2",	"image/ktx2" },
	{ "lisp",	PLAIN },
	{ "log",	PLAIN },
	{ "lua",	PLAIN },
	{ "lz",		"application/x-lzip" },
	{ "lz4",	"application/x-lz4" },
	{ "lzma",	"application/x-lzma" },
	{ "m2ts",	"video/mp2t" },
	{ "m3u",	"audio/x-mpegurl" },
	{ "m3u8",	"application/vnd.apple.mpegurl" },
	{ "m4a",	"audio/mp4" },
	{ "m4b",	"audio/mp4" },
	{ "m4s",	"video/iso.segment" },
	{ "m4v",	"video/mp4" },
	{ "map",	"application/json" },
	{ "markdown",	TEXT("markdown") },
	{ "mathml",	"application/mathml+xml" },
	{ "mbox",	"application/mbox" },
	{ "md",		TEXT("markdown") },
	{ "meta4",	"application/metalink4+xml" },
	{ "mht",	"message/rfc822" },
	{ "mhtml",	"message/rfc822" },
	{ "mid",	"audio/midi" },
	{ "midi",	"audio/midi" },
	{ "mjs",	TEXT("javascript") },
	{ "mk",		PLAIN },
	{ "mka",	"audio/matroska" },
	{ "mkv",	"video/matroska" },
	{ "ml",		PLAIN },
	{ "mobi",	"application/x-mobipocket-ebook" },
	{ "mov",	"video/quicktime" },
	{ "mp2",	"audio/mpeg" },
	{ "mp3",	"audio/mpeg" },
	{ "mp4",	"video/mp4" },
	{ "mpd",	"application/dash+xml" },
	{ "mpeg",	"video/mpeg" },
	{ "mpg",	"video/mpeg" },
	{ "msi",	"application/x-msi" },
	{ "n3",		TEXT("n3") },
	{ "ndjson",	"application/x-ndjson" },
	{ "nfo",	PLAIN },
	{ "nim",	PLAIN },
	{ "odf",	ODF "formula" },
	{ "odg",	ODF "graphics" },
	{ "odp",	ODF "presentation" },
	{ "ods",	ODF "spreadsheet" },
	{ "odt",	ODF "text" },
	{ "oga",	"audio/ogg" },
	{ "ogg",	"audio/ogg" },
	{ "ogv",	"video/ogg" },
	{ "ogx",	"application/ogg" },
	{ "opus",	"audio/ogg" },
	{ "osdx",	"application/opensearchdescription+xml" },
	{ "otf",	"font/otf" },
	{ "ott",	ODF "text-template" },
	{ "p12",	"application/x-pkcs12" },
	{ "parquet",	"application/vnd.apache.parquet" },
	{ "patch",	PLAIN },
	{ "pbm",	"image/x-portable-bitmap" },
	{ "pcap",	"application/vnd.tcpdump.pcap" },
	{ "pdf",	"application/pdf" },
	{ "pem",	"application/x-pem-file" },
	{ "pfx",	"application/x-pkcs12" },
	{ "pgm",	"image/x-portable-graymap" },
	{ "pgp",	"application/pgp-encrypted" },
	{ "pl",		PLAIN },
	{ "pm",		PLAIN },
	{ "png",	"image/png" },
	{ "ppm",	"image/x-portable-pixmap" },
	{ "ppt",	"application/vnd.ms-powerpoint" },
	{ "pptx",	OOXML "presentationml.presentation" },
	{ "proto",	PLAIN },
	{ "ps",		"application/postscript" },
	{ "psd",	"image/vnd.adobe.photoshop" },
	{ "py",		PLAIN },
	{ "qt",		"video/quicktime" },
	{ "rar",	"application/vnd.rar" },
	{ "rb",		PLAIN },
	{ "rdf",	"application/rdf+xml" },
	{ "rng",	"application/xml" },
	{ "rpm",	"application/x-rpm" },
	{ "rs",		PLAIN },
	{ "rss",	"application/rss+xml" },
	{ "rst",	PLAIN },
	{ "rtf",	"application/rtf" },
	{ "scala",	PLAIN },
	{ "sh",		PLAIN },
	{ "shtml",	TEXT("html") },
	{ "sig",	"application/pgp-signature" },
	{ "spx",	"audio/ogg" },
	{ "sql",	PLAIN },
	{ "sqlite",	"application/vnd.sqlite3" },
	{ "sqlite3",	"application/vnd.sqlite3" },
	{ "srt",	PLAIN },
	{ "stl",	"model/stl" },
	{ "svg",	"image/svg+xml" },
	{ "swf",	"application/x-shockwave-flash" },
	{ "swift",	PLAIN },
	{ "tar",	"application/x-tar" },
	{ "tbz",	"application/x-bzip2" },
	{ "tcl",	PLAIN },
	{ "tex",	PLAIN },
	{ "tgz",	"application/gzip" },
	{ "tif",	"image/tiff" },
	{ "tiff",	"image/tiff" },
	{ "toml",	"application/toml" },
	{ "torrent",	"application/x-bittorrent" },
	{ "ts",		"video/mp2t" },
	{ "tsv",	TEXT("tab-separated-values") },
	{ "tsx",	PLAIN },
	{ "ttc",	"font/collection" },
	{ "ttf",	"font/ttf" },
	{ "ttl",	TEXT("turtle") },
	{ "ttml",	"application/ttml+xml" },
	{ "txt",	PLAIN },
	{ "txz",	"application/x-xz" },
	{ "tzst",	"application/zstd" },
	{ "udeb",	"application/vnd.debian.binary-package" },
	{ "usdz",	"model/vnd.usdz+zip" },
	{ "vcard",	TEXT("vcard") },
	{ "vcf",	TEXT("vcard") },
	{ "vtt",	TEXT("vtt") },
	{ "vue",	PLAIN },
	{ "war",	"application/java-archive" },
	{ "warc",	"application/warc" },
	{ "wasm",	"application/wasm" },
	{ "wav",	"audio/wav" },
	{ "weba",	"audio/webm" },
	{ "webm",	"video/webm" },
	{ "webmanifest", "application/manifest+json" },
	{ "webp",	"image/webp" },
	{ "wma",	"audio/x-ms-wma" },
	{ "wmv",	"video/x-ms-wmv" },
	{ "woff",	"font/woff" },
	{ "woff2",	"font/woff2" },
	{ "wsdl",	"application/wsdl+xml" },
	{ "xcf",	"image/x-xcf" },
	{ "xht",	"application/xhtml+xml" },
	{ "xhtml",	"application/xhtml+xml" },
	{ "xls",	"application/vnd.ms-excel" },
	{ "xlsx",	OOXML "spreadsheetml.sheet" },
	{ "xml",	"application/xml" },
	{ "xpi",	"application/x-xpinstall" },
	{ "xpm",	"image/x-xpixmap" },
	{ "xsd",	"application/xml" },
	{ "xsl",	"application/xml" },
	{ "xslt",	"application/xslt+xml" },
	{ "xz",		"application/x-xz" },
	{ "yaml",	"application/yaml" },
	{ "yml",	"application/yaml" },
	{ "zig",	PLAIN },
	{ "zip",	"application/zip" },
	{ "zsh",	PLAIN },
	{ "zst",	"application/zstd" },
};

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/*
 * What follows the last dot of the last segment. A dot that begins the
 * segment begins a hidden name, not an extension.
 */
static struct slice
extension_of(struct slice name)
{
	for (size_t i = name.len; i-- > 1;) {
		if (name.p[i] == '/')
			break;
		if (name.p[i] == '.' && name.p[i - 1] != '/')
			return (struct slice){ name.p + i + 1,
			    name.len - i - 1 };
		if (name.p[i] == '.')
			break;
	}
	return SLICE("");
}

static int
compare(const void *key, const void *member)
{
	const struct mapping *mapping = member;

	return strcmp(key, mapping->extension);
}

const char *
mime_type_of(struct slice name)
{
	struct slice extension = extension_of(name);
	const struct mapping *found = NULL;
	char key[EXTENSION_MAX + 1];

	if (extension.len <= EXTENSION_MAX) {
		for (size_t i = 0; i < extension.len; i++)
			key[i] = lower(extension.p[i]);
		key[extension.len] = '\0';
		found = bsearch(key, mappings,
		    sizeof(mappings) / sizeof(mappings[0]),
		    sizeof(mappings[0]), compare);
	}
	return found != NULL ? found->type : "application/octet-stream";
}

/* Whether the segment is more than "." and the extension, and ends so. */
static bool
has_extension(struct slice segment, struct slice extension)
{
	struct slice end;

	if (segment.len < extension.len + 2)
		return false;
	end = (struct slice){ segment.p + segment.len - extension.len,
	    extension.len };
	return end.p[-1] == '.' && slice_eq_nocase(end, extension);
}

/*
 * The site's own type of a name, or NULL. An extension may have dots: the
 * longest one counts, "tar.gz" before "gz".
 */
static const char *
own_type(const struct config_site *site, struct slice name)
{
	const char *slash = memrchr(name.p, '/', name.len), *type = NULL;
	struct slice segment = name, extension;
	size_t longest = 0;

	if (slash != NULL)
		segment = (struct slice){ slash + 1,
		    name.len - (size_t)(slash + 1 - name.p) };
	for (size_t i = 0; i < site->nmime_types; i++) {
		extension = slice_of(site->mime_types[i].extension);
		if (extension.len <= longest ||
		    !has_extension(segment, extension))
			continue;
		longest = extension.len;
		type = site->mime_types[i].type;
	}
	return type;
}

const char *
mime_type_in(const struct config_site *site, struct slice name,
    char buffer[static HTTP_MEDIA_TYPE_MAX])
{
	const char *type = NULL, *charset;
	bool wanted = site->charset == CONFIG_CHARSET_UTF8;

	if (site->nmime_types > 0)
		type = own_type(site, name);
	if (type != NULL) {
		/* What somebody wrote stays as it is, but for a charset. */
		if (!wanted || strncasecmp(type, "text/", 5) != 0 ||
		    strcasestr(type, "charset=") != NULL)
			return type;
		snprintf(buffer, HTTP_MEDIA_TYPE_MAX, "%s" CHARSET, type);
		return buffer;
	}
	type = mime_type_of(name);
	if (wanted || (charset = strstr(type, CHARSET)) == NULL)
		return type;
	snprintf(buffer, HTTP_MEDIA_TYPE_MAX, "%.*s", (int)(charset - type),
	    type);
	return buffer;
}
