// A bed as people call it.

import { t } from "../lib/i18n.js";

export const bedName = (bed) => (bed.room_number ? t("room", { room: bed.room_number }) : bed.id.replace(/^bed_/, "").replace(/[_.]+/g, " "));

// The same where it stands alone, as a heading: a bare number would say nothing.
export const bedTitle = (bed) => (/^\d/.test(bedName(bed)) ? `${t("bed")} ${bedName(bed)}` : bedName(bed));
