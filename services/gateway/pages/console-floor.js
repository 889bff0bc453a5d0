// The floor: the plan as it stands, and on it who is where, what is being decided, and whether the shop is well.
//
// 1. The plan is drawn once; what moves is moved, not drawn anew.
// 2. Nothing is said by colour alone: parties have letters, what is wrong has a word.
// 3. Whoever can't see the map finds the same in the lists beside it.

import { make } from './make.js';
import { date, money, plural, t } from './console-words.js';

const at = (id) => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';
/** Somebody whom no camera has seen for so long is drawn faint. */
const UNSEEN_S = 1;
const COLOURS = 6;
/** The node of a shop that is one process. */
const ALONE = 'alone';

/** A shape with its attributes. */
export function shape(kind, attributes, ...inside) {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

// The plan's y runs up the page, a drawing's down.
const points = (outline) => outline.map(([x, y]) => `${x},${-y}`).join(' ');
const closed = (outline) => `M${outline.map(([x, y]) => `${x.toFixed(3)} ${(-y).toFixed(3)}`).join('L')}Z`;

/** The corners of a box on a gondola's own axes, on the plan. */
function corners({ origin, rotation_deg: turned = 0 }, [x0, y0], [x1, y1]) {
  const [sin, cos] = [Math.sin(turned * Math.PI / 180), Math.cos(turned * Math.PI / 180)];
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map(([x, y]) => (
    [origin[0] + x * cos - y * sin, origin[1] + x * sin + y * cos]
  ));
}

const middle = (outline) => [0, 1].map((axis) => outline.reduce((sum, point) => sum + point[axis], 0) / outline.length);

/** Draws a plan's furniture into an SVG; the gondolas by id. */
export function drawPlan(svg, plan, { names = true } = {}) {
  const xs = [...plan.floor, ...plan.gates.flatMap(({ line }) => line)].map(([x]) => x);
  const ys = [...plan.floor, ...plan.gates.flatMap(({ line }) => line)].map(([, y]) => -y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  // People wait before the gates.
  const margin = Math.max(width, height) * 0.02 + 0.7;
  svg.setAttribute('viewBox', [left - margin, top - margin, width + 2 * margin, height + 2 * margin].join(' '));
  const text = Math.max(width, height) / 60 + 0.06;
  svg.style.setProperty('--text', `${text}px`);
  const base = shape('g', { class: 'plan' });
  base.append(shape('polygon', { class: 'ground', points: points(plan.floor) }));
  for (const { outline } of plan.zones) base.append(shape('polygon', { class: 'zone', points: points(outline) }));
  base.append(shape('polygon', { class: 'walls', points: points(plan.floor) }));
  const gondolas = new Map();
  for (const gondola of plan.gondolas) {
    const box = corners(gondola, [0, 0], gondola.size);
    const group = shape('g', { class: 'gondola' }, shape('polygon', { points: points(box) }));
    // From above one sees the topmost board; of a large shop a line a plate is all that there is room for.
    const [board] = [...gondola.shelves].sort((a, b) => b.height - a.height);
    const plates = (board?.plates || []).map(({ at: [x, y], size: [w, h] }) => (
      closed(corners(gondola, [x - w / 2, y - h / 2], [x + w / 2, y + h / 2]))
    ));
    group.append(shape('path', { class: 'plates', d: plates.join('') }));
    const [from, to] = box;
    group.append(shape('line', { class: 'front', x1: from[0], y1: -from[1], x2: to[0], y2: -to[1] }));
    base.append(group);
    gondolas.set(gondola.id, { group, middle: middle(box) });
  }
  for (const { kind, line: [[x1, y1], [x2, y2]], id } of plan.gates) {
    const gate = shape('g', { class: `gate ${kind}` });
    gate.append(shape('line', { x1, y1: -y1, x2, y2: -y2 }));
    if (names) {
      const label = shape('text', { x: (x1 + x2) / 2, y: -(y1 + y2) / 2 + text * 1.3, 'text-anchor': 'middle' });
      label.textContent = id;
      gate.append(label);
    }
    base.append(gate);
  }
  svg.replaceChildren(base);
  return gondolas;
}

/** The letter of a number: A, B, … Z, A2, … */
const letter = (n) => String.fromCharCode(65 + n % 26) + (n < 26 ? '' : Math.floor(n / 26) + 1);

/** What is drawn of a shop. */
export class FloorMap {
  constructor(plan, choose) {
    this.plan = plan;
    this.choose = choose;
    this.svg = at('map');
    this.gondolas = drawPlan(this.svg, plan);
    // A body's size, and in a large shop as much as one can see.
    this.body = Math.max(0.2, this.svg.viewBox.baseVal.width / 90);
    this.svg.style.setProperty('--body', `${this.body}px`);
    this.marks = shape('g', { class: 'marks' });
    this.links = shape('g', { class: 'links' });
    this.people = shape('g', { class: 'people' });
    this.svg.append(this.marks, this.links, this.people);
    this.drawn = new Map();
    this.letters = new Map();
    this.next = 0;
    this.chosen = '';
  }

  letterOf(party) {
    if (!this.letters.has(party.id)) {
      this.letters.set(party.id, this.next);
      this.next += 1;
    }
    return this.letters.get(party.id);
  }

  person(party, { track, x, y, unseen_s: unseen }, { arm_m: arm }) {
    let drawn = this.drawn.get(track);
    if (!drawn) {
      drawn = shape('g', { 'data-track': track });
      const label = shape('text', { 'text-anchor': 'middle', dy: '.36em' });
      drawn.append(shape('circle', { class: 'reach', r: arm }), shape('circle', { class: 'body', r: this.body }), label);
      drawn.addEventListener('click', () => this.choose(drawn.dataset.party));
      this.people.append(drawn);
      this.drawn.set(track, drawn);
    }
    const number = party.guest ? 0 : this.letterOf(party);
    const kind = party.guest ? 'guest' : `party c${number % COLOURS}`;
    const name = `person ${kind}${unseen > UNSEEN_S ? ' unseen' : ''}${party.id === this.chosen ? ' chosen' : ''}`;
    if (drawn.getAttribute('class') !== name) drawn.setAttribute('class', name);
    drawn.dataset.party = party.id;
    drawn.style.transform = `translate(${x}px, ${-y}px)`;
    drawn.lastChild.textContent = party.guest ? '?' : letter(number);
  }

  /** Shows a state. */
  show(floor) {
    const here = new Set();
    const links = [];
    for (const party of floor.parties) {
      for (const person of party.people) {
        here.add(person.track);
        this.person(party, person, floor);
      }
      const [first, ...others] = party.people;
      for (const { x, y } of others) links.push(shape('line', { x1: first.x, y1: -first.y, x2: x, y2: -y }));
    }
    for (const [track, drawn] of this.drawn) {
      if (here.has(track)) continue;
      drawn.remove();
      this.drawn.delete(track);
    }
    this.links.replaceChildren(...links);
    this.mark(floor);
    const people = floor.parties.reduce((sum, party) => sum + party.people.length, 0);
    this.svg.setAttribute('aria-label', t('map_of', { n: people }));
    this.svg.dataset.asOf = floor.as_of_us;
    this.svg.dataset.unanswered = floor.unanswered.length;
  }

  /** What moves on shelves, and what is being decided. */
  mark(floor) {
    const count = (ids) => {
      const counts = new Map();
      for (const id of ids) {
        const gondola = id.slice(0, id.lastIndexOf('/'));
        counts.set(gondola, (counts.get(gondola) || 0) + 1);
      }
      return counts;
    };
    const moving = count(floor.zones.flatMap((zone) => zone.moving));
    const open = count(floor.open.map(({ shelf }) => shelf));
    const marks = [];
    for (const [id, { group, middle: [x, y] }] of this.gondolas) {
      group.classList.toggle('moving', moving.has(id));
      group.classList.toggle('open', open.has(id));
      if (!open.has(id)) continue;
      const mark = shape('g', { class: 'mark', transform: `translate(${x} ${-y})` });
      const label = shape('text', { 'text-anchor': 'middle', dy: '.36em' });
      label.textContent = `${open.get(id)}?`;
      mark.append(shape('circle', { r: this.body * 1.1 }), label);
      marks.push(mark);
    }
    this.marks.replaceChildren(...marks);
  }
}

/** One entry of a list of figures. */
export function figure(title, value, kind = '') {
  const row = make('div', kind);
  row.append(make('dt', '', title), make('dd', '', value));
  return row;
}

const seconds = (us) => (us === null ? '–' : t('seconds', { s: Math.max(0, us / 1e6).toFixed(1) }));

/** What an alert says, in the reader's language where it is known. */
function alertText({ name, subject, value, text }) {
  const known = t(name, { subject, value: Math.round(value * 10) / 10, n: Math.round(value) }, '');
  return known || text;
}

/** Whether the shop is well, in five seconds. */
export function showWell(floor) {
  const worst = floor.alerts[0]?.severity;
  const silent = floor.unanswered.length > 0;
  const state = worst === 'critical' ? 'bad' : worst || silent ? 'warn' : 'good';
  at('well').dataset.state = state;
  at('well-sign').textContent = { good: '✓', warn: '!', bad: '✕' }[state];
  at('well-text').textContent = t(`well_${state}`);
  const people = floor.parties.reduce((sum, { people: own }) => sum + own.length, 0);
  const guests = floor.parties.filter(({ guest }) => guest).reduce((sum, { people: own }) => sum + own.length, 0);
  const carts = floor.parties.filter(({ guest, state: stage }) => !guest && stage !== 'settled').length;
  const rows = [
    ['people', `${people}`, guests ? t('guests', { n: guests }) : ''],
    ['carts', `${carts}`, ''],
    ['deciding', `${floor.open.length}`, ''],
    ['behind', seconds(floor.lag_us), ''],
    ['waiting', `${floor.open_reviews}`, floor.oldest_review_us ? t('since', { time: date(floor.oldest_review_us / 1000) }) : ''],
    ['alerts', `${floor.alerts.length + (silent ? 1 : 0)}`, ''],
  ];
  at('figures').replaceChildren(...rows.map(([key, value, more]) => {
    const row = figure(t(`figure_${key}`), value, `of-${key}`);
    if (more) row.lastChild.append(make('small', '', more));
    return row;
  }));
  const said = floor.alerts.map((alert) => [alert.severity, alertText(alert), alert.name]);
  if (silent) said.push(['warning', t('unanswered', { n: floor.unanswered.length }), '']);
  at('alerts').replaceChildren(...said.map(([severity, text, name]) => {
    const entry = make('li', `alert ${severity}`);
    entry.append(make('strong', '', t(`severity_${severity}`)), ` ${text} `);
    if (name) entry.append(make('code', '', name));
    return entry;
  }));
}

/** What is the same as before is left as it is: who is at a button stays there. */
function keepList(list, entries) {
  const held = new Map([...list.children].map((entry) => [entry.dataset.key, entry]));
  const wanted = entries.map(([key, text, build]) => {
    const old = held.get(key);
    if (old && old.dataset.text === text) return old;
    const entry = build();
    entry.dataset.key = key;
    entry.dataset.text = text;
    if (old?.contains(document.activeElement)) queueMicrotask(() => entry.querySelector('a')?.focus());
    return entry;
  });
  if (wanted.length === list.children.length && wanted.every((entry, n) => entry === list.children[n])) return;
  list.replaceChildren(...wanted);
}

/** The parties beside the map. */
export function showParties(floor, map) {
  const shown = [...floor.parties].sort((a, b) => Number(a.guest) - Number(b.guest) || (a.guest ? a.id.localeCompare(b.id) : map.letterOf(a) - map.letterOf(b)));
  at('nobody').hidden = shown.length > 0;
  keepList(at('parties'), shown.map((party) => {
    const number = party.guest ? 0 : map.letterOf(party);
    const facts = [plural('persons', party.people.length), party.guest ? '' : plural('things', party.units)];
    if (party.open_lines) facts.push(plural('unsure', party.open_lines));
    if (!party.guest) facts.push(t(`state_${party.state}`));
    const total = party.total ? money(party.total) : '';
    const text = [number, ...facts, total, map.chosen === party.id].join('|');
    return [party.id, text, () => {
      const entry = make('li', party.guest ? 'guest' : `visit c${number % COLOURS}`);
      const sign = make('span', 'sign', party.guest ? '?' : letter(number));
      sign.setAttribute('aria-hidden', 'true');
      const what = make('div', 'what');
      if (party.guest) what.append(make('span', 'name', t('guest')));
      else {
        const link = make('a', 'name', party.id);
        link.href = `#visit/${encodeURIComponent(party.id)}`;
        what.append(link);
      }
      what.append(make('span', 'quiet', facts.filter(Boolean).join(' · ')));
      if (party.id === map.chosen) entry.classList.add('chosen');
      entry.append(sign, what, make('span', 'amount', total));
      return entry;
    }];
  }));
}

/** The zones, where each lives, and what is missing there. */
export function showZones(floor) {
  keepList(at('zones'), floor.zones.map((zone) => {
    // One process has no other to be told from.
    const placed = zone.node === ALONE ? '' : t('at_node', { node: zone.node, epoch: zone.epoch });
    const where = zone.node ? placed : t('at_nobody');
    const devices = zone.absent ? t('devices_absent', { absent: zone.absent, n: zone.devices }) : plural('devices', zone.devices);
    return [zone.id, where + devices, () => {
      const entry = make('li', zone.node && !zone.absent ? '' : 'missing');
      entry.append(make('strong', '', zone.id), ` · ${[where, devices].filter(Boolean).join(' · ')}`);
      return entry;
    }];
  }));
}
