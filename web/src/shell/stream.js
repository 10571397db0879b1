// The live stream of a session, poured into the picture.

import { get } from "../lib/api.js";
import { useEffect } from "../lib/html.js";
import { whenIdle } from "../lib/idle.js";
import { backOff, Live } from "../lib/live.js";
import { picture } from "../lib/picture.js";
import { forget, me } from "../lib/session.js";

const rowsFirst = 300; // ms: what nobody reads before the rows is asked for after them

// Until they are there: without its home no row has a place.
async function askHomes(tries = 0) {
	const answer = await get("api/facilities");
	if (answer.ok) {
		picture.setHomes(answer.data.facilities);
		return;
	}
	await new Promise((resolve) => setTimeout(resolve, backOff(tries)));
	if (begun)
		await askHomes(tries + 1);
}

async function askAlerts() {
	if (!me())
		return;
	const answer = await get("api/alerts?limit=1000");
	if (answer.ok)
		picture.setAlerts(answer.data.alerts);
}

let live = null;
let begun = false;
let alertsTimer = 0, idle = () => {}; // what is still to be done for it

function askAlertsSoon() {
	clearTimeout(alertsTimer);
	alertsTimer = setTimeout(askAlerts, rowsFirst);
}

const on = {
	state(state) {
		// No stream tells of alerts that came while there was none.
		if (state === "live" && picture.line.state !== "live")
			askAlertsSoon();
		picture.setLine(state);
	},
	snapshot(data) {
		picture.snapshot(data);
		askAlertsSoon();
	},
	availability: (data) => picture.update(data.rows) && void askHomes(),
	contact: (data) => picture.contact(data.facilities) && void askHomes(),
	alert: (data) => picture.alert(data),
	beat: (data) => picture.setClock(data.now),
	refused: forget,
};

// Opens the stream of the session that there is, once. start: what GET /api/start said; the stream then goes on from there, after the rows are drawn.
export function beginStream(start = null) {
	if (begun)
		return;
	begun = true;
	live ??= new Live(on);
	if (start) {
		picture.setHomes(start.facilities);
		picture.snapshot(start);
		idle = whenIdle(() => live.start(start.cursor));
	} else {
		void askHomes();
		live.start();
	}
}

function endStream() {
	idle();
	clearTimeout(alertsTimer);
	live?.stop();
	begun = false;
	picture.clear();
}

export function useStream() {
	useEffect(() => {
		beginStream();
		return endStream;
	}, []);
}
