#include "client/echo_report.h"

#include <inttypes.h>
#include <stdbool.h>

#include "base/plural.h"

/* Columns of a row: "< 4194304 us  ##### 17". */
#define LABEL_WIDTH	7
#define BAR_WIDTH	40

#define ROWS_MAX	64

/* Rows from the first to the last one that is not empty. */
struct rows {
	unsigned	first;
	unsigned	end;
	uint64_t	most;
	uint64_t	counts[ROWS_MAX];
};

/* Rows end at 1 us, 2 us, 4 us and so on. */
static uint64_t
row_end(unsigned row)
{
	return UINT64_C(1) << row;
}

static void
count_rows(const struct histogram *h, struct rows *rows)
{
	uint64_t first = 0;

	*rows = (struct rows){ .first = ROWS_MAX };
	for (unsigned i = 0; i < ROWS_MAX; i++) {
		rows->counts[i] = histogram_between(h, first, row_end(i));
		first = row_end(i);
		if (rows->counts[i] == 0)
			continue;
		if (rows->first == ROWS_MAX)
			rows->first = i;
		rows->end = i + 1;
		if (rows->most < rows->counts[i])
			rows->most = rows->counts[i];
	}
}

static double
a_second(uint64_t n, uint64_t us)
{
	return us == 0 ? 0 : (double)n * 1e6 / (double)us;
}

/* ---- for people ---- */

static void
print_rate(const struct echo_report *r, FILE *out)
{
	double bytes = a_second(r->count->bytes, r->elapsed_us);
	bool large = bytes >= 1024 * 1024;

	fprintf(out, "rate         %.1f messages/s, %.1f %s/s each way\n",
	    a_second(r->count->messages, r->elapsed_us),
	    bytes / (large ? 1024 * 1024 : 1024), large ? "MiB" : "KiB");
}

/* What is there at all has a bar. */
static void
print_row(uint64_t end, uint64_t count, uint64_t most, FILE *out)
{
	static const char bar[BAR_WIDTH + 1] =
	    "########################################";
	double share = (double)count / (double)most;
	int width = (int)(share * BAR_WIDTH + 0.5);

	if (width == 0 && count > 0)
		width = 1;
	fprintf(out, "< %*" PRIu64 " us  %-*.*s %" PRIu64 "\n", LABEL_WIDTH,
	    end, BAR_WIDTH, width, bar, count);
}

static void
print_times(const struct histogram *h, FILE *out)
{
	struct rows rows;

	fprintf(out, "round trip   p50 %" PRIu64 " us, p99 %" PRIu64
	    " us, max %" PRIu64 " us\n\n", histogram_at(h, 0.5),
	    histogram_at(h, 0.99), h->max);
	count_rows(h, &rows);
	for (unsigned i = rows.first; i < rows.end; i++)
		print_row(row_end(i), rows.counts[i], rows.most, out);
}

void
echo_report_print(const struct echo_report *r, FILE *out)
{
	const struct probe_count *c = r->count;

	fprintf(out, "messages     %" PRIu64 " of %" PRIu64 " byte%s, on %"
	    PRIu64 " connection%s\n", c->messages, r->size, plural(r->size),
	    r->connections, plural(r->connections));
	fprintf(out, "bytes        %" PRIu64 " each way\n", c->bytes);
	fprintf(out, "errors       %" PRIu64 "\n", r->errors);
	fprintf(out, "seed         %" PRIu64 "\n", r->seed);
	if (c->splits > 0)
		fprintf(out, "split reads  %" PRIu64 "\n", c->splits);
	fprintf(out, "time         %.3f s\n", (double)r->elapsed_us / 1e6);
	print_rate(r, out);
	if (c->messages > 0)
		print_times(&c->us, out);
}

/* ---- for programs ---- */

static void
print_rows_json(const struct histogram *h, FILE *out)
{
	struct rows rows;

	count_rows(h, &rows);
	fputs("\"round_trips\":[", out);
	for (unsigned i = rows.first; i < rows.end; i++)
		fprintf(out, "%s{\"below_us\":%" PRIu64 ",\"messages\":%"
		    PRIu64 "}", i == rows.first ? "" : ",", row_end(i),
		    rows.counts[i]);
	fputs("]", out);
}

static void
print_times_json(const struct histogram *h, FILE *out)
{
	if (h->count == 0)
		fputs("\"round_trip_p50_us\":null,"
		    "\"round_trip_p99_us\":null,"
		    "\"round_trip_max_us\":null,", out);
	else
		fprintf(out, "\"round_trip_p50_us\":%" PRIu64 ","
		    "\"round_trip_p99_us\":%" PRIu64 ","
		    "\"round_trip_max_us\":%" PRIu64 ",",
		    histogram_at(h, 0.5), histogram_at(h, 0.99), h->max);
	print_rows_json(h, out);
}

void
echo_report_print_json(const struct echo_report *r, FILE *out)
{
	const struct probe_count *c = r->count;

	fprintf(out, "{\"exit_status\":%d,\"errors\":%" PRIu64 ","
	    "\"connections\":%" PRIu64 ",\"message_bytes\":%" PRIu64 ","
	    "\"seed\":%" PRIu64 ",\"messages\":%" PRIu64 ","
	    "\"bytes\":%" PRIu64 ",\"split_reads\":%" PRIu64 ",",
	    r->status, r->errors, r->connections, r->size, r->seed,
	    c->messages, c->bytes, c->splits);
	fprintf(out, "\"seconds\":%.6f,\"messages_per_second\":%.1f,"
	    "\"bytes_per_second\":%.0f,", (double)r->elapsed_us / 1e6,
	    a_second(c->messages, r->elapsed_us),
	    a_second(c->bytes, r->elapsed_us));
	print_times_json(&c->us, out);
	fputs("}\n", out);
}
