// The head: name, menu, the live line, and one's own account.

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { currentLanguage, number, t } from "../lib/i18n.js";
import { Icon, Mark, useInSight } from "../lib/parts.js";
import { picture } from "../lib/picture.js";
import { chooseLanguage, chooseTheme, kept } from "../lib/preferences.js";
import { address } from "../lib/router.js";
import { logOut, me } from "../lib/session.js";
import { exact } from "../lib/time.js";
import { toast } from "../lib/toast.js";
import { useTopics } from "../lib/topic.js";
import { later } from "./later.js";
import { menu } from "./pages.js";

const Password = later("Password");

function Menu({ current }) {
	useTopics(picture.changedAlerts);
	const pages = menu();
	const nav = useInSight(`${current} ${pages.map(({ count }) => count?.()).join()}`); // counts that come later make it wider
	return html`<nav ref=${nav} aria-label=${t("nav")}><ul>
		${pages.map(({ name, icon, text, link, count }) => html`<li key=${name}>
			<a href=${address(link ? link() : [name])} aria-current=${current === name ? "page" : undefined}>
				<${Icon} name=${icon} /><span>${t(text)}</span>
				${count?.() > 0 && html`<b class="count">${count() > 99 ? "99+" : number(count())}</b>`}
			</a>
		</li>`)}
	</ul></nav>`;
}

function Line() {
	useTopics(picture.changedLine);
	const { state } = picture.line;
	return html`<p class="live-line" data-state=${state} role="status">${t(state)}</p>`;
}

export function Preferences() {
	return html`<div class="preferences">
		<label><span>${t("language")}</span><select name="language" onChange=${(e) => chooseLanguage(e.target.value)}>
			${[["nb", "Norsk"], ["en", "English"]].map(([code, text]) => html`<option key=${code} value=${code} lang=${code} selected=${code === currentLanguage()}>${text}</option>`)}
		</select></label>
		<label><span>${t("theme")}</span><select name="theme" onChange=${(e) => chooseTheme(e.target.value)}>
			${[["", "theme_auto"], ["light", "theme_light"], ["dark", "theme_dark"]].map(([code, key]) => html`<option key=${code} value=${code} selected=${code === kept("theme")}>${t(key)}</option>`)}
		</select></label>
	</div>`;
}

async function leave() {
	const answer = await logOut();
	if (!answer.ok && answer.status !== 401)
		toast(t("unreachable"), { bad: true });
}

// Closes at a click elsewhere, at Escape, and when one went somewhere.
function Account() {
	const [open, setOpen] = useState(false);
	const [password, setPassword] = useState(false);
	const box = useRef(null);
	useEffect(() => {
		if (!open)
			return undefined;
		const close = (e) => {
			if (e.type === "keydown" ? e.key === "Escape" : e.type === "hashchange" || !box.current.contains(e.target))
				setOpen(false);
		};
		for (const event of ["click", "keydown", "hashchange"])
			addEventListener(event, close);
		return () => ["click", "keydown", "hashchange"].forEach((event) => removeEventListener(event, close));
	}, [open]);
	return html`<div class="account" ref=${box}>
		<button type="button" class="quiet" aria-expanded=${open} aria-controls="account" onClick=${() => setOpen(!open)}>
			<${Icon} name="person" /><span class="who">${me().name}</span>
		</button>
		<div id="account" class="panel" hidden=${!open}>
			<p><b>${me().name}</b><br /><span class="soft">${t(me().role)}${me().login ? ` · ${me().login}` : ""}</span></p>
			<${Preferences} />
			${me().login && html`<button type="button" class="quiet" name="password" onClick=${() => { setOpen(false); setPassword(true); }}>${t("password_change")}</button>`}
			${me().csrf && html`<button type="button" class="quiet" name="logout" onClick=${leave}>${t("log_out")}</button>`}
		</div>
		${password && html`<${Password} onClose=${() => setPassword(false)} />`}
	</div>`;
}

// A paper does not grow older with its numbers: it says of when it is.
function Printed() {
	const at = useRef(null);
	useEffect(() => {
		const say = () => {
			at.current.textContent = t("printed", { at: exact(picture.now()) });
		};
		addEventListener("beforeprint", say);
		return () => removeEventListener("beforeprint", say);
	}, []);
	return html`<p class="printed" ref=${at}></p>`;
}

export function Top({ page }) {
	return html`<header class="top">
		<a class="brand" href="#/"><${Mark} size=${28} /><span>Bedpost</span></a>
		<${Menu} current=${page.name} />
		<${Line} />
		<${Printed} />
		<${Account} />
	</header>`;
}
