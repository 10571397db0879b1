// Beds, people and times as staff call them. No DOM.

import { has, locale, t } from "./texts.js";

// "bed_2b_room_14" is "2B room 14"; the identifier itself stays in the row's title.
export function bedName(id) {
	const words = id.replace(/^bed_/, "").split(/[_]+/);
	return words.map((w) => (/\d/.test(w) ? w.toUpperCase() : w)).join(" ").replace(/^./, (c) => c.toUpperCase());
}

export function wardName(ward) {
	if (!ward)
		return t("no_ward");
	return has(`ward_${ward}`) ? t(`ward_${ward}`) : ward.replace(/_/g, " ").replace(/^./, (c) => c.toUpperCase());
}

// The twelve digits that stand for a name where the adapter keeps it back (`pseudonym`): they tell staff nothing.
export const isPseudonym = (user) => /^user_[0-9a-f]{12}$/.test(user);

// "user_nurse_hansen" is "Nurse Hansen".
export const person = (user) => user.replace(/^user_/, "").split(/[_.]+/).map((w) => w.replace(/^./, (c) => c.toUpperCase())).join(" ");

// In the home's own time, whatever the tablet's clock says: "14:02" today, "12 Apr 14:02" before.
export function moment(at, zone, now = Date.now()) {
	const day = (d) => new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short" }).format(d);
	const date = new Date(at);
	const clock = { timeZone: zone, hour: "2-digit", minute: "2-digit" };
	const more = day(date) === day(now) ? {} : { day: "numeric", month: "short", ...(Math.abs(now - date) > 300 * 864e5 && { year: "numeric" }) };
	return new Intl.DateTimeFormat(locale(), { ...clock, ...more }).format(date);
}

export const inWords = (seconds) => (seconds < 100 ? t("seconds_of", { n: seconds }) : t("minutes_of", { n: Math.ceil(seconds / 60) }));

// {text, level, waits} of the line. level: good, warn, bad.
export function lineInWords(line, zone) {
	const waits = line.queued === 1 ? t("waiting_one") : line.queued > 1 ? t("waiting", { n: line.queued }) : "";
	if (line.state === "up") {
		if (line.unanswered_since)
			return { text: t("unanswered", { at: moment(line.unanswered_since, zone) }), level: "warn", waits };
		if (line.queued > 0)
			return { text: t("up_waiting", { n: line.queued }), level: "good", waits: "" };
		return { text: line.in_sync_as_of ? t("up", { at: moment(line.in_sync_as_of, zone) }) : t("up_never"), level: "good", waits: "" };
	}
	if (line.state === "down")
		return { text: line.last_contact ? t("down", { at: moment(line.last_contact, zone) }) : t("down_never"), level: "warn", waits };
	if (line.state === "silent")
		return { text: t("silent", { at: moment(line.since, zone) }), level: "bad", waits };
	return { text: t(line.state), level: line.state === "gone" ? "bad" : "warn", waits };
}

// [[ward, beds]], in order of name; beds as people count them.
export function byWard(beds) {
	const wards = new Map();
	const order = new Intl.Collator(locale(), { numeric: true });
	for (const bed of beds)
		wards.set(bed.ward ?? "", [...(wards.get(bed.ward ?? "") ?? []), bed]);
	return [...wards].sort(([a], [b]) => (!a) - (!b) || order.compare(a, b))
		.map(([ward, list]) => [ward, list.sort((a, b) => order.compare(a.bed_id, b.bed_id))]);
}
