// What was sold today: the sums, a plot by the hour, and the products.

import { clock, list, money, t } from './console-words.js';
import { get } from './console-shop.js';
import { Table } from './console-table.js';
import { figure, shape } from './console-floor.js';
import { plainly } from './console-visits.js';

const at = (id) => document.getElementById(id);
const HOUR_US = 3_600_000_000;
/** The plot, in its own units. */
const [WIDTH, HEIGHT, LEFT, FOOT, HEAD] = [960, 300, 76, 30, 14];

/** A round number that is not less. */
function ceiling(value) {
  const size = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 2.5, 5, 10].map((step) => step * size).find((step) => step >= value);
}

export class Sales {
  constructor(house) {
    this.house = house;
    this.sales = null;
    this.table = new Table(at('sales-table'), {
      name: 'sales',
      empty: 'no_sales',
      columns: [
        { key: 'product', title: 'product', text: (row) => row.name },
        { key: 'code', title: 'code', text: (row) => row.product },
        { key: 'sold', title: 'sold', number: true, text: (row) => String(row.quantity), sort: (row) => row.quantity },
        { key: 'total', title: 'total', number: true, text: (row) => money(row.amount), raw: (row) => plainly(row.amount), sort: (row) => row.amount.minor },
      ],
    });
  }

  async enter() {
    // The shop's own day, which in a shop in event time is not the clock's.
    const now = this.house.floor()?.decided_until_us || Date.now() * 1000;
    const midnight = new Date(now / 1000);
    midnight.setHours(0, 0, 0, 0);
    this.from = midnight.getTime() * 1000;
    this.sales = await get('sales', { from_us: this.from, part_us: HOUR_US });
    this.table.set(this.sales.products);
    this.draw();
  }

  draw() {
    this.table.draw();
    const { sales } = this;
    if (!sales) return;
    const mean = { ...sales.total, minor: sales.receipts ? Math.round(sales.total.minor / sales.receipts) : 0 };
    const rows = [['total', money(sales.total)], ['receipts', `${sales.receipts}`], ['average', money(mean)]];
    at('sales-figures').replaceChildren(...rows.map(([key, value]) => figure(t(key), value)));
    if (sales.cut) at('sales-figures').append(figure(t('sales_cut'), ''));
    this.plot();
  }

  plot() {
    const { sales, from } = this;
    const svg = at('plot');
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    const top = ceiling(Math.max(...sales.parts.map((part) => part.total_minor), 1));
    const step = (WIDTH - LEFT) / 24;
    const y = (minor) => HEIGHT - FOOT - (minor / top) * (HEIGHT - FOOT - HEAD);
    const drawn = [];
    for (const share of [0, 0.5, 1]) {
      const minor = Math.round(top * share);
      const label = shape('text', { x: LEFT - 8, y: y(minor) + 4, 'text-anchor': 'end' });
      label.textContent = money({ ...sales.total, minor });
      drawn.push(shape('line', { class: 'rule', x1: LEFT, x2: WIDTH, y1: y(minor), y2: y(minor) }), label);
    }
    for (let hour = 0; hour < 24; hour += 3) {
      const label = shape('text', { x: LEFT + (hour + 0.5) * step, y: HEIGHT - 8, 'text-anchor': 'middle' });
      label.textContent = String(hour).padStart(2, '0');
      drawn.push(label);
    }
    const told = [];
    for (const part of sales.parts) {
      const hour = Math.floor((part.from_us - from) / HOUR_US);
      const height = Math.max(1, y(0) - y(part.total_minor));
      const bar = shape('rect', { class: 'bar-of', x: LEFT + hour * step + 3, y: y(0) - height, width: step - 6, height, rx: 3 });
      const says = `${clock(part.from_us / 1000)}: ${money({ ...sales.total, minor: part.total_minor })}`;
      const title = shape('title', {});
      title.textContent = says;
      bar.append(title);
      drawn.push(bar);
      told.push(says);
    }
    svg.replaceChildren(...drawn);
    svg.setAttribute('aria-label', told.length ? t('plot_of', { parts: list(told) }) : t('no_sales'));
  }
}
