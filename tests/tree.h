/*
 * tree - what tests of src/files share: a directory tree of their own, the
 * log while it is caught, requests from bytes, answers as text.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/slice.h"
#include "files/site.h"
#include "http/http_request.h"
#include "http/http_response.h"

/* A string for a configuration, whose strings are not const. */
#define TEXT(lit)	((char[]){ lit })

/*
 * Make an empty directory for this program, and remove it with all in it:
 * the two of an unchecked fixture.
 */
void	 tree_make(void);
void	 tree_remove(void);

/* The path of name in it; valid for some calls. "" is the directory itself. */
char	*tree_path(const char *name);

void	 tree_directory(const char *name);
void	 tree_file(const char *name, const char *content);
void	 tree_bytes(const char *name, const void *bytes, size_t len);
void	 tree_link(const char *target, const char *name);
void	 tree_stamp(const char *name, time_t sec, long nsec);

/* A new directory, empty; the one of that name is moved out of the way. */
void	 tree_anew(const char *name);

/* Give it a date of long ago: whatever is done to it next will show. */
void	 tree_settle(const char *name);

/* A site over the directory name; its configuration can be changed. */
struct tree_site {
	struct config_site	config;
	struct site		site;
	struct sites		sites;	/* of it alone */
};

/* Defaults as a configuration has them; nothing precompressed. */
void	 tree_site_open(struct tree_site *s, const char *name);
void	 tree_site_close(struct tree_site *s);

/* Whether links beneath a document root are followed here: not everywhere. */
bool	 tree_follows_links(void);

/* Run a function as somebody who is not root; its result, or -1. */
int	 tree_as_nobody(int (*run)(void *), void *arg);

/* Descriptors that are open; -1 where the system does not tell. */
int	 tree_descriptors(void);

/* Take over the standard error; give it back and return what was said. */
void		 catch_begin(void);
const char	*catch_end(void);

/* A whole request, parsed. Valid until the next call. */
const struct http_request	*asked(const char *bytes);

/* "GET target", with Host and further field lines. */
const struct http_request	*asked_get(const char *target,
				    const char *fields);

/* The field lines of an answer as a string; one value, or NULL. */
const char	*answer_fields(const struct http_response *res);
const char	*answer_field(const struct http_response *res,
		    const char *name);

/* Whether the text of a page has these words. */
bool	 answer_says(const struct http_response *res, const char *words);

/* The bytes of the file that an answer sends, from offset on. */
const char	*answer_content(const struct http_response *res);

/* Let go of what an answer holds. */
void	 answer_done(struct http_response *res);

#endif
