// Prints "passed failed skipped" of one test report.
//   node counts.mjs ctrf FILE   a Common Test Report Format file, as the xunit.v3 runner writes it
//   node counts.mjs text FILE   the closing lines of vitest, of node's test runner, or a plain "N passed, N failed"
// Exits 1 when the file says nothing about tests: a runner that did not get to its end has no counts.
import { readFileSync } from 'node:fs';

const [form, file] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const counts = form === 'ctrf' ? fromCtrf(text) : fromText(text);
if (!counts) {
  console.error(`${file}: no test counts found`);
  process.exit(1);
}
console.log(counts.passed, counts.failed, counts.skipped);

function fromCtrf(json) {
  const { passed, failed, skipped, pending = 0, other = 0 } = JSON.parse(json).results.summary;
  return { passed, failed: failed + other, skipped: skipped + pending };
}

function fromText(log) {
  // Control sequences would split the words that are looked for.
  const lines = log.replace(/\x1b\[[0-9;]*m/g, '').split('\n');
  const vitest = lines.findLast((line) => /^\s*Tests\s+.*\(\d+\)/.test(line));
  const node = lines.filter((line) => /^(#|ℹ) (pass|fail|skipped|cancelled) \d+$/.test(line));
  const plain = lines.findLast((line) => /^\d+ passed, \d+ failed/.test(line));
  if (vitest) return { passed: number(vitest, /(\d+) passed/), failed: number(vitest, /(\d+) failed/), skipped: number(vitest, /(\d+) skipped/) };
  if (node.length) {
    const of = (word) => node.filter((line) => line.includes(` ${word} `)).reduce((sum, line) => sum + number(line, /(\d+)$/), 0);
    return { passed: of('pass'), failed: of('fail') + of('cancelled'), skipped: of('skipped') };
  }
  if (plain) return { passed: number(plain, /(\d+) passed/), failed: number(plain, /(\d+) failed/), skipped: number(plain, /(\d+) skipped/) };
  return undefined;
}

function number(line, pattern) {
  return Number(pattern.exec(line)?.[1] ?? 0);
}
