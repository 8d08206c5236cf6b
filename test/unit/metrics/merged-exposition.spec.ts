import { expect, it } from '@jest/globals';
import { mergedExposition } from '../../../src/metrics/cluster-metrics.js';

const text = (count: number): string =>
  [
    '# HELP verdicts_total Verdicts, {so far}.',
    '# TYPE verdicts_total counter',
    `verdicts_total{outcome="active"} ${count}`,
    'verdicts_total{outcome="a } b"} 0',
    '',
    '# HELP up Whether.',
    '# TYPE up gauge',
    'up 1',
    '',
  ].join('\n');

it('has each metric once, and the samples of every worker told apart', () => {
  expect(
    mergedExposition([
      [1, text(3)],
      [4, text(5)],
    ]),
  ).toBe(
    [
      '# HELP verdicts_total Verdicts, {so far}.',
      '# TYPE verdicts_total counter',
      'verdicts_total{worker="1",outcome="active"} 3',
      'verdicts_total{worker="1",outcome="a } b"} 0',
      'verdicts_total{worker="4",outcome="active"} 5',
      'verdicts_total{worker="4",outcome="a } b"} 0',
      '',
      '# HELP up Whether.',
      '# TYPE up gauge',
      'up{worker="1"} 1',
      'up{worker="4"} 1',
      '',
    ].join('\n'),
  );
});
