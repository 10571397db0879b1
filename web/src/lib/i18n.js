// Texts, numbers and times in Norwegian Bokmål and English. Wards and codes that a home named itself are shown as it wrote them.

import en from "./texts_en.js";
import nb from "./texts_nb.js";

const texts = { nb, en };
let language = "en";

// Danes and Swedes read Bokmål more easily than English.
export function pickLanguage(kept, preferred) {
	if (kept in texts)
		return kept;
	const first = preferred.map((l) => l.toLowerCase()).find((l) => /^(nb|nn|no|da|sv|en)\b/.test(l));
	return first && !first.startsWith("en") ? "nb" : "en";
}

export function setLanguage(to) {
	language = to;
	document.documentElement.lang = to;
}

export const currentLanguage = () => language;
export const hasText = (key) => key in texts[language];

// The text of a key with its {names} filled in. With n, key_one or key_other is taken.
export function t(key, values = {}) {
	const of = texts[language];
	const text = ("n" in values ? of[`${key}_${values.n === 1 ? "one" : "other"}`] : undefined) ?? of[key] ?? key;
	return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? number(values[name]) : values[name] ?? ""));
}

// Formatters are dear to make: none is needed before the rows stand. They are kept, by language and key.
const formatters = new Map();

export function made(key, make) {
	const whole = `${language} ${key}`;
	if (!formatters.has(whole))
		formatters.set(whole, make());
	return formatters.get(whole);
}

const thousands = { nb: "\u00A0", en: "," };

export const number = (n, options) => (options || !Number.isInteger(n) || n < 0
	? made(`number ${JSON.stringify(options)}`, () => new Intl.NumberFormat(language, options)).format(n)
	: String(n).replace(/\B(?=(\d{3})+$)/g, thousands[language]));

// A ward or care level by its name in the language, or as the home writes it.
export function named(code) {
	if (!code)
		return "–";
	if (`w_${code}` in texts[language])
		return texts[language][`w_${code}`];
	const words = code.replace(/[_.-]+/g, " ");
	return words[0].toUpperCase() + words.slice(1);
}

// The same where one chooses: what a home made up itself is said to be that, for no other home means the same by it.
export const wardChoice = (code) => (hasText(`w_${code}`) ? named(code) : `${named(code)} · ${t("own_code")}`);

// Why a bed was changed, in words.
export const reasonText = (code) => (code ? (hasText(`x_${code}`) ? t(`x_${code}`) : code.replace(/_/g, " ")) : "–");

// Every name that a code has, in all languages: what somebody may type.
export const namesOf = (code) => [code.replace(/[_.-]+/g, " "), ...Object.values(texts).map((of) => of[`w_${code}`]).filter(Boolean)];

// Without case and accents; æ, ø and å as they may be typed without a Norwegian keyboard.
export const fold = (s) => s.toLocaleLowerCase("nb").replace(/æ/g, "ae").replace(/ø/g, "o").replace(/å/g, "a").normalize("NFD").replace(/\p{M}/gu, "");
