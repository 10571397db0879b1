// Preact with htm: components as tagged templates, no compiler for them and nothing that a strict policy forbids.

import { Component, h, render } from "preact";
import htm from "htm";

export { Component, Fragment, render } from "preact";
export { useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

export const html = htm.bind(h);

const same = (a, b) => {
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
};

// A component that is drawn anew only when one of its properties is another value.
export function still(draw) {
	return class extends Component {
		shouldComponentUpdate(next) {
			return !same(this.props, next);
		}

		render(props) {
			return h(draw, props);
		}
	};
}

export function draw(what, where) {
	render(what, where);
}
