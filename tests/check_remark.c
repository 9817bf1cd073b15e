/*
 * check_remark - what people are told of a transfer that is no error.
 */
#include "client/remark.h"

#include <string.h>

#include "suite.h"

static const struct {
	const char		*name;
	struct judge_asked	 asked;
	enum judge_what		 what;
	int			 status;
	const char		*begin;		/* NULL: nothing is said */
} differences[] = {
	{ "all, and all comes", { .method = HTTP_GET }, JUDGE_WHOLE, 200,
	    NULL },
	{ "the rest, and it comes", { .method = HTTP_GET, .have = 5 },
	    JUDGE_REST, 206, NULL },
	{ "the rest, and all comes", { .method = HTTP_GET, .have = 5 },
	    JUDGE_WHOLE, 200, "it has changed" },
	{ "the rest, of something else", { .method = HTTP_GET, .have = 5 },
	    JUDGE_ANEW, 416, "it has changed" },
	{ "a range, and all comes", { .method = HTTP_GET, .range = true },
	    JUDGE_WHOLE, 200, "the server does not know ranges" },
	{ "a range, and an error comes", { .method = HTTP_GET,
	    .range = true }, JUDGE_WHOLE, 404, NULL },
	{ "a range of a head", { .method = HTTP_HEAD, .range = true },
	    JUDGE_WHOLE, 200, NULL },
};

START_TEST(difference)
{
	const struct judgement judgement = { .what = differences[_i].what };
	const char *said = remark_difference(&differences[_i].asked,
	    &judgement, differences[_i].status);
	const char *begin = differences[_i].begin;

	ck_assert_msg((said == NULL) == (begin == NULL), "%s",
	    differences[_i].name);
	ck_assert_msg(begin == NULL ||
	    strncmp(said, begin, strlen(begin)) == 0, "%s: %s",
	    differences[_i].name, said);
}
END_TEST

static const struct {
	const char	*name;
	enum judge_what	 what;
	const char	*file;
	const char	*status;
	const char	*said;		/* NULL: nothing */
} outcomes[] = {
	{ "saved", JUDGE_WHOLE, "f", "", NULL },
	{ "printed", JUDGE_WHOLE, NULL, "", NULL },
	{ "an error, saved", JUDGE_WHOLE, "f", "404 Not Found",
	    "404 Not Found was saved to f" },
	{ "an error, printed", JUDGE_WHOLE, NULL, "404 Not Found", NULL },
	{ "nothing was missing", JUDGE_COMPLETE, "f", "",
	    "f.part was whole already" },
	{ "old, to be saved", JUDGE_OLD, "f", "",
	    "not newer than then, so nothing was saved" },
	{ "old, to be printed", JUDGE_OLD, NULL, "",
	    "not newer than then, so nothing was printed" },
};

START_TEST(outcome)
{
	char out[REMARK_MAX] = "";
	bool is_any = remark_outcome(outcomes[_i].what, outcomes[_i].file,
	    "then", outcomes[_i].status, out);

	ck_assert_msg(is_any == (outcomes[_i].said != NULL), "%s",
	    outcomes[_i].name);
	ck_assert_msg(!is_any || strcmp(out, outcomes[_i].said) == 0,
	    "%s: %s", outcomes[_i].name, out);
}
END_TEST

static const struct {
	uint64_t	 kept;
	bool		 is_earlier;
	bool		 can_resume;
	const char	*said;
} parts[] = {
	{ 0, false, true, "" },
	{ 1, false, false, "1 byte in f.part" },
	{ 2, false, true, "2 bytes in f.part, -C goes on with them" },
	{ 2, true, false, "still 2 bytes in f.part" },
};

START_TEST(kept)
{
	char out[REMARK_MAX];

	remark_kept(parts[_i].kept, "f", parts[_i].is_earlier,
	    parts[_i].can_resume, out);
	ck_assert_str_eq(out, parts[_i].said);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("remark");
	TCase *tc = suite_case(s, "remark");

	tcase_add_loop_test(tc, difference, 0, ROWS(differences));
	tcase_add_loop_test(tc, outcome, 0, ROWS(outcomes));
	tcase_add_loop_test(tc, kept, 0, ROWS(parts));
	return suite_run(s);
}
