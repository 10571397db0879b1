// Who one is and the PIN: large keys, for a thumb or a keyboard.

import { problemOf } from "./api.js";
import { h, icon } from "./dom.js";
import { logIn, state } from "./state.js";
import { keep, recall, t } from "./texts.js";
import { inWords, person } from "./words.js";

function chooser() {
	const last = recall("user");
	const chosen = state.names.includes(last) ? last : state.names.length === 1 ? state.names[0] : "";
	return h("select", { id: "who", name: "who", required: true },
		chosen ? null : h("option", { value: "" }, t("pick")),
		state.names.map((name) => h("option", { value: name, selected: name === chosen }, person(name))));
}

export function whyNot(answer) {
	const problem = problemOf(answer);
	if (problem === "pin-wrong")
		return t("pin_wrong");
	if (problem === "wait")
		return t("wait", { seconds: inWords(answer.wait) });
	return answer.status === 0 ? t("why_lost") : t("why_other", { status: answer.status });
}

// The form; done() is called when somebody is logged in.
export function pinPad(action, done) {
	if (state.names.length === 0)
		return h("p", { class: "notice warn" }, t("no_pins"));
	const who = chooser();
	const pin = h("input", { id: "pin", name: "pin", type: "password", inputmode: "none", autocomplete: "off", maxlength: 12, required: true });
	const problem = h("p", { class: "notice bad", role: "alert", hidden: true });
	const save = h("button", { type: "submit", class: "main" }, action);
	const press = (digit) => () => {
		if (pin.value.length < 12)
			pin.value += digit;
	};
	const key = (digit) => h("button", { type: "button", class: "key", onclick: press(digit) }, digit);

	async function submit(event) {
		event.preventDefault();
		if (save.disabled)
			return;
		save.disabled = true;
		const answer = await logIn(who.value, pin.value);
		save.disabled = false;
		pin.value = "";
		if (answer.ok) {
			keep("user", who.value);
			done();
			return;
		}
		problem.textContent = whyNot(answer);
		problem.hidden = false;
	}

	return h("form", { class: "pinpad", onsubmit: submit },
		h("label", { for: "who" }, t("who")), who,
		h("label", { for: "pin" }, t("pin")), pin,
		problem,
		h("div", { class: "keys" }, [..."123456789"].map(key),
			h("button", { type: "button", class: "key", "aria-label": t("erase"), onclick: () => { pin.value = pin.value.slice(0, -1); } }, icon("back")),
			key("0"), save));
}
