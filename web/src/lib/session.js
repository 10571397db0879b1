// Who one is, and what is shown to whom. What is allowed the region decides, whatever is shown.

import { askStart, get, post, setSession } from "./api.js";
import { Topic } from "./topic.js";

export const changedSession = new Topic();
let who = null;

export const me = () => who;

function set(to) {
	who = to;
	setSession(to?.csrf ?? null, () => set(null));
	changedSession.changed();
}

export const forget = () => set(null);

// Goes on with the session that there is; what the region knows now, as far as it has told that too.
export async function resume() {
	const start = await askStart();
	const answer = start.ok || start.status === 401 ? start : await get("api/me"); // one may be known while the homes are not
	set(start.ok ? start.data.me : answer.ok ? answer.data : null);
	return start.ok ? start.data : null;
}

export async function logIn(body) {
	const answer = await post("api/login", body);
	if (answer.ok)
		set(answer.data);
	return answer;
}

export async function logOut() {
	const answer = await post("api/logout", {});
	if (answer.ok || answer.status === 401)
		set(null);
	// The provider who knew one has a session of its own.
	if (answer.data?.logout_url)
		location.assign(answer.data.logout_url);
	return answer;
}

const of = (...roles) => Boolean(who && roles.includes(who.role));

export const may = {
	setBeds: () => of("FACILITY_STAFF", "FACILITY_MANAGER"),
	seeHistory: () => of("FACILITY_MANAGER", "REGIONAL_COORDINATOR", "SYSTEM_ADMIN"),
	seeConflicts: () => of("FACILITY_MANAGER", "REGIONAL_COORDINATOR", "SYSTEM_ADMIN"),
	settle: () => of("FACILITY_MANAGER", "SYSTEM_ADMIN"),
	acknowledge: () => of("FACILITY_MANAGER", "REGIONAL_COORDINATOR", "SYSTEM_ADMIN"),
	administer: () => of("SYSTEM_ADMIN"),
	searchAll: () => of("REGIONAL_COORDINATOR", "SYSTEM_ADMIN"),
};
