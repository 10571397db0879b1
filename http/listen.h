/* A listening socket for an address as people write it. */
#pragma once

#include "base/err.h"

/* "127.0.0.1:8080", "[::]:8443", ":8080" (all addresses, IPv4 too); port 0: any. */
int listen_open(const char *address, int *ret_fd, unsigned *ret_port, struct err *err);
/* As many descriptors as the system lets us have: thousands of streams need more than a shell's
 * usual 1,024. */
void listen_raise_file_limit(void);
