// Every page but the first, in one file that is fetched when the first stands. It says that it needs main.js, so that what both hold lies in the
// file that is there already, and in no third (build.mjs).

import "../main.js";
import { addPlaces } from "../search/places.js";
import { norway } from "../search/places_norway.js";

addPlaces(norway);

export { Password } from "../account/password.js";
export { Admin } from "../admin/admin.js";
export { Alerts } from "../alerts/alerts.js";
export { Conflicts } from "../conflicts/conflicts.js";
export { Facility } from "../facility/facility.js";
export { Reports } from "../reports/reports.js";
