// Counts that are always exact: the server makes them. What it says once a second is added to what it said before,
// and when it falls quiet all is asked for again.

import { ask, total } from './api.mjs';
import * as state from './state.mjs';

const QUIET = 1500; // milliseconds without news until all is asked for again
const AT_LEAST = 10_000; // and at least so often while there is no quiet

export class Counts {
  /** @param {() => Promise<void>} again asks for the histogram of the view again */
  constructor(again) {
    this.again = again;
    this.asked = 0;
    this.last = 0;
  }

  /** Asks for the counts of all loggers. */
  async load() {
    this.asked = performance.now();
    try {
      const answer = await ask('/api/loggers');
      state.loggers.value = new Map(answer.loggers.map((l) => [l.logger, l.counts]));
    } catch {
      // without a store the counts begin with the page
    }
  }

  /** Adds what came since the last word. @param {{loggers: Record<string, Record<string, number>>, total: Record<string, number>}} counts */
  add(counts) {
    const sum = new Map(state.loggers.value);
    for (const logger in counts.loggers) {
      const now = { ...sum.get(logger) };
      for (const level in counts.loggers[logger]) now[level] = (now[level] ?? 0) + counts.loggers[logger][level];
      sum.set(logger, now);
    }
    state.loggers.value = sum;
    const now = performance.now();
    const seconds = Math.min(Math.max((now - this.last) / 1000, 0.5), 1.5);
    this.last = now;
    state.rate.value = Math.round(total(counts.total ?? {}) / seconds);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.settle(), QUIET);
    if (now - this.asked > AT_LEAST) this.load();
    this.refresh();
  }

  settle() {
    state.rate.value = 0;
    this.load();
    this.refresh(true);
  }

  // The histogram costs the server more where a filter is set: it is asked for less often the longer it takes.
  refresh(soon = false) {
    if (this.waiting && !soon) return;
    clearTimeout(this.waiting);
    const took = state.histogram.value?.took ?? 50;
    this.waiting = setTimeout(
      async () => {
        try {
          await this.again();
        } catch {
          // the next one will do
        }
        this.waiting = 0;
      },
      soon ? 100 : Math.max(1000, took * 20),
    );
  }
}
