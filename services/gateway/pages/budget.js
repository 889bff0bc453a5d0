// The budget: shown, set and cleared.

import { money, plain, t } from './words.js';
import { Away, Refused, call } from './shop.js';

const at = (id) => document.getElementById(id);
const SIGNS = { near: '▲ ', over: '■ ' };

/** How the total stands to the budget, in words; empty if there is none. */
export function standing(cart) {
  if (!cart.budget) return '';
  const left = cart.budget.minor - cart.total.minor;
  const places = {
    budget: money(cart.budget),
    left: money({ ...cart.budget, minor: Math.max(left, 0) }),
    over: money({ ...cart.budget, minor: Math.max(-left, 0) }),
  };
  return t(`budget_${cart.budget_state}`, places);
}

/** Shows it beside the total. */
export function show(cart) {
  at('budget').hidden = !cart.budget;
  at('budget').dataset.state = cart.budget_state;
  at('budget-clear').hidden = !cart.budget;
  const { currency, digits } = cart.total;
  at('budget-label').textContent = t('budget_in', { currency });
  at('budget-amount').placeholder = plain(20 * 10 ** digits, digits);
  if (!cart.budget) return;
  at('budget-bar').value = cart.budget.minor ? Math.min(100, (100 * cart.total.minor) / cart.budget.minor) : 100;
  at('budget-text').textContent = (SIGNS[cart.budget_state] || '') + standing(cart);
}

/** What somebody wrote as an amount, in minor units; null if it is none. */
export function minor(text, digits) {
  const figures = text.normalize('NFKC').replace(/[\s'’_]/g, '');
  const [, whole, part = ''] = /^(\d{1,12})(?:[.,](\d*))?$/.exec(figures) || [];
  if (!whole || part.length > digits) return null;
  return Number(whole + part.padEnd(digits, '0'));
}

/** Lets the shopper change it; `cart()` is what is shown now. */
export function change(cart) {
  const put = async (budget) => {
    at('budget-fault').textContent = '';
    try {
      await call('PUT', 'visit/budget', { body: { budget } });
      at('budget-amount').value = '';
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Away)) throw error;
      at('budget-fault').textContent = error instanceof Refused ? error.message : t('offline');
    }
  };
  at('budget-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const { currency, digits } = cart().total;
    const amount = minor(at('budget-amount').value, digits);
    if (amount === null) {
      at('budget-fault').textContent = t('budget_bad', { example: plain(20 * 10 ** digits, digits) });
      at('budget-amount').setAttribute('aria-invalid', 'true');
      at('budget-amount').focus();
      return;
    }
    at('budget-amount').removeAttribute('aria-invalid');
    put({ minor: amount, currency });
  });
  at('budget-clear').addEventListener('click', () => put(null));
}
