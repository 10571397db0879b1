// What every page must be, whoever looks: free of troubles, of what axe finds, and of sideways scrolling.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// axe runs in a world of its own beside the page, so the page's policy stays as it is.
export async function axeFindsNothing(page, where) {
	const session = await page.context().newCDPSession(page);
	const { frameTree } = await session.send("Page.getFrameTree");
	const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
	await session.send("Runtime.evaluate", { expression: axe, contextId: executionContextId });
	const { result, exceptionDetails } = await session.send("Runtime.evaluate", { contextId: executionContextId, awaitPromise: true, returnByValue: true,
		expression: `axe.run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ["violations"] }).then((r) => r.violations.map((v) => v.id + ": " + v.help + " " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + n.failureSummary.replace(/\\s+/g, " ")).join(" | ")))` });
	await session.detach();
	assert.ok(!exceptionDetails, exceptionDetails?.exception?.description);
	assert.deepEqual(result.value, [], `axe on ${where}`);
}

// What a page shows comes a moment after what it is shown for: the claim is made until it holds.
export async function comes(claim, patience = 60_000) {
	for (const end = Date.now() + patience;;) {
		try {
			return await claim();
		} catch (error) {
			if (Date.now() > end)
				throw error;
		}
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

export async function fitsTheWidth(page, where) {
	const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	assert.ok(over <= 0, `${where} is ${over} px too wide`);
}

// A stranger is told 401, and the browser notes that by itself.
export function hadNoTroubles(page, allowed = /status of 401/) {
	assert.deepEqual(page.troubles.filter((trouble) => !allowed.test(trouble)), []);
}
