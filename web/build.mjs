// Bundles src/ into dist/: what the region serves, and nothing else. Run by make; `node build.mjs DIR` writes elsewhere.

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist");
const libraries = ["preact", "htm", "uplot"];

await mkdir(out, { recursive: true });
// The chart is a file of its own: who only looks for a bed never loads it.
await build({
	absWorkingDir: here,
	entryPoints: { app: "src/main.js", chart: "src/facility/chart.js" },
	outdir: out,
	bundle: true,
	format: "esm",
	target: "es2022",
	minify: true,
	charset: "utf8",
	legalComments: "none",
	external: ["./chart.js"],
	logLevel: "warning",
});
for (const file of ["index.html", "early.js", "icon.svg"])
	await copyFile(join(here, "static", file), join(out, file));
const notices = await Promise.all(libraries.map(async (name) =>
	`${name}\n\n${await readFile(join(here, "node_modules", name, "LICENSE"), "utf8")}`));
await writeFile(join(out, "LICENSES.txt"), `app.js and chart.js hold these libraries.\n\n${notices.join("\n\n")}`);
