// The page's frame: head, menu, the page of this place, and what is said at its foot.

import { html, useEffect } from "../lib/html.js";
import { currentLanguage, t } from "../lib/i18n.js";
import { currentToast, changedToast, hideToast } from "../lib/toast.js";
import { Icon } from "../lib/parts.js";
import { picture } from "../lib/picture.js";
import { changedPreferences } from "../lib/preferences.js";
import { changedPlace, place } from "../lib/router.js";
import { changedSession, me } from "../lib/session.js";
import { clock } from "../lib/time.js";
import { useTopics } from "../lib/topic.js";
import { Login } from "../login/login.js";
import { pageOf } from "./pages.js";
import { Top } from "./top.js";
import { useStream } from "./stream.js";

function Lost() {
	useTopics(picture.changedLine);
	const lost = picture.line.state === "lost";
	useEffect(() => {
		document.documentElement.classList.toggle("is-lost", lost);
	}, [lost]);
	return html`<div role="alert">${lost && html`<p class="lost"><${Icon} name="offline" />${t("lost_since", { time: clock(picture.line.since) })}</p>`}</div>`;
}

function Toast() {
	useTopics(changedToast);
	const shown = currentToast();
	return html`<div class="toasts" role="status">${shown && html`<div class=${`toast${shown.bad ? " bad" : ""}`}>
		<span>${shown.text}</span>
		${shown.action && html`<button type="button" onClick=${() => { hideToast(); shown.action.run(); }}>${shown.action.label}</button>`}
	</div>`}</div>`;
}

function Inside() {
	useTopics(changedPlace);
	useStream();
	const { parts, query } = place();
	const page = pageOf(parts);
	const title = page.title();
	useEffect(() => {
		document.title = `${title} – Bedpost`;
	}, [title]);
	return html`
		<a class="skip" href="#content" onClick=${(e) => { e.preventDefault(); document.getElementById("content").focus(); }}>${t("skip")}</a>
		<${Top} page=${page} />
		<${Lost} />
		<main id="content" tabindex="-1"><${page.draw} key=${page.key} parts=${parts} query=${query} /></main>
		<${Toast} />`;
}

export function App() {
	useTopics(changedSession, changedPreferences);
	// Another language is another page: everything is drawn anew.
	return html`<div class="app" key=${currentLanguage()}>${me() ? html`<${Inside} key=${me().csrf} />` : html`<${Login} />`}</div>`;
}
