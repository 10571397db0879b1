// The dashboard: who one is, where one is, and the page for it.

import "./style/index.js";
import { html, render } from "./lib/html.js";
import { begin } from "./lib/preferences.js";
import { me, resume, wasHere } from "./lib/session.js";
import { App } from "./shell/app.js";
import { beginStream, endStream } from "./shell/stream.js";

const patience = 250; // ms: from then on a page without rows is better than none

// What static/early.js has asked for is drawn once, when it is there: a page that is drawn before its rows is drawn twice.
const arrived = wasHere() ? beginStream() : null;
begin();
await resume();
if (me())
	await Promise.race([arrived, new Promise((resolve) => setTimeout(resolve, patience))]);
else
	endStream();
render(html`<${App} />`, document.getElementById("app"));
