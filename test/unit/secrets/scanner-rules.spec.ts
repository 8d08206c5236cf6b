import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scannerRules, secretExpression } from '../../../src/secrets/scanner-rules.js';
import { mintSecret } from '../../../src/secrets/mint.js';
import { ownSecretsIn } from '../../../src/secrets/token-strings.js';

const README = readFileSync(join(import.meta.dirname, '..', '..', '..', 'README.md'), 'utf8');

describe('the rules for secret scanners', () => {
  it('have the expression that README.md shows', () => {
    expect(README).toContain(`\`\`\`text\n${secretExpression([])}\n\`\`\``);
    expect(scannerRules('github', [], null)).toBe(`${secretExpression([])}\n`);
  });

  it('find secrets in a text, of the prefixes that are asked for', () => {
    const [ours, others] = [mintSecret('acme').secret, mintSecret('dz').secret];
    const text = `a=${ours}; b="${others}", c=${ours}x`;
    const found = (prefixes: string[]) => text.match(new RegExp(secretExpression(prefixes), 'g'));
    expect(found([])).toEqual([ours, others, ours]);
    expect(found(['acme'])).toEqual([ours, ours]);
    expect(found(['other'])).toBeNull();
  });

  it.each([
    ['in a query of an access log', 'GET /login?token%3D', '%26next%3D/'],
    ['in one whose encoding is in lower case', 'token%3d', '%26'],
    ['behind an underscore, and before one', 'backup_', '_old'],
    ['between letters', 'x', 'y'],
    ['behind a colour, and before its end', '\x1b[31m', '\x1b[0m'],
    ['behind a colour that was printed as text', '\\u001b[31m', '\\u001b[0m'],
    ['behind an escaped line end', '"one\\n', '\\ntwo"'],
    ['in JSON in JSON', '{\\"token\\":\\"', '\\"}'],
    ['in a comment', '/*', '*/'],
    ['behind a letter of another script', 'é', 'é'],
  ])('find one %s, and what is found holds it for whoever is told', (_, before, after) => {
    const { secret } = mintSecret('dz');
    const text = `${before}${secret}${after}`;
    expect(text.match(new RegExp(secretExpression(['dz']), 'g'))).toEqual([secret]);
    const found = text.match(new RegExp(secretExpression([]), 'g')) ?? [];
    expect(found.flatMap((each) => [...ownSecretsIn(each)])).toEqual([secret]);
  });

  it('are in the format of the scanner', () => {
    expect(scannerRules('gitleaks', ['acme'], null)).toContain('keywords = ["acme_"]');
    expect(scannerRules('trufflehog', ['acme'], null)).not.toContain('verify');
    const asking = scannerRules('trufflehog', ['acme'], 'http://localhost:3000');
    expect(asking).toContain('endpoint: "http://localhost:3000/api/v1/businesses"');
    expect(asking).toContain('unsafe: true');
  });
});
