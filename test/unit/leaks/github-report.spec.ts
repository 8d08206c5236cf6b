import { createPublicKey } from 'node:crypto';
import { isSigned, matchesIn } from '../../../src/leaks/github-keys.js';

/** Two reports that GitHub signed, as the documentation of its partner program shows them. */
const GENUINE = [
  {
    body: '[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]',
    signature:
      'MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg==',
    key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAdAjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw==',
  },
  {
    body: '[{"token":"some_token","type":"some_type","url":"some_url","source":"some_source"}]',
    signature:
      'MEUCIFLZzeK++IhS+y276SRk2Pe5LfDrfvTXu6iwKKcFGCrvAiEAhHN2kDOhy2I6eGkOFmxNkOJ+L2y8oQ9A2T9GGJo6WJY=',
    key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gPHzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q==',
  },
];

const keyOf = (base64: string) =>
  createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });

describe("a report of GitHub's secret scanning", () => {
  it.each(GENUINE)('is known by its signature: $body', ({ body, signature, key }) => {
    expect(isSigned(body, signature, keyOf(key))).toBe(true);
    expect(isSigned(`${body} `, signature, keyOf(key))).toBe(false);
    const other = GENUINE.find((each) => each.key !== key)?.key as string;
    expect(isSigned(body, signature, keyOf(other))).toBe(false);
  });

  it('tells of each match what it is and where it was found', () => {
    expect(matchesIn(GENUINE[0]?.body as string)).toEqual([
      { token: 'some_token', type: 'some_type', url: 'https://example.com/base-repo-url/', source: 'commit' },
    ]);
    expect(matchesIn('[{"token":"x","type":"y","url":""}]')).toEqual([
      { token: 'x', type: 'y', url: null, source: null },
    ]);
  });
});
