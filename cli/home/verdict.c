/* The order is that of a file's way: intake, outbox, line. Texts are for people who run a care
 * home's computers and do not know how Bedpost is built. */
#include "cli/home/verdict.h"

#include <inttypes.h>
#include <string.h>

#include "cli/home/words.h"
#include "outbox/status_file.h"

static bool is(const char *state, const char *what)
{
	return strcmp(state, what) == 0;
}

static bool is_news(const struct facts *f, usec_t at)
{
	return at != USEC_NONE && f->now - at < VERDICT_NEWS;
}

/* ---- daemons and intake ---- */

void verdict_daemons(const struct facts *f, struct findings *ret)
{
	if (f->may_not_look)
		return;
	if (!f->watcher_runs)
		finding_add(
		    ret, FINDING_FAIL, "watcher_not_running",
		    "systemctl start bedpost-watcher; journalctl -u bedpost-watcher says why "
		    "it ended",
		    "bedpost-watcher does not run: dropped files stay in their folders.");
	if (!f->syncd_runs)
		finding_add(
		    ret, FINDING_FAIL, "syncd_not_running",
		    "systemctl start bedpost-syncd; journalctl -u bedpost-syncd says why it "
		    "ended",
		    "bedpost-syncd does not run: nothing goes to the region. Events wait in "
		    "the outbox; none is lost.");
}

/* The first line says file:line:column and why; those below it show the place. */
static struct span first_line(const char *text)
{
	return span_of(text, strcspn(text, "\n"));
}

static void judge_adapter(const struct facts_item *a, struct findings *ret)
{
	static const char todo[] = "mend the file (bedpost adapter check shows each place), then "
				   "systemctl reload bedpost-watcher";
	struct span why = first_line(a->problem ? a->problem : a->name);

	if (is(a->state, "off"))
		finding_add(
		    ret, FINDING_FAIL, "adapter_off", todo,
		    "An adapter is off, and the files it is for stay where they are: " SPAN_FMT,
		    SPAN_ARG(why));
	else if (is(a->state, "old"))
		finding_add(ret, FINDING_WARN, "adapter_old", todo,
			    "An adapter was changed and cannot be read; what was in use before is "
			    "still used: " SPAN_FMT,
			    SPAN_ARG(why));
}

static void judge_folder(const struct facts *f, const struct facts_item *d, struct findings *ret)
{
	char since[WORDS_MAX];

	if (is(d->state, "missing"))
		finding_add(ret, FINDING_FAIL, "folder_missing",
			    "mount or make the folder, or let the account bedpost read it; it is "
			    "looked for by itself",
			    "A drop folder cannot be read since %s: %s",
			    words_moment(d->since, f->now, since),
			    d->problem ? d->problem : d->name);
}

static void judge_intake(const struct facts *f, struct findings *ret)
{
	const struct facts_intake *in = &f->intake;
	bool any = false;

	if (!f->watcher_runs || !in->known)
		return;
	if (in->adapters_error)
		finding_add(ret, FINDING_FAIL, "adapters_unreadable",
			    "make the folder, or let the account bedpost read it; then systemctl "
			    "reload bedpost-watcher",
			    "The folder of the adapters cannot be read: %s", in->adapters_error);
	for (size_t i = 0; i < in->n_adapters; i++) {
		judge_adapter(&in->adapters[i], ret);
		any |= !is(in->adapters[i].state, "off");
	}
	if (!any && in->n_adapters == 0 && !in->adapters_error)
		finding_add(ret, FINDING_WARN, "no_adapters",
			    "put an adapter into the folder (bedpost adapter new SAMPLE proposes "
			    "one), then systemctl reload bedpost-watcher",
			    "There is no adapter in %s: no file is taken.", f->home->adapters);
	if (f->home->n_drops == 0)
		finding_add(ret, FINDING_WARN, "no_folders",
			    "name them in home.yaml under \"drop\"",
			    "No drop folder is configured: no file is taken.");
	for (size_t i = 0; i < in->n_folders; i++)
		judge_folder(f, &in->folders[i], ret);
}

static void judge_board(const struct facts *f, struct findings *ret)
{
	if (f->watcher_runs && f->board_problem)
		finding_add(ret, FINDING_WARN, "board_off",
			    "mend what it says; where systemd keeps the watcher off the network, "
			    "see bedpost-watcher(8), THE BOARD",
			    "The board cannot be reached by anybody: %s", f->board_problem);
}

