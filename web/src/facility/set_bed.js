// Setting a bed, and being honest about whether it was. No DOM.
//
// The answer is one of {done: bed}, {already: bed}, {changed: bed} (somebody else did meanwhile), {lost: "not" | "unknown"}
// (nothing was sent, or no answer came), {failed: answer}.

import { path, put } from "../lib/api.js";
import { picture } from "../lib/picture.js";

// `version` is that of the bed as it was seen, so a change that was made twice, or over another's, is told and not made.
export async function setBed(facility, bed, status, reason = "manual") {
	if (!navigator.onLine)
		return { lost: "not" };
	const answer = await put(path`api/facilities/${facility}/beds/${bed.id}/status`, { status, reason }, { version: bed.version, signal: AbortSignal.timeout(12e3) });
	if (answer.ok)
		return { done: { ...bed, ...answer.data.bed } };
	if (answer.status === 409 && answer.problem?.bed) {
		const now = { ...bed, ...answer.problem.bed };
		// The answer to an earlier try was lost, and that try had been made.
		return now.status === status ? { already: now } : { changed: now };
	}
	if (answer.status === 0)
		return { lost: picture.line.state === "lost" && !answer.aborted ? "not" : "unknown" };
	return { failed: answer };
}
