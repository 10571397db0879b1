/* A chart of days, drawn on any canvas. Its box is CHART_WIDTH by CHART_HEIGHT; its title is not
 * part of it. Days on which nothing is known are gaps. */
#pragma once

#include "reports/canvas.h"
#include "reports/model.h"

#define CHART_WIDTH  500.0
#define CHART_HEIGHT 200.0

void chart_draw(const struct chart *c, enum lang lang, struct canvas *canvas);
