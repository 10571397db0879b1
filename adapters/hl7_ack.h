/* Acknowledgements of HL7 messages (HL7 v2 chapter 2: MSA, ERR, table 0008, table 0357).
 *
 *     message ─ hl7_ack_of() ─▶ struct hl7_ack ─ hl7_ack_to_line() ─▶ kept until the file is
 * committed │ hl7_ack_from_line() MSH MSA [ERR] ◀─ hl7_ack_write(), with what became of the file
 * ◀─┘
 *
 * AA accepted, AE a record that is bad (or, of a file rejected whole, AR), AR no message that can
 * be read. MSH-15 and MSH-16 both empty: original mode, each message is answered. Else (enhanced
 * mode) the application's answer goes out if MSH-16 asks for it (AL, ER, SU), or else an accept
 * acknowledgement (CA, CE, CR) if MSH-15 does; NE, or nothing, asks for none. One answer at most.
 *
 * Of the message only this is said back: its control id, where it can be no person
 * (hl7_control_id.h; else a keyed tag), version, trigger and processing id, each from a closed
 * list.
 */
#pragma once

#include "adapters/hl7_event.h"

#define HL7_ACK_TEXT_MAX    200
#define HL7_CONTROL_ID_TEXT 200

enum hl7_ack_wish { HL7_ACK_UNSAID, HL7_ACK_ALWAYS, HL7_ACK_NEVER, HL7_ACK_ERROR, HL7_ACK_SUCCESS };
enum hl7_ack_verdict { HL7_ACK_ACCEPTED, HL7_ACK_BAD, HL7_ACK_REFUSED };

struct hl7_ack {
	uint64_t record;
	enum hl7_ack_wish accept, application; /* MSH-15, MSH-16 */
	enum hl7_ack_verdict verdict;
	char control[HL7_CONTROL_ID_TEXT];
	char version[8], trigger[4], processing[2];
	char segment[4]; /* of the error; "": the message as a whole */
	unsigned field, component;
	char reason[32]; /* as in quarantine; "": none */
	char text[HL7_ACK_TEXT_MAX];
};

/* bad: what run_out was told of the message; NULL: it was accepted. false: it has no header that
 * could be answered. */
bool hl7_ack_of(struct hl7_record *x, const struct bad_record *bad, struct hl7_ack *ret);

/* One line, ended by \n. */
void hl7_ack_to_line(const struct hl7_ack *a, struct buf *out);
/* INVALID: it is no such line. */
int hl7_ack_from_line(struct span line, struct hl7_ack *ret, struct err *err);

/* The file of the messages. */
struct hl7_ack_file {
	const char *facility;
	struct digest digest;
	usec_t taken;
	const char *rejected; /* the code of a file that was rejected whole; NULL: it was taken */
};
/* Nothing where the sender wants none. */
void hl7_ack_write(const struct hl7_ack *a, const struct hl7_ack_file *file, struct buf *out);
