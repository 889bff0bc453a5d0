// A whole visit on the shopper's page, and what the page owes to the shopper.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look, phone, start } from './browser.js';
import { Shop, until } from './shop.js';

/** Bytes over the network until a page stands, all its files together. */
const FIRST_LOAD = 100_000;

let browser;
let shop;

before(async () => {
  [browser, shop] = await Promise.all([start(), Shop.new()]);
  await shop.open();
});

after(async () => {
  await browser?.close();
  await shop?.close();
});

/** So soon a page shows what was taken, at half of the takes: before it is decided. */
const SHOWN_MS = 300;

const shown = (page, id) => page.locator(`#${id}`).isVisible();

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

test('a pass leads from the gate to the cart and to the receipt', { timeout: 150_000 }, async () => {
  const day = shop.people('--seconds', '40', '--people', '8', '--seed', '3', '--mishaps', 'none', '--mishap', 'put-back=0.25');
  const pages = new Map();
  // A phone for each visit, as soon as its pass is scanned.
  const follow = async () => {
    for (const { visit, pass } of shop.passes().slice(pages.size)) {
      const page = await phone(browser, ['en-GB', 'de-DE', 'ja-JP'][pages.size % 3]);
      pages.set(visit, page);
      await page.goto(`${shop.url}/#pass=${pass}`);
    }
  };
  let disturbed = '';
  await until('the end of the day', async () => {
    await follow();
    const [[visit, page] = []] = pages;
    if (!disturbed && page && (await page.locator('#lines .entry').count()) > 0) {
      disturbed = visit;
      await budgetWarns(page);
      await look(page, 'cart');
    }
    return day.exitCode !== null;
  }, 120_000);
  assert.ok(disturbed, 'nobody took anything');

  const waits = [];
  const takes = { shown: [], decided: [] };
  for (const [visit, page] of pages) {
    const receipt = await until(`the receipt of ${visit}`, () => shop.receipt(visit));
    await page.waitForSelector('#receipt:visible', { timeout: 20_000 }).catch(async () => {
      assert.fail(`${visit} has a receipt, and its page shows: ${await page.locator('body').innerText()}`);
    });
    const total = (await page.locator('#receipt-sums .grand dd').textContent()).replace(/\D/g, '');
    assert.equal(Number(total), receipt.total_minor, visit);
    assert.equal(await page.locator('#receipt-lines .entry').count(), receipt.lines.length, visit);
    const seen = await page.evaluate(() => (
      { takes: window.takes, totals: window.totals, lines: window.lines, openedUs: performance.timeOrigin * 1000 }
    ));
    const { totals, openedUs } = seen;
    falls(totals);
    assert.equal(await page.locator('.pending').count(), 0, `${visit}: nothing is pending for ever`);
    // What was there before the page was opened did not wait for it; the first page was looked at meanwhile.
    const waited = visit === disturbed ? [] : seen.takes.filter(({ us }) => us > openedUs);
    waits.push(...waited.map(({ us, shownUs }) => (shownUs - us) / 1000));
    if (visit !== disturbed) sinceTaken(shop.truth('action').filter((one) => one.visit === visit && one.time_us > openedUs), seen.lines, takes);
    assert.deepEqual(page.faults, [], visit);
  }
  await look(pages.get(disturbed), 'receipt');
  waits.sort((a, b) => a - b);
  const told = [0.5, 0.99].map((share) => `${quantile(waits, share).toFixed(0)} ms`);
  console.log(`shelf at rest → page, ${waits.length} takes in ${pages.size} visits: p50 ${told[0]}, p99 ${told[1]}`);
  for (const [what, since] of Object.entries(takes)) {
    since.sort((a, b) => a - b);
    const [half, most] = [0.5, 0.99].map((share) => quantile(since, share));
    console.log(`hand off the shelf (truth) → page, ${what}: p50 ${half.toFixed(0)} ms, p99 ${most.toFixed(0)} ms, of ${since.length}`);
  }
  assert.ok(quantile(takes.shown, 0.5) < SHOWN_MS, 'what is being decided is shown as such');
  assert.ok(waits.length > 3, `${waits.length} takes are no day`);
});

/** How long after each take, by the truth, its page showed it: at all, and as decided. In ms; what was seen while the
 * hand was still there took no time. */
function sinceTaken(moves, lines, takes) {
  for (const { time_us: us, product } of moves.filter(({ kind }) => kind === 'take')) {
    const grown = lines.filter((line) => line.product === product && line.more > 0 && line.shownUs > us - 500_000);
    const wait = (line) => Math.max(0, line.shownUs - us) / 1000;
    if (grown.length) takes.shown.push(wait(grown[0]));
    const decided = grown.find(({ pending, shownUs }) => !pending && shownUs > us);
    if (decided) takes.decided.push(wait(decided));
  }
}

/** Sets a budget that is nearly used up, then one that is passed, then none. */
async function budgetWarns(page) {
  const total = Number((await page.locator('#total').textContent()).replace(/\D/g, ''));
  await page.locator('details summary').click();
  for (const [share, state] of [[0.5, 'over'], [1.1, 'near']]) {
    await page.locator('#budget-amount').fill((Math.ceil(total * share) / 100).toFixed(2));
    await page.locator('#budget-form .main').click();
    // The total may have grown meanwhile, and the warning with it.
    await page.waitForSelector(`#budget[data-state="${state}"], #budget[data-state="over"]`);
  }
  await page.locator('#budget-amount').fill('12.345');
  await page.locator('#budget-form .main').click();
  await page.waitForSelector('#budget-fault:not(:empty)');
}

