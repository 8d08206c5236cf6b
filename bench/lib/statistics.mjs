// @ts-check
/** The value below which a share `p` of `values` lies; NaN of none. */
export function quantile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const at = (sorted.length - 1) * p;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at));
}

export const median = (values) => quantile(values, 0.5);

/** Median, extremes and count: what every table of results shows. */
export function summary(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), count: values.length };
}

/** Growth of y a unit of x: the median of all pairwise slopes (Theil 1950, Sen 1968), deaf to outliers. */
export function theilSen(points) {
  const slopes = [];
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      const run = points[j][0] - points[i][0];
      if (run !== 0) slopes.push((points[j][1] - points[i][1]) / run);
    }
  }
  return median(slopes);
}
