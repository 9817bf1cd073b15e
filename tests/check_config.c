/*
 * The configuration: what is taken, what is refused and in which words, and
 * that the example, the manual and the table agree.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "config/config_table.h"
#include "base/slice_distance.h"
#include "config/config_value.h"

#define NROWS(a)	((int)(sizeof(a) / sizeof((a)[0])))
#define ROOT		"/usr/share/mynah"
#define GREETING	"Welcome to the server. Type something and hit enter\n"

/* Parse, with what is printed as errors in *said, to be freed. */
static struct config *
parse_with(const char *yaml, size_t len, const struct config_option *options,
    size_t n, char **said)
{
	struct config *c;
	size_t size;
	FILE *f = open_memstream(said, &size);

	ck_assert_ptr_nonnull(f);
	c = config_parse("t.yaml", "/etc/mynah", yaml, len, ROOT, options, n,
	    f);
	fclose(f);
	return c;
}

static struct config *
parse(const char *yaml, char **said)
{
	return parse_with(yaml, strlen(yaml), NULL, 0, said);
}

static struct config *
must_parse(const char *yaml)
{
	char *said;
	struct config *c = parse(yaml, &said);

	ck_assert_msg(c != NULL, "%s", said);
	ck_assert_str_eq(said, "");
	free(said);
	return c;
}

static char *
print(const struct config *c, size_t *len)
{
	char *text;
	FILE *f = open_memstream(&text, len);

	ck_assert_ptr_nonnull(f);
	config_print(c, f);
	fclose(f);
	return text;
}

/* A file of the source tree as a string, to be freed. */
static char *
slurp(const char *path)
{
	const char *srcdir = getenv("srcdir");
	char name[1024], *text;
	size_t len;
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s", srcdir == NULL ? "." : srcdir,
	    path);
	f = fopen(name, "r");
	ck_assert_msg(f != NULL, "%s", name);
	ck_assert_ptr_nonnull(text = calloc(1, 65536));
	len = fread(text, 1, 65535, f);
	ck_assert_uint_gt(len, 0);
	fclose(f);
	return text;
}

static void
set_environment(void)
{
	setenv("MYNAH_NAME", "example.org", 1);
	setenv("MYNAH_EMPTY", "", 1);
	setenv("MYNAH_PORT", "8081", 1);
	setenv("MYNAH_LATIN", "caf\xe9", 1);
	unsetenv("MYNAH_UNSET");
}

/* A line (or part) that config_print() must show of what was taken. */
static const struct {
	const char	*name, *yaml, *want;
} taken[] = {
	{ "nothing", "", "host: 127.0.0.1\nport: 8080\nbacklog: 1024\n"
	  "# protocol: auto\nwelcome:\n" },
	{ "comments", "# a\n\n  # b\n", "port: 8080\n" },
	{ "no content", "---\n...\n", "port: 8080\n" },
	{ "byte order mark", "\xef\xbb\xbfport: 1\n", "port: 1\n" },
	{ "line ends of DOS", "port: 1\r\nbacklog: 2\r\n", "backlog: 2\n" },
	{ "directive", "%YAML 1.1\n---\nport: 1\n", "port: 1\n" },
	{ "host name", "host: localhost\n", "host: localhost\n" },
	{ "all addresses", "host: \"*\"\n", "host: \"*\"\n" },
	{ "IPv6", "host: \"::1\"\n", "host: \"::1\"\n" },
	{ "IPv6 without quotes", "host: fe80::1%eth0\n",
	  "host: \"fe80::1%eth0\"\n" },
	{ "port 0", "port: 0\n", "port: 0\n" },
	{ "port 65535", "port: 65535\n", "port: 65535\n" },
	{ "port from the environment", "port: ${MYNAH_PORT}\n",
	  "port: 8081\n" },
	{ "in quotes too", "port: \"${MYNAH_PORT}\"\n", "port: 8081\n" },
	{ "a part of it", "port: 1${MYNAH_UNSET:-2}3\n", "port: 123\n" },
	{ "default, unset", "host: ${MYNAH_UNSET:-a.example}\n",
	  "host: a.example\n" },
	{ "default, empty", "host: ${MYNAH_EMPTY:-b.example}\n",
	  "host: b.example\n" },
	{ "default, set", "host: ${MYNAH_NAME:-b}\n", "host: example.org\n" },
	{ "empty default", "echo: {prefix: \"${MYNAH_UNSET:-}\"}\n",
	  "prefix: \"\"\n" },
	{ "user from the environment is text", "process:\n"
	  "  user: ${MYNAH_PORT}\n", "user: \"8081\"\n" },
	{ "literal ${", "echo: {prefix: \"$${A}\"}\n",
	  "prefix: \"$${A}\"\n" },
	{ "dollars", "echo: {prefix: \"$$$${A} $ $A\"}\n",
	  "prefix: \"$$$${A} $ $A\"\n" },
	{ "protocol", "protocol: http\n", "\nprotocol: http\n" },
	{ "protocol said to be auto", "protocol: auto\n",
	  "\nprotocol: auto\n" },
	{ "protocol in quotes", "protocol: \"echo\"\n",
	  "\nprotocol: echo\n" },
	{ "relative root", "document_root: www\n",
	  "document_root: /etc/mynah/www\n" },
	{ "dotted root", "document_root: ./../www\n",
	  "document_root: /etc/mynah/../www\n" },
	{ "this directory", "document_root: .\n",
	  "document_root: /etc/mynah\n" },
	{ "absolute root", "http: {document_root: /srv/a b}\n",
	  "document_root: \"/srv/a b\"\n" },
	{ "root beside listeners", "document_root: /srv\n"
	  "listeners: [{port: 1}]\n", "document_root: /srv\n" },
	{ "empty section", "limits:\nprocess: ~\n", "body: 64KiB\n" },
	{ "index list", "http: {index: [a.html, \"b c\", \"1\"]}\n",
	  "index: [a.html, \"b c\", \"1\"]\n" },
	{ "no index", "http: {index: []}\n", "index: []\n" },
	{ "words", "http: {dotfiles: allow, symlinks: never}\n",
	  "dotfiles: allow\n  symlinks: never\n" },
	{ "true", "http: {server_version: true}\n", "server_version: true\n" },
	{ "milliseconds", "limits: {idle_timeout: 1500ms}\n",
	  "idle_timeout: 1500ms\n" },
	{ "largest unit", "limits: {idle_timeout: 7200s}\n",
	  "idle_timeout: 2h\n" },
	{ "duration in quotes", "limits: {idle_timeout: \"5s\"}\n",
	  "idle_timeout: 5s\n" },
	{ "no grace", "process: {grace: 0s}\n", "grace: 0s\n" },
	{ "sizes", "limits: {request_line: 64B, header_bytes: 1024KiB}\n",
	  "request_line: 64B\n  header_bytes: 1MiB\n" },
	{ "rate", "limits: {min_rate: 2048B/s}\n", "min_rate: 2KiB/s\n" },
	{ "no rate", "limits: {min_rate: 0B/s}\n", "min_rate: 0B/s\n" },
	{ "connections", "limits: {max_connections: 7}\n",
	  "max_connections: 7\n" },
	{ "auto", "limits: {max_connections: auto}\n",
	  "max_connections: auto\n" },
	{ "unlimited", "limits: {requests_per_connection: unlimited}\n",
	  "requests_per_connection: unlimited\n" },
	{ "requests", "limits: {requests_per_connection: 1000000000}\n",
	  "requests_per_connection: 1000000000\n" },
	{ "no cache", "cache: {entries: 0, memory: 0B, max_file: 0B}\n",
	  "cache:\n  entries: 0\n  memory: 0B\n  max_file: 0B\n" },
	{ "large cache", "cache: {memory: 2GiB, max_file: 1MiB}\n",
	  "  memory: 2GiB\n  max_file: 1MiB\n" },
	{ "block text", "welcome:\n  message: |\n    a\n    b\n",
	  "message: \"a\\nb\\n\"\n" },
	{ "empty text", "welcome: {message: \"\"}\n", "message: \"\"\n" },
	{ "control bytes", "welcome: {message: \"\\0\\x1b\\u2028\\x7f\"}\n",
	  "message: \"\\x00\\x1b\\u2028\\x7f\"\n" },
	{ "listeners", "listeners:\n- {port: 80, host: \"*\", name: web}\n"
	  "- {unix: a.sock, mode: \"600\", backlog: 3, protocol: echo}\n",
	  "listeners:\n  - name: web\n    host: \"*\"\n    port: 80\n"
	  "    backlog: 1024\n    reuse_port: false\n    # protocol: auto\n"
	  "  - unix: /etc/mynah/a.sock\n    mode: \"0600\"\n    backlog: 3\n"
	  "    protocol: echo\nwelcome:\n" },
	{ "port 0 twice", "listeners: [{port: 0}, {port: 0}]\n",
	  "    port: 0\n" },
	{ "one port, two addresses", "listeners:\n- {port: 1}\n"
	  "- {port: 1, host: \"::1\"}\n", "host: \"::1\"\n    port: 1\n" },
	{ "user", "process: {user: www-data, group: \"33\"}\n",
	  "user: www-data\n  group: \"33\"\n" },
	{ "handed over", "listeners: [{systemd: web, name: a, "
	  "protocol: http}]\n", "listeners:\n  - name: a\n    systemd: web\n"
	  "    protocol: http\nwelcome:\n" },
	{ "shared port", "listeners: [{port: 1, reuse_port: true}]\n",
	  "    port: 1\n    backlog: 1024\n    reuse_port: true\n" },
	{ "logs", "log:\n  error: {target: syslog, level: debug}\n"
	  "  access: {target: /a/b.log, format: json}\n",
	  "log:\n  error:\n    target: syslog\n    level: debug\n"
	  "  access:\n    target: /a/b.log\n    format: json\nprocess:\n" },
	{ "logs in a file beside it", "log: {error: {target: ./e.log}, "
	  "access: {target: l/a.log}}\n", "target: /etc/mynah/e.log\n"
	  "    level: info\n  access:\n    target: /etc/mynah/l/a.log\n" },
	{ "logs without any", "log:\n  error:\n", "    target: stderr\n" },
	{ "in the background", "process: {pid_file: p.pid, daemon: true, "
	  "sandbox: required}\n", "  pid_file: /etc/mynah/p.pid\n"
	  "  daemon: true\n  sandbox: required\n" },
	{ "no pid file", "process: {pid_file: \"\"}\n",
	  "  pid_file: \"\"\n" },
	{ "readable", "process: {readable: [/srv/r, \"${MYNAH_NAME}\", .]}\n",
	  "  readable: [/srv/r, /etc/mynah/example.org, /etc/mynah]\n" },
};

