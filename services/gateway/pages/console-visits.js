// Visits in progress and done, and how one receipt came about, step by step.
//
// 1. The cart beside the steps is what the decisions up to that step come to: the newest one of each interaction
//    counts, as everywhere.
// 2. "Why?" at a line leads to the steps that speak of it.

import { make } from './make.js';
import { clock, date, list, money, plural, refusal, t } from './console-words.js';
import { Refused, get } from './console-shop.js';
import { Table, save } from './console-table.js';
import { drawPlan, shape } from './console-floor.js';

const at = (id) => document.getElementById(id);
/** Receipts that are fetched at once. */
const PAGE = 200;

const time = (us) => (us ? date(us / 1000) : '');
const stamp = (us) => (us ? new Date(us / 1000).toISOString() : '');
/** An amount for a file: a number that every spreadsheet reads. */
export const plainly = ({ minor, digits }) => (minor / 10 ** digits).toFixed(digits);

function visitLink(id) {
  const link = make('a', '', id);
  link.href = `#visit/${encodeURIComponent(id)}`;
  return link;
}

const COLUMNS = [
  { key: 'visit', title: 'visit', text: (row) => row.visit, show: (row) => visitLink(row.visit) },
  { key: 'state', title: 'state', text: (row) => t(`state_${row.state}`), raw: (row) => row.state },
  { key: 'scanned', title: 'opened', text: (row) => time(row.opened_us), raw: (row) => stamp(row.opened_us), sort: (row) => row.opened_us },
  { key: 'receipt', title: 'ended', text: (row) => time(row.settled_us), raw: (row) => stamp(row.settled_us), sort: (row) => row.settled_us || 0 },
  { key: 'things', title: 'units', number: true, text: (row) => row.units ?? '', sort: (row) => row.units ?? -1 },
  { key: 'total', title: 'total', number: true, text: (row) => money(row.total), raw: (row) => plainly(row.total), sort: (row) => row.total.minor },
];

export class Visits {
  constructor(house) {
    this.house = house;
    this.names = new Map(house.plan.products.map(({ code, name }) => [code, name]));
    this.table = new Table(at('visits-table'), { name: 'visits', columns: COLUMNS, empty: 'no_visits' });
    this.receipts = [];
    this.next = '';
    this.shown = null;
    this.step = 0;
    at('visits-more').onclick = () => this.more();
    at('step-back').onclick = () => this.go(this.step - 1);
    at('step-on').onclick = () => this.go(this.step + 1);
    at('steps-save').onclick = () => this.save();
    document.onkeydown = (event) => this.key(event);
  }

  async enter() {
    this.receipts = [];
    this.next = '';
    const [live] = await Promise.all([get('visits', { size: 1000 }), this.more()]);
    const done = new Set(this.receipts.map(({ visit }) => visit));
    this.live = live.visits.filter(({ visit, state }) => state !== 'settled' && !done.has(visit));
    this.fill();
  }

  fill() {
    const done = this.receipts.map((receipt) => ({ ...receipt, state: 'settled', opened_us: receipt.entered_us }));
    this.table.set([...(this.live || []), ...done]);
    at('visits-more').hidden = !this.next;
  }

  /** The next page of receipts. */
  async more() {
    const page = await get('receipts', { size: PAGE, after: this.next });
    this.receipts.push(...page.receipts);
    this.next = page.next;
    if (this.live) this.fill();
  }

  draw() {
    this.table.draw();
    if (this.shown) this.drawStory();
  }

