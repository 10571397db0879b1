/* One maker per format (inside reports/; others use writer.h). The writer is on the heap. */
#pragma once

#include "reports/writer.h"

struct writer *write_csv_new(void);
struct writer *write_json_new(void);
struct writer *write_xml_new(void);
struct writer *write_xlsx_new(void);
struct writer *write_html_new(void);
struct writer *write_pdf_new(void);
