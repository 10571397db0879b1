// Reads a file of HL7 messages with simple-hl7 and prints how many a second it parses: parsed, not mapped to events.
import fs from "node:fs";
import hl7 from "simple-hl7";

const [path, limit] = process.argv.slice(2);
const messages = fs.readFileSync(path, "utf8").split(/\n(?=MSH)/).map(m => m.trim()).slice(0, Number(limit));
const parser = new hl7.Parser();
const began = performance.now(), spent = process.cpuUsage();
for (const message of messages) {
    if (!parser.parse(message).getSegment("PV1").getComponent(3, 1)) {
        throw new Error("a message without its ward");
    }
}
const wall = (performance.now() - began) / 1000, use = process.cpuUsage(spent), cpu = (use.user + use.system) / 1e6;
console.log(messages.length, messages.reduce((sum, m) => sum + m.length, 0), cpu, wall);
