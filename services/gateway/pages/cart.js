// The shopper's page: the live cart, then the receipt.
//
// 1. What is shown is live, or says that it is not and of when it is.
// 2. A total that falls says why.
// 3. Who hears the page is told the total once it rests, not each change of everything.

import { money, refusal, speak, t } from './words.js';
import * as shop from './shop.js';
import * as lines from './lines.js';
import * as budget from './budget.js';
import * as receipts from './receipt.js';
import * as disputes from './disputes.js';

const at = (id) => document.getElementById(id);
/** How long the total must rest before it is told. */
const REST_MS = 1500;
/** How often it is asked what became of a dispute, once there is a receipt. */
const LOOK_MS = 5000;
/** What is said of a payment that was declined; the cart goes on. */
const DECLINED = { title: 'declined_title', key: 'declined' };

const shown = { cart: null, why: null, receipt: null, note: null, line: 'calling', heard: 0 };
let telling = 0;
let looking = 0;

function tell(text, afterMs = 0) {
  clearTimeout(telling);
  telling = setTimeout(() => { at('told').textContent = text; }, afterMs);
}

function tellTotal() {
  const { cart } = shown;
  const items = t('items', { n: lines.count(cart) });
  const said = [t('told_total', { total: money(cart.total), items }), at('why').textContent];
  if (cart.budget_state === 'near' || cart.budget_state === 'over') said.push(budget.standing(cart));
  tell(said.filter(Boolean).join(' '), REST_MS);
}

function setLine(state) {
  const changed = shown.line !== state;
  shown.line = state;
  at('line').dataset.state = state;
  at('line-text').textContent = state === 'off' ? '' : t(!navigator.onLine && state === 'again' ? 'offline' : state);
  if (shown.cart) lines.showAge(shown.heard, state === 'live' || state === 'done');
  if (changed && shown.cart && state === 'again') tell(t('again'));
}

function showNote() {
  const note = shown.note || (shown.cart?.payment_declined && !shown.receipt && DECLINED);
  at('note').hidden = !note;
  if (!note) return;
  at('note-title').textContent = t(note.title);
  at('note-text').textContent = note.text || t(note.key);
  at('note-link').hidden = !note.link;
  at('note-link').href = `/pass${location.hash}`;
}

function draw() {
  const { cart, receipt, why } = shown;
  showNote();
  at('cart').hidden = !cart || Boolean(receipt);
  at('receipt').hidden = !receipt;
  const dispute = disputes.place((receipt || cart || { disputes: [] }).disputes);
  if (receipt) receipts.show(receipt, dispute);
  else if (cart) {
    lines.show(cart, why ? lines.fall(why.before, why.cart) : '', dispute);
    budget.show(cart);
  }
  setLine(shown.line);
}

function takeCart(cart) {
  const before = shown.cart;
  // The reason stays until the total moves again: nobody must read in a hurry.
  if (!before || before.total.minor !== cart.total.minor) {
    shown.why = before && cart.total.minor < before.total.minor ? { before, cart } : null;
  }
  shown.cart = cart;
  shown.line = 'live';
  shown.note = null;
  shown.heard = Date.now();
  draw();
  if (!before || before.total.minor !== cart.total.minor || before.budget_state !== cart.budget_state) tellTotal();
}

function takeReceipt(receipt) {
  shown.receipt = receipt;
  shown.note = null;
  shown.line = 'done';
  draw();
  lookAgain();
  tell(`${t('receipt')}: ${money(receipt.total)}`);
}

/** Looks again while a dispute of the receipt is open. */
function lookAgain() {
  clearTimeout(looking);
  if (!shown.receipt?.disputes.some(({ state }) => state === 'open')) return;
  looking = setTimeout(async () => {
    const before = shown.receipt.disputes;
    shown.receipt = (await shop.receipt()) || shown.receipt;
    draw();
    const state = (product) => before.find((one) => one.product === product)?.state;
    const news = shown.receipt.disputes.filter((one) => one.state !== state(one.product));
    if (news.length) tell(news.map((one) => t(`dispute_${one.state}`)).join(' '));
    lookAgain();
  }, LOOK_MS);
}

function takeDispute(dispute) {
  const on = shown.receipt || shown.cart;
  on.disputes = [...on.disputes.filter(({ product }) => product !== dispute.product), dispute];
  tell(t(`dispute_${dispute.state}`));
  lookAgain();
}

async function begin() {
  if (!shop.pass()) {
    shown.note = { title: 'no_pass_title', key: 'no_pass' };
    shown.line = 'off';
    return draw();
  }
  draw();
  await shop.follow({
    cart: takeCart,
    alive() {
      shown.heard = Date.now();
      setLine('live');
    },
    lost: () => setLine('again'),
    async closed(seen) {
      const receipt = await shop.receipt();
      if (receipt) takeReceipt(receipt);
      else if (!seen) {
        shown.note = { title: 'wait_title', key: 'wait', link: true };
        shown.line = 'off';
        draw();
      }
      return Boolean(receipt);
    },
    refused(problem) {
      shown.note = { title: 'bad_pass_title', text: refusal(problem) };
      shown.line = 'off';
      draw();
    },
  });
  if (shown.cart && !shown.receipt && !shown.note) takeReceipt(await shop.receiptWhenThere());
}

speak(draw);
at('home').href = `/${location.hash}`;
budget.change(() => shown.cart);
disputes.listen(draw, takeDispute);
receipts.keep(() => shown.receipt, tell);
addEventListener('hashchange', () => location.reload());
await begin();
