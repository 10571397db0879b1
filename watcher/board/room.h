/* What the files of watcher/board/ share of a running board. */
#pragma once

#include <pthread.h>
#include <sys/stat.h>

#include "http/files.h"
#include "http/httpd.h"
#include "outbox/home.h"
#include "outbox/outbox.h"
#include "watcher/board/board.h"
#include "watcher/board/desk.h"
#include "watcher/board/guard.h"
#include "watcher/board/picture.h"
#include "watcher/board/pins.h"
#include "watcher/board/sessions.h"

#define BOARD_COOKIE   "bedpost_board"
#define BOARD_HOSTNAME 256
#define BOARD_BODY_MAX ((size_t)4 << 10)

struct board {
	const struct home *home;
	char hostname[BOARD_HOSTNAME];
	struct files *files;
	struct httpd *httpd;
	struct desk *desk;
	pthread_t looker;

	struct outbox *outbox; /* the desk's thread's */
	struct guard guard;    /* likewise */

	pthread_mutex_t lock; /* all below */
	pthread_cond_t poke, looked;
	bool stopping;
	uint64_t pokes, looks; /* the picture has what was there at so many of the pokes */
	struct buf json;       /* the picture */
	char tag[33];
	struct sessions sessions;
	struct pins *pins;
	struct timespec pins_read; /* the file's time when it was read */
	ino_t pins_inode;
	char pins_problem[ERR_MESSAGE_MAX]; /* as it was logged last */
};

/* board.c: something was saved. Until the picture shows it, or cannot be made for now: who is told
 * "saved" must not see the bed as it was before. */
void board_show_change(struct board *b);

/* auth.c: with the lock held. Pins are read again when the file has changed. */
const struct pins *auth_pins(struct board *b);
/* The session that a request's cookie names, or NULL. */
struct session *auth_session(struct board *b, struct span cookie);
bool auth_csrf_fits(struct span cookie, struct span csrf);

/* doors.c */
extern const struct httpd_route doors_routes[];
bool doors_gate(struct httpd_rq *rq, void *user);
void doors_work(struct httpd_rq *rq, void *user);
