import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../support/wait-for.js';
import { compileChildProgram } from './child-program.js';
import { EmbeddedProcess, isAlive, postmasterPid, query } from './embedded-process.js';

const isRoot = process.getuid?.() === 0;

describe('the embedded database', () => {
  let program: ReturnType<typeof compileChildProgram>;
  let scratch: string;
  let dataDir: string;
  let madeInMs: number;
  const processes: EmbeddedProcess[] = [];

  const start = (directory = dataDir): EmbeddedProcess => {
    const one = new EmbeddedProcess(program.path, directory);
    processes.push(one);
    return one;
  };
  const gone = async (pid: number | null) => {
    if (pid !== null) await waitFor(`process ${pid} to end`, () => !isAlive(pid));
  };
  /** Puts an end to what a failed test left running. */
  const clear = async () => {
    await Promise.all(processes.splice(0).map((each) => each.kill()));
    const left = postmasterPid(dataDir);
    if (left !== null && isAlive(left) && left !== process.pid) process.kill(left, 'SIGQUIT');
    await gone(left === process.pid ? null : left);
  };

  beforeAll(() => {
    program = compileChildProgram();
    scratch = mkdtempSync(join(tmpdir(), 'rescind-embedded-'));
    chmodSync(scratch, 0o755);
    dataDir = join(scratch, 'data');
  });
  afterEach(clear);
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
    program.remove();
  });

  it('is made once by processes that start together, which share it until the last one leaves', async () => {
    const three = [start(), start(), start()];
    const started = await Promise.all(three.map((each) => each.started()));
    madeInMs = Math.max(...started.map(({ tookMs }) => tookMs));
    expect(started.filter((each) => !each.shared)).toHaveLength(1);
    expect(new Set(started.map((each) => each.url)).size).toBe(1);
    expect(three.flatMap((each) => each.reports).filter((line) => line.startsWith('Creating'))).toHaveLength(
      1,
    );
    const server = postmasterPid(dataDir);
    const first = started.findIndex((each) => !each.shared);
    await three.splice(first, 1)[0]!.stop();
    await query(started[0]!.ownerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await three[0]!.stop();
    expect(isAlive(server!)).toBe(true);
    await three[1]!.stop();
    expect(isAlive(server!)).toBe(false);
  });

  it('keeps its data, and accepts connections in under a second when it starts again', async () => {
    const again = start();
    const { ownerUrl, tookMs, shared } = await again.started();
    expect(await query(ownerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(shared).toBe(false);
    // On a machine so slow that making it took that long, everything takes longer.
    expect(tookMs).toBeLessThan(Math.max(1000, madeInMs / 3));
    expect(again.reports).toEqual([]);
    await again.stop();
  });

  it('is UTF-8 with code point order, durable, local, owned by a user that is no superuser and used by one that owns nothing', async () => {
    const one = start();
    const { url, ownerUrl } = await one.started();
    const [row] = await query(
      ownerUrl,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
              current_setting('listen_addresses') AS listens,
              current_setting('is_superuser') AS superuser, 'Z' < 'a' AS code_points,
              (SELECT datlocale FROM pg_database WHERE datname = current_database()) AS locale`,
    );
    expect(row).toEqual({
      encoding: 'UTF8',
      fsync: 'on',
      listens: '127.0.0.1',
      superuser: 'off',
      code_points: true,
      locale: 'C.UTF-8',
    });
    const users = `SELECT rolname AS name, rolsuper OR rolcreaterole OR rolcreatedb AS more FROM pg_roles WHERE rolname = current_user`;
    expect(await query(url, users)).toEqual([{ name: 'rescind_service', more: false }]);
    await expect(query(url, 'CREATE TABLE mine ()')).rejects.toMatchObject({ code: '42501' });
    expect(new URL(url).password).not.toBe(new URL(ownerUrl).password);
    const wrong = url.replace(/:[^:@]+@/, ':guess@');
    await expect(query(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
    await one.stop();
  });

  it('gets the user that owns nothing if it was made before there was one', async () => {
    const before = start();
    const { ownerUrl } = await before.started();
    const superuserUrl = Object.assign(new URL(ownerUrl), { username: 'postgres' }).href;
    await query(
      superuserUrl,
      'DROP OWNED BY rescind_app, rescind_service; DROP ROLE rescind_app, rescind_service',
    );
    await before.stop();
    const again = start();
    expect(await query((await again.started()).url, 'SELECT current_user AS name')).toEqual([
      { name: 'rescind_service' },
    ]);
    await again.stop();
  });

  it('outlives Ctrl-C until the application has drained', async () => {
    const one = start();
    await one.started();
    const server = postmasterPid(dataDir);
    expect(await one.stop('Ctrl-C')).toEqual({ drained: true });
    expect(isAlive(server!)).toBe(false);
  });

  it('is taken over, and stopped, by the next start when its process was killed', async () => {
    const killed = start();
    await killed.started();
    const server = postmasterPid(dataDir);
    await killed.kill();
    expect(isAlive(server!)).toBe(true);
    const next = start();
    expect((await next.started()).shared).toBe(false);
    expect(postmasterPid(dataDir)).toBe(server);
    await next.stop();
    expect(isAlive(server!)).toBe(false);
  });

  it('recovers what was committed when it was killed together with its process', async () => {
    const killed = start();
    const { ownerUrl } = await killed.started();
    await query(ownerUrl, 'CREATE TABLE acknowledged AS SELECT 1 AS fact');
    await killed.kill();
    process.kill(postmasterPid(dataDir)!, 'SIGKILL');
    const next = start();
    expect(await query((await next.started()).ownerUrl, 'SELECT fact FROM acknowledged')).toEqual([
      { fact: 1 },
    ]);
    await next.stop();
  });

  it('comes back on the same port when it alone is killed', async () => {
    const one = start();
    const { url } = await one.started();
    const server = postmasterPid(dataDir)!;
    process.kill(server, 'SIGKILL');
    await gone(server);
    const rows = await waitFor('the database', () => query(url, 'SELECT 1 AS back'));
    expect(rows).toEqual([{ back: 1 }]);
    await one.stop();
  });

  it('starts over a postmaster.pid whose process id belongs to something else now', async () => {
    const file = join(dataDir, 'postgres', 'postmaster.pid');
    writeFileSync(file, `${process.pid}\n${join(dataDir, 'postgres')}\n1\n5432\n`);
    const one = start();
    await one.started();
    expect(postmasterPid(dataDir)).not.toBe(process.pid);
    await one.stop();
  });

  it('is made anew after a first start that was killed half-way', async () => {
    const fresh = join(scratch, 'half');
    const killed = start(fresh);
    const isUnderWay = () => {
      try {
        return readdirSync(fresh).some((name) => name.startsWith('postgres.new.'));
      } catch {
        return false;
      }
    };
    await waitFor('it to be under way', isUnderWay);
    await killed.kill();
    expect(readdirSync(fresh)).not.toContain('postgres');
    const next = start(fresh);
    expect(await query((await next.started()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await next.stop();
    expect(readdirSync(fresh).filter((name) => name.endsWith('.password'))).toEqual([]);
  });

  it('is refused in one sentence when it was made by another major version, and left as it is', async () => {
    const file = join(dataDir, 'postgres', 'PG_VERSION');
    const version = readFileSync(file, 'utf8');
    writeFileSync(file, '17\n');
    const refusal = await start().refusal();
    writeFileSync(file, version);
    expect(refusal.name).toBe('EmbeddedPostgresError');
    expect(refusal.message).toMatch(
      /made by PostgreSQL 17, and this Rescind carries PostgreSQL 18: .*DATABASE_URL/,
    );
  });

  it('is never removed when it is not whole', async () => {
    const broken = join(scratch, 'broken');
    mkdirSync(join(broken, 'postgres', 'base'), { recursive: true });
    expect((await start(broken).refusal()).message).toMatch(/not a whole database: restore/);
    expect(readdirSync(join(broken, 'postgres'))).toEqual(['base']);
  });

  it('is refused in one sentence where its directory cannot be written', async () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    const readOnly = join(scratch, 'read-only');
    mkdirSync(readOnly, { mode: 0o555 });
    const places = [file, join(file, 'below'), '/proc/rescind', ...(isRoot ? [] : [join(readOnly, 'data')])];
    for (const place of places) {
      const { name, message } = await start(place).refusal();
      expect(name).toBe('EmbeddedPostgresError');
      expect(message).toContain('RESCIND_DATA_DIR');
    }
  });

  (isRoot ? it : it.skip)(
    'is kept elsewhere, and says so, when root starts it under a directory closed to others',
    async () => {
      const closed = join(scratch, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      const one = start(join(closed, 'data'));
      const { dataDir: where, ownerUrl } = await one.started();
      try {
        expect(where).toMatch(/^\/var\/lib\/rescind\//);
        expect(one.reports).toContainEqual(expect.stringContaining(`the database is kept in ${where}`));
        await query(ownerUrl, 'CREATE TABLE found AS SELECT 7 AS n');
        await one.stop();
        const again = start(join(closed, 'data'));
        expect(await query((await again.started()).ownerUrl, 'SELECT n FROM found')).toEqual([{ n: 7 }]);
        await again.stop();
      } finally {
        await Promise.all(processes.map((each) => each.kill()));
        const left = postmasterPid(where);
        if (left !== null) process.kill(left, 'SIGQUIT');
        await gone(left);
        rmSync(where, { recursive: true, force: true });
      }
    },
  );
});
