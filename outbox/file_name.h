/* A dropped file's name as it may be told. EHRs name files after residents, so a name is a value of
 * the file like any other: outbox, log, lists and archive know what follows, and the drop folder
 * alone has the name itself.
 *
 *     match: "BEDS_*.csv"
 *       BEDS_20260420_0914.csv            BEDS_20260420_0914.csv       nothing in it can be a
 * person BEDS_Kari Nordmann 01014012345.csv   BEDS_x_x_9~7h2k9q0d.csv beds.csv, where match is
 * "beds.csv"  beds.csv no adapter matches:  Kari.Nordmann.txt  x.x~2f8w1p3c.txt
 *
 * What the adapter's pattern fixes before its first and after its last wildcard stays. In what the
 * wildcards matched, letters become x, digits 9; a date from 2020 on, with a time behind it, stays,
 * and so do digits that are four at most in all. If anything was changed, a tag follows: the first
 * 40 bits of the name's keyed digest. Who has the name finds the file by it (`bedpost files NAME`);
 * from the tag nobody finds the name without the outbox's key. The whole is a file name itself, and
 * as a rule one that the pattern matches again.
 */
#pragma once

#include "base/digest.h"
#include "base/span.h"

#define FILE_NAME_SHOWN_MAX 160

struct file_name {
	char shown[FILE_NAME_SHOWN_MAX + 1];
	struct digest key; /* of the name itself, by the outbox's key */
};

/* pattern: the adapter's glob that matched; NULL: none did. */
void file_name_of(const uint8_t key[DIGEST_KEY_BYTES], struct span name, const char *pattern,
		  struct file_name *ret);
struct digest file_name_key(const uint8_t key[DIGEST_KEY_BYTES], struct span name);
