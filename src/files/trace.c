#include "files/trace.h"

#include <errno.h>
#include <stdarg.h>

#include "files/path_fault.h"
#include "files/path_max.h"

/* The length of a control character at the front of s: C0, DEL or C1. */
static size_t
control_length(struct slice s)
{
	unsigned char c = (unsigned char)s.p[0];

	if (c < 0x20 || c == 0x7f)
		return 1;
	return c == 0xc2 && s.len > 1 && (s.p[1] & 0xe0) == 0x80 ? 2 : 0;
}

void
trace_put(struct slice s, FILE *out)
{
	size_t n;

	for (; s.len > 0; s.p++, s.len--) {
		if ((n = control_length(s)) == 0)
			fputc(s.p[0], out);
		else
			fprintf(out, "\\x%02x", (unsigned char)s.p[0]);
		if (n < 2)
			continue;
		s.p++;
		s.len--;
		fprintf(out, "\\x%02x", (unsigned char)s.p[0]);
	}
}

void
trace_say(const struct trace *t, const char *topic, const char *format, ...)
{
	char text[8192];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fprintf(t->out, "%-12s ", topic);
	trace_put(slice_of(text), t->out);
	fputc('\n', t->out);
}

void
trace_reason(const struct trace *t, const struct docroot *root,
    const char *path, int error)
{
	char whole[2 * PATH_MAX], why[2 * PATH_MAX];

	if (error == EXDEV) {
		trace_say(t, "reason", "a symbolic link in it is absolute, or "
		    "leads out of the document root; links must be relative "
		    "and stay inside");
		return;
	}
	if (error == ENXIO || error == ENODEV) {
		/* Of an index too, so that path need not be at fault. */
		trace_say(t, "reason", "what is there is a FIFO, a socket or "
		    "a device, and only regular files are served");
		return;
	}
	if (error == ELOOP) {
		trace_say(t, "reason", docroot_follows_links(root) ?
		    "symbolic links in it lead in a circle" :
		    "a part of it is a symbolic link, and none is followed "
		    "(http.symlinks)");
		return;
	}
	snprintf(whole, sizeof(whole), "%s/%s", docroot_path(root), path);
	path_fault_file(whole, error, why, sizeof(why));
	trace_say(t, "reason", "%s", why);
}
