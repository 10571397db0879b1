/* HL7 v2 in its XML encoding (v2.xml) → the same messages in pipes, one by one, so that what a
 * message means is read in one place only.
 *
 *     <ADT_A01 xmlns="urn:hl7-org:v2xml">            MSH|^~\&|EHR|…
 *       <MSH><MSH.3><HD.1>EHR</HD.1></MSH.3>…        PV1||I|W^1^B
 *       <PV1><PV1.2>I</PV1.2><PV1.3><PL.1>W</PL.1>…
 *
 * A message is the element around an MSH, whatever it is called and wherever it stands: alone, in
 * a batch, in a SOAP body, one document behind the other. Groups are looked through. Of an
 * element's name only the number counts (PL.1, PV1.3.1), so that the XML that Mirth makes of HL7
 * is read too. Names are in the namespace urn:hl7-org:v2xml or in none. */
#pragma once

#include "adapters/adapter.h"
#include "adapters/hl7_envelope.h"

struct hl7_xml;

struct hl7_xml *hl7_xml_new(const struct hl7_item_sink *sink);
void hl7_xml_free(struct hl7_xml *x);
DEFINE_CLEANUP(struct hl7_xml *, hl7_xml_free)
/* UTF-8. < 0 with line and column where it is no XML, or as the sink says. */
int hl7_xml_feed(struct hl7_xml *x, struct span text, bool last, struct err *err);
/* Messages so far. */
uint64_t hl7_xml_messages(const struct hl7_xml *x);
