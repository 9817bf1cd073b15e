/*
 * save_fault - why a file cannot be saved there, in words.
 */
#ifndef SAVE_FAULT_H
#define SAVE_FAULT_H

#include <stddef.h>
#include <sys/stat.h>

#include "base/slice.h"

/* What comes behind the name of a file that is not there as a whole. */
#define SAVE_PART	".part"
#define SAVE_INFO	".part.info"

/*
 * The directory that name is in, without the slash at its end but for "/";
 * "." if name has none.
 */
struct slice	save_directory(const char *name);

/*
 * Say in out why name, or a name made of it, could not be looked at or made,
 * which failed with error_number: a part of the directory that is missing, a
 * name that is too long, no permission.
 */
void	save_fault(const char *name, int error_number, char *out,
	    size_t size);

/* What kind of file that is: "a directory". */
const char	*save_kind(mode_t mode);

#endif
