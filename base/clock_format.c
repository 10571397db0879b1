/* Formats are compiled once, when an adapter is loaded, so that a mistake in one is an error with a
 * place in the configuration and not a surprise at the first record. A format must say one day and
 * nothing twice. */
#include "base/clock_format.h"

#include <stdlib.h>
#include <string.h>

const struct clock_format clock_format_rfc3339_only = {.kind = CLOCK_KIND_RFC3339};

static const struct {
	const char *name;
	enum clock_format_kind kind;
} named[] = {
    {"rfc3339", CLOCK_KIND_RFC3339}, {"iso8601", CLOCK_KIND_ISO8601}, {"hl7", CLOCK_KIND_HL7},
    {"unix", CLOCK_KIND_UNIX},	     {"unix_ms", CLOCK_KIND_UNIX_MS},
};

/* What a directive tells; each may be told once. */
enum part {
	PART_YEAR = 1,
	PART_MONTH = 2,
	PART_DAY = 4,
	PART_YEAR_DAY = 8,
	PART_HOUR = 16,
	PART_MINUTE = 32,
	PART_SECOND = 64,
	PART_FRACTION = 128,
	PART_AM_PM = 256,
	PART_OFFSET = 512,
	PART_UNIX = 1024,
	PART_HOUR_12 = 2048,
	PART_WEEKDAY = 4096,
};

static const struct {
	char letter;
	enum clock_op_code code;
	unsigned part;
} directives[] = {
    {'Y', OP_YEAR, PART_YEAR},
    {'y', OP_YEAR_2, PART_YEAR},
    {'m', OP_MONTH, PART_MONTH},
    {'b', OP_MONTH_NAME, PART_MONTH},
    {'B', OP_MONTH_NAME, PART_MONTH},
    {'d', OP_DAY, PART_DAY},
    {'e', OP_DAY_SPACE, PART_DAY},
    {'j', OP_YEAR_DAY, PART_YEAR_DAY},
    {'H', OP_HOUR, PART_HOUR},
    {'I', OP_HOUR_12, PART_HOUR_12},
    {'M', OP_MINUTE, PART_MINUTE},
    {'S', OP_SECOND, PART_SECOND},
    {'f', OP_FRACTION, PART_FRACTION},
    {'p', OP_AM_PM, PART_AM_PM},
    {'z', OP_OFFSET, PART_OFFSET},
    {'s', OP_UNIX, PART_UNIX},
    {'a', OP_WEEKDAY_NAME, PART_WEEKDAY},
    {'A', OP_WEEKDAY_NAME, PART_WEEKDAY},
};

/* What a set of directives lacks to say one instant, or NULL. */
static const char *missing(unsigned parts)
{
	unsigned day = parts & (PART_MONTH | PART_DAY | PART_YEAR_DAY);
	unsigned hour = parts & (PART_HOUR | PART_HOUR_12);

	if (parts & PART_UNIX)
		return parts & ~(unsigned)(PART_UNIX | PART_FRACTION | PART_WEEKDAY)
			   ? "%s says all; it goes with %f only"
			   : NULL;
	if (!(parts & PART_YEAR))
		return "says no year (%Y or %y)";
	if (day != (PART_MONTH | PART_DAY) && day != PART_YEAR_DAY)
		return "must say one day: %m (or %b) with %d, or %j alone";
	if (hour == (PART_HOUR | PART_HOUR_12))
		return "says the hour twice (%H and %I)";
	if (!(parts & PART_HOUR_12) != !(parts & PART_AM_PM))
		return "%I and %p go together";
	if ((parts & PART_MINUTE) && !hour)
		return "has %M without an hour";
	if ((parts & PART_SECOND) && !(parts & PART_MINUTE))
		return "has %S without %M";
	if ((parts & PART_FRACTION) && !(parts & PART_SECOND))
		return "has %f without %S";
	if ((parts & PART_OFFSET) && !hour)
		return "has %z without an hour";
	return NULL;
}

static int compile_directive(char letter, size_t column, unsigned *parts, struct clock_op *ret_op,
			     struct err *err)
{
	if (letter == '%') {
		*ret_op = (struct clock_op){OP_LITERAL, '%'};
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
		if (directives[i].letter != letter)
			continue;
		if (*parts & directives[i].part)
			return err_set(
			    err, ERR_INVALID,
			    "time format: column %zu: %%%c says again what was said before", column,
			    letter);
		*parts |= directives[i].part;
		*ret_op = (struct clock_op){(uint8_t)directives[i].code, 0};
		return 0;
	}
	if (letter == '\0')
		return err_set(err, ERR_INVALID, "time format: column %zu: a lone %% at the end",
			       column);
	return err_set(err, ERR_INVALID, "time format: column %zu: unknown directive %%%c", column,
		       letter > ' ' && letter < 0x7f ? letter : '?');
}

static int compile_ops(const char *text, struct clock_format *f, struct err *err)
{
	unsigned parts = 0;
	size_t n = 0;

	for (const char *p = text; *p; p++) {
		if (*p == '%') {
			p++;
			int r = compile_directive(*p, (size_t)(p - text), &parts, &f->ops[n], err);
			if (r < 0)
				return r;
			n++;
		} else if (*p == ' ' || (*p >= '\t' && *p <= '\r')) {
			if (n == 0 || f->ops[n - 1].code != OP_SPACE)
				f->ops[n++] = (struct clock_op){OP_SPACE, 0};
		} else {
			f->ops[n++] = (struct clock_op){OP_LITERAL, *p};
		}
	}
	f->ops[n].code = OP_END;
	const char *lacks = missing(parts);
	if (lacks)
		return err_set(err, ERR_INVALID, "time format: column 1: \"%s\" %s", text, lacks);
	f->has_time = parts & (PART_HOUR | PART_HOUR_12 | PART_UNIX);
	f->is_instant = parts & PART_UNIX;
	return 0;
}

static bool find_named(const char *text, enum clock_format_kind *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		if (strcmp(text, named[i].name) == 0) {
			*ret = named[i].kind;
			return true;
		}
	}
	return false;
}

int clock_format_compile(const char *text, struct clock_format **ret, struct err *err)
{
	_cleanup_(clock_format_freep) struct clock_format *f = calloc(1, sizeof(*f));

	if (!f)
		return err_set(err, ERR_NO_MEMORY, "time format: out of memory");
	if (strlen(text) > CLOCK_FORMAT_MAX)
		return err_set(err, ERR_LIMIT, "time format: longer than %d bytes",
			       CLOCK_FORMAT_MAX);
	if (!find_named(text, &f->kind)) {
		if (!strchr(text, '%'))
			return err_set(err, ERR_INVALID,
				       "time format: column 1: neither %% directives nor one of "
				       "rfc3339, iso8601, "
				       "hl7, unix, unix_ms");
		int r = compile_ops(text, f, err);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(f);
	return 0;
}

void clock_format_free(struct clock_format *f)
{
	free(f);
}
