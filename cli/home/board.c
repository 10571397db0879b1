/* bedpost board pin, bedpost board list: who may set a bed on the board. */
#include <string.h>

#include <sodium/utils.h>

#include "bed/ident.h"
#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/prompt.h"
#include "cli/table.h"
#include "watcher/board/pins.h"

static int open_pins(const struct command_line *line, struct place *place, struct pins **ret)
{
	struct err err;
	int code = place_open_home(place, line);

	if (code != EXIT_OK)
		return code;
	if (!place->home->board.listen)
		return command_error(EXIT_FAILED,
				     "%s has no board; add board: {listen: \"0.0.0.0:8089\"}",
				     place->home->path);
	int r = pins_load(place->home->board.pins, ret, &err);
	return r < 0 && r != -ERR_NOT_FOUND ? command_failed(&err) : EXIT_OK;
}

static int ask(const struct board_pin_options *o, char hash[PASSWORD_HASH], struct err *err)
{
	const struct prompt prompt = {
	    .what = "PIN", .fault = pin_fault, .from_stdin = o->from_stdin};
	char pin[PASSWORD_MAX + 1] = "";
	int r = prompt_secret(&prompt, pin, err);

	if (r == 0)
		r = password_hash(span_str(pin), hash, err);
	sodium_memzero(pin, sizeof(pin));
	return r;
}

/* "kari" and "user_kari" are the same user. */
static const char *user_of(const char *name, struct arena *a)
{
	bool has_prefix = span_starts(span_str(name), SPAN(PINS_PREFIX));
	struct span user =
	    ident_make(a, span_str(has_prefix ? name : arena_printf(a, PINS_PREFIX "%s", name)));

	return user.p;
}

int board_pin(const struct command_line *line)
{
	const struct board_pin_options *o = line->options;
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pins_freep) struct pins *pins = NULL;
	const char *user = user_of(line->operands[0], &a);
	char hash[PASSWORD_HASH];
	struct err err;

	if (!user)
		return command_error(EXIT_USAGE, "NAME: letters and digits, such as kari");
	int code = open_pins(line, &place, &pins);
	if (code != EXIT_OK)
		return code;
	if ((!o->remove && ask(o, hash, &err) < 0) ||
	    pins_put(pins, user, o->remove ? NULL : hash, &err) < 0 ||
	    pins_write(pins, place.home->board.pins, &err) < 0)
		return command_failed(&err);
	if (line->json)
		(void)printf("{\"user\":\"%s\",\"pin\":%s}\n", user, o->remove ? "false" : "true");
	else
		(void)printf(o->remove ? "%s has no PIN any more\n" : "%s has a PIN\n", user);
	return EXIT_OK;
}

int board_list(const struct command_line *line)
{
	static const struct table_column columns[] = {{"user", "USER"}, {0}};
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(pins_freep) struct pins *pins = NULL;
	_cleanup_(table_done) struct table t = table_of(columns);
	int code = open_pins(line, &place, &pins);

	if (!pins)
		return code;
	for (size_t i = 0; i < pins->n; i++)
		table_text(&t, pins->pin[i].user);
	table_print_list(&t, "pins", line->json);
	return EXIT_OK;
}
