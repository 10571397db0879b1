/* Parts of which small HL7 files are made, and the plainest adapter that reads them. */
#pragma once

#include "tests/unit/adapters/harness.h"

#define YAML "adapter: t\nformat: hl7\nmatch: \"*\"\nzone: Europe/Oslo\n"
#define MSH(id, charset)                                                                           \
	"MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|" id "|P|2.5||||||" charset "\r"
#define A01	      MSH("7", "") "EVN|A01|20260101120000|||nurse\rPV1|1|I|W^1^B\r"
#define A01_LINE      "1.0 bed_w_1_b w - ->occupied user_nurse 2026-01-01T11:00:00Z admit EVN-2\n"
#define FILE_OF(text) span_of("" text, sizeof(text) - 1)
