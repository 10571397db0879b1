/* Named places where a crash test makes the process die, as kill -9 would.
 *
 *     BEDPOST_KILL_AT=after_commit bedpost-watcher …       at the first passage
 *     BEDPOST_KILL_AT=mid_events:3 bedpost-watcher …       at the third
 *
 * Without the variable a point costs one load. The variable is read at the first passage of any
 * point.
 */
#pragma once

void kill_point(const char *name);
void kill_point_arm(const char *spec); /* as the variable; for tests, after fork. NULL: disarmed */
