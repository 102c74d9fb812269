import { createHash } from 'node:crypto';
import type { RulePage } from '../../rules/rule.ts';
import type { Finding } from '../finding.ts';

/** The tool that a report names. */
export interface ReportTool {
  readonly name: string;
  readonly version: string;
  /** Where people read of it. */
  readonly home: string;
  /** Returns where the page of a rule is. */
  readonly page: (rule: string) => string;
}

/** Returns findings as SARIF 2.1.0 (docs.oasis-open.org/sarif), with what is known of the rules that found something. */
export function sarif(findings: readonly Finding[], pages: readonly RulePage[], tool: ReportTool): object {
  const ids = [...new Set(findings.map(({ rule }) => rule))].sort();
  const known = new Map(pages.map((page) => [page.id, page]));
  const seen = new Map<string, number>();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: tool.name,
            version: tool.version,
            informationUri: tool.home,
            rules: ids.map((id) => described(id, known.get(id), tool)),
          },
        },
        originalUriBaseIds: { ROOT: { description: { text: 'The root of the deployment repository.' } } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => {
          const mark = fingerprint(finding);
          const count = (seen.get(mark) ?? 0) + 1;
          seen.set(mark, count);
          return result(finding, ids.indexOf(finding.rule), `${mark}:${count}`);
        }),
      },
    ],
  };
}

function described(id: string, page: RulePage | undefined, { page: link }: ReportTool): object {
  if (page === undefined) return { id };
  return {
    id,
    shortDescription: { text: page.title },
    fullDescription: { text: `${page.what} ${page.why}` },
    help: { text: page.mend, markdown: page.mend },
    helpUri: link(id),
    defaultConfiguration: { level: page.severity },
  };
}

function result(finding: Finding, ruleIndex: number, mark: string): object {
  const { rule, severity, message, file, line, column, object, environment, service, hint } = finding;
  const text = hint === undefined ? message : `${message} ${hint}`;
  return {
    ruleId: rule,
    ruleIndex,
    level: severity,
    message: { text },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: 'ROOT' },
          region: { startLine: line, startColumn: column },
        },
        ...(object === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: object, kind: 'resource' }] }),
      },
    ],
    partialFingerprints: { 'eleventhFinding/v1': mark },
    properties: {
      ...(environment === undefined ? {} : { environment }),
      ...(service === undefined ? {} : { service }),
    },
  };
}

/** Returns what stays the same of a finding when lines above it come and go. */
function fingerprint({ rule, file, object, environment, service, message }: Finding): string {
  const parts = [rule, file, object ?? '', environment ?? '', service ?? '', message];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
