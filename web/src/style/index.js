// The looks, in the order in which they are laid.

import "./tokens.css";
import "./base.css";
import "./shell.css";
import "./search.css";
import "./facility.css";
import "./lists.css";
import "./reports.css";
import "uplot/dist/uPlot.min.css";
import "./print.css";
