// Ages grow without any news: what shows one is drawn again every ten seconds, and only that.

import { Topic, useTopics } from "./topic.js";

const tick = new Topic();
setInterval(() => tick.changed(), 10e3);

export const useTick = () => useTopics(tick);
