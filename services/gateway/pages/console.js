// The shop's console: signing in, its rooms, and what all of them share.
//
// 1. A room's script is fetched when it is entered first, and what it shows each time: who looks at the floor only
//    pays for the floor.
// 2. What is shown is live, or says that it is not.

import { plural, refusal, speak, t } from './console-words.js';
import * as shop from './console-shop.js';
import { FloorMap, showParties, showWell, showZones } from './console-floor.js';

const at = (id) => document.getElementById(id);
const ROOMS = ['floor', 'visits', 'visit', 'reviews', 'shelves', 'sales'];
/** What makes a room of its script, for a house. */
const MAKE = {
  visits: async (house) => new (await import('./console-visits.js')).Visits(house),
  reviews: async (house) => new (await import('./console-reviews.js')).Reviews(house),
  shelves: async (house) => new (await import('./console-shelves.js')).Shelves(house),
  sales: async (house) => new (await import('./console-sales.js')).Sales(house),
};

const shown = { plan: null, floor: null, map: null, line: 'off', rooms: {}, following: false };


/** Says something to who hears the page. */
function tell(text) {
  at('told').textContent = text;
}

function setLine(state) {
  shown.line = state;
  at('line').dataset.state = state;
  at('line-text').textContent = state === 'off' ? '' : t(state);
}

function drawFloor() {
  const { floor, map } = shown;
  if (!floor || !map) return;
  map.show(floor);
  showWell(floor);
  showParties(floor, map);
  showZones(floor);
}

function takeFloor(floor) {
  const before = shown.floor;
  shown.floor = floor;
  setLine('live');
  const waiting = floor.open_reviews;
  at('reviews-count').hidden = !waiting;
  at('reviews-count').textContent = waiting;
  if (before && before.open_reviews !== waiting) shown.rooms.reviews?.changed();
  const names = (state) => state.alerts.map(({ name, subject }) => name + subject).join();
  if (before && names(before) !== names(floor)) tell(plural('alerts_now', floor.alerts.length));
  if (room() === 'floor') drawFloor();
}

/** Where the reader is. */
function room() {
  const name = location.hash.slice(1).split('/')[0];
  return ROOMS.includes(name) ? name : 'floor';
}

/** A room by name; one visit is looked at in the room of all visits. */
async function roomOf(name) {
  const key = name === 'visit' ? 'visits' : name;
  shown.rooms[key] ||= await MAKE[key]({ plan: shown.plan, tell, floor: () => shown.floor });
  return shown.rooms[key];
}

async function enter() {
  if (!shown.plan) return;
  const name = room();
  for (const one of ROOMS) at(`room-${one}`).hidden = one !== name;
  const tab = name === 'visit' ? 'visits' : name;
  for (const link of document.querySelectorAll('#rooms a')) {
    if (link.hash === `#${tab}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${t(tab)} · ${shown.plan.name}`;
  if (name === 'floor') return drawFloor();
  try {
    const entered = await roomOf(name);
    const what = decodeURIComponent(location.hash.split('/').slice(1).join('/'));
    await (name === 'visit' ? entered.story(what) : entered.enter());
  } catch (error) {
    if (!(error instanceof shop.Refused) && !(error instanceof shop.Away)) throw error;
    // A node that leaves, a ledger that is away: again, unless the reader has gone elsewhere.
    const here = location.hash;
    tell(error instanceof shop.Refused ? refusal(error) : t('away'));
    setTimeout(() => location.hash === here && enter(), error.retryAfterMs || 2000);
  }
  return undefined;
}

/** Asks for a token, and says what was wrong with the last one. */
function signIn(problem) {
  shown.plan = null;
  shown.floor = null;
  for (const name of ROOMS) at(`room-${name}`).hidden = true;
  at('rooms').hidden = true;
  at('sign-out').hidden = true;
  at('sign-in').hidden = false;
  at('token-fault').textContent = problem && (shop.hasToken() || problem.reason === 'NO_OPERATORS') ? refusal(problem) : '';
  shop.keep('');
  setLine('off');
  at('token').focus();
}

async function open() {
  try {
    shown.plan = await shop.get('plan');
  } catch (error) {
    if (error instanceof shop.Refused && (error.status === 401 || error.status === 403)) return signIn(error);
    if (!(error instanceof shop.Refused) && !(error instanceof shop.Away)) throw error;
    setLine('again');
    setTimeout(open, error.retryAfterMs || 1000);
    return undefined;
  }
  at('sign-in').hidden = true;
  at('rooms').hidden = false;
  at('sign-out').hidden = !shop.hasToken();
  at('shop-name').textContent = shown.plan.name;
  shown.map = new FloorMap(shown.plan, (party) => {
    shown.map.chosen = shown.map.chosen === party ? '' : party;
    drawFloor();
  });
  shown.rooms = {};
  setLine('calling');
  if (!shown.following) {
    shown.following = true;
    shop.follow({
      floor: takeFloor,
      lost: () => setLine('again'),
      refused(problem) {
        shown.following = false;
        signIn(problem);
      },
    });
  }
  return enter();
}

shop.begin();
speak(() => {
  setLine(shown.line);
  drawFloor();
  for (const one of Object.values(shown.rooms)) one.draw();
  if (shown.plan) document.title = `${t(room() === 'visit' ? 'visits' : room())} · ${shown.plan.name}`;
});
at('sign-in-form').addEventListener('submit', (event) => {
  event.preventDefault();
  shop.keep(at('token').value.trim());
  at('token').value = '';
  open();
});
at('sign-out').addEventListener('click', () => {
  shop.keep('');
  location.reload();
});
addEventListener('hashchange', () => {
  if (new URLSearchParams(location.hash.slice(1)).get('token')) return location.reload();
  return enter();
});
await open();