START_TEST(takes)
{
	char *said, *text;
	struct config *c;
	size_t len;

	set_environment();
	c = parse(taken[_i].yaml, &said);
	ck_assert_msg(c != NULL, "%s: %s", taken[_i].name, said);
	ck_assert_msg(said[0] == '\0', "%s: %s", taken[_i].name, said);
	text = print(c, &len);
	ck_assert_msg(strstr(text, taken[_i].want) != NULL, "%s: not in\n%s",
	    taken[_i].name, text);
	free(text);
	free(said);
	config_free(c);
}
END_TEST

/* What must be said, from the position on. */
static const struct {
	const char	*name, *yaml, *want;
} refused[] = {
	/* Keys. */
	{ "unknown", "host: a\n\nprot: 1\n",
	  "3:1: error: unknown key \"prot\"; did you mean \"port\"?\n"
	  "  3 | prot: 1\n    | ^~~~\n" },
	{ "of another server", "listen: 80\n", "1:1: error: unknown key "
	  "\"listen\"; what it does elsewhere is done here by host and port, "
	  "or listeners\n" },
	{ "of another one, in a section", "http:\n  autoindex: true\n",
	  "2:3: error: unknown key \"autoindex\"; what it does elsewhere is "
	  "done here by http.listing\n" },
	{ "case", "Port: 1\n", "1:1: error: unknown key \"Port\"; "
	  "did you mean \"port\"?" },
	{ "section", "limit: {body: 1B}\n", "1:1: error: unknown key "
	  "\"limit\"; did you mean \"limits\"?" },
	{ "far from all", "metrics: 1\n",
	  "1:1: error: unknown key \"metrics\"\n" },
	{ "in a section", "limits: {bodi: 1B}\n", "1:10: error: unknown key "
	  "\"bodi\"; did you mean \"body\"?" },
	{ "in a listener", "listeners: [{port: 1, hots: a}]\n",
	  "1:23: error: unknown key \"hots\"; did you mean \"host\"?" },
	{ "repeated", "port: 1\nhost: a\nport: 2\n", "3:1: error: repeated "
	  "key \"port\"; it is already on line 1\n" },
	{ "repeated section", "limits:\nlimits:\n", "2:1: error: repeated" },
	{ "too high", "idle_timeout: 5s\n", "1:1: error: idle_timeout belongs "
	  "under limits: (or echo:)\n" },
	{ "user", "user: a\n", "1:1: error: user belongs under process:\n" },
	{ "too deep", "limits: {port: 1}\n", "1:10: error: port belongs at "
	  "the top level\n" },
	{ "list too deep", "http: {listeners: []}\n", "1:8: error: listeners "
	  "belongs at the top level\n" },
	{ "root in a listener", "listeners: [{port: 1, document_root: a}]\n",
	  "1:23: error: document_root belongs under http: (or at the top "
	  "level)\n" },
	{ "unix", "unix: a\n", "1:1: error: unix belongs under listeners:\n" },
	{ "dotted", "limits.body: 1B\n", "1:1: error: limits.body is written "
	  "as body under limits:, without a dot" },
	{ "not a word", "[a]: 1\n", "1:1: error: a key must be a word" },
	{ "empty", "\"\": 1\n", "1:1: error: unknown key \"\"\n" },
	{ "control bytes", "\"a\\e\\n\": 1\n",
	  "1:1: error: unknown key \"a\\x1b\\x0a\"\n" },
	{ "no mapping", "port\n", "1:1: error: a configuration is made of" },
	{ "a list", "- port: 1\n", "1:1: error: a configuration is made of" },
	/* Types. */
	{ "no value", "port:\n", "1:6: error: port has no value; leave the "
	  "key out for its default, 8080\n" },
	{ "null", "process: {user: null}\n", "error: user has no value" },
	{ "list for text", "host: [a]\n", "1:7: error: host must be one "
	  "value, not a list\n" },
	{ "mapping for text", "host: {a: b}\n", "1:7: error: host must be "
	  "one value, not a mapping\n" },
	{ "text for a list", "http: {index: a.html}\n", "1:15: error: index "
	  "must be a list: [a.html]\n" },
	{ "mapping for a list", "http: {index: {a: b}}\n", "1:15: error: "
	  "index must be a list, such as [index.html]\n" },
	{ "text for a section", "http: a\n", "1:7: error: http is a section: "
	  "its keys stand below it, indented\n" },
	{ "quoted number", "port: \"8080\"\n", "1:7: error: port must be a "
	  "number: write 8080 without quotes\n" },
	{ "quoted truth", "http: {server_version: \"true\"}\n",
	  "write true without quotes" },
	{ "number for text", "process: {user: 1000}\n", "1:17: error: user "
	  "is text, and 1000 without quotes is a number; write \"1000\"\n" },
	{ "truth for text", "host: true\n", "host is text, and true without "
	  "quotes is a truth value; write \"true\"" },
	/* Numbers. */
	{ "too large", "port: 70000\n", "1:7: error: port must be 0 to 65535, "
	  "not 70000\n  1 | port: 70000\n    |       ^~~~~\n" },
	{ "far too large", "port: 99999999999999999999999\n",
	  "port must be 0 to 65535, not 99999999999999999999999\n" },
	{ "negative", "port: -1\n", "port must be 0 to 65535, not -1\n" },
	{ "sign", "port: +5\n", "not +5; numbers have no sign\n" },
	{ "octal", "port: 0o17\n", "not 0o17; numbers are decimal\n" },
	{ "hexadecimal", "port: 0x10\n", "not 0x10; numbers are decimal\n" },
	{ "leading zero", "port: 08\n", "not 08; numbers have no leading" },
	{ "underscore", "port: 1_000\n", "not 1_000; numbers have no _" },
	{ "comma", "port: 1,000\n", "not 1,000; numbers have no commas" },
	{ "fraction", "port: 1.5\n", "not 1.5; numbers are whole" },
	{ "exponent", "port: 1e3\n", "not 1e3; numbers are whole" },
	{ "unit", "port: 80s\n", "not \"80s\"; it is a number without a unit" },
	{ "word", "port: http\n", "port must be 0 to 65535, not \"http\"\n" },
	{ "backlog", "backlog: 0\n", "backlog must be 1 to 65535, not 0\n" },
	{ "count", "limits: {header_count: 1001}\n",
	  "header_count must be 1 to 1000, not 1001\n" },
	{ "too many kept", "cache: {entries: 1000001}\n",
	  "entries must be 0 to 1000000, not 1000001\n" },
	{ "too large to keep", "cache: {max_file: 2MiB}\n",
	  "max_file must be 0B to 1MiB, not \"2MiB\"\n" },
	{ "near a word", "limits: {max_connections: atuo}\n",
	  "max_connections must be 1 to 1000000 or auto, not \"atuo\"; did "
	  "you mean \"auto\"?\n" },
	{ "connections", "limits: {max_connections: 0}\n",
	  "must be 1 to 1000000 or auto, not 0\n" },
	{ "unlimited", "limits: {connections_per_address: unlimted}\n",
	  "did you mean \"unlimited\"?" },
	{ "negative count", "limits: {connections_per_address: -1}\n",
	  "must be 1 to 1000000 or unlimited, not -1\n" },
	{ "empty expansion", "port: ${MYNAH_EMPTY}\n",
	  "port must be 0 to 65535, not \"\"\n" },
	/* Truth and words. */
	{ "yes", "http: {server_version: yes}\n", "1:24: error: "
	  "server_version must be true or false, not \"yes\"; write true\n" },
	{ "off", "http: {server_version: off}\n", "write false\n" },
	{ "True", "http: {server_version: True}\n", "write true\n" },
	{ "protocol", "protocol: htpp\n", "1:11: error: protocol must be "
	  "auto, http, echo or welcome, not \"htpp\"; did you mean \"http\"?" },
	{ "far protocol", "protocol: gopher\n", "not \"gopher\"\n" },
	{ "dotfiles", "http: {dotfiles: no}\n",
	  "dotfiles must be deny or allow, not \"no\"\n" },
	/* Units. */
	{ "no unit", "limits: {idle_timeout: 30}\n",
	  "1:24: error: idle_timeout needs a unit, such as 30s\n" },
	{ "seconds", "limits: {idle_timeout: 30sec}\n", "idle_timeout cannot "
	  "be \"30sec\"; did you mean \"30s\"?\n" },
	{ "capital", "limits: {idle_timeout: 5M}\n", "did you mean \"5m\"?" },
	{ "blank", "limits: {idle_timeout: 5 s}\n", "did you mean \"5s\"?" },
	{ "two units", "limits: {idle_timeout: 1h30m}\n", "must be a whole "
	  "number and a unit (ms, s, m or h), such as 10s, not \"1h30m\"\n" },
	{ "fraction of a second", "limits: {idle_timeout: 1.5s}\n",
	  "must be a whole number and a unit" },
	{ "zero", "limits: {idle_timeout: 0s}\n",
	  "idle_timeout must be 1ms to 24h, not \"0s\"\n" },
	{ "too long", "limits: {idle_timeout: 25h}\n", "1ms to 24h" },
	{ "overflow", "limits: {idle_timeout: 18446744073709551615h}\n",
	  "1ms to 24h" },
	{ "no size unit", "limits: {body: 10}\n", "such as 10KiB\n" },
	{ "10k", "limits: {body: 10k}\n", "did you mean \"10KiB\"?" },
	{ "10KB", "limits: {body: 10KB}\n", "did you mean \"10KiB\"?" },
	{ "10kb", "limits: {body: 10kb}\n", "did you mean \"10KiB\"?" },
	{ "10M", "limits: {body: 10M}\n", "did you mean \"10MiB\"?" },
	{ "5 bytes", "limits: {body: 5bytes}\n", "did you mean \"5B\"?" },
	{ "rate as size", "limits: {min_rate: 1KiB}\n", "\"1KiB/s\"?" },
	{ "rate", "limits: {min_rate: 1kBps}\n", "\"1KiB/s\"?" },
	{ "rate without unit", "limits: {min_rate: 0}\n", "such as 0KiB/s" },
	{ "request line", "limits: {request_line: 65KiB}\n",
	  "request_line must be 64B to 64KiB, not \"65KiB\"\n" },
	{ "header", "limits: {header_bytes: 255B}\n", "256B to 1MiB" },
	{ "size with zeros", "limits: {body: 01KiB}\n", "no leading zeros" },
	/* Text. */
	{ "empty host", "host: \"\"\n", "host must not be empty" },
	{ "port in host", "host: localhost:80\n", "the port of "
	  "\"localhost:80\" has a key of its own, port" },
	{ "URL", "host: http://a/\n", "not a URL" },
	{ "brackets", "host: \"[::1]\"\n", "host has no brackets: \"::1\"" },
	{ "blank in host", "host: a b\n", "host must be an address, a name" },
	{ "NUL in host", "host: \"a\\0b\"\n", "must not hold a NUL" },
	{ "line feed in root", "document_root: \"a\\n\"\n",
	  "document_root must not hold a NUL or a line end" },
	{ "return in user", "process: {user: \"a\\r\"}\n", "line end" },
	{ "escape in user", "process: {user: \"a\\e\"}\n", "control" },
	{ "group in user", "process: {user: \"a:b\"}\n", "two keys" },
	{ "empty root", "document_root: \"\"\n", "must not be empty" },
	{ "path in index", "http: {index: [a/b]}\n",
	  "1:16: error: this must be a file name, without /\n" },
	{ "dot in index", "http: {index: [..]}\n", "this is a directory" },
	{ "number in index", "http: {index: [1]}\n", "must be in quotes" },
	{ "list in index", "http: {index: [[a]]}\n", "must be a file name" },
	{ "too many in index", "http: {index: [a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,"
	  "a,a]}\n", "index has at most 16 names, not 17" },
	/* Expansion. */
	{ "unset", "host: ${MYNAH_UNSET}\n", "1:7: error: the environment "
	  "has no MYNAH_UNSET; set it, or give a default: "
	  "${MYNAH_UNSET:-default}\n"
	  "  1 | host: ${MYNAH_UNSET}\n    |       ^~~~~~~~~~~~~~\n" },
	{ "unset, within", "host: \"ab${MYNAH_UNSET}\"\n", "1:10: error" },
	{ "not closed", "host: a${B\n", "1:8: error: ${ without }" },
	{ "no name", "host: ${}\n", "an expansion is ${NAME}" },
	{ "digit", "host: ${1}\n", "an expansion is ${NAME}" },
	{ "other shell", "host: ${A-b}\n", "an expansion is ${NAME}" },
	{ "nested", "host: ${A:-${B}}\n", "cannot hold another" },
	{ "not UTF-8", "host: ${MYNAH_LATIN}\n", "value of MYNAH_LATIN is "
	  "not UTF-8" },
	{ "not in keys", "${MYNAH_NAME}: 1\n", "unknown key "
	  "\"${MYNAH_NAME}\"\n" },
	/* Sections within sections. */
	{ "target", "target: a\n", "1:1: error: target belongs under access: "
	  "of log: (or error: of log:)\n" },
	{ "too high in log", "log: {level: info}\n", "1:7: error: level belongs "
	  "under error: of log:\n" },
	{ "dot in log", "log.error.level: info\n", "1:1: error: log.error.level "
	  "is written as level under error: of log:, without a dot\n" },
	{ "near in log", "log: {eror: {}}\n",
	  "1:7: error: unknown key \"eror\"; did you mean \"error\"?\n" },
	{ "near log", "logs: {}\n", "did you mean \"log\"?\n" },
	{ "no section", "log: {error: stderr}\n", "1:14: error: error is a "
	  "section: its keys stand below it, indented\n" },
	{ "twice in log", "log:\n  error: {}\n  error: {}\n",
	  "3:3: error: repeated key \"error\"; it is already on line 2\n" },
	{ "a part only", "log.error: {}\n", "unknown key \"log.error\"" },
	{ "of nginx", "access_log: /a\n", "is done here by log.access\n" },
	/* Logs and the process. */
	{ "sink", "log: {error: {target: sterr}}\n", "1:23: error: target must "
	  "be stderr, syslog or a path, not \"sterr\"; did you mean "
	  "\"stderr\"?\n" },
	{ "file of a log", "log: {access: {target: access.log}}\n",
	  "target must be none, stdout or a path, not \"access.log\"; a file "
	  "in this directory is \"./access.log\"\n" },
	{ "empty sink", "log: {access: {target: \"\"}}\n", "must not be empty" },
	{ "line feed in a log", "log: {access: {target: \"/a\\n\"}}\n",
	  "target must not hold a NUL or a line end\n" },
	{ "format", "log: {access: {format: jsn}}\n", "format must be combined, "
	  "common or json, not \"jsn\"; did you mean \"json\"?\n" },
	{ "level", "log: {error: {level: warn}}\n", "level must be error, "
	  "warning, info or debug, not \"warn\"" },
	{ "readable is no list", "process: {readable: /srv}\n",
	  "1:21: error: readable must be a list: [/srv]\n" },
	{ "list in readable", "process: {readable: [[a]]}\n",
	  "this must be a path\n" },
	{ "nothing in readable", "process: {readable: [\"\"]}\n",
	  "1:22: error: a path must not be empty\n" },
	{ "NUL in readable", "process: {readable: [\"/a\\0\"]}\n",
	  "a path must not hold a NUL" },
	{ "too many in readable", "process: {readable: [a,a,a,a,a,a,a,a,a,a,a,"
	  "a,a,a,a,a,a]}\n", "readable has at most 16 paths, not 17\n" },
	{ "sandbox", "process: {sandbox: strict}\n",
	  "sandbox must be auto, required or none, not \"strict\"\n" },
	/* Listeners. */
	{ "port of systemd", "listeners: [{systemd: a, port: 1, backlog: 2}]\n",
	  "1:26: error: port cannot stand beside systemd (line 1): the socket "
	  "is made by systemd, as its unit says\n" },
	{ "systemd and unix", "listeners: [{systemd: a, unix: b}]\n",
	  "1:26: error: unix cannot stand beside systemd (line 1)" },
	{ "systemd twice", "listeners: [{systemd: a}, {systemd: a}]\n",
	  "1:37: error: the listener on line 1 has this address already\n" },
	{ "Unix port shared", "listeners: [{unix: a, reuse_port: true}]\n",
	  "1:23: error: reuse_port cannot stand beside unix (line 1)" },
	{ "empty", "listeners: []\n", "1:1: error: listeners is empty" },
	{ "nothing", "listeners:\n", "1:1: error: listeners is empty" },
	{ "mapping", "listeners: {port: 1}\n", "listeners is a list" },
	{ "scalar", "listeners: 80\n", "listeners is a list" },
	{ "item", "listeners: [80]\n", "1:13: error: a listener is a mapping" },
	{ "short form", "port: 1\nlisteners: [{port: 1}]\n", "1:1: error: "
	  "port cannot stand beside listeners (line 2)" },
	{ "no port", "listeners:\n  - {name: a}\n", "2:5: error: this "
	  "listener has no port" },
	{ "host and unix", "listeners: [{host: a, unix: b}]\n",
	  "1:14: error: host cannot stand beside unix (line 1)" },
	{ "port and unix", "listeners: [{port: 1, unix: b}]\n",
	  "1:14: error: port cannot stand beside unix (line 1)" },
	{ "mode and port", "listeners: [{port: 1, mode: \"0600\"}]\n",
	  "1:23: error: mode is for Unix sockets" },
	{ "mode number", "listeners: [{unix: a, mode: 0660}]\n",
	  "write \"0660\"" },
	{ "mode digits", "listeners: [{unix: a, mode: \"0860\"}]\n",
	  "mode must be \"0000\" to \"0777\"" },
	{ "mode length", "listeners: [{unix: a, mode: \"01777\"}]\n",
	  "octal digits" },
	{ "long unix", "listeners: [{unix: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}]"
	  "\n", "unix must have at most 107 bytes, not 111, as an absolute" },
	{ "same address", "listeners:\n- {port: 1}\n- {port: 1, host: "
	  "127.0.0.1}\n", "3:10: error: the listener on line 2 has this "
	  "address already" },
	{ "same IPv6", "listeners:\n- {port: 1, host: \"::1\"}\n"
	  "- {port: 1, host: \"0:0::1\"}\n", "3:10: error: the listener on" },
	{ "same path", "listeners:\n- {unix: a}\n- {unix: /etc/mynah/a}\n",
	  "3:10: error: the listener on line 2 has this address" },
	{ "same name", "listeners:\n- {port: 1, name: a}\n"
	  "- {port: 2, name: a}\n", "3:19: error: the listener on line 2 has "
	  "this name already" },
	{ "name", "listeners: [{port: 1, name: \"a b\"}]\n",
	  "name must be letters" },
	{ "two roots", "http: {document_root: a}\ndocument_root: a\n",
	  "2:1: error: document_root and http.document_root are one setting, "
	  "and the other is on line 1" },
	/* What of YAML is not taken, and what is none. */
	{ "anchor", "host: &a b\n", "1:7: error: anchors (&)" },
	{ "alias", "host: *a\n", "1:7: error: aliases (*)" },
	{ "tag", "host: !!str b\n", "1:7: error: tags (!)" },
	{ "second document", "port: 1\n---\nport: 2\n", "2:1: error: a second "
	  "document" },
	{ "too deep", "a: [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]\n",
	  "nested too deeply" },
	{ "star", "host: *\n", "1:7: error: this value must be in quotes: "
	  "host: \"*\"\n  1 | host: *\n    |       ^\n" },
	{ "star in a listener", "listeners:\n  - host: *  # all\n",
	  "2:11: error: this value must be in quotes: host: \"*\"\n" },
	{ "colons", "host: ::\n", "1:7: error: this value must be in quotes: "
	  "host: \"::\"\n" },
	{ "bracketed", "host: [::1]\n", "1:7: error: this value must be in "
	  "quotes: host: \"::1\"\n" },
	{ "tab", "limits:\n\tbody: 1B\n", "2:1: error: lines are indented "
	  "with spaces" },
	{ "tab after spaces", "limits:\n  body: 1B\n \theader_count: 1\n",
	  "3:2: error: lines are indented" },
	{ "tab in braces", "limits: {\n\tbody: 1B}\n", "2:1: error: lines" },
	{ "no space", "port:80\nhost: a\n", "1:1: error: a space is missing "
	  "after the colon: \"port: 80\"" },
	{ "indented", "port: 80\n  host: a\n", "2:7: error: a key cannot "
	  "stand here" },
	{ "open quotes", "host: a\nuser: \"b\n", "2:7: error: these quotes" },
	{ "apostrophe", "host: 'it's'\n", "a key is expected here" },
	{ "open bracket", "http: {index: [a\n", "1:15: error: this [ is not" },
	{ "brace of a variable", "http: {index: [${A}]}\n",
	  "a value with ${NAME} must be in quotes" },
	{ "backquote", "host: `a\n", "1:7: error: this value must be in" },
	{ "escape", "host: \"\\q\"\n", "unknown escape" },
	{ "not UTF-8", "host: \xff\n", "1:7: error: this is not UTF-8 (byte "
	  "0xff)" },
	{ "cut character", "host: \xc3", "UTF-8" },
	{ "control byte", "host: \x01\n", "1:7: error: this character may" },
	{ "after a mark", "\xef\xbb\xbfhots: 1\n", "1:1: error: unknown" },
	{ "columns are characters", "http: {index: [\"\xc3\xa9\", a/b]}\n",
	  "1:21: error" },
};

