// Making elements: h("button", {class: "x", onclick: f}, "text", child). Texts are text nodes, so nothing of the data is ever markup.

export function h(name, attributes = {}, ...children) {
	return put(document.createElement(name), attributes, children);
}

function put(element, attributes, children) {
	for (const [key, value] of Object.entries(attributes)) {
		if (key.startsWith("on"))
			element.addEventListener(key.slice(2), value);
		else if (value === true)
			element.setAttribute(key, "");
		else if (value !== false && value !== null && value !== undefined)
			element.setAttribute(key, value);
	}
	element.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
	return element;
}

const svg = "http://www.w3.org/2000/svg";
const shapes = {
	available: "M1.8 3.5v9M1.8 10.5h12.4v2M14.2 10.5V8.8a2 2 0 0 0-2-2H6.5v3.7",
	occupied: "M8 7.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM3 13.8c.4-2.8 2.4-4.2 5-4.2s4.6 1.4 5 4.2",
	reserved: "M4 2h8v12l-4-3-4 3z",
	maintenance: "M10.2 2.2a3.6 3.6 0 0 0-3.4 5L2.4 11.6a1.4 1.4 0 0 0 2 2l4.4-4.4a3.6 3.6 0 0 0 5-4.4L11.6 7 9 6.9 8.9 4.4z",
	good: "M3 8.5l3.2 3.2L13 5",
	warn: "M2 5.2a9 9 0 0 1 12 0M4.4 8.2a5.4 5.4 0 0 1 7.2 0M8 12.2v.1M2.5 13.5l11-11",
	bad: "M8 2.2l6.4 11.2H1.6zM8 6.4v3.2M8 11.6v.1",
	close: "M4 4l8 8M12 4l-8 8",
	back: "M6 3h8v10H6L2 8zM8 6l4 4M12 6l-4 4",
	person: "M8 7.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM3 13.8c.4-2.8 2.4-4.2 5-4.2s4.6 1.4 5 4.2",
};

export function icon(name) {
	const image = document.createElementNS(svg, "svg"), path = document.createElementNS(svg, "path");
	image.setAttribute("viewBox", "0 0 16 16");
	image.setAttribute("class", "icon");
	image.setAttribute("aria-hidden", "true");
	path.setAttribute("d", shapes[name]);
	image.append(path);
	return image;
}
