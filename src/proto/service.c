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
    const struct sites *sites)
{
	*s = (struct service){ .config = config, .turn = 1,
	    .date_time = -1 };
	s->sites = sites;
	s->server_name = config->http.server_version ?
	    "mynah/" PACKAGE_VERSION : "mynah";
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
