// The page that shows a pass, until the gate has read it: then the cart takes its place.
//
// The code of a pass that belongs to this phone is made anew every few seconds; one that can't be is not shown, for
// the gate would refuse it.

import { refusal, speak, t } from './words.js';
import { ROTATE_MS, STALE_MS } from './phone.js';
import { Away, Refused, away, call, claims, follow, gateProof, pass } from './shop.js';

const at = (id) => document.getElementById(id);
const pair = (n) => String(n).padStart(2, '0');
let problem = null;
/** When the code was made, if it ages; whether the shop can't be reached for a new one. */
let madeMs = 0;
let alone = false;

function leftMs(says) {
  return says.exp * 1000 - Date.now();
}

function draw() {
  const says = claims();
  if (!pass() || !says) {
    at('pass-text').textContent = problem ? refusal(problem) : t('no_pass');
    return;
  }
  const left = leftMs(says);
  const good = left > 0 && !problem;
  const stale = madeMs > 0 && Date.now() - madeMs > STALE_MS;
  let say = 'ended';
  if (good) say = stale && alone ? 'pass_alone' : 'pass_scan';
  at('pass-text').textContent = problem ? refusal(problem) : t(say);
  at('pass-live').hidden = !good || !madeMs || stale;
  at('party').textContent = t('party', { n: says.party || 1 });
  const seconds = Math.max(0, Math.ceil(left / 1000));
  at('valid').textContent = good ? t('valid', { time: `${Math.floor(seconds / 60)}:${pair(seconds % 60)}` }) : '';
  at('code').hidden = !good || stale || !at('code-image').src;
}

/** A screen that goes dark can't be read at the gate. */
async function stayAwake() {
  try {
    await navigator.wakeLock?.request('screen');
  } catch (error) {
    // A phone that is low on power may refuse.
    console.info(`the screen may go dark: ${error.message}`);
  }
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks for a code; whether it will age. */
async function drawOnce() {
  const signed = await gateProof();
  const signedMs = Date.now();
  const image = await (await call('POST', 'qr', signed ? { body: { proof: signed } } : {})).blob().catch(away);
  URL.revokeObjectURL(at('code-image').src);
  at('code-image').src = URL.createObjectURL(image);
  madeMs = signed ? signedMs : 0;
  return Boolean(signed);
}

/** Asks for the code until it is there, and for a new one as it ages. */
async function drawCode() {
  for (;;) {
    try {
      const ages = await drawOnce();
      alone = false;
      draw();
      if (!ages) return;
      await wait(ROTATE_MS);
    } catch (error) {
      if (error instanceof Refused && error.status < 429) {
        problem = error;
        draw();
        return;
      }
      if (!(error instanceof Away) && !(error instanceof Refused)) throw error;
      alone = true;
      draw();
      await wait(1000);
    }
  }
}

async function begin() {
  draw();
  if (!pass()) return;
  at('to-cart').href = `/${location.hash}`;
  at('to-cart').hidden = false;
  setInterval(draw, 1000);
  await stayAwake();
  // Both go on side by side: a code that ages is made anew until the cart is there.
  await Promise.all([drawCode(), followCart()]);
}

function followCart() {
  return follow({
    cart: () => location.replace(`/${location.hash}`),
    alive() {},
    lost() {},
    closed: () => false,
    refused(error) {
      problem = error;
      draw();
    },
  });
}

speak(draw);
at('home').href = `/${location.hash}`;
addEventListener('hashchange', () => location.reload());
await begin();
