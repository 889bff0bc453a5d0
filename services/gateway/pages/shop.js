// The way to the shop: the pass, calls, and the cart's events with all that can happen to them.
//
// 1. The pass is in the address's fragment, which is sent to nobody, and goes with each call as a header.
// 2. A line that is silent for as long as three signs of life, that breaks, or whose network goes, is called
//    again: soon at first, later less often, never in step with other phones.
// 3. A ticket becomes this phone's pass with the first call, and is replaced by it in the address (phone.js).
// 4. Each call says what was seen last, so that the shop sends nothing older.

import { bound, claimsOf, proof } from './phone.js';
import { Away, Refused, SILENT_MS, ask, away, events, longer, pause } from './wire.js';

export { Away, Refused, away };

/** How often a pass that was not scanned yet is asked about. */
const LOOK_MS = 1500;

/** The pass that the page was opened with; empty if there is none. */
export function pass() {
  return new URLSearchParams(location.hash.slice(1)).get('pass') || '';
}

/** What the pass says of itself; null if there is none. */
export function claims() {
  return claimsOf(pass());
}

let binding = null;

/** The pass, which is this phone's own from now on. */
async function own() {
  binding ||= bound(pass());
  try {
    const mine = await binding;
    if (mine !== pass()) {
      const fragment = new URLSearchParams(location.hash.slice(1));
      fragment.set('pass', mine);
      history.replaceState(null, '', `#${fragment}`);
      for (const link of document.querySelectorAll('a[href*="#"]')) link.hash = location.hash;
    }
    return mine;
  } catch (error) {
    // The next call tries it again.
    binding = null;
    throw error;
  }
}

/** What the gate's code shows beside the pass; null when it shows the pass alone. */
export async function gateProof() {
  return proof(await own(), 'gate');
}

async function shown() {
  const mine = await own();
  const signed = await proof(mine, 'call');
  return signed ? `${mine}~${signed}` : mine;
}

/** Calls the shop with the pass; the answer, or Refused, or Away. */
export async function call(method, path, more) {
  try {
    return await ask(await shown(), method, path, more);
  } catch (error) {
    // The answer has told the shop's time: what is signed by that is fresh.
    if (!(error instanceof Refused) || error.reason !== 'PROOF_OLD') throw error;
    return ask(await shown(), method, path, more);
  }
}

/**
 * Follows the visit's cart until it is settled or refused.
 * `on.cart(cart)`: a state. `on.alive()`: nothing has changed since. `on.lost()`: nobody knows. `on.closed(seen)`:
 * there is no such visit, yet or any more, and whether it was seen before; answer true to stop asking.
 * `on.refused(problem)`: the pass is not good.
 */
export async function follow(on) {
  let seen = '';
  let failures = 0;
  for (;;) {
    let wait = 0;
    const line = new AbortController();
    let watchdog = 0;
    let fresh = false;
    const sign = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => line.abort(), SILENT_MS);
      // Before the first cart, the shop may still be catching up with what was seen.
      if (fresh) on.alive();
    };
    watchdog = setTimeout(() => line.abort(), SILENT_MS);
    const cut = () => line.abort();
    addEventListener('offline', cut);
    try {
      const headers = seen ? { 'last-event-id': seen } : {};
      const answer = await call('GET', 'visit/cart', { headers, signal: line.signal });
      for await (const event of events(answer.body, sign)) {
        // `again`: this node leaves; the next call finds another, or this one anew.
        if (event.name !== 'cart') continue;
        failures = 0;
        fresh = true;
        const cart = JSON.parse(event.data);
        seen = event.id;
        on.cart(cart);
        if (cart.state === 'settled') return;
      }
    } catch (error) {
      if (error instanceof Refused) {
        if (error.status === 401 || error.status === 403) return on.refused(error);
        if (error.status === 404) {
          // Not yet; or over, while nobody looked; or a shop that begins anew and does not know it yet.
          if (await on.closed(Boolean(seen))) return;
          if (!seen) wait = LOOK_MS;
        }
        wait = Math.max(wait, error.retryAfterMs);
      } else if (!(error instanceof Away)) {
        throw error;
      }
    } finally {
      clearTimeout(watchdog);
      removeEventListener('offline', cut);
      line.abort();
    }
    if (seen || !wait) on.lost();
    await pause(Math.max(wait, longer(failures)));
    failures = wait ? 0 : failures + 1;
  }
}

/** The receipt; null while there is none, or nobody who has it. */
export async function receipt() {
  try {
    const text = await (await call('GET', 'visit/receipt')).text().catch(away);
    return JSON.parse(text);
  } catch (error) {
    const later = error instanceof Away || (error instanceof Refused && (error.status === 404 || error.status >= 429));
    if (later) return null;
    throw error;
  }
}

/** The receipt of a visit that is settled: asked for until it is there. */
export async function receiptWhenThere() {
  for (let failures = 0; ; failures += 1) {
    const found = await receipt();
    if (found) return found;
    await pause(longer(failures));
  }
}
