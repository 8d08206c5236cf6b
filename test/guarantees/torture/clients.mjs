import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnection, NoAnswer } from './raw-http.mjs';

const WATCHED = 96;
const LOOPS_PER_VERIFIER = 6;
const CHANGERS = 24;
const PROBES_MAX = 48;
const UNANSWERED_MS = 60_000;
const REASONS = new Map([
  ['revoked', 'revoked'],
  ['expired', 'expired'],
  ['suspended', 'suspended'],
  ['unknown', 'unknown'],
]);

/** What the changers do, and how often. `race`: issue, and then verify everywhere while it is being revoked. */
const CHANGES = {
  issue: 30,
  revoke: 38,
  race: 18,
  rotate: 8,
  operator: 2,
  member: 1.5,
  identity: 1.5,
  suspension: 1,
};

/** The clients of one run: they issue, verify, rotate and revoke, and write down what they saw. */
export class Clients {
  #live = [];
  #ended = [];
  #probes = [];
  counts = { noAnswer: 0, refusedWork: 0, changes: {} };

  constructor({ verifiers, cluster, random, history, tenants, secret, leaseMs }) {
    Object.assign(this, { verifiers, cluster, random, history, tenants, leaseMs });
    this.authorization = `authorization: Bearer ${secret}\r\n`;
    this.changeTimeoutMs = leaseMs * 2 + 8000;
    this.verifyTimeoutMs = leaseMs * 6 + 2000;
  }

  /** Runs all clients until `untilMs`; resolves when each has had its last answer. */
  async run(untilMs) {
    const going = () => performance.now() < untilMs;
    this.#probes = this.verifiers.map(() => []);
    await Promise.all([
      ...this.verifiers.flatMap((verifier) =>
        Array.from({ length: LOOPS_PER_VERIFIER }, () => this.#verifyLoop(verifier, going)),
      ),
      ...Array.from({ length: CHANGERS }, () => this.#changeLoop(going)),
    ]);
  }

  async #verifyLoop(verifier, going) {
    const connection = new HttpConnection(verifier.port);
    while (going()) {
      const token = this.#watched();
      if (token === undefined || !(await this.#verify(connection, verifier, token))) await sleep(20);
    }
    connection.close();
  }

  /** Mostly tokens that something has just happened to, or is about to. */
  #watched() {
    const list = this.random.next() < 0.55 ? this.#live : this.#ended;
    return list.length === 0 ? undefined : list[this.random.whole(Math.min(list.length, WATCHED))];
  }

  async #verify(connection, verifier, token) {
    const startMs = performance.now();
    try {
      const { status, text } = await connection.request(
        'POST',
        '/api/v1/tokens/verify',
        this.#verifyHeaders(token.business),
        `{"token":"${token.secret}"}`,
        this.verifyTimeoutMs,
      );
      const endMs = performance.now();
      const outcome = status === 200 ? outcomeOf(text) : undefined;
      if (outcome === undefined) return this.#note('refusedWork');
      this.history.addVerification(token.number, verifier.index, outcome, startMs, endMs);
      return true;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return this.#note('noAnswer');
    }
  }

  /**
   * Mostly as the business itself, which is judged from memory like the token; the platform, whose calls ask the
   * database for the business, also while that is suspended.
   */
  #verifyHeaders(business) {
    const tenant = this.tenants.find(({ id }) => id === business);
    const asPlatform = tenant.suspendableFromMs === Infinity || this.random.next() < 0.05;
    const authorization = asPlatform ? this.authorization : `authorization: Bearer ${tenant.secret}\r\n`;
    return `${authorization}x-business-id: ${business}\r\n`;
  }

