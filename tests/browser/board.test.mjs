// The home's board on a phone: a bed in two taps and a PIN, in one place after another what staff meet.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeFindsNothing, comes, fitsTheWidth, hadNoTroubles } from "./checks.mjs";
import { launch, open, phone, stack } from "./page.mjs";
import { isPseudonym } from "../../web/board/words.js";

const tablet = { width: 1024, height: 768 };
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const bed = (page, id) => page.locator(`button.bed[title="${id}"]`);
const choice = (page, status) => page.locator(`.choice[data-status="${status}"]`);

async function board(size, options = {}) {
	const page = await open(browser, { size, ...options });
	await page.goto(stack().url);
	await bed(page, "bed_2b_room_1").waitFor();
	return page;
}

async function typePin(page, pin) {
	await page.selectOption("#who", "user_kari");
	for (const digit of pin)
		await page.getByRole("button", { name: digit, exact: true }).click();
	await page.locator(".pinpad .main").click();
}

test("a pseudonym is told from a name", () => {
	assert.deepEqual(["user_b48a17389c1c", "user_kari", "user_hansen.k", "user_b48a17389c1c2"].map(isPseudonym), [true, false, false, false]);
});

test("a bed is set in two taps and a PIN, and the next in two taps", async () => {
	const page = await board(phone);
	await bed(page, "bed_2b_room_1").click();
	await choice(page, "reserved").click();
	await typePin(page, "111222");
	await page.getByText("Feil PIN").waitFor();
	assert.equal(await bed(page, "bed_2b_room_1").getAttribute("data-status"), "available");
	await typePin(page, stack().pin);
	await page.getByText(/: reservert\. Lagret her/).waitFor();
	await comes(async () => assert.equal(await bed(page, "bed_2b_room_1").getAttribute("data-status"), "reserved"));
	await page.getByText(/av Kari/).waitFor();
	await bed(page, "bed_2b_room_2").click();
	await choice(page, "maintenance").click();
	await page.getByText(/: vedlikehold\. Lagret her/).waitFor();
	hadNoTroubles(page);
	await page.context().close();
});

test("a picture asked for before a change was saved does not paint over it", async () => {
	const page = await board(phone), id = "bed_3a_room_1";
	let hold = null, letGo = null, looks = 0;
	const held = new Promise((resolve) => { hold = resolve; }), mayGo = new Promise((resolve) => { letGo = resolve; });
	// The next look is answered by the board now, and reaches the page when we say so; every look is answered in full.
	await page.route("**/api/board", async (route) => {
		const { "if-none-match": _, ...headers } = route.request().headers();
		const answer = await route.fetch({ headers });
		hold();
		await mayGo;
		looks++;
		await route.fulfill({ response: answer });
	});
	await held;
	await bed(page, id).click();
	await choice(page, "reserved").click();
	await typePin(page, stack().pin);
	await page.getByText(/: reservert\. Lagret her/).waitFor();
	await page.locator(`button.bed[title="${id}"][data-status="reserved"]`).waitFor();
	await bed(page, id).evaluate((row) => {
		window.statuses = [];
		new MutationObserver(() => window.statuses.push(row.dataset.status)).observe(row, { attributes: true, attributeFilter: ["data-status"] });
	});
	letGo();
	while (looks < 3)
		await page.waitForResponse(/api\/board$/);
	assert.deepEqual((await page.evaluate(() => window.statuses)).filter((status) => status !== "reserved"), []);
	assert.equal(await bed(page, id).getAttribute("data-status"), "reserved");
	hadNoTroubles(page);
	await page.context().close();
});

test("who was overtaken sees what the bed is, and decides", async () => {
	const [first, second] = [await board(phone), await board(phone)];
	await bed(second, "bed_2b_room_3").click();
	await bed(first, "bed_2b_room_3").click();
	await choice(first, "reserved").click();
	await typePin(first, stack().pin);
	await first.getByText(/: reservert\. Lagret her/).waitFor();
	await choice(second, "occupied").click();
	await typePin(second, stack().pin);
	await second.getByText("Sengen ble endret imens").waitFor();
	await first.locator('button.bed[title="bed_2b_room_3"][data-status="reserved"]').waitFor();
	await axeFindsNothing(second, "an overtaken change");
	await second.getByRole("button", { name: "Sett til opptatt likevel" }).click();
	await second.getByText(/: opptatt\. Lagret her/).waitFor();
	await first.locator('button.bed[title="bed_2b_room_3"][data-status="occupied"]').waitFor();
	for (const page of [first, second]) {
		hadNoTroubles(page, /status of (401|409)/);
		await page.context().close();
	}
});

