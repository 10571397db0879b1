// What is shown, as a file for a spreadsheet.

import { currentLanguage, named, t } from "../lib/i18n.js";
import { counts } from "../lib/picture.js";

// A cell that a spreadsheet would take for a formula is text.
function cell(value) {
	const text = value === null || value === undefined ? "" : String(value);
	const safe = /^[=+\-@\t\r]/.test(text) && typeof value !== "number" ? `'${text}` : text;
	return /["\n\r,;]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

// Norwegian spreadsheets part cells by semicolons and numbers by commas.
export function csv(picture, rows, km) {
	const [comma, point] = currentLanguage() === "nb" ? [";", ","] : [",", "."];
	const head = ["facility_id", t("facility"), t("address"), t("ward"), t("care_level"), ...counts.map((c) => t(`t_${c}`)), t("total"), t("known_through"), t("status"), `${t("distance")} (km)`];
	const lines = rows.map((row) => {
		const far = km.get(row.facility_id);
		return [row.facility_id, row.name, picture.homes.get(row.facility_id)?.address?.text, named(row.ward), named(row.care_level), ...counts.map((c) => row[`${c}_beds`]), row.total_beds,
			row.as_of, t(picture.status(row)), far === undefined ? "" : far.toFixed(1).replace(".", point)];
	});
	return `\uFEFF${[head, ...lines].map((line) => line.map(cell).join(comma)).join("\r\n")}\r\n`;
}

export function download(text, name) {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60e3);
}
