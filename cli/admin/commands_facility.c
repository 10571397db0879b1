/* facility add, facility set, facility list, facility renew, facility enrol, facility revoke. */
#include "cli/admin/commands.h"

#include <stdio.h>

#include "bed/ident.h"
#include "cli/admin/ca.h"
#include "cli/admin/enrol.h"
#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/facilities.h"

#define DAYS_MAX 3650

struct add_options {
	const char *database, *name, *region, *lat, *lon, *zone, *address, *ca_dir, *url, *out;
	const char *sftp, *sftp_host_key, *conflict_policy;
	int64_t days;
};

/* clang-format off */
#define FILE_OPTIONS(type)                                                                         \
	{"ca-dir", 0, COMMAND_STRING, offsetof(type, ca_dir), "DIR", "the CA's folder"},           \
	{"url", 0, COMMAND_STRING, offsetof(type, url), "URL",                                     \
	 "where the home reaches the region: https://host:port"},                                  \
	{"out", 0, COMMAND_STRING, offsetof(type, out), "FILE", "the enrolment file to write"},    \
	{"sftp", 0, COMMAND_STRING, offsetof(type, sftp), "URL",                                   \
	 "a road over SFTP as well: sftp://account@host[:port][/folder]"},                         \
	{"sftp-host-key", 0, COMMAND_STRING, offsetof(type, sftp_host_key), "KEY",                 \
	 "the SFTP server's public host key: \"ssh-ed25519 AAAA...\""},                            \
	{"days", 0, COMMAND_INT, offsetof(type, days), "N",                                        \
	 "the certificate is valid for so long (825)"}
/* clang-format on */

static const struct command_option add_options[] = {
    {"name", 0, COMMAND_STRING, offsetof(struct add_options, name), "TEXT", "the home's name"},
    {"region", 0, COMMAND_STRING, offsetof(struct add_options, region), "ID", "its region"},
    {"lat", 0, COMMAND_STRING, offsetof(struct add_options, lat), "DEGREES", "latitude, WGS 84"},
    {"lon", 0, COMMAND_STRING, offsetof(struct add_options, lon), "DEGREES", "longitude, WGS 84"},
    {"zone", 0, COMMAND_STRING, offsetof(struct add_options, zone), "ZONE",
     "time zone, such as Europe/Oslo (UTC)"},
    {"address", 0, COMMAND_STRING, offsetof(struct add_options, address), "TEXT", "postal address"},
    {"conflict-policy", 0, COMMAND_STRING, offsetof(struct add_options, conflict_policy), "NAME",
     "hold (which is the default), source_wins or latest_wins"},
    FILE_OPTIONS(struct add_options),
    SESSION_OPTION(struct add_options),
    {0},
};

static int read_degrees(const char *name, const char *text, double bound, double *ret)
{
	if (span_to_double(span_str(text), ret) && *ret >= -bound && *ret <= bound)
		return EXIT_OK;
	return command_error(EXIT_USAGE, "--%s is a number from -%g to %g", name, bound, bound);
}

static int check_zone(const char *name)
{
	_cleanup_(zone_freep) struct zone *zone = NULL;
	struct err err;

	if (!name || zone_load(name, &zone, &err) == 0)
		return EXIT_OK;
	return command_error(EXIT_USAGE, "--zone: %s", err.message);
}

static int check_sftp_options(const char *sftp, const char *host_key)
{
	if (!sftp == !host_key)
		return EXIT_OK;
	return command_error(EXIT_USAGE, "--sftp and --sftp-host-key go together");
}

static int check_file_options(const char *command, const char *ca_dir, const char *out,
			      int64_t days)
{
	if (!ca_dir || !out)
		return command_error(EXIT_USAGE, "%s wants --ca-dir DIR and --out FILE", command);
	if (days < 0 || days > DAYS_MAX)
		return command_error(EXIT_USAGE, "--days is 1 to %d", DAYS_MAX);
	return EXIT_OK;
}

/* The home from the options; an exit code if they do not hold. */
static int fill(const struct command_line *line, struct registry_facility *f)
{
	const struct add_options *o = line->options;

	*f = (struct registry_facility){.id = span_str(line->operands[0]),
					.name = span_str(o->name),
					.region_id = span_str(o->region),
					.timezone = span_str(o->zone),
					.address = span_str(o->address),
					.conflict_policy = span_str(o->conflict_policy),
					.has_place = o->lat != NULL};
	if (!ident_is_facility(f->id))
		return command_error(EXIT_USAGE,
				     "\"%s\" is not a facility id: fac_ and a-z 0-9 _ . -",
				     line->operands[0]);
	if (span_is_empty(f->name) || !o->region || !o->url)
		return command_error(EXIT_USAGE,
				     "facility add wants --name TEXT, --region ID and --url URL");
	if (!ident_is_region(f->region_id))
		return command_error(EXIT_USAGE, "--region: \"%s\" is not a region id (reg_…)",
				     o->region);
	if ((o->lat != NULL) != (o->lon != NULL))
		return command_error(EXIT_USAGE, "--lat and --lon go together");
	if (o->lat) {
		int code = read_degrees("lat", o->lat, 90, &f->latitude);
		if (code == EXIT_OK)
			code = read_degrees("lon", o->lon, 180, &f->longitude);
		if (code != EXIT_OK)
			return code;
	}
	int code = check_zone(o->zone);
	if (code == EXIT_OK)
		code = check_sftp_options(o->sftp, o->sftp_host_key);
	return code != EXIT_OK ? code
			       : check_file_options("facility add", o->ca_dir, o->out, o->days);
}

