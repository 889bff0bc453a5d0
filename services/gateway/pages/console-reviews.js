// The reviews that wait: what the party may have left with, what the shop saw, and one key for an answer.
//
// 1. An answer is final. So it is sent three seconds after its key, and Escape takes it back until then.
// 2. A key in a field is a letter, not an answer.

import { make } from './make.js';
import { clock, date, list, plural, refusal, t } from './console-words.js';
import { Away, Refused, get, tell } from './console-shop.js';
import { Table } from './console-table.js';
import { explanations } from './console-visits.js';

const at = (id) => document.getElementById(id);
/** How long an answer may be taken back. */
const BACK_S = 3;
/** Keys are digits. */
const MOST = 9;

export class Reviews {
  constructor(house) {
    this.house = house;
    this.names = new Map(house.plan.products.map(({ code, name }) => [code, name]));
    this.waiting = [];
    this.later = new Set();
    this.review = null;
    this.pending = null;
    this.answered = new Table(at('answered-table'), {
      name: 'reviews',
      empty: 'no_answers',
      columns: [
        { key: 'visit', title: 'visit', text: (row) => row.visit },
        { key: 'why', title: 'state', text: (row) => t(`why_${row.why}`), raw: (row) => row.why },
        { key: 'answer', title: 'answer', text: (row) => this.units(row.verdict.lines) },
        { key: 'by', title: 'by', text: (row) => row.verdict.by },
        { key: 'when', title: 'when', text: (row) => date(row.verdict.decided_us / 1000), raw: (row) => new Date(row.verdict.decided_us / 1000).toISOString(), sort: (row) => row.verdict.decided_us },
        { key: 'note', title: 'note_title', text: (row) => row.verdict.note },
      ],
    });
    at('review-skip').onclick = () => this.skip();
    document.addEventListener('keydown', (event) => this.key(event));
  }

  units(lines) {
    if (!lines.length) return t('as_charged');
    return list(lines.map(({ product, quantity }) => {
      const name = this.names.get(product) || product;
      return quantity ? t('units_of', { n: quantity, product: name }) : t('none_of', { product: name });
    }));
  }

  async enter() {
    const [open, done] = await Promise.all([get('reviews', { size: 1000 }), get('reviews', { answered: true, size: 200 })]);
    this.waiting = open.reviews;
    this.answered.set(done.reviews);
    await this.show();
  }

  /** Somebody asked or answered: looked at again, but not while an answer is under way. */
  changed() {
    if (!at('room-reviews').hidden && !this.pending) this.enter();
  }

  /** Shows the one that waits longest, of those that are not put off. */
  async show() {
    const ids = this.waiting.map(({ review }) => review);
    const next = ids.find((id) => !this.later.has(id)) || ids[0];
    if (next && next === this.review?.review) return this.draw();
    at('review-fault').textContent = '';
    at('review-note').value = '';
    try {
      this.review = next ? await get('review', { id: next }) : null;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.review = null;
      at('review-fault').textContent = refusal(error);
    }
    return this.draw();
  }

  /** Of a dispute how many there may have been, from what was charged down to none, that no hypothesis says. */
  fewer() {
    const { why, review, receipt, hypotheses } = this.review;
    if (why !== 'dispute') return [];
    const product = review.slice(`${receipt}/dispute/`.length);
    const of = ({ units }) => units.find((one) => one.product === product)?.quantity;
    const said = new Set(hypotheses.map(of));
    const charged = of(hypotheses.find((one) => one.charged) || { units: [] }) ?? 1;
    const counts = Array.from({ length: charged + 1 }, (_, n) => charged - n).filter((n) => !said.has(n));
    return counts.map((quantity) => ({ units: [{ product, quantity }], probability: null, charged: false }));
  }

  /** What may be answered, by its digit: a hypothesis each; as it was charged, if none says that. */
  choices() {
    const all = [...this.review.hypotheses, ...this.fewer()];
    const possible = all.slice(0, MOST).map((one, n) => ({ ...one, key: String(n + 1) }));
    if (possible.some(({ charged }) => charged)) return possible;
    return [...possible, { key: '0', units: [], probability: null, charged: false }];
  }

