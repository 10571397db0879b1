/* The order of steps is the guarantee: digest, parse into an open transaction, look whether the
 * file is still the one that was read, commit, and only then let it leave the folder. A crash
 * anywhere before the commit leaves the file where it was and nothing in the outbox; a crash after
 * it is found by the ledger. */
#include "watcher/take.h"

#include <string.h>
#include <unistd.h>

#include "base/kill_point.h"
#include "watcher/ack_kept.h"
#include "watcher/dispose.h"

struct taking {
	const struct take_order *order;
	struct take_report *report;
	struct dropped dropped;
	struct intake *intake;
	struct ack_kept kept; /* what there is to acknowledge of HL7 messages */
	bool is_repeat, is_committed;
	struct arena arena;
};

const char *take_result_name(enum take_result r)
{
	switch (r) {
	case TAKE_COMMITTED: return "committed";
	case TAKE_DUPLICATE: return "duplicate";
	case TAKE_REPEATED: return "repeated";
	case TAKE_REJECTED: return "rejected";
	case TAKE_HELD: return "held";
	case TAKE_GONE: return "gone";
	case TAKE_CHANGED: return "changed";
	case TAKE_REFUSED: return "refused";
	case TAKE_LATER: return "later";
	}
	return "unknown";
}

static enum take_result open_result(const struct err *err)
{
	switch (err->code) {
	case ERR_NOT_FOUND: return TAKE_GONE;
	case ERR_INVALID: return TAKE_REFUSED;
	case ERR_CONFLICT: return TAKE_CHANGED;
	default: return TAKE_LATER;
	}
}

/* ---- parsing ---- */

struct feeding {
	const struct take_order *order;
	struct adapter_run *run;
};

static int feed(void *ctx, struct span bytes, bool last, struct err *err)
{
	const struct feeding *f = ctx;

	if (f->order->must_stop(f->order->ctx))
		return err_set(err, ERR_UNAVAILABLE, "the watcher is asked to end");
	return adapter_run_feed(f->run, bytes, last, err);
}

static void set_reason(struct taking *t, const char *reason, const char *message)
{
	(void)snprintf(t->report->reason, sizeof(t->report->reason), "%s", reason);
	(void)snprintf(t->report->message, sizeof(t->report->message), "%s", message);
}

enum parse_result { PARSE_GOOD, PARSE_REJECT, PARSE_HOLD, PARSE_CHANGED, PARSE_LATER };

/* Is the file as a whole acceptable? If not, the report says why. */
static enum parse_result judge(struct taking *t, const struct adapter_summary *s, struct err *err)
{
	static const enum parse_result results[] = {
	    [INTAKE_TAKE] = PARSE_GOOD, [INTAKE_REJECT] = PARSE_REJECT, [INTAKE_HOLD] = PARSE_HOLD};
	struct intake_judged judged;

	if (intake_judge(t->intake, t->order->adapter, s, &judged, err) < 0)
		return PARSE_LATER;
	if (judged.reason)
		set_reason(t, judged.reason, judged.message);
	return results[judged.fate];
}

static enum parse_result parse(struct taking *t, struct err *err)
{
	const struct take_order *o = t->order;
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
	const struct adapter_input input = {
	    .facility = o->home->facility,
	    .file = t->dropped.digest,
	    .file_time = t->dropped.stat.mtime,
	    .zone = o->zone,
	    .acks = t->kept.fd >= 0 ? &t->kept.acks : NULL,
	};

	if (t->dropped.is_too_big) {
		set_reason(t, "too_big", "the file is larger than 1 GiB");
		return PARSE_REJECT;
	}
	int r = adapter_run_new(o->adapter, &input, intake_sink(t->intake),
				intake_memory(t->intake), &run, err);
	if (r == 0)
		r = dropped_read(&t->dropped, feed, &(struct feeding){o, run}, err);
	if (intake_failed(t->intake, err))
		return PARSE_LATER;
	if (!dropped_is_same(&t->dropped))
		return PARSE_CHANGED;
	if (r < 0 && (err->code == ERR_IO || err->retriable))
		return PARSE_LATER;
	if (run)
		intake_set_records(t->intake, adapter_run_summary(run)->records);
	if (r < 0) {
		set_reason(t, adapter_run_refusal(err), err->message);
		return PARSE_REJECT;
	}
	return judge(t, adapter_run_summary(run), err);
}

/* ---- leaving the folder ---- */

