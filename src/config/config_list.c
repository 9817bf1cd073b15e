#include "config/config_list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

#define SIZE(rule)		.size = sizeof(struct config_##rule)
#define TEXTS(rule, a, b)	.ntexts = 2, .texts = { \
	offsetof(struct config_##rule, a), offsetof(struct config_##rule, b) }
#define LINE(rule)		.line = offsetof(struct config_##rule, line)

static const struct config_list types[] = {
	{ CONFIG_FIELDS, SIZE(field), TEXTS(field, name, value),
	  .line = SIZE_MAX },
	{ CONFIG_ERROR_PAGES, SIZE(error_page), .ntexts = 1,
	  .texts = { offsetof(struct config_error_page, path) },
	  LINE(error_page) },
	{ CONFIG_MIME_TYPES, SIZE(mime_type),
	  TEXTS(mime_type, extension, type), LINE(mime_type) },
	{ CONFIG_HEADERS, SIZE(headers), .ntexts = 1,
	  .texts = { offsetof(struct config_headers, match) },
	  LINE(headers) },
	{ CONFIG_REDIRECTS, SIZE(redirect), TEXTS(redirect, from, to),
	  LINE(redirect) },
};

const struct config_list *
config_list(enum config_type type)
{
	return &types[type - CONFIG_FIELDS];
}

/* The text at this offset of an element. */
static char **
text_at(void *element, size_t offset)
{
	return (char **)(void *)((char *)element + offset);
}

void
config_list_free(const struct config_list *type, void *list, size_t n)
{
	char *element = list;

	for (size_t i = 0; list != NULL && i < n; i++, element += type->size) {
		for (size_t t = 0; t < type->ntexts; t++)
			free(*text_at(element, type->texts[t]));
		if (type->type == CONFIG_HEADERS) {
			struct config_headers *rule = (void *)element;

			config_list_free(config_list(CONFIG_FIELDS),
			    rule->set, rule->nset);
		}
	}
	free(list);
}

/* Replace what a copied element shares with its original. */
static bool
unshare(const struct config_list *type, void *element)
{
	struct config_headers *rule = element;
	bool good = true;
	char **text;

	for (size_t t = 0; t < type->ntexts; t++) {
		text = text_at(element, type->texts[t]);
		if (*text != NULL)
			good = (*text = strdup(*text)) != NULL && good;
	}
	if (type->type == CONFIG_HEADERS && rule->nset > 0) {
		rule->set = config_list_copy(config_list(CONFIG_FIELDS),
		    rule->set, rule->nset);
		good = rule->set != NULL && good;
	}
	return good;
}

void *
config_list_copy(const struct config_list *type, const void *list, size_t n)
{
	char *copy;

	if (n == 0 || (copy = calloc(n, type->size)) == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		memcpy(copy + i * type->size,
		    (const char *)list + i * type->size, type->size);
		if (!unshare(type, copy + i * type->size)) {
			config_list_free(type, copy, i + 1);
			return NULL;
		}
	}
	return copy;
}

void
config_files_free(char **files)
{
	for (char **f = files; f != NULL && *f != NULL; f++)
		free(*f);
	free(files);
}

char **
config_files_copy(char *const *files)
{
	size_t n = 0;
	char **copy;

	while (files[n] != NULL)
		n++;
	if ((copy = calloc(n + 1, sizeof(*copy))) == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if ((copy[i] = strdup(files[i])) == NULL) {
			config_files_free(copy);
			return NULL;
		}
	return copy;
}
