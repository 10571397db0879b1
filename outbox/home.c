/* Keys are described once, in the tables below: reading, checking and `help` come from them. */
#include "outbox/home.h"

#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "bed/ident.h"
#include "outbox/outbox.h"

struct home_memory {
	struct conf *conf;
	struct arena arena;
};

/* What conf_read() fills; home_load() makes a struct home of it. */
struct home_keys {
	struct home home;
	const struct conf_node *drop, *archive, *transports, *board;
};

static const char *const archive_modes[] = {"plain", "sealed", "none", NULL};
static const char *const transport_names[] = {"https", "sftp", NULL};
static const char *const board_views[] = {"open", "pin", NULL};
static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};

#define AT(field) offsetof(struct home_keys, field)

static const struct conf_key home_keys[] = {
    {"facility", CONF_STRING, AT(home.facility), .required = true,
     .help = "this home, as the region names it: fac_…"},
    {"zone", CONF_STRING, AT(home.zone), .by_default = "UTC", .help = "IANA time zone of the home"},
    {"state_dir", CONF_STRING, AT(home.state_dir), .by_default = BEDPOST_STATEDIR,
     .help = "folder of the outbox and the wake socket"},
    {"adapters", CONF_STRING, AT(home.adapters), .by_default = BEDPOST_SYSCONFDIR "/adapters",
     .help = "folder of the adapters, *.yaml"},
    {"drop", CONF_NODE, AT(drop), .help = "list of {dir, …}: folders where the EHR drops files"},
    {"archive", CONF_NODE, AT(archive),
     .help = "{dir, mode: plain|sealed|none, key, keep, max_size}: where taken files go"},
    {"rejected", CONF_STRING, AT(home.rejected_dir),
     .help = "folder of rejected files (default: state_dir/rejected)"},
    {"enrolment", CONF_STRING, AT(home.enrolment),
     .by_default = BEDPOST_SYSCONFDIR "/enrolment.yaml",
     .help = "the file that bedpost-admin facility add wrote: address and keys"},
    {"transports", CONF_NODE, AT(transports),
     .help = "list of https, sftp, in order of preference"},
    {"board", CONF_NODE, AT(board),
     .help = "{listen, …}: the page where staff set a bed (section; default: none)"},
    {"failover_after", CONF_INT, AT(home.failover_after), .min = 1, .max = HOME_FAILOVER_MAX,
     .by_default = "3", .help = "failures in a row before the next transport is tried"},
    {"heartbeat", CONF_DURATION, AT(home.heartbeat), .min = USEC_PER_SEC, .max = USEC_PER_HOUR,
     .by_default = "60s", .help = "an idle home tells the region this often that it lives"},
    {"rescan", CONF_DURATION, AT(home.rescan), .min = 100 * USEC_PER_MSEC, .max = USEC_PER_HOUR,
     .by_default = "60s", .help = "drop folders are looked through this often"},
    {"poll", CONF_DURATION, AT(home.poll), .min = 100 * USEC_PER_MSEC, .max = USEC_PER_HOUR,
     .by_default = "2s", .help = "likewise for folders on NFS, SMB or FUSE, which send no notice"},
    {"keep_events", CONF_DURATION, AT(home.keep_events), .min = USEC_PER_HOUR,
     .max = 3660 * USEC_PER_DAY, .by_default = "30d",
     .help = "what the region has acknowledged stays in the outbox for so long"},
    {"min_free", CONF_SIZE, AT(home.min_free), .min = 0, .max = INT64_MAX, .by_default = "64MiB",
     .help = "intake stops while state_dir has less room than this"},
    {"keep_acks", CONF_DURATION, AT(home.keep_acks), .min = 0, .max = 3660 * USEC_PER_DAY,
     .by_default = "30d", .help = "a result file stays for so long; 0s: for ever"},
    {"log_level", CONF_ENUM, AT(home.log_level), .names = log_levels, .by_default = "info",
     .help = "debug, info, warn or error"},
    {0},
};

struct drop_keys {
	const char *dir, *marker, *ack;
	const struct conf_node *adapters;
	bool recursive;
};

