import { createPrivateKey } from 'node:crypto';
import { EventMacs, HeadMacs } from '../../src/audit/trail/event-macs.js';
import { SigningKeys } from '../../src/secrets/signing-keys.js';
import { testRun } from './test-run.js';

const macs = new Map<string, EventMacs>();

function keys(): SigningKeys {
  return new SigningKeys({
    signingKey: createPrivateKey(testRun().secrets.RESCIND_SIGNING_KEY.replaceAll('\\n', '\n')),
    retiredSigningKeys: [],
  });
}

/** The MAC that the test applications would have given a head. */
export function headMacOf(logId: string, size: number): Buffer {
  return new HeadMacs(keys(), { adopts: false }).macOf(logId, size);
}

/** The MAC that the test applications would have given an event. */
export function macOf(logId: string, sequence: number, leaf: Uint8Array): Buffer {
  const { RESCIND_SIGNING_KEY: key } = testRun().secrets;
  const made = macs.get(key) ?? new EventMacs(keys());
  macs.set(key, made);
  return made.macOf(logId, sequence, leaf);
}
