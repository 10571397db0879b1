/* Exit codes of the command lines. err_exit_code() (base/err.h) gives the
 * same ones for an error. */
#pragma once

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,  /* it did not work, or a check found something */
	EXIT_USAGE = 2,	  /* the command line is wrong */
	EXIT_MISSING = 3, /* no such file, row, facility */
	EXIT_INVALID = 4, /* data or configuration is wrong */
	EXIT_DENIED = 5,
	EXIT_WARN = 6,	 /* bedpost status, doctor: it works, but somebody should look */
	EXIT_AGAIN = 75, /* something is away or busy; the same call may work later (EX_TEMPFAIL) */
};
