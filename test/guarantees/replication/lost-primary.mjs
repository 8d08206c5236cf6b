import { until } from './two-servers.mjs';

const TOKENS = 20;

/**
 * The primary is killed while tokens are revoked, the standby promoted: every revocation that was acknowledged must be
 * there and refused.
 * @returns what was wrong
 */
export async function lostPrimary(servers, startAuthority) {
  const before = await startAuthority('primary');
  const { id: business, tokens } = await before.business(TOKENS);
  const acknowledged = new Set();
  let killed = false;
  const revoking = (async () => {
    for (const token of tokens) {
      // A loaded machine may lose a lease for a moment, and is then told to come back.
      const answer = await until('an answer', async () => {
        const { status } = await before.revoke(business, token).catch(() => ({ status: 0 }));
        return (killed || status === 201) && { status };
      });
      if (answer.status !== 201) return;
      acknowledged.add(token);
    }
  })();
  await until('some revocations', async () => acknowledged.size >= TOKENS / 2);
  killed = true;
  servers.signal('primary', 'SIGKILL');
  servers.promoteStandby();
  await revoking;
  await before.kill();

  const after = await startAuthority('standby');
  const wrong = [];
  for (const token of acknowledged) {
    const verdict = await until('a verdict', async () => {
      const outcome = await after.verdict(business, token);
      return outcome !== '503' && outcome;
    });
    if (verdict !== 'revoked') wrong.push(`${token.id} was acknowledged as revoked, and is ${verdict}`);
  }
  console.log(`${acknowledged.size} revocations acknowledged, the primary killed, the standby promoted`);
  return wrong;
}
