import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import {
  noteKeyIdOf,
  parsePublicKey,
  parseVkey,
  vkeyOf,
} from '../../../src/log-format/transparency/note-key.js';
import { openNote, UntrustedNote, type NoteFault } from '../../../src/log-format/transparency/signed-note.js';
import { signNote } from '../../../src/log-format/transparency/signing.js';

/** The worked example of golang.org/x/mod/sumdb/note, an independent implementation. */
const TEXT =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const SIGNING_KEY = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const NOTE =
  `${TEXT}\n` +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

const pair = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const known = parseVkey(vkeyOf('log.example/a', pair.publicKey));

function faultOf(open: () => unknown): NoteFault | 'none' {
  try {
    open();
    return 'none';
  } catch (error) {
    if (error instanceof UntrustedNote) return error.fault;
    throw error;
  }
}

describe('signed note', () => {
  it('opens the note that another implementation signed', () => {
    expect(openNote(NOTE, [parseVkey(VKEY)])).toEqual({ text: TEXT, signers: ['PeterNeumann'] });
    expect(vkeyOf('PeterNeumann', parseVkey(VKEY).publicKey)).toBe(VKEY);
  });

  it('is byte for byte the note that another implementation signs with the same key', () => {
    // Its private keys are base64 of 0x01 and the seed; PKCS#8 wraps the seed in a fixed prefix.
    const seed = Buffer.from(SIGNING_KEY, 'base64').subarray(1);
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    expect(signNote(TEXT, 'PeterNeumann', privateKey)).toBe(NOTE);
  });

  it('tolerates signatures of unknown keys, also under a known name', () => {
    const note = signNote('text\n\nmore\n', 'log.example/a', pair.privateKey);
    const [witness] = signNote('text\n\nmore\n', 'witness.example', other.privateKey).split('\n').slice(-2);
    const [namesake] = signNote('text\n\nmore\n', 'log.example/a', other.privateKey).split('\n').slice(-2);
    expect(openNote(`${note}${witness}\n${namesake}\n— x AAAAAAA=\n`, [known])).toEqual({
      text: 'text\n\nmore\n',
      signers: ['log.example/a'],
    });
  });

  it('is refused when a known key signed something else, even beside a good signature', () => {
    const note = signNote('text\n', 'log.example/a', pair.privateKey);
    expect(faultOf(() => openNote(note.replace('text', 'Text'), [known]))).toBe('bad_signature');
    const [wrong] = signNote('other\n', 'log.example/a', pair.privateKey).split('\n').slice(-2);
    expect(faultOf(() => openNote(`${note}${wrong}\n`, [known]))).toBe('bad_signature');
  });

  it('is refused when no given key signed it', () => {
    const note = signNote('text\n', 'log.example/a', other.privateKey);
    expect(faultOf(() => openNote(note, [known]))).toBe('unknown_key');
    expect(faultOf(() => openNote(signNote('text\n', 'log.example/b', pair.privateKey), [known]))).toBe(
      'unknown_key',
    );
  });

  it('is refused in any other form', () => {
    const note = signNote('text\n', 'log.example/a', pair.privateKey);
    const malformed = ['', 'text\n', 'text\n\n', note.slice(0, -1), note.replace('—', '-'), note.replace('text', 'te\txt'),
      note.replaceAll('\n', '\r\n'), `${note}\n`, note.replace(/=*\n$/, '\n'), `${note}— a b c\n`, `${note}— a+b AAAAAAA=\n`,
      note + '— x AAAAAAA=\n'.repeat(64)]; // prettier-ignore
    for (const text of malformed) expect(faultOf(() => openNote(text, [known]))).toBe('malformed');
  });

  it('is not made from a text or name that it cannot carry', () => {
    for (const text of ['', 'no newline', 'a\r\n']) {
      expect(() => signNote(text, 'log.example', pair.privateKey)).toThrow(TypeError);
    }
    for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\nb']) {
      expect(() => signNote('text\n', name, pair.privateKey)).toThrow(TypeError);
    }
  });
});

describe('public key of a note', () => {
  it('is read from PEM, raw base64 and note notation', () => {
    const pem = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const raw = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64');
    const id = noteKeyIdOf('n', pair.publicKey);
    for (const text of [pem, `\n${raw}\n`, `${vkeyOf('n', pair.publicKey)}\n`]) {
      expect(noteKeyIdOf('n', parsePublicKey(text).publicKey)).toEqual(id);
    }
  });

  it('is refused when malformed or of another kind, without being repeated in the error', () => {
    const privatePem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
      format: 'pem',
      type: 'spki',
    });
    const vkey = vkeyOf('n', pair.publicKey);
    for (const text of [
      '',
      'x',
      privatePem,
      rsa.toString(),
      vkey.replace('n+', 'm+'),
      vkey.slice(0, -4),
      `${vkey}AAAA`,
    ]) {
      expect(() => parsePublicKey(text)).toThrow(TypeError);
    }
    expect(() => parsePublicKey(privatePem)).toThrow(/^Not an Ed25519 verifier key in note notation\.$/);
  });
});
