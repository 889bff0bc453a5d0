// A pass that belongs to a phone: its code changes, a copy of it opens nothing, and a wrong clock harms nobody.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look, phone, start } from './browser.js';
import { Shop, until } from './shop.js';

/** For how long a code is good, and how far a clock may be off; a second more, and it is old. */
const OLD_MS = 16_000;

let browser;
let shop;

before(async () => {
  [browser, shop] = await Promise.all([start(), Shop.new()]);
  shop.run('pass', 'keygen', 'binder.pem');
  await shop.open('--bind-key', 'binder.pem', '--rotating-passes');
});

after(async () => {
  await browser?.close();
  await shop?.close();
});

const issue = (visit, ...more) => shop.run('pass', 'issue', '--key', 'issuer.pem', '--store', 'kiosk', '--visit', visit, ...more).trim();
const ticket = (visit) => issue(visit, '--valid', '30m', '--bind-within', '5m');
const passOf = (page) => new URLSearchParams(new URL(page.url()).hash.slice(1)).get('pass');

/** Holds what a code says to the reader at the entry: the status and the reason. */
async function scan(shown) {
  const answer = await fetch(`${shop.url}/api/v1/visit/open`, {
    method: 'POST', headers: { authorization: `Bearer ${shown}` }, body: '{"gate":"entry-1"}',
  });
  return [answer.status, (await answer.json()).reason];
}

/** What the codes of a page say, as they are drawn. */
function codes(page) {
  const all = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/qr')) all.push(JSON.parse(request.postData()).proof);
  });
  return all;
}

test('a code changes, and only a fresh one from the phone itself opens the visit', { timeout: 120_000 }, async () => {
  const page = await phone(browser);
  const proofs = codes(page);
  const link = `${shop.url}/pass#pass=${ticket('anna')}`;
  await page.goto(link);
  await page.waitForSelector('#code:visible');
  await page.waitForSelector('#pass-live:visible');
  const drawn = await page.locator('#code-image').getAttribute('src');
  await look(page, 'pass-live');
  await until('another code', async () => await page.locator('#code-image').getAttribute('src') !== drawn, 20_000);
  const pass = passOf(page);
  assert.notEqual(link.split('pass=')[1], pass, 'the ticket is still in the address');
  assert.deepEqual(await scan(link.split('pass=')[1]), [401, 'PROOF_MISSING']);
  assert.deepEqual(await scan(pass), [401, 'PROOF_MISSING']);
  const picture = `${pass}~${proofs[0]}`;
  await new Promise((resolve) => setTimeout(resolve, OLD_MS));
  assert.deepEqual(await scan(picture), [401, 'PROOF_OLD']);
  // The picture shows nobody the cart, however fresh it is.
  const filmed = await fetch(`${shop.url}/api/v1/visit/cart`, { headers: { authorization: `Bearer ${pass}~${proofs.at(-1)}` } });
  assert.deepEqual([filmed.status, (await filmed.json()).reason], [401, 'PROOF_FORGED']);

  // The link may be opened again on the same phone, and leads to the same pass.
  await page.goto('about:blank');
  await page.goto(link);
  await page.waitForSelector('#code:visible');
  assert.equal(passOf(page), pass);
  assert.deepEqual(await scan(`${pass}~${proofs.at(-1)}`), [200, undefined]);
  await page.waitForSelector('#cart:visible');
  await page.waitForSelector('#line[data-state="live"]');
  assert.deepEqual(page.faults, []);

  const other = await phone(browser, 'de-DE');
  await other.goto(`${shop.url}/#pass=${pass}`);
  await other.waitForSelector('#note:visible');
  assert.match(await other.locator('#note-text').textContent(), /anderen Telefon/);
  assert.deepEqual(other.faults, []);
});

test('a phone whose clock is wrong goes by the shop’s', { timeout: 60_000 }, async () => {
  const page = await phone(browser);
  await page.addInitScript(() => {
    const right = Date.now;
    Date.now = () => right() - 20 * 60_000;
  });
  const proofs = codes(page);
  await page.goto(`${shop.url}/pass#pass=${ticket('bob')}`);
  await page.waitForSelector('#code:visible');
  assert.deepEqual(await scan(`${passOf(page)}~${proofs.at(-1)}`), [200, undefined]);
  await page.waitForSelector('#line[data-state="live"]');
  assert.deepEqual(page.faults, []);
});

test('without a network an old code is not shown, and a fresh one comes back by itself', { timeout: 60_000 }, async () => {
  const page = await phone(browser, 'ja-JP');
  await page.goto(`${shop.url}/pass#pass=${ticket('carol')}`);
  await page.waitForSelector('#code:visible');
  await page.context().setOffline(true);
  await page.waitForSelector('#code', { state: 'hidden', timeout: 20_000 });
  assert.match(await page.locator('#pass-text').textContent(), /店舗に接続できない/);
  await page.context().setOffline(false);
  await page.waitForSelector('#code:visible', { timeout: 20_000 });
  assert.deepEqual(page.faults, []);
});

test('a shop that wants rotating passes lets no paper in', async () => {
  assert.deepEqual(await scan(issue('dora')), [401, 'PROOF_MISSING']);
});