START_TEST(refuses)
{
	char *said;
	struct config *c;

	set_environment();
	c = parse(refused[_i].yaml, &said);
	ck_assert_msg(c == NULL, "%s: taken", refused[_i].name);
	ck_assert_msg(strstr(said, refused[_i].want) != NULL,
	    "%s: want\n%s\ngot\n%s", refused[_i].name, refused[_i].want, said);
	ck_assert_msg(strncmp(said, "t.yaml:", 7) == 0, "%s", said);
	free(said);
}
END_TEST

START_TEST(tells_all_errors_in_their_order)
{
	char *said;

	ck_assert_ptr_null(parse("listeners: [{port: 1, host: 3}]\n"
	    "prot: 1\nlimits:\n\n  body: 1\n  idle_timeout: 5s\n"
	    "host: a\nport: x\n", &said));
	ck_assert_str_eq(said,
	    "t.yaml:1:29: error: host is text, and 3 without quotes is a "
	    "number; write \"3\"\n"
	    "  1 | listeners: [{port: 1, host: 3}]\n"
	    "    |                             ^\n"
	    "t.yaml:2:1: error: unknown key \"prot\"; did you mean "
	    "\"port\"?\n"
	    "  2 | prot: 1\n"
	    "    | ^~~~\n"
	    "t.yaml:5:9: error: body needs a unit, such as 1KiB\n"
	    "  5 |   body: 1\n"
	    "    |         ^\n"
	    "t.yaml:7:1: error: host cannot stand beside listeners (line 1); "
	    "give it to a listener there\n"
	    "  7 | host: a\n"
	    "    | ^~~~\n"
	    "t.yaml:8:1: error: port cannot stand beside listeners (line 1); "
	    "give it to a listener there\n"
	    "  8 | port: x\n"
	    "    | ^~~~\n"
	    "t.yaml:8:7: error: port must be 0 to 65535, not \"x\"\n"
	    "  8 | port: x\n"
	    "    |       ^\n"
	    "6 errors\n");
	free(said);
}
END_TEST

