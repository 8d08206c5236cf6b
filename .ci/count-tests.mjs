// Prints "passed failed" of a Jest report; what failed to run at all counts as one failure.
import { existsSync, readFileSync } from 'node:fs';

const [report, status] = process.argv.slice(2);
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  for (const { name, message } of testResults.filter((each) => each.status === 'failed'))
    console.error(`\n${name}\n${message}`);
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  console.log(`${numPassedTests} ${failed === 0 && status !== '0' ? 1 : failed}`);
} else {
  console.log('0 1');
}
