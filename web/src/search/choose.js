// Which rows are shown, in which order, and their sums. No DOM: values in, values out.

import { distance, placeOf } from "../lib/geo.js";
import { fold, named } from "../lib/i18n.js";
import { compareNames } from "../lib/order.js";
import { keyOf, levels } from "../lib/picture.js";
import { words } from "./understand.js";

function fits(picture, row, filter, typed) {
	if (row.total_beds === 0 || (filter.ward && row.ward !== filter.ward) || (filter.level && row.care_level !== filter.level) ||
		(filter.region && picture.homes.get(row.facility_id)?.region_id !== filter.region))
		return false;
	if (filter.fresh && picture.status(row) !== "fresh")
		return false;
	if (!typed.length)
		return true;
	const home = picture.homes.get(row.facility_id);
	const text = fold(`${row.name} ${row.ward} ${named(row.ward)} ${home?.region_name ?? ""} ${Object.values(home?.address ?? {}).join(" ")}`);
	return typed.every((w) => text.includes(w));
}

// Kilometres from the origin by home; a home whose place is not known has none.
export function distances(homes, origin) {
	const km = new Map();
	if (origin)
		for (const home of homes.values())
			if (placeOf(home))
				km.set(home.id, distance(origin, placeOf(home)));
	return km;
}

// A row by its home's name, ward and level as one number: a thousand rows have two hundred names, and comparing letters is dear.
function placer(rows) {
	const names = [...new Set(rows.map((row) => row.name))].sort(compareNames), wards = [...new Set(rows.map((row) => row.ward))].sort((a, b) => compareNames(named(a), named(b)));
	const of = (list) => new Map(list.map((each, i) => [each, i]));
	const byName = of(names), byWard = of(wards);
	return (row) => (byName.get(row.name) * wards.length + byWard.get(row.ward)) * levels.length + levels.indexOf(row.care_level);
}

// What the rows are sorted by: the smallest first.
const firsts = {
	name: () => 0,
	free: (row) => -row.available_beds,
	distance: (row, picture, km) => km.get(row.facility_id) ?? Infinity,
	age: (row) => (row.as_of ? Date.parse(row.as_of) : -Infinity),
};

function inOrder(rows, first) {
	const place = placer(rows);
	const by = (a, b) => (a.first === b.first ? a.place - b.place || (keyOf(a.row) < keyOf(b.row) ? -1 : 1) : a.first - b.first);
	return rows.map((row) => ({ row, first: first(row), place: place(row) })).sort(by).map((each) => each.row);
}

// What one looks at, whether any of it is free.
export function fitting(picture, filter) {
	const typed = words(filter.q);
	return [...picture.rows.values()].filter((row) => fits(picture, row, filter, typed));
}

export function choose(around, picture, { min }, sort, km) {
	return inOrder(around.filter((row) => row.available_beds >= min), (row) => firsts[sort](row, picture, km));
}

// The rows of an earlier choice as they are now, in that order: nothing moves under a hand that is about to click.
export function inOrderOf(keys, picture, chosen) {
	const here = new Set(keys);
	return [...keys.map((key) => picture.rows.get(key)).filter(Boolean), ...chosen.filter((row) => !here.has(keyOf(row)))];
}

export function totals(picture, rows) {
	let available = 0, reserved = 0, occupied = 0, maintenance = 0, unconfirmed = 0, total = 0, notFresh = 0;
	const worst = new Map(), homes = { fresh: 0, stale: 0, offline: 0 }, now = picture.now();
	// A thousand rows, once, in a program that has just begun: properties by their names are what is quick then.
	for (const row of rows) {
		const status = picture.status(row, now), home = row.facility_id;
		available += row.available_beds;
		reserved += row.reserved_beds;
		occupied += row.occupied_beds;
		maintenance += row.maintenance_beds;
		unconfirmed += row.unconfirmed_beds;
		total += row.total_beds;
		if (status !== "fresh")
			notFresh += row.available_beds;
		if (status === "offline" || (status === "stale" && worst.get(home) !== "offline") || !worst.has(home))
			worst.set(home, status);
	}
	for (const status of worst.values())
		homes[status]++;
	return { available, reserved, occupied, maintenance, unconfirmed, total, notFresh, homes, n_homes: worst.size };
}
