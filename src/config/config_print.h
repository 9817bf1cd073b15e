/*
 * config_print - one key as YAML, for those who compare and for config_print()
 * itself (config.h).
 */
#ifndef CONFIG_PRINT_H
#define CONFIG_PRINT_H

#include <stdio.h>

#include "config/config_table.h"

/*
 * Print the last part of a key's name and its value, which base holds at the
 * offset of the key, with a line feed. What takes more lines goes on below it,
 * indented by more than indent.
 */
void	config_print_row(const struct config_key *key, const char *base,
	    int indent, FILE *out);

#endif
