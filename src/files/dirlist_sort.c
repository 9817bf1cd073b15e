/* The order of entries: runs that are sorted one a step, and their merging. */
#include <stdlib.h>

#include "files/dirlist_impl.h"

/* Bytes are compared: the order is the same for everybody. */
static int
order_names(const struct dirlist_entry *a, const struct dirlist_entry *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int result = memcmp(a->name, b->name, len);

	return result != 0 ? result : (a->len > b->len) - (a->len < b->len);
}

/*
 * Directories come first, whichever way. What is equal is in the order of
 * its names, and not in the reverse: directories have no size.
 */
static inline int
order(const void *pa, const void *pb, enum dirlist_sort sort, bool descending)
{
	const struct dirlist_entry *a = *(struct dirlist_entry *const *)pa;
	const struct dirlist_entry *b = *(struct dirlist_entry *const *)pb;
	int64_t x, y;
	int result;

	if (a->is_directory != b->is_directory)
		return a->is_directory ? -1 : 1;
	if (sort == DIRLIST_NAME)
		return descending ? order_names(b, a) : order_names(a, b);
	x = sort == DIRLIST_SIZE ? a->size : a->modified;
	y = sort == DIRLIST_SIZE ? b->size : b->modified;
	result = (x > y) - (x < y);
	if (result == 0)
		return order_names(a, b);
	return descending ? -result : result;
}

/* qsort() hands no argument through, and qsort_r() is not the same anywhere. */
#define COMPARE(name, sort, descending) \
	static int \
	name(const void *a, const void *b) \
	{ \
		return order(a, b, sort, descending); \
	}

COMPARE(name_up, DIRLIST_NAME, false)
COMPARE(name_down, DIRLIST_NAME, true)
COMPARE(size_up, DIRLIST_SIZE, false)
COMPARE(size_down, DIRLIST_SIZE, true)
COMPARE(time_up, DIRLIST_TIME, false)
COMPARE(time_down, DIRLIST_TIME, true)

static int (*const compare[][2])(const void *, const void *) = {
	[DIRLIST_NAME] = { name_up, name_down },
	[DIRLIST_SIZE] = { size_up, size_down },
	[DIRLIST_TIME] = { time_up, time_down },
};

void
dirlist_sort_run(struct dirlist *list, size_t first)
{
	if (list->count > first)
		qsort(list->entries + first, list->count - first,
		    sizeof(struct dirlist_entry *),
		    compare[list->options.sort][list->options.descending]);
}

static bool
is_before(const struct dirlist *list, const struct dirlist_run *a,
    const struct dirlist_run *b)
{
	return compare[list->options.sort][list->options.descending](a->next,
	    b->next) < 0;
}

/* Let the run at i sink until it is before the two below it. */
static void
sink(struct dirlist *list, size_t i)
{
	struct dirlist_run *runs = list->runs, moved = runs[i];
	size_t child;

	while ((child = 2 * i + 1) < list->run_count) {
		if (child + 1 < list->run_count &&
		    is_before(list, &runs[child + 1], &runs[child]))
			child++;
		if (!is_before(list, &runs[child], &moved))
			break;
		runs[i] = runs[child];
		i = child;
	}
	runs[i] = moved;
}

void
dirlist_merge_begin(struct dirlist *list)
{
	size_t end;

	for (size_t i = 0; i < list->count; i = end) {
		end = i + DIRLIST_STEP < list->count ? i + DIRLIST_STEP :
		    list->count;
		list->runs[list->run_count++] = (struct dirlist_run){
			list->entries + i, list->entries + end
		};
	}
	for (size_t i = list->run_count / 2; i > 0; i--)
		sink(list, i - 1);
}

const struct dirlist_entry *
dirlist_merge_next(struct dirlist *list)
{
	struct dirlist_run *top = &list->runs[0];
	const struct dirlist_entry *e;

	if (list->run_count == 0)
		return NULL;
	e = *top->next++;
	if (top->next == top->end)
		*top = list->runs[--list->run_count];
	sink(list, 0);
	return e;
}
