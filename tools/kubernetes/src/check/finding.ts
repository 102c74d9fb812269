import { type CheckSeverity, SEVERITIES, type ServiceId } from '@eleventh/core';
import type { Place } from '../sources/source-index.ts';

/** One thing of the manifests that is not as it should be. Survives JSON. */
export interface Finding extends Place {
  /** The rule's stable id; another checker's begins with its name: `kube-linter/no-read-only-root-fs`. */
  readonly rule: string;
  readonly severity: CheckSeverity;
  /** One sentence, which never holds a secret. */
  readonly message: string;
  /** The rendered object, as `objectKey` names it. */
  readonly object?: string;
  readonly environment?: string;
  readonly service?: ServiceId;
  /** How to mend it. */
  readonly hint?: string;
}

/** Returns findings in the order of reports: by place, then the worst first; what is said twice comes once. */
export function ordered(findings: Iterable<Finding>): Finding[] {
  const unique = new Map([...findings].map((finding) => [JSON.stringify(Object.entries(finding).sort()), finding]));
  return [...unique.values()].sort(
    (a, b) =>
      order(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      order(a.rule, b.rule) ||
      order(a.environment ?? '', b.environment ?? '') ||
      order(a.object ?? '', b.object ?? '') ||
      order(a.message, b.message),
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
