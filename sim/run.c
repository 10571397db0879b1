/* One file after another, each home in turn. What depends on the machine (its clock, how fast it
 * writes) never reaches the random numbers, so the story is the seed's alone. */
#include "sim/run.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "sim/format.h"
#include "sim/steps.h"
#include "sim/truth.h"

#define LATE_FILES_MAX 4 /* of the same home that may overtake a late one */

/* A home as a writer of files. */
struct player {
	struct sim_home *home;
	const struct sim_format *format;
	struct zone *zone;
	int dir;
	usec_t clock;	 /* of the last thing that happened */
	struct buf held; /* a late file */
	char held_name[128];
	uint64_t held_until;
};

struct run {
	const struct sim_options *o;
	const volatile sig_atomic_t *stop;
	struct sim_home *homes;
	struct player *players;
	size_t n;
	usec_t start, began;	/* the story's clock; the monotonic one */
	struct sim_steps steps; /* of the file at hand */
	uint64_t held;		/* late files not written yet */
	struct sim_summary sum;
};

static bool is_over(const struct run *r)
{
	return *r->stop || (r->o->count && r->sum.files + r->held >= r->o->count) ||
	       (r->o->duration && clock_monotonic() - r->began >= r->o->duration);
}

/* Waits until the next file's turn; a signal ends the wait. */
static void pace(const struct run *r)
{
	if (r->o->rate == 0)
		return;
	usec_t due = r->began + (usec_t)((double)r->sum.files * (double)USEC_PER_SEC / r->o->rate);
	const struct timespec at = {due / USEC_PER_SEC, due % USEC_PER_SEC * 1000};
	while (!*r->stop && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
}

static int put(struct run *r, struct player *p, const char *name, struct span bytes,
	       struct err *err)
{
	int rc = drop_file(p->dir, name, bytes, r->o->ready, err);
	if (rc < 0)
		return err_prefix(err, "%s", p->home->id);
	r->sum.files++;
	r->sum.bytes += bytes.n;
	return 0;
}

static int release(struct run *r, struct player *p, struct err *err)
{
	int rc = put(r, p, p->held_name, buf_span(&p->held), err);

	buf_done(&p->held);
	r->held--;
	return rc;
}

/* Whole seconds, never backwards; an hour that comes twice is stepped over, for no local time could
 * tell it. */
static usec_t next_time(const struct run *r, struct player *p)
{
	usec_t at;

	if (r->o->start == USEC_NONE) {
		at = clock_now() / USEC_PER_SEC * USEC_PER_SEC;
	} else {
		size_t mean = (size_t)(r->o->step / USEC_PER_SEC);
		at = p->clock +
		     (usec_t)(1 + random_below(&p->home->random, 2 * mean + 1)) * USEC_PER_SEC;
		while (format_is_second_time(at, p->zone))
			at += 30 * USEC_PER_MIN;
	}
	p->clock = at > p->clock ? at : p->clock;
	return p->clock;
}

static void fill_opening(struct run *r, struct player *p)
{
	usec_t at = r->o->start == USEC_NONE ? next_time(r, p) : p->clock;

	for (size_t i = 0; i < p->home->n_beds; i++)
		steps_add(&r->steps, home_opening(p->home, i, at));
}

static void fill(struct run *r, struct player *p)
{
	struct sim_step s;

	for (size_t i = 0; i < r->o->events_per_file; i++)
		if (home_next(p->home, next_time(r, p), &s))
			steps_add(&r->steps, s);
}

static bool fault(const struct run *r, struct player *p, enum sim_fault kind)
{
	return (r->o->faults & kind) &&
	       random_percent(&p->home->random, (unsigned)r->o->fault_rate);
}

static void hold(struct run *r, struct player *p, struct buf *bytes, const char *name)
{
	p->held = *bytes;
	*bytes = BUF_INIT;
	(void)snprintf(p->held_name, sizeof(p->held_name), "%s", name);
	p->held_until = p->home->file + 1 + random_below(&p->home->random, LATE_FILES_MAX);
	steps_freeze(&r->steps, p->home, p->held_until + 1);
	r->held++;
	r->sum.late++;
}

static void name_file(const struct run *r, const struct player *p, char out[128])
{
	struct tm tm = format_local(r->start, p->zone);
	char start[32];

	(void)strftime(start, sizeof(start), "%Y%m%dT%H%M%S", &tm);
	(void)snprintf(out, 128, "%s%s-%06ju%s", p->format->prefix, start, (uintmax_t)p->home->file,
		       p->format->suffix);
}

static int write_file(struct run *r, struct player *p, bool opening, struct err *err)
{
	_cleanup_(buf_done) struct buf bytes = BUF_INIT;
	char name[128];

	p->home->file++;
	name_file(r, p, name);
	r->steps.n = 0;
	if (opening)
		fill_opening(r, p);
	else
		fill(r, p);
	if (!opening && fault(r, p, FAULT_ORDER))
		r->sum.order += steps_disorder(&r->steps, &p->home->random);
	if (!opening && fault(r, p, FAULT_BAD)) {
		steps_add_bad(&r->steps, p->home, p->clock);
		r->sum.bad++;
	}
	p->format->write(p->home, r->steps.p, r->steps.n, r->start, p->zone, &bytes);
	r->sum.records += r->steps.n;
	if (!opening && !p->held.p && fault(r, p, FAULT_LATE)) {
		hold(r, p, &bytes, name);
		return 0;
	}
	int rc = put(r, p, name, buf_span(&bytes), err);
	if (rc < 0 || opening || !fault(r, p, FAULT_DUPLICATE) || is_over(r))
		return rc;
	p->home->file++;
	name_file(r, p, name);
	r->sum.duplicate++;
	return put(r, p, name, buf_span(&bytes), err);
}

static int play(struct run *r, struct err *err)
{
	int rc = 0;

	for (uint64_t turn = 0; rc == 0; turn++) {
		struct player *p = &r->players[turn % r->n];
		pace(r);
		if (is_over(r))
			break;
		rc = write_file(r, p, turn < r->n, err);
		if (rc == 0 && p->held.p && p->home->file >= p->held_until)
			rc = release(r, p, err);
	}
	for (size_t i = 0; rc == 0 && i < r->n; i++)
		if (r->players[i].held.p)
			rc = release(r, &r->players[i], err);
	return rc;
}

static int open_folder(const struct sim_options *o, const char *id, int *ret, struct err *err)
{
	_cleanup_(freep) char *path = NULL;

	if (mkdir(o->out, 0777) < 0 && errno != EEXIST)
		return err_errno(err, errno, "%s", o->out);
	if (asprintf(&path, "%s%s%s", o->out, o->n_names == 1 ? "" : "/",
		     o->n_names == 1 ? "" : id) < 0)
		abort();
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return err_errno(err, errno, "%s", path);
	*ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? err_errno(err, errno, "%s", path) : 0;
}

static const char *name_of(const struct sim_options *o, size_t i, char id[32])
{
	if (o->n_names)
		return o->names[i];
	(void)snprintf(id, 32, "fac_sim_%04zu", i + 1);
	return id;
}

static int set_up(struct run *r, size_t i, struct err *err)
{
	static const char *const mixed[] = {"csv", "hl7", "xml"};
	const struct sim_options *o = r->o;
	struct player *p = &r->players[i];
	char id[32];

	p->home = &r->homes[i];
	p->format = sim_format_named(strcmp(o->format, "mixed") == 0 ? mixed[i % 3] : o->format);
	p->clock = r->start;
	home_init(p->home, name_of(o, i, id), p->format->wards, p->format->n_wards,
		  p->format->namer, o->beds, o->seed);
	p->home->id = arena_strdup(&p->home->arena, p->home->id);
	int rc = zone_load(p->format->zone, &p->zone, err);
	return rc < 0 ? rc : open_folder(o, p->home->id, &p->dir, err);
}

static void clean_up(struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		zone_free(r->players[i].zone);
		buf_done(&r->players[i].held);
		closep(&r->players[i].dir);
		home_done(&r->homes[i]);
	}
	free(r->players);
	free(r->homes);
	free(r->steps.p);
}

