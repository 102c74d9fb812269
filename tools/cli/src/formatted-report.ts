import type { CheckSeverity } from '@eleventh/core';
import type { ManifestReport } from '@eleventh/kubernetes';
import { VERSION } from './version.ts';

const HOME = 'https://github.com/eleventh-dev/eleventh';

/** Returns findings as another program reads them: SARIF 2.1.0, annotations of GitHub Actions, or JUnit. */
export async function formattedReport(
  { findings, checked }: ManifestReport,
  format: 'sarif' | 'github' | 'junit',
  counted: readonly CheckSeverity[],
): Promise<string> {
  const { githubAnnotations, junit, mergedFindings, RULE_PAGES, sarif } = await import('@eleventh/kubernetes');
  if (format === 'github') return githubAnnotations(mergedFindings(findings, checked));
  if (format === 'junit') return junit(findings, checked, counted);
  const page = (rule: string) => `${HOME}/blob/main/docs/reference/rules/${rule}.md`;
  const report = sarif(findings, RULE_PAGES, { name: 'eleventh', version: VERSION, home: HOME, page });
  return `${JSON.stringify(report, null, 2)}\n`;
}