START_TEST(tells_only_the_break_of_broken_yaml)
{
	char *said;

	ck_assert_ptr_null(parse("prot: 1\nhost: *\n", &said));
	ck_assert_str_eq(said, "t.yaml:2:7: error: this value must be in "
	    "quotes: host: \"*\"\n  2 | host: *\n    |       ^\n");
	free(said);
}
END_TEST

/* The line is shown as it is in the file, and no terminal is misled by it. */
static const struct {
	const char	*name, *yaml, *want;
} excerpts[] = {
	{ "tab", "http:\t{prot: 1}\n",
	  "1:8: error: unknown key \"prot\"\n"
	  "  1 | http:\t{prot: 1}\n    |      \t ^~~~\n" },
	{ "line end of DOS", "prot: 1\r\n", "  1 | prot: 1\n    | ^~~~\n" },
	{ "no line end", "prot: 1", "  1 | prot: 1\n    | ^~~~\n" },
	{ "next line", "\xc2\x85" "prot: 1\n",
	  "| \\x85prot: 1\n    |     ^~~~\n" },
	{ "direction", "prot: \xe2\x80\xae" "1\n", "| prot: \\u202e1\n" },
	{ "several lines", "http: [a,\n  b]\n", "  1 | http: [a,\n"
	  "    |       ^~~\n" },
	{ "last column", "port:\n", "  1 | port:\n    |      ^\n" },
	{ "cut behind", "prot: 0123456789012345678901234567890123456789012345"
	  "67890123456789012345678901234567890123456789012345678901234567\n",
	  "  1 | prot: 01234567890123456789012345678901234567890123456789012"
	  "34567890123456789012345678901234567890123...\n    | ^~~~\n" },
	{ "cut in front", "{port: 1,                                         "
	  "                                                       prot: 2}\n",
	  "  1 | ...                                        prot: 2}\n"
	  "    |                                            ^~~~\n" },
};

