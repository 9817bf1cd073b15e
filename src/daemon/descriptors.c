#include "daemon/descriptors.h"

#include <inttypes.h>

#include "base/log.h"

/*
 * Descriptors for everything but connections: files, sockets, the loop. Of
 * document roots there is one among them; each host of http.hosts may have
 * one more, with two descriptors.
 */
#define DESCRIPTORS_KEPT	64
#define AUTO_CONNECTIONS_MAX	65536

uint64_t
descriptors_connections(const struct config *config, uint64_t descriptors)
{
	uint64_t said = config->limits.max_connections, max;
	uint64_t hosts = 2 * (config->nsites - 1);
	uint64_t left = descriptors > hosts ? descriptors - hosts : 0;

	/* A download may need a second descriptor: an eighth is set aside. */
	max = left > 2 * DESCRIPTORS_KEPT ?
	    left - DESCRIPTORS_KEPT - left / 8 : left / 2;
	if (max == 0)
		max = 1;
	if (said > max)
		log_warning("limits.max_connections is %" PRIu64 ", but the "
		    "limit of %" PRIu64 " descriptors allows %" PRIu64
		    "; raise it to %" PRIu64 " (ulimit -Hn in a shell, "
		    "LimitNOFILE= in a systemd unit)", said, descriptors, max,
		    (said + DESCRIPTORS_KEPT) * 8 / 7 + 1 + hosts);
	if (said != CONFIG_AUTO)
		return said < max ? said : max;
	return max < AUTO_CONNECTIONS_MAX ? max : AUTO_CONNECTIONS_MAX;
}

/*
 * Of the descriptors that are set aside for files, half may stay open in the
 * cache; more than so many are of no use.
 */
#define DESCRIPTORS_CACHED	1024

unsigned
descriptors_for_files(uint64_t descriptors)
{
	return (unsigned)(descriptors / 32 > DESCRIPTORS_CACHED ?
	    DESCRIPTORS_CACHED : descriptors / 32);
}
