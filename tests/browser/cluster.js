// A shop on three nodes, with etcd and PostgreSQL, and one address before their pages.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { servers } from './servers.js';
import { Shop, freePorts, until } from './shop.js';

const NODES = 3;
const OPENS_MS = 60_000;

/** Three nodes of one kiosk. */
export class Cluster extends Shop {
  /** Starts them, and waits until the shop is open. */
  async open(...options) {
    const { etcd, ledger, close } = await servers('etcd', 'postgres');
    this.end = close;
    const ports = await freePorts(4 * NODES);
    this.nodes = Array.from({ length: NODES }, (_, at) => ports.slice(4 * at, 4 * at + 4));
    for (const [at, own] of this.nodes.entries()) {
      const [grpc, web, pages, peer] = own.map((port) => `127.0.0.1:${port}`);
      own.process = this.start(`node-${at}`, ['serve', '--store', 'kiosk', '--node', `node-${at}`, '--insecure',
        '--ledger', ledger, ...etcd.flatMap((url) => ['--etcd', url]), '--pass-key', 'issuer.pub', '--receipts', 'receipts',
        '--listen', grpc, '--web', web, '--pages', pages, '--peer', peer, ...options]);
    }
    const ready = async ([, web], at) => {
      if (this.nodes[at].process.exitCode !== null) throw new Error(this.said(`node-${at}`));
      return (await fetch(`http://127.0.0.1:${web}/readyz`).catch(() => ({}))).ok;
    };
    await until('three nodes that are ready', async () => (await Promise.all(this.nodes.map(ready))).every(Boolean), OPENS_MS);
    const decide = (own) => this.decides(own);
    await until('a shop that is open', async () => (await Promise.all(this.nodes.map(decide))).some(Boolean), OPENS_MS);
    this.door = createServer((socket) => this.forward(socket)).listen(this.ports[2], '127.0.0.1');
    await once(this.door, 'listening');
  }

  get doors() {
    return this.nodes.map(([grpc]) => `http://127.0.0.1:${grpc}`);
  }

  /** Where the pages of one node are. */
  pagesOf(at) {
    return `http://127.0.0.1:${this.nodes[at][2]}`;
  }

  /** Whether anything is decided yet, as far as a node knows. */
  async decides([, web]) {
    const text = await (await fetch(`http://127.0.0.1:${web}/metrics`)).text();
    return /^amble_decided_until_timestamp_seconds(?:\{[^}]*\})? [1-9]/m.test(text);
  }

  /** Takes a connection to the first node that takes it, as an address before all nodes does. */
  forward(socket, at = 0) {
    socket.on('error', () => {});
    if (at === NODES) {
      socket.destroy();
      return;
    }
    const way = connect(this.nodes[at][2], '127.0.0.1');
    let through = false;
    way.on('connect', () => {
      through = true;
      socket.pipe(way);
      way.pipe(socket);
    });
    way.on('error', () => {
      if (!through) this.forward(socket, at + 1);
    });
    way.on('close', () => through && socket.destroy());
    socket.on('close', () => way.destroy());
  }

  /** Ends a node's process, which has no say in the matter. */
  async kill(at) {
    const { process } = this.nodes[at];
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
  }

  async close() {
    this.door?.close();
    await super.close();
    await this.end?.();
  }
}