START_TEST(shows_the_line)
{
	char *said;

	ck_assert_ptr_null(parse(excerpts[_i].yaml, &said));
	ck_assert_msg(strstr(said, excerpts[_i].want) != NULL,
	    "%s: want\n%s\ngot\n%s", excerpts[_i].name, excerpts[_i].want,
	    said);
	free(said);
}
END_TEST

static const struct {
	const char		*name, *yaml;
	struct config_option	 option;
	const char		*want;		/* printed, or said */
} options[] = {
	{ "port", "port: 1\n", { "port", "2", "--port" }, "\nport: 2\n" },
	{ "over the default", "", { "host", "*", "--host" },
	  "host: \"*\"\n" },
	{ "protocol", "", { "protocol", "auto", "--protocol" },
	  "\nprotocol: auto\n" },
	{ "absolute root", "document_root: a\n",
	  { "document_root", "/b", "-r" }, "document_root: /b\n" },
	{ "root over the long name", "http: {document_root: a}\n",
	  { "document_root", "/b", "-r" }, "document_root: /b\n" },
	{ "long root over the short", "document_root: a\n",
	  { "http.document_root", "/b", "--set" }, "document_root: /b\n" },
	{ "dotted", "", { "limits.body", "1KiB", "--set" }, "body: 1KiB\n" },
	{ "number as text", "", { "process.user", "33", "--user" },
	  "user: \"33\"\n" },
	{ "not expanded", "", { "echo.prefix", "${A}", "--set" },
	  "prefix: \"$${A}\"\n" },
	{ "root beside listeners", "listeners: [{port: 1}]\n",
	  { "document_root", "/b", "-r" }, "document_root: /b\n" },
	{ "range", "", { "port", "70000", "--port" },
	  "--port: error: port must be 0 to 65535, not 70000\n" },
	{ "listeners", "\nlisteners: [{port: 1}]\n", { "port", "2", "-p" },
	  "-p: error: line 2 of t.yaml has listeners, each with a port of its "
	  "own; change it there\n" },
	{ "unknown", "", { "prot", "2", "--set" },
	  "--set: error: unknown key \"prot\"; did you mean \"port\"?\n" },
	{ "far from all", "", { "zzz", "2", "--set" },
	  "--set: error: unknown key \"zzz\"\n" },
	{ "list", "", { "http.index", "a", "--set" },
	  "--set: error: a list can be set in the file only\n" },
	{ "listener", "", { "listeners[].port", "1", "--set" },
	  "--set: error: a list can be set in the file only\n" },
	{ "not UTF-8", "", { "document_root", "/\xff", "-r" },
	  "-r: error: document_root must be UTF-8\n" },
	{ "beside an error of the file", "prot: 1\n", { "port", "x", "-p" },
	  "    | ^~~~\n-p: error: port must be 0 to 65535, not \"x\"\n"
	  "2 errors\n" },
};

