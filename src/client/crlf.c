#include "client/crlf.h"

size_t
crlf_put(bool *after_cr, const char *in, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (in[i] == '\n' && !*after_cr)
			out[n++] = '\r';
		out[n++] = in[i];
		*after_cr = in[i] == '\r';
	}
	return n;
}
