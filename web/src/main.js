// The dashboard: who one is, where one is, and the page for it.

import "./style/index.js";
import { html, render } from "./lib/html.js";
import { begin } from "./lib/preferences.js";
import { resume } from "./lib/session.js";
import { App } from "./shell/app.js";

begin();
render(html`<${App} />`, document.getElementById("app"));
void resume();
