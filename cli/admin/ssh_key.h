/* A home's SSH key: ed25519, made at the region and carried in the enrolment. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

void ssh_key_make(struct buf *pem); /* PKCS#8, as libssh2 reads it from memory */
/* "ssh-ed25519 AAAA… <comment>", a line for authorized_keys. INVALID if pem is not of
 * ssh_key_make(). */
int ssh_key_public(struct span pem, const char *comment, struct buf *line, struct err *err);
