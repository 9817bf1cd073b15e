/*
 * config_list - the arrays of structs that lists and maps are kept in: one
 * row each with the size of an element and the texts that it owns.
 */
#ifndef CONFIG_LIST_H
#define CONFIG_LIST_H

#include <stddef.h>

#include "config/config_table.h"

#define CONFIG_LIST_TEXTS	2

struct config_list {
	enum config_type	type;
	size_t			size;		/* of an element */
	size_t			ntexts;
	size_t			texts[CONFIG_LIST_TEXTS];	/* char * */
	size_t			line;		/* int; SIZE_MAX: has none */
};

/* The row of a type from CONFIG_FIELDS to CONFIG_REDIRECTS. */
const struct config_list	*config_list(enum config_type type);

/* Free n elements with all that they own; list may be NULL. */
void	config_list_free(const struct config_list *type, void *list, size_t n);

/* A copy of n elements with all that they own; NULL if n is 0 or no memory. */
void	*config_list_copy(const struct config_list *type, const void *list,
	    size_t n);

/* The same for CONFIG_FILES, whose list ends in NULL. */
void	config_files_free(char **files);
char	**config_files_copy(char *const *files);

#endif
