// What stands on the shelves, and what it costs from when on.
//
// 1. What is empty, low or misplaced says so in a word.
// 2. A new price holds from a time on; what is in a cart keeps the price of its take. What is shown at a product is
//    the plan's price.

import { make } from './make.js';
import { date, money, plain, refusal, t } from './console-words.js';
import { Away, Refused, get, tell } from './console-shop.js';
import { Table } from './console-table.js';
import { plainly } from './console-visits.js';

const at = (id) => document.getElementById(id);
/** Fewer than this share of what stood there is low; less than half of one is none. */
const LOW = 0.25;
const NONE = 0.5;

/** How it stands with a place. */
function condition({ misplaced, units, planned }) {
  if (misplaced) return 'misplaced';
  if (units < NONE) return 'empty';
  return units < planned * LOW ? 'low' : 'fine';
}

const whole = (units) => (Math.abs(units - Math.round(units)) < 0.05 ? String(Math.max(0, Math.round(units))) : units.toFixed(1));

export class Shelves {
  constructor(house) {
    this.house = house;
    const { products, currency } = house.plan;
    this.digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
    this.prices = new Map(products.map(({ code, price_minor: minor }) => [code, { minor, currency, digits: this.digits }]));
    const price = (row) => this.prices.get(row.product);
    this.table = new Table(at('shelves-table'), {
      name: 'shelves',
      empty: 'no_shelves',
      filter: { title: 'only_bad', test: (row) => condition(row) !== 'fine' },
      columns: [
        { key: 'shelf', title: 'shelf', text: (row) => row.shelf },
        { key: 'product', title: 'product', text: (row) => row.name },
        { key: 'code', title: 'code', text: (row) => row.product },
        { key: 'plates', title: 'plate', text: (row) => row.plates.join(' ') },
        { key: 'standing', title: 'standing', number: true, text: (row) => whole(row.units), sort: (row) => row.units },
        { key: 'planned', title: 'planned', number: true, text: (row) => (row.misplaced ? '' : String(row.planned)), sort: (row) => row.planned },
        { key: 'state', title: 'condition', text: (row) => t(condition(row)), raw: condition, show: (row) => make('span', `tag ${condition(row)}`, t(condition(row))) },
        { key: 'price', title: 'price', number: true, text: (row) => (price(row) ? money(price(row)) : ''), raw: (row) => (price(row) ? plainly(price(row)) : ''), sort: (row) => price(row)?.minor || 0, show: (row) => this.priceButton(row) },
      ],
    });
    at('price-cancel').onclick = () => this.close();
    at('price-form').onsubmit = (event) => {
      event.preventDefault();
      this.setPrice();
    };
  }

  async enter() {
    const { shelves } = await get('shelves');
    this.table.set(shelves.flatMap(({ shelf, stock }) => stock.map((one) => ({ shelf, ...one }))));
  }

  draw() {
    this.table.draw();
    if (this.changing) this.priceOf(this.changing);
  }

  priceButton(row) {
    const price = this.prices.has(row.product) ? money(this.prices.get(row.product)) : '–';
    const button = make('button', 'tap', price);
    button.setAttribute('aria-label', `${price}. ${t('new_price')}: ${row.name}`);
    button.addEventListener('click', () => {
      this.from = button;
      this.priceOf(row);
      at('price-amount').value = '';
      at('price-from').value = '';
      at('price-amount').focus();
    });
    return button;
  }

  priceOf(row) {
    this.changing = row;
    at('price-form').hidden = false;
    at('price-fault').textContent = '';
    at('price-title').textContent = t('price_of', { product: row.name });
    at('price-label').textContent = t('price_in', { currency: this.house.plan.currency });
  }

  close() {
    this.changing = null;
    at('price-form').hidden = true;
    if (this.from?.isConnected) this.from.focus();
  }

  async setPrice() {
    const { product, name } = this.changing;
    const { digits } = this;
    const text = at('price-amount').value.trim().replace(',', '.');
    const [whole, part = ''] = text.split('.');
    if (!/^\d+(\.\d+)?$/.test(text) || part.length > digits || whole.length > 9) {
      at('price-fault').textContent = t('price_bad', { example: plain(149, digits) });
      return;
    }
    const minor = Number(whole + part.padEnd(digits, '0'));
    const from = at('price-from').value ? new Date(at('price-from').value).getTime() * 1000 : 0;
    const { currency } = this.house.plan;
    try {
      const noted = await tell('price', { product, price: { minor, currency }, valid_from_us: from });
      const told = { product: name, price: money({ minor, currency, digits }), time: date(noted.valid_from_us / 1000) };
      at('price-told').textContent = t('price_set', told);
      at('price-told').hidden = false;
      this.close();
    } catch (error) {
      if (error instanceof Refused) at('price-fault').textContent = refusal(error);
      else if (error instanceof Away) at('price-fault').textContent = t('away');
      else throw error;
    }
  }
}
