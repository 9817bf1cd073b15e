#include "files/file_cache.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/siphash.h"

#define CHAINS_MIN	64

/*
 * Of all entries, and of the memory, this part may be answers of errors: they
 * are cheap to make, and who asks for what is not there must not drive out
 * what is.
 */
#define ERROR_PART	8

struct chain {
	struct resource	*first;
};

struct file_cache {
	struct file_cache_limits limits;
	struct chain		*chains;
	size_t			 nchains;	/* a power of two */
	struct resource_list	 used;		/* last one first */
	struct resource_list	 errors;
	uint64_t		 entries;
	uint64_t		 nerrors;
	uint64_t		 memory;
	uint64_t		 error_memory;	/* part of it */
	struct rendition_list	 held;		/* with a descriptor */
	unsigned		 nheld;
	uint64_t		 turn;		/* in which one was looked at */
	uint64_t		 key[2];	/* of the hash */
	struct folders		 folders;
};

struct file_cache *
file_cache_new(const struct file_cache_limits *limits)
{
	struct file_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->limits = *limits;
	c->nchains = CHAINS_MIN;
	c->chains = calloc(c->nchains, sizeof(*c->chains));
	if (c->chains == NULL) {
		free(c);
		return NULL;
	}
	TAILQ_INIT(&c->used);
	TAILQ_INIT(&c->errors);
	TAILQ_INIT(&c->held);
	folders_init(&c->folders, limits->descriptors);
	/* Where there is no randomness to be had chains can be flooded. */
	if (getentropy(c->key, sizeof(c->key)) == -1)
		c->key[0] = (uintptr_t)c;
	return c;
}

struct folders *
file_cache_folders(struct file_cache *c)
{
	return &c->folders;
}

/* Keyed, as anybody may choose the paths that are asked for. */
static uint64_t
hash_of(const struct file_cache *c, const struct site *site, struct slice key)
{
	uint64_t hash_key[2] = { c->key[0], c->key[1] ^ (uintptr_t)site };

	return siphash(hash_key, key);
}

static struct resource **
chain_of(const struct file_cache *c, uint64_t hash)
{
	return &c->chains[hash & (c->nchains - 1)].first;
}

/* Twice the chains, if there is memory for them; else they get longer. */
static void
grow(struct file_cache *c)
{
	size_t old = c->nchains, n = 2 * old;
	struct chain *chains = calloc(n, sizeof(*chains));
	struct chain *before = c->chains;
	struct resource *r, *next;

	if (chains == NULL)
		return;
	c->chains = chains;
	c->nchains = n;
	for (size_t i = 0; i < old; i++)
		for (r = before[i].first; r != NULL; r = next) {
			next = r->next;
			r->next = *chain_of(c, r->hash);
			*chain_of(c, r->hash) = r;
		}
	free(before);
}

static bool
is_held(const struct rendition *rendition)
{
	return rendition->held.tqe_prev != NULL;
}

static void
let_go(struct file_cache *c, struct rendition *rendition)
{
	if (!is_held(rendition))
		return;
	TAILQ_REMOVE(&c->held, rendition, held);
	rendition->held.tqe_prev = NULL;
	c->nheld--;
}

/* The list that r is in: errors have a share of their own. */
static struct resource_list *
list_of(struct file_cache *c, const struct resource *r)
{
	return r->status == 200 ? &c->used : &c->errors;
}

static void
drop(struct file_cache *c, struct resource *r)
{
	struct resource **at = chain_of(c, r->hash);

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	TAILQ_REMOVE(list_of(c, r), r, used);
	for (int i = 0; i < HTTP_CODINGS; i++)
		let_go(c, &r->of[i]);
	c->entries--;
	c->nerrors -= r->status != 200;
	c->memory -= r->size;
	c->error_memory -= r->status != 200 ? r->size : 0;
	resource_free(r);
}

void
file_cache_free(struct file_cache *c)
{
	struct resource *r;

	if (c == NULL)
		return;
	while ((r = TAILQ_FIRST(&c->used)) != NULL ||
	    (r = TAILQ_FIRST(&c->errors)) != NULL)
		drop(c, r);
	free(c->chains);
	free(c);
}

