/* Who runs the program, for the access log. */
#pragma once

/* "shell:<account>" */
const char *who_acts(void);
