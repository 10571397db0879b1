/* The road over HTTPS: POST {url}/api/v1/events with mutual TLS. The only caller of libcurl.
 *
 * One connection is kept and reused (HTTP/2 where the other side offers it, else HTTP/1.1). TLS 1.2
 * at least; the other side must hold a certificate from the enrolment's CA, and from no other, for
 * the host of the URL. No redirect is followed: a batch goes to the region or nowhere.
 */
#pragma once

#include "base/clock.h"
#include "base/err.h"
#include "syncd/enrolment.h"
#include "syncd/transport.h"

struct https_options {
	const struct enrolment *enrolment; /* lives as long as the transport */
	const char *agent;		   /* User-Agent */
	usec_t connect_timeout;		   /* 0: 10 s */
	usec_t stall_timeout; /* give up when not a byte moves for so long, answers included; 0: 60
				 s */
};

int transport_https_new(const struct https_options *o, struct transport **ret, struct err *err);