  draw() {
    this.answered.draw();
    const { review } = this;
    at('reviews-none').hidden = Boolean(review);
    at('reviews-help').hidden = !review;
    at('review').hidden = !review;
    if (!review) return;
    at('review-title').textContent = t('review_of', { visit: review.visit });
    at('review-facts').textContent = [t(`why_${review.why}`), t('opened_at', { time: date(review.opened_us / 1000) }),
      plural('review_left', this.waiting.length)].join(' · ');
    at('hypotheses').replaceChildren(...this.choices().map((choice) => {
      const entry = make('li', '');
      const button = make('button', 'choice');
      button.setAttribute('aria-keyshortcuts', choice.key);
      const what = make('span', 'what', this.units(choice.units));
      button.append(make('kbd', '', choice.key), what);
      if (choice.probability !== null) {
        const share = make('meter', '');
        share.max = 1;
        share.value = choice.probability;
        const percent = `${(choice.probability * 100).toFixed(0)} %`;
        share.setAttribute('aria-label', percent);
        button.append(make('span', 'share', percent), share);
      }
      if (choice.charged) button.append(make('span', 'mark', t('charged')));
      button.addEventListener('click', () => this.choose(choice));
      entry.append(button);
      return entry;
    }));
    at('evidence').replaceChildren(...review.evidence.map((seen) => this.seen(seen)));
  }

  /** One interaction. */
  seen({ interaction, shelf, started_us: from, ended_us: to, plates, suspects, explanations: all }) {
    const made = make('section', 'seen');
    if (!shelf) {
      made.append(make('p', '', interaction), make('p', 'quiet', t('gone_evidence')));
      return made;
    }
    made.append(make('h4', '', `${shelf} · ${clock(from / 1000)} – ${clock(to / 1000)}`));
    if (plates.length) made.append(make('p', 'quiet', plates.map(({ plate, delta_g: g }) => `${plate}: ${g > 0 ? '+' : '−'}${Math.abs(g).toFixed(0)} g`).join(', ')));
    made.append(make('p', 'quiet', t('near', { names: list(suspects.map((id) => this.who(id))) })));
    made.append(explanations(all, ({ moves }) => this.said(moves)));
    return made;
  }

  who(id) {
    if (id === this.review.visit) return t('this_visit');
    return id.includes('/shopper/') ? `${t('somebody')} (${id.split('/').pop().slice(-4)})` : id;
  }

  said(moves) {
    if (!moves.length) return t('nobody_moved');
    return list(moves.map(({ who, product, quantity }) => t(quantity > 0 ? 'took' : 'put_back', {
      who: this.who(who), n: Math.abs(quantity), product: this.names.get(product) || product,
    })));
  }

  /** Rule 1. */
  choose(choice) {
    this.takeBack();
    const { review } = this.review;
    const lines = choice.units;
    const note = at('review-note').value.trim();
    let left = BACK_S;
    const count = () => {
      at('pending').hidden = false;
      at('pending').textContent = `${this.units(lines)} – ${t('pending', { s: left })}`;
      if (left === 0) {
        this.stop();
        this.send({ review, lines, note });
      }
      left -= 1;
    };
    this.pending = setInterval(count, 1000);
    count();
  }

  stop() {
    clearInterval(this.pending);
    this.pending = null;
    at('pending').hidden = true;
  }

  takeBack() {
    if (!this.pending) return;
    this.stop();
    this.house.tell(t('taken_back'));
  }

  async send(answer) {
    try {
      await tell('review', answer);
      this.house.tell(t('answered_told'));
      at('review-fault').textContent = '';
      this.review = null;
    } catch (error) {
      if (error instanceof Refused) at('review-fault').textContent = refusal(error);
      else if (error instanceof Away) at('review-fault').textContent = t('away');
      else throw error;
      return;
    }
    await this.enter();
    if (this.review) at('review').focus();
  }

  skip() {
    this.takeBack();
    if (!this.review) return;
    const put = this.review.review;
    if (this.waiting.every(({ review }) => review === put || this.later.has(review))) this.later.clear();
    this.later.add(put);
    this.show();
  }

  key(event) {
    if (at('room-reviews').hidden || !this.review || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Escape') return this.takeBack();
    // Rule 2.
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const choice = this.choices().find(({ key }) => key === event.key);
    if (choice) this.choose(choice);
    else if (event.key.toLowerCase() === 's') this.skip();
    else return;
    event.preventDefault();
  }
}
