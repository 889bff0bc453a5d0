// "That's not mine" on a line, and the answer in the same place.
//
// 1. It is said with two taps, so that nobody says it by accident; a tap elsewhere takes the first one back.
// 2. The line is greyed while somebody looks. What they found stays where it was asked.

import { t } from './words.js';
import { make } from './lines.js';
import { Away, Refused, call } from './shop.js';

/** The product that was tapped once, and the one of which the shop could not be told. */
let tapped = '';
let failed = '';

/** What stands on a line of these disputes. */
export function place(disputes) {
  return (line) => {
    const known = disputes.find(({ product }) => product === line.product);
    const made = make('p', known ? `dispute ${known.state}` : 'dispute');
    if (known) {
      made.textContent = t(`dispute_${known.state}`);
      return made;
    }
    const text = t(tapped === line.product ? 'dispute_sure' : 'dispute');
    const button = make('button', 'tap', text);
    button.type = 'button';
    button.dataset.product = line.product;
    button.setAttribute('aria-label', `${text}: ${line.name}`);
    made.append(button);
    if (failed === line.product) made.append(make('span', 'wrong', t('dispute_failed')));
    return made;
  };
}

async function say(product, taken) {
  try {
    taken(await (await call('POST', 'visit/dispute', { body: { product } })).json());
    failed = '';
  } catch (error) {
    if (!(error instanceof Away || error instanceof Refused)) throw error;
    failed = product;
  }
}

/** Listens to taps; `draw()` shows all anew, `taken(dispute)` hears how one stands. */
export function listen(draw, taken) {
  document.addEventListener('click', async ({ target }) => {
    const product = target.closest('.dispute button')?.dataset.product || '';
    if (!product && !tapped) return;
    const sure = product && product === tapped;
    tapped = sure ? '' : product;
    draw();
    if (!sure) return;
    await say(product, taken);
    draw();
  });
}
