// Both pages through a node's death: a shop on three nodes, a shopper's cart and the console's map open, and the
// node that serves them is killed. One address stands before all nodes, as in front of any cluster.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desk, look, phone, start } from './browser.js';
import { Cluster } from './cluster.js';
import { until } from './shop.js';

/** Pages may stand still for so long: the death is noticed, its shards begin elsewhere, the page calls again. */
const STILL_MS = 15_000;

let browser;
let shop;

before(async () => {
  [browser, shop] = await Promise.all([start(), Cluster.new()]);
  await shop.open();
});

after(async () => {
  await browser?.close();
  await shop?.close();
});

/** Keeps each state of the map in `window.floors`: when it was shown, of when it is, and whether all of the shop is in it. */
function watchMap(page) {
  return page.evaluate(() => {
    window.floors = [];
    const map = document.getElementById('map');
    new MutationObserver(() => {
      const asOf = Number(map.dataset.asOf) / 1000;
      const people = [...map.querySelectorAll('.person')].map((one) => one.style.transform).join();
      if (asOf === window.floors.at(-1)?.asOf) return;
      window.floors.push({ at: Date.now(), asOf, people, whole: map.dataset.unanswered === '0' });
    }).observe(map, { subtree: true, childList: true, attributes: true });
  });
}

/** The longest time between two new states from a moment on, in ms. */
function still(floors, moment) {
  const times = [moment, ...floors.map(({ at }) => at).filter((at) => at > moment)];
  return Math.max(...times.slice(1).map((at, n) => at - times[n]));
}

test('both pages outlive the node that serves them', { timeout: 240_000 }, async () => {
  const day = shop.people('--seconds', '60', '--people', '10', '--seed', '3', '--mishaps', 'none');
  const console_ = await desk(browser);
  await console_.goto(`${shop.url}/console`);
  await console_.waitForSelector('#map .person.party', { timeout: 60_000 });
  await watchMap(console_);

  // A visit that has something, and is not about to leave.
  const pages = new Map();
  let followed = null;
  await until('a cart with something in it', async () => {
    for (const { visit, pass } of shop.passes().slice(pages.size)) {
      const page = await phone(browser);
      pages.set(visit, page);
      await page.goto(`${shop.url}/#pass=${pass}`);
    }
    for (const [visit, page] of pages) {
      if (await page.locator('#cart:visible #lines .entry:not(.pending)').count()) followed = { visit, page };
    }
    return followed;
  });
  const { visit, page } = followed;
  await page.evaluate(() => {
    window.ages = [];
    const line = document.getElementById('line');
    const note = () => window.ages.push({ at: Date.now(), state: line.dataset.state });
    new MutationObserver(note).observe(line, { attributes: true });
  });

  const killed = Date.now();
  await shop.kill(0);
  await page.waitForSelector('#line[data-state="live"], #line[data-state="done"]');
  // All of the shop is in it again, of a time after the death, and people move.
  const shown = await until('a map that moves again', async () => {
    const floors = await console_.evaluate(() => window.floors);
    const since = floors.filter(({ asOf, whole }) => whole && asOf > killed);
    return new Set(since.map(({ people }) => people)).size > 5 && { floors, whole: since[0].at - killed };
  });
  await console_.waitForSelector('#line[data-state="live"]');
  await look(console_, 'cluster-floor');
  const zones = await console_.locator('#zones').innerText();
  assert.doesNotMatch(zones, /node-0/, 'the dead have no zones');

  await until('the end of the day', () => day.exitCode !== null, 120_000);
  const receipt = await until(`the receipt of ${visit}`, () => shop.receipt(visit));
  await page.waitForSelector('#receipt:visible', { timeout: 30_000 });
  const { totals, ages } = await page.evaluate(() => ({ totals: window.totals, ages: window.ages }));
  const minor = ({ text }) => Number(text.replace(/\D/g, ''));
  for (const [at, state] of totals.entries()) {
    assert.ok(at === 0 || minor(state) >= minor(totals[at - 1]) || state.why, JSON.stringify(totals));
  }
  assert.equal(minor({ text: await page.locator('#receipt-sums .grand dd').textContent() }), receipt.total_minor);
  const back = ages.find(({ at, state }) => at >= killed && state === 'live');
  assert.ok(ages.some(({ at, state }) => at >= killed && state === 'again'), JSON.stringify(ages));
  const gap = still(shown.floors, killed);
  console.log(`a node was killed: the cart was live again after ${back.at - killed} ms; the map stood still for ${gap} ms at most, and all of the shop was in it again after ${shown.whole} ms`);
  assert.ok(back.at - killed < STILL_MS && gap < STILL_MS && shown.whole < STILL_MS);

  // Nobody's page was left behind.
  for (const [other, one] of pages) {
    const own = await until(`the receipt of ${other}`, () => shop.receipt(other));
    await one.waitForSelector('#receipt:visible', { timeout: 30_000 });
    assert.equal(minor({ text: await one.locator('#receipt-sums .grand dd').textContent() }), own.total_minor, other);
    assert.deepEqual(one.faults, [], other);
  }
  assert.deepEqual(console_.faults, []);
});

test('any node’s console shows the whole shop', { timeout: 120_000 }, async () => {
  const rows = [];
  for (const at of [1, 2]) {
    const page = await desk(browser);
    await page.goto(`${shop.pagesOf(at)}/console#visits`);
    await page.waitForSelector('#visits-table tbody tr');
    await look(page, `cluster-visits-${at}`);
    const visits = await page.locator('#visits-table tbody tr').allInnerTexts();
    await page.goto(`${shop.pagesOf(at)}/console#shelves`);
    await page.waitForSelector('#shelves-table tbody tr');
    const shelves = await page.locator('#shelves-table tbody tr').allInnerTexts();
    await page.goto(`${shop.pagesOf(at)}/console#sales`);
    await page.waitForSelector('#sales-table tbody tr');
    const sales = await page.locator('#sales-table tbody tr').allInnerTexts();
    rows.push({ visits, shelves, sales });
    assert.deepEqual(page.faults, []);
  }
  assert.ok(rows[0].visits.length >= shop.passes().length, `${rows[0].visits.length} visits`);
  assert.deepEqual(rows[0], rows[1]);
});
