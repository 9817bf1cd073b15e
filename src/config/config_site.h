/*
 * config_site - the life of a site's configuration, by the rows of the table.
 */
#ifndef CONFIG_SITE_H
#define CONFIG_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "config/config_table.h"

/*
 * Fill to, which is zeroed, with the values of from; it gets no name and no
 * line, and has said nothing. Returns false if there is no memory; what to
 * has then is to be cleared.
 */
bool	config_site_copy(struct config_site *to,
	    const struct config_site *from)
	    __attribute__((warn_unused_result));

void	config_site_clear(struct config_site *site);

/*
 * Whether a site has this key: each member once, as the short names of the top
 * level are left out.
 */
bool	config_site_has(const struct config_key *key);

/* The bit of a key of a site in the member `said`. */
uint32_t	config_site_bit(const struct config_key *key);

#endif
