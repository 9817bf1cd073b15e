#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "proto/service.h"

#include <stdlib.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION	"0"
#endif

static const char *
server_name(const struct config *config)
{
	return config->http.server_version ? "mynah/" PACKAGE_VERSION :
	    "mynah";
}

int
service_init(struct service *s, const struct config *config,
    struct sites *sites)
{
	*s = (struct service){ .config = config, .turn = 1,
	    .common_time = -1 };
	s->sites = sites;
	s->server_name = server_name(config);
	s->fields = calloc(config->limits.header_count, sizeof(*s->fields));
	s->response = malloc(sizeof(*s->response));
	if (s->fields == NULL || s->response == NULL) {
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
	s->fields = NULL;
	s->response = NULL;
	generation_unref(s->generation);
	s->generation = NULL;
}

int
service_renew(struct service *s, struct generation *g)
{
	struct http_field *fields;

	fields = calloc(g->config->limits.header_count, sizeof(*fields));
	if (fields == NULL)
		return -1;
	free(s->fields);
	s->fields = fields;
	s->server_name = server_name(g->config);
	s->common_time = -1;
	/* Of all that was looked up in this turn nothing was by these. */
	g->sites.turn = s->sites->turn + 1;
	generation_ref(g);
	generation_unref(s->generation);
	s->generation = g;
	s->config = g->config;
	s->sites = &g->sites;
	return 0;
}

struct slice
service_common(struct service *s)
{
	time_t now = time(NULL);
	char date[HTTP_DATE_LEN + 1];

	if (now != s->common_time) {
		http_date_format(now, date);
		s->common_len = http_response_common(date, s->server_name,
		    s->common);
		s->common_time = now;
	}
	return (struct slice){ s->common, s->common_len };
}
