// The homes on the ground, drawn from their coordinates alone: no tiles, nobody is asked. It repeats the table, so it is one picture to
// who hears the page, and a way to point for who sees it.

import { html, still, useMemo, useRef, useState } from "../lib/html.js";
import { number, t } from "../lib/i18n.js";
import { Icon } from "../lib/parts.js";
import { placeOf } from "../lib/geo.js";
import { openHomes } from "../lib/picture.js";
import { go } from "../lib/router.js";

const W = 400, H = 460; // of the drawing; it is scaled to the room there is
const kmPerDegree = 111.2;

// Marks that would cover each other become one, with the sum of what is free: a click on it goes closer.
function gather(marks) {
	const groups = [];
	for (const mark of marks.sort((a, b) => Number(b.h.fits) - Number(a.h.fits) || b.h.free - a.h.free || (a.h.id < b.h.id ? -1 : 1))) {
		const group = groups.find((g) => g.fits === mark.h.fits && Math.hypot(g.x - mark.x, g.y - mark.y) < (mark.h.fits ? 19 : 9));
		if (group)
			group.of.push(mark.h);
		else
			groups.push({ x: mark.x, y: mark.y, fits: mark.h.fits, of: [mark.h] });
	}
	const worst = (homes) => ["fresh", "stale", "offline"].find((status) => homes.some((h) => h.free && h.status === status)) ?? homes[0].status;
	return groups.map((g) => ({ ...g, id: g.of[0].id, free: g.of.reduce((sum, h) => sum + h.free, 0), status: worst(g.of) })).reverse();
}

// A view: its middle, and how many km it is wide.
function viewOf(points, origin) {
	if (!points.length)
		return { lat: origin?.lat ?? 60, lon: origin?.lon ?? 10, km: 20 };
	const all = origin ? [...points, origin] : points;
	const lats = all.map((p) => p.lat), lons = all.map((p) => p.lon);
	const [south, north, west, east] = [Math.min(...lats), Math.max(...lats), Math.min(...lons), Math.max(...lons)];
	const lat = (south + north) / 2, lon = (west + east) / 2;
	const wide = (east - west) * kmPerDegree * Math.cos(lat * Math.PI / 180), high = (north - south) * kmPerDegree * W / H;
	return { lat, lon, km: Math.max(2, Math.max(wide, high) * 1.2) };
}

const project = (view, at) => ({
	x: W / 2 + (at.lon - view.lon) * kmPerDegree * Math.cos(view.lat * Math.PI / 180) * W / view.km,
	y: H / 2 - (at.lat - view.lat) * kmPerDegree * W / view.km,
});
const back = (view, x, y) => ({
	lat: view.lat - (y - H / 2) * view.km / W / kmPerDegree,
	lon: view.lon + (x - W / 2) * view.km / W / kmPerDegree / Math.cos(view.lat * Math.PI / 180),
});
const behindTools = (x, y) => x > W - 52 && y < 142; // the buttons stand there
const inside = ({ x, y }, margin = 0) => x > -margin && y > -margin && x < W + margin && y < H + margin;

// How far a mark reaches, with the ring of those that stand for many.
const radiusOf = (free) => (free ? 8 + Math.min(7, Math.sqrt(free) * 1.6) : 4.5);
const reachOf = ({ free, of }) => radiusOf(free) + (of.length > 1 ? 4 : 0);

// Names that fit: none over another or over a mark, the widest known first.
function labelsOf(places, view, marks) {
	const taken = marks.map((mark) => ({ x: mark.x, y: mark.y + 4, half: mark.fits ? reachOf(mark) : 0, high: mark.fits ? reachOf(mark) : 0 }));
	return places.filter((p) => view.km < p.width).sort((a, b) => b.width - a.width).flatMap((p) => {
		const middle = project(view, p), half = p.name.length * 3.4 + 4;
		const at = [0, 22, -18, 32, -28].map((dy) => ({ x: middle.x, y: middle.y + dy })).find((spot) => inside(spot, -14) && spot.x - half > 0 && spot.x + half < W && !behindTools(spot.x + half, spot.y) &&
			!taken.some((o) => Math.abs(o.y - spot.y) < 8 + o.high && Math.abs(o.x - spot.x) < half + o.half));
		if (!at)
			return [];
		taken.push({ ...at, half, high: 8 });
		return [{ name: p.name, ...at }];
	});
}

const Ground = ({ view, places, origin, marks }) => {
	const steps = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];
	const step = steps.find((s) => s * W / view.km > 55) ?? 500;
	const at = origin && project(view, origin);
	return html`<g>
		${labelsOf(places, view, marks).map((p) => html`<text key=${p.name} class="map-place" x=${p.x} y=${p.y}>${p.name}</text>`)}
		${at && [1, 2, 3].map((n) => html`<g key=${n}><circle class="map-ring" cx=${at.x} cy=${at.y} r=${n * step * W / view.km} />
			<text class="map-km" x=${at.x} y=${at.y - n * step * W / view.km - 3}>${number(n * step)} km</text></g>`)}
		<g class="map-scale"><path d=${`M12 ${H - 14}v5h${step * W / view.km}v-5`} /><text x=${18 + step * W / view.km} y=${H - 8}>${number(step)} km</text></g>
	</g>`;
};