START_TEST(options_are_put_over_the_file)
{
	char *said, *text = NULL;
	struct config *c;
	size_t len;

	c = parse_with(options[_i].yaml, strlen(options[_i].yaml),
	    &options[_i].option, 1, &said);
	if (c != NULL)
		text = print(c, &len);
	ck_assert_msg(strstr(c != NULL ? text : said, options[_i].want) !=
	    NULL, "%s: %s%s", options[_i].name, said, c != NULL ? text : "");
	free(text);
	free(said);
	config_free(c);
}
END_TEST

START_TEST(options_have_paths_from_the_current_directory)
{
	struct config_option o = { "document_root", "a", "-r" };
	char *said, want[4200], cwd[4096];
	struct config *c;

	c = parse_with("", 0, &o, 1, &said);
	ck_assert_msg(c != NULL, "%s", said);
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	snprintf(want, sizeof(want), "%s/a", cwd);
	ck_assert_str_eq(c->sites->document_root, want);
	free(said);
	config_free(c);
}
END_TEST

START_TEST(has_defaults)
{
	struct config *c = must_parse("");
	const struct config_listener *l = &c->listeners[0];

	ck_assert_str_eq(c->file, "t.yaml");
	ck_assert_uint_eq(c->nlisteners, 1);
	ck_assert_str_eq(l->name, "");
	ck_assert_str_eq(l->host, "127.0.0.1");
	ck_assert_uint_eq(l->port, 8080);
	ck_assert_ptr_null(l->unix_path);
	ck_assert_uint_eq(l->mode, 0660);
	ck_assert_uint_eq(l->backlog, 1024);
	ck_assert_int_eq(l->protocol, CONFIG_PROTOCOL_AUTO);
	ck_assert(!l->protocol_said);
	ck_assert_int_eq(l->line, 0);
	ck_assert_uint_eq(c->welcome.message_len, strlen(GREETING));
	ck_assert_str_eq(c->welcome.message, GREETING);
	ck_assert_uint_eq(c->echo.prefix_len, 5);
	ck_assert_str_eq(c->echo.prefix, "OK...");
	ck_assert_uint_eq(c->echo.idle_timeout_ms, 300000);
	ck_assert_str_eq(c->sites->document_root, ROOT);
	ck_assert_str_eq(c->sites->index[0], "index.html");
	ck_assert_ptr_null(c->sites->index[1]);
	ck_assert_int_eq(c->sites->dotfiles, CONFIG_DOTFILES_DENY);
	ck_assert_int_eq(c->sites->symlinks, CONFIG_SYMLINKS_INSIDE);
	ck_assert(!c->http.server_version);
	ck_assert_uint_eq(c->limits.max_connections, CONFIG_AUTO);
	ck_assert(c->limits.connections_per_address == CONFIG_UNLIMITED);
	ck_assert(c->limits.requests_per_connection == CONFIG_UNLIMITED);
	ck_assert_uint_eq(c->limits.detect_timeout_ms, 300);
	ck_assert_uint_eq(c->limits.header_timeout_ms, 10000);
	ck_assert_uint_eq(c->limits.idle_timeout_ms, 60000);
	ck_assert_uint_eq(c->limits.min_rate, 1024);
	ck_assert_uint_eq(c->limits.request_line, 8192);
	ck_assert_uint_eq(c->limits.header_bytes, 32768);
	ck_assert_uint_eq(c->limits.header_count, 100);
	ck_assert_uint_eq(c->limits.body, 65536);
	ck_assert_uint_eq(c->cache.entries, 10000);
	ck_assert_uint_eq(c->cache.memory, 64 * 1024 * 1024);
	ck_assert_uint_eq(c->cache.max_file, 65536);
	ck_assert_str_eq(c->process.user, "");
	ck_assert_str_eq(c->process.group, "");
	ck_assert_uint_eq(c->process.grace_ms, 10000);
	config_free(c);
}
END_TEST

START_TEST(listeners_know_their_lines)
{
	struct config *c = must_parse("listeners:\n  - port: 80\n"
	    "    protocol: http\n  -\n    unix: s\n");

	ck_assert_uint_eq(c->nlisteners, 2);
	ck_assert_int_eq(c->listeners[0].line, 2);
	ck_assert(c->listeners[0].protocol_said);
	ck_assert_int_eq(c->listeners[1].line, 5);
	ck_assert_ptr_null(c->listeners[1].host);
	ck_assert_uint_eq(c->listeners[1].port, 0);
	ck_assert_str_eq(c->listeners[1].unix_path, "/etc/mynah/s");
	ck_assert(!c->listeners[1].protocol_said);
	config_free(c);
}
END_TEST

/* Texts that a printer of YAML may get wrong; from the environment. */
static const char *const hard[] = {
	"", " ", "\n", "\r\n", "\t", " a", "a ", "\xc3\xa9", "${HOME}",
	"$${HOME}", "$", "$$", "${", "$$${", "#", ": #", "a: b", "a #b", "- a",
	"-", "?", "*", "&a", "!t", "%", "@", "`", "'", "\"", "\\", "\\n",
	"\"'\\", "[", "]", "{", "}", ",", "|", ">", "~", "null", "true", "no",
	"1", "1.5", "0x10", ".inf", "1e5", "+1", "...", "---", "=", "<<",
	"\x1b[31m", "\x7f", "\xc2\x80", "\xc2\x85", "\xe2\x80\xa8",
	"\xe2\x80\xae", "\xef\xbb\xbf", "\xef\xbf\xbe", "\xf0\x9f\x90\xa6",
	"a\nb\n\n c\n", "\x01\x02\x03",
};

START_TEST(prints_what_reads_back_the_same)
{
	struct config *c, *again;
	char *text, *said;
	size_t len;

	setenv("MYNAH_HARD", hard[_i], 1);
	c = must_parse("echo: {prefix: \"${MYNAH_HARD}\"}\n"
	    "welcome: {message: \"\\0${MYNAH_HARD}\"}\n");
	ck_assert_str_eq(c->echo.prefix, hard[_i]);
	text = print(c, &len);
	again = parse_with(text, len, NULL, 0, &said);
	ck_assert_msg(again != NULL, "%s%s", text, said);
	ck_assert_uint_eq(again->echo.prefix_len, strlen(hard[_i]));
	ck_assert_str_eq(again->echo.prefix, hard[_i]);
	ck_assert_uint_eq(again->welcome.message_len, strlen(hard[_i]) + 1);
	ck_assert_mem_eq(again->welcome.message, c->welcome.message,
	    c->welcome.message_len);
	free(text);
	free(said);
	config_free(c);
	config_free(again);
}
END_TEST

START_TEST(prints_every_taken_row_twice_the_same)
{
	struct config *c, *again;
	char *first, *second, *said;
	size_t len;

	set_environment();
	c = must_parse(taken[_i].yaml);
	first = print(c, &len);
	again = parse_with(first, len, NULL, 0, &said);
	ck_assert_msg(again != NULL, "%s%s", first, said);
	second = print(again, &len);
	ck_assert_str_eq(first, second);
	ck_assert_int_eq(c->listeners[0].protocol_said,
	    again->listeners[0].protocol_said);
	free(first);
	free(second);
	free(said);
	config_free(c);
	config_free(again);
}
END_TEST

