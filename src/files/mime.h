/*
 * mime - a file name to its media type, by extension, letters of any case.
 */
#ifndef MIME_H
#define MIME_H

#include "base/slice.h"

/*
 * The media type of a file name (the last path segment is looked at), with
 * "; charset=utf-8" on textual types; "application/octet-stream" for unknown
 * or missing extensions. A static string.
 */
const char	*mime_type_of(struct slice name);

#endif
