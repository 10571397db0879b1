// A browser, a session of somebody in it, and what must never happen on any page: errors, refused loads.

import { chromium } from "playwright-core";

const arguments_ = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-dev-shm-usage"];

// One for all tests of a process; each has a profile of its own in it.
let browser = null;

export const launch = () => (browser ??= chromium.launch({ executablePath: process.env.BEDPOST_CHROMIUM ?? "/usr/bin/chromium", args: arguments_ }));

export const phone = { width: 390, height: 844 };
export const desk = { width: 1440, height: 900 };

// A new browser profile with one page. Its `troubles` gathers what the console and the policy complained of.
export async function open(browser, { size = desk, theme = "light", language = "nb", ...more } = {}) {
	const context = await browser.newContext({ viewport: size, colorScheme: theme, locale: language === "nb" ? "nb-NO" : "en-GB", timezoneId: "Europe/Oslo",
		hasTouch: size.width < 600, ...more });
	const page = await context.newPage();
	page.setDefaultTimeout(60_000);
	page.troubles = [];
	tellOfWaits(page);
	page.on("pageerror", (error) => page.troubles.push(`error: ${error.message}`));
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type()))
			page.troubles.push(`console: ${message.text()} ${message.location().url}`);
	});
	await page.addInitScript(() => addEventListener("securitypolicyviolation", (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`)));
	return page;
}

// What never came on a machine that nobody can look at must be understood from what the failure prints: the page, and what it had asked for.
function tellOfWaits(page) {
	const began = Date.now(), asked = [];
	const note = (what) => (request) => asked.push(`${Date.now() - began} ms ${what} ${request.method()} ${request.url()}`);
	page.on("request", note("asks"));
	page.on("requestfinished", note("has"));
	page.on("requestfailed", (request) => note(`cannot have (${request.failure()?.errorText})`)(request));
	for (const name of ["waitForSelector", "waitForFunction", "waitForResponse", "click", "fill"]) {
		const wait = page[name].bind(page);
		page[name] = async (...what) => {
			try {
				return await wait(...what);
			} catch (error) {
				const text = await page.locator("body").innerText({ timeout: 1000 }).catch((e) => e.message);
				// The runner prints the stack, which was written down before.
				error.stack += `\nafter ${Date.now() - began} ms at ${page.url()}\n${asked.slice(-20).join("\n")}\n${page.troubles.join("\n")}\n${text.slice(0, 1000)}`;
				throw error;
			}
		};
	}
}

// A session made at the API, so that a test of another page need not fill in the form. One login each, kept: passwords cost time.
const cookies = new Map();

export async function as(page, login) {
	const { url, password } = stack();
	if (!cookies.has(login)) {
		const answer = await page.context().request.post(`${url}/api/login`, { data: { login, password } });
		if (!answer.ok())
			throw new Error(`${login} cannot log in: ${answer.status()}`);
		cookies.set(login, await page.context().cookies());
	}
	await page.context().addCookies(cookies.get(login));
}

// What the Python side started: {url, password}
export const stack = () => JSON.parse(process.env.BEDPOST_STACK);
