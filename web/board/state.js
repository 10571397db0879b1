// What the page knows: the picture as the board last gave it, who is logged in, and whether the board answers.

import { ask } from "./api.js";

const every = 2000;
const listeners = new Set();

export const state = {
	picture: null, // watcher/board/picture.h
	heardAt: null, // when the board last answered
	silent: false, // it does not answer now
	pinToLook: false,
	user: null, csrf: null, names: [],
};

export const onChange = (listener) => listeners.add(listener);
export const changed = () => listeners.forEach((listener) => listener());

let tag = null, timer = 0, asking = false;
let told = 0; // beds that answers to a tap have told

// A picture that was asked for before a tap was answered may be of the time before the tap: it is asked for anew.
async function askAfterTaps() {
	for (;;) {
		const before = told, answer = await ask("GET", "api/board", { tag });
		if (before === told)
			return answer;
	}
}

async function look() {
	const answer = await askAfterTaps();
	const before = [state.silent, state.pinToLook];
	state.silent = !answer.ok && answer.status !== 304 && answer.status !== 401;
	state.pinToLook = answer.status === 401;
	if (!state.silent)
		state.heardAt = Date.now();
	if (answer.ok) {
		state.picture = answer.body;
		tag = answer.tag;
	} else if (state.pinToLook) {
		state.picture = tag = null;
	}
	if (answer.ok || before[0] !== state.silent || before[1] !== state.pinToLook)
		changed();
}

// Now, and then every two seconds while the page is looked at.
export async function watch() {
	clearTimeout(timer);
	if (asking)
		return;
	asking = true;
	await look();
	asking = false;
	if (!document.hidden)
		timer = setTimeout(watch, every);
}

document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : watch()));

// A bed as the answer to a tap told it. The next look is at all of it: what was seen meanwhile may be newer than this answer.
export function takeBed(bed) {
	told++;
	tag = null;
	const known = state.picture?.beds.find((b) => b.bed_id === bed.bed_id);
	if (known)
		Object.assign(known, { status: bed.status, changed_at: bed.changed_at, changed_by: bed.changed_by, set_by: bed.set_by });
	changed();
}

export async function whoAmI() {
	const answer = await ask("GET", "api/session");
	if (answer.ok)
		Object.assign(state, { user: answer.body.user, csrf: answer.body.csrf, names: answer.body.names });
	changed();
}

export async function logIn(user, pin) {
	const answer = await ask("POST", "api/session", { body: { user, pin } });
	if (answer.ok)
		Object.assign(state, { user: answer.body.user, csrf: answer.body.csrf });
	changed();
	return answer;
}

export async function logOut() {
	await ask("DELETE", "api/session", { csrf: state.csrf });
	forget();
	watch();
}

export function forget() {
	state.user = state.csrf = null;
	changed();
}
