#include "tests/bench/bench_load.h"

static const char hl7_yaml[] =
    "adapter: bench-hl7\nformat: hl7\nzone: Europe/London\nevent:\n"
    "  bed_id: 'bed_{PL.1}_{PL.2}_{PL.3}'\n"
    "  ward: {from: '{PL.1}', map: {RenalWard: renal, OtherWard: general}}\n"
    "  care_level: {from: '{PL.1}', map: {RenalWard: intensive}, default: medium}\n"
    "  changed_by: {from: '{EVN-5.1}', prefix: user_}\n";
static const char csv_yaml[] =
    "adapter: bench-csv\nformat: csv\nencoding: utf-8\nzone: Europe/Oslo\ncsv: {delimiter: "
    "';'}\nevent:\n"
    "  bed_id: 'bed_{WARD}_{ROOM}_{BED}'\n"
    "  ward: {from: '{WARD}', map: {D: dementia, R: rehabilitation}}\n"
    "  care_level: {from: '{LEVEL}', map: {1: light, 2: medium, 3: intensive}}\n"
    "  new_status: {from: '{STATUS}', map: {L: available, O: occupied}}\n"
    "  changed_at: {from: '{TIME}', format: '%d.%m.%Y %H:%M'}\n"
    "  changed_by: {from: '{USER}', prefix: user_}\n";
static const char xml_yaml[] =
    "adapter: bench-xml\nformat: xml\nxml: {record: '/e/w/bed'}\nevent:\n"
    "  bed_id: 'bed_{../@code}_{room}_{@id}'\n  ward: {from: '{../@code}', map: {D: dementia}}\n"
    "  new_status: {from: '{status/@code}', map: {L: available, O: occupied}}\n"
    "  changed_at: '{status/@since}'\n  changed_by: {from: '{status/by}', prefix: user_}\n";

/* The segments, fields and lengths of what SimHospital writes (samples/hl7-simhospital): 710 bytes
 * a message. */
static void write_hl7(struct buf *out, long first, long records)
{
	static const char *const triggers[] = {"A01", "A02", "A03", "A08"};

	for (long i = first; i < first + records; i++) {
		const char *trigger = triggers[i % 4];
		char at[32];
		(void)snprintf(at, sizeof(at), "202605%02ld%02ld%02ld%02ld", 1 + i / 86400 % 28,
			       i / 3600 % 24, i / 60 % 60, i % 60);
		buf_addf(out,
			 "MSH|^~\\&|SIMHOSP|SFAC|RAPP|RFAC|%s||ADT^%s|%ld|T|2.3|||AL||44|ASCII\r"
			 "EVN|%s|%s|||C%03ld^Woolfson^Kathleen^^^Dr^^^DRNBR^PRSNL^^^ORGDR|\r",
			 at, trigger, i, trigger, at, i % 50);
		buf_addf(
		    out,
		    "PID|1|%010ld^^^SIMULATOR MRN^MRN|%010ld^^^SIMULATOR MRN^MRN~2478684691^^^"
		    "NHSNBR^NHSNMBR||Esterkin^Somebody %ld^^^Miss^^CURRENT||19890118000000|F|||170 "
		    "Juice Place^^London^^RW21 6KC^GBR^HOME||020 5368 1665^HOME|||||||||R^Other - "
		    "Chinese^^^||||||||\r"
		    "PD1|||FAMILY PRACTICE^^12345|\r",
		    i, i, i % 1000);
		buf_addf(out,
			 "PV1|1|I|%s^MainRoom^Bed %ld^Simulated Hospital^^BED^Main Building^5|28b||"
			 "%s|C006^Woolfson^Kathleen^^^Dr^^^DRNBR^PRSNL^^^ORGDR|||MED|||||||||"
			 "%019ld^^^^visitid||||||||||||||||||||||ARRIVED|||%s||\r",
			 i % 3 ? "RenalWard" : "OtherWard", 1 + i % 40,
			 i % 4 == 1 ? "OtherWard^MainRoom^Bed 51" : "", i % 5000, at);
		if (i % 5 == 0)
			buf_adds(out, "AL1|0|FA|235719002^Food intolerance (disorder)^SNM3^^|MI|"
				      "Diarrhoea|20191222130644\r");
		buf_adds(out, "\n");
	}
}

static void write_csv(struct buf *out, long first, long records)
{
	buf_adds(out, "WARD;ROOM;BED;LEVEL;STATUS;TIME;USER;NAME\r\n");
	for (long i = first; i < first + records; i++)
		buf_addf(out,
			 "%c;%ld;%c;%ld;%c;%02ld.04.2026 %02ld:%02ld;Hansen.%ld;Somebody %ld\r\n",
			 "DR"[i % 2], 100 + i % 40, "ABC"[i % 3], 1 + i % 3, "LO"[i / 40 % 2],
			 1 + i / 14400 % 28, i / 600 % 24, i / 10 % 60, i % 50, i);
}

static void write_xml(struct buf *out, long first, long records)
{
	buf_adds(out, "<e><w code=\"D\">");
	for (long i = first; i < first + records; i++)
		buf_addf(out,
			 "<bed id=\"%ld\"><room>%ld</room><status code=\"%c\" "
			 "since=\"2026-04-%02ldT%02ld:14:22Z\">"
			 "<by>Hansen.%ld</by></status><who>Somebody %ld</who></bed>\n",
			 i % 4, 100 + i % 40, "LO"[i % 2], 1 + i % 28, i % 24, i % 50, i);
	buf_adds(out, "</w></e>");
}

const struct bench_load bench_loads[] = {
    {"hl7", "messages", hl7_yaml, write_hl7},
    {"csv", "rows", csv_yaml, write_csv},
    {"xml", "records", xml_yaml, write_xml},
    {0},
};
