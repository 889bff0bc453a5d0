// A cart's lines and its total, and why the total fell.

import { make } from './make.js';
import { clock, list, money, rate, t } from './words.js';

export { make };

const at = (id) => document.getElementById(id);
/** Below this probability a line is shown as not quite sure. */
const SURE = 0.9;

function mark(key, sign) {
  const made = make('span', 'mark');
  const shape = make('span', 'sign', sign);
  shape.setAttribute('aria-hidden', 'true');
  made.append(shape, t(key));
  return made;
}

function marks(line) {
  const said = [];
  if (line.open) said.push(['open', '…']);
  else if (line.probability < SURE) said.push(['unsure', '?']);
  if (line.unwritten) said.push(['unwritten', '↻']);
  return said.map(([key, sign]) => mark(key, sign));
}

/** Fills a list anew; who was at a button of a line is there again. */
export function fill(list, entries) {
  const at = document.activeElement;
  const product = list.contains(at) ? at.dataset.product : '';
  list.replaceChildren(...entries);
  if (product) list.querySelector(`button[data-product="${CSS.escape(product)}"]`)?.focus();
}

/** What may become a line, as a list's entry: it has neither count nor amount. */
function pending({ product, name }) {
  const made = make('li', 'entry in-doubt pending');
  made.dataset.product = product;
  const what = make('div', 'what');
  what.append(make('p', 'name', name), mark('open', '…'));
  made.append(make('p', 'count'), what, make('p', 'amount'));
  return made;
}

/** A line as a list's entry; `dispute`: what stands on it about that. */
export function entry(line, dispute) {
  const made = make('li', 'entry');
  made.dataset.product = line.product;
  const name = make('p', 'name', line.name);
  const price = make('p', 'quiet', t('each', { price: money(line.unit_price) }));
  const said = marks(line);
  if (said.length) made.classList.add('in-doubt');
  const what = make('div', 'what');
  what.append(name, price, ...said, dispute);
  if (dispute.classList.length > 1) made.classList.add('disputed');
  const count = make('p', 'count', `${line.quantity} ×`);
  made.append(count, what, make('p', 'amount', money(line.amount)));
  return made;
}

function byProduct(cart) {
  const counts = new Map();
  for (const line of cart.lines) {
    const { name, quantity } = counts.get(line.product) || { name: line.name, quantity: 0 };
    counts.set(line.product, { name, quantity: quantity + line.quantity });
  }
  return counts;
}

/** Why the total is lower than before, in the reader's words; empty if it is not. */
export function fall(before, cart) {
  if (!before || cart.total.minor >= before.total.minor) return '';
  const by = money({ ...cart.total, minor: before.total.minor - cart.total.minor });
  return `${t('fell', { by })} ${cause(before, cart)}`;
}

function cause(before, cart) {
  const { reason, name } = cart.fall || {};
  if (reason === 'put_back' || reason === 'revised') return t(reason, { name });
  // States in between may have been missed, and their reasons with them: the lines tell.
  const now = byProduct(cart);
  const less = [...byProduct(before)].filter(([product, { quantity }]) => (now.get(product)?.quantity || 0) < quantity);
  return less.length ? t('fell_lines', { names: list(less.map(([, { name: lost }]) => lost)) }) : t('fell_restart');
}

/** How many things are in it. */
export function count(cart) {
  return cart.lines.reduce((sum, line) => sum + line.quantity, 0);
}

/** Shows a cart; `dispute` makes what stands on a line about that. */
export function show(cart, why, dispute) {
  at('total').textContent = money(cart.total);
  at('total').dataset.changeUs = cart.newest_change_us;
  at('taxes').replaceChildren(...cart.taxes.map((tax) => make('li', '', t('tax', {
    rate: rate(tax.rate_basis_points), net: money(tax.net), tax: money(tax.amount),
  }))));
  fill(at('lines'), [...cart.lines.map((line) => entry(line, dispute(line))), ...cart.pending.map(pending)]);
  at('empty').hidden = cart.lines.length + cart.pending.length > 0;
  at('why').textContent = why;
  at('why').hidden = !why;
  at('stage').textContent = t(`stage_${cart.state}`);
  at('stage').hidden = !at('stage').textContent;
}

/** Shows of when it is. */
export function showAge(ms, live) {
  at('as-of').textContent = t(live ? 'as_of' : 'stale', { time: clock(ms) });
  at('sum').classList.toggle('old', !live);
}
