// Reads the rules of `check` from the sources, and writes a page for each.
import { join } from 'node:path';
import { build } from 'esbuild';

/** Returns the pages of all rules by their path below docs/reference/rules/. */
export async function rulePages(root) {
  const rules = await readRules(root);
  const pages = rules.map((rule) => [`${rule.id}.md`, page(rule)]);
  return new Map([['README.md', overview(rules)], ...pages]);
}

function page({ id, severity, title, what, why, mend, example }) {
  return `# ${id}

**${title}** Unless the workspace says otherwise, this is ${severity === 'error' ? 'an' : 'a'} ${severity}.

${what}

## Why

${why}

## How to mend it

${mend}

## Example

\`\`\`yaml
${example}
\`\`\`

[All rules](README.md) · [settings and exceptions](README.md#settings)
`;
}

function overview(rules) {
  const rows = rules.map(({ id, severity, title }) => `| [\`${id}\`](${id}.md) | ${severity} | ${title} |`);
  return `# Rules

What \`eleventh check\` can find in the manifests of an environment. The ids stay the same. An \`error\` will not work or is not safe, a \`warning\`
is most probably not meant, a \`note\` is worth knowing. How manifests are held against the schemas of Kubernetes and of custom resources
[has a page of its own](../schema-checks.md).

| rule | severity | finds |
| --- | --- | --- |
${rows.join('\n')}

## Settings

In \`environments/workspace.yaml\` on the default branch:

\`\`\`yaml
spec:
  check:
    rules:                       # what rules count for: error, warning, note or off
      image-not-pinned: error
      no-schema: off
    platform:                    # who may ship kinds that reach beyond a namespace; absent: everybody
      services: ["infra/**"]
    custom:                      # conditions in CEL that objects have to meet
      - id: owner-label
        match: {kinds: [Deployment, StatefulSet]}   # also services: [globs], environments: [names]
        expression: has(object.metadata.labels) && 'owner' in object.metadata.labels
        message: A workload names its owner in the label owner.
        severity: warning
    external:                    # checkers that run alongside; each has to be installed
      kube-linter: {config: environments/kube-linter.yaml}
      conftest: {policy: environments/policy, timeout: 90s}
\`\`\`

A rule that does not exist is refused. A finding of a custom rule is \`custom/<id>\`, that of another checker begins with its name: \`kube-linter/run-as-non-root\`.
In a custom rule \`object\` is the rendered object, \`service\` and \`environment\` are names. A condition that cannot be told, because a field is missing that \`has\` was not
asked for, does not hold. \`matches()\` and more than two loops within each other are refused, as [in policies](../../decisions/0014-libraries-for-rules.md).

What is meant to be as it is says so, with the reason. In \`service.yaml\`, for all of a service:

\`\`\`yaml
spec:
  check:
    ignore:
      - {rule: parity, reason: the load generator runs in staging alone}
\`\`\`

Or, for one object, in an annotation of its own, \`check.eleventh.dev/<rule>: "the reason"\`, with a dot for the slash of a rule of your own (\`check.eleventh.dev/custom.team-label\`). An annotation excepts from warnings and notes alone: a service’s CI
writes manifests by itself, while \`service.yaml\` is reviewed on the default branch.
`;
}

async function readRules(root) {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'tools/kubernetes/src/rules/rules.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    conditions: ['@eleventh/source'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(process.cwd() + '/');",
    },
  });
  const { RULE_PAGES } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  return RULE_PAGES;
}
