// Tables that can be searched, sorted and saved as CSV.
//
// 1. What is saved is what is shown: the rows that the search leaves, in their order.
// 2. A cell that a spreadsheet would take for a formula is saved as text.

import { make } from './make.js';
import { t } from './console-words.js';

/** Rows that are drawn; more are searched and saved, and the reader is told. */
const DRAWN = 500;

/** One row of CSV (RFC 4180). */
function line(cells) {
  const quoted = cells.map((cell) => {
    const text = String(cell ?? '');
    // Rule 2; a number stays one.
    const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+$/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  });
  return `${quoted.join(',')}\r\n`;
}

/** Saves rows as a file. */
export function save(name, rows) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([rows.map(line).join('')], { type: 'text/csv' }));
  link.download = `${name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/**
 * A table in a place. `columns`: `{ key, title, number, text(row), show(row), sort(row) }`, where `key` heads the
 * column in a file, `title` is a word's key, `text` is what is searched and saved, `show` makes what is shown
 * (a node; else the text), and `sort` gives what the column is sorted by. `filter`: a word's key and a test for a
 * box that leaves only some rows. `title`: a word's key, where a page has several tables.
 */
export class Table {
  constructor(place, { name, title = 'table', columns, filter, empty }) {
    Object.assign(this, { name, title, columns, filter, empty, rows: [], by: null, down: false });
    const id = `${name}-search`;
    this.search = make('input', 'search');
    this.search.id = id;
    this.search.type = 'search';
    this.search.autocomplete = 'off';
    this.search.addEventListener('input', () => this.draw());
    this.label = make('label', 'quiet');
    this.label.htmlFor = id;
    this.saver = make('button', 'button');
    this.saver.addEventListener('click', () => this.save());
    const tools = make('div', 'tools');
    tools.append(this.label, this.search);
    if (filter) {
      this.box = make('input', '');
      this.box.type = 'checkbox';
      this.box.addEventListener('change', () => this.draw());
      this.boxText = make('span', '');
      const boxed = make('label', 'boxed');
      boxed.append(this.box, this.boxText);
      tools.append(boxed);
    }
    tools.append(this.saver);
    this.table = make('table', '');
    this.count = make('p', 'quiet count-of');
    this.count.setAttribute('role', 'status');
    const wide = make('div', 'wide');
    wide.tabIndex = 0;
    wide.setAttribute('role', 'region');
    this.wide = wide;
    wide.append(this.table);
    place.replaceChildren(tools, wide, this.count);
  }

  /** Shows other rows. */
  set(rows) {
    this.rows = rows;
    this.draw();
  }

  /** The rows that the search leaves, in their order. */
  found() {
    const wanted = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (row) => {
      if (this.box?.checked && !this.filter.test(row)) return false;
      const text = this.columns.map((column) => column.text(row)).join(' ').toLowerCase();
      return wanted.every((word) => text.includes(word));
    };
    const rows = this.rows.filter(fits);
    const { by } = this;
    if (!by) return rows;
    const value = by.sort || by.text;
    const sorted = rows.sort((a, b) => {
      const [one, other] = [value(a), value(b)];
      return typeof one === 'number' ? one - other : String(one).localeCompare(String(other));
    });
    return this.down ? sorted.reverse() : sorted;
  }

  save() {
    const rows = this.found().map((row) => this.columns.map((column) => (column.raw || column.text)(row)));
    save(this.name, [this.columns.map(({ key }) => key), ...rows]);
  }

  draw() {
    this.label.textContent = t('search');
    this.saver.textContent = t('save_csv');
    this.wide.setAttribute('aria-label', t(this.title));
    if (this.box) this.boxText.textContent = t(this.filter.title);
    const head = make('tr', '');
    head.append(...this.columns.map((column) => {
      const cell = make('th', column.number ? 'number' : '');
      cell.scope = 'col';
      const button = make('button', 'sort', t(column.title));
      if (this.by === column) {
        cell.setAttribute('aria-sort', this.down ? 'descending' : 'ascending');
        button.append(make('span', 'arrow', this.down ? ' ↓' : ' ↑'));
      }
      button.addEventListener('click', () => {
        this.down = this.by === column && !this.down;
        this.by = column;
        this.draw();
        this.table.querySelectorAll('th button')[this.columns.indexOf(column)].focus();
      });
      cell.append(button);
      return cell;
    }));
    const found = this.found();
    const body = found.slice(0, DRAWN).map((row) => {
      const drawn = make('tr', '');
      drawn.append(...this.columns.map((column) => {
        const cell = make('td', column.number ? 'number' : '');
        const shown = column.show ? column.show(row) : column.text(row);
        cell.append(shown);
        return cell;
      }));
      return drawn;
    });
    const [thead, tbody] = [make('thead', ''), make('tbody', '')];
    thead.append(head);
    tbody.append(...body);
    this.table.replaceChildren(thead, tbody);
    const drawn = Math.min(found.length, DRAWN);
    this.count.textContent = found.length ? t('shown_of', { drawn, n: found.length }) : t(this.empty);
  }
}
