// Something that changes and tells so. Components that look at it are drawn once a frame however often it changed.

import { useEffect, useState } from "preact/hooks";

const waiting = new Set();
let frame = 0;

function flush() {
	frame = 0;
	const now = [...waiting];
	waiting.clear();
	for (const tell of now)
		tell();
}

export class Topic {
	#listeners = new Set();
	version = 0;

	changed() {
		this.version++;
		for (const listener of this.#listeners)
			waiting.add(listener);
		frame ||= requestAnimationFrame(flush);
	}

	listen(listener) {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
			waiting.delete(listener);
		};
	}
}

// Draws the component again when one of the topics changes; returns their versions, for useMemo.
export function useTopics(...topics) {
	const [, redraw] = useState(0);
	useEffect(() => {
		const ends = topics.map((topic) => topic.listen(() => redraw((n) => n + 1)));
		return () => ends.forEach((end) => end());
	}, topics);
	return topics.map((topic) => topic.version).join();
}
