import { rescind } from '../../cli/rescind-command.js';
import { ownerUrlOf, serviceUrlOf } from '../../support/databases.js';
import { aBusiness, type TestBusiness } from '../../support/factories.js';
import { startGithub, type Github } from '../../support/github.js';
import { startProvider, type RealProvider } from '../../support/oidc/real-provider.js';
import { noteSecret } from '../../support/test-run.js';
import type { TamperedHouse } from '../log-tampering/house.js';

/** Who else takes part: a provider that people sign in at, GitHub, and an operator at the command line. */
export interface Around {
  origin: string;
  provider: RealProvider;
  github: Github;
  /** The business that the groups of the provider are mapped to. */
  home: TestBusiness;
  anyOf: <Value>(list: readonly Value[]) => Value;
  /** A new recovery code of a business. */
  recoveryCode(business: TestBusiness): Promise<string>;
  stop(): Promise<void>;
}

/** Settings with which a service takes part in it. */
export function settingsOf({ origin, provider, github, home }: Around): Record<string, string> {
  const roles = [
    { group: 'admins', business_id: home.id, role: 'admin' },
    { group: 'staff', business_id: home.id, role: 'developer' },
  ];
  const { issuer, clientId, clientSecret } = provider;
  const client = { issuer, client_id: clientId, client_secret: clientSecret };
  return {
    RESCIND_PUBLIC_URL: origin,
    RESCIND_OIDC_PROVIDERS: JSON.stringify([{ id: 'corp', ...client, create_members: true, roles }]),
    RESCIND_GITHUB_KEYS_URL: github.keysUrl,
    RESCIND_PLATFORM_APPROVAL_ABOVE: '0',
  };
}

/** @param secrets under which the service runs at that moment */
export async function startAround(
  { app: { url: origin }, database: { url } }: TamperedHouse,
  secrets: () => Record<string, string>,
  random: () => number,
): Promise<Around> {
  const [provider, github] = [await startProvider(origin), await startGithub()];
  return {
    ...{ origin, provider, github, home: await aBusiness() },
    anyOf: <Value>(list: readonly Value[]) => list[Math.floor(random() * list.length)] as Value,
    recoveryCode: async ({ id }) => {
      const env = { DATABASE_URL: serviceUrlOf(url), RESCIND_MIGRATE_URL: ownerUrlOf(url), ...secrets() };
      const { code, stdout, stderr } = await rescind(['recovery-code', '--business', id], env, true).ended;
      if (code !== 0) throw new Error(stderr);
      noteSecret(stdout.trim());
      return stdout.trim();
    },
    stop: async () => {
      github.stop();
      await provider.stop();
    },
  };
}
