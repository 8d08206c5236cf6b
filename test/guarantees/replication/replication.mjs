/**
 * `npm run test:replication`: Rescind on two real PostgreSQL servers of the system's packages, a primary and its
 * synchronous standby. First the standby hangs, then the primary is killed and the standby promoted. See
 * docs/operations.md, "Surviving the loss of the primary".
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { buildIfNeeded } from '../../../bin/build-if-needed.mjs';
import { Authority } from './authority.mjs';
import { hungStandby } from './hung-standby.mjs';
import { lostPrimary } from './lost-primary.mjs';
import { TwoServers } from './two-servers.mjs';

const settings = {
  RESCIND_PEPPER: randomBytes(32).toString('base64'),
  RESCIND_SIGNING_KEY: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
  RESCIND_BOOTSTRAP_TOKEN: `replication-${randomBytes(24).toString('base64url')}`,
  RESCIND_SYNCHRONOUS_COMMIT: 'on',
};

await buildIfNeeded();
const servers = new TwoServers();
const authorities = [];
const startAuthority = async (server, more = {}) => {
  const authority = await Authority.start(servers.urlOf(server), { ...settings, ...more });
  authorities.push(authority);
  return authority;
};
const wrong = [];
try {
  await servers.start();
  wrong.push(...(await hungStandby(servers, startAuthority)));
  await servers.replicates();
  wrong.push(...(await lostPrimary(servers, startAuthority)));
} finally {
  for (const authority of authorities) await authority.kill();
  servers.stop();
}
console.log(
  wrong.length === 0
    ? `PostgreSQL ${servers.version}: every acknowledged revocation is there and refused`
    : wrong.join('\n'),
);
process.exit(wrong.length === 0 ? 0 : 1);
