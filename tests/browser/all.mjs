// Every test in one process, and so in one browser with one log-in of everybody.

import "./course.test.mjs";
import "./find.test.mjs";
import "./staff.test.mjs";
import "./manager.test.mjs";
import "./admin.test.mjs";
import "./reports.test.mjs";
import "./pages.test.mjs";