static int save(const char *path, const struct buf *text, struct err *err)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "we");

	if (!f)
		return err_errno(err, errno, "%s", path);
	if (fwrite(text->p, 1, text->n, f) != text->n || fflush(f) != 0)
		return err_errno(err, errno, "%s", path);
	return 0;
}

static int save_truth(const struct run *r, struct err *err)
{
	_cleanup_(buf_done) struct buf truth = BUF_INIT, expect = BUF_INIT;
	int rc = 0;

	truth_beds(r->homes, r->n, &truth);
	truth_availability(r->homes, r->n, &expect);
	if (r->o->truth)
		rc = save(r->o->truth, &truth, err);
	if (rc == 0 && r->o->expect)
		rc = save(r->o->expect, &expect, err);
	return rc;
}

static void *zeroed(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		abort();
	return p;
}

int run_sim(const struct sim_options *o, const volatile sig_atomic_t *stop, struct sim_summary *ret,
	    struct err *err)
{
	struct run r = {.o = o, .stop = stop, .n = o->n_names ? o->n_names : o->homes};
	int rc = 0;

	r.start = o->start == USEC_NONE ? clock_now() : o->start;
	r.start -= r.start % USEC_PER_SEC;
	r.steps.max = (o->beds > o->events_per_file ? o->beds : o->events_per_file) + 1;
	r.homes = zeroed(r.n, sizeof(*r.homes));
	r.players = zeroed(r.n, sizeof(*r.players));
	r.steps.p = zeroed(r.steps.max, sizeof(*r.steps.p));
	for (size_t i = 0; i < r.n; i++)
		r.players[i].dir = -1;
	for (size_t i = 0; rc == 0 && i < r.n; i++)
		rc = set_up(&r, i, err);
	r.began = clock_monotonic();
	if (rc == 0)
		rc = play(&r, err);
	if (rc == 0)
		rc = save_truth(&r, err);
	if (rc == 0) {
		r.sum.homes = r.n;
		r.sum.took = clock_monotonic() - r.began;
		*ret = r.sum;
	}
	clean_up(&r);
	return rc;
}

void run_summary_json(const struct sim_summary *s, struct buf *out)
{
	buf_addf(out,
		 "{\"homes\":%zu,\"files\":%ju,\"records\":%ju,\"bytes\":%ju,\"seconds\":%.3f,"
		 "\"faults\":{\"duplicate\":%ju,\"bad\":%ju,\"order\":%ju,\"late\":%ju}}",
		 s->homes, (uintmax_t)s->files, (uintmax_t)s->records, (uintmax_t)s->bytes,
		 (double)s->took / (double)USEC_PER_SEC, (uintmax_t)s->duplicate, (uintmax_t)s->bad,
		 (uintmax_t)s->order, (uintmax_t)s->late);
}
