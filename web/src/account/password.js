// One's own password anew.

import { html, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { post } from "../lib/api.js";
import { Dialog } from "../lib/parts.js";
import { toast } from "../lib/toast.js";

function why(answer) {
	if (answer.status === 403)
		return t("password_wrong");
	if (answer.status === 422)
		return t("password_bad");
	return t(answer.status === 429 ? "login_limited" : answer.status === 0 ? "unreachable" : "failed");
}

export function Password({ onClose }) {
	const [error, setError] = useState("");
	const [busy, setBusy] = useState(false);

	async function submit(e) {
		e.preventDefault();
		const { old, fresh, again } = e.target.elements;
		if (fresh.value !== again.value) {
			setError(t("password_differs"));
			return;
		}
		setBusy(true);
		const answer = await post("api/password", { old: old.value, new: fresh.value });
		setBusy(false);
		if (answer.ok) {
			onClose();
			toast(t("password_done"));
		} else {
			setError(why(answer));
		}
	}
	const field = (name, text, kind) => html`<label class="field"><span>${text}</span><input type="password" name=${name} autocomplete=${kind} required aria-describedby="password-error" /></label>`;
	return html`<${Dialog} title=${t("password_change")} onClose=${onClose}><form onSubmit=${submit}>
		${field("old", t("password_old"), "current-password")}${field("fresh", t("password_new"), "new-password")}${field("again", t("password_again"), "new-password")}
		<p id="password-error" class="error" role="alert">${error}</p>
		<div class="sheet-actions"><button type="button" class="quiet" onClick=${onClose}>${t("cancel")}</button><button type="submit" disabled=${busy}>${t("save")}</button></div>
	</form></${Dialog}>`;
}
