// The administrator: somebody new, a threshold, who did what; and one's own password.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { axeFindsNothing, comes, hadNoTroubles } from "./checks.mjs";
import { as, launch, open, stack } from "./page.mjs";

const { url } = stack();
const refused = /status of 40[0139]|status of 422/;
let browser;

before(async () => { browser = await launch(); });
after(() => browser.close());

async function administrator(address) {
	const page = await open(browser);
	await as(page, "astrid");
	await page.goto(`${url}/#/admin/${address}`);
	await page.waitForSelector("button[name=add], .filters select");
	return page;
}

const get = async (page, where) => (await page.context().request.get(`${url}/api/${where}`)).json();

test("a user who is added can log in, change the password, have it set anew, and be disabled", async () => {
	const page = await administrator("users");
	const login = `per${Date.now()}`, first = "et ganske langt passord", second = "et helt annet passord", third = "satt av administratoren";
	await page.click("button[name=add]");
	await page.fill("#f-login", login);
	await page.fill("#f-name", `Per ${login}`);
	await page.selectOption("#f-role", "FACILITY_STAFF");
	await page.fill("#f-password", "kort");
	await page.click("button[name=save]");
	await page.waitForSelector(".sheet .notice.bad"); // no home, and the password is too short: the region says so
	await page.selectOption("#f-facility_id", "fac_majorstutunet");
	await page.fill("#f-password", first);
	await page.click("button[name=save]");
	await page.waitForSelector(`.plain td:has-text("${login}")`);

	const own = await open(browser);
	await own.goto(url);
	await own.fill("#user", login);
	await own.fill("#password", first);
	await own.click("button[type=submit]");
	await own.waitForSelector(".bed");
	await own.click(".account > button");
	await own.click("button[name=password]");
	for (const [name, value] of [["old", "feil passord her"], ["fresh", second], ["again", second]])
		await own.fill(`.sheet input[name=${name}]`, value);
	await own.click(".sheet button[type=submit]");
	await own.waitForSelector("#password-error:not(:empty)");
	await own.fill(".sheet input[name=old]", first);
	await own.click(".sheet button[type=submit]");
	await own.waitForSelector(".toast");
	assert.equal((await own.context().request.post(`${url}/api/login`, { data: { login, password: second } })).status(), 200);

	await page.click(`.plain button.link:has-text("Per ${login}")`);
	await page.click(".sheet button[name=password]");
	await page.fill(".sheet #f-password", "kort");
	await page.click(".sheet button[name=password]");
	await page.waitForSelector(".sheet .notice.bad");
	await page.fill(".sheet #f-password", third);
	await page.click(".sheet button[name=password]");
	await page.waitForSelector(".sheet", { state: "detached" });
	assert.equal((await own.context().request.post(`${url}/api/login`, { data: { login, password: second } })).status(), 401);
	assert.equal((await own.context().request.post(`${url}/api/login`, { data: { login, password: third } })).status(), 200);

	await page.click(`.plain button.link:has-text("Per ${login}")`);
	await page.click("#f-disabled");
	await page.click("button[name=save]");
	await page.waitForSelector(`.plain tr:has-text("${login}"):has-text("Sperret")`);
	assert.equal((await own.context().request.post(`${url}/api/login`, { data: { login, password: third } })).status(), 401);
	hadNoTroubles(page, refused);
	await own.context().close();
	await page.context().close();
});

test("a threshold is set, changed and taken away", async () => {
	const page = await administrator("thresholds");
	await page.click("button[name=add]");
	await page.selectOption("#f-facility_id", "fac_frognerhjemmet");
	await page.fill("#f-threshold", "5");
	await page.click("button[name=save]");
	await page.waitForSelector(".plain td:has-text('5 plasser')");
	await page.click(".plain button.link >> nth=0");
	await page.fill("#f-threshold", "4");
	await page.click("button[name=save]");
	await page.waitForSelector(".plain td:has-text('4 plasser')");
	assert.deepEqual((await get(page, "admin/thresholds?facility=fac_frognerhjemmet")).thresholds.map((x) => x.threshold), [4]);
	await page.click(".plain button.link >> nth=0");
	await page.click("button[name=remove]");
	assert.equal((await get(page, "admin/thresholds?facility=fac_frognerhjemmet")).thresholds.length, 1, "once is not enough");
	await page.click("button[name=remove]");
	await page.waitForSelector(".empty");
	hadNoTroubles(page, refused);
	await page.context().close();
});

