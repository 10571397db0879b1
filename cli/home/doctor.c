/* bedpost doctor */
#include "cli/home/doctor.h"

#include <stdio.h>
#include <sys/stat.h>

#include "cli/home/commands.h"
#include "cli/home/place.h"

static const struct {
	const char *title;
	void (*check)(struct doctor *d);
} parts[] = {
    {"who", doctor_who},
    {"outbox and disk", doctor_state},
    {"daemons", doctor_daemons},
    {"adapters", doctor_adapters},
    {"folders", doctor_folders},
    {"enrolment", doctor_enrolment},
    {"the way to the region", doctor_line},
};

static void check_config(struct doctor *d, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IWOTH))
		finding_add(d->found, FINDING_WARN, "config_writable", "chmod o-w the file",
			    "%s can be changed by anybody on this computer.", path);
	else
		finding_add(d->found, FINDING_OK, "config", NULL, "%s is good: %s.", path,
			    d->home->facility);
}

static int config_is_wrong(const struct command_line *line, const struct err *err)
{
	_cleanup_(findings_done) struct findings found = FINDINGS_INIT;
	_cleanup_(buf_done) struct buf out = BUF_INIT;

	finding_add(&found, FINDING_FAIL, "config",
		    err->code == ERR_DENIED ? "run the doctor as root, or mend the file's mode"
					    : "mend home.yaml; bedpost-home(5) tells its keys",
		    "home.yaml cannot be used: %s", err->message);
	if (line->json) {
		buf_adds(&out, "{\"facility\":null,\"level\":\"fail\",\"checks\":");
		findings_to_json(&found, &out);
		buf_adds(&out, "}\n");
	} else {
		findings_to_text(&found, FINDING_OK, false, &out);
	}
	(void)fwrite(out.p, 1, out.n, stdout);
	return EXIT_FAILED;
}

/* What was found since `from`; the network's steps take their time, so people see each part at
 * once. */
static void print_part(const struct findings *found, size_t from, const char *title)
{
	_cleanup_(buf_done) struct buf out = BUF_INIT;

	for (size_t i = from; i < found->n; i++)
		finding_to_text(&found->item[i], &out);
	(void)printf("%s\n%s\n", title, out.p ? out.p : "");
	(void)fflush(stdout);
}

static void print_end(const struct doctor *d, bool json)
{
	const struct findings *found = d->found;
	_cleanup_(buf_done) struct buf out = BUF_INIT;

	if (json) {
		buf_addf(&out,
			 "{\"facility\":\"%s\",\"level\":\"%s\",\"checks\":", d->home->facility,
			 finding_level_name(findings_worst(found)));
		findings_to_json(found, &out);
		buf_addc(&out, '}');
	} else {
		buf_addf(&out, "%s: %s: %zu check(s), %zu failed, %zu warning(s), %zu left out",
			 d->home->facility, finding_level_name(findings_worst(found)), found->n,
			 findings_count(found, FINDING_FAIL), findings_count(found, FINDING_WARN),
			 findings_count(found, FINDING_SKIP));
	}
	(void)printf("%s\n", out.p);
}

int doctor(const struct command_line *line)
{
	const struct doctor_options *o = line->options;
	_cleanup_(findings_done) struct findings found = FINDINGS_INIT;
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct doctor d = {.found = &found, .write = o->write};
	struct err err;

	if (home_load(line->config, &place.home, NULL, &err) < 0)
		return config_is_wrong(line, &err);
	d.home = place.home;
	d.facts = arena_new(&a, struct facts);
	facts_gather(d.home, clock_now(), &a, d.facts);
	check_config(&d, line->config);
	size_t from = 0;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		parts[i].check(&d);
		if (!line->json)
			print_part(&found, from, parts[i].title);
		from = found.n;
	}
	print_end(&d, line->json);
	return findings_exit(&found);
}
