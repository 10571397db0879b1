// The dashboard: who one is, where one is, and the page for it.

import { html, render } from "./lib/html.js";
import { whenIdle } from "./lib/idle.js";
import { begin } from "./lib/preferences.js";
import { me, resume, wasHere } from "./lib/session.js";
import { App } from "./shell/app.js";
import { fetchMore } from "./shell/later.js";
import { isFirst } from "./shell/pages.js";
import { beginStream, endStream } from "./shell/stream.js";

const patience = 250; // ms: from then on a page without rows is better than none
const untilMore = 1500; // ms: the other pages are there before somebody goes to one, also when the line is lost by then
const lost = () => {}; // whoever goes there asks again, and is told

// What static/early.js has asked for is drawn once, when it is there: a page that is drawn before its rows is drawn twice.
const arrived = wasHere() ? beginStream() : null;
begin();
await resume();
if (me() && !isFirst())
	fetchMore().catch(lost);
if (me())
	await Promise.race([arrived, new Promise((resolve) => setTimeout(resolve, patience))]);
else
	endStream();
render(html`<${App} />`, document.getElementById("app"));
setTimeout(() => whenIdle(() => fetchMore().catch(lost)), untilMore);
