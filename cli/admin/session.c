/* The schema is looked at before the role is taken: a database that was never migrated has no such
 * role, and "run bedpost-admin db migrate" says more than that. */
#include "cli/admin/session.h"

#include "base/cleanup.h"
#include "cli/who.h"
#include "regional/conf.h"
#include "store/migrate.h"

int session_open_raw(const struct command_line *line, const char *database, struct pg **ret,
		     struct err *err)
{
	_cleanup_(regional_conf_freep) struct regional_conf *conf = NULL;

	if (!database) {
		int r = regional_conf_load(line->config, &conf, NULL, err);
		if (r < 0)
			return r;
		database = conf->database;
	}
	const struct pg_options o = {
	    .conninfo = database, .application = "bedpost-admin", .gives_up = true};
	return pg_open(&o, ret, err);
}

int session_open(const struct command_line *line, const char *database, struct pg **ret,
		 struct err *err)
{
	_cleanup_(pg_closep) struct pg *pg = NULL;
	int r = session_open_raw(line, database, &pg, err);

	if (r == 0)
		r = migrate_check(pg, err);
	if (r == 0)
		r = pg_exec(pg, "SET ROLE bedpost_owner", err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(pg);
	return 0;
}

const char *session_who(void)
{
	return who_acts();
}

int session_refused(const struct err *err)
{
	return err->code == ERR_INVALID ? command_error(EXIT_USAGE, "%s", err->message)
					: command_failed(err);
}
