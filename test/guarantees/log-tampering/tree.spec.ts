import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;

/** The log as it was, of which a later one is put back to. */
const COPY = (id: string): string => `
  CREATE TABLE kept_heads AS SELECT * FROM audit_heads WHERE business_id = '${id}';
  CREATE TABLE kept_trees AS SELECT * FROM audit_trees WHERE business_id = '${id}';
  CREATE TABLE kept_tiles AS SELECT * FROM audit_tiles WHERE business_id = '${id}';
  CREATE TABLE kept_events AS SELECT * FROM audit_events WHERE business_id = '${id}'`;
const PUT_BACK = (id: string): string => `
  DELETE FROM audit_heads WHERE business_id = '${id}'; INSERT INTO audit_heads SELECT * FROM kept_heads;
  DELETE FROM audit_trees WHERE business_id = '${id}'; INSERT INTO audit_trees SELECT * FROM kept_trees;
  DELETE FROM audit_tiles WHERE business_id = '${id}'; INSERT INTO audit_tiles SELECT * FROM kept_tiles;
  DELETE FROM audit_events WHERE business_id = '${id}'; INSERT INTO audit_events SELECT * FROM kept_events`;

describe('whoever changes the tree of a log with SQL gets no signature:', () => {
  let house: TamperedHouse;
  afterEach(() => house.end());

  it(
    'another root is neither served nor sealed on, and other logs go on',
    async () => {
      house = await TamperedHouse.start();
      const [log, other] = [await house.aLog(), await house.aLog()];
      await house.sealed(log.id);
      await house.tamper(`UPDATE audit_trees SET root = sha256('x') WHERE business_id = '${log.id}'`);
      expect((await log.api.get('/api/v1/audit/checkpoint')).status).toBe(503);
      await house.alarm('tree_forged', log.id);
      await aToken(log);
      expect((await log.api.get('/api/v1/audit/checkpoint')).status).toBe(503);
      expect((await log.api.get('/api/v1/audit/export')).status).toBe(503);
      await aToken(other);
      await house.sealed(other.id);
      expect((await other.api.get('/api/v1/audit/checkpoint')).status).toBe(200);
    },
    LIMIT_MS,
  );

  it(
    'another size',
    async () => {
      house = await TamperedHouse.start();
      const log = await house.aLog();
      await house.sealed(log.id);
      await house.tamper(`UPDATE audit_trees SET size = size - 1 WHERE business_id = '${log.id}'`);
      expect((await log.api.get('/api/v1/audit/checkpoint')).status).toBe(503);
      await house.alarm('tree_forged', log.id);
    },
    LIMIT_MS,
  );

  it(
    'a tile of the inside, of which a proof would be made',
    async () => {
      house = await TamperedHouse.start();
      const log = await house.aLog();
      await house.sealed(log.id);
      const { items } = (await log.api.get('/api/v1/audit/events', { sequence_from: 1, sequence_to: 1 }))
        .body as { items: { id: string }[] };
      await house.sealed(log.id);
      await house.tamper(
        `UPDATE audit_tiles SET hashes = overlay(hashes PLACING sha256('x') FROM 33) WHERE business_id = '${log.id}' AND start = 0`,
      );
      expect((await log.api.get(`/api/v1/audit/events/${items[0]!.id}/proof`)).status).toBe(503);
      await house.alarm('tree_changed', log.id);
    },
    LIMIT_MS,
  );

  it(
    'an earlier state of the whole log, put back under a running process',
    async () => {
      house = await TamperedHouse.start();
      const log = await house.aLog();
      await house.sealed(log.id);
      await house.tamper(COPY(log.id));
      await aToken(log);
      await house.sealed(log.id);
      await house.tamper(PUT_BACK(log.id));
      expect((await log.api.get('/api/v1/audit/checkpoint')).status).toBe(503);
      await house.alarm('log_shortened', log.id);
      for (let i = 0; i < 2; i += 1) await aToken(log);
      expect((await log.api.get('/api/v1/audit/checkpoint')).status).toBe(503);
    },
    LIMIT_MS,
  );

  it(
    'an earlier state, put back between two processes, that then grows past the checkpoint that was published',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'rescind-checkpoints-'));
      house = await TamperedHouse.start({ RESCIND_CHECKPOINT_DIR: directory });
      const log = await house.aLog();
      await house.sealed(log.id);
      await house.tamper(COPY(log.id));
      await aToken(log);
      await house.sealed(log.id);
      await house.restart(() => house.tamper(PUT_BACK(log.id)), { RESCIND_CHECKPOINT_DIR: '' });
      for (let i = 0; i < 2; i += 1) await aToken(house.as(log));
      await house.sealed(log.id);
      await house.restart(() => Promise.resolve(), { RESCIND_CHECKPOINT_DIR: directory });
      await aToken(house.as(log));
      await house.alarm('log_forked', log.id);
      expect((await house.as(log).api.get('/api/v1/audit/checkpoint')).status).toBe(503);
    },
    LIMIT_MS,
  );

  it(
    'no tree at all any more, on which the log begins anew as it was, up to the event that was taken out',
    async () => {
      house = await TamperedHouse.start();
      const log = await house.aLog();
      await house.sealed(log.id);
      await house.restart(() =>
        house.tamper(
          `DELETE FROM audit_trees WHERE business_id = '${log.id}'; DELETE FROM audit_tiles WHERE business_id = '${log.id}';
           DELETE FROM audit_events WHERE business_id = '${log.id}' AND sequence = 3`,
        ),
      );
      await house.alarm('event_removed', log.id);
      const { body: note } = await house.as(log).api.get<string>('/api/v1/audit/checkpoint');
      expect(Number(note.split('\n')[1])).toBe(2);
    },
    LIMIT_MS,
  );
});

it(
  'a damaged checkpoint file of one business stops no other',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rescind-checkpoints-'));
    const house = await TamperedHouse.start({ RESCIND_CHECKPOINT_DIR: directory });
    try {
      const [log, other] = [await house.aLog(), await house.aLog()];
      const size = await house.sealed(log.id);
      await house.sealed(other.id);
      const { readdir, writeFile } = await import('node:fs/promises');
      await waitFor('the file', async () =>
        (await readdir(join(directory, log.id))).includes(`${size}.checkpoint`),
      );
      await house.restart(() => writeFile(join(directory, log.id, `${size}.checkpoint`), 'rubbish'));
      await aToken(house.as(log));
      await aToken(house.as(other));
      await house.alarm('checkpoint_unreadable', log.id);
      await house.sealed(other.id);
    } finally {
      await house.end();
    }
  },
  LIMIT_MS,
);
