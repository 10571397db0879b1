/* A home's configuration, home.yaml: one file that bedpost-watcher, bedpost-syncd and bedpost read
 * alike.
 *
 *     facility: fac_oslo_nordre
 *     zone: Europe/Oslo
 *     state_dir: /var/lib/bedpost
 *     adapters: /etc/bedpost/adapters
 *     drop:
 *       - {dir: /srv/ehr/out, adapters: [visma-beds]}
 *     archive: {dir: /srv/archive, mode: plain}
 *     enrolment: /etc/bedpost/enrolment.yaml
 *     board: {listen: "0.0.0.0:8089"}
 *
 * A relative path is relative to the folder of home.yaml. Every key but `facility` has a default
 * (home_describe()).
 */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#define HOME_DEFAULT_PATH BEDPOST_SYSCONFDIR "/home.yaml"
#define HOME_DROPS_MAX	  64
#define HOME_ADAPTERS_MAX 256
#define HOME_FAILOVER_MAX 1000

enum home_archive {
	HOME_ARCHIVE_PLAIN,  /* a taken file is moved to the archive as it is */
	HOME_ARCHIVE_SEALED, /* only the owner of the secret key can read it there */
	HOME_ARCHIVE_NONE,   /* a taken file is deleted */
};

enum home_transport { HOME_HTTPS, HOME_SFTP, HOME_TRANSPORT_COUNT };

#define HOME_HOSTS_MAX 16

enum home_board_view {
	HOME_VIEW_OPEN, /* who reaches the board sees the beds; a PIN is needed to change one */
	HOME_VIEW_PIN,	/* a PIN is needed to see them too */
};

/* The page where staff set a bed, served by the watcher (watcher/board/). */
struct home_board {
	const char *listen;	       /* "0.0.0.0:8089"; NULL: there is no board */
	const char *pins;	       /* the file that `bedpost board pin` writes */
	const char *certificate, *key; /* PEM; both or neither */
	const char *pages;	       /* the folder of the page's files */
	const char *const *hosts;      /* names it is called by, NULL-terminated; NULL: none */
	int view;		       /* enum home_board_view */
	usec_t session;		       /* a PIN is asked for again after so long without a change */
};

struct home_drop {
	const char *dir;
	const char *marker; /* a file that is in it only while it is mounted; NULL: none */
	const char *ack;    /* the folder of its result files; never one that is watched */
	const char *const
	    *adapters; /* names allowed here, NULL-terminated; NULL: all, chosen by their `match` */
	bool recursive; /* folders in it are drop folders too */
};

struct home {
	const char *path; /* of home.yaml, as given */
	const char *facility;
	const char *zone;      /* an IANA name that exists */
	const char *state_dir; /* holds outbox.db and sync.wake */
	const char *adapters;  /* the folder of the adapters' YAML files */
	const char *archive_dir;
	const char *rejected_dir;
	const char *enrolment; /* the file that bedpost-admin wrote; syncd/ reads it */
	struct home_drop *drops;
	size_t n_drops;
	int archive;		 /* enum home_archive */
	const char *archive_key; /* file of the public key; NULL unless it is sealed */
	usec_t archive_keep;	 /* a file stays in the archive for so long; 0: for ever */
	int64_t archive_max;	 /* bytes of files in the archive, then the oldest go; 0: any */
	usec_t keep_acks;	 /* a result file stays for so long; 0: for ever */
	enum home_transport transports[HOME_TRANSPORT_COUNT]; /* in order of preference */
	size_t n_transports;
	struct home_board board;
	int64_t failover_after; /* failures in a row before the next transport is tried */
	usec_t heartbeat;	/* syncd says it lives this often when idle */
	usec_t rescan; /* the watcher looks through its folders this often, whatever inotify said */
	usec_t poll;   /* a drop folder on NFS, SMB or FUSE is looked through this often */
	usec_t keep_events;	    /* acknowledged events stay this long for `explain` */
	int64_t min_free;	    /* bytes: with less than this free on state_dir, intake stops */
	int log_level;		    /* enum log_level */
	struct home_memory *memory; /* owns all strings */
};

/* Fails with NOT_FOUND or DENIED as the system says, INVALID with the first problem as
 * file:line:column and how many more there are. problems (may be NULL) then takes all of them as
 * text for people. Does not look whether the folders exist: that is for those who use them. */
int home_load(const char *path, struct home **ret, struct buf *problems, struct err *err);
void home_free(struct home *h);
DEFINE_CLEANUP(struct home *, home_free)
const char *home_transport_name(enum home_transport t); /* "https" "sftp" */
void home_describe(
    struct buf *out); /* the keys with type, default, help: for --help-config and the manual page */
