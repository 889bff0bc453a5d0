// The receipt: shown, shared, saved and printed.

import { date, money, rate, t } from './words.js';
import { entry, fill, make } from './lines.js';

const at = (id) => document.getElementById(id);

function pairs(receipt) {
  const rows = [];
  for (const tax of receipt.taxes) {
    const name = t('tax_of', { rate: rate(tax.rate_basis_points), net: money(tax.net) });
    rows.push([name, money(tax.amount), '']);
  }
  rows.push([t('total'), money(receipt.total), 'grand']);
  for (const { total } of receipt.corrections) rows.push([t('corrected'), money(total), 'corrected']);
  return rows;
}

/** Shows it; `dispute` makes what stands on a line about that. */
export function show(receipt, dispute) {
  const [entered, left] = [receipt.entered_us, receipt.left_us].map((us) => date(us / 1000));
  at('receipt-where').textContent = receipt.store;
  at('receipt-when').replaceChildren(...[['entered', entered], ['left', left]].map(([key, time]) => make('li', '', `${t(key)} ${time}`)));
  fill(at('receipt-lines'), receipt.lines.map((line) => entry(line, dispute(line))));
  at('receipt-empty').hidden = receipt.lines.length > 0;
  at('receipt-sums').replaceChildren(...pairs(receipt).map(([name, amount, kind]) => {
    const row = make('div', kind);
    row.append(make('dt', '', name), make('dd', '', amount));
    return row;
  }));
  at('receipt-undecided').textContent = receipt.undecided ? t('undecided', { n: receipt.undecided }) : '';
  at('receipt-undecided').hidden = !receipt.undecided;
  at('receipt-id').textContent = t('receipt_id', { id: receipt.receipt });
}

function save(receipt) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([receipt.text], { type: 'text/plain' }));
  link.download = `${receipt.receipt}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Lets the shopper keep it; `receipt()` is what is shown, `tell` says something. */
export function keep(receipt, tell) {
  at('share').addEventListener('click', async () => {
    const { text, receipt: title } = receipt();
    if (!navigator.share) {
      if (!navigator.clipboard) return save(receipt());
      await navigator.clipboard.writeText(text);
      return tell(t('copied'));
    }
    try {
      await navigator.share({ title, text });
    } catch (error) {
      // The shopper thought better of it.
      if (error.name !== 'AbortError') throw error;
    }
  });
  at('save').addEventListener('click', () => save(receipt()));
  at('print').addEventListener('click', () => print());
}
