/*
 * config_slip - broken YAML in plain words: what libyaml says, put so that
 * one sees what to write instead, with the usual slips recognised:
 * "host: *", "host: ::", "host: [::1]", tabs, "port:8080".
 */
#ifndef CONFIG_SLIP_H
#define CONFIG_SLIP_H

#include <stddef.h>

#include "config/config_error.h"

/*
 * Add the error of a scanner or parser.
 *
 * at		the byte of the file where it stopped
 * context	the byte where what it was reading began, or SIZE_MAX
 * problem	libyaml's words
 * doing	libyaml's words for what it was reading, or NULL
 */
void	config_slip(struct config_errors *errors, size_t at, size_t context,
	    const char *problem, const char *doing);

/* The same for a byte that may be in no YAML: not UTF-8, a control byte. */
void	config_slip_bytes(struct config_errors *errors, size_t at,
	    const char *problem);

#endif
