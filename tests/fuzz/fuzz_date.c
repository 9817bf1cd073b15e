/*
 * Dates: each time that can be written is read as itself, and each text that
 * can be read names a time that can be written and read.
 */
#include "fuzz.h"

#include "http/http_date.h"

#define FIRST	INT64_C(-62167219200)
#define LAST	INT64_C(253402300799)
#define NOW	((time_t)1785240000)

static void
check_time(time_t t)
{
	char text[HTTP_DATE_LEN + 1];
	time_t back;

	http_date_format(t, text);
	REQUIRE(strlen(text) == HTTP_DATE_LEN);
	REQUIRE(http_date_parse(slice_of(text), NOW, &back));
	REQUIRE(t < FIRST || t > LAST || back == t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = { (const char *)data, size };
	time_t t = 7, now = NOW;
	int64_t number;

	if (size >= sizeof(number)) {
		memcpy(&number, data, sizeof(number));
		check_time((time_t)number);
		check_time((time_t)(number % LAST));
		now = (time_t)number;
	}
	if (http_date_parse(s, NOW, &t)) {
		REQUIRE(t >= FIRST && t <= LAST);
		check_time(t);
		/* Not always: a leap day may lose its year. */
		(void)http_date_parse(s, now, &t);
	} else {
		REQUIRE(t == 7);
	}
	return 0;
}
