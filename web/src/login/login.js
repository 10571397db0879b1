// Logging in, by password or with a token.

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { get } from "../lib/api.js";
import { Mark } from "../lib/parts.js";
import { logIn } from "../lib/session.js";
import { Preferences } from "../shell/top.js";

function why(answer, byToken) {
	if (answer.status === 401 || answer.status === 400)
		return t(byToken ? "token_bad" : "login_bad");
	return t(answer.status === 429 ? "login_limited" : "login_away");
}

function Fields({ byToken, error, first }) {
	const wrong = { "aria-describedby": "login-error", "aria-invalid": error ? "true" : undefined, required: true };
	if (byToken)
		return html`<label for="token">${t("token")}</label>
			<input id="token" name="token" type="password" autocomplete="off" spellcheck="false" placeholder="bpt_…" ref=${first} ...${wrong} />`;
	return html`<label for="user">${t("user")}</label>
		<input id="user" name="login" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" ref=${first} ...${wrong} />
		<label for="password">${t("password")}</label>
		<input id="password" name="password" type="password" autocomplete="current-password" ...${wrong} />`;
}

// Another way in, where the region offers one. Its address is the region's own.
function Provider() {
	const [offer, setOffer] = useState(null);
	useEffect(() => {
		void get("api/login").then((answer) => answer.ok && setOffer(answer.data.oidc));
	}, []);
	return offer && html`<div class="provider"><a class="button" href=${offer.url}>${offer.label}</a><p class="soft small">${t("or")}</p></div>`;
}

export function Login() {
	const [byToken, setByToken] = useState(false);
	const [error, setError] = useState("");
	const [busy, setBusy] = useState(false);
	const first = useRef(null);
	useEffect(() => {
		document.title = `${t("login_title")} – Bedpost`;
	}, []);
	useEffect(() => first.current.focus(), [byToken]);

	async function submit(e) {
		e.preventDefault();
		const form = e.target.elements;
		setBusy(true);
		setError("");
		const answer = await logIn(byToken ? { token: form.token.value.trim() }
			: { login: form.login.value.trim().toLowerCase(), password: form.password.value });
		if (answer.ok)
			return;
		setBusy(false);
		setError(why(answer, byToken));
		(form.password ?? form.token).select();
	}

	return html`<main id="content" class="login" tabindex="-1">
		<div class="login-card">
			<h1><${Mark} size=${40} />Bedpost</h1>
			<p class="soft">${t("login_text")}</p>
			<${Provider} />
			<form onSubmit=${submit}>
				<${Fields} key=${byToken} byToken=${byToken} error=${error} first=${first} />
				<p id="login-error" class="error" role="alert">${error}</p>
				<button type="submit" disabled=${busy}>${t("log_in")}</button>
				<button type="button" class="link" onClick=${() => { setError(""); setByToken(!byToken); }}>${t(byToken ? "with_password" : "with_token")}</button>
			</form>
			<p class="soft small">${t("login_help")}</p>
		</div>
		<${Preferences} />
	</main>`;
}
