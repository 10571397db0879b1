// What is administered: a table of lists, their columns and their fields. The region checks every value; what it says of a field is
// shown beside it.

import { named, t } from "../lib/i18n.js";
import { picture } from "../lib/picture.js";
import { may, me } from "../lib/session.js";
import { moment } from "../lib/time.js";

const roles = ["FACILITY_STAFF", "FACILITY_MANAGER", "REGIONAL_COORDINATOR", "SYSTEM_ADMIN"];
const rules = ["low", "critical", "offline", "conflict", "gap", "clock_skew", "digest_mismatch", "feed_silent"];

const choices = (codes, text = (code) => t(code)) => () => codes.map((code) => [code, text(code)]);
const none = () => ["", t("none_chosen")];
const byName = () => [...picture.homes.values()].map((h) => [h.id, h.name]).sort((a, b) => a[1].localeCompare(b[1]));
const homes = () => [none(), ...byName()];
const anyHome = () => [["", t("all")], ...byName()];
const regions = () => [none(), ...new Map([...picture.homes.values()].map((h) => [h.region_id, h.region_name]))];
const homeName = (id) => (id ? picture.homes.get(id)?.name ?? id : null);
const where = (x) => homeName(x.facility_id) ?? x.region_id ?? t("everywhere");

const scope = [
	{ name: "facility_id", text: "facility", kind: "select", options: homes, nullable: true },
	{ name: "region_id", text: "region", kind: "select", options: regions, nullable: true },
];

// An action is sent when it is asked for a second time, where it says so (sure) or wants to know something (asks: a field).
// A column: [text key, value of a thing]. A field: {name (with dots for what lies inside), text, kind, options, on: "add" | "change"}.
export const things = [
	{
		name: "facilities", key: "facilities", text: "a_facilities", one: "a_facility", offered: () => may.administer(), titleOf: (x) => x.name,
		columns: [["facility", (x) => x.name], ["facility_id", (x) => x.id], ["status", (x) => t(x.state === "closed" ? "closed" : x.status)], ["beds", (x) => x.beds], ["last_contact", (x) => moment(x.last_contact_at)]],
		fields: [
			{ name: "id", text: "facility_id", on: "add", required: true, hint: "fac_…" }, { name: "name", text: "facility", required: true },
			{ name: "region_id", text: "region", kind: "select", options: regions, required: true }, { name: "address.text", text: "address" },
			{ name: "latitude", text: "latitude", kind: "number" }, { name: "longitude", text: "longitude", kind: "number" }, { name: "timezone", text: "timezone", fallback: "Europe/Oslo" },
			{ name: "conflict_policy", text: "conflict_policy", kind: "select", options: choices(["hold", "source_wins", "latest_wins"]), fallback: "hold" },
			{ name: "default_care_level", text: "default_care_level", kind: "select", options: choices(["light", "medium", "intensive"], named), fallback: "medium" },
			{ name: "auto_register", text: "auto_register", kind: "check", fallback: true },
		],
		actions: [{ name: "revoke", text: "a_revoke", sure: "a_revoke_sure", offered: (x) => x.state !== "closed" }],
	},
	{
		name: "users", key: "users", text: "a_users", one: "a_user", offered: () => may.administer(), titleOf: (x) => x.name,
		columns: [["name", (x) => x.name], ["user", (x) => x.login], ["role", (x) => t(x.role)], ["scope", (x) => (x.role === "SYSTEM_ADMIN" ? t("everywhere") : where(x))], ["last_login", (x) => moment(x.last_login_at)], ["status", (x) => t(x.disabled ? "disabled" : "active")]],
		fields: [
			{ name: "login", text: "user", on: "add", required: true }, { name: "name", text: "name", required: true },
			{ name: "role", text: "role", kind: "select", options: choices(roles), fallback: "FACILITY_STAFF" }, ...scope,
			{ name: "password", text: "password", kind: "password", on: "add" }, { name: "disabled", text: "disabled", kind: "check", on: "change" },
		],
		actions: [{ name: "password", text: "a_password", sure: "a_password_sure", asks: { name: "password", text: "password_new", kind: "password" }, offered: (x) => !x.disabled }, { name: "logout", text: "a_logout", sure: "a_logout_sure", offered: (x) => x.sessions > 0 }],
	},
	{
		name: "thresholds", key: "thresholds", text: "a_thresholds", one: "a_threshold", offered: () => may.administer(), removable: "a_remove_sure", titleOf: (x) => `${t(`r_${x.rule}`)} · ${where(x)}`,
		columns: [["rule", (x) => t(`r_${x.rule}`)], ["scope", where], ["ward", (x) => (x.ward ? named(x.ward) : t("all"))], ["threshold", (x) => (x.threshold === null ? "–" : `${x.threshold} ${x.unit ? t(`u_${x.unit}`) : ""}`)], ["status", (x) => t(x.enabled ? "on" : "off")], ["who", (x) => x.set_by]],
		fields: [
			{ name: "rule", text: "rule", kind: "select", options: choices(rules, (r) => t(`r_${r}`)), fallback: "low", on: "add" }, ...scope.map((f) => ({ ...f, on: "add" })), { name: "ward", text: "ward", on: "add", hint: "dementia" },
			{ name: "threshold", text: "threshold", kind: "number", nullable: true }, { name: "enabled", text: "alerts_on", kind: "check", fallback: true },
		],
	},
	{
		name: "subscriptions", key: "subscriptions", text: "a_subscriptions", one: "a_subscription", offered: () => may.acknowledge(), removable: "a_remove_sure", titleOf: (x) => x.target,
		columns: [["channel", (x) => t(`c_${x.channel}`)], ["target", (x) => x.target], ["scope", where], ["rule", (x) => (x.rule ? t(`r_${x.rule}`) : t("all"))], ["waiting", (x) => x.waiting], ["last_error", (x) => x.last_error ?? "–"]],
		fields: [
			{ name: "channel", text: "channel", kind: "select", options: choices(["email", "webhook", "push"], (c) => t(`c_${c}`)), fallback: "email", on: "add" }, { name: "target", text: "target", required: true, hint: "vakt@kommune.example" },
			{ name: "secret", text: "secret", kind: "password", help: "secret_help" }, { ...scope[0], fallback: () => me().facility_id ?? "" }, { ...scope[1], fallback: () => me().region_id ?? "" },
			{ name: "rule", text: "rule", kind: "select", options: () => [["", t("all")], ...rules.map((r) => [r, t(`r_${r}`)])], nullable: true }, { name: "language", text: "language", kind: "select", options: () => [["nb", "Norsk"], ["en", "English"]], fallback: "nb" },
		],
		actions: [{ name: "test", text: "a_test", offered: () => true }],
	},
];

