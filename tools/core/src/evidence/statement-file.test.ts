import { describe, expect, it } from 'vitest';
import type { Statement } from './statement.ts';
import { formatStatement, parseStatement } from './statement-file.ts';
import { pathOf } from './statement-path.ts';

const RECIPE = '1'.repeat(40);
const SHA = 'a'.repeat(64);
const by = { name: 'Ada', email: 'ada@example.com' };
const time = '2026-11-20T12:00:00Z';
const recipe = {
  subject: { kind: 'recipe', recipe: RECIPE },
  described: [{ name: 'apps', digest: { gitTree: RECIPE } }],
} as const;
const build = {
  subject: { kind: 'build', service: 'risk/fraud', commit: RECIPE },
  described: [{ name: 'apps/risk/fraud', digest: { gitCommit: RECIPE } }],
} as const;
const service = {
  subject: { kind: 'service', service: 'risk/fraud' },
  described: [{ name: 'apps/risk/fraud', digest: { gitTree: RECIPE } }],
} as const;

const STATEMENTS: readonly Statement[] = [
  { ...recipe, by, time, kind: 'test', suite: 'smoke', result: 'PASSED', workspace: RECIPE, moved: true, log: SHA },
  {
    ...build,
    by,
    time,
    kind: 'test',
    suite: 'unit',
    result: 'WARNED',
    workspace: RECIPE,
    url: 'https://ci.example.com',
  },
  { ...recipe, by, time, kind: 'approval', environment: 'prod', note: 'agreed' },
  { ...recipe, by, time, kind: 'block', reason: 'leaks' },
  { ...build, by, time, kind: 'block', reason: 'leaks' },
  { ...service, by, time, kind: 'unblock', lifts: 'block-1.json', reason: 'fixed' },
  { ...recipe, by, time, kind: 'break-glass', environment: 'prod', rules: ['soak'], reason: 'down', onto: RECIPE },
  { ...recipe, by, time, kind: 'break-glass', environment: 'prod', rules: ['approvals', 'soak'], reason: 'down' },
  { ...recipe, by, time, kind: 'review', reviews: 'break-glass-1.json', note: 'agreed' },
];

describe('a statement', () => {
  it.each(STATEMENTS)('is read as it was written: %j', (statement) => {
    const path = pathOf(statement, SHA);
    expect(path).toContain(statement.subject.kind === 'service' ? 'risk/fraud' : RECIPE);
    expect(JSON.parse(JSON.stringify(parseStatement(path, formatStatement(statement))))).toEqual(
      JSON.parse(JSON.stringify(statement)),
    );
  });

  it('may hold what we do not know', () => {
    const [first] = STATEMENTS as [Statement];
    const more = { ...JSON.parse(formatStatement(first)), more: 1 };
    more.predicate.passedTests = ['a'];
    expect(parseStatement(pathOf(first, SHA), JSON.stringify(more))).toMatchObject({ suite: 'smoke' });
  });

  it.each([
    ['no JSON', () => '{'],
    ['another form', (text: string) => text.replace('Statement/v1', 'Statement/v2')],
    ['another predicate', (text: string) => text.replace('test-result/v0.1', 'test-result/v9')],
    ['another subject first', (text: string) => text.replace(RECIPE, '2'.repeat(40))],
    ['no subject', (text: string) => text.replace(/"subject": \[[^\]]*\]/, '"subject": []')],
    ['no time', (text: string) => text.replace(time, '9999-99-99T99:99:99Z')],
    ['a result of its own', (text: string) => text.replace('"PASSED"', '"FINE"')],
  ])('that is %s is refused', (_, change) => {
    const [first] = STATEMENTS as [Statement];
    const bad = () => parseStatement(pathOf(first, SHA), change(formatStatement(first)));
    expect(bad).toThrow(expect.objectContaining({ code: 'BAD_STATEMENT' }));
  });

  it.each(['recipes/22/1111/x.json', 'x.json', `recipes/11/${'2'.repeat(40)}/x.json`, 'services/risk/x.json'])(
    'at %s speaks of nothing',
    (path) => {
      const text = formatStatement(STATEMENTS[0] as Statement);
      expect(() => parseStatement(path, text)).toThrow(expect.objectContaining({ code: 'BAD_STATEMENT' }));
    },
  );

  it.each([
    ['for no rule', '"rules": [\n      "soak"\n    ]', '"rules": []'],
    ['of no environment', '"environment": "prod"', '"environment": 1'],
    ['onto something else than a commit', `"onto": "${RECIPE}"`, '"onto": "main"'],
  ])('of glass broken %s is refused', (_, text, instead) => {
    const statement = STATEMENTS.find(({ kind }) => kind === 'break-glass') as Statement;
    const good = formatStatement(statement);
    expect(good).toContain(text);
    const bad = () => parseStatement(pathOf(statement, SHA), good.replace(text, instead));
    expect(bad).toThrow(expect.objectContaining({ code: 'BAD_STATEMENT' }));
  });

  it('of broken glass stands with its reviews, apart from what else is said of the recipe', () => {
    const folders = STATEMENTS.filter(({ kind }) => kind === 'break-glass' || kind === 'review').map((statement) =>
      pathOf(statement, SHA).replace(/[^/]+$/, ''),
    );
    expect(new Set(folders)).toEqual(new Set([`break-glass/recipes/11/${RECIPE}/`]));
  });
});
