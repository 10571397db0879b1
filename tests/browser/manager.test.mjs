// The manager: a conflict to settle, and what was true when. The coordinator: an alert to acknowledge.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { comes, fitsTheWidth, hadNoTroubles } from "./checks.mjs";
import { as, launch, open, stack } from "./page.mjs";

const { url, password } = stack();
const home = "fac_majorstutunet";
let browser;

before(async () => { browser = await launch(); });
after(() => browser.close());

async function signedIn(login, address) {
	const page = await open(browser);
	await as(page, login);
	await page.goto(url + address);
	return page;
}

test("one logs in with a password, is told when it is wrong, and out again", async () => {
	const page = await open(browser);
	await page.goto(url);
	await page.fill("#user", "mons");
	await page.fill("#password", "feil");
	await page.click("button[type=submit]");
	await page.waitForSelector("#login-error:not(:empty)");
	assert.match(await page.locator("#login-error").innerText(), /passer ikke sammen/);
	await page.fill("#password", password);
	await page.click("button[type=submit]");
	await page.waitForSelector(".bed");
	assert.match(await page.locator("h1").innerText(), /Majorstutunet/);
	await page.click(".account > button");
	await page.selectOption("select[name=language]", "en");
	await page.waitForSelector("text=My home");
	await page.click(".account > button");
	await page.click("button[name=logout]");
	await page.waitForSelector("#user");
	await page.context().close();
});

const conflictsInMenu = "nav a[href='#/conflicts'] .count";

test("how many conflicts are open is known without looking at one, and so without a line in the access log", async () => {
	const page = await open(browser);
	await as(page, "mons");
	const asked = [];
	page.on("request", (request) => asked.push(request.url()));
	await page.goto(url);
	await page.waitForSelector(conflictsInMenu);
	assert.equal(await page.locator(conflictsInMenu).innerText(), "1");
	assert.deepEqual(asked.filter((address) => address.includes("api/conflicts")), []);
	await page.context().close();
});

test("a conflict is settled with what is right and how one knows", async () => {
	const page = await signedIn("mons", "/#/conflicts");
	await page.waitForSelector(".conflict");
	assert.match(await page.locator(".conflict").innerText(), /201[\s\S]*Opptatt[\s\S]*Ledig/);
	await page.click("button[name=settle]");
	assert.ok(await page.locator(".sheet button[type=submit]").isDisabled(), "nothing is settled without both");
	await page.click(".sheet label[data-bed=occupied]");
	await page.click(".sheet label:has-text('Sett etter i rommet')");
	await page.waitForSelector(conflictsInMenu);
	await page.click(".sheet button[type=submit]");
	await page.waitForSelector(".empty");
	await page.waitForSelector(conflictsInMenu, { state: "detached" });
	await page.click("label:has-text('Avgjorte')");
	await page.waitForSelector(".conflict[data-state=settled]");
	assert.match(await page.locator(".conflict").innerText(), /Avgjort: opptatt[\s\S]*Sett etter i rommet/);
	await page.click(".conflict a:has-text('Se historikken')");
	const settled = page.locator(".events tr:has-text('Avgjort')");
	await settled.waitFor();
	assert.match(await settled.innerText(), /Avgjort: sett etter i rommet\s+user_mons/);
	hadNoTroubles(page);
	await page.context().close();
});

test("a long name of a home, a bed or a source widens no page, on the narrowest phone", async () => {
	const page = await open(browser, { size: { width: 320, height: 640 } });
	await as(page, "mons");
	const long = { facility_name: "Den nasjonale stiftelsen Allehelgens bo- og omsorgssenter avdeling Vest", bed_id: "bed_tredje_etasje_rom_314_seng_ved_vinduet", held_by: "user_elektronisk_pasientjournal_avdeling_vest" };
	const conflict = { id: "cfl_1", facility_id: home, ward: "dementia", care_level: "medium", status: "open", held_status: "maintenance", held_at: new Date().toISOString(), branch_status: "maintenance",
		branch_at: new Date().toISOString(), branch_by: long.held_by, events: 12, last_event_at: new Date().toISOString(), ...long };
	await page.route("**/api/conflicts?*", (route) => route.fulfill({ json: { conflicts: [conflict], next: null } }));
	await page.goto(`${url}/#/conflicts`);
	await page.waitForSelector(".conflict");
	await fitsTheWidth(page, "the conflicts");
	await page.click("button[name=settle]");
	await page.waitForSelector(".settle-sheet");
	const over = await page.locator(".sheet-inside").evaluate((all) => all.scrollWidth - all.clientWidth);
	assert.ok(over <= 0, `the sheet is ${over} px too wide`);
	hadNoTroubles(page);
	await page.context().close();
});

