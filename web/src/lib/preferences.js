// What a reader chose here, kept in the browser. A browser that keeps nothing is fine.

import { Topic } from "./topic.js";
import { pickLanguage, setLanguage } from "./i18n.js";

export const changedPreferences = new Topic();

export function kept(key) {
	try {
		return localStorage.getItem(key) ?? "";
	} catch {
		return "";
	}
}

export function keep(key, value) {
	try {
		localStorage.setItem(key, value);
	} catch { /* no storage */ }
}

function applyTheme(theme) {
	if (theme)
		document.documentElement.dataset.theme = theme;
	else
		delete document.documentElement.dataset.theme;
}

export function begin() {
	setLanguage(pickLanguage(kept("language"), navigator.languages));
	applyTheme(kept("theme"));
}

export function chooseLanguage(language) {
	keep("language", language);
	setLanguage(language);
	changedPreferences.changed();
}

export function chooseTheme(theme) {
	keep("theme", theme);
	applyTheme(theme);
	changedPreferences.changed();
}
