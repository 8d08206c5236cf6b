// @ts-check
const WIDTH = 860;
const LABEL = 330;
const BAR = 24;
const STEP = 36;

const escaped = (text) =>
  text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]);

/**
 * Horizontal bars with a whisker from the smallest to the largest round, as SVG that reads on light and dark pages.
 * @param bars [{label, median, min, max, own}] `own` marks Rescind's.
 */
export function barChart(title, unit, bars) {
  const largest = Math.max(...bars.map((bar) => bar.max));
  const scale = (value) => LABEL + (value / largest) * (WIDTH - LABEL - 110);
  const height = 60 + bars.length * STEP;
  const drawn = bars.map(({ label, median, min, max, own }, index) => {
    const y = 48 + index * STEP;
    const middle = y + BAR / 2;
    return [
      `<text x="${LABEL - 10}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${(scale(median) - LABEL).toFixed(1)}" height="${BAR}" fill="${own ? '#2563eb' : '#94a3b8'}"/>`,
      `<path d="M${scale(min).toFixed(1)} ${middle}H${scale(max).toFixed(1)}" stroke="#0f172a" stroke-width="2"/>`,
      `<text x="${(scale(max) + 8).toFixed(1)}" y="${middle + 4}">${Math.round(median).toLocaleString('en-US')}</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="13" fill="#0f172a">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="26" font-size="16" font-weight="600">${escaped(title)} (${escaped(unit)}; line: slowest to fastest round)</text>
${drawn.join('\n')}
</svg>`;
}
