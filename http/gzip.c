#include "http/gzip.h"

#include <limits.h>

#include <zlib.h>

#define WINDOW_GZIP (15 + 16) /* deflateInit2: the largest window, with a gzip frame */

bool gzip(struct span s, int level, struct buf *out)
{
	z_stream z = {0};

	if (s.n >= UINT_MAX ||
	    deflateInit2(&z, level, Z_DEFLATED, WINDOW_GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	z.next_in = (Bytef *)s.p;
	z.avail_in = (uInt)s.n;
	/* Room for one byte less than it was: what does not fit is not worth sending. */
	z.next_out = (Bytef *)buf_reserve(out, s.n);
	z.avail_out = s.n ? (uInt)(s.n - 1) : 0;
	bool ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
	if (ok) {
		out->n += z.total_out;
		out->p[out->n] = '\0';
	}
	(void)deflateEnd(&z);
	return ok;
}