void verdict_disk(const struct facts *f, struct findings *ret)
{
	const struct outbox_status *o = &f->outbox;
	char free_now[WORDS_MAX], wanted[WORDS_MAX], since[WORDS_MAX];

	if (!f->has_outbox)
		return;
	(void)words_bytes(o->disk_free, free_now);
	(void)words_bytes(o->disk_min, wanted);
	if (o->disk_full || o->disk_free < VERDICT_DISK_NONE)
		finding_add(
		    ret, FINDING_FAIL, "disk_full",
		    "make room on that disk (archive and rejected files are often the "
		    "largest); it goes on by itself",
		    "The disk is nearly full: %s free in %s, %s wanted. Intake stands still, "
		    "files wait in their folders; shipping goes on.",
		    free_now, f->home->state_dir, wanted);
	else if (f->watcher_runs && f->intake.stopped)
		finding_add(ret, FINDING_FAIL, "intake_stopped",
			    "see the reason; the watcher tries again every few seconds",
			    "Intake stands still since %s: %s",
			    words_moment(f->intake.stopped_since, f->now, since),
			    f->intake.stopped);
	else if (o->disk_free < 4 * o->disk_min)
		finding_add(ret, FINDING_WARN, "disk_low", "make room before intake has to stop",
			    "The disk gets full: %s free in %s; intake stops below %s.", free_now,
			    f->home->state_dir, wanted);
}

static void judge_files(const struct facts *f, struct findings *ret)
{
	const struct outbox_status *o = &f->outbox;
	char n[WORDS_MAX], last[WORDS_MAX], since[WORDS_MAX];

	if (o->waiting > 0)
		finding_add(
		    ret, FINDING_WARN, "files_waiting",
		    "bedpost files says why for each; most often no adapter's \"match\" fits "
		    "the name",
		    "%s file(s) stay in their folders and are not taken.",
		    words_number(o->waiting, n));
	if (is_news(f, o->rejected_last))
		finding_add(ret, FINDING_WARN, "files_rejected",
			    "bedpost files says why; mend the adapter or the export and drop them "
			    "again",
			    "%s file(s) were rejected as a whole, the last %s.",
			    words_number(o->rejected, n),
			    words_moment(o->rejected_last, f->now, last));
	if (o->held > 0)
		finding_add(
		    ret, FINDING_FAIL, "census_held",
		    "bedpost files shows it, bedpost files show FILE what it would change; then "
		    "bedpost files release FILE, or bedpost files reject FILE",
		    "%s census(es) say of too many beds something else than is known, and wait "
		    "for you since %s.",
		    words_number(o->held, n), words_moment(o->held_since, f->now, since));
	if (o->acks_failed > 0)
		finding_add(ret, FINDING_WARN, "acks_not_written",
			    "make the folder (\"ack\" of the drop folder in home.yaml) and let the "
			    "watcher's account write into it; it is tried again by itself",
			    "%s result file(s) for the EHR cannot be written: %s",
			    words_number(o->acks_failed, n), o->acks_problem);
	if (is_news(f, o->quarantined_last))
		finding_add(
		    ret, FINDING_WARN, "quarantine",
		    "bedpost quarantine list shows file, line, field and reason of each",
		    "%s record(s) could not be read and made no event, since %s, the last %s.",
		    words_number(o->quarantined, n),
		    words_moment(o->quarantined_since, f->now, since),
		    words_moment(o->quarantined_last, f->now, last));
}

/* ---- the outbox ---- */

static void judge_outbox(const struct facts *f, struct findings *ret)
{
	const struct outbox_status *o = &f->outbox;
	char n[WORDS_MAX], last[WORDS_MAX], since[WORDS_MAX];

	if (is_news(f, o->dead_last))
		finding_add(
		    ret, FINDING_WARN, "dead_letters",
		    "bedpost outbox list --dead shows them with the reason; a bed that should "
		    "be shown otherwise is set by the EHR's next event or by hand",
		    "The region refused %s event(s) for good, since %s, the last %s.",
		    words_number(o->dead_letters, n), words_moment(o->dead_since, f->now, since),
		    words_moment(o->dead_last, f->now, last));
	if (o->epochs > 1 && is_news(f, o->epoch_began))
		finding_add(ret, FINDING_WARN, "new_epoch",
			    "find out whether outbox.db was put back from a backup or copied; if "
			    "nobody did, two computers may send as the same home",
			    "The outbox was not what the region remembered, and its events were "
			    "numbered anew %s: %s",
			    words_moment(o->epoch_began, f->now, since), o->epoch_reason);
}

/* ---- the line ---- */

