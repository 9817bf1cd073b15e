/*
 * access_line - one request as a line of the access log. Pure: no I/O, no
 * allocation, no state.
 *
 * common, combined: as Apache and nginx write them, byte for byte:
 *
 *	ADDR - - [21/Nov/2026:18:20:16 +0100] "GET / HTTP/1.1" 200 612
 *	    "REFERER" "AGENT"
 *
 * (in one line; common ends with the bytes), "-" for what is not there. Each
 * byte in the quotes that is a quote, a backslash, a control byte or not
 * ASCII is written as \xNN. json: an object a line, whose strings are UTF-8:
 * what is none is taken for Latin-1 and written as \u00NN, as are control
 * bytes.
 *
 * So no request can end a field or a line, whatever bytes it has. A value is
 * cut, and ends in "...", where its text would be longer than
 * ACCESS_VALUE_MAX.
 *
 * What is known when a request comes (the begin and the end of the line) is
 * written before its bytes are gone; the result, in the middle, when it is
 * answered.
 */
#ifndef ACCESS_LINE_H
#define ACCESS_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/slice.h"
#include "config/config.h"

#define ACCESS_VALUE_MAX	8208	/* a request line of 8 KiB is whole */
#define ACCESS_TIME_MAX		40
#define ACCESS_ADDR_MAX		48

struct access_line {
	struct slice	addr;		/* of the client, up to ACCESS_ADDR_MAX */
	struct slice	time;		/* access_line_time() */
	uint64_t	connection;	/* its number */
	uint64_t	request;	/* the number of the request on it */
	struct slice	line;		/* the request line, as far as it came */
	size_t		method;		/* of the line: its length, 0 if the
					   line is not a request's */
	struct slice	host;		/* no pointer: there is none */
	struct slice	referer;
	struct slice	agent;
};

struct access_result {
	int		 status;
	uint64_t	 bytes;		/* of the content, that were sent */
	uint64_t	 taken_us;
	const char	*end;		/* a word, see conn_end_name() */
	const char	*coding;	/* a word, or NULL */
};

/* The most bytes of each part. */
#define ACCESS_BEGIN_MAX	(2 * ACCESS_VALUE_MAX + 256)
#define ACCESS_RESULT_MAX	192
#define ACCESS_END_MAX		(3 * ACCESS_VALUE_MAX + 256)

/* The three parts of a line. Each returns the bytes written to out. */
size_t	access_line_begin(enum config_access_format format,
	    const struct access_line *l, char *out);
size_t	access_line_result(enum config_access_format format,
	    const struct access_result *r, char *out);
size_t	access_line_end(enum config_access_format format,
	    const struct access_line *l, char *out);

/*
 * A second as the format has it, in local time (see tzset()). out has at least
 * ACCESS_TIME_MAX bytes. The milliseconds of json, 000, can be set later.
 */
size_t	access_line_time(enum config_access_format format, time_t second,
	    char *out);
void	access_line_time_ms(enum config_access_format format, unsigned ms,
	    char *out);

#endif