static void leave_folder(struct taking *t, bool rejected)
{
	const struct take_order *o = t->order;
	const struct disposal_place place = {
	    .dir = o->dir,
	    .dir_path = o->dir_path,
	    .name = o->name,
	    .shown = o->shown->shown,
	    .dropped = &t->dropped,
	    .key = o->archive_key,
	    .is_repeat = t->is_repeat,
	};
	const char *where = "";
	struct err *why = &t->report->disposal;
	int r = rejected ? dispose_rejected(o->home, o->outbox, &place, t->report->id, &t->arena,
					    &where, why)
			 : dispose_taken(o->home, &place, t->report->id, &t->arena, &where, why);

	if (r == 0)
		why->code = ERR_NONE;
	if (r == -ERR_CONFLICT)
		where = INTAKE_WHERE_GONE; /* what was taken is no more; what is there now is
					      another file */
	if (r < 0 && r != -ERR_CONFLICT)
		return;
	intake_disposed(o->outbox, t->report->id, where, o->now);
	if (o->done_file && r == 0)
		(void)unlinkat(o->dir, o->done_file, 0);
	if (r == 0) {
		t->report->stat = t->dropped.stat;
		t->report->fd = TAKE_FD(t->dropped.fd);
	}
}

/* ---- the steps ---- */

static int begin(struct taking *t, struct err *err)
{
	const struct take_order *o = t->order;
	const struct intake_file file = {
	    .dir = o->dir_path,
	    .name = o->shown->shown,
	    .name_key = o->shown->key,
	    .digest = t->dropped.digest,
	    .size = t->dropped.stat.size,
	    .mtime = t->dropped.stat.mtime,
	    .adapter = adapter_name(o->adapter),
	    .census = adapter_mode(o->adapter) == MODE_CENSUS,
	    .ack_dir = o->ack_dir,
	    .ack_forms = adapter_ack(o->adapter),
	};

	return intake_begin(o->outbox, &file, o->now, &t->intake, err);
}

static enum take_result take_known(struct taking *t, enum intake_verdict verdict, struct err *err)
{
	if (intake_commit(TAKE_PTR(t->intake), &t->report->id, err) < 0)
		return TAKE_LATER;
	t->is_repeat = verdict != INTAKE_DUPLICATE;
	leave_folder(t, verdict == INTAKE_REPEAT_REJECTED);
	return verdict == INTAKE_DUPLICATE ? TAKE_DUPLICATE : TAKE_REPEATED;
}

/* What is to be acknowledged is on the disk before the file is committed. */
static enum parse_result parse_and_keep(struct taking *t, struct err *err)
{
	const struct take_order *o = t->order;
	bool wants_hl7 = o->ack_dir && adapter_ack(o->adapter) & ADAPTER_ACK_HL7;

	if (wants_hl7 && ack_kept_begin(&t->kept, o->home, intake_id(t->intake), err) < 0)
		return PARSE_LATER;
	enum parse_result parsed = parse(t, err);
	if (ack_kept_sync(&t->kept, err) < 0)
		return PARSE_LATER;
	return parsed;
}

static enum take_result take_new(struct taking *t, struct err *err)
{
	enum parse_result parsed = parse_and_keep(t, err);
	int r;

	t->report->counts = *intake_counts(t->intake);
	switch (parsed) {
	case PARSE_CHANGED: return TAKE_CHANGED;
	case PARSE_LATER: return TAKE_LATER;
	case PARSE_REJECT:
		r = intake_reject(TAKE_PTR(t->intake), t->report->reason, t->report->message,
				  &t->report->id, err);
		break;
	case PARSE_HOLD:
		r = intake_hold(TAKE_PTR(t->intake), t->report->reason, t->report->message,
				&t->report->id, err);
		t->report->counts.events = 0;
		break;
	case PARSE_GOOD:
	default: r = intake_commit(TAKE_PTR(t->intake), &t->report->id, err); break;
	}
	if (r < 0)
		return TAKE_LATER;
	t->is_committed = true;
	if (parsed == PARSE_GOOD && t->report->counts.events > 0)
		t->order->committed(t->order->ctx);
	leave_folder(t, parsed != PARSE_GOOD);
	return parsed == PARSE_REJECT ? TAKE_REJECTED
	       : parsed == PARSE_HOLD ? TAKE_HELD
				      : TAKE_COMMITTED;
}

enum take_result take_file(const struct take_order *order, struct take_report *ret, struct err *err)
{
	struct taking t = {
	    .order = order, .report = ret, .dropped = DROPPED_INIT, .kept = ACK_KEPT_INIT};
	enum take_result result;

	*ret = (struct take_report){.fd = -1};
	if (dropped_open(&t.dropped, order->dir, order->name, err) < 0) {
		result = open_result(err);
	} else {
		kill_point("after_digest");
		if (begin(&t, err) < 0) {
			result = TAKE_LATER;
		} else {
			enum intake_verdict verdict = intake_verdict(t.intake);
			result = verdict == INTAKE_NEW ? take_new(&t, err)
						       : take_known(&t, verdict, err);
		}
	}
	if (!t.is_committed)
		ack_kept_drop(&t.kept); /* while no other file can have its number */
	ack_kept_done(&t.kept);
	intake_abort(t.intake);
	dropped_done(&t.dropped);
	arena_done(&t.arena);
	return result;
}
