import { createVerifier, type VerifierOptions } from '../../../packages/verifier/src/create-verifier.js';

const good: VerifierOptions = { url: 'http://127.0.0.1:9', token: 'secret' };

describe('createVerifier', () => {
  it.each<[string, Partial<VerifierOptions>]>([
    ['no address', { url: [] }],
    ['an address that is none', { url: 'rescind' }],
    ['another protocol', { url: 'ws://127.0.0.1:9' }],
    ['a credential in the address', { url: 'http://user:secret@127.0.0.1:9' }],
    ['no token', { token: '' }],
    ['no name', { name: '' }],
    ['a name of more than a line', { name: 'a\nb' }],
    ['a long name', { name: 'x'.repeat(129) }],
    ['half a verdict', { max: 0.5 }],
    ['less than no verdict', { max: -1 }],
    ['no time', { timeoutMs: 0 }],
    ['no number of milliseconds', { timeoutMs: NaN }],
  ])('refuses %s, and says no secret', (_, options) => {
    const create = (): unknown => createVerifier({ ...good, ...options });
    expect(create).toThrow(TypeError);
    expect(create).not.toThrow(/secret@|user/);
  });

  it('a closed one answers `unavailable`, leaves nothing behind, and may be closed again', async () => {
    const verifier = createVerifier(good);
    const waiting = verifier.whenReady();
    await verifier.close();
    await verifier.close();
    await expect(waiting).rejects.toThrow('closed');
    expect(await verifier.verify('dz_x')).toEqual({ active: false, reason: 'unavailable' });
    expect(verifier.isReady).toBe(false);
  });
});
