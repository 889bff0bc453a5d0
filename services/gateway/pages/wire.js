// The wire to a shop, for every page: calls, events as they come, and when to call again.
//
// 1. A refusal is the shop's word; that it can't be reached is another thing, and what is wrong with the page
//    itself is neither.
// 2. Who calls again does so soon at first, later less often, and never in step with others.
// 3. The shop's clock counts: a phone whose own is wrong goes by what each answer says.

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
/** The shop says every three seconds that a line is alive. */
export const SILENT_MS = 9000;

/** A refusal as the shop words it. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail);
    this.reason = problem.reason;
    this.status = problem.status;
    this.retryAfterMs = problem.retry_after_ms || 0;
  }
}

/** The shop can't be reached, or the line to it broke. */
export class Away extends Error {}

/** Browsers have several errors for one thing; what is wrong with the page itself is none of them. */
export function away(error) {
  throw new Away(error.message);
}

/** An answer says whole seconds, and was a while on its way: a clock that is no further off is right. */
const CLOCKS_AGREE_MS = 2000;
let aheadMs = 0;

/** The time by the shop's clock, in milliseconds. */
export function shopsNow() {
  return Date.now() + aheadMs;
}

function compareClocks(answer) {
  const says = Date.parse(answer.headers.get('date'));
  if (Number.isNaN(says)) return;
  const ahead = says + 500 - Date.now();
  aheadMs = Math.abs(ahead) > CLOCKS_AGREE_MS ? ahead : 0;
}

/** Calls the shop with a pass or a token; the answer, or Refused, or Away. */
export async function ask(bearer, method, path, { body, headers = {}, signal } = {}) {
  const shown = bearer ? { authorization: `Bearer ${bearer}`, ...headers } : { ...headers };
  if (body !== undefined) shown['content-type'] = 'application/json';
  const answer = await fetch(`/api/v1/${path}`, {
    method, signal, headers: shown, cache: 'no-store', credentials: 'omit',
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(away);
  compareClocks(answer);
  if (answer.ok) return answer;
  const text = await answer.text().catch(away);
  let problem = { detail: text || answer.statusText, status: answer.status, reason: '' };
  // A proxy before the shop may answer in its own words.
  try { problem = JSON.parse(text); } catch { /* Then they are shown as they are. */ }
  throw new Refused(problem);
}

/** Reads server-sent events; `sign` is called with each sign of life. */
export async function* events(stream, sign) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let event = { name: 'message', data: '', id: '' };
  for (;;) {
    const { value, done } = await reader.read().catch(away);
    if (done) return;
    sign();
    text += value;
    const rows = text.split('\n');
    text = rows.pop();
    for (const row of rows) {
      if (row === '') {
        if (event.data) yield event;
        event = { name: 'message', data: '', id: '' };
        continue;
      }
      const colon = row.indexOf(':');
      const field = colon < 0 ? row : row.slice(0, colon);
      const what = colon < 0 ? '' : row.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') event.name = what;
      else if (field === 'id') event.id = what;
      else if (field === 'data') event.data += what;
    }
  }
}

/** How long to wait after so many failures. */
export function longer(failures) {
  return Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
}

export function pause(ms) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      document.removeEventListener('visibilitychange', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    // A phone that comes out of the tunnel, or out of the pocket, need not wait.
    addEventListener('online', end);
    document.addEventListener('visibilitychange', end);
  });
}
