// "An intensive dementia bed near Majorstua, free now, and can I trust it?"

import { html, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { currentLanguage, named, t, wardChoice } from "../lib/i18n.js";
import { query as asQuery } from "../lib/api.js";
import { whenIdle } from "../lib/idle.js";
import { compareNames } from "../lib/order.js";
import { Choice, Icon, Waiting } from "../lib/parts.js";
import { keyOf, levels, openHomes, picture } from "../lib/picture.js";
import { kept, keep } from "../lib/preferences.js";
import { replaceQuery } from "../lib/router.js";
import { save } from "../lib/save.js";
import { useTopics } from "../lib/topic.js";
import { choose, distances, fitting, inOrderOf, totals } from "./choose.js";
import { cleared, fromQuery, originOf, sortOf, toApi, toQuery } from "./filter.js";
import { Finder, nameOf } from "./finder.js";
import { Map, markHomes } from "./map.js";
import { Table } from "./table.js";
import { Totals } from "./totals.js";
import { changedPlaces } from "./places.js";
import { placesOf } from "./understand.js";
import { fetchMore } from "../shell/later.js";

const shownFirst = 60, aFrame = 16; // rows there are to scroll to, and how many of them are drawn at a time
// Rows that fill the window, about: as cards on a narrow one.
const atOnce = () => (innerWidth < 960 ? Math.max(3, Math.ceil((innerHeight - 450) / 150)) : Math.max(4, Math.ceil((innerHeight - 380) / 64)));
const sortTexts = { free: "by_free", distance: "by_distance", name: "by_name", age: "by_age" };

// What the region has, for the filters to offer; the same object until homes or wards change.
function useWorld() {
	const [homesVersion] = [useTopics(picture.changedHomes)];
	const wards = [...new Set([...picture.rows.values()].filter((r) => r.total_beds > 0).map((r) => r.ward))].sort((a, b) => compareNames(named(a), named(b)));
	const places = useMemo(() => ofPlaces(() => placesOf(picture.homes)), [picture.homes.size]);
	const regions = useMemo(() => [...new globalThis.Map([...picture.homes.values()].map((h) => [h.region_id, h.region_name]))], [picture.homes.size]);
	return useMemo(() => ({ wards, regions, homes: openHomes(picture.homes), get places() { return places(); } }), [homesVersion, wards.join(), places]);
}

// Made when somebody asks, and anew when more places are known.
function ofPlaces(make) {
	let made = null, version = -1;
	return () => {
		if (version !== changedPlaces.version)
			[made, version] = [make(), changedPlaces.version];
		return made;
	};
}

// Where one looks from. A place that the first page does not know may be one of those that come with the others.
function useOrigin(near, world) {
	const [, redraw] = useState(0);
	const origin = useMemo(() => (near ? originOf(near, picture.homes, world.places) : null), [near, picture.homes.size, changedPlaces.version]);
	useEffect(() => {
		if (!near || origin)
			return undefined;
		void fetchMore().catch(() => {});
		return changedPlaces.listen(() => redraw((n) => n + 1));
	}, [near, !origin]);
	return origin;
}

function Filters({ filter, world, change, origin, sort }) {
	const sortsHere = Object.entries(sortTexts).filter(([code]) => code !== "distance" || origin);
	return html`<form class="filters" role="search" aria-label=${t("search_title")} onSubmit=${(e) => e.preventDefault()}>
		<${Finder} world=${world} onChange=${change} />
		${world.regions.length > 1 && html`<label class="field"><span>${t("region")}</span><select name="region" onChange=${(e) => change({ region: e.target.value })}>
			<option value="">${t("all")}</option>${world.regions.map(([id, name]) => html`<option key=${id} value=${id} selected=${id === filter.region}>${name}</option>`)}</select></label>`}
		<${Choice} label=${t("ward")} name="ward" value=${filter.ward} options=${[["", t("all")], ...world.wards.map((w) => [w, wardChoice(w)])]} onChoose=${(ward) => change({ ward })} />
		<${Choice} label=${t("care_level")} name="level" value=${filter.level} options=${[["", t("all")], ...levels.map((l) => [l, named(l)])]} onChoose=${(level) => change({ level })} />
		<label class="field narrow"><span>${t("min_free")}</span><input type="number" name="min" min="0" max="999" inputmode="numeric" value=${filter.min}
			onInput=${(e) => change({ min: Math.max(0, Math.min(999, Number.parseInt(e.target.value, 10) || 0)) })} /></label>
		<label class="check"><input type="checkbox" name="fresh" checked=${filter.fresh} onChange=${(e) => change({ fresh: e.target.checked })} /><span>${t("only_fresh")}</span></label>
		<label class="field sort"><span>${t("sort")}</span><select name="sort" onChange=${(e) => change({ sort: e.target.value })}>
			${sortsHere.map(([code, key]) => html`<option key=${code} value=${code} selected=${code === sort}>${t(key)}</option>`)}</select></label>
	</form>`;
}

// What is filtered by, each to be taken away by itself.
function Chips({ filter, origin, change }) {
	const chips = [
		filter.near && [["near", "sort"], html`<${Icon} name="pin" />${t("near_x", { name: nameOf(filter, origin) })}`],
		filter.q && [["q"], `«${filter.q}»`],
		filter.ward && [["ward"], named(filter.ward)],
		filter.level && [["level"], named(filter.level)],
		filter.fresh && [["fresh"], t("fresh_long")],
	].filter(Boolean);
	if (!chips.length)
		return null;
	const without = (keys) => Object.fromEntries(keys.map((key) => [key, cleared()[key]]));
	return html`<span class="chips">${chips.map(([keys, text]) => html`<button key=${keys[0]} type="button" class="chip" data-chip=${keys[0]} onClick=${() => change(without(keys))}>
		<span>${text}</span><${Icon} name="close" /></button>`)}
		<button type="button" class="link" onClick=${() => change(cleared())}>${t("reset")}</button></span>`;
}

// While a hand is over the rows they stay where they are; their numbers go on.
function useHeld(rows, what) {
	const held = useRef(null); // {what, keys}
	const now = useRef([]);
	const shown = held.current?.what === what ? inOrderOf(held.current.keys, picture, rows) : rows;
	now.current = shown;
	const [, redraw] = useState(0);
	return [shown, {
		onPointerEnter: (e) => e.pointerType === "mouse" && (held.current = { what, keys: now.current.map(keyOf) }),
		onPointerLeave: () => { held.current = null; redraw((n) => n + 1); },
	}];
}

// The rows in the window first, then the map in the room that is kept for it, then the rows below, some a frame: a click never waits for them.
function useSteps(begun, most) {
	const [step, setStep] = useState(0);
	useEffect(() => {
		if (!begun || step >= most)
			return undefined;
		return whenIdle(() => setStep(step + 1));
	}, [begun, step]);
	return step;
}

export function Search({ query }) {
	const version = useTopics(picture.changedRows, picture.changedHomes);
	const world = useWorld();
	const [limit, setLimit] = useState(shownFirst);
	const [picked, setPicked] = useState(null);
	const [withMap, setWithMap] = useState(kept("map") ? kept("map") === "yes" : matchMedia("(min-width: 75rem)").matches);
	const filter = fromQuery(query);
	const origin = useOrigin(filter.near, world);
	const sort = sortOf(filter, origin);
	const km = useMemo(() => distances(picture.homes, origin), [origin, picture.homes.size]);
	const what = JSON.stringify(query);
	const around = useMemo(() => fitting(picture, filter), [version, what, currentLanguage()]);
	const chosen = useMemo(() => choose(around, picture, filter, sort, km), [around, sort, km]);
	const sum = useMemo(() => totals(picture, around), [around]);
	const nHomes = useMemo(() => new Set(chosen.map((row) => row.facility_id)).size, [chosen]);
	const [rows, hold] = useHeld(chosen, what);
	const [begin] = useState(atOnce);
	const steps = 1 + Math.ceil(shownFirst / aFrame), step = useSteps(picture.loaded, steps);
	const hasMap = withMap && picture.homes.size > 0, mapped = hasMap && step > 0;
	const homes = useMemo(() => (mapped ? markHomes(picture, chosen, km) : []), [chosen, km, mapped]);

	function change(by) {
		setLimit(shownFirst);
		replaceQuery(toQuery({ ...filter, ...by }));
	}
	const showMap = (yes) => {
		keep("map", yes ? "yes" : "no");
		setWithMap(yes);
	};

	if (!picture.loaded)
		return html`<h1 class="sr">${t("search_title")}</h1><${Waiting} />`;
	return html`<div class="search-page">
		<h1 class="sr">${t("search_title")}</h1>
		<${Filters} filter=${filter} world=${world} change=${change} origin=${origin} sort=${sort} />
		<${Totals} sum=${sum} />
		${filter.near && !origin && changedPlaces.version > 0 && html`<p class="notice warn" role="status">${t("near_unknown", { name: filter.near })}</p>`}
		<div class="about"><p role="status" class="count-line"><b>${t("count", { n: chosen.length })}</b> ${t("in_homes", { n: nHomes })}</p>
			<${Chips} filter=${filter} origin=${origin} change=${change} />
			<span class="tools">
				<button type="button" class="quiet" onClick=${() => showMap(!withMap)} aria-pressed=${withMap}><${Icon} name="pin" /><span>${t("map")}</span></button>
				<button type="button" class="quiet" name="csv" onClick=${() => save(`api/availability${asQuery({ ...toApi(filter, origin, sort, currentLanguage()), format: "csv" })}`)}><${Icon} name="download" /><span>CSV</span></button>
			</span>
		</div>
		<div class=${`answer${hasMap ? " with-map" : ""}`}>
			<div class="answer-rows" ...${hold}>
				${rows.length ? html`<${Table} rows=${rows.slice(0, step < steps ? Math.min(limit, begin + Math.max(0, step - 1) * aFrame) : limit)} homes=${picture.homes} km=${km} sort=${sort} hasOrigin=${Boolean(origin)} onSort=${(by) => change({ sort: by })} picked=${picked} onPick=${setPicked} more=${step < steps} />`
					: html`<div class="empty"><p>${t(picture.rows.size ? "empty" : "empty_all")}</p>${picture.rows.size > 0 && html`${filter.q && html`<p>${t("words_none", { text: filter.q })}</p>`}<p class="soft">${t("empty_try")}</p><${Chips} filter=${filter} origin=${origin} change=${change} />`}</div>`}
				${rows.length > limit && html`<p class="more"><button type="button" class="quiet" onClick=${() => setLimit(Infinity)}>${t("show_all", { n: rows.length })}</button></p>`}
			</div>
			${mapped && html`<${Map} homes=${homes} places=${world.places} origin=${origin} picked=${picked} onPick=${setPicked}
				onPoint=${(p) => change({ near: `${p.lat.toFixed(4)},${p.lon.toFixed(4)}`, sort: "" })} />`}
		</div>
	</div>`;
}
