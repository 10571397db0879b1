// Bundles src/ into dist/: what the region serves, and nothing else. Run by make; `node build.mjs DIR` writes elsewhere.
//
// Two programs: what the first page needs, compiled whole as it comes, off the page's own thread, for nearly all of it runs at once;
// and the other pages, which the first fetches when it stands. Their names hold what is in them, so that a browser may keep them for ever.

import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformAsync } from "@babel/core";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist");
const libraries = ["preact", "htm", "uplot"];
const wholeAtOnce = "//# allFunctionsCalledOnLoad\n"; // V8's hint; a comment elsewhere

// html`…` becomes calls: nobody's browser reads templates.
const templates = {
	name: "templates",
	setup: ({ onLoad }) => onLoad({ filter: /[\\/]web[\\/]src[\\/].*\.js$/ }, async ({ path }) => ({ contents: (await transformAsync(await readFile(path, "utf8"), {
		filename: path, babelrc: false, configFile: false, compact: false,
		plugins: [["babel-plugin-htm", { tag: "html", pragma: "makeNode", import: { module: "preact", export: "h" }, useNativeSpread: true }]],
	})).code })),
};

const { outputFiles, metafile } = await build({
	absWorkingDir: here,
	entryPoints: { app: "src/main.js", style: "src/style/index.css" },
	outdir: out,
	entryNames: "[name]-[hash]",
	chunkNames: "[name]-[hash]",
	plugins: [templates],
	bundle: true,
	splitting: true,
	format: "esm",
	target: "es2022",
	minify: true,
	charset: "utf8",
	legalComments: "none",
	logLevel: "warning",
	metafile: true,
	write: false,
});

// Which file holds a source. The entry itself only names the file that it shares with the other pages: a browser goes there at once.
const holderOf = (source) => basename(Object.entries(metafile.outputs).find(([, { inputs }]) => inputs[source])[0]);
const program = holderOf("src/main.js"), style = holderOf("src/style/tokens.css");
const needless = Object.entries(metafile.outputs).filter(([path, { entryPoint }]) => entryPoint === "src/main.js" && basename(path) !== program).map(([path]) => basename(path));

await mkdir(out, { recursive: true });
for (const file of await readdir(out))
	await rm(join(out, file));
for (const { path, text } of outputFiles)
	if (!needless.includes(basename(path)))
		await writeFile(join(out, basename(path)), basename(path) === program ? wholeAtOnce + text : text);
await copyFile(join(here, "static", "icon.svg"), join(out, "icon.svg"));
const notices = await Promise.all(libraries.map(async (name) =>
	`${name}\n\n${await readFile(join(here, "node_modules", name, "LICENSE"), "utf8")}`));
await writeFile(join(out, "LICENSES.txt"), `The programs hold these libraries.\n\n${notices.join("\n\n")}\n\nThey hold names and positions of places from GeoNames (www.geonames.org), shortened, under Creative Commons
Attribution 4.0 (creativecommons.org/licenses/by/4.0).\n`);
// Last: make looks at it.
const page = await readFile(join(here, "static", "index.html"), "utf8");
await writeFile(join(out, "index.html"), page.replace("PROGRAM", program).replace("STYLE", style));