static const struct conf_key drop_keys[] = {
    {"dir", CONF_STRING, offsetof(struct drop_keys, dir), .required = true, .help = "the folder"},
    {"adapters", CONF_NODE, offsetof(struct drop_keys, adapters),
     .help = "names of the adapters that may read here (default: all)"},
    {"marker", CONF_STRING, offsetof(struct drop_keys, marker),
     .help = "a file in it; without it the folder counts as not mounted"},
    {"ack", CONF_STRING, offsetof(struct drop_keys, ack),
     .help = "folder of the result files that adapters ask for (default: state_dir/ack)"},
    {"recursive", CONF_BOOL, offsetof(struct drop_keys, recursive), .by_default = "false",
     .help = "true: the folders in it are drop folders too, eight levels deep"},
    {0},
};

struct archive_keys {
	const char *dir, *key;
	int mode;
	usec_t keep;
	int64_t max_size;
};

static const struct conf_key archive_keys[] = {
    {"dir", CONF_STRING, offsetof(struct archive_keys, dir),
     .help = "the folder (default: state_dir/archive)"},
    {"mode", CONF_ENUM, offsetof(struct archive_keys, mode), .names = archive_modes,
     .by_default = "plain",
     .help = "plain keeps files as they are, sealed for the owner of a key, none deletes them"},
    {"key", CONF_STRING, offsetof(struct archive_keys, key),
     .help = "sealed: the file of the public key, which bedpost archive key made"},
    {"keep", CONF_DURATION, offsetof(struct archive_keys, keep), .min = 0,
     .max = 36600 * USEC_PER_DAY, .by_default = "90d",
     .help = "a file stays in the archive for so long; 0s: for ever"},
    {"max_size", CONF_SIZE, offsetof(struct archive_keys, max_size), .min = 0, .max = INT64_MAX,
     .by_default = "0", .help = "beyond this the oldest files go; 0: any size"},
    {0},
};

struct board_keys {
	struct home_board board;
	const struct conf_node *hosts;
};

#define BOARD(field) offsetof(struct board_keys, field)

static const struct conf_key board_keys[] = {
    {"listen", CONF_STRING, BOARD(board.listen), .required = true,
     .help = "address and port on the home's network: \"0.0.0.0:8089\""},
    {"pins", CONF_STRING, BOARD(board.pins),
     .help = "file of the PINs (default: state_dir/board.pins); bedpost board pin writes it"},
    {"certificate", CONF_STRING, BOARD(board.certificate),
     .help = "PEM file; with key: the board speaks HTTPS"},
    {"key", CONF_STRING, BOARD(board.key), .help = "PEM file"},
    {"hosts", CONF_NODE, BOARD(hosts),
     .help = "names the board is called by in browsers, beside addresses and this computer's name"},
    {"view", CONF_ENUM, BOARD(board.view), .names = board_views, .by_default = "open",
     .help = "open: anybody on the home's network may look; pin: only with a PIN"},
    {"session", CONF_DURATION, BOARD(board.session), .min = 10 * USEC_PER_SEC,
     .max = 12 * USEC_PER_HOUR, .by_default = "10m",
     .help = "the PIN is asked for again after so long without a change"},
    {"pages", CONF_STRING, BOARD(board.pages), .by_default = BEDPOST_DATADIR "/board",
     .help = "folder of the page's files"},
    {0},
};

const char *home_transport_name(enum home_transport t)
{
	return transport_names[t];
}

void home_describe(struct buf *out)
{
	conf_describe(home_keys, out);
	buf_adds(out, "\ndrop:\n");
	conf_describe(drop_keys, out);
	buf_adds(out, "\narchive:\n");
	conf_describe(archive_keys, out);
	buf_adds(out, "\nboard:\n");
	conf_describe(board_keys, out);
}

/* Relative paths stand relative to home.yaml. */
static const char *resolve(struct home *h, const char *path)
{
	const char *slash = strrchr(h->path, '/');

	if (!path || path[0] == '/' || !slash)
		return path;
	return arena_printf(&h->memory->arena, "%.*s/%s", (int)(slash - h->path), h->path, path);
}

