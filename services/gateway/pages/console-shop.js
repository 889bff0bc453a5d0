// The console's way to the shop: the operator's token, calls, and the floor as it changes.
//
// 1. The token comes in the address's fragment, which is sent to nobody, or from a field. It is taken out of the
//    address at once, kept for as long as the tab is open, and goes with each call as a header.
// 2. The floor is called again when its line breaks, as a cart is.

import { Away, Refused, SILENT_MS, ask, away, events, longer, pause } from './wire.js';

export { Away, Refused };

const KEPT = 'amble.token';
let shown = '';

/** Takes the token out of the address, or the one that the tab has. */
export function begin() {
  try { shown = sessionStorage.getItem(KEPT) || ''; } catch { /* A browser that keeps nothing asks again. */ }
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) {
    history.replaceState(null, '', '#floor');
    keep(given);
  }
}

/** Shows this token from now on; empty: none. */
export function keep(token) {
  shown = token;
  try {
    if (token) sessionStorage.setItem(KEPT, token);
    else sessionStorage.removeItem(KEPT);
  } catch { /* As above. */ }
}

/** Whether a token is shown. */
export function hasToken() {
  return Boolean(shown);
}

/** Calls the shop; the answer, or Refused, or Away. */
function call(method, path, more) {
  return ask(shown, method, `console/${path}`, more);
}

/** What stands at an address of the API. */
export async function get(path, query = {}) {
  const asked = new URLSearchParams(query).toString();
  const answer = await call('GET', asked ? `${path}?${asked}` : path);
  return JSON.parse(await answer.text().catch(away));
}

/** Tells the shop something, and gives what it says. */
export async function tell(path, body) {
  const answer = await call('POST', path, { body });
  return JSON.parse(await answer.text().catch(away));
}

/** Follows the floor. `on.floor(floor)`: a state; `on.alive()`; `on.lost()`; `on.refused(problem)` ends it. */
export async function follow(on) {
  let failures = 0;
  for (;;) {
    const line = new AbortController();
    let watchdog = 0;
    const sign = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => line.abort(), SILENT_MS);
    };
    sign();
    const cut = () => line.abort();
    addEventListener('offline', cut);
    let wait = 0;
    try {
      const answer = await call('GET', 'floor', { signal: line.signal });
      for await (const event of events(answer.body, sign)) {
        // `again`: this node leaves; the next call finds another.
        if (event.name !== 'floor') continue;
        failures = 0;
        on.floor(JSON.parse(event.data));
      }
    } catch (error) {
      if (error instanceof Refused) {
        if (error.status === 401 || error.status === 403) return on.refused(error);
        wait = error.retryAfterMs;
      } else if (!(error instanceof Away)) {
        throw error;
      }
    } finally {
      clearTimeout(watchdog);
      removeEventListener('offline', cut);
      line.abort();
    }
    on.lost();
    await pause(Math.max(wait, longer(failures)));
    failures += 1;
  }
}