const char verdict_damaged[] =
    "that is none of bedpost's doing, and nothing is lost: something between here and the region "
    "changes what passes (a failing cable, switch or modem, a firewall that rewrites). Ask whoever "
    "looks after the network; until then \"transports: [https, sftp]\" in home.yaml lets the other "
    "road carry";

static const char *remedy_of(const char *error, const char *code)
{
	if (code && is(code, err_code_name(ERR_DAMAGED)))
		return verdict_damaged;
	if (error && strcasestr(error, "host key"))
		return "ask the region whether its SFTP server has a new key; if so, for a new "
		       "enrolment. If not, do not go on: tell the region";
	if (error && strcasestr(error, "out of date"))
		return "ask the region for a new enrolment (bedpost-admin facility renew), put it "
		       "in "
		       "place, then systemctl reload bedpost-syncd";
	if (error && strcasestr(error, "certificate"))
		return "bedpost doctor says which certificate it is; ask the region for a new "
		       "enrolment, put it in place, then systemctl reload bedpost-syncd";
	if (error && strcasestr(error, "not ready"))
		return "nothing here: the region's server answers, and its database is away or it "
		       "has too much to do. Tell the region if this lasts";
	if (error && strcasestr(error, "resolve"))
		return "check the name server of this computer and the address in the enrolment; "
		       "bedpost doctor tries each step";
	return "bedpost doctor tries each step to the region and says which one fails";
}

static void judge_away(const struct facts *f, struct findings *ret)
{
	const struct facts_line *l = &f->line;
	bool needs_person = is(l->state, "needs_person");
	bool is_long = l->since != USEC_NONE && f->now - l->since >= VERDICT_AWAY;
	bool waits = l->next_attempt != USEC_NONE && l->next_attempt > f->now;
	char since[WORDS_MAX], next[WORDS_MAX], n[WORDS_MAX];

	finding_add(ret, needs_person || is_long ? FINDING_FAIL : FINDING_WARN,
		    needs_person ? "line_needs_person" : "line_down",
		    remedy_of(l->last_error, l->last_error_code),
		    "Nothing reaches the region since %s: %s. %s%s %s; %s event(s) wait, none is "
		    "lost.",
		    words_moment(l->since, f->now, since),
		    l->last_error ? l->last_error : "reason unknown",
		    needs_person ? "This does not heal without a person. " : "",
		    waits ? "It is tried again" : "It is being tried",
		    waits ? words_moment(l->next_attempt, f->now, next) : "now",
		    words_number(f->outbox.queued, n));
}

static void judge_road(const struct facts *f, const struct facts_road *r, struct findings *ret)
{
	char since[WORDS_MAX], probe[WORDS_MAX] = "with the next batch";

	if (r->next_probe > f->now)
		(void)words_moment(r->next_probe, f->now, probe);
	if (r->carries || (!is(r->state, "down") && !is(r->state, "needs_person")))
		return;
	finding_add(ret, FINDING_WARN, is(r->state, "down") ? "road_down" : "road_needs_person",
		    remedy_of(r->last_error, r->last_error_code),
		    "The road over %s fails since %s: %s. The other road carries meanwhile%s%s.",
		    r->transport, words_moment(r->since, f->now, since),
		    r->last_error ? r->last_error : "reason unknown",
		    r->next_probe == USEC_NONE ? "" : "; this one is tried again ",
		    r->next_probe == USEC_NONE ? "" : probe);
}

static void judge_expiry(const struct facts *f, struct findings *ret)
{
	usec_t at = f->line.expires;
	char text[WORDS_MAX];

	if (at == USEC_NONE || at - f->now > VERDICT_EXPIRY_AHEAD)
		return;
	bool over = at <= f->now;
	finding_add(ret, over ? FINDING_FAIL : FINDING_WARN,
		    over ? "enrolment_expired" : "enrolment_expires",
		    "ask the region for a new enrolment (bedpost-admin facility renew), put it in "
		    "place, then systemctl reload bedpost-syncd",
		    over ? "This home's certificate has ended: %s."
			 : "This home's certificate ends: %s.",
		    words_moment(at, f->now, text));
}