test("a board that does not answer is said, and a change is never called saved", async () => {
	const page = await board(phone);
	await bed(page, "bed_2b_room_4").click();
	await choice(page, "reserved").click();
	await typePin(page, stack().pin);
	await page.getByText(/: reservert\. Lagret her/).waitFor();
	await page.context().setOffline(true);
	await page.getByText(/Tavlen svarer ikke/).waitFor();
	await bed(page, "bed_2b_room_4").click();
	await choice(page, "available").click();
	await page.getByText("IKKE LAGRET").first().waitFor();
	assert.equal(await bed(page, "bed_2b_room_4").getAttribute("data-status"), "reserved");
	await page.context().setOffline(false);
	await page.getByRole("button", { name: "Prøv igjen" }).click();
	await page.getByText(/: ledig\. Lagret her/).waitFor();
	await page.context().close();
});

for (const [language, hangs, waits] of [["nb", /Ukjent om noe når regionen siden .*svarer ikke/, /En telling .* er ikke tatt inn\. Den venter på IT siden/],
	["en", /Unknown since .* does not answer/, /A census .* was not taken in\. It waits for IT since/]])
	test(`synchronisation that hangs and a census that waits are said, never shown green: ${language}`, async () => {
		const page = await open(browser, { size: phone, theme: language === "nb" ? "light" : "dark", language });
		await page.route("**/api/board", async (route) => {
			const { "if-none-match": _, ...headers } = route.request().headers();
			const answer = await route.fetch({ headers }), picture = await answer.json();
			Object.assign(picture.line, { state: "silent", since: "2026-01-02T03:04:05Z" });
			await route.fulfill({ response: answer, json: { ...picture, held: 1, held_since: "2026-01-02T03:04:05Z" } });
		});
		await page.goto(stack().url);
		await page.getByText(hangs).waitFor();
		await page.getByText(waits).waitFor();
		assert.equal(await page.locator("p.line").getAttribute("data-level"), "bad");
		await axeFindsNothing(page, "a board in doubt");
		await fitsTheWidth(page, "a board in doubt");
		hadNoTroubles(page);
		await page.context().close();
	});

for (const [language, theme, says, toast] of [["nb", "dark", /På vei, men regionen har ikke svart siden .*1 endring venter/, /Lagret her, sendes når/],
	["en", "light", /On the way, but no answer from the region since .*1 change waits/, /Saved here, sent when/]])
	test(`a change that nobody has answered is not called sent: ${language}`, async () => {
		const page = await open(browser, { size: phone, theme, language });
		await page.route("**/api/board", async (route) => {
			const { "if-none-match": _, ...headers } = route.request().headers();
			const answer = await route.fetch({ headers }), picture = await answer.json();
			Object.assign(picture.line, { state: "up", queued: 1, unanswered_since: "2026-01-02T03:04:05Z" });
			await route.fulfill({ response: answer, json: picture });
		});
		await page.goto(stack().url);
		await page.locator("p.line").filter({ hasText: says }).waitFor();
		assert.equal(await page.locator("p.line").getAttribute("data-level"), "warn");
		await bed(page, "bed_3a_room_2").click();
		await choice(page, language === "nb" ? "reserved" : "maintenance").click();
		await typePin(page, stack().pin);
		await page.getByText(toast).waitFor();
		await axeFindsNothing(page, "a board without an answer");
		await fitsTheWidth(page, "a board without an answer");
		hadNoTroubles(page, /status of 401/);
		await page.context().close();
	});

for (const [where, size] of [["phone", phone], ["tablet", tablet]])
	for (const theme of ["light", "dark"])
		test(`the page is for everybody: ${where}, ${theme}`, async () => {
			const language = theme === "light" ? "nb" : "en";
			const page = await board(size, { theme, language });
			await page.getByText(language === "nb" ? /I takt med regionen per/ : /In sync with the region as of/).waitFor();
			await axeFindsNothing(page, "the board");
			await fitsTheWidth(page, "the board");
			await bed(page, "bed_2b_room_5").click();
			await axeFindsNothing(page, "a bed");
			await choice(page, "reserved").click();
			await page.locator("#pin").waitFor();
			await axeFindsNothing(page, "the PIN");
			await fitsTheWidth(page, "the PIN");
			hadNoTroubles(page);
			await page.context().close();
		});
