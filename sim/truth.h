/* What must hold when everything written has been taken in. A home that wrote no file yet has no
 * beds here. */
#pragma once

#include "base/buf.h"
#include "sim/home.h"

/* {"fac_…":{"bed_…":"occupied",…},…} */
void truth_beds(const struct sim_home *homes, size_t n, struct buf *out);
/* {"fac_…":[{"ward":…,"care_level":…,"total_beds":…,"available_beds":…,"occupied_beds":…,"reserved_beds":…,
 * "maintenance_beds":…},…],…}: rows as in samples' expected-availability.json */
void truth_availability(const struct sim_home *homes, size_t n, struct buf *out);
