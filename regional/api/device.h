/* A browser in which a user has logged in by password before, so that whoever tries passwords for
 * the user's name elsewhere does not lock the user out of it. It is known by a cookie that was
 * given to it then, and nothing is stored here.
 *
 *     bedpost_device=<name><seal>.<name><seal>…      one for each user of the browser
 *
 * A name is random; the seal is over it and the user, keyed by the hash of the user's password:
 * with a new password no browser is known any more. It says that the browser was here, and opens
 * nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

#define DEVICE_COOKIE "bedpost_device"
#define DEVICE_DAYS   180
#define DEVICE_USERS  8	 /* of one browser; the longest away is forgotten */
#define DEVICE_NAME   25 /* hexadecimal digits with their NUL */
#define DEVICE_SEAL   32 /* hexadecimal digits */
#define DEVICE_TEXT   (DEVICE_USERS * (DEVICE_NAME + DEVICE_SEAL)) /* a cookie with its NUL */

/* Has this user logged in with it before? password_hash: the user's, as it is stored. */
bool device_find(struct span cookie, int64_t user_id, const char *password_hash,
		 char ret_name[DEVICE_NAME]);
/* The cookie with this user in it, under a new name and as the last who was there. */
void device_remember(struct span cookie, int64_t user_id, const char *password_hash,
		     char ret[DEVICE_TEXT]);
