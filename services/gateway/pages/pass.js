// The page that shows a pass, until the gate has read it: then the cart takes its place.

import { refusal, speak, t } from './words.js';
import { Away, Refused, away, call, claims, follow, pass } from './shop.js';

const at = (id) => document.getElementById(id);
const pair = (n) => String(n).padStart(2, '0');
let problem = null;

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
  at('pass-text').textContent = problem ? refusal(problem) : t(good ? 'pass_scan' : 'ended');
  at('party').textContent = t('party', { n: says.party || 1 });
  const seconds = Math.max(0, Math.ceil(left / 1000));
  at('valid').textContent = good ? t('valid', { time: `${Math.floor(seconds / 60)}:${pair(seconds % 60)}` }) : '';
  at('code').hidden = !good || !at('code-image').src;
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

/** Asks for the code until it is there. */
async function drawCode() {
  for (;;) {
    try {
      const image = await (await call('POST', 'qr')).blob().catch(away);
      at('code-image').src = URL.createObjectURL(image);
      return;
    } catch (error) {
      if (error instanceof Refused && error.status < 429) {
        problem = error;
        return;
      }
      if (!(error instanceof Away) && !(error instanceof Refused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
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
  await drawCode();
  draw();
  if (problem) return;
  await follow({
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
