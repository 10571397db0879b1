// Names in the order of a Norwegian telephone book, whatever the page's language: æ, ø and å after z, aa as å, numbers by their size. By hand, for
// the browser takes ten times as long to fetch its rules as to draw ten rows.

const last = { æ: "{", ä: "{", ø: "|", ö: "|", å: "}", ü: "y" };
const keys = new Map();

// Two names stand as these do.
function keyOf(name) {
	let key = keys.get(name);
	if (key === undefined) {
		key = name.toLowerCase().replace(/aa/g, "å").replace(/[æäøöåü]/g, (c) => last[c]).normalize("NFD").replace(/\p{M}/gu, "").replace(/\d+/g, (n) => n.padStart(12, "0"));
		keys.set(name, key);
	}
	return key;
}

export function compareNames(a, b) {
	const x = keyOf(a), y = keyOf(b);
	return x < y ? -1 : x > y ? 1 : a < b ? -1 : a > b ? 1 : 0;
}
