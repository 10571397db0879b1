// What the region knows now: rows of availability, homes, open alerts. Rows are never changed in place: a row that is the
// same object has the same numbers, so what was drawn from it need not be drawn again.

import { Topic } from "./topic.js";

export const counts = ["available", "reserved", "occupied", "maintenance", "unconfirmed"];
export const levels = ["light", "medium", "intensive"];
export const openHomes = (homes) => [...homes.values()].filter((home) => home.status !== "closed");
export const keyOf = (row) => `${row.facility_id}:${row.ward}:${row.care_level}`;

// Homes say one moment for all their rows: few are read anew.
const moments = new Map();

function millis(at) {
	let ms = moments.get(at);
	if (ms === undefined) {
		if (moments.size > 10_000)
			moments.clear();
		ms = Date.parse(at);
		moments.set(at, ms);
	}
	return ms;
}

export class Picture {
	rows = new Map();
	homes = new Map();
	alerts = new Map(); // the open ones
	conflicts = 0; // the open ones: each holds one bed unconfirmed
	staleAfter = Infinity;
	line = { state: "connecting", since: null }; // state: connecting, live, lost
	loaded = false;

	changedRows = new Topic();
	changedHomes = new Topic();
	changedAlerts = new Topic(); // also: how many conflicts are open
	changedLine = new Topic();
	#skew = 0; // server's clock minus ours, ms

	clear() {
		this.rows = new Map();
		this.homes = new Map();
		this.alerts = new Map();
		this.conflicts = 0;
		this.loaded = false;
		for (const topic of [this.changedRows, this.changedHomes, this.changedAlerts])
			topic.changed();
	}

	setClock(now) {
		this.#skew = Date.parse(now) - Date.now();
	}

	now() {
		return Date.now() + this.#skew;
	}

	setLine(state) {
		if (state === this.line.state)
			return;
		const since = state === "lost" ? this.line.since ?? Date.now() : state === "live" ? null : this.line.since;
		this.line = { state, since };
		this.changedLine.changed();
	}

	snapshot(data) {
		this.setClock(data.now);
		this.staleAfter = data.stale_after_minutes * 60e3;
		this.rows = new Map(data.rows.map((row) => [keyOf(row), row]));
		this.loaded = true;
		this.#rowsChanged();
	}

	update(rows) {
		for (const row of rows)
			if (row.status === "closed")
				this.rows.delete(keyOf(row));
			else
				this.rows.set(keyOf(row), { ...row, isNews: true });
		this.#rowsChanged();
		return rows.some((row) => !this.homes.has(row.facility_id));
	}

	setHomes(homes) {
		this.homes = new Map(homes.map((home) => [home.id, home]));
		this.changedHomes.changed();
	}

	// Homes heard of, gone silent or closed: their rows' age and status follow. A closed home has none.
	// True: one was closed or opened, and there is more to know of it.
	contact(news) {
		let turned = false;
		const by = new Map(news.map((home) => [home.facility_id, home]));
		for (const [key, row] of this.rows) {
			const home = by.get(row.facility_id);
			if (!home)
				continue;
			if (home.status === "closed") {
				this.rows.delete(key);
				continue;
			}
			const as_of = home.as_of && !(row.as_of >= home.as_of) ? home.as_of : row.as_of;
			if (as_of !== row.as_of || home.status !== row.status)
				this.rows.set(key, { ...row, as_of, status: home.status, isNews: false });
		}
		for (const { facility_id, as_of, status } of news) {
			const home = this.homes.get(facility_id);
			turned ||= (home?.status === "closed") !== (status === "closed");
			if (home)
				this.homes.set(facility_id, { ...home, as_of: as_of ?? home.as_of, status });
		}
		this.#rowsChanged();
		this.changedHomes.changed();
		return turned;
	}

	#rowsChanged() {
		let conflicts = 0;
		for (const row of this.rows.values())
			conflicts += row.unconfirmed_beds;
		this.changedRows.changed();
		if (conflicts !== this.conflicts) {
			this.conflicts = conflicts;
			this.changedAlerts.changed();
		}
	}

	setAlerts(alerts) {
		this.alerts = new Map(alerts.map((alert) => [alert.id, alert]));
		this.changedAlerts.changed();
	}

	alert(alert) {
		if (alert.state === "open")
			this.alerts.set(alert.id, alert);
		else
			this.alerts.delete(alert.id);
		this.changedAlerts.changed();
	}

	age(thing, now = this.now()) {
		return thing.as_of ? Math.max(0, now - millis(thing.as_of)) : null;
	}

	// A number grows old by itself, also while the server cannot say so.
	status(thing, now) {
		const age = this.age(thing, now);
		return thing.status === "fresh" && (age === null || age > this.staleAfter) ? "stale" : thing.status;
	}

	rowsOf(facility) {
		return [...this.rows.values()].filter((row) => row.facility_id === facility);
	}
}

export const picture = new Picture();
