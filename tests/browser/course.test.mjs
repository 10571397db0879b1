// The trend's figure: free as the region counts it. Values in, values out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { courseOf } from "../../web/src/facility/course.js";

const at = (minutes) => new Date(minutes * 60e3).toISOString();
const event = (minutes, bed, status, more = {}) => ({ n: minutes, bed_id: bed, changed_at: at(minutes), new_status: status, in_history: true, ...more });
const conflict = (bed, began, settled, more = {}) => ({ bed_id: bed, began_at: at(began), settled_at: settled === null ? null : at(settled), status: settled === null ? "open" : "settled", settled_reason: settled === null ? null : "bed_checked", ...more });
const beds = [{ id: "a", status: "available" }, { id: "b", status: "occupied" }];
const course = (events, conflicts, from = 10, to = 100) => courseOf(beds, events, conflicts, from * 60e3, to * 60e3).map(([s, free, total]) => [s / 60, free, total]);

test("free goes with what became part of the course, and with nothing else", () => {
	assert.deepEqual(course([event(30, "a", "occupied"), event(20, "b", "available"), event(25, "a", "reserved", { in_history: false }), event(40, "c", "available")], []),
		[[10, 1, 2], [20, 2, 2], [30, 1, 2], [40, 2, 3], [100, 2, 3]]);
});

test("a bed that two sources disagree about is not free from where they part until it is settled", () => {
	assert.deepEqual(course([], [conflict("a", 20, 50)]), [[10, 1, 2], [20, 0, 2], [50, 1, 2], [100, 1, 2]]);
	assert.deepEqual(course([event(30, "a", "occupied"), event(50, "a", "available")], [conflict("a", 20, 50)]), [[10, 1, 2], [20, 0, 2], [30, 0, 2], [50, 1, 2], [100, 1, 2]]);
});

test("one that is open, or began before the picture, counts as such to both its ends", () => {
	assert.deepEqual(course([], [conflict("a", 5, null)]), [[10, 0, 2], [100, 0, 2]]);
	assert.deepEqual(course([], [conflict("a", 5, 30), conflict("a", 40, null)]), [[10, 0, 2], [30, 1, 2], [40, 0, 2], [100, 0, 2]]);
	assert.deepEqual(course([], [conflict("a", 2, 8)]), [[10, 1, 2], [100, 1, 2]], "it was over");
});

test("what the home's policy settled as it opened raised no doubt", () => {
	assert.deepEqual(course([], [conflict("a", 20, 20, { settled_reason: null })]), [[10, 1, 2], [100, 1, 2]]);
});

test("two accounts that are held at once end one by one", () => {
	assert.deepEqual(course([], [conflict("a", 20, 40), conflict("a", 30, 50)]), [[10, 1, 2], [20, 0, 2], [30, 0, 2], [40, 0, 2], [50, 1, 2], [100, 1, 2]]);
});
