// A browser as a phone or on a desk, and what is looked at in each page.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = createRequire(import.meta.url)('axe-core').source;
const target = process.env.CARGO_TARGET_DIR || new URL('../../target', import.meta.url).pathname;
const pictures = join(process.env.AMBLE_TEST_PICTURES || target, 'browser');
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 860 };

/** Starts the browser that Debian has. */
export function start() {
  mkdirSync(pictures, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A page whose faults are kept in `page.faults`. */
async function watched(browser, options) {
  // The shop's authority is a minute old.
  const context = await browser.newContext({ ...options, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => {
    // A call that fails while the shop is down is in the console too, and is no fault.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) page.faults.push(message.text());
  });
  return page;
}

/** A shopkeeper's page, on a desk. */
export function desk(browser, locale = 'en-GB') {
  return watched(browser, { viewport: DESK, locale, acceptDownloads: true });
}

/** A phone's page, which keeps what it showed when in `window.takes`, `window.lines` and `window.totals`. */
export async function phone(browser, locale = 'en-GB') {
  const page = await watched(browser, { viewport: PHONE, deviceScaleFactor: 2, locale, isMobile: true, hasTouch: true });
  await page.addInitScript(() => {
    window.takes = [];
    window.totals = [];
    window.lines = [];
    const counts = new Map();
    const look = () => {
      const shownUs = (performance.timeOrigin + performance.now()) * 1000;
      const now = new Map();
      for (const line of document.querySelectorAll('#lines .entry')) {
        const pending = line.classList.contains('pending');
        const key = `${pending ? '?' : ''}${line.dataset.product}`;
        now.set(key, (now.get(key) || 0) + (pending ? 1 : Number.parseInt(line.querySelector('.count').textContent, 10)));
      }
      for (const key of new Set([...now.keys(), ...counts.keys()])) {
        const [before, count] = [counts.get(key) || 0, now.get(key) || 0];
        if (count !== before) window.lines.push({ product: key.replace('?', ''), pending: key.startsWith('?'), more: count - before, shownUs });
        counts.set(key, count);
      }
      const total = document.getElementById('total');
      const us = Number(total?.dataset.changeUs || 0);
      if (us > (window.takes.at(-1)?.us || 0)) {
        window.takes.push({ us, shownUs });
      }
      const why = document.getElementById('why');
      const text = total?.textContent;
      if (text && text !== window.totals.at(-1)?.text) window.totals.push({ text, why: why.hidden ? '' : why.textContent });
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  });
  return page;
}

/** Looks at a page in light and dark: a picture of each, and what a checker of accessibility finds. */
export async function look(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`), fullPage: true });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run());
    const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' ')}`);
    assert.deepEqual(found, [], `${name} in ${colorScheme}`);
  }
}
