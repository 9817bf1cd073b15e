#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "proto/service.h"

#include <stdlib.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION	"0"
#endif

int
service_init(struct service *s, const struct config *config,
    struct docroot *root)
{
	*s = (struct service){ .config = config, .turn = 1,
	    .date_time = -1 };
	s->site.root = root;
	s->site.index = (const char *const *)config->sites->index;
	s->site.dotfiles = config->sites->dotfiles == CONFIG_DOTFILES_ALLOW;
	s->server_name = config->http.server_version ?
	    "mynah/" PACKAGE_VERSION : "mynah";
	s->fields = calloc(config->limits.header_count, sizeof(*s->fields));
	s->response = malloc(sizeof(*s->response));
	s->content = malloc(SERVICE_CONTENT_MAX);
	if (s->fields == NULL || s->response == NULL || s->content == NULL) {
		service_clear(s);
		return -1;
	}
	return 0;
}

void
service_clear(struct service *s)
{
	free(s->fields);
	free(s->response);
	free(s->content);
	s->content = NULL;
	s->fields = NULL;
	s->response = NULL;
}

const char *
service_date(struct service *s)
{
	time_t now = time(NULL);

	if (now != s->date_time) {
		http_date_format(now, s->date);
		s->date_time = now;
	}
	return s->date;
}