/* Close the file that was opened first; it is opened again when needed. */
static void
close_first(struct file_cache *c)
{
	struct rendition *rendition = TAILQ_LAST(&c->held, rendition_list);

	let_go(c, rendition);
	file_unref(rendition->file);
	rendition->file = NULL;
}

static void
shrink_held(struct file_cache *c)
{
	while (c->nheld > c->limits.descriptors)
		close_first(c);
}

unsigned
file_cache_close_files(struct file_cache *c)
{
	unsigned n = c == NULL ? 0 : c->nheld;

	while (n > 0 && c->nheld > 0)
		close_first(c);
	return n;
}

/*
 * A file that was deleted takes room on its disk for as long as it is open,
 * and nobody asks for it again: one is looked at in each turn.
 */
static void
close_deleted(struct file_cache *c, uint64_t turn)
{
	struct rendition *rendition = TAILQ_LAST(&c->held, rendition_list);
	struct stat st;

	if (rendition == NULL || c->turn == turn)
		return;
	c->turn = turn;
	if (fstat(rendition->file->fd, &st) == 0 && st.st_nlink > 0) {
		TAILQ_REMOVE(&c->held, rendition, held);
		TAILQ_INSERT_HEAD(&c->held, rendition, held);
	} else {
		close_first(c);
	}
}

struct resource *
file_cache_find(struct file_cache *c, const struct site *site,
    struct slice key, uint64_t turn)
{
	uint64_t hash = hash_of(c, site, key);
	struct resource *r = *chain_of(c, hash);

	close_deleted(c, turn);
	while (r != NULL && (r->hash != hash || r->site != site ||
	    !slice_eq((struct slice){ r->key, r->key_len }, key)))
		r = r->next;
	if (r == NULL)
		return NULL;
	if (r->turn != turn && !looks_hold(&r->looks, turn)) {
		drop(c, r);
		return NULL;
	}
	r->turn = turn;
	TAILQ_REMOVE(list_of(c, r), r, used);
	TAILQ_INSERT_HEAD(list_of(c, r), r, used);
	return r;
}

/* Errors have the memory of more than their share. */
static bool
is_flooded(const struct file_cache *c)
{
	return c->error_memory > c->limits.memory / ERROR_PART;
}

/* What goes next; errors when they have more than their share. */
static struct resource *
oldest(struct file_cache *c)
{
	struct resource *r = TAILQ_LAST(&c->errors, resource_list);

	if (r != NULL && (c->nerrors > c->limits.entries / ERROR_PART ||
	    is_flooded(c) || TAILQ_EMPTY(&c->used)))
		return r;
	return TAILQ_LAST(&c->used, resource_list);
}

/* Make room, until only what is spared could go. */
static void
shrink(struct file_cache *c, const struct resource *spared)
{
	struct resource *r;

	while ((c->entries > c->limits.entries ||
	    c->nerrors > c->limits.entries / ERROR_PART + 1 ||
	    is_flooded(c) || c->memory > c->limits.memory) &&
	    (r = oldest(c)) != NULL && r != spared)
		drop(c, r);
}

/* Count what r takes now, and hold the descriptors that it has. */
static void
count(struct file_cache *c, struct resource *r)
{
	size_t size = resource_size(r);

	c->memory = c->memory - r->size + size;
	if (r->status != 200)
		c->error_memory = c->error_memory - r->size + size;
	r->size = size;
	for (int i = 0; i < HTTP_CODINGS; i++) {
		struct rendition *rendition = &r->of[i];

		if (rendition->file == NULL || rendition->file->fd == -1 ||
		    is_held(rendition))
			continue;
		TAILQ_INSERT_HEAD(&c->held, rendition, held);
		c->nheld++;
	}
	shrink_held(c);
}

void
file_cache_keep(struct file_cache *c, struct resource *r, uint64_t turn)
{
	if (c->entries >= c->nchains)
		grow(c);
	r->turn = turn;
	r->hash = hash_of(c, r->site, (struct slice){ r->key, r->key_len });
	r->next = *chain_of(c, r->hash);
	*chain_of(c, r->hash) = r;
	TAILQ_INSERT_HEAD(list_of(c, r), r, used);
	c->entries++;
	c->nerrors += r->status != 200;
	count(c, r);
	shrink(c, NULL);
}

void
file_cache_grown(struct file_cache *c, struct resource *r)
{
	count(c, r);
	shrink(c, r);
}