test("the beds of last Tuesday are shown as they were then", async () => {
	const page = await signedIn("mons", `/#/homes/${home}/history`);
	await page.waitForSelector(".events tbody tr");
	await page.fill("input[name=as_of]", "2099-01-01T00:00").catch(() => {});
	const then = new Date(Date.now() - 3 * 864e5);
	const local = new Date(then.getTime() - then.getTimezoneOffset() * 60e3).toISOString().slice(0, 16);
	await page.fill("input[name=as_of]", local);
	await page.waitForFunction(() => /as_of=20/.test(location.hash) && !/as_of=209/.test(location.hash));
	const at = await page.evaluate(() => new URLSearchParams(location.hash.split("?")[1]).get("as_of"));
	const { beds } = await (await page.context().request.get(`${url}/api/facilities/${home}/history?as_of=${encodeURIComponent(at)}`)).json();
	assert.ok(beds.length > 0);
	// Until it has come, the answer before it stays.
	await comes(async () => {
		assert.equal(await page.locator(".then .bed").count(), beds.length);
		assert.equal(await page.locator(".then .bed[data-bed=available]").count(), beds.filter((b) => b.status === "available" && !b.unconfirmed).length);
	});
	hadNoTroubles(page);
	await page.context().close();
});

test("what happened on a day is that day's, and nothing else", async () => {
	const page = await signedIn("mons", `/#/homes/${home}/history`);
	await page.waitForSelector(".events tbody tr");
	const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Oslo" }).format(new Date(Date.now() - 5 * 864e5));
	const [asked] = await Promise.all([page.waitForResponse((r) => r.url().includes("/history?") && r.url().includes("from=")), page.fill("input[name=day]", day)]);
	const { events } = await asked.json();
	assert.ok(events.length > 3);
	await page.waitForFunction((n) => document.querySelectorAll(".events tbody tr").length === n, events.length);
	const days = await page.locator(".events tbody td.when > time").evaluateAll((all) => all.map((each) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Oslo" }).format(new Date(each.dateTime))));
	assert.deepEqual(new Set(days), new Set([day]));
	hadNoTroubles(page);
	await page.context().close();
});

test("the chart ends at what is free now", async () => {
	const page = await signedIn("mons", `/#/homes/${home}/trend`);
	await page.waitForSelector(".chart-box canvas");
	const { rows } = await (await page.context().request.get(`${url}/api/facilities/${home}`)).json();
	await comes(async () => assert.equal(Number(/nå (\d+)/.exec(await page.locator(".chart-box").getAttribute("aria-label"))?.[1]), rows.reduce((sum, r) => sum + r.available_beds, 0)));
	hadNoTroubles(page);
	await page.context().close();
});

test("an alert that is acknowledged says by whom, and what is done about it", async () => {
	const page = await signedIn("kari", "/#/alerts?rule=offline");
	// Homes that are silent stay so; other alerts come and go meanwhile, and the list with them.
	const first = page.locator(".alert[data-rule=offline]:has(button[name=acknowledge])").first();
	await first.waitFor();
	const id = await first.getAttribute("data-id"), one = page.locator(`.alert[data-id="${id}"]`);
	await one.locator("select[name=note]").selectOption("in_progress");
	await one.locator("button[name=acknowledge]").click();
	await page.waitForSelector(`.alert[data-id="${id}"][data-seen]`);
	assert.match(await page.locator(`.alert[data-id="${id}"]`).innerText(), /Kvittert av kari .*: Vi er i gang/i);
	hadNoTroubles(page);
	await page.context().close();
});
