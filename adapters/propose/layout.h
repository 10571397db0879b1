/* How a sample is laid out, and its rows. */
#pragma once

#include "adapters/csv_lines.h"
#include "adapters/propose/layout_paper.h"
#include "adapters/propose/propose.h"
#include "adapters/propose/sample.h"

#define LAYOUT_ODD_SHOWN 5

struct layout {
	struct sample sample;
	const char *encoding; /* for the YAML; NULL: found by itself */
	/* CSV */
	char delimiter, quote;		/* quote '\0': none */
	const char *comment;		/* NULL: none */
	const struct csv_place *places; /* fixed width; NULL: a delimiter */
	bool has_header;
	bool by_place;	      /* columns are called by `columns:`, for their names will not do */
	uint64_t header_line; /* 1-based */
	uint64_t first_line;  /* of the first row */
	size_t header_words;  /* names that are known */
	uint64_t odd_lines[LAYOUT_ODD_SHOWN]; /* where the first of them stand; 0: not known */
	size_t odd_rows;    /* that look like titles or sums, and were left out of the counting */
	struct paper paper; /* a list made for paper */
	/* XML */
	const char *record, *record_name;
};

/* The bytes as UTF-8, in the arena, and what to write as `encoding`. */
int layout_text(struct proposal *p, struct span bytes, bool is_xml, struct layout *l,
		struct span *ret, struct err *err);
/* Bytes of UTF-16 as UTF-8, in the arena; others as they are. */
int layout_narrow(struct proposal *p, struct span bytes, struct span *ret, struct err *err);
int layout_csv(struct proposal *p, struct span text, struct layout *l, struct err *err);
int layout_xml(struct proposal *p, struct span text, struct layout *l, struct err *err);
