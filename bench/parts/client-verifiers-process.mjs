// @ts-check
/** Many client verifiers in one process (docs/verifier-protocol.md), told what to do by messages of its parent. */
import { performance } from 'node:perf_hooks';
import WebSocket from 'ws';

const [address, count] = process.argv.slice(2);
const credential = process.env.RESCIND_BENCH_CREDENTIAL;
const clients = [];
let messages = 0;

class Client {
  leaseEndsAtMs = -Infinity;
  remembered = new Map();
  #asked = new Map();
  #beatenAtMs = new Map();
  #n = 0;
  #lastBeatMs = -Infinity;
  #acked = 0;
  #asks = 0;
  #socket;

  async join() {
    this.#socket = new WebSocket(`${address}/api/v1/verifiers/stream`, ['rescind.verifier.v1'], {
      perMessageDeflate: false,
      headers: { authorization: `Bearer ${credential}` },
    });
    await new Promise((resolve, reject) => this.#socket.once('open', resolve).once('error', reject));
    this.#socket.on('message', (data) => this.#take(JSON.parse(data.toString())));
    this.#socket.on('close', () => (this.leaseEndsAtMs = -Infinity));
    this.#say({ type: 'hello', version: 1, name: 'bench', max: 100_000 });
  }

  remember(secret) {
    const id = ++this.#asks;
    return new Promise((told) => {
      this.#asked.set(id, { secret, told });
      this.#say({ type: 'ask', id, secret });
    });
  }

  answersActive(secret) {
    return performance.now() < this.leaseEndsAtMs && this.remembered.has(secret);
  }

  #say(message) {
    messages++;
    this.#socket.send(JSON.stringify(message));
  }

  #beat() {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#lastBeatMs = performance.now();
    this.#beatenAtMs.set(++this.#n, this.#lastBeatMs);
    this.#say({ type: 'beat', n: this.#n, acked: this.#acked });
  }

  /** As the package does. */
  #beatIfDue(termMs) {
    const nowMs = performance.now();
    if (nowMs - this.#lastBeatMs >= termMs * 0.1875 && this.leaseEndsAtMs - nowMs < termMs * 0.45)
      this.#beat();
  }

  #take(message) {
    messages++;
    if (message.type === 'welcome') {
      // Not all at once, as those that were started at different times.
      setTimeout(() => {
        this.#beat();
        setInterval(() => this.#beatIfDue(message.term_ms), message.term_ms / 8);
      }, Math.random() * 250);
    } else if (message.type === 'grant') {
      const endsAtMs = this.#beatenAtMs.get(message.n) + message.ms;
      for (const n of this.#beatenAtMs.keys()) if (n <= message.n) this.#beatenAtMs.delete(n);
      this.leaseEndsAtMs = Math.max(this.leaseEndsAtMs, endsAtMs);
    } else if (message.type === 'fact') {
      const { secret, told } = this.#asked.get(message.id);
      this.#asked.delete(message.id);
      if (message.cacheable) this.remembered.set(secret, message.verdict.jti);
      told(message.cacheable);
    } else if (message.type === 'evict') {
      for (const [kind, id] of message.entries)
        for (const [secret, jti] of this.remembered)
          if (kind !== 'token' || jti === id) this.remembered.delete(secret);
      this.#acked = message.seq;
      this.#beat();
    } else if (message.type !== 'bye') throw new Error(`not expected: ${JSON.stringify(message)}`);
  }
}

const DO = {
  join: async () => {
    for (let index = 0; index < Number(count); index++) {
      const client = new Client();
      clients.push(client);
      await client.join();
    }
  },
  leased: () => clients.filter(({ leaseEndsAtMs }) => performance.now() < leaseEndsAtMs).length,
  remember: async (secret) => {
    const told = await Promise.all(clients.map((client) => client.remember(secret)));
    return told.filter(Boolean).length;
  },
  active: (secret) => clients.filter((client) => client.answersActive(secret)).length,
  messages: () => messages,
};

process.on('message', async ({ id, what, value }) => {
  process.send?.({ id, answer: await DO[what](value) });
});
process.on('disconnect', () => process.exit());
