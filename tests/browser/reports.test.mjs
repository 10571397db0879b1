// Reports: read on the page, taken along as files, of the homes one may see; what is wrong is told in words.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { axeFindsNothing, fitsTheWidth, hadNoTroubles } from "./checks.mjs";
import { as, launch, open, phone, stack } from "./page.mjs";

const { url } = stack();
let browser;

before(async () => { browser = await launch(); });
after(() => browser.close());

async function reader(login, address = "", options = {}) {
	const page = await open(browser, options);
	await as(page, login);
	await page.goto(`${url}/#/reports${address}`);
	await page.waitForSelector("input[name=report]:checked");
	return page;
}

const names = (page) => page.locator("input[name=report]").evaluateAll((all) => all.map((each) => each.value));

test("a manager reads the own home's occupancy on the page, and takes it along for a spreadsheet", async () => {
	const page = await reader("mons");
	assert.equal(await page.locator("select[name=facility]").count(), 0, "there is no other home to choose");
	await page.click("button[name=show]");
	await page.waitForSelector("article.report table");
	assert.match(await page.locator("article.report").innerText(), /Belegg[\s\S]*Majorstutunet sykehjem[\s\S]*Per avdeling og omsorgsnivå[\s\S]*Demens/);
	assert.ok(await page.locator("article.report figure svg polyline").count() > 0);
	const [excel] = await Promise.all([page.waitForEvent("download"), page.click("button[name=as-xlsx]")]);
	assert.equal(excel.suggestedFilename(), "occupancy_fac_majorstutunet.xlsx");
	assert.equal((await readFile(await excel.path())).subarray(0, 2).toString(), "PK");
	// One table of it: that of the wards, as its heading says.
	const [table] = await Promise.all([page.waitForEvent("download"), page.click("article.report button[aria-label='CSV: Per avdeling og omsorgsnivå']")]);
	assert.match(await readFile(await table.path(), "utf8"), /^facility_id,[^\r\n]*ward,care_level/);
	assert.match(await page.locator("article.report").innerText(), /Somatisk/);
	await page.selectOption("select[name=ward]", { label: "Demens" });
	await page.waitForSelector("article.report", { state: "detached" });
	await page.click("button[name=show]");
	await page.waitForSelector("article.report table");
	assert.doesNotMatch(await page.locator("article.report").innerText(), /Somatisk/);
	hadNoTroubles(page);
	await page.context().close();
});

test("a coordinator sees what there is for the region, and the audit extract is for administrators", async () => {
	const monthNow = () => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Oslo", year: "numeric", month: "2-digit" }).format(new Date()), began = monthNow();
	const page = await reader("kari", "?name=availability&span=month");
	const own = await names(page);
	assert.ok(own.includes("availability") && !own.includes("audit"));
	await page.selectOption("select[name=facility]", "fac_frognerhjemmet");
	const [asked] = await Promise.all([page.waitForRequest(/availability\.html/), page.click("button[name=show]")]);
	const { month, ...others } = Object.fromEntries(new URL(asked.url()).searchParams);
	assert.ok([began, monthNow()].includes(month), month); // the page may have been opened in the one before
	assert.deepEqual(others, { facility: "fac_frognerhjemmet", lang: "nb" });
	await page.waitForSelector("article.report:has-text('Frognerhjemmet')");
	await page.click("input[value=turnover]");
	await page.waitForSelector("article.report", { state: "detached" }); // it was the answer to another question
	await page.context().close();
	const other = await reader("astrid");
	assert.deepEqual((await names(other)).filter((name) => !own.includes(name)), ["audit"]);
	await other.context().close();
});

test("what is missing or too long is told in words, before and after the region was asked", async () => {
	const page = await reader("kari", "?name=facility-history", { language: "en", size: phone, theme: "dark" });
	const told = () => page.locator(".notice.bad").innerText();
	await page.click("button[name=show]");
	assert.match(await told(), /Choose a home/);
	await page.selectOption("select[name=facility]", "fac_majorstutunet");
	await page.click("input[name=span][value=own]");
	await page.fill("input[name=from]", "1990-01-01");
	await page.fill("input[name=to]", "2026-01-01");
	await page.click("button[name=as-pdf]");
	await page.waitForSelector(".notice.bad:has-text('too long')");
	await page.fill("input[name=from]", "2026-01-02");
	await page.waitForSelector(".notice.bad:has-text('before the first')");
	await axeFindsNothing(page, "a fault");
	await page.goto(`${url}/#/reports?name=facility-history&facility=fac_majorstutunet&bed=${encodeURIComponent("no bed!")}`);
	await page.waitForFunction(() => document.querySelector("input[name=bed]")?.value === "no bed!");
	await page.click("button[name=show]"); // the region alone knows what a bed's name may be
	await page.waitForSelector(".notice.bad:has-text('makes no sense')");
	await page.fill("input[name=bed]", "bed_101");
	await page.keyboard.press("Tab");
	await page.click("button[name=show]");
	await page.waitForSelector("article.report table");
	await axeFindsNothing(page, "a report, dark, on a phone");
	await fitsTheWidth(page, "a report, dark, on a phone");
	assert.ok(await page.locator("article.report .scroll").evaluateAll((all) => all.every((each) => each.scrollWidth === each.clientWidth)), "no table is scrolled sideways");
	assert.deepEqual(await page.locator("article.report tbody tr >> nth=0").locator("td").evaluateAll((cells) => cells.slice(0, 2).map((cell) => getComputedStyle(cell, "::before").content)),
		['"Changed"', '"No."'], "each value is under its column's title");
	hadNoTroubles(page, /status of 40[01]/);
	await page.context().close();
});
