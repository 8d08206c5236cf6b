import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scannerRules, secretExpression } from '../../../src/secrets/scanner-rules.js';
import { mintSecret } from '../../../src/secrets/mint.js';

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
    expect(found([])).toEqual([ours, others]);
    expect(found(['acme'])).toEqual([ours]);
    expect(found(['other'])).toBeNull();
  });

  it('are in the format of the scanner', () => {
    expect(scannerRules('gitleaks', ['acme'], null)).toContain('keywords = ["acme_"]');
    expect(scannerRules('trufflehog', ['acme'], null)).not.toContain('verify');
    const asking = scannerRules('trufflehog', ['acme'], 'http://localhost:3000');
    expect(asking).toContain('endpoint: "http://localhost:3000/api/v1/businesses"');
    expect(asking).toContain('unsafe: true');
  });
});
