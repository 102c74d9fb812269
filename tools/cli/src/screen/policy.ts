import { type CheckedExample, type CheckedPolicy, type Policy, type PolicyReport, RULES, short } from '@eleventh/core';
import type { Painter } from './paint.ts';
import { printable, table } from './table.ts';

/** Returns what each environment's policy comes to, with what is wrong with it, and what came of its examples. */
export function policyText({ workspace, policies, passes }: PolicyReport, painter: Painter): string {
  const examples = policies.flatMap((policy) => policy.examples);
  const failed = examples.filter((example) => !example.passes).length;
  const problems = policies.flatMap((policy) => policy.problems).length;
  const found = [
    ...(failed === 0 ? [] : [`${failed} of ${counted(examples.length, 'example')} did not come as it says`]),
    ...(problems === 0 ? [] : [`${counted(problems, 'problem')} in what is written`]),
  ];
  const all = examples.length === 0 ? 'No examples' : `${counted(examples.length, 'example')}, as expected`;
  const end = passes ? painter.green(all) : painter.red(found.join('; '));
  const { name, commit } = workspace;
  const where = name === commit ? short(commit) : `${printable(name)} ${short(commit)}`;
  const blocks = policies.map((policy) => policyBlock(policy, painter));
  return `${[...blocks, `${end}: ${where}`].join('\n')}\n`;
}

function policyBlock(
  { environment, from, ways, breakGlass, problems, examples }: CheckedPolicy,
  painter: Painter,
): string {
  const columns = Object.entries(ways);
  const head = ['', ...columns.map(([way]) => way)].map((cell) => painter.dim(cell));
  const rows = RULES.map((rule) => [rule, ...columns.map(([way, policy]) => asked(rule, policy, way))]);
  return [
    `${painter.bold(environment)}, from ${from.join(' and ') || 'service CI'}`,
    table([head, ...rows]),
    ...(breakGlass.length === 0 ? [] : [`  ${painter.red(`Breaking the glass passes ${breakGlass.join(', ')}`)}`]),
    ...problems.map((problem) => `  ${painter.yellow('!')} ${printable(problem)}`),
    ...examples.map((example) => exampleText(example, painter)),
    '',
  ].join('\n');
}

/** The ways in that are not always asked what services require. */
const REQUIRES: Readonly<Record<string, string>> = { pin: '-', rollback: '--only' };

/** Returns what a policy asks for by one of its rules. */
function asked(rule: (typeof RULES)[number], policy: Policy, way: string): string {
  const list = (values: readonly string[] | undefined) => printable(values?.join(', ') ?? '') || '-';
  const ofEach = (of: 'recipe' | 'builds') => (of === 'builds' ? ' of each build' : '');
  switch (rule) {
    case 'serviceBranches':
      return policy.serviceBranches === undefined
        ? 'any'
        : policy.serviceBranches.length === 0
          ? 'none'
          : list(policy.serviceBranches);
    case 'digests':
      return policy.digests ?? 'optional';
    case 'tests':
      return list(policy.tests?.map(({ suite, of }) => `${suite}${ofEach(of)}`));
    case 'approvals': {
      if (policy.approvals === undefined) return '-';
      const { count, from, notAuthor } = policy.approvals;
      return `${count} of ${list(from.length === 0 ? ['anybody'] : from)}${notAuthor ? ', no author' : ''}`;
    }
    case 'soak':
      return policy.soak === undefined ? '-' : `${policy.soak.time}${ofEach(policy.soak.of)}`;
    case 'freeze':
      return list(policy.freeze?.map(({ name }) => name));
    case 'tickets':
      return list(policy.tickets);
    case 'rules':
      return list(policy.rules?.map(({ name }) => name));
    case 'signed':
      return policy.signed ?? 'optional';
    case 'requires':
      return REQUIRES[way] ?? 'always';
    case 'blocks':
      return 'always';
  }
}

function exampleText({ name, passes, expected, refused, gates }: CheckedExample, painter: Painter): string {
  if (passes) return `  ${painter.green('✓')} ${printable(name)}`;
  const outcome = (rules: readonly string[]) => (rules.length === 0 ? 'enters' : `refused by ${rules.join(', ')}`);
  const differing = RULES.filter((rule) => expected.includes(rule) !== refused.includes(rule));
  const reasons = differing.flatMap((rule) => {
    const own = gates.filter((gate) => gate.rule === rule);
    const shut = own.filter((gate) => !gate.passes && gate.brokenFor === undefined);
    if (own.length === 0) return [[rule, 'asks for nothing']];
    if (shut.length === 0) return own.map(({ asks }) => [rule, `passes: ${printable(asks)}`]);
    return shut.map(({ asks, refused: missing }) => [
      rule,
      printable(
        `${asks}: ${missing.map(({ service, reason }) => (service === null ? reason : `${service}: ${reason}`)).join(', ')}`,
      ),
    ]);
  });
  return [
    `  ${painter.red('✗')} ${printable(name)}`,
    table([['expected', outcome(expected)], ['actual', outcome(refused)], ...reasons], '      '),
  ].join('\n');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
