/*
 * mime - a file name to its media type, by extension, letters of any case.
 */
#ifndef MIME_H
#define MIME_H

#include "base/slice.h"
#include "config/config.h"
#include "http/http_multipart.h"

/*
 * The media type of a file name (the last path segment is looked at), with
 * "; charset=utf-8" on textual types; "application/octet-stream" for unknown
 * or missing extensions. A static string.
 */
const char	*mime_type_of(struct slice name);

/*
 * The same as a site has it: its own types first (mime_types), with or
 * without charset. Either a static string or written to buffer.
 */
const char	*mime_type_in(const struct config_site *site,
		    struct slice name, char buffer[static HTTP_MEDIA_TYPE_MAX]);

#endif
