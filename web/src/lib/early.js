// What static/early.js has asked for already: each is had once.

const answers = window.early?.answers ?? {};
let stream = window.early ?? null;

// The answer to a GET of this path, on its way; undefined: ask.
export function earlyAnswer(path) {
	const answer = answers[path];
	delete answers[path];
	return answer;
}

// {source, heard}: the live stream and what it has said so far; null: open one.
export function earlyStream() {
	const taken = stream;
	stream = window.early = null; // from now on it is heard here
	return taken;
}

// Nobody will want it.
export function noEarlyStream() {
	earlyStream()?.source.close();
}
