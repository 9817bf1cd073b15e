#include "config/config_table.h"

#include <string.h>

#include "config/config.h"

#define KIB	UINT64_C(1024)
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)
#define SECOND	UINT64_C(1000)
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)

#define RULES		1000	/* of each kind, in each site */
#define PATH_BYTES	1024

/* Every value that is stored as an enum is copied as an int. */
_Static_assert(sizeof(enum config_protocol) == sizeof(int), "enum");
_Static_assert(sizeof(enum config_dotfiles) == sizeof(int), "enum");
_Static_assert(sizeof(enum config_symlinks) == sizeof(int), "enum");
_Static_assert(sizeof(enum config_listing) == sizeof(int), "enum");
_Static_assert(sizeof(enum config_charset) == sizeof(int), "enum");
_Static_assert(sizeof(enum config_access_format) == sizeof(int), "enum");
_Static_assert(sizeof(enum config_sandbox) == sizeof(int), "enum");
_Static_assert(sizeof(enum log_level) == sizeof(int), "enum");
_Static_assert(sizeof(enum config_coding) == sizeof(int), "enum");

static const struct config_word protocols[] = {
	{ "auto",	CONFIG_PROTOCOL_AUTO },
	{ "http",	CONFIG_PROTOCOL_HTTP },
	{ "echo",	CONFIG_PROTOCOL_ECHO },
	{ "welcome",	CONFIG_PROTOCOL_WELCOME },
	{ NULL, 0 }
};

static const struct config_word dotfiles[] = {
	{ "deny",	CONFIG_DOTFILES_DENY },
	{ "allow",	CONFIG_DOTFILES_ALLOW },
	{ NULL, 0 }
};

static const struct config_word symlinks[] = {
	{ "inside",	CONFIG_SYMLINKS_INSIDE },
	{ "never",	CONFIG_SYMLINKS_NEVER },
	{ NULL, 0 }
};

static const struct config_word listings[] = {
	{ "none",	CONFIG_LISTING_NONE },
	{ "html",	CONFIG_LISTING_HTML },
	{ "json",	CONFIG_LISTING_JSON },
	{ NULL, 0 }
};

static const struct config_word codings[] = {
	{ "zstd",	CONFIG_ZSTD },
	{ "br",		CONFIG_BR },
	{ "gzip",	CONFIG_GZIP },
	{ NULL, 0 }
};

static const struct config_word charsets[] = {
	{ "utf-8",	CONFIG_CHARSET_UTF8 },
	{ "none",	CONFIG_CHARSET_NONE },
	{ NULL, 0 }
};

static const struct config_word redirections[] = {
	{ "301",	301 },
	{ "302",	302 },
	{ "303",	303 },
	{ "307",	307 },
	{ "308",	308 },
	{ NULL, 0 }
};

static const struct config_word levels[] = {
	{ "error",	LOG_LEVEL_ERROR },
	{ "warning",	LOG_LEVEL_WARNING },
	{ "info",	LOG_LEVEL_INFO },
	{ "debug",	LOG_LEVEL_DEBUG },
	{ NULL, 0 }
};

static const struct config_word formats[] = {
	{ "combined",	CONFIG_ACCESS_COMBINED },
	{ "common",	CONFIG_ACCESS_COMMON },
	{ "json",	CONFIG_ACCESS_JSON },
	{ NULL, 0 }
};

static const struct config_word sandboxes[] = {
	{ "auto",	CONFIG_SANDBOX_AUTO },
	{ "required",	CONFIG_SANDBOX_REQUIRED },
	{ "none",	CONFIG_SANDBOX_NONE },
	{ NULL, 0 }
};

/* Of these the values are not looked at: what is kept is the word. */
static const struct config_word error_sinks[] = {
	{ "stderr", 0 }, { "syslog", 0 }, { NULL, 0 }
};

static const struct config_word access_sinks[] = {
	{ "none", 0 }, { "stdout", 0 }, { NULL, 0 }
};

static const struct config_word none[] = {
	{ "none",	0 },
	{ NULL, 0 }
};

static const struct config_word automatic[] = {
	{ "auto",	CONFIG_AUTO },
	{ NULL, 0 }
};

