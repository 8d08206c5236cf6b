import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exportOf, verify } from '../../support/audit-export.js';
import { monthAgo } from '../../support/old-events.js';
import { RETENTION, RetentionHouse, type OldLog } from '../../support/retention-house.js';
import { waitFor } from '../../support/wait-for.js';

const OLD = 6;
const LIMIT_MS = 300_000;

describe('an archive of what was dropped', () => {
  let house: RetentionHouse;
  beforeAll(async () => void (house = await RetentionHouse.open()));
  afterAll(() => house.close());

  const aDroppedLog = async (): Promise<OldLog> => {
    const log = await house.aLog((sequence) => (sequence <= OLD ? monthAgo(20) : null));
    await log.business.api.put(RETENTION, { months: 12 });
    await house.applyUntil(async () => (await house.sequences(log.business.id))[0] === OLD + 1);
    return log;
  };

  it.each([
    ['edited', (path: string) => appendFile(path, 'x')],
    ['deleted', (path: string) => rm(path)],
  ])(
    'that was %s is found by the next round of retention, and by whoever verifies an export',
    async (_, attack) => {
      const { business, vkey } = await aDroppedLog();
      const lines = await exportOf(business);
      const options = ['--archive', house.directory];
      expect((await verify(lines, vkey, [], options)).failures).toEqual([]);
      await attack(join(house.directory, business.id, `1-${OLD}.ndjson.gz`));
      expect((await verify(lines, vkey, [], options)).failures).toMatchObject([{ kind: 'changed_archive' }]);
      const applier = await house.startApplier();
      try {
        await waitFor('the alarm', () =>
          applier
            .logs()
            .split('\n')
            .some((line) => line.includes('"archive_changed"') && line.includes(business.id)),
        );
      } finally {
        await applier.stop();
      }
    },
    LIMIT_MS,
  );
});
