// What somebody means by what they typed: "intensiv demens majorstua" is a level, a ward and a place. No DOM.

import { fold, named, namesOf } from "../lib/i18n.js";
import { levels } from "../lib/picture.js";
import { placeOf } from "../lib/geo.js";
import { gazetteer } from "./places.js";

const filler = new Set(["a", "an", "the", "in", "at", "by", "near", "bed", "beds", "with", "for", "now", "i", "pa", "ved", "naer", "en", "et", "plass", "plasser", "seng", "med", "na", "og", "and"]);
const free = new Set(["ledig", "ledige", "free", "available", "vacant"]);

export const words = (text) => fold(text).split(/[^\p{L}\p{N}.-]+/u).filter(Boolean);

const countries = new Set(["norge", "noreg", "norway", "no"]);

// The end of an address: "Sørkedalsveien 10, 0369 Oslo" lies in Oslo, and so does "Sørkedalsveien 10, Oslo, Norge".
export function townOf(address) {
	const parts = (address?.text ?? "").split(/[,\n]/).map((part) => part.trim()).filter(Boolean);
	while (parts.length > 1 && countries.has(fold(parts.at(-1))))
		parts.pop();
	const [, code, name] = /^((?:[A-Z]{1,2}-)?\d{4,5}\s+)?(\p{L}[\p{L} .-]*)$/u.exec(parts.at(-1) ?? "") ?? [];
	return name && (code || parts.length > 1) ? name : address?.city ?? null;
}

// The gazetteer, and towns it does not know from the addresses of the homes in them: their middle.
export function placesOf(homes) {
	const known = new Map(gazetteer().map((p) => [fold(p.name), p]));
	const towns = new Map();
	for (const home of homes.values()) {
		const name = townOf(home.address), at = placeOf(home);
		if (!name || !at || known.has(fold(name)))
			continue;
		const sum = towns.get(fold(name)) ?? { name, lat: 0, lon: 0, n: 0 };
		towns.set(fold(name), { name, lat: sum.lat + at.lat, lon: sum.lon + at.lon, n: sum.n + 1 });
	}
	return [...gazetteer(), ...[...towns.values()].map(({ name, lat, lon, n }) => ({ name, width: 70, lat: lat / n, lon: lon / n }))];
}

// How well a word names a code: one of its names, the start of one from three letters on, or one with an ending. 0: not at all.
function codeMatch(word, code) {
	const ranks = namesOf(code).map(fold).map((whole) => {
		if (word === whole)
			return 3;
		if (word.length >= 3 && whole.startsWith(word))
			return 2;
		return whole.length >= 4 && word.startsWith(whole) && word.length <= whole.length + 3 ? 1 : 0;
	});
	return Math.max(0, ...ranks);
}

// The best, not the first: a home may call a ward "dem", and "demens" is dementia all the same.
function codeFor(word, codes) {
	let found, rank = 0;
	for (const code of codes) {
		const m = codeMatch(word, code);
		if (m > rank)
			[found, rank] = [code, m];
	}
	return found;
}

// How well a name answers words: whole name, also without the municipality behind it; its start, all words at starts of its words. 0: not at all.
export function match(name, typed) {
	const whole = fold(name), parts = words(name), text = typed.join(" ");
	if (whole === text || whole.replace(/ \([^)]*\)$/, "") === text)
		return 4;
	if (whole.startsWith(text))
		return 3;
	return typed.length && typed.every((w) => parts.some((p) => p.startsWith(w))) ? 2 : 0;
}

function best(things, typed) {
	let found = null, rank = 0;
	for (const thing of things) {
		const m = match(thing.name, typed);
		if (m > rank)
			[found, rank] = [thing, m];
	}
	return found;
}

// {ward, level, min, near: {place} or {home}, rest: words that say nothing of these}
export function understand(text, { wards, homes, places }) {
	const meant = { rest: [] };
	for (const word of words(text)) {
		if (filler.has(word))
			continue;
		const level = !meant.level && codeFor(word, levels), ward = !level && !meant.ward && codeFor(word, wards);
		if (free.has(word))
			meant.min = 1;
		else if (level)
			meant.level = level;
		else if (ward)
			meant.ward = ward;
		else
			meant.rest.push(word);
	}
	if (meant.rest.join(" ").length >= 2) {
		const place = best(places, meant.rest), home = best(homes, meant.rest);
		if (place && (!home || match(place.name, meant.rest) >= match(home.name, meant.rest)))
			meant.near = { place };
		else if (home)
			meant.near = { home };
	}
	return meant;
}

export const describe = (meant) => [meant.level && named(meant.level), meant.ward && named(meant.ward)].filter(Boolean).join(" · ");