static void print_result(const char *facility, const char *out, const struct enrol_result *r,
			 bool json)
{
	static const struct table_column columns[] = {{"facility", "HOME"},
						      {"row", "ROW"},
						      {"enrolment", "ENROLMENT"},
						      {"file", "FILE"},
						      {"until", "VALID UNTIL", TABLE_TIME},
						      {"ssh_key", "SSH KEY"},
						      {0}};
	struct table t = table_of(columns);

	table_text(&t, facility);
	table_text(&t, r->row == REGISTRY_NEW ? "added" : "was there already");
	table_text(&t, out);
	table_text(&t, r->file_kept ? "was there already" : "written");
	table_time(&t, r->until);
	table_text(&t, r->ssh_key.p);
	table_print_record(&t, json);
	table_done(&t);
}

static int facility_command_add(const struct command_line *line)
{
	const struct add_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	struct registry_facility f;
	_cleanup_(enrol_result_done) struct enrol_result result = {0};
	struct err err;

	int code = fill(line, &f);
	if (code != EXIT_OK)
		return code;
	const struct enrol_request rq = {.ca_dir = o->ca_dir,
					 .url = o->url,
					 .out = o->out,
					 .valid = o->days * USEC_PER_DAY,
					 .sftp_url = o->sftp,
					 .sftp_host_key = o->sftp_host_key};
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    enrol_add(pg, session_who(), &f, &rq, clock_now(), &result, &err) < 0)
		return command_failed(&err);
	print_result(f.id.p, o->out, &result, line->json);
	if (!o->zone)
		(void)fprintf(stderr, "bedpost-admin: without --zone, reports count this home's "
				      "days by UTC; give the zone of its home.yaml\n");
	return EXIT_OK;
}

struct renew_options {
	const char *database, *ca_dir, *url, *out, *sftp, *sftp_host_key;
	int64_t days;
};

static const struct command_option renew_options[] = {
    FILE_OPTIONS(struct renew_options),
    SESSION_OPTION(struct renew_options),
    {0},
};

static int renew(const struct command_line *line, const char *command, bool only)
{
	const struct renew_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(enrol_result_done) struct enrol_result result = {0};
	struct err err;

	if (!ident_is_facility(span_str(line->operands[0])))
		return command_error(EXIT_USAGE, "\"%s\" is not a facility id (fac_…)",
				     line->operands[0]);
	int code = check_file_options(command, o->ca_dir, o->out, o->days);
	if (code == EXIT_OK)
		code = check_sftp_options(o->sftp, o->sftp_host_key);
	if (code != EXIT_OK)
		return code;
	const struct enrol_request rq = {.ca_dir = o->ca_dir,
					 .url = o->url,
					 .out = o->out,
					 .valid = o->days * USEC_PER_DAY,
					 .sftp_url = o->sftp,
					 .sftp_host_key = o->sftp_host_key};
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    enrol_renew(pg, session_who(), line->operands[0], &rq, only, clock_now(), &result,
			&err) < 0)
		return command_failed(&err);
	print_result(line->operands[0], o->out, &result, line->json);
	if (only && result.ssh_key.n && !line->json)
		(void)fputs("The region does not see SSH keys: put the new one in place of the "
			    "home's old one in authorized_keys.\n",
			    stderr);
	return EXIT_OK;
}

static int facility_command_renew(const struct command_line *line)
{
	return renew(line, "facility renew", false);
}

static int facility_command_enrol(const struct command_line *line)
{
	return renew(line, "facility enrol", true);
}

struct revoke_options {
	const char *database;
};

static const struct command_option revoke_options[] = {SESSION_OPTION(struct revoke_options), {0}};

