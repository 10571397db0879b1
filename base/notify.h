/* Telling systemd how a service is: the only caller of libsystemd. Without systemd, or not started
 * by it, every function does nothing. */
#pragma once

#include "base/cleanup.h"

void notify_ready(void);    /* the service does its work from here on (Type=notify) */
void notify_stopping(void); /* it was asked to end and is on its way */
void notify_status(const char *format, ...)
    _printf_(1, 2); /* one line, shown by systemctl status */