static void check_facility(struct home *h)
{
	struct conf *c = h->memory->conf;

	if (h->facility && !ident_is_facility(span_str(h->facility)))
		conf_problem(c, conf_get(conf_root(c), "facility"),
			     "a facility is \"fac_\" and then a-z, 0-9, \"_\", \".\", \"-\"");
}

static void check_zone(struct home *h)
{
	struct conf *c = h->memory->conf;
	_cleanup_(zone_freep) struct zone *zone = NULL;
	struct err err;

	if (h->zone && zone_load(h->zone, &zone, &err) < 0)
		conf_problem(c, conf_get(conf_root(c), "zone"), "%s", err.message);
}

/* A list of names, NULL-terminated; NULL if the node is absent. */
static const char *const *read_names(struct home *h, const struct conf_node *node, const char *key,
				     size_t max)
{
	struct conf *c = h->memory->conf;

	if (!node)
		return NULL;
	if (conf_kind(node) != CONF_SEQUENCE || conf_count(node) > max) {
		conf_problem(c, node, "%s must be a list of at most %zu names", key, max);
		return NULL;
	}
	const char **names = arena_array(&h->memory->arena, const char *, conf_count(node) + 1);
	for (size_t i = 0, n = 0; i < conf_count(node); i++) {
		struct span s = conf_text(conf_item(node, i));
		if (s.n == 0)
			conf_problem(c, conf_item(node, i), "a name is expected");
		else
			names[n++] = arena_strndup(&h->memory->arena, s.p, s.n);
	}
	return names;
}

/* Is one of two paths the other, or above it? As they are written: the watcher looks again, when
 * it writes, at what they lead to. */
static bool is_within(const char *a, const char *b)
{
	struct span x = span_str(a), y = span_str(b);

	while (x.n > 1 && x.p[x.n - 1] == '/')
		x.n--;
	while (y.n > 1 && y.p[y.n - 1] == '/')
		y.n--;
	if (x.n > y.n)
		return is_within(b, a);
	return x.n > 0 && span_starts(y, x) &&
	       (y.n == x.n || y.p[x.n] == '/' || x.p[x.n - 1] == '/');
}

/* What is written there must never be read as an export, nor be taken for an archived one. */
static void check_acks(struct home *h, const struct conf_node *node)
{
	for (size_t i = 0; i < h->n_drops; i++) {
		const char *ack = h->drops[i].ack;
		bool is_bad = is_within(ack, h->archive_dir) || is_within(ack, h->rejected_dir);
		if (!conf_get(conf_item(node, i), "ack"))
			continue;
		for (size_t k = 0; k < h->n_drops; k++)
			is_bad |= h->drops[k].dir && is_within(ack, h->drops[k].dir);
		if (is_bad)
			conf_problem(h->memory->conf, conf_item(node, i),
				     "ack must be a folder of its own, neither in nor above a drop "
				     "folder, the archive or the rejected files");
	}
}

static void read_drops(struct home *h, const struct conf_node *node)
{
	struct conf *c = h->memory->conf;

	if (!node)
		return;
	if (conf_kind(node) != CONF_SEQUENCE || conf_count(node) > HOME_DROPS_MAX) {
		conf_problem(c, node, "drop must be a list of at most %d folders: [{dir: …}]",
			     HOME_DROPS_MAX);
		return;
	}
	h->drops = arena_array(&h->memory->arena, struct home_drop, conf_count(node) + 1);
	for (size_t i = 0; i < conf_count(node); i++) {
		struct drop_keys keys = {0};
		conf_read(c, conf_item(node, i), drop_keys, &keys);
		if (keys.marker && (keys.marker[0] != '.' || strchr(keys.marker, '/')))
			conf_problem(c, conf_item(node, i),
				     "marker must be a hidden file's name, as in .bedpost-mount");
		h->drops[h->n_drops++] = (struct home_drop){
		    .dir = resolve(h, keys.dir),
		    .marker = keys.marker,
		    .ack = keys.ack ? resolve(h, keys.ack)
				    : arena_printf(&h->memory->arena, "%s/ack", h->state_dir),
		    .recursive = keys.recursive,
		    .adapters = read_names(h, keys.adapters, "adapters", HOME_ADAPTERS_MAX),
		};
	}
}

