// The rows, what is chosen of them and in which order. No DOM: values in, values out.

export const counts = ["available", "reserved", "occupied", "maintenance", "unconfirmed"];

export const keyOf = (row) => `${row.facility_id}:${row.ward}:${row.care_level}`;

export class Model {
	rows = new Map();
	facilities = new Map();
	staleAfter = Infinity;
	skew = 0; // server's clock minus ours, ms

	setClock(now) {
		this.skew = Date.parse(now) - Date.now();
	}

	now() {
		return Date.now() + this.skew;
	}

	snapshot(data) {
		this.setClock(data.now);
		this.staleAfter = data.stale_after_minutes * 60e3;
		this.rows = new Map(data.rows.map((r) => [keyOf(r), r]));
	}

	// Returns the keys of the rows that changed.
	update(rows) {
		for (const r of rows)
			this.rows.set(keyOf(r), r);
		return rows.map(keyOf);
	}

	contact(homes) {
		const by = new Map(homes.map((h) => [h.facility_id, h]));
		const changed = [];
		for (const [key, row] of this.rows) {
			const home = by.get(row.facility_id);
			if (!home)
				continue;
			if (home.as_of && home.as_of > row.as_of)
				row.as_of = home.as_of;
			row.status = home.status;
			changed.push(key);
		}
		return changed;
	}

	age(row) {
		return row.as_of ? Math.max(0, this.now() - Date.parse(row.as_of)) : null;
	}

	// A number grows old by itself, also while the server cannot say so.
	status(row) {
		const age = this.age(row);
		return row.status === "fresh" && (age === null || age > this.staleAfter) ? "stale" : row.status;
	}

	regionOf(row) {
		return this.facilities.get(row.facility_id)?.region_id ?? "";
	}
}

const fold = (s) => s.toLocaleLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

function fits(model, row, filter, words, wardName) {
	if (filter.region && model.regionOf(row) !== filter.region)
		return false;
	if (filter.ward && row.ward !== filter.ward)
		return false;
	if (filter.level && row.care_level !== filter.level)
		return false;
	if (row.available_beds < filter.min)
		return false;
	const home = model.facilities.get(row.facility_id);
	const text = words.length ? fold(`${row.name} ${row.ward} ${wardName(row.ward)} ${home?.region_name ?? ""} ` +
		Object.values(home?.address ?? {}).join(" ")) : "";
	return words.every((w) => text.includes(w));
}

const statusRank = { fresh: 0, stale: 1, offline: 2 };
const levelRank = { light: 0, medium: 1, intensive: 2 };

function orders(model, collator) {
	const name = (a, b) => collator.compare(a.name, b.name) || collator.compare(a.ward, b.ward) ||
		levelRank[a.care_level] - levelRank[b.care_level];
	const number = (field) => (a, b) => a[field] - b[field];
	return {
		name,
		ward: (a, b) => collator.compare(a.ward, b.ward),
		level: (a, b) => levelRank[a.care_level] - levelRank[b.care_level],
		free: number("available_beds"),
		reserved: number("reserved_beds"),
		occupied: number("occupied_beds"),
		maintenance: number("maintenance_beds"),
		unconfirmed: number("unconfirmed_beds"),
		age: (a, b) => (model.age(a) ?? Infinity) - (model.age(b) ?? Infinity),
		status: (a, b) => statusRank[model.status(a)] - statusRank[model.status(b)],
	};
}

// filter: {q, region, ward, level, min, sort, down}. Equal rows stand by name.
export function choose(model, filter, language, wardName) {
	const words = fold(filter.q).split(/\s+/).filter(Boolean);
	const rows = [...model.rows.values()].filter((r) => fits(model, r, filter, words, wardName));
	const by = orders(model, new Intl.Collator(language, { numeric: true }));
	const order = by[filter.sort] ?? by.name;
	const sign = filter.down ? -1 : 1;
	return rows.sort((a, b) => sign * order(a, b) || by.name(a, b));
}

export function totals(model, rows) {
	const sum = { total: 0, notFresh: 0, homes: { fresh: 0, stale: 0, offline: 0 } };
	const homes = new Map();
	for (const c of counts)
		sum[c] = 0;
	for (const r of rows) {
		const status = model.status(r), worst = homes.get(r.facility_id) ?? "fresh";
		for (const c of counts)
			sum[c] += r[`${c}_beds`];
		sum.total += r.total_beds;
		if (status !== "fresh")
			sum.notFresh += r.available_beds;
		homes.set(r.facility_id, statusRank[status] > statusRank[worst] ? status : worst);
	}
	for (const status of homes.values())
		sum.homes[status]++;
	sum.n_homes = homes.size;
	return sum;
}