START_TEST(bounds_text)
{
	char *yaml, *said;

	ck_assert_ptr_nonnull(yaml = malloc(8192));
	snprintf(yaml, 8192, "welcome: {message: %04096d}\n", 0);
	memset(yaml + 19, 'a', 4096);
	config_free(must_parse(yaml));
	snprintf(yaml, 8192, "welcome: {message: %04097d}\n", 0);
	memset(yaml + 19, 'a', 4097);
	ck_assert_ptr_null(parse(yaml, &said));
	ck_assert_ptr_nonnull(strstr(said,
	    "message must have at most 4096 bytes, not 4097\n"));
	free(said);
	free(yaml);
}
END_TEST

START_TEST(bounds_the_file)
{
	size_t len = 1024 * 1024;
	char *yaml, *said;

	ck_assert_ptr_nonnull(yaml = malloc(len + 1));
	memset(yaml, '#', len + 1);
	config_free(parse_with(yaml, len, NULL, 0, &said));
	ck_assert_str_eq(said, "");
	free(said);
	ck_assert_ptr_null(parse_with(yaml, len + 1, NULL, 0, &said));
	ck_assert_ptr_nonnull(strstr(said,
	    "t.yaml: error: larger than 1 MiB"));
	free(said);
	/* Nothing here takes long, whatever the file. */
	memset(yaml, '[', len);
	ck_assert_ptr_null(parse_with(yaml, len, NULL, 0, &said));
	free(said);
	for (size_t i = 0; i + 3 <= len; i += 3)
		memcpy(yaml + i, "? \n", 3);
	ck_assert_ptr_null(parse_with(yaml, len, NULL, 0, &said));
	ck_assert_ptr_nonnull(strstr(said, "error: too many values"));
	free(said);
	free(yaml);
}
END_TEST

/* Files. */

static char directory[] = "/tmp/check_config.XXXXXX";
static int came_from = -1;

static void
make_directory(void)
{
	came_from = open(".", O_RDONLY | O_DIRECTORY);
	if (mkdtemp(directory) == NULL || chdir(directory) == -1)
		abort();
}

static void
remove_directory(void)
{
	unlink("a.yaml");
	/* The other tests look for files of the source tree. */
	if (fchdir(came_from) == -1 || rmdir(directory) == -1)
		perror(directory);
	close(came_from);
}

static struct config *
load(const char *file, char **said)
{
	struct config *c;
	size_t size;
	FILE *f = open_memstream(said, &size);

	c = config_load(file, ROOT, NULL, 0, f);
	fclose(f);
	return c;
}

START_TEST(loads_a_file)
{
	FILE *f = fopen("a.yaml", "w");
	char want[128], path[128], *said;
	struct config *c;

	ck_assert_ptr_nonnull(f);
	fputs("document_root: www\n", f);
	fclose(f);
	snprintf(want, sizeof(want), "%s/www", directory);
	snprintf(path, sizeof(path), "%s/a.yaml", directory);
	ck_assert_ptr_nonnull(c = load("a.yaml", &said));
	ck_assert_str_eq(c->sites->document_root, want);
	ck_assert_str_eq(c->file, "a.yaml");
	config_free(c);
	free(said);
	ck_assert_ptr_nonnull(c = load(path, &said));
	ck_assert_str_eq(c->sites->document_root, want);
	config_free(c);
	free(said);
}
END_TEST

START_TEST(says_what_cannot_be_read)
{
	char *said;
	struct config *c;

	ck_assert_ptr_null(load("missing.yaml", &said));
	ck_assert_str_eq(said, "missing.yaml: error: cannot read the "
	    "configuration: No such file or directory; check the path, or "
	    "give none to run with the defaults\n");
	free(said);
	ck_assert_ptr_null(load("/", &said));
	ck_assert_str_eq(said, "/: error: cannot read the configuration: Is a "
	    "directory; give the path of a file in it\n");
	free(said);
	ck_assert_ptr_nonnull(c = load(NULL, &said));
	ck_assert_str_eq(c->file, "");
	config_free(c);
	free(said);
}
END_TEST

/* The example and the manual. */

/* Keys that show an example where the default is empty. */
static const char *const samples[] = {
	"  error_pages:", "  mime_types:", "  headers:", "  redirects:",
	"  hosts:", "  readable:"
};

