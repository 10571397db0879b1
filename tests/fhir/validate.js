// Reads a FHIR R4 resource and prints, as JSON, what HL7's structure definitions find wrong with it: elements, their order of
// nesting, cardinality, types and required codes. Extensible and preferred code systems only warn, and are left out.
const { readFileSync } = require("node:fs");
const { Fhir } = require("fhir");

const resource = JSON.parse(readFileSync(0, "utf8"));
const { messages } = new Fhir().validate(resource, { errorOnUnexpected: true });
const wrong = messages.filter((m) => m.severity === "error" || m.severity === "fatal");
process.stdout.write(JSON.stringify(wrong.map((m) => `${m.resourceId ?? ""} ${m.location}: ${m.message}`)));
