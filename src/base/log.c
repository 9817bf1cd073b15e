#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static enum log_level max_level = LOG_LEVEL_INFO;

void
log_set_level(enum log_level level)
{
	max_level = level;
}

int
log_has_level(enum log_level level)
{
	return level <= max_level;
}

/* Copy text to out, control bytes as \xNN; returns the bytes written. */
static size_t
escape(const char *text, char *out, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *text != '\0' && n + 4 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c != 0x7f) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	return n;
}

static void
write_line(enum log_level level, const char *format, va_list ap)
{
	static const char *const prefix[] = {
		"mynahd: error: ", "mynahd: warning: ", "mynahd: ", "mynahd: "
	};
	char text[LOG_LINE_MAX], line[LOG_LINE_MAX + 32];
	size_t n;
	int saved = errno;

	if (!log_has_level(level))
		return;
	vsnprintf(text, sizeof(text), format, ap);
	n = (size_t)snprintf(line, sizeof(line), "%s", prefix[level]);
	n += escape(text, line + n, sizeof(line) - n - 1);
	line[n++] = '\n';
	/* One write, so that lines of several processes do not mix. */
	if (write(STDERR_FILENO, line, n) == -1) {
		/* Nobody is left to tell. */
	}
	errno = saved;
}

void
log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_ERROR, format, ap);
	va_end(ap);
}

void
log_warning(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_WARNING, format, ap);
	va_end(ap);
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_INFO, format, ap);
	va_end(ap);
}

void
log_debug(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_DEBUG, format, ap);
	va_end(ap);
}
