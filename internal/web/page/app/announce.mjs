// What is said to who does not see the list: now and then a word, never each record.

import { effect } from '../vendor/signals.mjs';
import * as state from './state.mjs';
import { count } from './times.mjs';
import { html, useEffect, useState } from './ui.mjs';

const EVERY = 10_000; // milliseconds

export function Announcer() {
  const [said, setSaid] = useState('');
  useEffect(() => {
    let before = null;
    const sums = () => {
      let records = 0;
      let errors = 0;
      for (const counts of state.loggers.peek().values()) {
        for (const level in counts) records += counts[level];
        errors += (counts.ERROR ?? 0) + (counts.CRITICAL ?? 0);
      }
      return { records, errors };
    };
    const timer = setInterval(() => {
      const now = sums();
      if (before && now.records > before.records) {
        const errors = now.errors - before.errors;
        setSaid(`${count(now.records - before.records)} new records, ${count(Math.max(0, errors))} errors`);
      }
      before = now;
    }, EVERY);
    const stop = effect(() => {
      const h = state.histogram.value;
      if (h && state.ready.value && !state.live.value) setSaid(`${count(h.total)} records`);
    });
    return () => {
      clearInterval(timer);
      stop();
    };
  }, []);
  return html`<div class="sr" role="status" aria-live="polite">${said}</div>`;
}
