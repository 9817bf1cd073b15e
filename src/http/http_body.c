#include "http/http_body.h"

#include "http/http_byte.h"

static const struct http_fault too_large = {
	413, "The content is larger than what is read here.",
	"Send less.", "RFC 9110, section 15.5.14"
};
static const struct http_fault bad_size = {
	400, "A chunk does not begin with its size in hexadecimal digits.",
	"Write the size, such as \"1f\", and CR LF.",
	"RFC 9112, section 7.1"
};
static const struct http_fault large_size = {
	400, "The size of a chunk is too large a number.",
	"Send smaller chunks.", "RFC 9112, section 7.1"
};
static const struct http_fault bad_extension = {
	400, "A chunk extension is malformed.",
	"Write \";name=value\" behind the size, or nothing.",
	"RFC 9112, section 7.1.1"
};
static const struct http_fault long_extension = {
	400, "The chunk extensions are longer than what is read here.",
	"Leave them out.", "RFC 9112, section 7.1.1"
};
static const struct http_fault bare_lf = {
	400, "A line of the chunked coding ends in LF alone.",
	"End it with CR LF.", "RFC 9112, section 7.1"
};
static const struct http_fault bare_cr = {
	400, "A carriage return in the chunked coding has no LF after it.",
	"End lines with CR LF, and use CR nowhere else.",
	"RFC 9112, section 7.1"
};
static const struct http_fault no_chunk_end = {
	400, "A chunk's data does not end where its size says.",
	"Send as many bytes as the size says, and CR LF.",
	"RFC 9112, section 7.1"
};
static const struct http_fault bad_trailer = {
	400, "A trailer field is malformed.",
	"Write the name, a colon and the value on one line.",
	"RFC 9112, section 7.1.2"
};
static const struct http_fault long_trailers = {
	431, "The trailer fields are longer than what is read here.",
	"Leave them out.", "RFC 6585, section 5"
};

/* The classes of bytes that the chunked coding tells apart. */
enum byte_class {
	CONTROL, HEX, TCHAR, BLANK, SEMICOLON, EQUALS, QUOTE, BACKSLASH, COLON,
	CR, LF, OTHER, CLASSES
};

/* What is expected next; FAULT, being 0, is what a table leaves out. */
enum state {
	FAULT, DONE,
	LENGTH, CLOSE, DATA,	/* content */
	SIZE_FIRST,		/* the first digit of a chunk's size */
	SIZE,
	EXT,			/* blanks that a ";" must follow */
	EXT_NAME_FIRST, EXT_NAME,
	EXT_EQUALS,		/* blanks that a "=" or ";" must follow */
	EXT_VALUE_FIRST, EXT_VALUE,
	EXT_QUOTED, EXT_ESCAPED, EXT_UNQUOTED,
	SIZE_LF,
	DATA_CR, DATA_LF,
	TRAILER,		/* the first byte of a line */
	TRAILER_NAME, TRAILER_VALUE, TRAILER_LF, LAST_LF,
	STATES
};

static const unsigned char class_of[256] = {
	['\t'] = BLANK, ['\n'] = LF, ['\r'] = CR, [' '] = BLANK,
	['!'] = TCHAR, ['"'] = QUOTE, ['#' ... '\''] = TCHAR,
	['(' ... ')'] = OTHER, ['*' ... '+'] = TCHAR, [','] = OTHER,
	['-' ... '.'] = TCHAR, ['/'] = OTHER, ['0' ... '9'] = HEX,
	[':'] = COLON, [';'] = SEMICOLON, ['<'] = OTHER, ['='] = EQUALS,
	['>' ... '@'] = OTHER, ['A' ... 'F'] = HEX, ['G' ... 'Z'] = TCHAR,
	['['] = OTHER, ['\\'] = BACKSLASH, [']'] = OTHER,
	['^' ... '`'] = TCHAR, ['a' ... 'f'] = HEX, ['g' ... 'z'] = TCHAR,
	['{'] = OTHER, ['|'] = TCHAR, ['}'] = OTHER, ['~'] = TCHAR,
	[0x80 ... 0xff] = OTHER
};

