// The dashboard: who one is, where one is, and the page for it.

import { html, render } from "./lib/html.js";
import { whenIdle } from "./lib/idle.js";
import { begin } from "./lib/preferences.js";
import { me, resume } from "./lib/session.js";
import { App } from "./shell/app.js";
import { fetchMore } from "./shell/later.js";
import { isFirst } from "./shell/pages.js";
import { beginStream } from "./shell/stream.js";

const untilMore = 1500; // ms: the other pages are there before somebody goes to one, also when the line is lost by then
const lost = () => {}; // whoever goes there asks again, and is told

async function main() {
	const asked = resume();
	begin(); // a browser keeps what was chosen in another process: that is waited for while the answer is under way
	const start = await asked;
	if (me() && !isFirst())
		fetchMore().catch(lost);
	// With its rows: a page that is drawn before them is drawn twice.
	if (start)
		beginStream(start);
	render(html`<${App} />`, document.getElementById("app"));
	setTimeout(() => whenIdle(() => fetchMore().catch(lost)), untilMore);
}

void main();