void verdict_clock(usec_t ahead, struct findings *ret)
{
	static const char todo[] =
	    "timedatectl set-ntp true keeps the clock right; timedatectl says whether it does";
	char by[WORDS_MAX];

	(void)words_duration(ahead, by);
	if (ahead > VERDICT_CLOCK_AHEAD)
		finding_add(ret, FINDING_FAIL, "clock_ahead", todo,
			    "This computer's clock is %s ahead of the region's. The region refuses "
			    "events that lie more than 5 minutes ahead: they become dead letters.",
			    by);
	else if (ahead > VERDICT_CLOCK_WARN)
		finding_add(ret, FINDING_WARN, "clock_ahead", todo,
			    "This computer's clock is %s ahead of the region's: changes look newer "
			    "than they are. Beyond 5 minutes the region refuses them.",
			    by);
	else if (ahead < -VERDICT_CLOCK_WARN)
		finding_add(
		    ret, FINDING_WARN, "clock_behind", todo,
		    "This computer's clock is %s behind the region's: changes look older than "
		    "they are and may count as late, so that a bed keeps what it was.",
		    by);
}

/* The line is up. */
static void judge_contact(const struct facts *f, struct findings *ret)
{
	const struct outbox_status *o = &f->outbox;
	char n[WORDS_MAX], oldest[WORDS_MAX];

	if (o->queued > 0 && !f->line.backlog.known && f->now - o->oldest > VERDICT_OLD)
		finding_add(ret, FINDING_WARN, "queue_stands",
			    "journalctl -u bedpost-syncd; an event that the region cannot take is "
			    "searched for by halves",
			    "%s event(s) wait though the region answers, the oldest since %s.",
			    words_number(o->queued, n), words_moment(o->oldest, f->now, oldest));
	if (o->queued == 0 && f->line.in_sync == 0)
		finding_add(
		    ret, FINDING_WARN, "not_in_sync",
		    "nothing yet: the region asks for a census of all beds by itself, once an "
		    "hour at most. If outbox.db was lost or put back: drop the files since then "
		    "again, or have the EHR export all beds. Else, if this stays, tell the region",
		    "The region's picture of this home's beds is not the home's own.");
}

static void judge_line(const struct facts *f, struct findings *ret)
{
	const struct facts_line *l = &f->line;
	char at[WORDS_MAX];

	if (!f->syncd_runs || !l->known)
		return;
	if (status_file_is_silent(l->written_at, l->next_attempt, f->home->heartbeat, f->now)) {
		finding_add(ret, FINDING_FAIL, "syncd_hangs", "systemctl restart bedpost-syncd",
			    "bedpost-syncd runs and has said nothing since %s.",
			    words_moment(l->written_at, f->now, at));
		return;
	}
	if (is(l->state, "down") || is(l->state, "needs_person"))
		judge_away(f, ret);
	else
		for (size_t i = 0; i < l->n_roads; i++)
			judge_road(f, &l->roads[i], ret);
	judge_expiry(f, ret);
	if (l->clock_ahead_ms != FACTS_UNKNOWN)
		verdict_clock(l->clock_ahead_ms * USEC_PER_MSEC, ret);
	if (is(l->state, "up"))
		judge_contact(f, ret);
}

static void judge_access(const struct facts *f, struct findings *ret)
{
	const struct err *e = &f->outbox_error;

	if (f->has_outbox)
		return;
	if (e->code == ERR_NOT_FOUND && !f->may_not_look)
		finding_add(ret, FINDING_FAIL, "outbox_missing",
			    "systemctl enable --now bedpost-watcher bedpost-syncd",
			    "This home has not started yet: there is no outbox in %s.",
			    f->home->state_dir);
	else if (e->code == ERR_DENIED || f->may_not_look)
		finding_add(ret, FINDING_FAIL, "outbox_denied",
			    "run this as root or as the account of the services (bedpost)",
			    "The outbox may not be read: %s", e->message);
	else if (e->code == ERR_CONFLICT)
		finding_add(
		    ret, FINDING_FAIL, "outbox_version",
		    "install the same bedpost for all programs here; then systemctl restart "
		    "bedpost-watcher bedpost-syncd",
		    "The outbox and this program are of different versions: %s", e->message);
	else if (e->code == ERR_INVALID)
		finding_add(ret, FINDING_FAIL, "outbox_facility",
			    "mend facility or state_dir in home.yaml: each home has its own",
			    "This is another home's outbox: %s", e->message);
	else
		finding_add(
		    ret, FINDING_FAIL, "outbox_unreadable",
		    "bedpost doctor; a damaged outbox is moved away or put back from a backup",
		    "The outbox cannot be read: %s", e->message);
}

void verdict(const struct facts *f, struct findings *ret)
{
	judge_access(f, ret);
	verdict_daemons(f, ret);
	judge_intake(f, ret);
	judge_board(f, ret);
	verdict_disk(f, ret);
	judge_files(f, ret);
	judge_outbox(f, ret);
	judge_line(f, ret);
}
