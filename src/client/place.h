/*
 * place - the names that a file to be saved needs, NAME, NAME.part and
 * NAME.part.info, and whether what is there under the first and the last of
 * them is in the way. It is only looked at; see part.h for NAME.part, which is
 * looked at as it is opened.
 */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct place {
	char	*name;
	char	*part;
	char	*info;
	bool	 replace;	/* NAME may be there; set by the caller */
	bool	 resume;	/* -C, for the message if it is; the same */
};

/* Make the names. Returns 0, or -1 without memory; clear it in any case. */
int	place_init(struct place *p, const char *name)
	    __attribute__((warn_unused_result));
void	place_clear(struct place *p);

/*
 * Whether NAME can be the name of a file, NAME.part.info is not there or from
 * mynah, and place_is_free(). False with a sentence in error.
 */
bool	place_is_fit(const struct place *p, char *error, size_t size);

/*
 * Whether NAME is not there, or a file that may be replaced. False with a
 * sentence in error.
 */
bool	place_is_free(const struct place *p, char *error, size_t size);

/*
 * Read the first bytes of NAME.part.info, if it is one that mynah may have
 * made. Returns how many, at most size, or -1.
 */
ssize_t	place_read_info(const struct place *p, char *out, size_t size);

#endif
