// Prices from a time on: what is to come, what was, and taking back what is to come.
//
// 1. What a product costs now is the plan's price, or that of the newest change whose time has come.
// 2. Nothing noted is ever removed: a change is taken back by noting that, a moment later, what held before it holds
//    again. Both are then shown as one that was taken back.

import { make } from './make.js';
import { date, money, plain, refusal, t } from './console-words.js';
import { Away, Refused, get, tell } from './console-shop.js';
import { Table } from './console-table.js';
import { plainly } from './console-visits.js';

const at = (id) => document.getElementById(id);
/** How much later than a change it is taken back: the least that there is, in µs. */
const LEAST_US = 1;
/** How far back changes are listed, and before that only what holds since then: thirty days. */
const PAST_MS = 30 * 86_400_000;

/** An amount as it is written, in minor units; null: it is none. */
function minorOf(text, digits) {
  const [whole, part = ''] = text.trim().replace(',', '.').split('.');
  if (!/^\d+(\.\d+)?$/.test(text.trim().replace(',', '.')) || part.length > digits || whole.length > 9) return null;
  return Number(whole + part.padEnd(digits, '0'));
}

export class Prices {
  /** `changed` is called when what things cost has changed. */
  constructor(house, changed) {
    this.house = house;
    this.changed = changed;
    const { products, currency } = house.plan;
    const { maximumFractionDigits: digits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
    Object.assign(this, { currency, digits, changes: [], nowUs: 0 });
    this.planned = new Map(products.map(({ code, price_minor: minor }) => [code, { minor, currency, digits }]));
    this.table = new Table(at('prices-table'), {
      name: 'prices',
      title: 'prices',
      empty: 'no_prices',
      filter: { title: 'only_coming', test: (row) => row.state === 'coming' },
      columns: [
        { key: 'from', title: 'price_since', text: (row) => date(row.from / 1000), raw: (row) => new Date(row.from / 1000).toISOString(), sort: (row) => row.from },
        { key: 'product', title: 'product', text: (row) => row.name },
        { key: 'code', title: 'code', text: (row) => row.product },
        { key: 'price', title: 'price', number: true, text: (row) => money(row.price), raw: (row) => plainly(row.price), sort: (row) => row.price.minor },
        { key: 'before', title: 'price_before', number: true, text: (row) => money(row.before), raw: (row) => plainly(row.before), sort: (row) => row.before.minor },
        { key: 'state', title: 'condition', text: (row) => t(`price_${row.state}`), raw: (row) => row.state, show: (row) => this.standing(row) },
      ],
    });
    at('price-cancel').onclick = () => this.close();
    at('price-form').onsubmit = (event) => {
      event.preventDefault();
      this.set();
    };
  }

  async enter() {
    const { changes, as_of_us: nowUs } = await get('prices', { since_us: (Date.now() - PAST_MS) * 1000 });
    Object.assign(this, { changes, nowUs });
    this.table.set(this.rows());
  }

  draw() {
    this.table.draw();
    if (this.changing) this.open(this.changing, this.from);
  }

  /** What was noted is listed, also while it is still on its way to the ledger. */
  noted(change) {
    const same = (one) => one.product === change.product && one.valid_from_us === change.valid_from_us;
    if (this.changes.some(same)) return;
    this.changes = [...this.changes, change].sort((a, b) => a.valid_from_us - b.valid_from_us);
    this.table.set(this.rows());
  }

  /** What a product costs now; undefined: it is not in the plan. */
  of(product) {
    const held = this.changes.filter((change) => change.product === product && change.valid_from_us <= this.nowUs);
    return held.at(-1)?.price || this.planned.get(product);
  }

  /** The changes, the latest first, each with what held before and how it stands. */
  rows() {
    const last = new Map();
    const rows = [];
    for (const { product, name, price, valid_from_us: from } of this.changes) {
      const known = last.get(product);
      if (known && from - known.from === LEAST_US && price.minor === known.before.minor) {
        known.state = 'withdrawn';
        if (known.was?.state === 'was') known.was.state = 'holds';
        last.set(product, known.was);
        continue;
      }
      if (from <= this.nowUs && known) known.state = 'was';
      const before = known ? known.price : this.planned.get(product) || price;
      const row = { product, name, price, from, before, was: known, state: from > this.nowUs ? 'coming' : 'holds' };
      last.set(product, row);
      rows.push(row);
    }
    return rows.reverse();
  }

  /** How a change stands, and the way to take it back while it is to come. */
  standing(row) {
    const shown = make('span', `tag ${row.state === 'holds' ? 'fine' : row.state}`, t(`price_${row.state}`));
    if (row.state !== 'coming') return shown;
    const both = make('span', 'both');
    const button = make('button', 'tap', t('withdraw'));
    button.setAttribute('aria-label', `${t('withdraw')}: ${row.name}, ${money(row.price)}`);
    button.addEventListener('click', () => this.withdraw(row));
    both.append(shown, ' ', button);
    return both;
  }

  /** A product's price as a button that leads to another. */
  button(row) {
    const price = this.of(row.product) ? money(this.of(row.product)) : '–';
    const button = make('button', 'tap', price);
    button.setAttribute('aria-label', `${price}. ${t('new_price')}: ${row.name}`);
    button.addEventListener('click', () => {
      this.open(row, button);
      at('price-amount').value = '';
      at('price-from').value = '';
      at('price-amount').focus();
    });
    return button;
  }

  open(row, from) {
    Object.assign(this, { changing: row, from });
    at('price-form').hidden = false;
    at('price-fault').textContent = '';
    at('price-title').textContent = t('price_of', { product: row.name });
    at('price-label').textContent = t('price_in', { currency: this.currency });
  }

  close() {
    this.changing = null;
    at('price-form').hidden = true;
    if (this.from?.isConnected) this.from.focus();
  }

  async set() {
    const minor = minorOf(at('price-amount').value, this.digits);
    if (minor === null) {
      at('price-fault').textContent = t('price_bad', { example: plain(149, this.digits) });
      return;
    }
    const from = at('price-from').value ? new Date(at('price-from').value).getTime() * 1000 : 0;
    await this.note(this.changing, minor, from, 'price_set', 'price-fault');
  }

  async withdraw(row) {
    await this.note(row, row.before.minor, row.from + LEAST_US, 'price_kept', 'prices-fault');
  }

  async note({ product, name }, minor, from, says, fault) {
    const price = { minor, currency: this.currency };
    at(fault).textContent = '';
    try {
      const { valid_from_us: noted } = await tell('price', { product, price, valid_from_us: from });
      const shown = { ...price, digits: this.digits };
      await this.enter();
      this.noted({ product, name, price: shown, valid_from_us: noted });
      at('price-told').textContent = t(says, { product: name, price: money(shown), time: date(noted / 1000) });
      at('price-told').hidden = false;
      this.close();
      this.changed();
    } catch (error) {
      if (error instanceof Refused) at(fault).textContent = refusal(error);
      else if (error instanceof Away) at(fault).textContent = t('away');
      else throw error;
    }
  }
}
