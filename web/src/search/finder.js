// One field for everything: what is typed is understood as level, ward, place or home, and the choices say how.

import { html, useId, useRef, useState } from "../lib/html.js";
import { fold, t } from "../lib/i18n.js";
import { Icon } from "../lib/parts.js";
import { go } from "../lib/router.js";
import { fetchMore } from "../shell/later.js";
import { describe, match, understand, words } from "./understand.js";

const shown = 7;

// [{text, kind, icon, change}] : change is what the filter takes on; open: a home to go to
export function suggestions(text, world) {
	const meant = understand(text, world);
	const set = { ...(meant.level && { level: meant.level }), ...(meant.ward && { ward: meant.ward }), ...(meant.min && { min: meant.min }) };
	const about = describe(meant);
	const lead = about ? `${about} · ` : "";
	const made = [];
	const near = (place, icon, kind) => ({ id: `${kind}:${place.id ?? place.name}`, icon, kind: t(kind), text: lead + t("near_x", { name: place.name }), change: { ...set, near: place.id ?? place.name, q: "", sort: "" } });
	const rank = (thing) => match(thing.name, meant.rest);
	const matching = (things) => things.filter(rank).sort((a, b) => rank(b) - rank(a));
	if (meant.rest.length) {
		const places = matching(world.places).slice(0, 3), homes = matching(world.homes).slice(0, 3);
		const nearPlaces = places.map((p) => near(p, "pin", "kind_place")), nearHomes = homes.filter((h) => h.latitude !== null).map((h) => near(h, "home", "kind_home"));
		made.push(...(meant.near?.home ? [...nearHomes, ...nearPlaces] : [...nearPlaces, ...nearHomes]));
		made.push({ id: "words", icon: "search", kind: t(places.length || homes.length ? "kind_all" : "kind_unknown"), text: lead + t("words_x", { text: meant.rest.join(" ") }), change: { ...set, q: meant.rest.join(" ") } });
		made.push(...homes.map((h) => ({ id: `open:${h.id}`, icon: "home", kind: t("kind_home"), text: t("open_home", { name: h.name }), open: h.id })));
	} else if (about || meant.min) {
		made.push({ id: "set", icon: "search", kind: t("kind_all"), text: about || t("free"), change: set });
	}
	return made.slice(0, shown);
}

export function Finder({ world, onChange }) {
	const [text, setText] = useState("");
	const [open, setOpen] = useState(false);
	const [at, setAt] = useState(0);
	const list = useId();
	const input = useRef(null);
	const made = open && fold(text).trim() ? suggestions(text, world) : [];
	const [, redraw] = useState(0);
	// Who types may mean a place that comes with the other pages.
	const begin = () => {
		setOpen(true);
		fetchMore().then(() => redraw((n) => n + 1), () => {});
	};

	function take(one) {
		setText("");
		setOpen(false);
		if (one.open)
			go(["homes", one.open]);
		else
			onChange(one.change);
	}

	function key(e) {
		if (e.key === "ArrowDown" || e.key === "ArrowUp") {
			e.preventDefault();
			setOpen(true);
			setAt(made.length ? (at + (e.key === "ArrowDown" ? 1 : made.length - 1)) % made.length : 0);
		} else if (e.key === "Enter") {
			e.preventDefault();
			const now = suggestions(text, world); // a fast hand is ahead of the drawing
			if (words(text).length && now.length)
				take(now[Math.min(at, now.length - 1)]);
		} else if (e.key === "Escape") {
			if (!made.length)
				setText("");
			setOpen(false);
		}
	}

	return html`<div class="finder">
		<label for=${`${list}-in`}>${t("ask")}</label>
		<div class="finder-field">
			<${Icon} name="search" />
			<input id=${`${list}-in`} ref=${input} type="text" role="combobox" autocomplete="off" spellcheck="false" enterkeyhint="search" placeholder=${t("ask_example")}
				aria-expanded=${made.length > 0} aria-controls=${list} aria-autocomplete="list" aria-activedescendant=${made.length ? `${list}-${at}` : undefined} value=${text}
				onInput=${(e) => { setText(e.target.value); setAt(0); setOpen(true); }} onKeyDown=${key} onFocus=${begin} onBlur=${() => setOpen(false)} />
		</div>
		<ul id=${list} role="listbox" aria-label=${t("ask_hint")} hidden=${!made.length}>
			${made.map((one, i) => html`<li key=${one.id} id=${`${list}-${i}`} role="option" aria-selected=${i === at}
				onPointerDown=${(e) => { e.preventDefault(); take(one); }} onPointerEnter=${() => setAt(i)}>
				<${Icon} name=${one.icon} /><span>${one.text}</span><small>${one.kind}</small></li>`)}
		</ul>
	</div>`;
}

export const nameOf = (filter, origin) => (origin ? origin.name || t("at_point") : `${filter.near}?`);
