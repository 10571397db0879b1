// The answer: a row per home, ward and level. A row is drawn anew only when its own numbers are others.

import { html, still, useEffect, useRef } from "../lib/html.js";
import { named, number, t } from "../lib/i18n.js";
import { Free, Trust } from "../lib/parts.js";
import { keyOf } from "../lib/picture.js";
import { address } from "../lib/router.js";

const digits = (km) => ({ minimumFractionDigits: km < 10 ? 1 : 0, maximumFractionDigits: km < 10 ? 1 : 0 });
const kilometres = (km) => t("km", { km: number(km, digits(km)) });

const Row = still(({ row, where, km, picked, onPick }) => {
	const tr = useRef(null);
	const before = useRef(row);
	useEffect(() => {
		if (before.current !== row && row.isNews) {
			tr.current.classList.remove("news");
			void tr.current.offsetWidth; // begins the animation anew
			tr.current.classList.add("news");
		}
		before.current = row;
	}, [row]);
	return html`<tr ref=${tr} role="row" data-key=${keyOf(row)} data-picked=${picked ? "" : undefined} onPointerEnter=${() => onPick(row.facility_id)}>
		<th scope="row" role="rowheader" class="name"><a href=${address(["homes", row.facility_id])}>${row.name}</a><span class="where">${where}</span></th>
		<td role="cell" class="distance">${km === undefined ? "" : kilometres(km)}</td>
		<td role="cell" class="ward">${named(row.ward)}</td>
		<td role="cell" class="level"><span class="level-mark" data-level=${row.care_level}></span>${named(row.care_level)}</td>
		<td role="cell"><${Free} row=${row} /></td>
		<td role="cell"><${Trust} of=${row} /></td>
	</tr>`;
});

// Roles are written out: on narrow pages the rows are laid out as cards, which would take them away.
const head = [["facility", "name"], ["distance", "distance"], ["ward"], ["care_level"], ["free", "free"], ["trust", "age"]];

export function Table({ rows, homes, km, sort, hasOrigin, onSort, picked, onPick, more }) {
	return html`<table class=${`results${hasOrigin ? "" : " no-distance"}`} role="table" aria-busy=${more ? "true" : undefined}>
		<caption class="sr">${t("search_title")}</caption>
		<thead role="rowgroup"><tr role="row">${head.map(([text, by]) => html`<th key=${text} scope="col" role="columnheader" class=${`col-${text}`}
			aria-sort=${by && sort === by ? (["free", "age"].includes(by) ? "descending" : "ascending") : undefined}>
			${by ? html`<button type="button" onClick=${() => onSort(by)}>${t(text)}</button>` : html`<span>${t(text)}</span>`}</th>`)}</tr></thead>
		<tbody role="rowgroup">
			${rows.map((row) => html`<${Row} key=${keyOf(row)} row=${row} where=${homes.get(row.facility_id)?.address?.text ?? homes.get(row.facility_id)?.region_name ?? ""}
				km=${km.get(row.facility_id)} picked=${picked === row.facility_id} onPick=${onPick} />`)}
		</tbody>
	</table>`;
}