static const struct config_word unlimited[] = {
	{ "unlimited",	CONFIG_UNLIMITED },
	{ NULL, 0 }
};

#define AT(member)		.offset = offsetof(struct config, member)
#define AT_LEN(member)		.len_offset = offsetof(struct config, member)
#define AT_SITE(member)		.of_site = true, \
	.offset = offsetof(struct config_site, member)
#define AT_SITE_LIST(member)	AT_SITE(member), \
	.len_offset = offsetof(struct config_site, n##member)
#define AT_RULE(rule, member)	.of_rule = true, \
	.offset = offsetof(struct rule, member)
#define AT_LISTENER(member)	.of_listener = true, \
	.offset = offsetof(struct config_listener, member)

/*
 * The rows of a section stand together, and in the order in which they are
 * printed.
 */
static const struct config_key table[] = {
	{ "host", CONFIG_HOST, AT_LISTENER(host), .reloadable = true,
	  .def = "127.0.0.1", .min = 1, .max = 253,
	  .help = "address or name to listen on; \"*\" is all, IPv6 and IPv4" },
	{ "port", CONFIG_INT, AT_LISTENER(port), .reloadable = true,
	  .def = "8080", .min = 0, .max = 65535,
	  .help = "TCP port; 0 is any free one, told at start" },
	{ "backlog", CONFIG_INT, AT_LISTENER(backlog), .reloadable = true,
	  .def = "1024", .min = 1, .max = 65535,
	  .help = "connections that may wait to be accepted" },
	{ "protocol", CONFIG_WORD, AT_LISTENER(protocol), .reloadable = true,
	  .def = "auto", .words = protocols,
	  .help = "what is spoken: auto, http, echo or welcome" },
	{ "document_root", CONFIG_PATH, AT_SITE(document_root),
	  .reloadable = true, .min = 1, .max = 4095,
	  .help = "directory to serve; short for http.document_root" },

	{ "listeners[].name", CONFIG_NAME, AT_LISTENER(name),
	  .reloadable = true, .min = 1, .max = 64,
	  .help = "what the listener is called in the log" },
	{ "listeners[].host", CONFIG_HOST, AT_LISTENER(host),
	  .reloadable = true, .def = "127.0.0.1", .min = 1, .max = 253,
	  .help = "address or name to listen on; \"*\" is all, IPv6 and IPv4" },
	{ "listeners[].port", CONFIG_INT, AT_LISTENER(port),
	  .reloadable = true, .min = 0, .max = 65535,
	  .help = "TCP port; needed, unless unix is given" },
	{ "listeners[].unix", CONFIG_PATH, AT_LISTENER(unix_path),
	  .reloadable = true, .min = 1, .max = 107,
	  .help = "path of a Unix socket, instead of host and port" },
	{ "listeners[].mode", CONFIG_MODE, AT_LISTENER(mode),
	  .reloadable = true, .def = "\"0660\"", .min = 0, .max = 0777,
	  .help = "permissions of the Unix socket: octal, in quotes" },
	{ "listeners[].systemd", CONFIG_NAME, AT_LISTENER(systemd),
	  .reloadable = true, .min = 1, .max = 64,
	  .help = "name of a socket that systemd hands over" },
	{ "listeners[].backlog", CONFIG_INT, AT_LISTENER(backlog),
	  .reloadable = true, .def = "1024", .min = 1, .max = 65535,
	  .help = "connections that may wait to be accepted" },
	{ "listeners[].reuse_port", CONFIG_BOOL, AT_LISTENER(reuse_port),
	  .reloadable = true, .def = "false",
	  .help = "let other processes listen on this port too" },
	{ "listeners[].protocol", CONFIG_WORD, AT_LISTENER(protocol),
	  .reloadable = true, .def = "auto", .words = protocols,
	  .help = "what is spoken: auto, http, echo or welcome" },

	{ "welcome.message", CONFIG_BYTES, AT(welcome.message),
	  AT_LEN(welcome.message_len), .reloadable = true,
	  .def = "\"" CONFIG_WELCOME "\"",
	  .min = 0, .max = 4096,
	  .help = "what a new connection is greeted with" },

	{ "echo.prefix", CONFIG_BYTES, AT(echo.prefix), AT_LEN(echo.prefix_len),
	  .reloadable = true, .def = "\"" CONFIG_PREFIX "\"",
	  .min = 0, .max = 256,
	  .help = "what stands before everything echoed; may be empty" },
	{ "echo.idle_timeout", CONFIG_DURATION, AT(echo.idle_timeout_ms),
	  .reloadable = true, .def = "5m", .min = 1, .max = 168 * HOUR,
	  .help = "end of an echo connection on which nothing happens" },

	{ "http.document_root", CONFIG_PATH, AT_SITE(document_root),
	  .reloadable = true, .min = 1, .max = 4095,
	  .help = "directory to serve" },
	{ "http.index", CONFIG_FILES, AT_SITE(index), .reloadable = true,
	  .def = "[index.html]", .min = 0, .max = 16,
	  .help = "files that stand for their directory, the first wins" },
	{ "http.dotfiles", CONFIG_WORD, AT_SITE(dotfiles), .reloadable = true,
	  .def = "deny", .words = dotfiles,
	  .help = "names that begin with a dot: deny or allow" },
	{ "http.symlinks", CONFIG_WORD, AT_SITE(symlinks), .reloadable = true,
	  .def = "inside", .words = symlinks,
	  .help = "symbolic links: inside the root, or never" },
	{ "http.listing", CONFIG_WORD, AT_SITE(listing), .reloadable = true,
	  .def = "none", .words = listings,
	  .help = "directories without an index file: none, html or json" },
	{ "http.precompressed", CONFIG_WORDS, AT_SITE_LIST(precompressed),
	  .reloadable = true, .def = "[zstd, br, gzip]", .min = 0,
	  .max = CONFIG_CODINGS, .words = codings,
	  .help = "codings of ready-made files beside a file, best first" },
	{ "http.fallback", CONFIG_PAGE, AT_SITE(fallback), .reloadable = true,
	  .def = "none", .min = 1, .max = PATH_BYTES, .words = none,
	  .help = "what is served for paths that do not exist, or none" },
	{ "http.clean_urls", CONFIG_BOOL, AT_SITE(clean_urls),
	  .reloadable = true, .def = "false",
	  .help = "/a serves the file a.html" },
	{ "http.charset", CONFIG_WORD, AT_SITE(charset), .reloadable = true,
	  .def = "utf-8", .words = charsets,
	  .help = "charset told of textual types: utf-8 or none" },
	{ "http.error_pages", CONFIG_ERROR_PAGES, AT_SITE_LIST(error_pages),
	  .reloadable = true, .def = "{}", .min = 0, .max = RULES,
	  .example = "{404: /404.html}",
	  .help = "pages for answers with these status codes" },
	{ "http.mime_types", CONFIG_MIME_TYPES, AT_SITE_LIST(mime_types),
	  .reloadable = true, .def = "{}", .min = 0, .max = RULES,
	  .example = "{.foo: application/x-foo}",
	  .help = "media types by extension, before those that are known" },
	{ "http.headers", CONFIG_HEADERS, AT_SITE_LIST(headers),
	  .reloadable = true, .def = "[]", .min = 0, .max = RULES,
	  .example = "[{match: \"/a/*\", set: {Cache-Control: no-cache}}]",
	  .help = "fields to set on answers, by path; all that match apply" },
	{ "http.redirects", CONFIG_REDIRECTS, AT_SITE_LIST(redirects),
	  .reloadable = true, .def = "[]", .min = 0, .max = RULES,
	  .example = "[{from: /old, to: /new}]",
	  .help = "paths that lead elsewhere; the first match wins" },
	{ "http.server_version", CONFIG_BOOL, AT(http.server_version),
	  .reloadable = true, .def = "false",
	  .help = "tell the version in the Server field" },
	{ "http.hosts", CONFIG_HOSTS, .reloadable = true, .def = "{}",
	  .min = 0, .max = RULES,
	  .example = "{docs.example.org: {document_root: /srv/docs}}",
	  .help = "sites by host name, with keys of http of their own" },

	{ "http.headers[].match", CONFIG_PATTERN,
	  AT_RULE(config_headers, match), .reloadable = true,
	  .min = 1, .max = PATH_BYTES,
	  .help = "paths that the rule is for: /a, \"/a/*\" or \"*.ext\"" },
	{ "http.headers[].set", CONFIG_FIELDS, AT_RULE(config_headers, set),
	  .len_offset = offsetof(struct config_headers, nset),
	  .reloadable = true, .min = 1, .max = RULES,
	  .example = "{Cache-Control: no-cache}",
	  .help = "the fields: names and values" },

	{ "http.redirects[].from", CONFIG_PATTERN,
	  AT_RULE(config_redirect, from), .reloadable = true,
	  .min = 1, .max = PATH_BYTES,
	  .help = "paths that are redirected: /a, \"/a/*\" or \"*.ext\"" },
	{ "http.redirects[].to", CONFIG_DESTINATION,
	  AT_RULE(config_redirect, to), .reloadable = true,
	  .min = 1, .max = 2048,
	  .help = "path or URL; \"*\" at its end is that of from" },
	{ "http.redirects[].status", CONFIG_WORD,
	  AT_RULE(config_redirect, status), .reloadable = true,
	  .def = "308", .words = redirections,
	  .help = "301, 302, 303, 307 or 308" },

	{ "limits.max_connections", CONFIG_INT, AT(limits.max_connections),
	  .reloadable = true, .def = "auto", .min = 1, .max = 1000000,
	  .words = automatic,
	  .help = "connections at a time; auto: from the descriptor limit" },
	{ "limits.connections_per_address", CONFIG_INT,
	  AT(limits.connections_per_address), .reloadable = true,
	  .def = "unlimited", .min = 1, .max = 1000000, .words = unlimited,
	  .help = "connections at a time from one address" },
	{ "limits.requests_per_connection", CONFIG_INT,
	  AT(limits.requests_per_connection), .reloadable = true,
	  .def = "unlimited", .min = 1, .max = 1000000000, .words = unlimited,
	  .help = "requests answered before a connection is closed" },
	{ "limits.detect_timeout", CONFIG_DURATION,
	  AT(limits.detect_timeout_ms), .reloadable = true,
	  .def = "300ms", .min = 1, .max = MINUTE,
	  .help = "silence after which protocol auto becomes echo" },
	{ "limits.header_timeout", CONFIG_DURATION,
	  AT(limits.header_timeout_ms), .reloadable = true,
	  .def = "10s", .min = 1, .max = HOUR,
	  .help = "time for a whole request head, from its first byte" },
	{ "limits.idle_timeout", CONFIG_DURATION, AT(limits.idle_timeout_ms),
	  .reloadable = true, .def = "60s", .min = 1, .max = 24 * HOUR,
	  .help = "end of an HTTP connection that waits for a request" },
	{ "limits.min_rate", CONFIG_RATE, AT(limits.min_rate),
	  .reloadable = true, .def = "1KiB/s", .min = 0, .max = GIB,
	  .help = "slowest transfer of a body that is borne; 0B/s: any" },
	{ "limits.request_line", CONFIG_SIZE, AT(limits.request_line),
	  .reloadable = true, .def = "8KiB", .min = 64, .max = 64 * KIB,
	  .help = "longest request line" },
	{ "limits.header_bytes", CONFIG_SIZE, AT(limits.header_bytes),
	  .reloadable = true, .def = "32KiB", .min = 256, .max = MIB,
	  .help = "largest header of a request" },
	{ "limits.header_count", CONFIG_INT, AT(limits.header_count),
	  .reloadable = true, .def = "100", .min = 1, .max = 1000,
	  .help = "most fields in a header" },
	{ "limits.body", CONFIG_SIZE, AT(limits.body), .reloadable = true,
	  .def = "64KiB", .min = 0, .max = GIB,
	  .help = "largest body of a request that is skipped" },

	{ "cache.entries", CONFIG_INT, AT(cache.entries), .reloadable = true,
	  .def = "10000", .min = 0, .max = 1000000,
	  .help = "paths whose answers are kept ready; 0: none" },
	{ "cache.memory", CONFIG_SIZE, AT(cache.memory), .reloadable = true,
	  .def = "64MiB", .min = 0, .max = 1024 * GIB,
	  .help = "most memory that kept answers take" },
	{ "cache.max_file", CONFIG_SIZE, AT(cache.max_file),
	  .reloadable = true, .def = "64KiB", .min = 0, .max = MIB,
	  .help = "largest file that is read into memory to be sent" },

	{ "log.error.target", CONFIG_SINK, AT(log.error_target),
	  .reloadable = true, .def = "stderr", .min = 1, .max = 4095,
	  .words = error_sinks,
	  .help = "where errors are told: stderr, syslog or a path" },
	{ "log.error.level", CONFIG_WORD, AT(log.error_level),
	  .reloadable = true, .def = "info", .words = levels,
	  .help = "what is told: error, warning, info or debug, and above" },
	{ "log.access.target", CONFIG_SINK, AT(log.access_target),
	  .reloadable = true, .def = "none", .min = 1, .max = 4095,
	  .words = access_sinks,
	  .help = "where requests are told: none, stdout or a path" },
	{ "log.access.format", CONFIG_WORD, AT(log.access_format),
	  .reloadable = true, .def = "combined", .words = formats,
	  .help = "how a request is told: combined, common or json" },

	{ "process.user", CONFIG_ACCOUNT, AT(process.user), .def = "\"\"",
	  .min = 0, .max = 255,
	  .help = "user to become when started as root" },
	{ "process.group", CONFIG_ACCOUNT, AT(process.group), .def = "\"\"",
	  .min = 0, .max = 255,
	  .help = "group to become; empty: the user's" },
	{ "process.pid_file", CONFIG_PATH, AT(process.pid_file),
	  .def = "\"\"", .min = 0, .max = 4095,
	  .help = "file with the process id, locked while it runs" },
	{ "process.daemon", CONFIG_BOOL, AT(process.daemon), .def = "false",
	  .help = "leave the terminal once it serves" },
	{ "process.sandbox", CONFIG_WORD, AT(process.sandbox),
	  .def = "auto", .words = sandboxes,
	  .help = "what the kernel keeps it in: auto, required or none" },
	{ "process.readable", CONFIG_PATHS, AT(process.readable),
	  .def = "[]", .min = 0, .max = 16,
	  .help = "more directories that files may be read beneath" },
	{ "process.grace", CONFIG_DURATION, AT(process.grace_ms),
	  .reloadable = true, .def = "10s", .min = 0, .max = HOUR,
	  .help = "time for running transfers when the server is stopped" },
};

const struct config_key *
config_table(size_t i)
{
	return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

struct slice
config_key_section(const struct config_key *key)
{
	const char *dot = strrchr(key->name, '.');

	return (struct slice){ key->name,
	    dot == NULL ? 0 : (size_t)(dot - key->name) };
}

const char *
config_key_leaf(const struct config_key *key)
{
	const char *dot = strrchr(key->name, '.');

	return dot == NULL ? key->name : dot + 1;
}

const struct config_key *
config_table_find(const char *section, struct slice leaf)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (slice_eq(config_key_section(&table[i]),
		    slice_of(section)) &&
		    slice_eq(slice_of(config_key_leaf(&table[i])), leaf))
			return &table[i];
	return NULL;
}

/* "log.error" is within "log", and within itself. */
static bool
is_within(struct slice section, struct slice outer)
{
	return section.len >= outer.len &&
	    memcmp(section.p, outer.p, outer.len) == 0 &&
	    (section.len == outer.len || section.p[outer.len] == '.');
}

bool
config_table_has_section(struct slice section)
{
	if (section.len > 0 && memchr(section.p, '[', section.len) != NULL)
		return false;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (section.len > 0 &&
		    is_within(config_key_section(&table[i]), section))
			return true;
	return false;
}

bool
config_type_is_list(enum config_type type)
{
	return type >= CONFIG_FILES;
}

bool
config_type_is_texts(enum config_type type)
{
	return type == CONFIG_FILES || type == CONFIG_PATHS;
}

bool
config_type_is_text(enum config_type type)
{
	return type >= CONFIG_BYTES && type <= CONFIG_SITE_NAME;
}

bool
config_key(size_t i, const char **name, const char **default_text,
    const char **help)
{
	const struct config_key *key = config_table(i);

	if (key == NULL)
		return false;
	*name = key->name;
	*default_text = key->def;
	*help = key->help;
	return true;
}
