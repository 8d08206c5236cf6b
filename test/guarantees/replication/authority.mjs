import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../torture/free-port.mjs';
import { databaseSettings } from '../torture/postgres-cluster.mjs';
import { until } from './two-servers.mjs';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const ANSWER_MS_MAX = 30_000;

/** One Rescind process, asked as the platform. */
export class Authority {
  static async start(databaseUrl, settings) {
    const authority = new Authority();
    const port = await freePort();
    const env = { ...process.env, ...settings, ...databaseSettings(databaseUrl), PORT: String(port) };
    Object.assign(authority, { port, secret: settings.RESCIND_BOOTSTRAP_TOKEN });
    authority.child = spawn(process.execPath, [MAIN, 'serve'], {
      cwd: '/',
      stdio: 'ignore',
      env: { ...env, RESCIND_LOG_LEVEL: 'error' },
    });
    await until('a lease', () => authority.holdsLease());
    return authority;
  }

  async holdsLease() {
    return (await this.call('/health/ready')).body.lease.status === 'up';
  }

  /** POST with a body, GET without. */
  async call(path, body, business) {
    const startMs = performance.now();
    const answer = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${this.secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(business === undefined ? {} : { 'x-business-id': business }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const { status, headers } = answer;
    return { status, headers, body: await answer.json(), tookMs: performance.now() - startMs };
  }

  revoke(business, { id }, reason) {
    return this.call(`/api/v1/tokens/${id}/revoke`, { reason }, business);
  }

  /** `active`, the reason why not, or the status of an answer that is no verdict. */
  async verdict(business, { secret }) {
    const { status, body } = await this.call('/api/v1/tokens/verify', { token: secret }, business);
    if (status !== 200) return String(status);
    return body.active ? 'active' : body.reason;
  }

  /** As `call`, repeated until it is done: a loaded machine may lose its lease for a moment, and is told to come back. */
  async make(path, body, business) {
    const made = await until(`POST ${path}`, async () => {
      const answer = await this.call(path, body, business);
      return answer.status === 201 && answer;
    });
    return made.body;
  }

  /** A business with `count` tokens. */
  async business(count) {
    const { id } = await this.make('/api/v1/admin/businesses', { name: 'Replication' });
    const owner = await this.make('/api/v1/identities', { name: 'ci', role: 'developer' }, id);
    const tokens = [];
    for (let index = 0; index < count; index++) {
      const made = await this.make('/api/v1/tokens', { name: 't', identity_id: owner.id }, id);
      tokens.push({ id: made.token_info.id, secret: made.token });
    }
    return { id, tokens };
  }

  async kill() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}
