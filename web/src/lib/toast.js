// A short word at the foot of the page about what was just done.

import { Topic } from "./topic.js";

export const changedToast = new Topic();
let shown = null;
let timer = 0;

export const currentToast = () => shown;

// action: {label, run}, such as undoing it
export function toast(text, { action = null, bad = false } = {}) {
	clearTimeout(timer);
	shown = { text, action, bad };
	changedToast.changed();
	timer = setTimeout(hideToast, action || bad ? 10e3 : 5e3);
}

export function hideToast() {
	clearTimeout(timer);
	shown = null;
	changedToast.changed();
}
