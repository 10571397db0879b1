#include "regional/ingest/refusal.h"

const struct refusal refusal_wrong_facility = {403, "wrong-facility",
					       "who sent the batch is not the batch's facility"};

struct refusal refusal_of_bad_batch(const struct err *err)
{
	if (err->code == ERR_LIMIT)
		return (struct refusal){413, "too-large", err->message};
	return (struct refusal){400, "bad-batch", err->message};
}

struct refusal refusal_of_verdict(enum merge_verdict verdict)
{
	switch (verdict) {
	case MERGE_UNKNOWN:
		return (struct refusal){
		    403, "unknown-facility",
		    "this home is not registered at the region, or was closed there"};
	case MERGE_CERTIFICATE:
		return (struct refusal){403, "certificate-revoked",
					"this certificate was revoked at the region; install the "
					"home's new enrolment file"};
	case MERGE_EPOCH:
		return (struct refusal){409, "epoch",
					"the region holds other events, or later ones, under this "
					"epoch; begin a new epoch"};
	case MERGE_AWAY:
		return (struct refusal){503, "away",
					"the region cannot take batches in now; send it again"};
	case MERGE_TAKEN:
	case MERGE_FAILED: break;
	}
	return (struct refusal){500, "failed",
				"the region could not take this batch in; its log says why"};
}
