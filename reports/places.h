/* The places of homes: a ward and a care level in it. */
#pragma once

#include "reports/bed_time.h"
#include "reports/question.h"

struct place {
	const struct home *home;
	struct span ward;
	enum care_level care;
	struct bed_time time;
	void *own; /* the report's; NULL at first */
};

struct places {
	struct arena *arena; /* holds the places, which stay where they are */
	struct place **list;
	size_t n, cap;
	size_t first; /* of the home that is being read */
};

void places_begin_home(struct places *p);
struct place *places_of(struct places *p, const struct home *h, const struct course_span *s);
/* By home, ward, care level. */
void places_sort(struct places *p);
void places_done(struct places *p);
