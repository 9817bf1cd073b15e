/*
 * http.hosts: a site for each host, which has from http what it does not say
 * itself.
 */
#include <stdlib.h>

#include "config/config_read.h"
#include "config/config_site.h"

static const struct config_key host_name = {
	"http.hosts.host", CONFIG_SITE_NAME, .of_site = true,
	.offset = offsetof(struct config_site, name), .min = 1, .max = 253
};

/* Make room for n sites after the first. */
static bool
make_room(struct config *config, size_t n)
{
	struct config_site *sites = reallocarray(config->sites, n + 1,
	    sizeof(*sites));

	if (sites == NULL)
		return false;
	config->sites = sites;
	return true;
}

/*
 * Two spellings of one name; the last of the sites is the new one. A name that
 * was refused is NULL.
 */
static void
check_repeated(struct config_reader *r, const struct config_node *key)
{
	const struct config_site *sites = r->config->sites;
	size_t last = r->config->nsites - 1;

	for (size_t i = 1; i < last; i++)
		if (sites[i].name != NULL &&
		    strcmp(sites[i].name, sites[last].name) == 0) {
			config_error_at(r->errors, key->begin, key->end,
			    "the host %s is already on line %d",
			    sites[i].name, sites[i].line);
			return;
		}
}

static void
read_host(struct config_reader *r, const struct config_key *key,
    const struct config_node *node)
{
	struct config_site *first = r->config->sites;
	struct config_site *site = first + r->config->nsites++;
	const struct config_target target = { .site = site };
	const struct config_input name = { config_node_text(node->key),
	    CONFIG_STYLE_ANY, NULL };
	char why[CONFIG_TEXT_MAX];

	*site = (struct config_site){ .line = (int)node->key->line };
	if (!config_site_copy(site, first)) {
		config_error_no_memory(r->errors);
		return;
	}
	if (!config_set(&target, &host_name, &name, why))
		config_read_error(r, node->key, why);
	else
		check_repeated(r, node->key);
	if (node->type == CONFIG_NODE_MAPPING)
		config_read_section(r, CONFIG_IN_SITE, node, &target);
	else if (node->type != CONFIG_NODE_BROKEN &&
	    !config_node_is_null(node))
		config_error_at(r->errors, node->begin, node->end, "a host "
		    "has keys of http below it, as in %s", key->example);
}

void
config_read_hosts(struct config_reader *r)
{
	const struct config_key *key =
	    config_table_find(CONFIG_IN_SITE, SLICE("hosts"));
	const struct config_node *node, *hosts =
	    config_node_find(config_node_find(r->root, CONFIG_IN_SITE),
	    "hosts");
	size_t n;

	if (hosts == NULL || config_node_is_null(hosts) ||
	    (n = config_read_count(r, key, hosts, CONFIG_NODE_MAPPING)) ==
	    SIZE_MAX)
		return;
	if (!make_room(r->config, n)) {
		config_error_no_memory(r->errors);
		return;
	}
	for (node = hosts->first; node != NULL; node = node->next)
		if (config_read_check_key(r, hosts, node))
			read_host(r, key, node);
}
