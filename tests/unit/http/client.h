/* A client that sends exactly the bytes it is told, for tests of the server. */
#pragma once

#include "base/buf.h"

#define CLIENT_DEADLINE_SECONDS 60

int client_connect(unsigned port); /* to 127.0.0.1; receiving gives up after the deadline */
void client_send(int fd, const char *bytes);
void client_send_span(int fd, struct span bytes);
/* Reads one whole answer (Content-Length, chunked, none) into out as it came; returns its status, 0
 * when the connection ended before it was whole. head_only: the answer to a HEAD. */
int client_read(int fd, struct buf *out, bool head_only);
/* Reads until `text` has come; false when the connection ends or the deadline passes first. */
bool client_read_until(int fd, struct buf *out, const char *text);
/* connect, send, read, close */
int client_ask(unsigned port, const char *request, struct buf *out);
