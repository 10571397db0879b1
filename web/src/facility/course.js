// How many beds were free when: from the beds as they stood at a time, the events since, and the doubts. No DOM.

// beds: as GET …/history?as_of answers them; events: of its history since then. Only what became part of a bed's accepted course
// counts. conflicts: of the home; while one is open its bed is not free, whatever its course says (it began where the accounts part,
// `began_at`; one that the home's policy settled as it opened, with no reason given, raised no doubt).
// Gives [[seconds, free, total], …], a step at each change and the last at `to`.
export function courseOf(beds, events, conflicts, from, to) {
	const status = new Map(beds.map((bed) => [bed.id, bed.status])), doubts = new Map();
	const isFree = (bed) => status.get(bed) === "available" && !(doubts.get(bed) > 0);
	const changes = events.filter((e) => e.in_history).map((e) => ({ at: Date.parse(e.changed_at), n: e.n, bed: e.bed_id, status: e.new_status }));
	for (const c of conflicts.filter((each) => each.began_at && (each.status === "open" || each.settled_reason))) {
		const end = c.settled_at ? Date.parse(c.settled_at) : Infinity;
		if (end > from)
			changes.push({ at: Math.max(from, Date.parse(c.began_at)), n: Infinity, bed: c.bed_id, doubt: 1 }, { at: end, n: Infinity, bed: c.bed_id, doubt: -1 });
	}
	let free = [...status.keys()].filter(isFree).length;
	const steps = [[from / 1e3, free, status.size]];
	for (const { at, bed, status: now, doubt } of changes.sort((a, b) => a.at - b.at || (a.n === b.n ? 0 : a.n - b.n))) {
		if (at < from || at > to)
			continue;
		const was = isFree(bed);
		if (doubt)
			doubts.set(bed, (doubts.get(bed) ?? 0) + doubt);
		else
			status.set(bed, now);
		free += isFree(bed) - was;
		const step = [at / 1e3, free, status.size];
		if (steps.at(-1)[0] === step[0])
			steps[steps.length - 1] = step;
		else
			steps.push(step);
	}
	steps.push([to / 1e3, free, status.size]);
	return steps;
}
