// The phone that a pass belongs to: the key that it made, and what it signs with it.
//
// 1. The key is made here, can't be taken out of the browser, and is kept for as long as the visit may be looked at.
// 2. A ticket becomes this phone's pass once; the address then has the pass in the ticket's place.
// 3. What is shown of such a pass is signed just now, by the shop's clock, for one purpose only.
// 4. A pass that belongs to no phone is shown as it is.

import { Refused, ask, away, shopsNow } from './wire.js';

/** How often the gate's code is made anew; the shop takes none that is older than ten seconds. */
export const ROTATE_MS = 4000;
/** How old a code may get before it is shown no more. */
export const STALE_MS = 9000;
const KEPT_MS = 31 * 24 * 3600 * 1000;
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' };
const made = new Map();

const inBase64url = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const inJson = (what) => inBase64url(new TextEncoder().encode(JSON.stringify(what)));

/** What only this page knows; worded like the shop's own refusals. */
function refuse(reason, detail) {
  throw new Refused({ reason, detail, status: 403, retry_after_ms: 0 });
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The keys that this browser keeps, by visit. */
async function kept(mode) {
  const opening = indexedDB.open('amble-phone', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
  return (await done(opening)).transaction('keys', mode).objectStore('keys');
}

async function find(visit) {
  if (!made.has(visit)) {
    const found = await done((await kept('readonly')).get(visit));
    if (found) made.set(visit, found);
  }
  return made.get(visit);
}

async function keep(visit, entry) {
  const keys = await kept('readwrite');
  const old = keys.openCursor();
  old.onsuccess = () => {
    if (!old.result) return;
    if (Date.now() - old.result.value.madeMs > KEPT_MS) old.result.delete();
    old.result.continue();
  };
  await done(keys.put(entry, visit));
  made.set(visit, entry);
}

/** The key for a visit: the one that is kept, or a new one that is kept from now on. */
async function entryFor(visit) {
  if (!crypto.subtle) refuse('NO_KEY', 'this page must be opened over https to hold a pass');
  try {
    const found = await find(visit);
    if (found) return found;
    const pair = await crypto.subtle.generateKey(CURVE, false, ['sign', 'verify']);
    const entry = { pair, pass: '', madeMs: Date.now() };
    await keep(visit, entry);
    return entry;
  } catch (error) {
    return refuse('NO_KEY', `this browser keeps no key for a pass: ${error.message}`);
  }
}

/** What a pass says of itself; null if it is none. The shop alone knows whether it is true. */
export function claimsOf(pass) {
  try {
    const part = pass.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    return JSON.parse(atob(part));
  } catch {
    return null;
  }
}

/** The pass of this phone that a ticket becomes, or became (rule 2); any other pass as it is. */
export async function bound(pass) {
  const says = claimsOf(pass);
  if (!says?.bind || says.cnf) return pass;
  const entry = await entryFor(says.jti);
  // A new ticket for the same visit counts for longer.
  if (claimsOf(entry.pass)?.exp >= says.exp) return entry.pass;
  const { x, y } = await crypto.subtle.exportKey('jwk', entry.pair.publicKey);
  const answer = await ask(pass, 'POST', 'pass/bind', { body: { key: { x, y } } });
  entry.pass = JSON.parse(await answer.text().catch(away)).pass;
  await keep(says.jti, entry);
  return entry.pass;
}

/** What the phone signs for `purpose`, `gate` or `call` (rule 3); null for a pass of no phone. */
export async function proof(pass, purpose) {
  const says = claimsOf(pass);
  if (!says?.cnf) return null;
  const pair = crypto.subtle && (await find(says.jti).catch(() => null))?.pair;
  if (!pair) refuse('OTHER_PHONE', 'this pass belongs to another phone or browser');
  const head = inJson({ typ: 'amble-proof+jwt', alg: 'ES256' });
  const text = `${head}.${inJson({ jti: says.jti, aud: purpose, iat: Math.floor(shopsNow() / 1000) })}`;
  const signed = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, new TextEncoder().encode(text));
  return `${text}.${inBase64url(new Uint8Array(signed))}`;
}
