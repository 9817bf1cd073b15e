#include "config/config_changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_print.h"
#include "config/config_site.h"
#include "config/config_table.h"

#define NAME_MAX_BYTES	512

/* Who is to be told, and what went wrong on the way. */
struct teller {
	config_change_fn	*fn;
	void			*arg;
	bool			 no_memory;
};

/*
 * The value of a key as it is printed. Values are alike if they read alike,
 * so that no type needs a comparison of its own. NULL without memory.
 */
static char *
text_of(const struct config_key *key, const char *base)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL)
		return NULL;
	config_print_row(key, base, 0, out);
	if (fclose(out) == EOF || len == 0) {
		free(text);
		return NULL;
	}
	text[len - 1] = '\0';
	return text;
}

/* What stands behind "key: ", or NULL if it takes more lines. */
static const char *
value_of(const struct config_key *key, const char *text)
{
	const char *value = text + strlen(config_key_leaf(key)) + 1;

	return value[0] == ' ' && strchr(value, '\n') == NULL ? value + 1 :
	    NULL;
}

/* section is in place of that of the key: "http.hosts.a.example". */
static void
tell(struct teller *t, const struct config_key *key, const char *section,
    const char *before, const char *now)
{
	char name[NAME_MAX_BYTES], words[NAME_MAX_BYTES];
	struct config_change change = { .name = key->name, .now = words,
	    .before = value_of(key, before), .reloadable = key->reloadable };
	const char *value = value_of(key, now);

	if (section != NULL) {
		snprintf(name, sizeof(name), "http.hosts.%s.%s", section,
		    config_key_leaf(key));
		change.name = name;
	}
	if (value != NULL)
		snprintf(words, sizeof(words), "is %s", value);
	else
		snprintf(words, sizeof(words), "has changed");
	t->fn(t->arg, &change);
}

static void
compare_key(struct teller *t, const struct config_key *key,
    const char *section, const void *before, const void *now)
{
	char *was = text_of(key, before), *is = text_of(key, now);

	if (was == NULL || is == NULL)
		t->no_memory = true;
	else if (strcmp(was, is) != 0)
		tell(t, key, section, was, is);
	free(was);
	free(is);
}

/* What neither host says itself is the same as that of http. */
static void
compare_hosts(struct teller *t, const struct config_site *before,
    const struct config_site *now)
{
	const struct config_key *key;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++)
		if (config_site_has(key) && ((before->said | now->said) &
		    config_site_bit(key)) != 0)
			compare_key(t, key, now->name, before, now);
}

static const struct config_site *
find_host(const struct config *config, const char *name)
{
	for (size_t i = 1; i < config->nsites; i++)
		if (strcmp(config->sites[i].name, name) == 0)
			return &config->sites[i];
	return NULL;
}

static void
tell_host(struct teller *t, const char *host, const char *now)
{
	char name[NAME_MAX_BYTES];
	const struct config_change change = { .name = name, .now = now,
	    .reloadable = true };

	snprintf(name, sizeof(name), "http.hosts.%s", host);
	t->fn(t->arg, &change);
}

static void
compare_all_hosts(struct teller *t, const struct config *before,
    const struct config *now)
{
	const struct config_site *site, *other;

	for (size_t i = 1; i < now->nsites; i++) {
		site = &now->sites[i];
		if ((other = find_host(before, site->name)) == NULL)
			tell_host(t, site->name, "is new");
		else
			compare_hosts(t, other, site);
	}
	for (size_t i = 1; i < before->nsites; i++)
		if (find_host(now, before->sites[i].name) == NULL)
			tell_host(t, before->sites[i].name, "is gone");
}

int
config_changes(const struct config *before, const struct config *now,
    config_change_fn *fn, void *arg)
{
	struct teller t = { .fn = fn, .arg = arg };
	const struct config_key *key;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++) {
		if (config_site_has(key))
			compare_key(&t, key, NULL, before->sites, now->sites);
		else if (!key->of_site && !key->of_listener &&
		    !key->of_rule && key->type != CONFIG_HOSTS)
			compare_key(&t, key, NULL, before, now);
	}
	compare_all_hosts(&t, before, now);
	return t.no_memory ? -1 : 0;
}
