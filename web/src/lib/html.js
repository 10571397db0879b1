// Preact with htm: components as tagged templates, which build.mjs turns into calls. Nothing here is what a strict policy forbids.

import { h, render } from "preact";
import htm from "htm";

export { Fragment, render } from "preact";
export { useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

export const html = /* @__PURE__ */ htm.bind(h);

const same = (a, b) => {
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
};

function isOther(next) {
	return !same(this.props, next);
}

// A component that is drawn anew only when one of its properties is another value, or when it says so itself. Preact calls it on the instance:
// an own class around it would be a second component in every place.
export const still = (draw) => function Still(props) {
	this.shouldComponentUpdate ??= isOther;
	return draw(props);
};

export function draw(what, where) {
	render(what, where);
}
