import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { auditConfig } from '../../config/audit.config.js';
import { ConfigError } from '../../config/environment.js';
import { originOf } from '../../log-format/transparency/checkpoint.js';
import { UnusablePolicy, WitnessPolicy } from '../../log-format/transparency/witness-policy.js';

const VARIABLE = 'RESCIND_WITNESS_POLICY';

/** Which witnesses are asked, and how many must cosign; null: nobody is asked. */
@Injectable()
export class InstalledPolicy {
  readonly policy: WitnessPolicy | null;

  constructor(@Inject(auditConfig.KEY) config: ConfigType<typeof auditConfig>) {
    this.policy = witnessPolicyOf(config);
  }
}

/** @throws ConfigError with one sentence, when the policy cannot be used here */
export function witnessPolicyOf({
  witnessPolicy: text,
  logName,
}: Pick<ConfigType<typeof auditConfig>, 'witnessPolicy' | 'logName'>): WitnessPolicy | null {
  if (text === undefined) return null;
  const policy = readPolicy(text);
  const origin = originOf(logName, null);
  if (policy.logs.length > 0 && !policy.logs.some(({ name }) => name === origin))
    throw new ConfigError(VARIABLE, `names logs, but not ${origin}, which is the one that is cosigned.`);
  const asked = policy.witnesses.filter(({ url }) => url !== null);
  for (const { alias, url } of asked)
    if (!isAddress(url as string))
      throw new ConfigError(
        VARIABLE,
        `gives the witness ${JSON.stringify(alias.slice(0, 64))} an address that is no http:// or https:// address without credentials.`,
      );
  if (asked.length === 0) throw new ConfigError(VARIABLE, 'gives no witness an address to be asked at.');
  if (!policy.isWithin(asked))
    throw new ConfigError(VARIABLE, 'has a quorum that the witnesses with an address cannot reach.');
  return policy;
}

function readPolicy(text: string): WitnessPolicy {
  try {
    return new WitnessPolicy(text);
  } catch (error) {
    if (!(error instanceof UnusablePolicy)) throw error;
    throw new ConfigError(VARIABLE, `names a policy that cannot be used: ${error.message}.`);
  }
}

function isAddress(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return username === '' && password === '' && search === '' && hash === '';
}
