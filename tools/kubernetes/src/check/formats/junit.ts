import type { CheckSeverity } from '@eleventh/core';
import type { Finding } from '../finding.ts';

/** What was checked: every service in every environment is a test case, whether something was found or not. */
export interface Checked {
  readonly environment: string;
  readonly service: string;
}

/**
 * Returns findings as JUnit XML: a suite for each environment, a case for each service. What counts makes its case
 * fail; the rest stands in its output. @param counted severities that count
 */
export function junit(
  findings: readonly Finding[],
  checked: readonly Checked[],
  counted: readonly CheckSeverity[],
): string {
  const cases = new Map<
    string,
    { readonly environment: string; readonly service: string; readonly found: Finding[] }
  >();
  const caseOf = (environment: string, service: string) => {
    const key = `${environment} ${service}`;
    const known = cases.get(key) ?? { environment, service, found: [] };
    cases.set(key, known);
    return known;
  };
  for (const { environment, service } of checked) caseOf(environment, service);
  for (const finding of findings) caseOf(finding.environment ?? '', finding.service ?? '').found.push(finding);
  const suites = [...new Set([...cases.values()].map(({ environment }) => environment))].map((environment) => {
    const own = [...cases.values()].filter((each) => each.environment === environment);
    const failures = own.filter(({ found }) => found.some(({ severity }) => counted.includes(severity))).length;
    const body = own.map(({ service, found }) => testCase(environment, service, found, counted)).join('');
    return `  <testsuite name="${escaped(environment)}" tests="${own.length}" failures="${failures}" errors="0">\n${body}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="eleventh check">\n${suites.join('')}</testsuites>\n`;
}

function testCase(
  environment: string,
  service: string,
  found: readonly Finding[],
  counted: readonly CheckSeverity[],
): string {
  const failures = found
    .filter(({ severity }) => counted.includes(severity))
    .map(
      (finding) =>
        `      <failure type="${escaped(finding.rule)}" message="${escaped(finding.message)}">${escaped(line(finding))}</failure>\n`,
    );
  const others = found.filter(({ severity }) => !counted.includes(severity)).map(line);
  const output = others.length === 0 ? '' : `      <system-out>${escaped(others.join('\n'))}</system-out>\n`;
  const inner = failures.join('') + output;
  const start = `    <testcase classname="${escaped(environment)}" name="${escaped(service)}"`;
  return inner === '' ? `${start}/>\n` : `${start}>\n${inner}    </testcase>\n`;
}

function line({ rule, severity, message, file, line, column }: Finding): string {
  return `${file}:${line}:${column}: ${severity}: ${message} (${rule})`;
}

/** What XML 1.0 cannot hold becomes a question mark. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
