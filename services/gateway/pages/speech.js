// How a page speaks: its words in the reader's language, and how amounts and times are written there.

/** What the page says, by language and key. */
let WORDS = {};

/** Gives the page its words. */
export function teach(words) {
  WORDS = words;
}

const NAMES = { en: 'English', de: 'Deutsch', ja: '日本語' };
const CHOSEN = 'amble.language';

let language = 'en';
let locale = 'en';

/** The text of a key in the reader's language, with its {places} filled; of an unknown key `otherwise`, if given. */
export function t(key, places = {}, otherwise = undefined) {
  let text = WORDS[language][key];
  if (text === undefined && otherwise !== undefined) return otherwise;
  if (typeof text === 'object') {
    const form = new Intl.PluralRules(language).select(places.n);
    text = text[form] || text.other;
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => places[name]);
}

/** Why the shop refused, in the reader's language if that is a known reason, else as the shop says it. */
export function refusal(problem) {
  return WORDS[language][problem.reason] || problem.message;
}

/** An amount `{minor, currency, digits}`: the integer's digits with the point put between them. */
export function money(amount) {
  const { minor, currency, digits } = amount;
  const figures = String(Math.abs(minor)).padStart(digits + 1, '0');
  const whole = figures.slice(0, figures.length - digits);
  const text = (minor < 0 ? '-' : '') + (digits ? `${whole}.${figures.slice(-digits)}` : whole);
  const style = { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale, style).format(text);
}

/** An amount without its currency, as one writes it into a field. */
export function plain(minor, digits) {
  const style = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false };
  return new Intl.NumberFormat(locale, style).format(minor / 10 ** digits);
}

/** A rate in hundredths of a percent. */
export function rate(basisPoints) {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(basisPoints / 10000);
}

/** A time of day from milliseconds. */
export function clock(ms) {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(ms);
}

/** Day and time from milliseconds. */
export function date(ms) {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
}

/** Several names in a row. */
export function list(names) {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(names);
}

function use(chosen) {
  language = chosen;
  const wanted = navigator.languages.find((tag) => tag.split('-')[0] === chosen);
  locale = wanted || chosen;
  document.documentElement.lang = chosen;
  for (const place of document.querySelectorAll('[data-t]')) place.textContent = t(place.dataset.t);
  for (const place of document.querySelectorAll('[data-t-label]')) place.setAttribute('aria-label', t(place.dataset.tLabel));
  for (const place of document.querySelectorAll('[data-t-alt]')) place.alt = t(place.dataset.tAlt);
}

/** Chooses the language, lets the reader change it, and calls `changed` after that. */
export function speak(changed) {
  let kept = null;
  try { kept = localStorage.getItem(CHOSEN); } catch { /* A browser that keeps nothing chooses anew each time. */ }
  const known = navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => WORDS[tag]);
  use(WORDS[kept] ? kept : known || 'en');
  const select = document.getElementById('language');
  for (const [tag, name] of Object.entries(NAMES)) {
    const option = document.createElement('option');
    option.value = tag;
    option.textContent = name;
    option.lang = tag;
    select.append(option);
  }
  select.value = language;
  select.addEventListener('change', () => {
    try { localStorage.setItem(CHOSEN, select.value); } catch { /* As above. */ }
    use(select.value);
    changed();
  });
}
