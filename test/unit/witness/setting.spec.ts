import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cosignerVkeyOf } from '../../../src/log-format/transparency/cosignature.js';
import { vkeyOf } from '../../../src/log-format/transparency/note-key.js';
import { witnessPolicyOf } from '../../../src/audit/proofs/cosigned-checkpoints.js';
import { auditConfig } from '../../../src/config/audit.config.js';

const { publicKey } = generateKeyPairSync('ed25519');
const WITNESS = cosignerVkeyOf({ name: 'witness.example/w1', publicKey });
const LOG = vkeyOf('rescind/platform', publicKey);
const OTHER_LOG = vkeyOf('other/platform', publicKey);

describe('RESCIND_WITNESS_POLICY', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rescind-policy-'));
  const path = join(directory, 'policy');
  afterEach(() => delete process.env.RESCIND_WITNESS_POLICY);
  afterAll(() => rmSync(directory, { recursive: true }));

  function read(content: string | null): unknown {
    process.env.RESCIND_WITNESS_POLICY = path;
    if (content === null) rmSync(path, { force: true });
    else writeFileSync(path, content);
    return witnessPolicyOf(auditConfig());
  }

  it('may be unset', () => {
    expect(witnessPolicyOf(auditConfig())).toBeNull();
  });

  it.each([
    `witness a ${WITNESS} https://witness.example/\nquorum a\n`,
    `log ${OTHER_LOG}\nlog ${LOG}\nwitness a ${WITNESS} http://127.0.0.1:7700\nquorum a\n`,
    `witness a ${WITNESS} https://witness.example/w1\nquorum none\n`,
  ])('may be %j', (content) => {
    expect(read(content)).toMatchObject({ witnesses: [{ alias: 'a' }] });
  });

  it.each([
    ['is not there', null, 'cannot be read (ENOENT)'],
    ['is empty', '', 'has no line "quorum"'],
    ['has a mistake', `witness a ${WITNESS}\nquorum b\n`, 'line 2 names no witness'],
    ['has no address', `witness a ${WITNESS}\nquorum a\n`, 'gives no witness an address'],
    ['has an address with a password', `witness a ${WITNESS} https://a:b@c/\nquorum a\n`, 'without credentials'],
    ['has another address', `witness a ${WITNESS} ftp://c/\nquorum a\n`, 'without credentials'],
    ['is of another log', `log ${OTHER_LOG}\nwitness a ${WITNESS} https://c/\nquorum a\n`, 'but not rescind/platform'],
    ['asks for whom it cannot ask', `witness a ${WITNESS} https://c/\nwitness b ${cosignerVkeyOf({ name: 'b', publicKey: generateKeyPairSync('ed25519').publicKey })}\nquorum b\n`, 'cannot reach'],
  ])('is refused in one sentence when it %s', (_, content, words) => {
    expect(() => read(content)).toThrow(/^RESCIND_WITNESS_POLICY [^\n]+\.$/);
    expect(() => read(content)).toThrow(words);
    expect(() => read(content)).not.toThrow(WITNESS);
  }); // prettier-ignore
});