static int facility_command_revoke(const struct command_line *line)
{
	const struct revoke_options *o = line->options;
	static const struct table_column columns[] = {
	    {"facility", "HOME"}, {"state", "STATE"}, {0}};
	const struct span id = span_str(line->operands[0]);
	_cleanup_(pg_closep) struct pg *pg = NULL;
	struct err err;

	if (!ident_is_facility(id))
		return command_error(EXIT_USAGE, "\"%s\" is not a facility id (fac_…)", id.p);
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    facilities_revoke(pg, session_who(), id, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	table_text(&t, id.p);
	table_text(&t, "closed");
	table_print_record(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

struct set_options {
	const char *database, *conflict_policy;
};

static const struct command_option set_options[] = {
    {"conflict-policy", 0, COMMAND_STRING, offsetof(struct set_options, conflict_policy), "NAME",
     "hold, source_wins or latest_wins: what becomes of events that do not fit"},
    SESSION_OPTION(struct set_options),
    {0},
};

static int facility_command_set(const struct command_line *line)
{
	const struct set_options *o = line->options;
	const struct span id = span_str(line->operands[0]);
	_cleanup_(pg_closep) struct pg *pg = NULL;
	struct err err;

	if (!ident_is_facility(id))
		return command_error(EXIT_USAGE, "\"%s\" is not a facility id (fac_…)", id.p);
	if (!o->conflict_policy)
		return command_error(EXIT_USAGE, "facility set wants --conflict-policy NAME");
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    registry_facility_set_policy(pg, session_who(), id, span_str(o->conflict_policy),
					 &err) < 0)
		return command_failed(&err);
	return EXIT_OK;
}

struct list_options {
	const char *database, *region;
};

static const struct command_option list_options[] = {
    {"region", 0, COMMAND_STRING, offsetof(struct list_options, region), "ID",
     "of this region only"},
    SESSION_OPTION(struct list_options),
    {0},
};

static void add_row(struct table *t, const struct registry_facility *f)
{
	char place[64] = "";

	if (f->has_place)
		(void)snprintf(place, sizeof(place), "%.5f,%.5f", f->latitude, f->longitude);
	table_span(t, f->id);
	table_span(t, f->name);
	table_span(t, f->region_id);
	table_span(t, f->timezone);
	table_text(t, f->has_place ? place : NULL);
	table_span(t, f->address);
	table_span(t, f->conflict_policy);
	table_number(t, f->beds);
	table_time(t, f->last_contact_at);
	table_time(t, f->offline_since);
	table_time(t, f->revoked_at);
	table_time(t, f->created_at);
}

static int facility_command_list(const struct command_line *line)
{
	static const struct table_column columns[] = {
	    {"id", "HOME"},
	    {"name", "NAME"},
	    {"region", "REGION"},
	    {"zone", "ZONE"},
	    {"place", "PLACE"},
	    {"address", NULL},
	    {"conflict_policy", NULL},
	    {"beds", "BEDS", TABLE_NUMBER},
	    {"last_contact_at", "LAST CONTACT", TABLE_TIME},
	    {"offline_since", NULL, TABLE_TIME},
	    {"revoked_at", "REVOKED", TABLE_TIME},
	    {"created_at", NULL, TABLE_TIME},
	    {0}};
	const struct list_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct registry_facility *rows;
	size_t n;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    registry_facilities(pg, span_str(o->region), SPAN_NONE, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++)
		add_row(&t, &rows[i]);
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

const struct command commands_facility[] = {
    {.name = "facility add",
     .operands = "ID",
     .min = 1,
     .max = 1,
     .help = "add a home, and write the enrolment file to carry to it",
     .more = "The file holds the home's private key: carry it safely, and keep no copy. The same "
	     "command again changes "
	     "nothing.",
     .options = add_options,
     .options_size = sizeof(struct add_options),
     .run = facility_command_add},
    {.name = "facility set",
     .operands = "ID",
     .min = 1,
     .max = 1,
     .help = "change how a home is treated, from its next batch on",
     .more = "A conflict that is open stays open whatever the policy: a person settles it.",
     .options = set_options,
     .options_size = sizeof(struct set_options),
     .run = facility_command_set},
    {.name = "facility list",
     .help = "list the homes",
     .options = list_options,
     .options_size = sizeof(struct list_options),
     .run = facility_command_list},
    {.name = "facility renew",
     .operands = "ID",
     .min = 1,
     .max = 1,
     .help = "write a new enrolment file, with a new key and certificate",
     .more = "Takes the place of the home's enrolment at --out if there is one, whose url is then "
	     "the default.",
     .options = renew_options,
     .options_size = sizeof(struct renew_options),
     .run = facility_command_renew},
    {.name = "facility enrol",
     .operands = "ID",
     .min = 1,
     .max = 1,
     .help = "write a new enrolment file, refuse every older certificate, and open a closed home",
     .more = "For a box that was lost or replaced. The home is away until the new file is "
	     "installed. With SFTP, change the key in authorized_keys as well: the region does not "
	     "see SSH keys.",
     .options = renew_options,
     .options_size = sizeof(struct renew_options),
     .run = facility_command_enrol},
    {.name = "facility revoke",
     .operands = "ID",
     .min = 1,
     .max = 1,
     .help = "close a home: nothing of it is taken in, and its certificates are refused for ever",
     .more = "At once, on connections that are open too. facility enrol opens it again.",
     .options = revoke_options,
     .options_size = sizeof(struct revoke_options),
     .run = facility_command_revoke},
    {0},
};
