/* Where a request ends. A proxy in front and this server must see it at the same place, or what one
 * takes for a body the other takes for somebody's next request (RFC 9112, 6.3 and 11.2). */
#pragma once

#include "http/httpd.h"

/* All lines of the header Transfer-Encoding, and of Content-Length, joined by commas; SPAN_NONE
 * without one. NULL, or why the end can be seen at two places. */
const char *framing_fault(struct span transfer_encoding, struct span content_length);

/* The head as the library took it apart, in place: the name and value of each line, in their order,
 * within the bytes that came (whose separators may have become NUL). NULL, or what makes the head
 * one that another reader could take apart differently: a line that goes on in the next one
 * (RFC 9112, 5.2: the library glues it to the name), a name that is none, bytes behind a NUL. */
const char *framing_head_fault(struct span head, const struct httpd_pair *lines, size_t n);

/* false: it has answered, and the connection ends with that. */
bool framing_is_good(struct httpd_rq *rq);