export const logs = [
	{
		name: "audit", where: "api/audit", text: "a_audit", offered: () => may.administer(), csv: true,
		filters: [["facility", "facility", anyHome], ["changed_by", "who"], ["outcome", "outcome", () => [["", t("all")], ...["applied", "converged", "late", "conflict"].map((o) => [o, t(`o_${o}`)])]], ["from", "from", "time"], ["to", "to", "time"]],
		columns: [["learned", (r) => moment(r.received_at)], ["when", (r) => moment(r.changed_at)], ["facility", (r) => homeName(r.facility_id)], ["bed", (r) => r.bed_id], ["what", (r) => `${r.held_status ? t(`b_${r.held_status}`) : "–"} → ${t(`b_${r.new_status}`)}`], ["who", (r) => r.changed_by ?? "–"], ["outcome", (r) => t(`o_${r.outcome}`)], ["hash", (r) => r.hash.slice(0, 10)]],
		keyOf: (r) => `${r.facility_id} ${r.n}`,
	},
	{
		name: "access-log", where: "api/admin/access-log", text: "a_access", offered: () => may.administer(),
		filters: [["who", "who"], ["facility", "facility", anyHome], ["denied", "denied_only", () => [["", t("all")], ["true", t("denied_only")]]], ["from", "from", "time"], ["to", "to", "time"]],
		columns: [["when", (r) => moment(r.at)], ["who", (r) => r.who ?? "–"], ["role", (r) => (r.role ? t(r.role) : "–")], ["what", (r) => r.action], ["facility", (r) => homeName(r.facility_id) ?? "–"], ["source", (r) => r.source_ip ?? "–"], ["outcome", (r) => t(r.allowed ? "allowed" : "denied")]],
		keyOf: (r) => r.id,
	},
];
