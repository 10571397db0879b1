// Places on the ground.

const radians = Math.PI / 180;

// Kilometres over the ground.
export function distance(a, b) {
	const dLat = (b.lat - a.lat) * radians, dLon = (b.lon - a.lon) * radians;
	const s = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * Math.sin(dLon / 2) ** 2;
	return 12742 * Math.asin(Math.min(1, Math.sqrt(s)));
}

export const placeOf = (home) => (home && home.latitude !== null && home.longitude !== null ? { lat: home.latitude, lon: home.longitude } : null);

// "59.93,10.71" as a place, or null
export function parsePoint(text) {
	const m = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(text);
	const at = m && { lat: Number(m[1]), lon: Number(m[2]) };
	return at && Math.abs(at.lat) <= 90 && Math.abs(at.lon) <= 180 ? at : null;
}
