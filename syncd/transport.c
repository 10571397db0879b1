/* The table of statuses stands apart from libcurl so that it can be read and tested by itself. */
#include "syncd/transport.h"

enum reply_kind transport_kind_of_status(int status)
{
	switch (status) {
	case 200: return REPLY_ANSWERED;
	case 400:
	case 413:
	case 415:
	case 422: return REPLY_REFUSED;
	case 409: return REPLY_EPOCH;
	case 408:
	case 425:
	case 429: return REPLY_TRANSIENT;
	default: break;
	}
	/* Other 2xx, 3xx and 4xx come from something that is not our region: a proxy, a portal, a
	 * wrong address. */
	return status >= 500 ? REPLY_TRANSIENT : REPLY_PERSON;
}
