// What somebody asks of a report, as the page's address has it and as the region reads it. No DOM, no clock: `today` is a day.

export const spans = ["days30", "days7", "month", "last_month", "own"];
const daysMax = 3700; // as the region has it (reports/period.h)

const dayAfter = (day, n = 1) => {
	const at = new Date(`${day}T12:00:00Z`);
	at.setUTCDate(at.getUTCDate() + n);
	return at.toISOString().slice(0, 10);
};

const lastMonth = (today) => dayAfter(`${today.slice(0, 7)}-01`, -1).slice(0, 7);

export const spanOf = (query) => (spans.includes(query.span) ? query.span : "days30");

function period(query, today) {
	switch (spanOf(query)) {
	case "days7": return { from: dayAfter(today, -6) };
	case "month": return { month: today.slice(0, 7) };
	case "last_month": return { month: lastMonth(today) };
	case "own": return { from: query.from, to: query.to && dayAfter(query.to) }; // people name the last day, the region the one after it
	default: return {};
	}
}

// The text key of what is wrong with the question, or null.
export function faultOf(report, query) {
	if (report.needs.includes("facility") && !query.facility)
		return "rep_needs_home";
	if (!report.takes.includes("from") || spanOf(query) !== "own")
		return null;
	if (!query.from || !query.to)
		return "rep_needs_days";
	const days = (Date.parse(query.to) - Date.parse(query.from)) / 864e5 + 1;
	return days < 1 ? "rep_days_turned" : days > daysMax ? "rep_too_long" : null;
}

// The parameters that this report takes.
export function toApi(report, query, today, lang) {
	const all = { ...period(query, today), facility: query.facility, region: query.facility ? "" : query.region, bed: query.bed, ward: query.ward, known_at: query.known_at, lang };
	return Object.fromEntries(Object.entries(all).filter(([name, value]) => value && report.takes.includes(name)));
}

const problems = { "bad-question": "rep_too_long", "took-too-long": "rep_took_too_long", busy: "busy", closing: "away", "report-failed": "rep_failed", "bad-parameter": "rep_bad_parameter" };

// What the region says of a report that it did not make, as a text key.
export function whyKey(answer) {
	const code = answer.problem?.type?.split(":").pop();
	if (problems[code])
		return problems[code];
	return answer.status === 0 ? "unreachable" : answer.status === 403 ? "forbidden" : answer.status === 404 ? "not_found" : answer.status === 429 ? "rep_yours_busy" : answer.status === 503 ? "away" : "failed";
}