/** A phone without a network says so, and comes back by itself. */
async function tunnel(page) {
  await page.context().setOffline(true);
  await page.waitForSelector('#line[data-state="again"]');
  assert.equal(await page.locator('#sum.old').count(), 1);
  await look(page, 'offline');
  await page.context().setOffline(false);
  await page.waitForSelector('#line[data-state="live"]');
  assert.equal(await page.locator('#sum.old').count(), 0);
}

/** No total goes down without a word. */
function falls(totals) {
  const minor = ({ text }) => Number(text.replace(/\D/g, ''));
  for (const [at, state] of totals.entries()) {
    if (at > 0 && minor(state) < minor(totals[at - 1])) {
      assert.notEqual(state.why, '', `${totals[at - 1].text} became ${state.text} without a reason`);
    }
  }
}

test('the pass page shows the code until the gate has read it', async () => {
  const pass = shop.run('pass', 'issue', '--key', 'issuer.pem', '--store', 'kiosk', '--visit', 'anna', '--party', '3').trim();
  const page = await phone(browser);
  await page.goto(`${shop.url}/pass#pass=${pass}`);
  await page.waitForSelector('#code:visible');
  const width = await page.locator('#code-image').evaluate((image) => image.naturalWidth && image.clientWidth);
  assert.ok(width > 280, `${width} px are too few for a reader`);
  assert.match(await page.locator('#party').textContent(), /3/);
  await look(page, 'pass');

  const cart = await phone(browser, 'de-DE');
  await cart.goto(`${shop.url}/#pass=${pass}`);
  await cart.waitForSelector('#note-link:visible');
  await look(cart, 'waiting');

  const opened = await fetch(`${shop.url}/api/v1/visit/open`, {
    method: 'POST', headers: { authorization: `Bearer ${pass}` }, body: '{"gate":"entry-1"}',
  });
  assert.deepEqual([opened.status, await opened.json()], [200, { visit: 'anna' }]);
  for (const followed of [page, cart]) {
    await followed.waitForSelector('#cart:visible');
    await followed.waitForSelector('#line[data-state="live"]');
    assert.deepEqual(followed.faults, []);
  }
  await look(page, 'empty');
  await tunnel(cart);
});

test('a pass that is not good is told apart from a shop that is not there', async () => {
  const other = shop.run('pass', 'issue', '--key', 'issuer.pem', '--store', 'elsewhere', '--visit', 'bob').trim();
  const page = await phone(browser, 'ja-JP');
  await page.goto(`${shop.url}/#pass=${other}`);
  await page.waitForSelector('#note:visible');
  assert.match(await page.locator('#note-text').textContent(), /別の店舗/);
  await look(page, 'refused');
  assert.equal(await shown(page, 'line'), false);
  assert.deepEqual(page.faults.filter((fault) => !/40[13]/.test(fault)), []);
});

test('a first load is small, and nothing comes from anywhere else', async () => {
  for (const path of ['/', '/pass']) {
    const page = await phone(browser);
    const network = await page.context().newCDPSession(page);
    await network.send('Network.enable');
    let bytes = 0;
    const elsewhere = [];
    network.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
    page.on('request', (request) => {
      if (!request.url().startsWith(shop.url)) elsewhere.push(request.url());
    });
    await page.goto(`${shop.url}${path}`, { waitUntil: 'networkidle' });
    console.log(`first load of ${path}: ${bytes} bytes`);
    assert.ok(bytes > 1000 && bytes < FIRST_LOAD, `${path}: ${bytes} bytes`);
    assert.deepEqual(elsewhere, []);
  }
});

test('the first error of a script is shown to who looks at the page', async () => {
  for (const [path, script, picture] of [['/', 'words', 'fault'], ['/pass', 'shop', ''], ['/console', 'console-words', 'console-fault']]) {
    const page = await phone(browser);
    await page.goto(`${shop.url}${path}`);
    await page.evaluate(() => { setTimeout(() => { throw new Error('first'); }); });
    await page.waitForSelector('#fault:visible');
    await page.evaluate(() => { setTimeout(() => { throw new Error('second'); }); });
    assert.match(await page.locator('#fault').textContent(), /first/, path);
    if (picture) await look(page, picture);

    // Also when the script itself does not come.
    const broken = await phone(browser);
    await broken.route(`**/static/${script}.js`, (route) => route.abort());
    await broken.goto(`${shop.url}${path}`);
    await broken.waitForSelector('#fault:visible');
  }
});

test('amounts have the digits of their currency, written and read', async () => {
  const page = await phone(browser, 'de-DE');
  await page.goto(`${shop.url}/`);
  await page.waitForSelector('#note:visible');
  const { written, read } = await page.evaluate(async () => {
    const { money } = await import('/static/words.js');
    const { minor } = await import('/static/budget.js');
    const amounts = [[1234567, 'EUR', 2], [5, 'EUR', 2], [-5, 'EUR', 2], [1234, 'JPY', 0], [1234, 'KWD', 3]];
    const texts = [['12,5', 2], ['12.50', 2], ['1.234', 3], ['１２３', 0], ['0', 2], ['1.234', 2], ['0,5', 0], ['-1', 2], ['', 2], ['1e3', 2]];
    return {
      written: amounts.map(([cents, currency, digits]) => money({ minor: cents, currency, digits }).replace(/[^\d.,-]/g, '')),
      read: texts.map(([text, digits]) => minor(text, digits)),
    };
  });
  assert.deepEqual(written, ['12.345,67', '0,05', '-0,05', '1.234', '1,234']);
  assert.deepEqual(read, [1250, 1250, 1234, 123, 0, null, null, null, null, null]);
});
