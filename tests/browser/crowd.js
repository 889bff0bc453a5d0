// Many shoppers' pages at once on one node: what that costs, and how long an update takes to all of them.
//
// A kiosk that serves, a simulated day in real time, and so many lines of server-sent events as pages would open: each
// is about a visit of that day, with its pass, over a connection of its own. A page's update took from the moment that
// the first line heard of that state of the cart until this line did; and, as all pages feel it, since the shelf came to
// rest. This program and the people take their share of the machine: it says how busy that was.

import { request } from 'node:http';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { Shop, until } from './shop.js';

const PAGES = Number(process.argv[2] || 1000);
const SECONDS = Number(process.argv[3] || 60);

const shop = await Shop.new();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the kernel has counted for the shop's process: CPU seconds, and memory in MB. */
function used() {
  const stat = readFileSync(`/proc/${shop.serving.pid}/stat`, 'utf8');
  // Fields after the name, which may hold anything; clock ticks are hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${shop.serving.pid}/status`, 'utf8');
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, mb: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024 };
}

function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

const told = (values) => (values.length === 0 ? 'none'
  : `p50 ${quantile(values, 0.5).toFixed(0)} ms, p99 ${quantile(values, 0.99).toFixed(0)} ms, of ${values.length}`);

/** When the first line heard of a state of a cart, by visit and version. */
const first = new Map();
const spread = [];
const sinceRest = [];
const lines = { open: 0, ended: 0 };

function heard(visit, cart, news) {
  const now = Date.now();
  const state = `${visit} ${cart.as_of_us} ${cart.version}`;
  const before = first.get(state);
  if (before === undefined) first.set(state, now);
  spread.push(now - (before ?? now));
  if (news) sinceRest.push(now - cart.newest_change_us / 1000);
}

/** A line as a page has one, until the shop ends it. */
function open({ visit, pass }) {
  const headers = { authorization: `Bearer ${pass}`, accept: 'text/event-stream' };
  const asked = request(`${shop.url}/api/v1/visit/cart`, { headers, agent: false }, (answer) => {
    if (answer.statusCode !== 200) {
      answer.resume();
      return;
    }
    lines.open += 1;
    let text = '';
    let newest = null;
    answer.setEncoding('utf8').on('data', (part) => {
      text += part;
      const rows = text.split('\n');
      text = rows.pop();
      for (const row of rows) {
        if (!row.startsWith('data: {')) continue;
        const cart = JSON.parse(row.slice(6));
        if (newest !== null) heard(visit, cart, cart.newest_change_us > newest);
        newest = Math.max(newest ?? 0, cart.newest_change_us);
      }
    });
    answer.on('close', () => { lines.open -= 1; lines.ended += 1; });
  });
  asked.on('error', () => {});
  asked.end();
}

try {
  await shop.open();
  await sleep(2000);
  const alone = used();
  shop.people('--seconds', String(SECONDS + 30), '--people', '40', '--seed', '5');
  await until('people', () => shop.passes().length >= 4);
  const quiet = used();
  const end = Date.now() + SECONDS * 1000;
  let most = 0;
  let begun = 0;
  const before = { at: Date.now(), ...used() };
  let peak = 0;
  while (Date.now() < end) {
    const newest = shop.passes().slice(-4);
    // Lines of visits that are over are opened again for those that are not; a hundred at a time, as people come.
    for (let left = Math.min(100, PAGES - lines.open); left > 0; left -= 1) {
      open(newest[begun % newest.length]);
      begun += 1;
    }
    most = Math.max(most, lines.open);
    peak = Math.max(peak, used().mb);
    await sleep(500);
  }
  const after = used();
  const seconds = (Date.now() - before.at) / 1000;
  console.log(`${PAGES} pages wanted, ${most} open at once, ${begun} opened in ${seconds.toFixed(0)} s; ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`);
  console.log(`memory: ${alone.mb.toFixed(0)} MB alone, ${quiet.mb.toFixed(0)} MB with people, ${peak.toFixed(0)} MB with pages at most`);
  console.log(`CPU with people and pages: ${((after.cpu - before.cpu) / seconds).toFixed(2)} cores`);
  console.log(`an update, from the first line that heard it to each: ${told(spread)}`);
  console.log(`from the shelf's rest to each line: ${told(sinceRest)}`);
} finally {
  await shop.close();
}
