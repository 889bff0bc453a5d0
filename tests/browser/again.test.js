// A shop with TLS that dies and comes back while the page is open.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { phone, start } from './browser.js';
import { Shop, until } from './shop.js';

let browser;
let shop;

before(async () => {
  [browser, shop] = await Promise.all([start(), Shop.new({ tls: true })]);
});

after(async () => {
  await browser?.close();
  await shop?.close();
});

test('a page outlives the shop it looks at, and its total never goes back in silence', { timeout: 120_000 }, async () => {
  await shop.open();
  const day = shop.people('--seconds', '10', '--people', '1', '--seed', '5', '--mishaps', 'none');
  const [{ visit, pass }] = await until('a pass', () => shop.passes().length && shop.passes(), 30_000);
  const page = await phone(browser);
  await page.goto(`${shop.url}/#pass=${pass}`);
  await page.waitForSelector('#lines .entry', { timeout: 60_000 });
  const spoken = await page.evaluate(() => performance.getEntriesByType('navigation')[0].nextHopProtocol);
  assert.equal(spoken, 'h2');
  const total = await page.locator('#total').textContent();
  assert.equal(await page.locator('#line').getAttribute('data-state'), 'live');

  await shop.kill();
  await page.waitForSelector('#line[data-state="again"]');
  // It is shown for what it is: a total of then.
  assert.equal(await page.locator('#sum.old').count(), 1);
  assert.equal(await page.locator('#total').textContent(), total);
  // At once: cameras keep ten seconds, and a visit that began just before needs them.
  await shop.open();
  await page.waitForSelector('#line[data-state="live"], #receipt:visible', { timeout: 20_000 });
  await page.waitForSelector('#receipt:visible', { timeout: 60_000 });
  const receipt = await until('the receipt', () => shop.receipt(visit), 10_000);
  const totals = await page.evaluate(() => window.totals);
  const minor = ({ text }) => Number(text.replace(/\D/g, ''));
  for (const [at, state] of totals.entries()) {
    assert.ok(at === 0 || minor(state) >= minor(totals[at - 1]) || state.why, JSON.stringify(totals));
  }
  assert.equal(minor(totals.at(-1)), receipt.total_minor);
  assert.deepEqual(page.faults, []);
  await until('the end of the day', () => day.exitCode !== null, 60_000);
});
