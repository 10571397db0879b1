/* audit keygen, audit sign, audit verify. */
#include "cli/admin/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "bed/ident.h"
#include "cli/admin/session.h"
#include "cli/table.h"
#include "regional/conf.h"
#include "store/audit_verify.h"

#define PUBLIC_SUFFIX  ".pub"
#define PROGRESS_EVERY USEC_PER_SEC
#define KEY_FILE_MAX   4096

/* ---- keygen ---- */

struct keygen_options {
	const char *out;
};

static const struct command_option keygen_options[] = {
    {"out", 'o', COMMAND_STRING, offsetof(struct keygen_options, out), "FILE",
     "the secret key; the public one goes to FILE" PUBLIC_SUFFIX},
    {0},
};

static int audit_command_keygen(const struct command_line *line)
{
	static const struct table_column columns[] = {
	    {"secret", "SECRET"}, {"public", "PUBLIC"}, {0}};
	const struct keygen_options *o = line->options;
	_cleanup_(buf_done) struct buf secret = BUF_INIT, public = BUF_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct heads_key key;
	struct err err;

	if (!o->out || !*o->out)
		return command_error(EXIT_USAGE, "audit keygen wants --out FILE");
	const char *beside = arena_printf(&a, "%s" PUBLIC_SUFFIX, o->out);
	heads_key_make(&key, &secret, &public);
	if (files_exist(beside))
		return command_error(EXIT_FAILED, "%s is there already", beside);
	if (files_create(o->out, 0600, buf_span(&secret), &err) < 0 ||
	    files_create(beside, 0644, buf_span(&public), &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	table_text(&t, o->out);
	table_text(&t, beside);
	table_print_record(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

/* ---- sign ---- */

struct sign_options {
	const char *database, *dir, *key;
};

static const struct command_option sign_options[] = {
    {"dir", 0, COMMAND_STRING, offsetof(struct sign_options, dir), "DIR",
     "the folder of signed heads, instead of what region.yaml says"},
    {"key", 0, COMMAND_STRING, offsetof(struct sign_options, key), "FILE",
     "the secret key, likewise"},
    SESSION_OPTION(struct sign_options),
    {0},
};

static int audit_command_sign(const struct command_line *line)
{
	static const struct table_column columns[] = {{"day", "DAY"}, {"result", "RESULT"}, {0}};
	const struct sign_options *o = line->options;
	_cleanup_(regional_conf_freep) struct regional_conf *conf = NULL;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	const char *dir = o->dir, *key = o->key;
	char day[HEADS_DAY_CHARS + 1];
	enum heads_signed what;
	usec_t now = clock_now();
	struct err err;

	if (!dir != !key)
		return command_error(EXIT_USAGE,
				     "audit sign wants both --dir and --key, or neither");
	if (!dir) {
		if (regional_conf_load(line->config, &conf, NULL, &err) < 0)
			return command_failed(&err);
		dir = conf->audit_dir;
		key = conf->audit_key;
	}
	if (!dir)
		return command_error(
		    EXIT_USAGE, "neither --dir and --key nor a section audit in %s", line->config);
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    heads_sign(pg, dir, key, now, &what, &err) < 0)
		return command_failed(&err);
	heads_day_of(now, day);
	struct table t = table_of(columns);
	table_text(&t, day);
	table_text(&t, what == HEADS_NEW ? "signed" : "was signed already");
	table_print_record(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

/* ---- verify ---- */

struct verify_options {
	const char *database, *facility, *from, *to, *heads, *public_key;
};

static const struct command_option verify_options[] = {
    {"facility", 'f', COMMAND_STRING, offsetof(struct verify_options, facility), "ID",
     "this home only"},
    {"from", 0, COMMAND_STRING, offsetof(struct verify_options, from), "TIME",
     "only rows received from then on (2026-04-20 or 2026-04-20T09:00:00Z)"},
    {"to", 0, COMMAND_STRING, offsetof(struct verify_options, to), "TIME",
     "only rows received before then"},
    {"heads", 0, COMMAND_STRING, offsetof(struct verify_options, heads), "DIR",
     "compare with the signed heads in this folder"},
    {"public-key", 0, COMMAND_STRING, offsetof(struct verify_options, public_key), "FILE",
     "the key they are signed with"},
    SESSION_OPTION(struct verify_options),
    {0},
};

struct report {
	bool json, started, on_terminal, shown;
	int64_t wrong_files;
	usec_t began, next;
};

static void start_line(struct report *p)
{
	if (p->shown && p->on_terminal)
		(void)fputs("\r\033[K", stderr);
	p->shown = false;
	if (p->json)
		(void)fputs(p->started ? ",\n" : "\n", stdout);
	p->started = true;
}

static void say_row(const struct audit_finding *f, struct span facility_id, struct buf *out)
{
	char at[CLOCK_RFC3339_MAX];

	(void)table_add_visible(out, facility_id);
	buf_addf(out, " row %" PRId64, f->n);
	if (f->through > f->n)
		buf_addf(out, " to %" PRId64, f->through);
	buf_addf(out, ": %s", audit_fault_name(f->fault));
	if (f->fault == AUDIT_MOVED)
		buf_addf(out, " from %" PRId64, f->was);
	if (f->fault == AUDIT_REWRITTEN)
		buf_addf(out, ": the heads signed on %s are another chain's", f->day);
	else if (f->day)
		buf_addf(out, ": they were there when %s was signed", f->day);
	if (f->event_id[0]) {
		buf_adds(out, ", event ");
		(void)table_add_visible(out, span_str(f->event_id));
	}
	if (f->received_at != USEC_NONE)
		buf_addf(out, ", received %s", clock_format_rfc3339(f->received_at, at));
	buf_addc(out, '\n');
}

static void say_row_json(const struct audit_finding *f, struct span facility_id, struct buf *out)
{
	char at[CLOCK_RFC3339_MAX];

	buf_adds(out, "{\"facility_id\":");
	table_add_json_text(out, facility_id);
	buf_addf(out, ",\"fault\":\"%s\",\"n\":%" PRId64 ",\"through\":%" PRId64 ",\"was\":",
		 audit_fault_name(f->fault), f->n, f->through);
	if (f->fault == AUDIT_MOVED)
		buf_addf(out, "%" PRId64, f->was);
	else
		buf_adds(out, "null");
	buf_adds(out, ",\"event_id\":");
	if (f->event_id[0])
		table_add_json_text(out, span_str(f->event_id));
	else
		buf_adds(out, "null");
	buf_adds(out, ",\"received_at\":");
	if (f->received_at != USEC_NONE)
		buf_addf(out, "\"%s\"", clock_format_rfc3339(f->received_at, at));
	else
		buf_adds(out, "null");
	buf_addf(out, f->day ? ",\"signed\":\"%s\"}" : ",\"signed\":null}", f->day);
}

static void print_finding(void *user, struct span facility_id, const struct audit_finding *f)
{
	_cleanup_(buf_done) struct buf out = BUF_INIT;
	struct report *p = user;

	start_line(p);
	if (p->json)
		say_row_json(f, facility_id, &out);
	else
		say_row(f, facility_id, &out);
	(void)fwrite(out.p, 1, out.n, stdout);
}

static void print_wrong_file(void *user, const char *file, const char *why)
{
	struct report *p = user;

	start_line(p);
	p->wrong_files++;
	if (p->json)
		(void)printf("{\"file\":\"%s\",\"fault\":\"%s\"}", file, why);
	else
		(void)printf("%s: %s\n", file, why);
}

static void print_progress(void *user, int64_t rows, int64_t total)
{
	struct report *p = user;
	usec_t now = clock_monotonic();

	if (now < p->next)
		return;
	p->next = now + (p->on_terminal ? PROGRESS_EVERY : 10 * PROGRESS_EVERY);
	p->shown = true;
	(void)fprintf(stderr, "%s%" PRId64 " of %" PRId64 " rows, %.0f a second%s",
		      p->on_terminal ? "\r\033[K" : "", rows, total,
		      (double)rows * USEC_PER_SEC / (double)(now - p->began + 1),
		      p->on_terminal ? "" : "\n");
}

/* A day alone is its midnight, UTC. */
static bool read_time(const char *text, usec_t *ret)
{
	char whole[CLOCK_RFC3339_MAX];

	*ret = USEC_NONE;
	if (!text)
		return true;
	(void)snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
	return clock_parse_rfc3339(span_str(text), ret, NULL) == 0 ||
	       clock_parse_rfc3339(span_str(whole), ret, NULL) == 0;
}

static int load_heads(const struct verify_options *o, struct report *p, struct heads_set *ret,
		      struct err *err)
{
	char text[KEY_FILE_MAX];
	_cleanup_(closep) int fd = open(o->public_key, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	struct digest key;

	if (n < 0)
		return err_errno(err, errno, "%s", o->public_key);
	if (heads_public_read(span_of(text, (size_t)n), &key, err) < 0)
		return err_prefix(err, "%s", o->public_key);
	int e = heads_load(o->heads, &key, print_wrong_file, p, ret, err);
	if (e == 0 && ret->n_files == 0)
		return err_set(err, ERR_NOT_FOUND, "%s holds no signed heads", o->heads);
	return e;
}

static void print_end(const struct report *p, const struct audit_verify_result *r,
		      const struct heads_set *heads)
{
	bool sound = r->wrong == 0 && p->wrong_files == 0;
	double seconds = (double)r->took / USEC_PER_SEC;
	double speed = (double)r->rows / (seconds > 0 ? seconds : 1e-6);

	if (p->json) {
		(void)printf("],\"sound\":%s,\"homes\":%" PRId64 ",\"rows\":%" PRId64
			     ",\"wrong_places\":%" PRId64 ",\"wrong_files\":%" PRId64
			     ",\"seconds\":%.3f,\"rows_per_second\":%.0f",
			     sound ? "true" : "false", r->facilities, r->rows, r->wrong,
			     p->wrong_files, seconds, speed);
		if (heads->n_files)
			(void)printf(",\"signed_files\":%zu,\"signed_from\":\"%s\",\"signed_to\":"
				     "\"%s\"}\n",
				     heads->n_files, heads->first_day, heads->last_day);
		else
			(void)puts(",\"signed_files\":0,\"signed_from\":null,\"signed_to\":null}");
		return;
	}
	(void)printf("%s: %" PRId64 " rows of %" PRId64 " homes in %.1f s, %.0f rows a second",
		     sound ? "sound" : "BROKEN", r->rows, r->facilities, seconds, speed);
	if (r->wrong)
		(void)printf("; %" PRId64 " places are wrong", r->wrong);
	if (heads->n_files)
		(void)printf("; signed heads of %zu days, %s to %s", heads->n_files,
			     heads->first_day, heads->last_day);
	(void)putchar('\n');
}

static int check_options(const struct verify_options *o, struct audit_verify_options *ret)
{
	if (o->facility && !ident_is_facility(span_str(o->facility)))
		return command_error(EXIT_USAGE, "\"%s\" is not a home's id", o->facility);
	if (!read_time(o->from, &ret->from) || !read_time(o->to, &ret->to))
		return command_error(EXIT_USAGE, "--from and --to want a day or a time such as "
						 "2026-04-20T09:00:00Z");
	if (!o->heads != !o->public_key)
		return command_error(EXIT_USAGE, "--heads DIR and --public-key FILE go together");
	ret->facility_id = span_str(o->facility);
	return EXIT_OK;
}

static int audit_command_verify(const struct command_line *line)
{
	const struct verify_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(heads_set_done) struct heads_set heads = {0};
	struct report p = {.json = line->json,
			   .on_terminal = isatty(STDERR_FILENO),
			   .began = clock_monotonic(),
			   .next = clock_monotonic() + PROGRESS_EVERY};
	struct audit_verify_options v = {
	    .heads = &heads, .found = print_finding, .progress = print_progress, .user = &p};
	struct audit_verify_result r = {0};
	struct err err = {0};

	int code = check_options(o, &v);
	if (code != EXIT_OK)
		return code;
	if (session_open(line, o->database, &pg, &err) < 0)
		return command_failed(&err);
	if (line->json)
		(void)fputs("{\"findings\":[", stdout);
	if ((o->heads && load_heads(o, &p, &heads, &err) < 0) || audit_verify(pg, &v, &r, &err) < 0)
		return command_failed(&err);
	if (p.shown && p.on_terminal)
		(void)fputs("\r\033[K", stderr);
	print_end(&p, &r, &heads);
	return r.wrong || p.wrong_files ? EXIT_FAILED : EXIT_OK;
}

const struct command commands_audit[] = {
    {.name = "audit keygen",
     .help = "make the key that signs the audit log's heads",
     .options = keygen_options,
     .options_size = sizeof(struct keygen_options),
     .run = audit_command_keygen},
    {.name = "audit sign",
     .help = "sign the heads of all homes' chains, once a day; for cron where no daemon does",
     .options = sign_options,
     .options_size = sizeof(struct sign_options),
     .run = audit_command_sign},
    {.name = "audit verify",
     .help = "prove the audit log: name every row that was changed, removed, added or moved",
     .more = "Ends 0 if all is sound, 1 if not, 2 for a wrong command line.",
     .options = verify_options,
     .options_size = sizeof(struct verify_options),
     .run = audit_command_verify},
    {0},
};
