// Prints `N passed, N failed, N skipped`, summed over the test results of every package; fails unless all is well.
// With --reset, removes those results first, so that none of an earlier run is counted (Nx restores cached ones).
import { readdirSync, readFileSync, rmSync } from 'node:fs';

const tools = new URL('../tools/', import.meta.url);
const packages = readdirSync(tools, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const results = packages.map(({ name }) => new URL(`${name}/test-results.json`, tools));

if (process.argv.includes('--reset')) {
  for (const file of results) rmSync(file, { force: true });
  process.exit(0);
}

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const file of results) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    sum.passed += result.numPassedTests;
    sum.skipped += result.numPendingTests + result.numTodoTests;
    // A file that could not even be loaded has no test to count: it is one failure.
    const broken = result.testResults.filter(
      (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
    );
    sum.failed += result.numFailedTests + broken.length;
  } catch {
    console.error(`No test results in ${file.pathname}`);
    sum.failed += 1;
  }
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exit(sum.failed === 0 ? 0 : 1);
