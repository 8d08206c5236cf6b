// Prints "passed failed settled" of a Jest report, `settled` being the passed tests of files in which none failed; what failed
// to run at all counts as one failure. Writes the paths of the files that failed to REPORT.failed, one a line.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [report, status] = process.argv.slice(2);
const failedFiles = [];
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  let settled = 0;
  for (const { name, message, assertionResults, status: outcome } of testResults) {
    if (outcome === 'failed') {
      failedFiles.push(name);
      console.error(`\n${name}\n${message}`);
    } else settled += assertionResults.filter((each) => each.status === 'passed').length;
  }
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  console.log(`${numPassedTests} ${failed === 0 && status !== '0' ? 1 : failed} ${settled}`);
} else {
  console.log('0 1 0');
}
writeFileSync(`${report}.failed`, failedFiles.join('\n'));
