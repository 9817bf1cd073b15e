/*
 * answer - a response plan (src/http/http_response.h) becomes output.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "http/http_response.h"
#include "proto/out.h"
#include "proto/service.h"

/*
 * Append head and content of res, which is not a listing any more; of a head
 * only, the head. The reference to its file goes along, each piece of it has
 * one of its own. connection is the field's value or NULL.
 */
void	answer_append(struct out *out, struct service *service,
	    struct http_response *res, const char *connection);

/* Let go of what res holds: it will not be sent. */
void	answer_drop(struct http_response *res);

#endif