/* Every class but CONTROL, CR and LF leads to the same state. */
#define TEXT(to)	[HEX] = to, [TCHAR] = to, [BLANK] = to, \
			[SEMICOLON] = to, [EQUALS] = to, [COLON] = to, \
			[OTHER] = to
#define NAME(to)	[HEX] = to, [TCHAR] = to

/*
 * The grammar of RFC 9112, 7.1, to the letter:
 *
 *	chunk-size *( BWS ";" BWS name [ BWS "=" BWS value ] ) CR LF
 *
 * where blanks are allowed only with something behind them, and the lines
 * of a trailer section under the rules of a header section. What comes before
 * SIZE_FIRST is not here: the bytes of content are taken many at a time.
 */
static const unsigned char next_state[STATES][CLASSES] = {
	[SIZE_FIRST] = { [HEX] = SIZE },
	[SIZE] = { [HEX] = SIZE, [BLANK] = EXT, [SEMICOLON] = EXT_NAME_FIRST,
	    [CR] = SIZE_LF },
	[EXT] = { [BLANK] = EXT, [SEMICOLON] = EXT_NAME_FIRST },
	[EXT_NAME_FIRST] = { NAME(EXT_NAME), [BLANK] = EXT_NAME_FIRST },
	[EXT_NAME] = { NAME(EXT_NAME), [BLANK] = EXT_EQUALS,
	    [SEMICOLON] = EXT_NAME_FIRST, [EQUALS] = EXT_VALUE_FIRST,
	    [CR] = SIZE_LF },
	[EXT_EQUALS] = { [BLANK] = EXT_EQUALS, [SEMICOLON] = EXT_NAME_FIRST,
	    [EQUALS] = EXT_VALUE_FIRST },
	[EXT_VALUE_FIRST] = { NAME(EXT_VALUE), [BLANK] = EXT_VALUE_FIRST,
	    [QUOTE] = EXT_QUOTED },
	[EXT_VALUE] = { NAME(EXT_VALUE), [BLANK] = EXT,
	    [SEMICOLON] = EXT_NAME_FIRST, [CR] = SIZE_LF },
	[EXT_QUOTED] = { TEXT(EXT_QUOTED), [QUOTE] = EXT_UNQUOTED,
	    [BACKSLASH] = EXT_ESCAPED },
	[EXT_ESCAPED] = { TEXT(EXT_QUOTED), [QUOTE] = EXT_QUOTED,
	    [BACKSLASH] = EXT_QUOTED },
	[EXT_UNQUOTED] = { [BLANK] = EXT, [SEMICOLON] = EXT_NAME_FIRST,
	    [CR] = SIZE_LF },
	[SIZE_LF] = { [LF] = DATA },
	[DATA_CR] = { [CR] = DATA_LF },
	[DATA_LF] = { [LF] = SIZE_FIRST },
	[TRAILER] = { NAME(TRAILER_NAME), [CR] = LAST_LF },
	[TRAILER_NAME] = { NAME(TRAILER_NAME), [COLON] = TRAILER_VALUE },
	[TRAILER_VALUE] = { TEXT(TRAILER_VALUE), [QUOTE] = TRAILER_VALUE,
	    [BACKSLASH] = TRAILER_VALUE, [CR] = TRAILER_LF },
	[TRAILER_LF] = { [LF] = TRAILER },
	[LAST_LF] = { [LF] = DONE }
};

void
http_body_init(struct http_body *body, enum http_framing framing,
    uint64_t length, uint64_t max, size_t overhead_max)
{
	static const int first[] = {
		[HTTP_FRAMING_NONE] = DONE,
		[HTTP_FRAMING_LENGTH] = LENGTH,
		[HTTP_FRAMING_CHUNKED] = SIZE_FIRST,
		[HTTP_FRAMING_CLOSE] = CLOSE
	};

	*body = (struct http_body){
		.framing = framing,
		.state = first[framing],
		.max = max,
		.overhead_max = overhead_max
	};
	if (framing == HTTP_FRAMING_CLOSE)
		body->left = max;
	if (framing != HTTP_FRAMING_LENGTH)
		return;
	body->left = length;
	if (length > max) {
		body->fault = &too_large;
		body->state = FAULT;
	} else if (length == 0) {
		body->state = DONE;
	}
}

