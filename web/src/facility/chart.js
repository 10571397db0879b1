// Steps over time, drawn by uPlot. A file of its own (chart.js beside app.js).

import uPlot from "uplot";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// steps: [[seconds, free, total], …]; texts: {language, free, total}. Returns {destroy}.
export function drawChart(box, steps, texts) {
	const size = () => ({ width: Math.max(280, box.clientWidth), height: Math.max(220, Math.min(360, box.clientWidth * 0.4)) });
	const time = (seconds, options) => new Date(seconds * 1e3).toLocaleString(texts.language === "nb" ? "nb-NO" : "en-GB", options);
	const span = steps.at(-1)[0] - steps[0][0];
	const axis = { stroke: () => colour("--soft"), grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
	const stepped = uPlot.paths.stepped({ align: 1 });
	const series = (label, name, fill, dash) => ({ label, value: (u, v) => v ?? "–", stroke: () => colour(name), width: 2, dash, fill: fill && (() => `color-mix(in srgb, ${colour(name)} 16%, transparent)`), paths: stepped, points: { show: false } });
	const chart = new uPlot({
		...size(),
		cursor: { points: { show: false }, y: false },
		legend: { live: true },
		scales: { y: { range: (u, min, max) => [0, Math.max(4, max + 1)] } },
		axes: [{ ...axis, space: 70, incrs: (span > 2.5 * 86400 ? [1, 2, 5, 7, 14, 30].map((d) => d * 86400) : [1, 2, 3, 6, 12].map((h) => h * 3600)), values: (u, splits) => splits.map((s) => (span > 2.5 * 86400 ? time(s, { day: "numeric", month: "short" }) : time(s, { hour: "2-digit", minute: "2-digit" }))) },
			{ ...axis, incrs: [1, 2, 5, 10, 20, 50, 100], size: 40 }],
		series: [{ value: (u, v) => (v === null ? "–" : time(v, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" })), label: texts.time },
			series(texts.free, "--available", true), series(texts.total, "--soft", false, [4, 4])],
	}, [0, 1, 2].map((i) => steps.map((s) => s[i])), box);
	const watch = new ResizeObserver(() => chart.setSize(size()));
	watch.observe(box);
	const dark = matchMedia("(prefers-color-scheme: dark)"), again = () => chart.redraw();
	dark.addEventListener("change", again);
	const theme = new MutationObserver(again);
	theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
	return { destroy() {
		watch.disconnect();
		theme.disconnect();
		dark.removeEventListener("change", again);
		chart.destroy();
	} };
}
