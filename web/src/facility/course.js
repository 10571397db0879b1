// How many beds were free when: from the beds as they stood at a time and the events since. No DOM.

// beds: as GET …/history?as_of answers them; events: of its history since then. Only what became part of a bed's accepted course
// counts. Gives [[seconds, free, total], …], a step at each change and the last at `to`.
export function courseOf(beds, events, from, to) {
	const status = new Map(beds.map((bed) => [bed.id, bed.status]));
	const count = () => [...status.values()].filter((s) => s === "available").length;
	let free = count();
	const steps = [[from / 1e3, free, status.size]];
	const accepted = events.filter((e) => e.in_history).sort((a, b) => Date.parse(a.changed_at) - Date.parse(b.changed_at) || a.n - b.n);
	for (const event of accepted) {
		const at = Date.parse(event.changed_at);
		if (at < from || at > to)
			continue;
		free += (event.new_status === "available") - (status.get(event.bed_id) === "available");
		status.set(event.bed_id, event.new_status);
		const step = [at / 1e3, free, status.size];
		if (steps.at(-1)[0] === step[0])
			steps[steps.length - 1] = step;
		else
			steps.push(step);
	}
	steps.push([to / 1e3, free, status.size]);
	return steps;
}
