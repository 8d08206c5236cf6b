import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPrivateKey } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GeneratedSecretError,
  loadOrCreatePepper as loadOrCreatePepperBeside,
  loadOrCreateSigningKey as loadOrCreateSigningKeyBeside,
} from '../../../src/config/generated-secrets.js';

const loadOrCreatePepper = (dataDir: string): Promise<string> =>
  loadOrCreatePepperBeside(dataDir, { isDatabaseThere: false });
const loadOrCreateSigningKey = (dataDir: string): Promise<string> =>
  loadOrCreateSigningKeyBeside(dataDir, { isDatabaseThere: false });

describe('the generated secrets of a data directory', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = join(mkdtempSync(join(tmpdir(), 'rescind-secrets-')), 'data');
  });
  afterEach(() => rmSync(join(dataDir, '..'), { recursive: true, force: true }));

  it('are made once, also by many starts at the same time, and leave no drafts', async () => {
    const peppers = await Promise.all(Array.from({ length: 20 }, () => loadOrCreatePepper(dataDir)));
    const keys = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateSigningKey(dataDir)));
    expect(new Set(peppers).size).toBe(1);
    expect(new Set(keys).size).toBe(1);
    expect(await loadOrCreatePepper(dataDir)).toBe(peppers[0]);
    expect(readdirSync(dataDir).sort()).toEqual(['pepper', 'signing-key.pem']);
  });

  it('are 32 random bytes and an Ed25519 key that their owner alone can read', async () => {
    expect(Buffer.from(await loadOrCreatePepper(dataDir), 'base64')).toHaveLength(32);
    expect(createPrivateKey(await loadOrCreateSigningKey(dataDir)).asymmetricKeyType).toBe('ed25519');
    for (const name of ['pepper', 'signing-key.pem']) {
      expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
    }
  });

  it('are refused when others may read them, without showing them', async () => {
    const pepper = await loadOrCreatePepper(dataDir);
    chmodSync(join(dataDir, 'pepper'), 0o640);
    const refusal = await loadOrCreatePepper(dataDir).catch((error: unknown) => error as Error);
    expect(refusal).toBeInstanceOf(GeneratedSecretError);
    expect(String(refusal)).toContain('chmod 600');
    expect(String(refusal)).not.toContain(pepper);
  });

  it('are refused, not made anew, when their file is empty', async () => {
    await loadOrCreateSigningKey(dataDir);
    writeFileSync(join(dataDir, 'signing-key.pem'), '');
    await expect(loadOrCreateSigningKey(dataDir)).rejects.toThrow(/is empty: restore it/);
  });

  it('are refused, not made anew, when their file is missing beside a database', async () => {
    const beside = { isDatabaseThere: true };
    await expect(loadOrCreatePepperBeside(dataDir, beside)).rejects.toThrow(
      /pepper is missing, .*RESCIND_PEPPER_LOST/,
    );
    await expect(loadOrCreateSigningKeyBeside(dataDir, beside)).rejects.toThrow(
      /signing-key.pem is missing, .*RESCIND_SIGNING_KEY_RETIRED/,
    );
    expect(readdirSync(dataDir)).toEqual([]);
    const pepper = await loadOrCreatePepper(dataDir);
    expect(await loadOrCreatePepperBeside(dataDir, beside)).toBe(pepper);
  });

  it('are refused in one sentence where the directory cannot be made', async () => {
    const file = `${dataDir}-file`;
    writeFileSync(file, '');
    await expect(loadOrCreatePepper(join(file, 'below'))).rejects.toThrow(/ENOTDIR.*RESCIND_DATA_DIR/);
  });
});