static bool
begins_with_one(const char *line, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (strncmp(line, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/*
 * The example with its keys uncommented: the short form without samples, or
 * the full one with them, without what belongs to the other.
 */
static char *
uncomment(const char *example, bool full)
{
	static const char *const shorts[] = {
		"host:", "port:", "backlog:", "protocol:", "document_root:"
	};
	char *out = calloc(1, strlen(example) + 1);
	bool in_listeners = false, in_sample = false;
	const char *end;

	ck_assert_ptr_nonnull(out);
	for (; (end = strchr(example, '\n')) != NULL; example = end + 1) {
		bool skip = strncmp(example, "# ", 2) != 0;

		if (skip)
			continue;
		example += 2;
		if (example[0] != ' ')
			in_listeners = strncmp(example, "listeners:", 10) == 0;
		if (strncmp(example, "   ", 3) != 0)
			in_sample = begins_with_one(example, samples,
			    NROWS(samples));
		skip |= full && begins_with_one(example, shorts,
		    NROWS(shorts));
		skip |= !full && (in_listeners || in_sample ||
		    strncmp(example, "  document_root:", 16) == 0);
		if (!skip)
			strncat(out, example, (size_t)(end - example) + 1);
	}
	return out;
}

START_TEST(example_is_the_defaults)
{
	char *example = slurp("etc/mynahd.yaml"), *yaml, *want, *got;
	struct config *c = must_parse(example), *defaults = must_parse("");
	struct config *open;
	size_t len;

	want = print(defaults, &len);
	got = print(c, &len);
	ck_assert_str_eq(got, want);
	free(got);
	free(want);
	yaml = uncomment(example, false);
	open = must_parse(yaml);
	/* What the example cannot leave open. */
	defaults->listeners[0].protocol_said = true;
	free(defaults->sites->document_root);
	ck_assert_ptr_nonnull(defaults->sites->document_root =
	    strdup("/srv/www"));
	want = print(defaults, &len);
	got = print(open, &len);
	ck_assert_str_eq(got, want);
	free(got);
	free(want);
	free(yaml);
	free(example);
	config_free(open);
	config_free(c);
	config_free(defaults);
}
END_TEST

START_TEST(example_of_the_full_form)
{
	char *example = slurp("etc/mynahd.yaml");
	char *yaml = uncomment(example, true);
	struct config *c = must_parse(yaml);

	ck_assert_uint_eq(c->nlisteners, 3);
	ck_assert_uint_eq(c->listeners[0].port, 8080);
	ck_assert_str_eq(c->listeners[2].systemd, "web");
	ck_assert_str_eq(c->process.readable[0], "/srv/releases");
	ck_assert_ptr_nonnull(c->listeners[1].unix_path);
	ck_assert_uint_eq(c->sites->nerror_pages, 1);
	ck_assert_uint_eq(c->sites->nmime_types, 1);
	ck_assert_uint_eq(c->sites->nheaders, 1);
	ck_assert_uint_eq(c->sites->nredirects, 1);
	ck_assert_uint_eq(c->nsites, 2);
	free(yaml);
	free(example);
	config_free(c);
}
END_TEST

START_TEST(any_beginning_of_the_example)
{
	char *example = slurp("etc/mynahd.yaml"), *said;
	char *form[] = { uncomment(example, false), uncomment(example, true) };
	struct config *c;

	for (int i = 0; i < 2; i++) {
		for (size_t len = 0; len <= strlen(form[i]); len++) {
			c = parse_with(form[i], len, NULL, 0, &said);
			ck_assert_msg((c == NULL) ==
			    (strstr(said, ": error: ") != NULL),
			    "%zu: %s", len, said);
			free(said);
			config_free(c);
		}
		free(form[i]);
	}
	free(example);
}
END_TEST

/*
 * A line of the example with key and default; key is the leaf. Where the
 * default is empty there is an example below the key.
 */
static bool
has_line(const char *example, const char *leaf, const char *def)
{
	bool is_empty = def != NULL && (strcmp(def, "[]") == 0 ||
	    strcmp(def, "{}") == 0);
	char line[256];
	size_t n = (size_t)snprintf(line, sizeof(line), " %s:%s%s", leaf,
	    def == NULL || is_empty ? "" : " ",
	    def == NULL || is_empty ? "" : def);
	const char *at = example;

	for (; (at = strstr(at, line)) != NULL; at++)
		if (def == NULL || at[n] == '\n')
			return true;
	return false;
}

/* A default as the manual has it: quotes and backslashes are special. */
static void
to_mdoc(const char *def, char *out)
{
	for (; *def != '\0'; def++) {
		if (*def == '"')
			out = stpcpy(out, "\\&\"");
		else if (*def == '\\')
			out = stpcpy(out, "\\e");
		else
			*out++ = *def;
	}
	*out = '\0';
}

START_TEST(every_key_is_documented)
{
	char *example = slurp("etc/mynahd.yaml");
	char *manual = slurp("man/mynahd.yaml.5");
	char item[256], quoted[512];
	const char *name, *def, *help, *at, *next;

	for (size_t i = 0; config_key(i, &name, &def, &help); i++) {
		const char *dot = strrchr(name, '.');

		ck_assert_msg(has_line(example, dot == NULL ? name : dot + 1,
		    def), "%s is not in the example", name);
		snprintf(item, sizeof(item), ".It Ic %s : Ar ", name);
		at = strstr(manual, item);
		ck_assert_msg(at != NULL, "%s is not in the manual", name);
		next = strstr(at + 1, ".It Ic ");
		to_mdoc(def == NULL ? "" : def, quoted);
		at = strstr(at, def == NULL ? "efault" : quoted);
		ck_assert_msg(at != NULL && (next == NULL || at < next),
		    "%s has no default in the manual", name);
		ck_assert_msg(help != NULL && strlen(help) > 10 &&
		    strlen(help) < 70, "%s: %s", name, help);
	}
	ck_assert(!config_key(1000, &name, &def, &help));
	free(example);
	free(manual);
}
END_TEST

/* Values and words. */

static const struct {
	const char	*text;
	enum config_plain want;
} plains[] = {
	{ "", CONFIG_PLAIN_NULL }, { "~", CONFIG_PLAIN_NULL },
	{ "null", CONFIG_PLAIN_NULL }, { "nULL", CONFIG_PLAIN_TEXT },
	{ "true", CONFIG_PLAIN_BOOL }, { "FALSE", CONFIG_PLAIN_BOOL },
	{ "yes", CONFIG_PLAIN_TEXT }, { "0", CONFIG_PLAIN_NUMBER },
	{ "-12", CONFIG_PLAIN_NUMBER }, { "+12", CONFIG_PLAIN_NUMBER },
	{ "0o17", CONFIG_PLAIN_NUMBER }, { "0o18", CONFIG_PLAIN_TEXT },
	{ "0xaF", CONFIG_PLAIN_NUMBER }, { "0x", CONFIG_PLAIN_TEXT },
	{ "1.", CONFIG_PLAIN_NUMBER }, { ".5", CONFIG_PLAIN_NUMBER },
	{ ".", CONFIG_PLAIN_TEXT }, { "-", CONFIG_PLAIN_TEXT },
	{ "1e5", CONFIG_PLAIN_NUMBER }, { "1e", CONFIG_PLAIN_TEXT },
	{ "1e+5", CONFIG_PLAIN_NUMBER }, { "-.inf", CONFIG_PLAIN_NUMBER },
	{ ".nan", CONFIG_PLAIN_NUMBER }, { "1.2.3", CONFIG_PLAIN_TEXT },
	{ "1_000", CONFIG_PLAIN_TEXT }, { "30s", CONFIG_PLAIN_TEXT },
};

START_TEST(core_schema)
{
	ck_assert_msg(config_plain(slice_of(plains[_i].text)) ==
	    plains[_i].want, "%s", plains[_i].text);
}
END_TEST

static const struct {
	const char	*a, *b;
	size_t		 want;
} distances[] = {
	{ "", "", 0 }, { "a", "", 1 }, { "", "abc", 3 }, { "port", "port", 0 },
	{ "prot", "port", 1 }, { "PORT", "port", 0 }, { "pot", "port", 1 },
	{ "ports", "port", 1 }, { "htpp", "http", 1 }, { "host", "port", 2 },
	{ "abcd", "dcba", 3 },
};

START_TEST(distance_of_words)
{
	struct slice a = slice_of(distances[_i].a);
	struct slice b = slice_of(distances[_i].b);

	ck_assert_uint_eq(slice_distance(a, b), distances[_i].want);
	ck_assert_uint_eq(slice_distance(b, a), distances[_i].want);
}
END_TEST

/* The ends of every range can be written, and nothing past them. */
START_TEST(ranges_have_their_ends)
{
	char text[CONFIG_VALUE_MAX], why[CONFIG_TEXT_MAX];
	const struct config_key *key;
	uint64_t got;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++) {
		if (key->type != CONFIG_INT && key->type != CONFIG_SIZE &&
		    key->type != CONFIG_DURATION && key->type != CONFIG_RATE)
			continue;
		config_value_format(key, key->min, text);
		ck_assert_msg(config_value_parse(key, slice_of(text), &got,
		    why) && got == key->min, "%s", key->name);
		config_value_format(key, key->max, text);
		ck_assert_msg(config_value_parse(key, slice_of(text), &got,
		    why) && got == key->max, "%s", key->name);
		config_value_format(key, key->max + 1, text);
		ck_assert_msg(!config_value_parse(key, slice_of(text), &got,
		    why), "%s", key->name);
	}
}
END_TEST

static Suite *
config_suite(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("read");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, takes, 0, NROWS(taken));
	tcase_add_loop_test(t, refuses, 0, NROWS(refused));
	tcase_add_test(t, tells_all_errors_in_their_order);
	tcase_add_test(t, tells_only_the_break_of_broken_yaml);
	tcase_add_loop_test(t, shows_the_line, 0, NROWS(excerpts));
	tcase_add_loop_test(t, options_are_put_over_the_file, 0,
	    NROWS(options));
	tcase_add_test(t, options_have_paths_from_the_current_directory);
	tcase_add_test(t, has_defaults);
	tcase_add_test(t, listeners_know_their_lines);
	tcase_add_test(t, bounds_text);
	tcase_add_test(t, bounds_the_file);
	suite_add_tcase(s, t);

	t = tcase_create("files");
	tcase_add_unchecked_fixture(t, make_directory, remove_directory);
	tcase_add_test(t, loads_a_file);
	tcase_add_test(t, says_what_cannot_be_read);
	suite_add_tcase(s, t);

	t = tcase_create("print");
	tcase_add_loop_test(t, prints_what_reads_back_the_same, 0,
	    NROWS(hard));
	tcase_add_loop_test(t, prints_every_taken_row_twice_the_same, 0,
	    NROWS(taken));
	suite_add_tcase(s, t);

	t = tcase_create("documents");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, example_is_the_defaults);
	tcase_add_test(t, example_of_the_full_form);
	tcase_add_test(t, any_beginning_of_the_example);
	tcase_add_test(t, every_key_is_documented);
	suite_add_tcase(s, t);

	t = tcase_create("values");
	tcase_add_loop_test(t, core_schema, 0, NROWS(plains));
	tcase_add_loop_test(t, distance_of_words, 0, NROWS(distances));
	tcase_add_test(t, ranges_have_their_ends);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(config_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
