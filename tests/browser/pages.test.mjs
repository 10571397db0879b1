// Every page in light and dark, wide and narrow: axe finds nothing, nothing is refused or complained of, nothing sticks out.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { axeFindsNothing, comes, fitsTheWidth, hadNoTroubles } from "./checks.mjs";
import { as, desk, launch, open, phone, stack } from "./page.mjs";

const { url } = stack();
const home = "#/homes/fac_majorstutunet";
const pages = [
	["log-in", null, "", "#user"],
	["search", "kari", "#/search?near=Majorstua", "table.results tbody tr"],
	["nothing found", "kari", "#/search?q=xyzzy&ward=palliative", ".empty"],
	["home", "kari", home, ".bed"],
	["history", "kari", `${home}/history`, ".events tbody tr"],
	["as it was", "kari", `${home}/history?as_of=${new Date(Date.now() - 2 * 864e5).toISOString()}`, ".then .bed"],
	["trend", "kari", `${home}/trend`, ".chart-box canvas"],
	["feed", "kari", `${home}/feed`, ".facts"],
	["alerts", "kari", "#/alerts?rule=conflict", ".choices"],
	["conflicts", "mons", "#/conflicts?status=settled", ".choices"],
	...["facilities", "users", "tokens", "thresholds", "subscriptions", "audit", "access-log"].map((name) => [`administration of ${name}`, "astrid", `#/admin/${name}`, ".plain, .empty"]),
	["a report", "mons", "#/reports", "button[name=show]", async (page) => { await page.click("button[name=show]"); await page.waitForSelector("article.report table"); }],
	["a new home", "astrid", "#/admin/facilities", "button[name=add]", async (page) => page.click("button[name=add]")],
	["setting a bed", "hanne", "", ".bed", async (page) => { await page.click(".bed >> nth=0"); await page.waitForSelector("dialog[open]"); }],
];
let browser;

before(async () => { browser = await launch(); });
after(() => browser.close());

// Nothing is changed here, so two may look at once: one core waits for the region or the browser while the other draws.
describe("every page", { concurrency: 2 }, () => {
	for (const [name, login, address, ready, act] of pages)
		for (const [size, theme, language] of [[desk, "light", "nb"], [phone, "dark", "en"]])
			test(`${name}, ${theme}: axe finds nothing, nothing sticks out, no trouble`, async () => {
				const page = await open(browser, { size, theme, language, reducedMotion: "reduce" });
				if (login)
					await as(page, login);
				await page.goto(`${url}/${address}`);
				await page.waitForSelector(ready);
				await act?.(page);
				await axeFindsNothing(page, `${name}, ${theme}`);
				await fitsTheWidth(page, `${name}, ${theme}`);
				hadNoTroubles(page);
				await page.context().close();
			});
});

test("everything a page loads is under 150 KB as sent, and comes from here", async () => {
	const page = await open(browser);
	await as(page, "kari");
	const session = await page.context().newCDPSession(page);
	await session.send("Network.enable");
	let sent = 0;
	const from = new Set(), type = new Map();
	session.on("Network.responseReceived", (e) => { from.add(new URL(e.response.url).origin); type.set(e.requestId, e.response.url); });
	session.on("Network.loadingFinished", (e) => { if (!type.get(e.requestId)?.includes("/api/")) sent += e.encodedDataLength; });
	await page.goto(`${url}/${home}/trend`);
	await page.waitForSelector(".chart-box canvas");
	console.log(`${Math.round(sent / 1024)} KB sent`);
	assert.ok(sent > 10_000 && sent < 150 * 1024, `${sent} bytes`);
	assert.deepEqual([...from], [url]);
	await page.context().close();
});

test("paper is light from a dark screen too, and says of when its numbers are", async () => {
	for (const address of ["#/search?near=Majorstua", home]) {
		const page = await open(browser, { theme: "dark", reducedMotion: "reduce" });
		await as(page, "kari");
		await page.goto(`${url}/${address}`);
		await page.waitForSelector(address === home ? ".bed" : "table.results:not([aria-busy])");
		await page.emulateMedia({ media: "print", colorScheme: "dark" });
		await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
		await comes(async () => assert.match(await page.locator(".printed").innerText(), /Skrevet ut .*20\d\d.*\d\d:\d\d/));
		if (address === home)
			await axeFindsNothing(page, "a home on paper");
		hadNoTroubles(page);
		await page.context().close();
	}
});

test("the first home that fits stands in sight on a phone, with what is asked still above it", async () => {
	const page = await open(browser, { size: phone });
	await as(page, "kari");
	await page.goto(`${url}/#/search?near=Majorstua&ward=somatic&level=medium`);
	await page.waitForSelector("table.results tbody tr .number");
	await comes(async () => {
		const { y, height } = await page.locator("table.results tbody tr").first().boundingBox();
		assert.ok(y + height < phone.height, `it ends at ${y + height} px`);
	});
	assert.equal(await page.evaluate(() => scrollY), 0);
	// Wards are more than fit: the chosen one is moved to where it is seen.
	await comes(async () => {
		const chosen = await page.locator(".choice label:has(input[name=ward]:checked)").boundingBox();
		assert.ok(chosen.x >= 0 && chosen.x + chosen.width <= phone.width, `${chosen.x} to ${chosen.x + chosen.width} px`);
	});
	await page.context().close();
});

test("the keyboard alone gets from the address to a home", async () => {
	const page = await open(browser);
	await as(page, "kari");
	await page.goto(url);
	await page.waitForSelector("table.results tbody tr");
	await page.keyboard.press("Tab");
	await page.waitForFunction(() => document.activeElement.className === "skip");
	await page.keyboard.press("Enter");
	await page.keyboard.press("Tab");
	await page.waitForFunction(() => document.activeElement.getAttribute("role") === "combobox");
	await page.keyboard.type("majorstutunet");
	await page.locator("[role=option]:has-text('Åpne')").first().waitFor();
	const options = page.locator("[role=option]");
	for (let n = 1; !/Åpne/.test(await page.locator("[role=option][aria-selected=true]").innerText()); n++) {
		assert.ok(n < await options.count(), "no key leads to the home");
		await page.keyboard.press("ArrowDown");
		await comes(async () => assert.equal(await options.nth(n).getAttribute("aria-selected"), "true"));
	}
	await page.keyboard.press("Enter");
	await page.waitForSelector(".facility-head h1");
	assert.match(await page.locator("h1").innerText(), /Majorstutunet/);
	await page.context().close();
});