  /** One visit's story. */
  async story(id) {
    at('visit-title').textContent = id;
    at('visit-fault').textContent = '';
    at('story').hidden = true;
    at('visit-facts').textContent = '';
    this.shown = null;
    try {
      this.shown = await get(`visits/${encodeURIComponent(id)}`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      at('visit-fault').textContent = refusal(error);
      return;
    }
    this.gondolas = drawPlan(at('visit-map').appendChild(this.mapIn()), this.house.plan, { names: false });
    this.step = Math.max(0, this.shown.steps.length - 1);
    this.drawStory();
    this.go(this.step);
  }

  mapIn() {
    at('visit-map').replaceChildren();
    const svg = shape('svg', { 'aria-hidden': 'true' });
    return svg;
  }

  facts() {
    const { visit, receipt, cut } = this.shown;
    const said = [t(`state_${visit.state}`), time(visit.opened_us)];
    if (visit.size) said.push(plural('persons', visit.size));
    if (receipt) said.push(receipt.receipt);
    if (visit.total) said.push(money(visit.total));
    if (cut) said.push(t('cut'));
    return said.filter(Boolean).join(' · ');
  }

  name(code) {
    return this.names.get(code) || code;
  }

  who(id) {
    return id === this.shown.visit.visit ? t('this_visit') : this.short(id);
  }

  /** Others are named by the end of their key: enough to tell them apart. */
  short(id) {
    return id.includes('/shopper/') ? `${t('somebody')} (${id.split('/').pop().slice(-4)})` : id;
  }

  /** One explanation in words. */
  said({ moves }) {
    if (!moves.length) return t('nobody_moved');
    return list(moves.map(({ who, product, quantity }) => t(quantity > 0 ? 'took' : 'put_back', {
      who: this.who(who), n: Math.abs(quantity), product: this.name(product),
    })));
  }

  title(step) {
    const shelf = step.evidence?.shelf;
    switch (step.kind) {
      case 'interaction': return t(step.evidence.plates.length ? 'step_interaction' : 'step_hands', { shelf });
      case 'decision': return t(step.revision ? 'step_decision_again' : 'step_decision');
      case 'checkout': return t('step_checkout', { what: t(step.subject), state: t(step.note) });
      case 'review': return t(step.note === 'dispute' ? 'step_dispute' : 'step_review');
      case 'answer': return t('step_answer', { by: step.note });
      default: return t(`step_${step.kind}`);
    }
  }

  /** What stands under a step's title. */
  details(step) {
    const said = [];
    if (step.kind === 'interaction') {
      const { plates, suspects } = step.evidence;
      if (plates.length) said.push(make('p', 'quiet', plates.map(({ plate, delta_g: g }) => `${plate}: ${g > 0 ? '+' : '−'}${Math.abs(g).toFixed(0)} g`).join(', ')));
      said.push(make('p', 'quiet', t('near', { names: list(suspects.map((id) => this.who(id))) })));
    }
    if (step.kind === 'decision') said.push(explanations(step.evidence.explanations, (one) => this.said(one)));
    if (step.amount) said.push(make('p', '', money(step.amount)));
    if (step.kind === 'decision' && step.final) said.push(make('p', 'quiet', t('last_word')));
    return said;
  }

  drawStory() {
    const { steps } = this.shown;
    at('story').hidden = false;
    at('visit-facts').textContent = this.facts();
    at('steps').replaceChildren(...steps.map((step, n) => {
      const entry = make('li', `step ${step.kind}`);
      const button = make('button', 'tap');
      button.append(make('span', 'when', step.at_us ? clock(step.at_us / 1000) : ''), make('strong', '', this.title(step)));
      button.addEventListener('click', () => this.go(n));
      entry.append(button, ...this.details(step));
      return entry;
    }));
    this.go(this.step, false);
  }

  /** What the decisions up to a step come to (rule 1). */
  cartAt(step) {
    const newest = new Map();
    for (const { kind, evidence } of this.shown.steps.slice(0, step + 1)) {
      if (kind === 'decision') newest.set(evidence.interaction, evidence.explanations[0]?.moves || []);
    }
    const units = new Map();
    for (const { who, product, quantity } of [...newest.values()].flat()) {
      if (who === this.shown.visit.visit) units.set(product, (units.get(product) || 0) + quantity);
    }
    return [...units].filter(([, n]) => n > 0);
  }

  /** The first step that speaks of a product, after this one if there is one. */
  why(product) {
    const speaks = ({ evidence }) => evidence?.explanations.some(({ moves }) => moves.some((m) => m.product === product && m.who === this.shown.visit.visit));
    const found = this.shown.steps.map((step, n) => (speaks(step) ? n : -1)).filter((n) => n >= 0);
    this.go(found.find((n) => n > this.step) ?? found[0] ?? this.step);
  }

  /** Stands at a step. */
  go(step, scroll = true) {
    const { steps } = this.shown;
    this.step = Math.min(Math.max(step, 0), steps.length - 1);
    [...at('steps').children].forEach((entry, n) => {
      entry.classList.toggle('now', n === this.step);
      entry.classList.toggle('later', n > this.step);
      const button = entry.firstChild;
      if (n === this.step) button.setAttribute('aria-current', 'step');
      else button.removeAttribute('aria-current');
    });
    if (scroll) at('steps').children[this.step]?.scrollIntoView({ block: 'nearest' });
    const places = { at: this.step + 1, n: steps.length };
    at('step-count').textContent = t('step_of', places);
    at('then-title').textContent = t('then', places);
    at('step-back').disabled = this.step <= 0;
    at('step-on').disabled = this.step >= steps.length - 1;
    const cart = this.cartAt(this.step);
    at('then-empty').hidden = cart.length > 0;
    at('then').replaceChildren(...cart.map(([product, n]) => {
      const entry = make('li', 'entry');
      const why = make('button', 'tap', t('why'));
      why.setAttribute('aria-label', `${t('why')} ${this.name(product)}`);
      why.addEventListener('click', () => this.why(product));
      entry.append(make('span', 'count', `${n} ×`), make('span', 'name', this.name(product)), why);
      return entry;
    }));
    const shelf = steps[this.step]?.evidence?.shelf || '';
    const gondola = shelf.slice(0, shelf.lastIndexOf('/'));
    for (const [id, { group }] of this.gondolas) group.classList.toggle('open', id === gondola);
  }

  key(event) {
    if (at('room-visit').hidden || !this.shown || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'ArrowRight') this.go(this.step + 1);
    else if (event.key === 'ArrowLeft') this.go(this.step - 1);
    else return;
    event.preventDefault();
  }

  save() {
    const { visit, steps } = this.shown;
    const rows = steps.map((step, n) => [n + 1, stamp(step.at_us), step.kind, step.subject, step.revision,
      this.title(step), step.kind === 'decision' ? this.said(step.evidence.explanations[0]) : '',
      step.kind === 'decision' ? step.evidence.explanations[0].probability.toFixed(4) : '',
      step.amount ? plainly(step.amount) : '']);
    save(`visit-${visit.visit}`, [['step', 'at', 'kind', 'subject', 'revision', 'text', 'moves', 'probability', 'amount'], ...rows]);
  }
}

/** Explanations with their probabilities, the one that holds first. */
export function explanations(all, said) {
  const made = make('ul', 'explanations');
  made.append(...all.filter(({ probability }, n) => n === 0 || probability >= 0.005).map((one, n) => {
    const entry = make('li', n ? '' : 'holds');
    const share = make('meter', '');
    share.max = 1;
    share.value = one.probability;
    const percent = `${(one.probability * 100).toFixed(one.probability > 0.99 || one.probability < 0.1 ? 1 : 0)} %`;
    share.setAttribute('aria-label', percent);
    entry.append(make('span', 'share', percent), share, make('span', '', said(one)));
    return entry;
  }));
  return made;
}
