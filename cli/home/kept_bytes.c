#include "cli/home/kept_bytes.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "outbox/intake.h"

/* Far longer than a rename, unless the watcher is down. */
#define PUT_AWAY_WAIT (5 * USEC_PER_SEC)
#define PUT_AWAY_LOOK (20 * USEC_PER_MSEC)

int kept_bytes_await(struct outbox *o, struct listing_file *f, struct arena *a, struct err *err)
{
	const usec_t give_up = clock_monotonic() + PUT_AWAY_WAIT;
	int r = 0;

	while (r == 0 && f->disposed == USEC_NONE && clock_monotonic() < give_up) {
		(void)usleep(PUT_AWAY_LOOK);
		r = listing_file(o, f->id, a, f, err);
	}
	return r;
}

int kept_bytes_open(const struct listing_file *f, const char *from, struct dropped *d,
		    struct err *err)
{
	const char *path = from ? from : f->where;

	if (!from && f->disposed == USEC_NONE)
		return err_set(err, ERR_UNAVAILABLE, "the watcher has not put it away yet");
	if (!from && !f->where[0])
		return err_set(
		    err, ERR_NOT_FOUND,
		    "it was deleted when it was taken (archive: none): have the EHR export "
		    "it again");
	if (!from && strcmp(f->where, INTAKE_WHERE_GONE) == 0)
		return err_set(err, ERR_NOT_FOUND, "nobody knows where it is");
	if (!from && span_ends(span_str(f->where), SPAN(".sealed")))
		return err_set(
		    err, ERR_DENIED,
		    "the archive is sealed: open the file with bedpost archive open, and "
		    "name it with --from");
	if (dropped_open(d, AT_FDCWD, path, err) < 0)
		return err_set(err, ERR_NOT_FOUND,
			       from ? "the file of --from cannot be read"
				    : "it is not in the archive any more");
	if (d->is_too_big || memcmp(&d->digest, &f->digest, sizeof(d->digest)) != 0)
		return err_set(err, ERR_CONFLICT,
			       from ? "the file of --from is another file"
				    : "what is in its place now is another file");
	return 0;
}
