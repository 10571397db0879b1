// The live stream of a session, poured into the picture.

import { get } from "../lib/api.js";
import { useEffect } from "../lib/html.js";
import { Live } from "../lib/live.js";
import { picture } from "../lib/picture.js";
import { forget, may } from "../lib/session.js";

async function askHomes() {
	const answer = await get("api/facilities");
	if (answer.ok)
		picture.setHomes(answer.data.facilities);
}

async function askAlerts() {
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

export function useStream() {
	useEffect(() => {
		live ??= new Live({
			state: (state) => picture.setLine(state),
			snapshot(data) {
				picture.snapshot(data);
				void askAlerts();
			},
			availability: (data) => picture.update(data.rows) && void askHomes(),
			contact: (data) => picture.contact(data.facilities),
			alert(data) {
				picture.alert(data);
				if (data.rule === "conflict")
					void askAlerts();
			},
			beat: (data) => picture.setClock(data.now),
			refused: forget,
		});
		void askHomes();
		live.start();
		return () => {
			live.stop();
			picture.clear();
		};
	}, []);
}
