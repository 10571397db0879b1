// Staff with a phone: two taps, and never a change that only seems to be saved.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { comes, hadNoTroubles } from "./checks.mjs";
import { launch, open, as, phone, stack } from "./page.mjs";

const { url } = stack();
const home = "fac_majorstutunet";
let browser;

before(async () => { browser = await launch(); });
after(() => browser.close());

async function staff() {
	const page = await open(browser, { size: phone });
	await as(page, "hanne");
	await page.goto(url);
	await page.waitForSelector(".bed");
	return page;
}

const bed = (id) => `button.bed[data-id=${id}]`;
const now = async (page, id) => (await (await page.context().request.get(`${url}/api/facilities/${home}/beds`)).json()).beds.find((b) => b.id === id);

// Sets a bed behind the page's back, with this session.
async function elsewhere(page, id, status) {
	const { csrf } = await (await page.context().request.get(`${url}/api/me`)).json();
	const { version } = await now(page, id);
	const answer = await page.context().request.put(`${url}/api/facilities/${home}/beds/${id}/status`, { data: { status }, headers: { "If-Match": `"${version}"`, "X-CSRF-Token": csrf } });
	assert.equal(answer.status(), 200);
}

test("two taps set a bed, and a third takes it back", async () => {
	const page = await staff();
	assert.equal((await now(page, "bed_103")).status, "occupied");
	await page.tap(bed("bed_103"));
	await page.tap("[data-set=available]");
	await page.waitForSelector(`${bed("bed_103")}[data-bed=available]`);
	assert.equal((await now(page, "bed_103")).status, "available");
	await page.tap(".toast button");
	await page.waitForSelector(`${bed("bed_103")}[data-bed=occupied]`);
	assert.equal((await now(page, "bed_103")).status, "occupied");
	hadNoTroubles(page);
	await page.context().close();
});

test("a list asked for before a change was saved does not paint over it", async () => {
	const page = await staff();
	let letGo = null, held = null, looks = 0;
	const mayGo = new Promise((resolve) => { letGo = resolve; }), isHeld = new Promise((resolve) => { held = resolve; });
	// The next list is made by the region now, and reaches the page when we say so.
	await page.route("**/api/facilities/*/beds", async (route) => {
		const first = looks++ === 0, answer = await route.fetch();
		if (first) {
			held();
			await mayGo;
		}
		await route.fulfill({ response: answer }).catch(() => {}); // the page wants it no more
	});
	await elsewhere(page, "bed_107", "available"); // of this the page hears, and asks
	await isHeld;
	await page.locator(bed("bed_108")).evaluate((row) => {
		window.statuses = [];
		new MutationObserver(() => window.statuses.push(row.dataset.bed)).observe(row, { attributes: true, attributeFilter: ["data-bed"] });
	});
	await page.tap(bed("bed_108"));
	await page.tap("[data-set=reserved]");
	await page.waitForSelector(`${bed("bed_108")}[data-bed=reserved]`);
	letGo();
	await page.waitForSelector(`${bed("bed_107")}[data-bed=available]`);
	await elsewhere(page, "bed_107", "occupied"); // and it asks again
	await page.waitForSelector(`${bed("bed_107")}[data-bed=occupied]`);
	assert.deepEqual(await page.evaluate(() => window.statuses), ["reserved"]);
	await elsewhere(page, "bed_108", "occupied");
	hadNoTroubles(page);
	await page.context().close();
});

test("a bed that somebody else has changed is shown as it is, and not overwritten unasked", async () => {
	const page = await staff();
	await page.context().route("**/api/facilities/*/beds", (route) => route.abort()); // the page does not hear of it
	await page.tap(bed("bed_104"));
	await elsewhere(page, "bed_104", "maintenance");
	await page.tap("[data-set=available]");
	await page.waitForSelector(".sheet .notice.warn");
	assert.match(await page.locator(".sheet .notice.warn").innerText(), /Noen andre har endret sengen[\s\S]*vedlikehold/);
	assert.equal((await now(page, "bed_104")).status, "maintenance");
	await page.tap(".sheet-actions button >> nth=1");
	await page.waitForSelector(`${bed("bed_104")}[data-bed=available]`);
	assert.equal((await now(page, "bed_104")).status, "available");
	await elsewhere(page, "bed_104", "occupied");
	hadNoTroubles(page, /status of 409|Failed to load resource/);
	await page.context().close();
});

test("with the line down a change is said not to be saved, and is not pretended", async () => {
	const page = await staff();
	await page.context().setOffline(true);
	await page.waitForSelector(".lost");
	await page.tap(bed("bed_105"));
	assert.match(await page.locator(".sheet .notice.bad").innerText(), /ingen forbindelse/);
	await page.tap("[data-set=available]");
	await page.waitForSelector(".sheet .notice.bad >> text=IKKE LAGRET");
	await page.keyboard.press("Escape");
	assert.equal(await page.locator(bed("bed_105")).getAttribute("data-bed"), "occupied");
	await comes(async () => assert.match(await page.locator(bed("bed_105")).innerText(), /IKKE LAGRET/));
	await page.context().setOffline(false);
	await page.waitForSelector(".live-line[data-state=live]");
	assert.equal((await now(page, "bed_105")).status, "occupied");
	await page.tap(bed("bed_105"));
	await page.tap("[data-set=available]");
	await page.waitForSelector(`${bed("bed_105")}[data-bed=available]`);
	await comes(async () => assert.doesNotMatch(await page.locator(bed("bed_105")).innerText(), /IKKE LAGRET/));
	await elsewhere(page, "bed_105", "occupied");
	await page.context().close();
});

test("an answer that never came is called uncertain, and trying again makes no second change", async () => {
	const page = await staff();
	let cut = true;
	await page.context().route("**/status", async (route) => {
		if (!cut)
			return route.continue();
		await route.fetch(); // the region takes it in
		return route.abort();
	});
	const before = (await now(page, "bed_106")).version;
	await page.tap(bed("bed_106"));
	await page.tap("[data-set=reserved]");
	await page.waitForSelector(".sheet .notice.bad >> text=usikkert");
	cut = false;
	await page.waitForSelector("[data-set=reserved]:disabled"); // the page has heard meanwhile that it was made
	await page.keyboard.press("Escape");
	assert.equal((await now(page, "bed_106")).version, before + 1);
	await elsewhere(page, "bed_106", "occupied");
	await page.context().close();
});

test("staff is offered its own home and nothing else", async () => {
	const page = await staff();
	assert.deepEqual(await page.locator("header nav a").evaluateAll((links) => links.map((a) => a.getAttribute("href"))), [`#/homes/${home}`, "#/alerts"]);
	assert.deepEqual(await page.locator(".tabs a").allInnerTexts(), ["Senger", "Datakilde"]);
	await page.goto(`${url}/#/homes/fac_frognerhjemmet`);
	await page.waitForSelector(".notice.bad");
	assert.match(await page.locator(".notice.bad").innerText(), /utenfor/);
	await page.context().close();
});
