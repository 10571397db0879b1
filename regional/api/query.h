/* GET /api/availability: reading the question, and choosing and ordering rows. Pure. */
#pragma once

#include "base/arena.h"
#include "http/httpd.h"
#include "regional/api/scope.h"
#include "regional/live/view.h"
#include "reports/text.h"

#define QUERY_ITEMS_MAX 256 /* in one list */
#define QUERY_TEXT_MAX	200 /* bytes of q */
#define QUERY_WORDS_MAX 16

enum query_sort { SORT_NAME, SORT_AVAILABLE, SORT_DISTANCE, SORT_AGE };

struct query_list {
	struct span *items;
	size_t n; /* 0: no filter */
};

struct query {
	struct query_list regions, facilities, wards;
	bool levels[CARE_LEVEL_COUNT], has_levels;
	bool states[OFFLINE + 1], has_states; /* by enum freshness */
	int64_t min_available, min_total;
	struct span words[QUERY_WORDS_MAX]; /* folded: each stands somewhere in the row's texts */
	size_t n_words;
	bool has_near;
	double latitude, longitude;
	enum query_sort sort;
	struct span format; /* "json", "csv"; SPAN_NONE: unsaid */
	bool has_lang;	    /* for people: names as they read them, in their order */
	enum lang lang;
};

/* A parameter may be repeated, and hold a list with commas. false: ret_name is the parameter that
 * is wrong and ret_why says what was expected. */
bool query_read(const struct httpd_pair *pairs, size_t n, struct arena *a, struct query *ret,
		const char **ret_name, const char **ret_why);

struct query_row {
	const struct picture_row *row;
	const struct facility *home;
	double distance_km;		     /* VIEW_NO_DISTANCE */
	const char *name_order, *ward_order; /* strcmp() orders by them; "" unless has_lang */
};

/* The rows that who sees and the query asks for, in its order; in the arena. */
size_t query_run(const struct query *q, const struct picture *p, const struct who *who,
		 const struct view_rule *rule, struct arena *a, struct query_row **ret);
/* A home's address as one line; "" if none is known. */
void query_add_address(const struct facility *f, struct buf *out);

/* Along the great circle, on a sphere of 6,371 km. */
double query_distance_km(double lat1, double lon1, double lat2, double lon2);
