// The dashboard: who one is, where one is, and the page for it.

import { html, render } from "./lib/html.js";
import { t } from "./lib/i18n.js";
import { whenIdle } from "./lib/idle.js";
import { begin } from "./lib/preferences.js";
import { me, resume } from "./lib/session.js";
import { App } from "./shell/app.js";
import { fetchMore } from "./shell/later.js";
import { isFirst } from "./shell/pages.js";
import { beginStream } from "./shell/stream.js";

const untilMore = 1500; // ms: the other pages are there before somebody goes to one, also when the line is lost by then
const untilSaid = 1000; // ms: an answer that takes longer is said to be on its way; a page that is drawn twice for each visit stands later
const lost = () => {}; // whoever goes there asks again, and is told

async function main() {
	const asked = resume();
	begin(); // a browser keeps what was chosen in another process: that is waited for while the answer is under way
	const page = document.getElementById("app");
	const slow = setTimeout(() => render(html`<p class="empty" role="status">${t("connecting")}</p>`, page), untilSaid);
	const start = await asked;
	clearTimeout(slow);
	if (me() && !isFirst())
		fetchMore().catch(lost);
	// With its rows: a page that is drawn before them is drawn twice.
	if (start)
		beginStream(start);
	render(html`<${App} />`, page);
	setTimeout(() => whenIdle(() => fetchMore().catch(lost)), untilMore);
}

void main();
