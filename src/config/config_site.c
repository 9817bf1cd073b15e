#include "config/config_site.h"

#include <stdlib.h>
#include <string.h>

#include "config/config_list.h"

bool
config_site_has(const struct config_key *key)
{
	return key->of_site && config_key_section(key).len > 0;
}

/* The bytes of a value that is kept within the struct; 0 for pointers. */
static size_t
size_of(const struct config_key *key)
{
	switch (key->type) {
	case CONFIG_BOOL:
		return sizeof(bool);
	case CONFIG_WORD:
		return sizeof(int);
	case CONFIG_WORDS:
		return key->max * sizeof(int);
	default:
		return 0;
	}
}

static size_t
count_of(const struct config_key *key, const char *site)
{
	size_t n;

	memcpy(&n, site + key->len_offset, sizeof(n));
	return n;
}

static bool
copy_value(const struct config_key *key, char *to, const char *from)
{
	const void *old;
	void *copy = NULL;

	if (key->len_offset != 0)
		memcpy(to + key->len_offset, from + key->len_offset,
		    sizeof(size_t));
	if (size_of(key) > 0) {
		memcpy(to + key->offset, from + key->offset, size_of(key));
		return true;
	}
	memcpy(&old, from + key->offset, sizeof(old));
	if (config_type_is_text(key->type))
		copy = strdup(old);
	else if (key->type == CONFIG_FILES)
		copy = config_files_copy((char *const *)old);
	else if (count_of(key, from) > 0)
		copy = config_list_copy(config_list(key->type), old,
		    count_of(key, from));
	else
		return true;
	memcpy(to + key->offset, &copy, sizeof(copy));
	return copy != NULL;
}

bool
config_site_copy(struct config_site *to, const struct config_site *from)
{
	const struct config_key *key;
	bool good = true;

	for (size_t i = 0; good && (key = config_table(i)) != NULL; i++)
		if (config_site_has(key))
			good = copy_value(key, (char *)to, (const char *)from);
	return good;
}

static void
clear_value(const struct config_key *key, char *site)
{
	void *old;

	if (size_of(key) > 0)
		return;
	memcpy(&old, site + key->offset, sizeof(old));
	if (config_type_is_text(key->type))
		free(old);
	else if (key->type == CONFIG_FILES)
		config_files_free(old);
	else
		config_list_free(config_list(key->type), old,
		    count_of(key, site));
}

void
config_site_clear(struct config_site *site)
{
	const struct config_key *key;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++)
		if (config_site_has(key))
			clear_value(key, (char *)site);
	free(site->name);
	*site = (struct config_site){ .line = 0 };
}

uint32_t
config_site_bit(const struct config_key *key)
{
	const struct config_key *other;
	uint32_t bit = 1;

	for (size_t i = 0; (other = config_table(i)) != key; i++)
		if (config_site_has(other))
			bit <<= 1;
	return bit;
}
