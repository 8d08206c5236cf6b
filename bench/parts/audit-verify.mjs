// @ts-check
import { createPublicKey, createPrivateKey } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { firstMessage, startNode } from '../lib/child.mjs';
import { root } from '../lib/prerequisites.mjs';
import { summary } from '../lib/statistics.mjs';
import { eventMaker } from '../scale/event-mix.mjs';

const BUSINESS = '01900000-0000-7000-8000-000000000000';
const EVENTS_A_PIECE = 1000;

/**
 * The offline verifier over an export made here by the service's own code: events a second of its clock, and a second
 * of processor time that it took in all its threads, inflating included. Each run in a process of its own.
 */
export async function measureAuditVerify({ env, directory, say }, { events, rounds }) {
  const { lines, vkey } = await exportLines(env.RESCIND_SIGNING_KEY, events);
  const rows = [];
  for (const { name, file, encoder } of [
    { name: 'NDJSON', file: 'export.ndjson', encoder: new PassThrough() },
    { name: 'NDJSON, gzip', file: 'export.ndjson.gz', encoder: createGzip() },
  ]) {
    const path = join(directory, file);
    await pipeline(Readable.from(lines()), encoder, createWriteStream(path));
    const runs = [];
    for (let round = 0; round < rounds; round++) runs.push(await verified({ directory, path, vkey, events }));
    const row = {
      name,
      events,
      perSecond: summary(runs.map(({ seconds }) => events / seconds)),
      perCoreSecond: summary(runs.map(({ cpuSeconds }) => events / cpuSeconds)),
      megabytes: Math.max(...runs.map(({ megabytes }) => megabytes)),
    };
    say(`${name}: ${Math.round(row.perSecond.median)} events/s, ${Math.round(row.perCoreSecond.median)} a core second`);
    rows.push(row);
  }
  return rows;
} // prettier-ignore

async function verified({ directory, path, vkey, events }) {
  const child = await startNode(join(import.meta.dirname, 'audit-verify-process.mjs'), {
    args: [path, vkey],
    logFile: join(directory, 'verify.log'),
  });
  const result = await firstMessage(child);
  await child.ended;
  if (!result.verified || result.proven !== events)
    throw new Error(`the verifier says ${JSON.stringify(result)}`);
  return result;
}

/** A complete export of one log, as its lines, anew at each call. */
async function exportLines(signingKey, events) {
  const load = (name) => import(`${root}/dist/log-format/${name}.js`);
  const [
    { canonicalEvent },
    { leafHash },
    { Frontier },
    format,
    { originOf },
    { signCheckpoint },
    { vkeyOf },
  ] = await Promise.all(
    [
      'canonical-event',
      'transparency/merkle-tree',
      'transparency/frontier',
      'export-format',
      'transparency/checkpoint',
      'transparency/signing',
      'transparency/note-key',
    ].map(load),
  );
  const privateKey = createPrivateKey(signingKey);
  const origin = originOf('bench', BUSINESS);
  const vkey = vkeyOf(origin, createPublicKey(privateKey));
  function* lines() {
    const { eventOf } = eventMaker({ id: BUSINESS, whole: events });
    const frontier = new Frontier();
    yield format.headerLine({
      rescind_export: 1,
      business_id: BUSINESS,
      origin,
      first_sequence: 1,
      last_sequence: events,
      complete: true,
      filter: null,
      vkey,
    });
    let piece = '';
    for (let sequence = 1; sequence <= events; sequence++) {
      const text = canonicalEvent(eventOf(sequence));
      const leaf = leafHash(text);
      frontier.append(leaf);
      piece += format.eventLine(text, leaf.toString('base64'));
      if (sequence % EVENTS_A_PIECE !== 0 && sequence !== events) continue;
      yield piece;
      piece = '';
    }
    const checkpoint = { origin, size: events, root: frontier.root() };
    yield format.checkpointLine(signCheckpoint(checkpoint, privateKey));
  }
  return { lines, vkey };
}
