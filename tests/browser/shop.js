// A shop to look at: the real program, serving, and simulated people who walk about in it.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, readdirSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const target = process.env.CARGO_TARGET_DIR || new URL('../../target', import.meta.url).pathname;
const program = process.env.AMBLE_TEST_PROGRAM || join(target, 'release', 'amble');

/** Waits until `look` gives something, at most so long. */
export async function until(what, look, withinMs = 60_000) {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** A kiosk in a folder of its own. */
export class Shop {
  static async new({ tls = false } = {}) {
    const shop = new this();
    shop.tls = tls;
    shop.folder = mkdtempSync(join(tmpdir(), 'amble-browser-'));
    shop.ports = await freePorts(3);
    shop.processes = new Set();
    shop.run('pass', 'keygen', 'issuer.pem');
    if (tls) shop.run('certs', 'dev', 'certs', '--store', 'kiosk');
    return shop;
  }

  get scheme() {
    return this.tls ? 'https' : 'http';
  }

  /** Where its pages are. */
  get url() {
    return `${this.scheme}://127.0.0.1:${this.ports[2]}`;
  }

  /** Where devices, shoppers' apps and operators connect. */
  get doors() {
    return [`${this.scheme}://127.0.0.1:${this.ports[0]}`];
  }

  /** Runs a command to its end; what it prints. */
  run(...args) {
    const done = spawnSync(program, args, { cwd: this.folder, env: {}, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${args.join(' ')}: ${done.error || done.stderr}`);
    return done.stdout;
  }

  start(name, args) {
    const said = openSync(join(this.folder, `${name}.err`), 'a');
    const child = spawn(program, args, { cwd: this.folder, env: {}, stdio: ['ignore', 'ignore', said] });
    this.processes.add(child);
    child.once('exit', () => this.processes.delete(child));
    return child;
  }

  /** Opens it, and waits until it is ready. */
  async open(...options) {
    const [grpc, web, pages] = this.ports.map((port) => `127.0.0.1:${port}`);
    this.serving = this.start('serve', ['serve', '--store', 'kiosk', '--ledger', 'ledger.sqlite',
      ...(this.tls ? ['--tls', 'certs/node'] : ['--insecure']), '--pass-key', 'issuer.pub', '--receipts', 'receipts', '--listen', grpc, '--web', web, '--pages', pages, ...options]);
    await until('a shop that is ready', async () => {
      if (this.serving.exitCode !== null) throw new Error(this.said('serve'));
      return (await fetch(`http://${web}/readyz`).catch(() => ({}))).ok;
    });
  }

  /** Ends its process, which has no say in the matter. */
  async kill() {
    const ended = once(this.serving, 'exit');
    this.serving.kill('SIGKILL');
    await ended;
  }

  /** Lets people in. */
  people(...options) {
    return this.start('simulate', ['simulate', '--store', 'kiosk', ...this.doors.flatMap((door) => ['--connect', door]),
      ...(this.tls ? ['--tls', 'certs/devices'] : []), '--pass-key', 'issuer.pem', '--passes', 'passes.jsonl', '--truth', 'truth.jsonl', ...options]);
  }

  /** The passes that were held to the reader so far, with their visits. */
  passes() {
    const file = join(this.folder, 'passes.jsonl');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line));
  }

  /** What really happened, once the day is over: moves (`action`) and visits (`visit`), as the simulator says. */
  truth(what) {
    const lines = readFileSync(join(this.folder, 'truth.jsonl'), 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line)).filter((line) => line.what === what);
  }

  /** All receipts that were put into the folder; corrections are there too, and none. */
  receipts() {
    const folder = join(this.folder, 'receipts');
    const all = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
    return all.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8'))).filter((one) => 'entered_us' in one);
  }

  /** The receipt of a visit as it was put into the folder, once it is there. */
  receipt(visit) {
    return this.receipts().find((one) => one.visit === visit);
  }

  /** Puts a file into its folder. */
  write(name, text) {
    writeFileSync(join(this.folder, name), text);
  }

  said(name) {
    return readFileSync(join(this.folder, `${name}.err`), 'utf8');
  }

  async close() {
    await Promise.all([...this.processes].map((child) => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      return ended;
    }));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
