/*
 * config - the configuration, version 1: one YAML file to one typed struct.
 *
 * Every error is collected with its position (lines and columns counted
 * from 1) and printed in one go:
 *
 *	mynahd.yaml:3:1: error: unknown key "prot"; did you mean "port"?
 *	  3 | prot: 8080
 *	    | ^~~~
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/log.h"

#define CONFIG_UNLIMITED	UINT64_MAX
#define CONFIG_AUTO		0	/* limits.max_connections: auto */

enum config_protocol {
	CONFIG_PROTOCOL_AUTO,
	CONFIG_PROTOCOL_HTTP,
	CONFIG_PROTOCOL_ECHO,
	CONFIG_PROTOCOL_WELCOME
};

enum config_dotfiles { CONFIG_DOTFILES_DENY, CONFIG_DOTFILES_ALLOW };
enum config_symlinks { CONFIG_SYMLINKS_INSIDE, CONFIG_SYMLINKS_NEVER };
enum config_listing {
	CONFIG_LISTING_NONE,
	CONFIG_LISTING_HTML,
	CONFIG_LISTING_JSON
};
enum config_charset { CONFIG_CHARSET_UTF8, CONFIG_CHARSET_NONE };
enum config_access_format {
	CONFIG_ACCESS_COMBINED,
	CONFIG_ACCESS_COMMON,
	CONFIG_ACCESS_JSON
};
enum config_sandbox {
	CONFIG_SANDBOX_AUTO,
	CONFIG_SANDBOX_REQUIRED,
	CONFIG_SANDBOX_NONE
};
enum config_coding { CONFIG_ZSTD, CONFIG_BR, CONFIG_GZIP, CONFIG_CODINGS };

struct config_listener {
	char			*name;		/* "" if it was not given one */
	char			*host;		/* NULL if another is set */
	uint64_t		 port;
	char			*unix_path;	/* NULL for TCP */
	mode_t			 mode;		/* of the Unix socket */
	char			*systemd;	/* a socket handed over, or
						   NULL */
	uint64_t		 backlog;
	bool			 reuse_port;
	enum config_protocol	 protocol;
	bool			 protocol_said;	/* not left at its default */
	int			 line;		/* 0: short form, options */
};

struct config_field {
	char	*name;
	char	*value;
};

/* Fields to set on the answers for some paths. */
struct config_headers {
	char			*match;	/* a pattern, config_pattern.h */
	struct config_field	*set;
	size_t			 nset;
	int			 line;		/* in the file */
};

struct config_redirect {
	char	*from;		/* a pattern */
	char	*to;		/* a path or a URL; "*" at its end: the rest */
	int	 status;
	int	 line;
};

struct config_error_page {
	int	 status;
	char	*path;		/* begins with "/", beneath the root */
	int	 line;
};

struct config_mime_type {
	char	*extension;	/* without its dot, lower case */
	char	*type;
	int	 line;
};

/* How one site is served: the keys of http, or of one of http.hosts. */
struct config_site {
	char			*name;	/* of the host, lower case, or "" */
	int			 line;		/* of the host in the file */
	uint32_t		 said;		/* of a host: its own keys, see
						   config_site_bit() */
	char			*document_root;	/* absolute, or "" if unset */
	char			**index;	/* NULL-terminated */
	enum config_listing	 listing;
	enum config_dotfiles	 dotfiles;
	enum config_symlinks	 symlinks;
	enum config_coding	 precompressed[CONFIG_CODINGS];
	size_t			 nprecompressed; /* the best one first */
	char			*fallback;	/* a path, or "" for none */
	bool			 clean_urls;
	enum config_charset	 charset;
	struct config_error_page *error_pages;
	size_t			 nerror_pages;
	struct config_headers	*headers;
	size_t			 nheaders;
	struct config_redirect	*redirects;
	size_t			 nredirects;
	struct config_mime_type	*mime_types;
	size_t			 nmime_types;
};

struct config {
	char			*file;		/* as given, "" without one */

	struct config_listener	*listeners;	/* at least one */
	size_t			 nlisteners;

	struct {
		char		*message;	/* with its line end */
		size_t		 message_len;
	} welcome;

	struct {
		char		*prefix;
		size_t		 prefix_len;
		uint64_t	 idle_timeout_ms;
	} echo;

	struct {
		bool		 server_version;
	} http;

	struct config_site	*sites;	/* the first for all other hosts */
	size_t			 nsites;	/* at least 1 */

	struct {
		uint64_t	max_connections;	/* CONFIG_AUTO */
		uint64_t	connections_per_address;
		uint64_t	requests_per_connection;
		uint64_t	detect_timeout_ms;
		uint64_t	header_timeout_ms;
		uint64_t	idle_timeout_ms;
		uint64_t	min_rate;		/* bytes a second; 0: none */
		uint64_t	request_line;		/* bytes */
		uint64_t	header_bytes;
		uint64_t	header_count;
		uint64_t	body;
	} limits;

	struct {
		uint64_t	entries;	/* 0: nothing is kept */
		uint64_t	memory;		/* bytes */
		uint64_t	max_file;	/* bytes */
	} cache;

	struct {
		char		*error_target;	/* stderr, syslog or a path */
		enum log_level	 error_level;
		char		*access_target;	/* none, stdout or a path */
		enum config_access_format access_format;
	} log;

	struct {
		char		*user;		/* "" if unset */
		char		*group;
		char		*pid_file;	/* absolute, or "" */
		bool		 daemon;
		enum config_sandbox sandbox;
		char		**readable;	/* absolute; NULL-terminated */
		uint64_t	 grace_ms;
	} process;
};

/* A key of the short form given on the command line. */
struct config_option {
	const char	*key;		/* "port"; also "process.user" */
	const char	*value;
	const char	*said;		/* as typed, for errors: "--port" */
};

/*
 * Read the file (NULL: none, all defaults), then put the options over it.
 *
 * default_root	the document_root where none is configured
 * options	n of them; they replace keys of the file's short form
 * errors	where errors are printed, all of them
 *
 * Returns the configuration, to be freed, or NULL after at least one error.
 * Unreadable files and lack of memory are errors like any other.
 */
struct config	*config_load(const char *file, const char *default_root,
		    const struct config_option *options, size_t n,
		    FILE *errors) __attribute__((warn_unused_result));

/*
 * The same from memory, for tests and fuzzing. name stands for the file in
 * errors; relative paths are relative to dir.
 */
struct config	*config_parse(const char *name, const char *dir,
		    const char *text, size_t len, const char *default_root,
		    const struct config_option *options, size_t n,
		    FILE *errors) __attribute__((warn_unused_result));

void	config_free(struct config *config);

/*
 * Print what is in force as YAML that config_load() reads back the same. A
 * protocol that nobody said is printed as a comment, so that it stays unsaid;
 * no root at all is left out.
 */
void	config_print(const struct config *config, FILE *out);

/*
 * One key of the table, for the test that manuals and example are whole:
 * its dotted name ("limits.header_timeout", "listeners[].port"), its default
 * as it would be written in YAML, NULL where there is none (document_root,
 * a listener's name, port and unix), its line of help. Returns false past the
 * end.
 */
bool	config_key(size_t i, const char **name, const char **default_text,
	    const char **help);

#endif
