// @ts-check
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Calls } from './calls.mjs';
import { ChildVerifier } from './child-verifier.mjs';
import { Disk } from './disk.mjs';
import { History } from './history.mjs';
import { compileClock, MonotonicClock } from './monotonic-clock.mjs';
import { makeOwner } from './owners.mjs';
import { startPgBouncer } from './pgbouncer.mjs';
import { databaseSettings, PostgresCluster } from './postgres-cluster.mjs';
import { findProgram } from './profile.mjs';
import { RegistryWatch } from './registry-watch.mjs';
import { Standby } from './standby.mjs';
import { VerifierProcess } from './verifier-process.mjs';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const TENANTS = 5;
const SETUP_MS = 30_000;
const DISK_BYTES = { least: 512e6, aSecond: 3e6 };
/** The least that may be configured; the clients watch more. */
const FEW_VERDICTS = '100';

/** All that a run needs, and what it may have (profile.mjs). Made step by step, so that it can be ended after any. */
export class World {
  /** @type {VerifierProcess[]} */
  verifiers = [];
  /** @type {ChildVerifier[]} */
  children = [];
  /** @type {{secret: string, id: string, owners: any[], made: number, suspension: {freeFromMs: number}, product: any, oneUse: any}[]} */
  tenants = [];
  history = new History();
  /** @type {PostgresCluster | undefined} */
  cluster;
  disk = null;
  standby = null;
  pooler = null;
  clocks = false;
  elsewhereUrl = '';
  /** @type {RegistryWatch | undefined} */
  registry;

  constructor(options, profile, random) {
    this.options = options;
    this.profile = profile;
    this.random = random;
    this.leaseMs = options.leaseMs;
    this.only = options.only;
    this.workers = profile.workers;
    this.directory = mkdtempSync(join(tmpdir(), 'rescind-torture-'));
    // Run as root, PostgreSQL is another user's process, and must pass through.
    chmodSync(this.directory, 0o711);
    this.settings = makeSettings(options.leaseMs);
    this.secret = this.settings.RESCIND_BOOTSTRAP_TOKEN;
  }

  async start() {
    const { verifiers } = this;
    await this.#startDatabase();
    await this.#makeVerifiers();
    for (const verifier of verifiers) await verifier.start();
    await this.#makeElsewhere();
    this.registry = new RegistryWatch(this.cluster.url);
    const calls = new Calls(this);
    for (let index = 0; index < TENANTS; index++) this.tenants.push(await this.#makeTenant(calls, index));
    await this.#makeChildren();
  }

  /** @param {boolean} keepFiles for whoever wants to know why */
  async end(keepFiles) {
    await this.registry?.stop();
    await Promise.all(this.children.map((child) => child.kill()));
    for (const { proxies } of this.children) for (const proxy of proxies) proxy.close();
    await Promise.all(this.verifiers.map((verifier) => verifier.kill()));
    for (const { proxy } of this.verifiers) proxy.close();
    await this.pooler?.stop();
    await this.standby?.stop();
    await this.cluster?.stop('SIGQUIT').catch(() => undefined);
    this.disk?.unmount();
    if (!keepFiles) rmSync(this.directory, { recursive: true, force: true });
  }

  /** At once, with no time to wait for anything. */
  abandon() {
    for (const each of [...this.children, ...this.verifiers]) void each.kill();
    void this.cluster?.crash();
  }

  async #startDatabase() {
    const { durable, standby, disk, pooler } = this.profile;
    const settings = {
      ...(durable ? { fsync: 'on', synchronous_commit: 'on' } : {}),
      ...(disk ? { max_wal_size: '128MB', min_wal_size: '32MB' } : {}),
    };
    const mount = join(this.directory, 'disk');
    if (disk) this.disk = Disk.mount(mount, DISK_BYTES.least + DISK_BYTES.aSecond * this.options.seconds);
    this.cluster = await PostgresCluster.create(
      join(this.disk === null ? this.directory : mount, 'postgres'),
      settings,
    );
    if (standby) this.standby = await Standby.start(this.cluster);
    const program = pooler ? findProgram('pgbouncer') : undefined;
    if (program) this.pooler = await startPgBouncer(program, this.cluster, this.directory);
  }