  /** Asks every verifier at once, over connections of its own: also those that do not answer at the moment. */
  #probe(token) {
    return Promise.all(
      this.verifiers.map((verifier) => {
        const pool = this.#probes[verifier.index];
        let connection = pool.find((each) => !each.busy);
        if (connection === undefined && pool.length < PROBES_MAX)
          pool.push((connection = new HttpConnection(verifier.port)));
        return connection && this.#verify(connection, verifier, token);
      }),
    );
  }

  async #changeLoop(going) {
    while (going()) {
      const kind = this.random.weighted(CHANGES);
      const done = await this.#change(kind).catch((error) => {
        if (!(error instanceof NoAnswer)) throw error;
        return this.#note('noAnswer');
      });
      if (done) this.counts.changes[kind] = (this.counts.changes[kind] ?? 0) + 1;
      else await sleep(30);
    }
  }

  #change(kind) {
    switch (kind) {
      case 'issue':
        return this.#issue();
      case 'revoke':
        return this.#take((token) => this.#revoke(token));
      case 'race':
        return this.#race();
      case 'rotate':
        return this.#take((token) => this.#rotate(token));
      case 'operator':
        return this.#take((token) => this.#revokeAsOperator(token));
      case 'member':
        return this.#endOwner('members', 'DELETE', '');
      case 'identity':
        return this.#endOwner('identities', 'POST', '/disable');
      case 'suspension':
        return this.#suspend();
    }
  }

  async #issue() {
    const tenant = this.random.pick(this.tenants);
    const owner = await this.#owner(tenant);
    if (owner === null) return false;
    const answer = await this.#call('POST', '/api/v1/tokens', tenant.id, {
      name: 'torture',
      ...owner.naming,
    });
    if (answer.status !== 201) return this.#note('refusedWork');
    this.#admit(answer.body, owner.id, tenant.id, null);
    return this.#live[0];
  }

  #admit({ token: secret, token_info: { id, jti } }, owner, business, replaces) {
    const number = this.history.addToken({ id, jti, owner, business, replaces });
    this.#live.unshift({ number, id, jti, owner, business, secret });
  }

  /** An owner of the tenant that lives; now and then a new one. */
  async #owner(tenant) {
    if (tenant.owners.length > 4 || (tenant.owners.length > 1 && this.random.next() < 0.95))
      return this.random.pick(tenant.owners);
    const isMember = this.random.next() < 0.5;
    const name = `owner-${this.random.whole(1e9)}-${tenant.made++}`;
    const [path, body] = isMember
      ? ['/api/v1/members', { email: `${name}@example.com`, name, role: 'developer' }]
      : ['/api/v1/identities', { name, role: 'developer' }];
    const answer = await this.#call('POST', path, tenant.id, body);
    if (answer.status !== 201) return null;
    const { id } = answer.body;
    const owner = {
      id,
      kind: isMember ? 'members' : 'identities',
      naming: isMember ? { owner_email: body.email } : { identity_id: id },
    };
    tenant.owners.push(owner);
    return owner;
  }

  /** Gives a live token to one changer alone; from then on it counts among the ended. */
  async #take(change) {
    if (this.#live.length < 40) return this.#issue();
    const [token] = this.#live.splice(this.random.whole(Math.min(this.#live.length, WATCHED)), 1);
    this.#retire(token);
    return change(token);
  }

  #retire(token) {
    this.#ended.unshift(token);
    this.#ended.length = Math.min(this.#ended.length, WATCHED * 4);
  }

  async #revoke(token) {
    return this.#recorded({ kind: 'revoke', token: token.number }, token, async () => {
      const path = `/api/v1/tokens/${token.id}/revoke`;
      return (await this.#call('POST', path, token.business, { reason: 'torture' })).status === 201;
    });
  }

  async #race() {
    const token = await this.#issue();
    if (!token) return false;
    this.#live.splice(this.#live.indexOf(token), 1);
    const early = this.#probe(token);
    const done = await this.#revoke(token);
    this.#retire(token);
    void early;
    return done;
  }

  async #rotate(token) {
    const graceMs = this.random.pick([0, 0, 1000, 2000]);
    return this.#recorded({ kind: 'rotate', token: token.number, graceMs }, token, async () => {
      const path = `/api/v1/tokens/${token.id}/rotate`;
      const answer = await this.#call('POST', path, token.business, { grace_seconds: graceMs / 1000 });
      if (answer.status !== 201) return false;
      this.#admit(answer.body, token.owner, token.business, token.number);
      return true;
    });
  }

  async #revokeAsOperator(token) {
    return this.#recorded({ kind: 'operator-revoke', token: token.number }, token, async () => {
      try {
        await this.cluster.sql('UPDATE tokens SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL', [
          token.id,
        ]);
        return true;
      } catch {
        return false;
      }
    });
  }

  async #endOwner(kind, method, suffix) {
    const tenant = this.random.pick(this.tenants);
    const owner = tenant.owners.find((each) => each.kind === kind);
    if (owner === undefined || tenant.owners.length < 2) return false;
    tenant.owners.splice(tenant.owners.indexOf(owner), 1);
    const theirs = this.#live.filter((token) => token.owner === owner.id);
    this.#live = this.#live.filter((token) => token.owner !== owner.id);
    theirs.forEach((token) => this.#retire(token));
    return this.#recorded({ kind: 'end-owner', owner: owner.id }, theirs[0], async () => {
      const { status } = await this.#call(method, `/api/v1/${kind}/${owner.id}${suffix}`, tenant.id, {});
      return status === 200 || status === 201;
    });
  }

  async #suspend() {
    const tenant = this.random.pick(this.tenants);
    if (performance.now() < (tenant.suspendableFromMs ?? 0)) return false;
    tenant.suspendableFromMs = Infinity;
    const token = this.#live.find((each) => each.business === tenant.id);
    const path = `/api/v1/admin/businesses/${tenant.id}`;
    const done = await this.#recorded(
      { kind: 'suspend', business: tenant.id },
      token,
      async () => (await this.#call('POST', `${path}/suspend`, null, {})).status === 201,
    ).catch(() => false);
    await sleep(this.random.between(0, this.leaseMs));
    const resume = async () =>
      this.#recorded(
        { kind: 'resume', business: tenant.id },
        undefined,
        async () => (await this.#call('POST', `${path}/resume`, null, {})).status === 201,
      ).catch(() => false);
    let clean = done;
    while (!(await resume())) {
      clean = false;
      await sleep(100);
    }
    // A call without an answer may still be carried out, for as long as the process that has it can be held up.
    tenant.suspendableFromMs = performance.now() + (clean ? 0 : UNANSWERED_MS);
    return done;
  }

  /** Writes the change down whatever becomes of it, and asks all verifiers as soon as it has been answered. */
  async #recorded(change, token, perform) {
    const record = { ...change, startMs: performance.now(), endMs: Infinity, ok: false };
    this.history.addChange(record);
    record.ok = await perform();
    record.endMs = performance.now();
    if (record.ok && token && change.kind !== 'resume') void this.#probe(token);
    return record.ok;
  }

  async #call(method, path, business, body) {
    const connection = new HttpConnection(this.#anyVerifier().port);
    try {
      const headers =
        business === null ? this.authorization : `${this.authorization}x-business-id: ${business}\r\n`;
      const answer = await connection.request(
        method,
        path,
        headers,
        JSON.stringify(body),
        this.changeTimeoutMs,
      );
      return { status: answer.status, body: answer.text === '' ? {} : JSON.parse(answer.text) };
    } finally {
      connection.close();
    }
  }

  /** Mostly one that can answer: changers that hang in frozen processes change nothing. */
  #anyVerifier() {
    const well = this.verifiers.filter(({ up, frozen }) => up && !frozen);
    return well.length === 0 || this.random.next() < 0.05
      ? this.random.pick(this.verifiers)
      : this.random.pick(well);
  }

  #note(count) {
    this.counts[count]++;
    return false;
  }
}

function outcomeOf(text) {
  if (text.startsWith('{"active":true')) return 'active';
  return REASONS.get(/"reason":"(\w+)"/.exec(text)?.[1]);
}
