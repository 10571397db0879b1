/* The part of an enrolment that opens the road over SFTP:
 *
 *     sftp:
 *       url: sftp://bedpost-nordre@beds.example.org:2222/home
 *       host_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…     the server's: it and no other
 *       key: |                                               ed25519, PKCS#8 PEM
 *         -----BEGIN PRIVATE KEY-----
 *
 * Port 22 and the folder in which the server puts the account unless told otherwise. */
#pragma once

#include "base/buf.h"
#include "base/conf.h"
#include "base/span.h"

#define ENROLMENT_SFTP_HOST_MAX 255
#define ENROLMENT_SFTP_KEY_MAX	1024 /* bytes of a host key */

struct enrolment_sftp {
	const char *url, *host_key_text, *key; /* as in the file; of the document */
	char *user, *host, *dir;	       /* dir: "" or with a slash at its end */
	uint16_t port;
	char *host_key_type; /* "ssh-ed25519" */
	struct buf host_key; /* its blob */
};

/* Reads the section; problems gather in c. */
void enrolment_sftp_read(struct conf *c, const struct conf_node *node, struct enrolment_sftp *ret);
void enrolment_sftp_done(struct enrolment_sftp *s);