  async #makeVerifiers() {
    const { options, profile, directory, random } = this;
    const library = profile.clocks ? compileClock(directory) : null;
    this.clocks = library !== null;
    for (let index = 0; index < options.verifiers; index++) {
      const own = {
        ...(profile.smallMemory && index === 1 ? { RESCIND_VERDICTS_MAX: FEW_VERDICTS } : {}),
        ...(index === 2 ? { RESCIND_WORKERS: String(profile.workers) } : {}),
      };
      this.verifiers.push(
        await VerifierProcess.create(index, {
          directory,
          databaseUrl: (this.pooler ?? this.cluster).url,
          settings: { ...this.settings, ...own },
          sabotage: options.sabotage,
          clock: library === null ? null : new MonotonicClock(library, directory, index),
          wallOffsetMs: Math.round(random.between(-1, 1) * 86_400_000 * index),
        }),
      );
    }
  }

  /** Another database of the cluster, with all that Rescind has in one: where a setting that was not changed leads. */
  async #makeElsewhere() {
    await this.cluster.sql('CREATE DATABASE elsewhere OWNER rescind');
    const url = new URL(this.cluster.url);
    url.pathname = '/elsewhere';
    const database = databaseSettings(url);
    this.elsewhereUrl = database.DATABASE_URL;
    const env = { ...process.env, ...this.settings, ...database };
    const made = spawnSync(process.execPath, [MAIN, 'migrate'], {
      cwd: this.directory,
      env,
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`no second database: ${made.stderr}`);
  }

  /** A business with a caller of its own, which may verify and which nobody revokes. */
  async #makeTenant(calls, index) {
    const post = async (path, body, business) => {
      const answer = await calls.call('POST', path, { business, body });
      return answer.status === 201 ? answer.body : null;
    };
    const { id } = await eventually(() => post('/api/v1/admin/businesses', { name: `Torture ${index}` }));
    const tenant = {
      id,
      secret: '',
      owners: [],
      made: 0,
      suspension: { freeFromMs: 0 },
      product: null,
      oneUse: null,
    };
    const clients = { calls, random: this.random };
    tenant.product = await eventually(() => makeOwner(clients, tenant, 'identity'));
    tenant.oneUse = await eventually(() =>
      makeOwner(clients, tenant, 'token-auth', { accessTokenNumUsesLimit: 1 }),
    );
    const product = { name: 'product', ...tenant.product.naming, scopes: ['rescind:tokens:verify'] };
    tenant.secret = (await eventually(() => post('/api/v1/tokens', product, id))).token;
    return tenant;
  }

  /** Most see all tokens, every third those of a business; one has room for fewer than are asked of it. */
  async #makeChildren() {
    const { profile, tenants } = this;
    for (let place = 0; place < profile.children; place++) {
      const ofBusiness = place % 3 === 2;
      const terms = {
        secret: ofBusiness ? tenants[0].secret : this.secret,
        business: ofBusiness ? tenants[0].id : null,
        max: profile.smallMemory && place === 1 ? Number(FEW_VERDICTS) : 100_000,
      };
      this.children.push(await ChildVerifier.create(place, this, terms));
    }
  }
}

/** A loaded machine may refuse for a moment. */
async function eventually(make) {
  for (const giveUpAt = performance.now() + SETUP_MS; performance.now() < giveUpAt; await sleep(200)) {
    const made = await make();
    if (made !== null) return made;
  }
  throw new Error('what the run needs could not be made: see the logs of the verifiers');
}

function makeSettings(leaseMs) {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    RESCIND_PEPPER: randomBytes(32).toString('base64'),
    RESCIND_SIGNING_KEY: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    RESCIND_BOOTSTRAP_TOKEN: `torture-${randomBytes(24).toString('base64url')}`,
    RESCIND_LEASE_MS: String(leaseMs),
    // An operator's SQL is one of the ways to revoke here.
    RESCIND_AUDIT_SAMPLE_ROWS: '0',
    RESCIND_FAILED_AUTH_LIMIT: '10000000',
    RESCIND_BUSINESS_CALL_LIMIT: '10000000',
    RESCIND_OPEN_ROUTE_LIMIT: '10000000',
    RESCIND_CONNECTIONS_PER_ADDRESS: '10000',
  };
}
