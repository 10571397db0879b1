// A sentence at the foot of the page, read aloud too, that goes by itself.

import { h } from "./dom.js";

const shown = 6000;
let box = null, timer = 0;

export function toast(text) {
	box ??= document.body.appendChild(h("div", { class: "toast", role: "status" }));
	box.textContent = text;
	box.classList.add("shown");
	clearTimeout(timer);
	timer = setTimeout(() => box.classList.remove("shown"), shown);
}