/* Why is there no way on from this state with such a byte? */
static const struct http_fault *
fault_of(int state, enum byte_class class)
{
	if (state == DATA_CR)
		return &no_chunk_end;
	if (class == LF)
		return &bare_lf;
	if (class == CR || state == SIZE_LF || state == DATA_LF ||
	    state == TRAILER_LF || state == LAST_LF)
		return &bare_cr;
	if (state >= TRAILER)
		return &bad_trailer;
	return state == SIZE_FIRST || state == SIZE ? &bad_size :
	    &bad_extension;
}

/* One byte more than the content needs; is it one too many? */
static const struct http_fault *
add_overhead(struct http_body *body, const struct http_fault *fault)
{
	return ++body->overhead > body->overhead_max ? fault : NULL;
}

/*
 * A digit of the chunk's size. By the grammar there may be zeros without
 * end before the number: those count as overhead.
 */
static const struct http_fault *
add_digit(struct http_body *body, char c, bool is_first)
{
	const struct http_fault *fault = NULL;

	if (!is_first && body->left == 0)
		fault = add_overhead(body, &long_extension);
	if (body->left > (uint64_t)INT64_MAX >> 4)
		return &large_size;
	body->left = body->left << 4 | (uint64_t)http_byte_hex(c);
	return fault;
}

/* The size line is whole: data follows, or the trailers after size 0. */
static const struct http_fault *
begin_chunk(struct http_body *body)
{
	if (body->left > body->max - body->total)
		return &too_large;
	if (body->left == 0) {
		body->state = TRAILER;
		body->overhead = 0;
	}
	return NULL;
}

/* Take one byte that is not content. */
static const struct http_fault *
step(struct http_body *body, char c)
{
	enum byte_class class = class_of[(unsigned char)c];
	int state = body->state;

	body->state = next_state[state][class];
	if (body->state == FAULT)
		return fault_of(state, class);
	if (body->state == SIZE)
		return add_digit(body, c, state == SIZE_FIRST);
	if (body->state == DATA)
		return begin_chunk(body);
	/* As header_bytes, without the empty line that ends the section. */
	if (body->state >= TRAILER && body->state != LAST_LF)
		return add_overhead(body, &long_trailers);
	if (body->state >= EXT && body->state <= EXT_UNQUOTED)
		return add_overhead(body, &long_extension);
	return NULL;
}

/*
 * Take as much content as there is; returns how much. It is never none, but
 * for content that goes on when there should be an end: HTTP_FRAMING_CLOSE.
 */
static size_t
take_content(struct http_body *body, size_t len)
{
	size_t n = body->left < len ? (size_t)body->left : len;

	body->left -= n;
	body->total += n;
	if (n == 0)
		body->fault = &too_large;
	else if (body->left == 0 && body->state != CLOSE)
		body->state = body->state == LENGTH ? DONE : DATA_CR;
	return n;
}

enum http_body_result
http_body_consume(struct http_body *body, const char *bytes, size_t len,
    size_t *used, struct slice *data)
{
	size_t i = 0, n;

	if (data != NULL)
		*data = (struct slice){ bytes, 0 };
	while (i < len && body->state != DONE && body->fault == NULL) {
		if (body->state >= SIZE_FIRST) {
			body->fault = step(body, bytes[i++]);
			continue;
		}
		n = take_content(body, len - i);
		i += n;
		if (data != NULL) {
			*data = (struct slice){ bytes + i - n, n };
			break;
		}
	}
	*used = i;
	if (body->fault != NULL)
		return HTTP_BODY_FAULT;
	return body->state == DONE ? HTTP_BODY_DONE : HTTP_BODY_MORE;
}
