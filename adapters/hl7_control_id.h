/* May a message's control id (MSH-10) be said back? Most senders count, or write a time or a UUID;
 * a few build it from the patient's number or name. Its own sender reads it back, and yet a result
 * file must not be the place where a person stands. So only what can hardly be a person is:
 *
 *   letters   short groups (MSG, ADT), words that ids are made with, a hexadecimal id
 *   digits    no eight to twelve of them that begin like a birth date, with or without separators,
 *             and nowhere eleven that are a Norwegian number by their check digits; dates from
 *             2020 on, with a time behind them, are times of sending
 *   marks     . _ : - /
 */
#pragma once

#include <stdbool.h>

#include "base/span.h"

#define HL7_CONTROL_ID_MAX 199

bool hl7_control_id_is_safe(struct span id);
