#include "watcher/board/pins.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/files.h"
#include "bed/ident.h"

static bool is_run(struct span pin, int step)
{
	for (size_t i = 1; i < pin.n; i++)
		if (pin.p[i] - pin.p[i - 1] != step)
			return false;
	return true;
}

const char *pin_fault(struct span pin)
{
	if (pin.n < PIN_MIN || pin.n > PIN_MAX)
		return "a PIN has 4 to 12 digits; six or more are better";
	for (size_t i = 0; i < pin.n; i++)
		if (pin.p[i] < '0' || pin.p[i] > '9')
			return "a PIN has digits only";
	if (is_run(pin, 0) || is_run(pin, 1) || is_run(pin, -1))
		return "a PIN is not one digit again and again, nor digits in a row";
	if (pin.n == PIN_MIN && (span_starts(pin, SPAN("19")) || span_starts(pin, SPAN("20"))))
		return "a PIN is not a year";
	if (pin.n % 2 == 0 && memcmp(pin.p, pin.p + 2, pin.n - 2) == 0)
		return "a PIN is not two digits again and again";
	return NULL;
}

/* ---- reading ---- */

static int check_mode(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_errno(err, errno, "%s", path);
	if (st.st_mode & (S_IROTH | S_IWOTH | S_IRGRP | S_IWGRP))
		return err_set(err, ERR_DENIED, "%s: others may read it; set its mode to 0600",
			       path);
	return 0;
}

static void read_pins(struct pins *p, struct conf *c)
{
	const struct conf_node *root = conf_root(c);

	if (conf_kind(root) == CONF_SEQUENCE || conf_count(root) > PINS_MAX) {
		conf_problem(c, NULL, "at most %d lines of user: \"hash\" are expected", PINS_MAX);
		return;
	}
	for (size_t i = 0; i < conf_count(root); i++) {
		struct span user, hash = conf_text(conf_pair(root, i, &user));
		struct pin *pin = &p->pin[p->n];
		if (!ident_is_valid(user) || !span_starts(hash, SPAN("$argon2id$")) ||
		    hash.n >= sizeof(pin->hash)) {
			conf_problem(c, conf_pair_key(root, i),
				     "a line is user: \"hash\", written by bedpost board pin");
			continue;
		}
		pin->user = arena_strndup(&p->arena, user.p, user.n);
		memcpy(pin->hash, hash.p, hash.n);
		p->n++;
	}
}

int pins_load(const char *path, struct pins **ret, struct err *err)
{
	_cleanup_(pins_freep) struct pins *p = calloc(1, sizeof(*p));
	_cleanup_(conf_freep) struct conf *c = NULL;

	if (!p)
		abort();
	int r = check_mode(path, err);
	if (r == 0)
		r = conf_load(path, &c, err);
	if (r == 0) {
		read_pins(p, c);
		r = conf_check(c, err);
	}
	if (r == 0 || r == -ERR_NOT_FOUND)
		*ret = TAKE_PTR(p);
	return r;
}

void pins_free(struct pins *p)
{
	if (!p)
		return;
	arena_done(&p->arena);
	free(p);
}

static size_t find(const struct pins *p, struct span user)
{
	size_t i = 0;

	while (i < p->n && span_cmp(span_str(p->pin[i].user), user) < 0)
		i++;
	return i;
}

static bool is_at(const struct pins *p, size_t i, struct span user)
{
	return i < p->n && span_eq_str(user, p->pin[i].user);
}

const char *pins_hash(const struct pins *p, struct span user)
{
	for (size_t i = 0; i < p->n; i++)
		if (span_eq_str(user, p->pin[i].user))
			return p->pin[i].hash;
	return NULL;
}

/* ---- writing ---- */

int pins_put(struct pins *p, const char *user, const char *hash, struct err *err)
{
	size_t i = find(p, span_str(user));

	if (!hash) {
		if (!is_at(p, i, span_str(user)))
			return err_set(err, ERR_NOT_FOUND, "%s has no PIN", user);
		memmove(&p->pin[i], &p->pin[i + 1], (p->n - i - 1) * sizeof(p->pin[0]));
		p->n--;
		return 0;
	}
	if (!is_at(p, i, span_str(user))) {
		if (p->n == PINS_MAX)
			return err_set(err, ERR_FULL, "there are %d PINs already", PINS_MAX);
		memmove(&p->pin[i + 1], &p->pin[i], (p->n - i) * sizeof(p->pin[0]));
		p->pin[i].user = arena_strdup(&p->arena, user);
		p->n++;
	}
	(void)snprintf(p->pin[i].hash, sizeof(p->pin[i].hash), "%s", hash);
	return 0;
}

/* Whose the file is to be: its owner, or for a new one its folder's. */
static int find_owner(const char *path, struct stat *ret, struct err *err)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(freep) char *folder =
	    slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");

	if (!folder)
		abort();
	if (stat(path, ret) == 0 || stat(folder, ret) == 0)
		return 0;
	return err_errno(err, errno, "%s", folder);
}

int pins_write(const struct pins *p, const char *path, struct err *err)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct stat owner;

	int r = find_owner(path, &owner, err);
	if (r < 0)
		return r;
	buf_adds(&text, "# PINs of the board, as hashes. Written by bedpost board pin.\n");
	for (size_t i = 0; i < p->n; i++)
		buf_addf(&text, "%s: \"%s\"\n", p->pin[i].user, p->pin[i].hash);
	r = files_replace(path, 0600, buf_span(&text), err);
	if (r == 0 && geteuid() == 0 && chown(path, owner.st_uid, owner.st_gid) < 0)
		r = err_errno(err, errno, "%s: giving it to the watcher's account", path);
	return r;
}
