// "That's not mine", from the shopper's page through the review to the money given back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look, phone, start } from './browser.js';
import { Shop, until } from './shop.js';

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

/** Says of a line that it is not theirs: two taps. */
async function notMine(line) {
  for (let tap = 0; tap < 2; tap += 1) await line.locator('.dispute button').click();
}

test('a disputed line is greyed, looked at, and answered where it was asked', { timeout: 150_000 }, async () => {
  const day = shop.people('--seconds', '30', '--people', '6', '--seed', '3', '--mishaps', 'none');
  await until('the end of the day', () => day.exitCode !== null, 120_000);
  const { visit, pass } = await until('a receipt with a line', () => shop.passes().find((one) => shop.receipt(one.visit)?.lines.length));
  const [{ product }] = shop.receipt(visit).lines;

  const page = await phone(browser, 'de-DE');
  await page.goto(`${shop.url}/#pass=${pass}`);
  const line = page.locator('#receipt-lines .entry').first();
  await line.locator('.dispute button').click();
  assert.equal(await page.locator('.entry.disputed').count(), 0, 'one tap is not enough');
  await page.locator('#receipt-title').click();
  await notMine(line);
  await page.waitForSelector('#receipt-lines .entry.disputed .dispute.open');
  await look(page, 'disputed');

  const at = ['--connect', `http://127.0.0.1:${shop.ports[0]}`];
  const review = `receipt-${visit}/dispute/${product}`;
  assert.match(shop.run('reviews', ...at), new RegExp(product));
  assert.match(shop.run('reviews', 'answer', review, `${product}=0`, '--by', 'anna', ...at), /given back/);
  await page.waitForSelector('#receipt-lines .dispute.upheld', { timeout: 20_000 });
  const back = await page.locator('#receipt-sums .corrected dd').textContent();
  assert.match(back, /-/);
  await look(page, 'upheld');
  assert.deepEqual(page.faults, []);
});
