/* Beginning, the looker's thread, the end. The looker keeps the picture, and opens what serves it,
 * again and again until that works. */
#include "watcher/board/board.h"

#include <inttypes.h>
#include <string.h>

#include "base/cond.h"
#include "base/log.h"
#include "outbox/status_file.h"
#include "watcher/board/room.h"

#define LOOK_EVERY	(500 * USEC_PER_MSEC)
#define OPEN_AGAIN	(30 * USEC_PER_SEC)
#define SHOW_WITHIN	(2 * USEC_PER_SEC)
#define CLOSE_GRACE	(15 * USEC_PER_SEC) /* longer than the outbox's lock is waited for */
#define CONNECTIONS_MAX 256

/* ---- what it says of itself ---- */

static void tell(const struct board *b, const char *problem)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	const char *listen = b->home->board.listen, *colon = strrchr(listen, ':');
	char address[300] = "";
	struct err err;

	if (!problem)
		(void)snprintf(address, sizeof(address), "%s://%.*s:%u",
			       b->home->board.certificate ? "https" : "http",
			       (int)(colon ? colon - listen : 0), listen, httpd_port(b->httpd));
	buf_addf(&text, "{\"state\":\"%s\"", problem ? "off" : "on");
	status_file_text(&text, "address", address);
	status_file_text(&text, "problem", problem);
	member_time(&text, "written_at", clock_now());
	buf_addf(&text, ",\"pid\":%ld}\n", (long)getpid());
	if (status_file_write(b->home->state_dir, STATUS_FILE_BOARD, buf_span(&text), &err) < 0)
		log_warn("status_not_written", "reason=%s", log_quote(span_str(err.message)).s);
	if (!problem)
		log_info("board_on", "address=%s", address);
}

/* ---- opening ---- */

static int open_doors(struct board *b, struct err *err)
{
	const struct httpd_options o = {
	    .listen = b->home->board.listen,
	    .cert_file = b->home->board.certificate,
	    .key_file = b->home->board.key,
	    .connections_max = CONNECTIONS_MAX,
	    .routes = doors_routes,
	    .user = b,
	    .gate = doors_gate,
	};
	int r = b->files ? 0 : files_open(b->home->board.pages, &b->files, err);

	return r < 0 ? r : httpd_open(&o, &b->httpd, err);
}

static void try_opening(struct board *b, char last[ERR_MESSAGE_MAX])
{
	struct err err;

	if (open_doors(b, &err) == 0) {
		tell(b, NULL);
		return;
	}
	if (strcmp(last, err.message) == 0)
		return;
	(void)snprintf(last, ERR_MESSAGE_MAX, "%s", err.message);
	log_error("board_off", "reason=%s hint=%s", log_quote(span_str(err.message)).s,
		  "\"systemd's unit keeps the watcher off the network unless allowed: "
		  "bedpost-watcher(8), THE BOARD\"");
	tell(b, err.message);
}

/* ---- looking ---- */

static void keep(struct board *b, const struct picture *p)
{
	struct digest d = digest_of(buf_span(&p->json));
	char hex[DIGEST_HEX + 1];

	digest_hex(&d, hex);
	pthread_mutex_lock(&b->lock);
	buf_clear(&b->json);
	buf_add(&b->json, buf_span(&p->json));
	(void)snprintf(b->tag, sizeof(b->tag), "%.32s", hex);
	pthread_mutex_unlock(&b->lock);
}

/* Until it is poked, it is time to look, or the end; true: the end. looks: the pokes that the last
 * look has seen. *ret_pokes: those that the next one will have seen. */
static bool pause_looking(struct board *b, uint64_t looks, uint64_t *ret_pokes)
{
	usec_t until = clock_monotonic() + LOOK_EVERY;
	bool in_time = true;

	pthread_mutex_lock(&b->lock);
	b->looks = looks;
	pthread_cond_broadcast(&b->looked);
	while (!b->stopping && b->pokes == looks && in_time)
		in_time = cond_wait_until(&b->poke, &b->lock, until);
	*ret_pokes = b->pokes;
	bool stopping = b->stopping;
	pthread_mutex_unlock(&b->lock);
	return stopping;
}

void board_show_change(struct board *b)
{
	usec_t until = clock_monotonic() + SHOW_WITHIN;
	bool in_time = true;

	pthread_mutex_lock(&b->lock);
	uint64_t mine = ++b->pokes;
	pthread_cond_signal(&b->poke);
	while (!b->stopping && b->looks < mine && in_time)
		in_time = cond_wait_until(&b->looked, &b->lock, until);
	pthread_mutex_unlock(&b->lock);
}

static void *look(void *ctx)
{
	struct board *b = ctx;
	struct picture picture;
	char last[ERR_MESSAGE_MAX] = "";
	usec_t open_at = 0;
	bool was_bad = false;
	uint64_t pokes = 0;
	struct err err;

	picture_init(&picture, b->home);
	do {
		int r = picture_refresh(&picture, clock_monotonic(), &err);
		if (r > 0)
			keep(b, &picture);
		if (r < 0 && !was_bad)
			log_failure("beds_unreadable", &err);
		was_bad = r < 0;
		if (!b->httpd && clock_monotonic() >= open_at) {
			try_opening(b, last);
			open_at = clock_monotonic() + OPEN_AGAIN;
		}
	} while (!pause_looking(b, pokes, &pokes));
	picture_done(&picture);
	return NULL;
}

/* ---- beginning and end ---- */

static void board_free(struct board *b)
{
	files_close(b->files);
	outbox_close(b->outbox);
	pins_free(b->pins);
	buf_done(&b->json);
	pthread_mutex_destroy(&b->lock);
	pthread_cond_destroy(&b->poke);
	pthread_cond_destroy(&b->looked);
	free(b);
}

int board_start(const struct home *home, struct board **ret, struct err *err)
{
	*ret = NULL;
	if (!home->board.listen)
		return 0;
	struct board *b = calloc(1, sizeof(*b));
	if (!b)
		abort();
	b->home = home;
	b->sessions.life = home->board.session;
	(void)gethostname(b->hostname, sizeof(b->hostname) - 1);
	pthread_mutex_init(&b->lock, NULL);
	cond_init(&b->poke);
	cond_init(&b->looked);
	(void)auth_pins(b);
	int r = desk_open(doors_work, b, &b->desk, err);
	if (r == 0) {
		r = -pthread_create(&b->looker, NULL, look, b);
		if (r < 0) {
			r = err_errno(err, -r, "thread");
			desk_close(b->desk);
		}
	}
	if (r < 0)
		board_free(b);
	else
		*ret = b;
	return r;
}

void board_stop(struct board *b)
{
	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->stopping = true;
	pthread_cond_signal(&b->poke);
	pthread_mutex_unlock(&b->lock);
	(void)pthread_join(b->looker, NULL);
	httpd_close(b->httpd, CLOSE_GRACE);
	desk_close(b->desk);
	board_free(b);
}