// Free beds in the mark; without any, a small ring; a mark that one cannot trust is drawn broken.
const Mark = still(({ x, y, free, status, many, picked, dim }) => {
	const r = radiusOf(free);
	return html`<g class="map-home" data-status=${status} data-free=${free ? "" : undefined} data-picked=${picked ? "" : undefined} data-dim=${dim ? "" : undefined} transform=${`translate(${x.toFixed(1)} ${y.toFixed(1)})`}>
		${many && free > 0 && html`<circle class="map-many" r=${r + 3.5} />`}<circle class="map-mark" r=${r} />${free > 0 && html`<text y="4">${free > 99 ? "99+" : free}</text>`}
	</g>`;
});

export function Map({ homes, places, origin, picked, onPick, onPoint }) {
	const fitted = useMemo(() => {
		const placed = homes.filter((h) => h.fits);
		// Near somewhere the nearest few matter; without it, all do.
		const nearest = origin ? placed.filter((h) => h.km !== undefined).sort((a, b) => a.km - b.km).slice(0, 8) : placed;
		return viewOf(nearest.length ? nearest : homes, origin);
	}, [origin?.lat, origin?.lon, homes.filter((h) => h.fits).map((h) => h.id).sort().join()]);
	const [moved, setMoved] = useState(null); // {by: the fitted view it was moved from, view}
	const view = moved?.by === fitted ? moved.view : fitted;
	const move = (to) => setMoved({ by: fitted, view: to });
	const zoom = (by) => move({ ...view, km: Math.min(3000, Math.max(0.5, view.km * by)) });
	const drag = useRef(null);
	const svg = useRef(null);

	function at(e) {
		const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.current.getScreenCTM().inverse());
		return { x: p.x, y: p.y };
	}
	const groups = gather(homes.map((h) => ({ h, ...project(view, h) })).filter((o) => inside(o, 16)));
	const near = (p) => groups.map((g) => ({ g, far: Math.hypot(g.x - p.x, g.y - p.y) })).filter(({ g, far }) => far < (g.fits ? 16 : 8)).sort((a, b) => a.far - b.far)[0]?.g;
	function down(e) {
		if (e.button !== 0)
			return;
		drag.current = { ...at(e), view, far: false };
		svg.current.setPointerCapture(e.pointerId);
	}
	function over(e) {
		const p = at(e), d = drag.current;
		if (!d) {
			onPick(near(p)?.id ?? null);
			return;
		}
		d.far ||= Math.hypot(p.x - d.x, p.y - d.y) > 5;
		if (d.far) {
			const a = back(d.view, d.x, d.y), b = back(d.view, p.x, p.y);
			move({ ...d.view, lat: d.view.lat + a.lat - b.lat, lon: d.view.lon + a.lon - b.lon });
		}
	}
	function up(e) {
		const d = drag.current, p = at(e);
		drag.current = null;
		if (!d || d.far)
			return;
		const group = near(p);
		if (group?.of.length > 1)
			move({ ...back(view, group.x, group.y), km: view.km / 3 });
		else if (group)
			go(["homes", group.id]);
		else
			onPoint(back(view, p.x, p.y));
	}

	const here = origin && project(view, origin);
	const one = picked && groups.find((g) => g.of.some((h) => h.id === picked));
	return html`<section class="map" aria-label=${t("map")}>
		<svg ref=${svg} viewBox=${`0 0 ${W} ${H}`} role="img" aria-label=${t("map_label", { n: homes.length })} onPointerDown=${down} onPointerMove=${over} onPointerUp=${up}
			onPointerCancel=${() => { drag.current = null; }} onPointerLeave=${() => onPick(null)}>
			<${Ground} view=${view} places=${places} origin=${origin} marks=${groups} />
			${groups.map((g) => html`<${Mark} key=${g.id} x=${g.x} y=${g.y} free=${g.free} status=${g.status} many=${g.of.length > 1} picked=${g === one} dim=${!g.fits} />`)}
			${here && html`<path class="map-here" d=${`M${here.x} ${here.y - 9}v18M${here.x - 9} ${here.y}h18`} />`}
			${one && html`<text class="map-name" x=${Math.min(W - 70, Math.max(70, one.x))} y=${one.y < 40 ? one.y + 32 : one.y - 20}>${one.of.length > 1 ? t("n_homes", { n: one.of.length }) : one.of[0].name}</text>`}
		</svg>
		<div class="map-tools">
			<button type="button" class="quiet icon-only" aria-label=${t("zoom_in")} title=${t("zoom_in")} onClick=${() => zoom(0.6)}><${Icon} name="plus" /></button>
			<button type="button" class="quiet icon-only" aria-label=${t("zoom_out")} title=${t("zoom_out")} onClick=${() => zoom(1 / 0.6)}><${Icon} name="minus" /></button>
			<button type="button" class="quiet icon-only" aria-label=${t("zoom_fit")} title=${t("zoom_fit")} onClick=${() => move(viewOf(homes, null))}><${Icon} name="fit" /></button>
		</div>
		<p class="soft small">${t("map_hint")}</p>
	</section>`;
}

// Homes as the map wants them: those that have rows in the answer fit.
export function markHomes(picture, rows, km) {
	const free = new globalThis.Map();
	for (const row of rows)
		free.set(row.facility_id, (free.get(row.facility_id) ?? 0) + row.available_beds);
	return openHomes(picture.homes).filter(placeOf).map((home) => ({
		id: home.id, name: home.name, ...placeOf(home), km: km.get(home.id), fits: free.has(home.id), free: free.get(home.id) ?? 0, status: picture.status(home),
	}));
}

