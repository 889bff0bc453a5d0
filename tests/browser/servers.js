// Servers that shops need: the program that starts them for tests in Rust starts them here too.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { target } from './shop.js';

/** Starts servers by name (`etcd`, `postgres`, `letters`); where they are, and how they end. */
export async function servers(...names) {
  const child = spawn(join(target, 'release', 'servers'), names, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => { throw new Error(`${names.join(', ')} did not start: ${code}`); }),
  ]);
  const close = async () => {
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
  };
  return { ...JSON.parse(line), close };
}
