import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/log-format/transparency/checkpoint.js';
import { parseVkey } from '../../../src/log-format/transparency/note-key.js';
import { freshDatabase, sql } from '../../support/databases.js';
import { aBusiness, aToken } from '../../support/factories.js';
import { startRescind } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

describe('checkpoints outside the database', () => {
  it('are one file each and one message each, and show a database that was put back', async () => {
    const [database, directory] = [
      await freshDatabase(),
      await mkdtemp(join(tmpdir(), 'rescind-checkpoints-')),
    ];
    const posted: string[] = [];
    const credentials = new Set<string | undefined>();
    const sink = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        posted.push(body);
        credentials.add(request.headers.authorization);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(sink, 'listening');
    const headerFile = join(directory, 'header');
    await writeFile(headerFile, 'Authorization: Bearer hush-hush\n');
    const settings = {
      databaseUrl: database.url,
      env: {
        RESCIND_CHECKPOINT_DIR: directory,
        RESCIND_CHECKPOINT_URL: `http://127.0.0.1:${(sink.address() as AddressInfo).port}/`,
        RESCIND_CHECKPOINT_HEADER: `@${headerFile}`,
        RESCIND_SEAL_MS: '200',
      },
    };
    let app = await startRescind(settings);
    try {
      await app.ready();
      const business = await aBusiness({ url: app.url });
      await aToken(business);
      const { body: note } = await business.api.get<string>('/api/v1/audit/checkpoint');
      const { vkey } = (await business.api.get('/api/v1/audit/key')).body as { vkey: string };
      const { size } = openCheckpoint(note, [parseVkey(vkey)]);
      const file = join(directory, business.id, `${size}.checkpoint`);
      await waitFor('the file', async () => (await readFile(file, 'utf8')) === note);
      await waitFor('the message', () => posted.includes(note));
      expect(credentials).toEqual(new Set(['Bearer hush-hush']));
      expect(app.logs()).not.toContain('hush-hush');
      expect((await readdir(directory)).sort()).toContain('platform');

      await app.stop();
      const url = new URL(database.superuserUrl);
      url.searchParams.set('options', '-c session_replication_role=replica');
      await sql(
        url.href,
        `DELETE FROM audit_events WHERE business_id = '${business.id}' AND sequence = ${size}`,
      );
      await sql(url.href, `DELETE FROM audit_tiles WHERE business_id = '${business.id}'`);
      await sql(url.href, `DELETE FROM audit_trees WHERE business_id = '${business.id}'`);
      await sql(url.href, `UPDATE audit_heads SET size = ${size - 1} WHERE business_id = '${business.id}'`);
      app = await startRescind(settings);
      await waitFor('the alarm', () => app.logs().includes('log_shortened'));
      await aToken({ id: business.id, api: business.api.within(business.id) }).catch(() => undefined);
      const files = await readdir(join(directory, business.id));
      expect(files.map((name) => parseInt(name, 10)).every((each) => each <= size)).toBe(true);
    } finally {
      await app.kill();
      sink.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
