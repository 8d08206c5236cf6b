// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const EVERY_MS = 20;
const READ = `SELECT coalesce(json_agg(json_build_array(id, split_part(description, ':', 2)::int)), '[]') AS rows FROM verifiers`;

/**
 * Reads the registry of verifiers again and again, to know which were certainly registered throughout a time, and
 * which may have been at some moment of it. Ids never come back, so that each registration is one stretch of time.
 */
export class RegistryWatch {
  /** @type {Map<string, {pid: number, notBeforeMs: number, sureFromMs: number, sureUntilMs: number, goneByMs: number}>} */
  registrations = new Map();
  /** Stretches between two readings that are long enough for a registration to have come and gone unseen. */
  #gaps = [];
  #lastSentMs = performance.now();
  #watching = true;
  #done;

  constructor(url) {
    this.url = url;
    this.#done = this.#watch();
  }

  async stop() {
    this.#watching = false;
    await this.#done;
  }

  /** Those that were registered during all of it. */
  presentThroughout(startMs, endMs) {
    return [...this.registrations.values()].filter(
      ({ sureFromMs, sureUntilMs }) => sureFromMs <= startMs && sureUntilMs >= endMs,
    );
  }

  /** Those that can have been registered at some moment of it; null when the registry could not be read. */
  presentAtSomeTime(startMs, endMs) {
    if (this.#gaps.some(({ fromMs, untilMs }) => fromMs < endMs && untilMs > startMs)) return null;
    return [...this.registrations.values()].filter(
      ({ notBeforeMs, goneByMs }) => notBeforeMs < endMs && goneByMs > startMs,
    );
  }

  async #watch() {
    while (this.#watching) {
      const client = new pg.Client({ connectionString: this.url, query_timeout: 2000 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        while (this.#watching) {
          await this.#read(client);
          await sleep(EVERY_MS);
        }
      } catch {
        await sleep(EVERY_MS);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  async #read(client) {
    const sentMs = performance.now();
    const { rows } = await client.query(READ);
    const receivedMs = performance.now();
    if (receivedMs - this.#lastSentMs > EVERY_MS * 10)
      this.#gaps.push({ fromMs: this.#lastSentMs, untilMs: receivedMs });
    const present = new Set();
    for (const [id, pid] of rows[0].rows) {
      present.add(id);
      const known = this.registrations.get(id);
      if (known) known.sureUntilMs = sentMs;
      else
        this.registrations.set(id, {
          pid,
          notBeforeMs: this.#lastSentMs,
          sureFromMs: receivedMs,
          sureUntilMs: sentMs,
          goneByMs: Infinity,
        });
    }
    for (const [id, known] of this.registrations)
      if (!present.has(id)) known.goneByMs = Math.min(known.goneByMs, receivedMs);
    this.#lastSentMs = sentMs;
  }
}
