/* Durations, numbers and moments as people say them. Each writes into out and returns it. */
#pragma once

#include <stdint.h>

#include "base/clock.h"

#define WORDS_MAX 64

const char *words_duration(usec_t d,
			   char out[WORDS_MAX]); /* "53 s" "12 min" "2 h 3 min" "3 days" */
const char *words_number(uint64_t n, char out[WORDS_MAX]); /* "1,000,000" */
const char *words_bytes(int64_t n, char out[WORDS_MAX]);   /* "512 B" "1.5 MiB" */
/* "2026-04-20T09:14:22Z (12 min ago)"; "never" for USEC_NONE */
const char *words_moment(usec_t at, usec_t now, char out[WORDS_MAX]);
