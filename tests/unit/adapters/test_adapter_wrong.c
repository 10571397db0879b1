/* What people get wrong in an adapter, and what they are told: the place, and what is right. A
 * message here should need no manual. */
#include "tests/unit/adapters/harness.h"

#define HEAD  "adapter: a\nformat: csv\n"
#define EVENT "event: {bed_id: '{b}', new_status: '{s}', changed_at: '{t}'}\n"

/* The first problem: line:column: what it begins with. */
static const struct {
	const char *yaml, *first;
} wrong[] = {
    {HEAD "mod: delta\n" EVENT, "3:1: unknown key \"mod\"; did you mean \"mode\"?"},
    {HEAD "delimiter: ';'\n" EVENT, "3:1: unknown key \"delimiter\"; it belongs into csv:"},
    {HEAD "bed_id: '{b}'\n" EVENT, "3:1: unknown key \"bed_id\"; it belongs into event:"},
    {HEAD "csv: {match: '*.csv'}\n" EVENT, "3:7: unknown key \"match\"; the keys here are "},
    {HEAD "csv: {seperator: ';'}\n" EVENT, "3:7: unknown key \"seperator\"; the keys here are "},
    {HEAD "csv: {sep: ';'}\n" EVENT, "3:7: unknown key \"sep\"; the keys here are "},
    {HEAD "csv: ';'\n" EVENT, "3:6: expected keys with values, like {delimiter: ...}"},
    {HEAD "csv: {header: maybe}\n" EVENT, "3:15: header: expected true, false or find"},
    {HEAD "csv: {header: 1}\n" EVENT, "3:15: header: expected true, false or find"},
    {HEAD "csv: {skip_lines: two}\n" EVENT, "3:19: skip_lines: expected a whole number"},
    {HEAD "csv: {skip_lines: -1}\n" EVENT, "3:19: skip_lines: must be between 0 and 100000"},
    {HEAD "csv: {delimiter: [';']}\n" EVENT, "3:18: delimiter: expected one value, not a list"},
    {HEAD "csv: {header: find, delimiter: auto}\n" EVENT, "3:15: header: find wants a delimiter"},
    {HEAD "csv: {header: false, columns: b}\n" EVENT, "3:31: columns: expected a list of names"},
    {HEAD "match: []\n" EVENT,
     "3:8: match: an empty list matches no file; leave it out for every file"},
    {HEAD "match: {a: b}\n" EVENT,
     "3:8: match: expected a glob on the file's name, like \"BEDS_*.csv\""},
    {HEAD "match: '/srv/x/*.csv'\n" EVENT,
     "3:8: match: expected a glob on the file's name, like \"BEDS_*.csv\""},
    {HEAD "event:\n  bed_id: '{b}'\n  new_status: '{s}'\n  changed_at: {from: '{t}', format: "
	  "'dd.mm.yyyy'}\n",
     "6:37: changed_at: format: time format: column 1: neither % directives nor one of rfc3339, "
     "iso8601, hl7, unix, "},
    {HEAD "event:\n  bed_id: '{b}'\n  new_status: '{s}'\n  changed_at: {from: '{t}', format: "
	  "'yyyy-MM-dd HH:mm'}\n",
     "6:37: changed_at: format: time format: column 1: neither % directives nor one of rfc3339, "
     "iso8601, hl7, unix, "},
    {HEAD
     "event:\n  bed_id: '{b}'\n  new_status: {from: '{s}', map: [L, O]}\n  changed_at: '{t}'\n",
     "5:34: new_status: map: expected pairs, {code: meaning, ...}"},
    {HEAD "event:\n  bed_id: '{b}'\n  new_status: {from: '{s}', map: {}}\n  changed_at: '{t}'\n",
     "5:34: new_status: map: has no codes; without a map the value itself is taken"},
    {HEAD "event:\n  bed_id: '{b}'\n  new_status: {map: {L: available}}\n  changed_at: '{t}'\n",
     "5:15: \"from\" is required (a template in quotes, text with fields between braces)"},
    {HEAD "event:\n  bed_id: '{b}'\n  new_status: {from: [], map: {L: available}}\n  changed_at: "
	  "'{t}'\n",
     "5:22: new_status: expected a template in quotes, and the list is empty"},
    {HEAD "event:\n  bed_id: '{b}'\n  new_status: {from: '{s}', maps: {L: available}}\n  "
	  "changed_at: '{t}'\n",
     "5:29: unknown key \"maps\"; did you mean \"map\"?"},
    {HEAD "event:\n  bed_id: '{b}'\n  new_status: {from: '{s}', map: {L: free, O: occupied}}\n  "
	  "changed_at: '{t}'\n",
     "5:38: new_status: \"free\" is not known; did you mean \"available\"?"},
    {HEAD "event:\n  bed_id: ''\n  new_status: '{s}'\n  changed_at: '{t}'\n",
     "4:11: bed_id: reads no field, so every record would be the same bed; a field stands between "
     "braces"},
    {HEAD "event:\n  bed_id: bed_1\n  new_status: '{s}'\n  changed_at: '{t}'\n",
     "4:11: bed_id: reads no field, so every record would be the same bed; a field stands between "
     "braces"},
    {HEAD "event:\n  bed_id: '{b}'\n  new_status: free\n  changed_at: '{t}'\n",
     "5:15: new_status: \"free\" is not known; did you mean \"available\"?"},
    {HEAD "event:\n  bed_id: '{}'\n  new_status: '{s}'\n  changed_at: '{t}'\n",
     "4:13: bed_id: no field between the braces"},
    {HEAD "event:\n  bed_id: '{b'\n  new_status: '{s}'\n  changed_at: '{t}'\n",
     "4:12: bed_id: a { without its }; a literal brace is written {{"},
    {HEAD "event:\n  bed_id: '{b}}'\n  new_status: '{s}'\n  changed_at: '{t}'\n",
     "4:15: bed_id: a } without its {; a literal brace is written }}"},
    {HEAD "event:\n  - bed_id: '{b}'\n", "4:3: event: expected fields, {bed_id: ..., new_status: "
					 "...}; is a colon missing, or a - too many?"},
    {HEAD "event:\n  bed_id: '{b}'\n  bed_id: '{c}'\n  new_status: '{s}'\n  changed_at: '{t}'\n",
     "5:3: key \"bed_id\" stands twice, first in line 4"},
    {HEAD "event:\n\tbed_id: '{b}'\n", "4:1: tab character may not be used as indentation"},
    {HEAD "event:\n  bed_id '{b}'\n", "4:3: event: expected fields, {bed_id: ..., new_status: "
				      "...}; is a colon missing, or a - too many?"},
    {"adapter:a\nformat: csv\n" EVENT, "1:1: invalid multiline plain key; is a space missing "
				       "behind a colon, or the next line indented too far?"},
    {HEAD "event:\n  bed_id: '{b}\n  new_status: '{s}'\n",
     "4:11: wrongly indented single-quoted scalar; a quote without its end?"},
    {HEAD
     "event:\n  bed_id: \"{b}\"\n  patient_ref: '{p}'\n  new_status: '{s}'\n  changed_at: '{t}'\n",
     "5:3: event: unknown field \"patient_ref\"; the fields are bed_id, ward, care_level, "
     "new_status, previous_status,"},
    {HEAD
     "event:\n  bed_id: \"{b}\"\n  new_status: '{s}'\n  changed_at: {from: '{t}', map: {a: b}}\n",
     "6:29: unknown key \"map\"; the keys here are "},
    {HEAD "event:\n  bed_id: \"{b}\"\n  new_status: '{s}'\n  changed_at: '{t}'\n  changed_by: "
	  "{from: '{u}', pseudonym: perhaps}\n",
     "7:40: pseudonym: expected true or false"},
    {HEAD "event:\n  bed_id: \"{b}\"\n  new_status: '{s}'\n  changed_at: '{t}'\n  reason: {from: "
	  "'{u}', map: {X: cleaned}}\n",
     "7:34: reason: \"cleaned\" is not known; it is one of admit, discharge, transfer, preadmit, "
     "pending_admit, pendin"},
    {HEAD "event:\n  bed_id: \"{b}\"\n  new_status: '{s}'\n  changed_at: '{t}'\n  care_level: "
	  "{from: '{u}', map: {1: low}}\n",
     "7:38: care_level: \"low\" is not known; did you mean \"light\"?"},
    {HEAD "ready: {quiet: 2}\n" EVENT,
     "3:16: quiet: expected a duration with its unit: 250ms, 2s, 10m, 1h, 7d"},
    {HEAD "ready: {quite: 2s}\n" EVENT, "3:9: unknown key \"quite\"; did you mean \"quiet\"?"},
    {HEAD "ready: {done_file: 'done'}\n" EVENT,
     "3:20: done_file: expected a name made of {name}, like \"{name}.done\""},
    {HEAD "ready: closed\n" EVENT, "3:8: ready: expected close, rename, {quiet: 2s} or {done_file: "
				   "\"{name}.done\"}; did you mean \"close\"?"},
    {HEAD "ready: [close]\n" EVENT,
     "3:8: ready: expected close, rename, {quiet: 2s} or {done_file: \"{name}.done\"}"},
    {HEAD "max_bad: '150%'\n" EVENT,
     "3:10: max_bad: expected a count, like 10, or a part, like \"5%\""},
    {HEAD "max_bad: -1\n" EVENT,
     "3:10: max_bad: expected a count, like 10, or a part, like \"5%\""},
    {HEAD "zone: CET+1\n" EVENT,
     "3:7: zone: time zone \"CET+1\" is unknown; IANA names look like \"Europe/Oslo\""},
    {HEAD "zone: Oslo\n" EVENT,
     "3:7: zone: time zone \"Oslo\" is unknown; IANA names look like \"Europe/Oslo\""},
    {HEAD "encoding: ansi\n" EVENT,
     "3:11: encoding: \"ansi\" is not known; examples: utf-8, windows-1252, iso-8859-1, utf-16le"},
    {HEAD "facility: nordre\n" EVENT,
     "3:11: facility: expected an identifier that begins with fac_"},
    {HEAD "mode: full\n" EVENT, "3:7: mode: expected one of delta, census"},
    {HEAD "tests: x.csv\n" EVENT, "3:8: tests: expected a list of {input: file, expect: file}"},
    {HEAD "tests: [{input: a, expects: b}]\n" EVENT,
     "3:20: unknown key \"expects\"; did you mean \"expect\"?"},
    {HEAD "allow_empty: sometimes\n" EVENT, "3:14: allow_empty: expected true or false"},
    {"adapter: a\nformat: excel\n" EVENT, "2:9: format: expected one of csv, "},
    {"adapter: a\nformat: hl7v2\n", "2:9: format: expected one of csv, "},
    {"adapter: a\nformat: hl7\nhl7: {triggers: [A01]}\n",
     "3:17: triggers: expected up to 64 pairs, {A04: A01}"},
    {"adapter: a\nformat: hl7\nhl7: {bed_status: {1: free}}\n",
     "3:23: bed_status: expected available, occupied, reserved or maintenance, and behind a / a "
     "reason if there is o"},
    {"adapter: a\nformat: hl7\nhl7: {bed_component: 99}\n",
     "3:22: bed_component: must be between 0 and 11"},
    {"adapter: a\nformat: hl7\nhl7: {ignore_bed: [x]}\n",
     "3:7: unknown key \"ignore_bed\"; did you mean \"ignore_beds\"?"},
    {"adapter: a\nformat: hl7\nevent: {ward: '{PID-5}'}\n",
     "3:17: ward: PID is never read: it is about the patient. MSH, EVN, PV1, PV2, NPU, Z segments "
     "and PL (the bed's "},
    {"adapter: a\nformat: hl7\nevent: {ward: '{PV1.3}', bed_id: '{PL}'}\n",
     "3:36: bed_id: \"PL\" is not a reference to an HL7 field; write PV1-3.1 (segment, field, "
     "component), PV1-3[2].1.1"},
    {"adapter: a\nformat: hl7\nevent: {ward: '{ward}'}\n",
     "3:17: ward: \"ward\" is not a reference to an HL7 field; write PV1-3.1 (segment, field, "
     "component), PV1-3[2].1.1"},
    {"adapter: a\nformat: hl7\nevent: {ward: '{PV1-0}'}\n",
     "3:17: ward: \"PV1-0\" is not a reference to an HL7 field; write PV1-3.1 (segment, field, "
     "component), PV1-3[2].1."},
    {"adapter: a\nformat: hl7\ncsv: {delimiter: ';'}\n", "3:6: csv: is not read with format: hl7"},
    {"adapter: a\nformat: xml\nxml: {records: //Bed}\n" EVENT,
     "3:7: unknown key \"records\"; did you mean \"record\"?"},
    {"adapter: a\nformat: xml\nxml: {record: '/a/'}\n" EVENT,
     "3:15: record: path \"/a/\", character 4: expected a name"},
    {"adapter: a\nformat: xml\nxml: {record: '//x:Bed'}\n" EVENT,
     "3:15: record: path \"//x:Bed\", character 5: the prefix is not in namespaces:"},
    {"adapter: a\nformat: xml\nxml: {record: //Bed, namespaces: [a]}\n" EVENT,
     "3:34: namespaces: expected prefixes, {b: \"urn:...\"}"},
    {"adapter: a\nformat: xml\nxml: {record: //Bed}\nevent: {bed_id: '{a[1]}', new_status: '{s}', "
     "changed_at: '{t}'}\n",
     "4:19: bed_id: path \"a[1]\", character 3: expected [@name], [@name='value'] or, at the end "
     "of record:, [name]"},
    {"adapter: a\nformat: xml\nxml: {record: //Bed}\nevent: {bed_id: '{following-sibling::x}', "
     "new_status: '{s}', changed_at: '{t}'}\n",
     "4:19: bed_id: path \"following-sibling::x\", character 19: the prefix is not in namespaces:"},
    {"adapter: a\nformat: xml\nxml: {record: //Bed}\nevent: {bed_id: '{/Export/Ward}', new_status: "
     "'{s}', changed_at: '{t}'}\n",
     "4:19: bed_id: path \"/Export/Ward\", character 2: a field's path starts at the record; ../ "
     "leads to the elements"},
    {"adapter: a\nformat: xml\nxml: {record: //Bed}\nevent: {bed_id: '{@}', new_status: '{s}', "
     "changed_at: '{t}'}\n",
     "4:19: bed_id: path \"@\", character 2: expected a name"},
};

static void every_wrong_adapter_is_told_where_and_what(_unused_ void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		char *said = problems_of(wrong[i].yaml);
		const char *name = "a.yaml:";
		if (strncmp(said, name, strlen(name)) != 0 ||
		    strncmp(said + strlen(name), wrong[i].first, strlen(wrong[i].first)) != 0)
			fail_msg("%s\nis told\n%s\nand not\n%s", wrong[i].yaml, said,
				 wrong[i].first);
		free(said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_wrong_adapter_is_told_where_and_what),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
