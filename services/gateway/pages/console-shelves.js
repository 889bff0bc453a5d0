// What stands on the shelves, where that is not what the plan says, and what it costs.
//
// 1. What is empty, low or misplaced says so in a word; what has been otherwise than planned for how long stands in a
//    list of its own.

import { make } from './make.js';
import { date, money, t } from './console-words.js';
import { get } from './console-shop.js';
import { Table } from './console-table.js';
import { plainly } from './console-visits.js';
import { Prices } from './console-prices.js';

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
    this.prices = new Prices(house, () => this.table.draw());
    const price = (row) => this.prices.of(row.product);
    this.table = new Table(at('shelves-table'), {
      name: 'shelves',
      title: 'shelves',
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
        { key: 'price', title: 'price', number: true, text: (row) => (price(row) ? money(price(row)) : ''), raw: (row) => (price(row) ? plainly(price(row)) : ''), sort: (row) => price(row)?.minor || 0, show: (row) => this.prices.button(row) },
      ],
    });
    this.mismatches = new Table(at('mismatches-table'), {
      name: 'mismatches',
      title: 'mismatches',
      empty: 'no_mismatches',
      columns: [
        { key: 'since', title: 'since_when', text: (row) => date(row.since_us / 1000), raw: (row) => new Date(row.since_us / 1000).toISOString(), sort: (row) => row.since_us },
        { key: 'kind', title: 'condition', text: (row) => t(`mismatch_${row.kind}`), raw: (row) => row.kind, show: (row) => make('span', `tag ${row.kind === 'empty' ? 'empty' : 'misplaced'}`, t(`mismatch_${row.kind}`)) },
        { key: 'shelf', title: 'shelf', text: (row) => row.shelf },
        { key: 'plates', title: 'plate', text: (row) => row.plates.join(' ') },
        { key: 'product', title: 'found', text: (row) => row.name },
        { key: 'planned', title: 'wanted', text: (row) => row.planned },
        { key: 'probability', title: 'sure', number: true, text: (row) => `${Math.round(row.probability * 100)} %`, raw: (row) => row.probability.toFixed(3), sort: (row) => row.probability },
      ],
    });
  }

  async enter() {
    const [{ shelves }, { mismatches }] = await Promise.all([get('shelves'), get('mismatches', { size: 1000 }), this.prices.enter()]);
    this.mismatches.set(mismatches);
    this.table.set(shelves.flatMap(({ shelf, stock }) => stock.map((one) => ({ shelf, ...one }))));
  }

  draw() {
    this.table.draw();
    this.mismatches.draw();
    this.prices.draw();
  }
}
