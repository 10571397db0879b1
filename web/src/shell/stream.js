// The live stream of a session, poured into the picture.

import { get } from "../lib/api.js";
import { noEarlyStream } from "../lib/early.js";
import { useEffect } from "../lib/html.js";
import { backOff, Live } from "../lib/live.js";
import { picture } from "../lib/picture.js";
import { forget, may, me } from "../lib/session.js";

const rowsFirst = 300; // ms: what nobody reads before the rows is asked for after them

// Until they are there: without its home no row has a place.
async function askHomes(tries = 0) {
	const answer = await get("api/facilities");
	if (answer.ok) {
		picture.setHomes(answer.data.facilities);
		return;
	}
	await new Promise((resolve) => setTimeout(resolve, backOff(tries)));
	if (arrived)
		await askHomes(tries + 1);
}

async function askAlerts() {
	if (!me())
		return;
	const answer = await get("api/alerts?limit=1000");
	if (answer.ok)
		picture.setAlerts(answer.data.alerts);
	if (!may.seeConflicts())
		return;
	const conflicts = await get("api/conflicts?limit=1000");
	if (conflicts.ok) {
		picture.conflicts = conflicts.data.conflicts.length;
		picture.changedAlerts.changed();
	}
}

let live = null;
let arrived = null; // a promise: rows and homes are there

// Asks for rows and homes; what comes back resolves when both are there. Once a session, however often it is said.
export function beginStream() {
	arrived ??= new Promise((resolve) => {
		const homes = askHomes();
		live ??= new Live({
			state: (state) => picture.setLine(state),
			snapshot(data) {
				picture.snapshot(data);
				setTimeout(askAlerts, rowsFirst);
				resolve(homes);
			},
			availability: (data) => picture.update(data.rows) && void askHomes(),
			contact: (data) => picture.contact(data.facilities) && void askHomes(),
			alert(data) {
				picture.alert(data);
				if (data.rule === "conflict")
					void askAlerts();
			},
			beat: (data) => picture.setClock(data.now),
			refused: forget,
		});
		live.start();
	});
	return arrived;
}

export function endStream() {
	noEarlyStream();
	live?.stop();
	arrived = null;
	picture.clear();
}

export function useStream() {
	useEffect(() => {
		void beginStream();
		return endStream;
	}, []);
}
