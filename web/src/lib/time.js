// Times as people say them.

import { currentLanguage, made, t } from "./i18n.js";

export function ageInWords(ms) {
	if (ms === null)
		return t("never");
	const minutes = Math.floor(ms / 60e3);
	if (minutes < 1)
		return t("just_now");
	const [n, unit] = minutes < 60 ? [minutes, "minute"] : minutes < 48 * 60 ? [Math.floor(minutes / 60), "hour"] : [Math.floor(minutes / 1440), "day"];
	return t(`ago_${unit}`, { n });
}

function format(at, options) {
	const locale = currentLanguage() === "nb" ? "nb-NO" : "en-GB";
	return made(JSON.stringify(options), () => new Intl.DateTimeFormat(locale, options)).format(new Date(at));
}

export const clock = (at) => format(at, { hour: "2-digit", minute: "2-digit" });
export const date = (at) => format(at, { day: "numeric", month: "short", year: "numeric" });

// "14:32" of today, "12 Nov 14:32" of this year, with the year before that. beside: a time that stands before it, instead of today.
export function moment(at, beside = Date.now()) {
	if (!at)
		return "–";
	const then = new Date(at), now = new Date(beside);
	if (then.toDateString() === now.toDateString())
		return clock(at);
	return format(at, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", ...(then.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }) });
}

// To the second, with its day: for logs.
export const stamp = (at) => (at ? format(at, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" }) : "–");

export const exact = (at) => (at ? format(at, { dateStyle: "full", timeStyle: "medium" }) : "");

const two = (n) => String(n).padStart(2, "0");

// A time as <input type="datetime-local"> has it, in this browser's zone, and back.
export function toField(at) {
	const d = new Date(at);
	return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

export const fromField = (text) => (text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : "");