test("a home's name is changed, and what somebody else changed meanwhile is not overwritten", async () => {
	const page = await administrator("facilities?q=frognerhjemmet");
	await page.click(".plain button.link");
	await page.waitForSelector("#f-name");
	const { etag, name, address } = await get(page, "admin/facilities/fac_frognerhjemmet"), { csrf } = await get(page, "me");
	const other = await page.context().request.patch(`${url}/api/admin/facilities/fac_frognerhjemmet`, { data: { address: { text: address.text.replace(/(, Norge)?$/, (end) => (end ? "" : ", Norge")) } }, headers: { "If-Match": `"${etag}"`, "X-CSRF-Token": csrf } });
	assert.equal(other.status(), 200);
	await page.fill("#f-name", `${name} bo`);
	const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === "PATCH"), page.click("button[name=save]")]);
	assert.equal(answer.status(), 409);
	await page.waitForSelector(".sheet .notice.bad");
	assert.equal((await get(page, "admin/facilities/fac_frognerhjemmet")).name, name);
	await page.context().close();
});

test("the logs say who did what, and who asked for it", async () => {
	const page = await administrator("audit?facility=fac_majorstutunet&outcome=conflict");
	await page.waitForSelector(".plain tbody tr");
	const rows = await page.locator(".plain tbody tr").allInnerTexts();
	assert.ok(rows.every((row) => /Majorstutunet[\s\S]*Konflikt/.test(row)));
	// The access log is written in batches: the reading is in it a moment later.
	await comes(async () => assert.ok((await get(page, "admin/access-log?who=astrid&action=audit")).rows.length > 0));
	await page.goto(`${url}/#/admin/access-log?who=astrid`);
	await page.waitForSelector(".plain td:has-text('Leste revisjonsloggen')");
	hadNoTroubles(page);
	await page.context().close();
});

test("what is typed into a filter stays while the page is drawn anew, and counts with Enter", async () => {
	const page = await administrator("audit?facility=fac_majorstutunet");
	await page.waitForSelector(".plain tbody tr");
	const bed = page.locator("input[name=bed]");
	await bed.pressSequentially("bed_1");
	// Drawn anew without the focus leaving the field, as news of homes do it.
	await page.locator("select[name=outcome]").evaluate((select) => { select.value = "conflict"; select.dispatchEvent(new Event("change", { bubbles: true })); });
	await page.waitForFunction(() => location.hash.includes("outcome=conflict"));
	await page.waitForFunction(() => [...document.querySelectorAll(".plain tbody tr")].every((row) => row.textContent.includes("Konflikt")));
	assert.equal(await bed.inputValue(), "bed_1");
	await bed.pressSequentially("01");
	await bed.press("Enter");
	await page.waitForFunction(() => location.hash.includes("bed=bed_101"));
	hadNoTroubles(page);
	await page.context().close();
});

test("a token is made, shown this once, lets a program in, and is revoked", async () => {
	const page = await administrator("tokens");
	const name = `Portal ${Date.now()}`;
	await page.click("button[name=add]");
	await page.fill("#f-name", name);
	await page.click("button[name=save]");
	await page.waitForSelector(".sheet .notice.bad"); // of which region? the region says so
	await page.selectOption("#f-region_id", { index: 1 });
	assert.match(await page.inputValue("#f-expires_at"), /^\d{4}-/, "no token is for ever unless one says so");
	await page.click("button[name=save]");
	const token = await page.inputValue(".sheet input[name=once]");
	assert.match(token, /^bpt_/);
	await page.click("button[name=seen]");
	const row = page.locator(`.plain tr:has-text("${name}")`);
	assert.match(await row.innerText(), /Koordinator[\s\S]*aldri[\s\S]*Aktiv/i);
	const program = await browser.newContext();
	const ask = () => program.request.get(`${url}/api/availability`, { headers: { Authorization: `Bearer ${token}` } });
	assert.equal((await ask()).status(), 200);
	await row.locator("button.link").click();
	assert.equal(await page.locator(".sheet [name=save]").count(), 0, "a token is not changed");
	await page.click(".sheet button[name=revoke]");
	await page.click(".sheet button[name=revoke]");
	await page.waitForSelector(`.plain tr:has-text("${name}"):has-text("Trukket tilbake")`);
	assert.equal((await ask()).status(), 401);
	assert.ok(!(await page.content()).includes(token));
	hadNoTroubles(page, refused);
	await program.close();
	await page.context().close();
});

