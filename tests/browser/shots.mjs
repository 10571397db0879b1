// Pictures of every page: node shots.mjs FOLDER [PART-OF-NAME]. For looking at, not a test.

import { as, desk, launch, open, phone, stack } from "./page.mjs";

const [folder, only = ""] = process.argv.slice(2);
const home = "fac_majorstutunet";
const pages = [
	["login", null, "/"],
	["search", "kari", "/#/"],
	["near", "kari", "/#/search?near=Majorstua&ward=dementia&level=intensive"],
	["empty", "kari", "/#/search?q=xyz&ward=palliative"],
	["home", "kari", `/#/homes/${home}`],
	["history", "kari", `/#/homes/${home}/history`],
	["trend", "kari", `/#/homes/${home}/trend`],
	["feed", "kari", `/#/homes/${home}/feed`],
	["then", "mons", `/#/homes/${home}/history?as_of=2026-11-17T10:00:00Z`],
	["alerts", "kari", "/#/alerts"],
	["conflicts", "mons", "/#/conflicts"],
	["settle", "mons", "/#/conflicts", async (page) => page.click("button[name=settle]")],
	["staff", "hanne", "/"],
	["sheet", "hanne", "/", async (page) => page.click("button.bed >> nth=2")],
	["reports", "mons", "/#/reports", async (page) => { await page.click("button[name=show]"); await page.waitForSelector("article.report"); }],
	["reports-own", "kari", "/#/reports?span=own&name=facility-history", async (page) => page.click("button[name=show]")],
	["admin", "astrid", "/#/admin"],
	["users", "astrid", "/#/admin/users", async (page) => page.click(".plain button.link >> nth=0")],
	["thresholds", "astrid", "/#/admin/thresholds", async (page) => page.click("button[name=add]")],
	["audit", "astrid", "/#/admin/audit"],
	["access", "astrid", "/#/admin/access-log"],
	["subscriptions", "kari", "/#/admin/subscriptions", async (page) => page.click("button[name=add]")],
	["tokens", "astrid", "/#/admin/tokens"],
	["new-token", "astrid", "/#/admin/tokens", async (page) => page.click("button[name=add]")],
	["deliveries", "kari", "/#/admin/subscriptions", async (page) => page.click(".plain button.link >> nth=0", { timeout: 3000 }).catch(() => {})],
	["password", "kari", "/", async (page) => { await page.click(".account > button"); await page.click("button[name=password]"); }],
	["account", "kari", "/", async (page) => page.click(".account > button")],
	["finder", "kari", "/", async (page) => page.fill("[role=combobox]", "intensiv demens major")],
];

const browser = await launch();
for (const [name, login, address, act] of pages)
	for (const [size, at] of [["desk", desk], ["phone", phone]])
		for (const [theme, language] of [["light", "nb"], ["dark", "en"]]) {
			const file = `${name}-${size}-${theme}-${language}`;
			if (!file.includes(only))
				continue;
			const page = await open(browser, { size: at, theme, language });
			if (login)
				await as(page, login);
			await page.goto(stack().url + address);
			await page.waitForTimeout(900);
			await act?.(page);
			await page.waitForTimeout(400);
			await page.screenshot({ path: `${folder}/${file}.png`, fullPage: false });
			if (page.troubles.length)
				console.log(file, page.troubles);
			const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
			if (wide > 0)
				console.log(file, `is ${wide} px too wide`);
			await page.context().close();
		}
await browser.close();
