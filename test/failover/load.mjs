// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { Calls } from '../guarantees/torture/calls.mjs';
import { issue, revoke, revokeAgain, rotate } from '../guarantees/torture/changes.mjs';
import { Clients } from '../guarantees/torture/clients.mjs';
import { HttpConnection, NoAnswer } from '../guarantees/torture/raw-http.mjs';

const ASKERS_PER_SERVER = 2;
const ASK_EVERY_MS = 15;
const CHANGERS = 6;
const CHANGE_EVERY_MS = 60;
const TELL_EVERY_MS = 100;
const PROBE_EVERY_MS = 50;
const REVOKE_EVERY_MS = 150;
/** A caller that has no answer by then asks again. */
const REVOCATION_MS_MAX = 2500;
const ISSUE_FIRST = 150;
const WEIGHTS = { issue: 45, revoke: 42, rotate: 8, again: 5 };
const CHANGES = { issue, revoke, rotate, again: revokeAgain };

/**
 * Clients at a pace that leaves the machine time for the servers: they issue, revoke, rotate and verify, and write down what
 * they saw (test/guarantees/torture/history.mjs). Beside them each server is probed for verdicts and revocations.
 */
export class Load extends Clients {
  /** @type {{server: number, startMs: number, endMs: number, ok: boolean}[]} */
  verdicts = [];
  /** @type {{server: number, startMs: number, endMs: number, ok: boolean}[]} */
  revocations = [];
  #going = true;
  /** @type {Promise<unknown>} */
  #ended = Promise.resolve();

  constructor(world) {
    super(world);
    this.world = world;
  }

  async start() {
    for (let made = 0; made < ISSUE_FIRST;) if (await issue(this).catch(() => null)) made++;
    this.#ended = Promise.all([
      ...this.verifiers.flatMap((server) => [
        ...Array.from({ length: ASKERS_PER_SERVER }, () => this.#ask(server)),
        this.#probeVerdicts(server),
        this.#probeRevocations(server),
      ]),
      ...Array.from({ length: CHANGERS }, () => this.#change()),
      this.#tell(),
    ]);
  }

  async stop() {
    this.#going = false;
    await this.#ended;
    await Promise.all(this.children.map((child) => child.finish()));
  }

  async #ask(server) {
    const connection = new HttpConnection(server.port);
    while (this.#going) {
      const token = this.tokens.watched();
      if (token !== undefined) await this.asker.ask(connection, server, token);
      await sleep(ASK_EVERY_MS);
    }
    connection.close();
  }

  async #change() {
    while (this.#going) {
      await CHANGES[this.random.weighted(WEIGHTS)](this).catch(tolerateNoAnswer);
      await sleep(CHANGE_EVERY_MS);
    }
  }

  async #tell() {
    while (this.#going) {
      for (const child of this.children)
        child.watch(
          Array.from({ length: 6 }, () => this.tokens.watched()).filter((token) => token !== undefined),
          false,
        );
      await sleep(TELL_EVERY_MS);
    }
  }

  /** Of a token that nobody ends: whoever says anything but "active" gives no verdict. */
  async #probeVerdicts(server) {
    const connection = new HttpConnection(server.port);
    const { lasting } = this.world;
    const headers = `authorization: Bearer ${this.world.secret}\r\nx-business-id: ${lasting.business}\r\ncontent-type: application/json\r\n`;
    const body = JSON.stringify({ token: lasting.secret });
    while (this.#going) {
      const startMs = performance.now();
      const answer = await connection
        .request('POST', '/api/v1/tokens/verify', headers, body, 2000)
        .catch(() => null);
      const ok = answer?.status === 200 && answer.text.startsWith('{"active":true');
      this.verdicts.push({ server: server.index, startMs, endMs: performance.now(), ok });
      await sleep(PROBE_EVERY_MS);
    }
    connection.close();
  }

  /** One after the other, each asked for again and again until it is acknowledged. */
  async #probeRevocations(server) {
    const calls = new Calls({ ...this.world, verifiers: [server] });
    calls.timeoutMs = REVOCATION_MS_MAX;
    while (this.#going) {
      const token = this.tokens.take();
      for (let isDone = token === undefined; !isDone && this.#going; await sleep(PROBE_EVERY_MS)) {
        const { number, id, business } = token;
        const revoked = () =>
          calls.call('POST', `/api/v1/tokens/${id}/revoke`, { business, body: {} }).catch(tolerateNoAnswer);
        const record = await this.recorded({ kind: 'revoke', token: number }, token, revoked);
        isDone = record.ok;
        const { startMs, endMs, ok } = record;
        this.revocations.push({ server: server.index, startMs, endMs, ok });
      }
      await sleep(REVOKE_EVERY_MS);
    }
  }
}

/** @returns {any} */
function tolerateNoAnswer(error) {
  if (!(error instanceof NoAnswer)) throw error;
  return false;
}