static void read_transports(struct home *h, const struct conf_node *node)
{
	struct conf *c = h->memory->conf;

	if (!node) {
		h->transports[h->n_transports++] = HOME_HTTPS;
		return;
	}
	if (conf_kind(node) != CONF_SEQUENCE || conf_count(node) == 0) {
		conf_problem(c, node, "transports must be a list: [https, sftp]");
		return;
	}
	bool has[HOME_TRANSPORT_COUNT] = {false};
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *item = conf_item(node, i);
		int t = 0;
		while (t < HOME_TRANSPORT_COUNT &&
		       !span_eq_str(conf_text(item), transport_names[t]))
			t++;
		if (t == HOME_TRANSPORT_COUNT || has[t]) {
			conf_problem(c, item, "expected https or sftp, each at most once");
			continue;
		}
		has[t] = true;
		h->transports[h->n_transports++] = (enum home_transport)t;
	}
}

static void read_archive(struct home *h, const struct conf_node *node)
{
	struct archive_keys keys = {0};

	conf_read(h->memory->conf, node, archive_keys, &keys);
	h->archive = keys.mode;
	h->archive_dir = keys.dir ? resolve(h, keys.dir)
				  : arena_printf(&h->memory->arena, "%s/archive", h->state_dir);
	h->archive_key = resolve(h, keys.key);
	h->archive_keep = keys.keep;
	h->archive_max = keys.max_size;
	if ((keys.mode == HOME_ARCHIVE_SEALED) != (keys.key != NULL))
		conf_problem(h->memory->conf, node,
			     "mode: sealed wants key: FILE, and no other mode does");
}

static void read_board(struct home *h, const struct conf_node *node)
{
	struct board_keys keys = {0};

	if (!node)
		return;
	conf_read(h->memory->conf, node, board_keys, &keys);
	h->board = keys.board;
	if (!keys.board.certificate != !keys.board.key)
		conf_problem(h->memory->conf, node, "certificate and key go together");
	h->board.hosts = read_names(h, keys.hosts, "hosts", HOME_HOSTS_MAX);
	h->board.pins = keys.board.pins
			    ? resolve(h, keys.board.pins)
			    : arena_printf(&h->memory->arena, "%s/board.pins", h->state_dir);
	h->board.certificate = resolve(h, keys.board.certificate);
	h->board.key = resolve(h, keys.board.key);
	h->board.pages = resolve(h, keys.board.pages);
}

static void read_document(struct home *h)
{
	struct conf *c = h->memory->conf;
	struct home_keys keys = {.home = *h};

	conf_read(c, conf_root(c), home_keys, &keys);
	*h = keys.home;
	check_facility(h);
	check_zone(h);
	h->state_dir = resolve(h, h->state_dir);
	h->adapters = resolve(h, h->adapters);
	h->enrolment = resolve(h, h->enrolment);
	h->rejected_dir = h->rejected_dir
			      ? resolve(h, h->rejected_dir)
			      : arena_printf(&h->memory->arena, "%s/rejected", h->state_dir);
	read_archive(h, keys.archive);
	read_drops(h, keys.drop);
	check_acks(h, keys.drop);
	read_transports(h, keys.transports);
	read_board(h, keys.board);
}

int home_load(const char *path, struct home **ret, struct buf *problems, struct err *err)
{
	_cleanup_(home_freep) struct home *h = calloc(1, sizeof(*h));

	if (!h || !(h->memory = calloc(1, sizeof(*h->memory))))
		abort();
	h->path = arena_strdup(&h->memory->arena, path);
	int r = conf_load(path, &h->memory->conf, err);
	if (r < 0) {
		if (problems && err)
			buf_addf(problems, "%s\n", err->message);
		return r;
	}
	read_document(h);
	if (problems)
		conf_problems_print(h->memory->conf, problems);
	r = conf_check(h->memory->conf, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(h);
	return 0;
}

void home_free(struct home *h)
{
	if (!h)
		return;
	if (h->memory) {
		conf_free(h->memory->conf);
		arena_done(&h->memory->arena);
		free(h->memory);
	}
	free(h);
}
