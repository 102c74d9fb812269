import type { RulePage } from './rule.ts';

/** What stands before everything else: files that can be read, and a build that works. The engine finds these. */
export const FILE_RULES = [
  {
    id: 'bad-yaml',
    severity: 'error',
    title: 'A file is not valid YAML.',
    what: 'A file that a kustomization lists among its resources or patches, or a kustomization itself, that cannot be read. Files that nothing lists, and templates of charts, are left alone.',
    why: 'Nothing that needs the file can be built.',
    mend: 'Mostly it is the indentation of the line before, a missing quote, or a tab.',
    example: `apiVersion: v1
kind: ConfigMap
metadata: {name: payments
data: {}`,
  },
  {
    id: 'duplicate-key',
    severity: 'error',
    title: 'A map says a key twice.',
    what: 'A key that stands twice in one map of a file that is built.',
    why: 'Kustomize refuses it; other tools take the last one without a word.',
    mend: 'Keep the one that is meant.',
    example: `apiVersion: v1
kind: ConfigMap
metadata: {name: payments}
data:
  LOG_LEVEL: info
  LOG_LEVEL: debug`,
  },
  {
    id: 'does-not-render',
    severity: 'error',
    title: 'The service cannot be built in this environment.',
    what: 'What kustomize or helm says when it builds the service with the overlay of the environment.',
    why: 'The agent in the cluster would stop at the same place, and deploy nothing of the environment any more.',
    mend: 'What the renderer says names the file and the reason; `eleventh render` shows it again.',
    example: `# environments/prod/payments/kustomization.yaml
resources:
  - ../../../apps/payments
patches:
  - path: no-such-file.yaml`,
  },
] as const satisfies readonly RulePage[];
