/* The checks of `bedpost doctor`: each adds findings, ok as well, and none changes anything. */
#pragma once

#include <sys/types.h>

#include "cli/home/facts.h"
#include "cli/home/finding.h"

struct doctor {
	const struct home *home;
	struct facts *facts;
	struct findings *found;
	/* Whose rights count: the owner of state_dir, as which the services run. */
	uid_t service;
	const char *service_name;
	bool knows_service; /* false: there is no state_dir to ask */
	bool may_ask;	    /* we are root or that user: its rights can be tried */
	bool write;	    /* also try to write at the region */
};

void doctor_who(struct doctor *d); /* fills service …; a finding where rights are lacking */

/* access(2) with the service's rights: R_OK, W_OK, X_OK. */
bool doctor_access(const struct doctor *d, const char *path, int mode);

void doctor_state(struct doctor *d);	 /* state_dir, disk, outbox */
void doctor_daemons(struct doctor *d);	 /* alive, and as systemd sees them */
void doctor_adapters(struct doctor *d);	 /* compiled anew */
void doctor_folders(struct doctor *d);	 /* drop, archive, rejected */
void doctor_enrolment(struct doctor *d); /* file, certificates */
void doctor_line(struct doctor *d);	 /* each road, step by step; the clock */
