// How soon the coordinator's list of 200 homes stands on a processor that is four times slower: prints, judges nothing.
//
//     node pace.mjs [TIMES]
//
// painted: from the navigation's start until the frame is out that shows sorted rows with their numbers. usable: until a click that was made
// then has been heard. whole: until the last task of over 50 ms has ended, all that is drawn later among them. The first line is of a
// browser that was never here, but for its session; the second of one that was, a day's usual start. Each the middle of all times, and the best.
//
// Each browser that was never here is a window of its own, and a new window loads the list below its address field, which is a web page too: for a
// second it wants as much of the processors as the page that is measured. Whoever goes to a page has the window open: the first visit begins when
// the browser is at rest.

import { as, launch, open, stack } from "./page.mjs";

const slower = 4, settled = 800; // ms of rest after which nothing more is drawn
const look = 300, idle = 0.1; // ms between two looks at the browser's processes; the part of one processor that they may use at rest
const columns = ["painted", "usable", "whole"];

// Runs in the page before anything of it, and looks on from there: asking the page how far it is would take its time.
function lookOn() {
	const seen = window.pace = { long: [] };
	const painted = new MessageChannel();
	painted.port1.onmessage = () => {
		seen.painted = performance.now();
		window.tellPace("");
	};
	const rows = new MutationObserver(() => {
		if (!document.querySelector("table.results tbody tr .number b"))
			return;
		rows.disconnect();
		requestAnimationFrame(() => painted.port2.postMessage(null)); // comes after the frame
	});
	rows.observe(document, { childList: true, subtree: true });
	new PerformanceObserver((list) => seen.long.push(...list.getEntries().map((e) => e.startTime + e.duration))).observe({ type: "longtask", buffered: true });
	addEventListener("pointerdown", () => { seen.clicked ??= performance.now(); }, true);
}

// Waits until the browser's processes do nothing of their own; the page that is made slower does nothing yet, and is made slower after this.
async function atRest(processes) {
	const used = async () => (await processes.send("SystemInfo.getProcessInfo")).processInfo.reduce((sum, { cpuTime }) => sum + cpuTime * 1e3, 0);
	const deadline = Date.now() + 60_000;
	for (let before = await used(), quiet = 0; quiet < 2;) {
		await new Promise((resolve) => setTimeout(resolve, look));
		const now = await used();
		quiet = now - before < look * idle ? quiet + 1 : 0;
		before = now;
		if (Date.now() > deadline)
			throw new Error("the browser does not come to rest");
	}
}

async function measure(page, session) {
	const shown = new Promise((resolve) => session.once("Runtime.bindingCalled", resolve));
	await page.goto(stack().url, { waitUntil: "commit" });
	await shown;
	await session.send("Input.dispatchMouseEvent", { type: "mousePressed", x: 4, y: 400, button: "left", clickCount: 1 });
	await new Promise((resolve) => setTimeout(resolve, settled));
	const { painted, clicked, long } = await page.evaluate(() => window.pace);
	return { painted, usable: clicked, whole: Math.max(clicked, ...long) };
}

export async function pace(browser, times) {
	const all = { "first time": [], "again": [] };
	const processes = await browser.newBrowserCDPSession();
	for (let n = 0; n < times; n++) {
		const page = await open(browser, { size: { width: 1280, height: 800 } });
		await as(page, "kari");
		const session = await page.context().newCDPSession(page);
		await session.send("Runtime.enable");
		await session.send("Runtime.addBinding", { name: "tellPace" });
		await page.addInitScript(lookOn);
		await atRest(processes);
		await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
		for (const kind of ["first time", "again", "again"]) {
			all[kind].push(await measure(page, session));
			await page.goto("about:blank");
		}
		await page.context().close();
	}
	return all;
}

const sorted = (list) => [...list].sort((a, b) => a - b);

const browser = await launch();
const all = await pace(browser, Number(process.argv[2] ?? 9));
await browser.close();
for (const [kind, list] of Object.entries(all))
	console.log(`${kind.padEnd(10)} ${columns.map((column) => {
		const of = sorted(list.map((each) => each[column]));
		return `${column} ${Math.round(of[Math.floor(of.length / 2)])} ms (best ${Math.round(of[0])})`;
	}).join("   ")}`);
