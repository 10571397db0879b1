// The filter as values, and as it stands in the address. No DOM.

import { parsePoint, placeOf } from "../lib/geo.js";
import { fold } from "../lib/i18n.js";
import { levels } from "../lib/picture.js";

export const sorts = ["free", "distance", "name", "age"];
const empty = { q: "", near: "", region: "", ward: "", level: "", min: 1, fresh: false, sort: "" };

export function fromQuery(query) {
	const filter = { ...empty };
	for (const key of ["q", "near", "region", "ward"])
		filter[key] = query[key] ?? "";
	filter.level = levels.includes(query.level) ? query.level : "";
	filter.min = Math.max(0, Math.min(999, Number.parseInt(query.min ?? "1", 10) || 0));
	filter.fresh = query.fresh === "1";
	filter.sort = sorts.includes(query.sort) ? query.sort : "";
	return filter;
}

export function toQuery(filter) {
	const { q, near, region, ward, level, min, fresh, sort } = filter;
	return { q, near, region, ward, level, min: min === empty.min ? "" : String(min), fresh: fresh ? "1" : "", sort };
}

export const cleared = () => ({ ...empty });

// Where one looks from: {name, lat, lon, home} or null. near: a home's id, a place's name, or "lat,lon".
export function originOf(near, homes, places) {
	if (!near)
		return null;
	const home = homes.get(near);
	if (home)
		return placeOf(home) && { name: home.name, home: home.id, ...placeOf(home) };
	const point = parsePoint(near);
	if (point)
		return { name: "", ...point };
	const place = places.find((p) => fold(p.name) === fold(near));
	return place ? { name: place.name, lat: place.lat, lon: place.lon } : null;
}

// Who looks from somewhere wants the nearest first.
export const sortOf = (filter, origin) => (filter.sort === "distance" && !origin ? "free" : filter.sort || (origin ? "distance" : "free"));

// The same question as the region understands it.
export function toApi(filter, origin, sort, lang) {
	return { q: filter.q, region: filter.region, ward: filter.ward, care_level: filter.level, min_available: filter.min, min_total: 1, status: filter.fresh ? "fresh" : "",
		near: origin ? `${origin.lat},${origin.lon}` : "", sort: sort === "free" ? "available" : sort, lang };
}
