/*
 * service - what all connections are served with: the configuration, the
 * sites, the number of the turn, and scratch memory that one request at a
 * time uses. One thread, so one of each is enough.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "config/config.h"
#include "files/generation.h"
#include "files/site.h"
#include "http/http_date.h"
#include "http/http_fields.h"
#include "http/http_response.h"

struct access_log;

struct service {
	struct generation	*generation;	/* NULL: both live long */
	const struct config	*config;
	struct sites		*sites;
	uint64_t		 turn;		/* of the event loop */
	uint64_t		 listed_turn;	/* the last one with a listing */
	unsigned		 listings;	/* in the making */
	uint64_t		 listing_bytes;	/* of those on their way out */
	bool			 stopping;	/* finish, promise no more */
	const char		*server_name;	/* the Server field */
	struct access_log	*access;	/* or NULL: none is kept */

	struct http_field	*fields;	/* limits.header_count of them */
	struct http_response	*response;
	time_t			 common_time;	/* the date that it says */
	size_t			 common_len;
	char			 common[HTTP_COMMON_MAX];
};

/*
 * Fill in a service for config and sites, which must outlive it. Returns 0,
 * or -1 without memory.
 */
int	service_init(struct service *s, const struct config *config,
	    struct sites *sites);
void	service_clear(struct service *s);

/*
 * Serve from g from here on, of which a reference is taken; that to the one
 * before is let go. Returns 0, or -1 without memory, and nothing has changed.
 */
int	service_renew(struct service *s, struct generation *g)
	    __attribute__((warn_unused_result));

/*
 * What is asked from here on may have been sent after files were looked at in
 * this turn: look at them again.
 */
static inline void
service_look_again(struct service *s)
{
	s->sites->turn++;
}

/* Date, now, and Server as lines of a head; made anew once a second. */
struct slice	service_common(struct service *s);

#endif