test("a subscription's test message is followed to its end, and why it did not arrive is said", async () => {
	const page = await open(browser);
	await as(page, "kari");
	await page.goto(`${url}/#/admin/subscriptions`);
	await page.click("button[name=add]");
	assert.equal(await page.locator("#f-secret").count(), 0, "an e-mail has no secret");
	await page.selectOption("#f-channel", "webhook");
	const target = `https://localhost:9/${Date.now()}`;
	await page.fill("#f-target", target);
	await page.fill("#f-secret", "a secret of some length");
	await page.click("button[name=save]");
	// The region sends nothing to its own machine: it finds out when it has looked up the name.
	await page.click(`.plain tr:has-text("${target}") button.link`);
	await page.waitForSelector(".deliveries p:has-text('Ingenting er sendt')");
	await page.click(".sheet button[name=test]");
	await page.waitForSelector(".deliveries li .went.bad");
	assert.match(await page.locator(".deliveries li").innerText(), /Prøve[\s\S]*Gitt opp[\s\S]*1 forsøk[\s\S]*webhook_networks/);
	await page.click(".sheet button[name=remove]");
	await page.click(".sheet button[name=remove]");
	await page.waitForSelector(`.plain td:has-text("${target}")`, { state: "detached" });
	hadNoTroubles(page, refused);
	await page.context().close();
});

test("a list says how many of how many it shows", async () => {
	const page = await administrator("facilities?q=frognerhj");
	await page.getByText("1 av 200").waitFor();
	await page.context().close();
});

test("what was given up is tried again", async () => {
	const page = await open(browser);
	await as(page, "kari");
	await page.goto(`${url}/#/admin/subscriptions`);
	await page.click(".plain tr:has-text('vakt@kommune.example') button.link");
	const one = page.locator(".deliveries li:has-text('the mail server did not answer')");
	await one.locator(".went.bad").waitFor();
	await axeFindsNothing(page, "deliveries");
	await one.locator("button[name=retry]").click();
	await page.getByText("Den prøves igjen nå.").waitFor();
	await one.locator("button[name=retry]").waitFor({ state: "detached" });
	hadNoTroubles(page);
	await page.context().close();
});

test("the access log is narrowed, and taken along whole", async () => {
	const page = await administrator("access-log?who=astrid");
	await comes(async () => assert.ok((await get(page, "admin/access-log?who=astrid&action=login")).rows.length > 0));
	await page.selectOption("select[name=action]", { label: "Logget inn" });
	await page.waitForFunction(() => location.hash.includes("action=login"));
	await page.waitForFunction(() => {
		const done = [...document.querySelectorAll(".plain td[data-label=Hva]")].map((cell) => cell.innerText);
		return done.length > 0 && done.every((what) => what === "Logget inn");
	});
	const [file] = await Promise.all([page.waitForEvent("download"), page.click("button[name=csv]")]);
	assert.match(file.suggestedFilename(), /^access-log_\d{4}-\d\d-\d\dT\d{4}Z\.csv$/);
	const lines = (await readFile(await file.path(), "utf8")).trimEnd().split("\r\n");
	assert.equal(lines[0], "id,at,who,role,source_ip,action,facility_id,region_id,allowed,detail");
	assert.ok(lines.length > 1 && lines.slice(1).every((line) => /^\d+,[^,]+,astrid,SYSTEM_ADMIN,[^,]*,login,/.test(line)));
	hadNoTroubles(page);
	await page.context().close();
});
