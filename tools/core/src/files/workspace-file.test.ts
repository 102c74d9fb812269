import { describe, expect, it } from 'vitest';
import { formatWorkspaceFile, parseWorkspaceFile } from './workspace-file.ts';

const HEAD = 'apiVersion: eleventh.dev/v1alpha1\nkind: Workspace\nmetadata:\n  name: example-bank\n';

const NONE = { rules: {}, platform: null, custom: [], external: {} };
const NOTHING = { attestations: 'attestations', teams: {}, logins: {}, keys: null, check: NONE };

describe('the workspace file', () => {
  it('says where pins go', () => {
    expect(formatWorkspaceFile('example-bank', 'staging')).toMatchInlineSnapshot(`
      "apiVersion: eleventh.dev/v1alpha1
      kind: Workspace
      metadata:
        name: "example-bank"
      spec:
        defaults:
          environment: staging # where \`pin\` goes without --to
      "
    `);
  });

  it.each([
    ['example-bank', 'staging'],
    ['no', 'on'],
    ['1e3', '123'],
    ['a "b"\n# c', 'null'],
  ])('is read as it was written for %j and %j', (name, environment) => {
    expect(parseWorkspaceFile(formatWorkspaceFile(name, environment))).toEqual({
      defaultEnvironment: environment,
      ...NOTHING,
    });
  });

  it.each(['', 'spec: {}\n', 'spec: {defaults: {}}\n'])('need not say anything: %j', (spec) => {
    expect(parseWorkspaceFile(HEAD + spec)).toEqual({ defaultEnvironment: undefined, ...NOTHING });
  });

  it('names the teams and the branch of attestations', () => {
    const spec = 'spec: {attestations: {branch: proof}, teams: {desk: [ada@example.com]}}\n';
    const teams = { desk: ['ada@example.com'] };
    expect(parseWorkspaceFile(HEAD + spec)).toEqual({
      defaultEnvironment: undefined,
      attestations: 'proof',
      teams,
      logins: {},
      keys: null,
      check: NONE,
    });
  });

  it('says who the people are whom the host knows', () => {
    const spec = 'spec: {logins: {ada-l: ada@example.com}}\n';
    expect(parseWorkspaceFile(HEAD + spec).logins).toEqual({ 'ada-l': 'ada@example.com' });
    expect(() => parseWorkspaceFile(`${HEAD}spec: {logins: {ada-l: Ada}}\n`)).toThrow(
      expect.objectContaining({ code: 'INVALID_FILE' }),
    );
  });

  it('says what each key may push, and nothing that it does not say', () => {
    const spec =
      'spec: {keys: {ci: {pin: {staging: [payments]}}, ada: {email: ada@example.com, attest: [approval]}}}\n';
    const nothing = { pin: {}, promote: [], attest: [], write: [] };
    expect(parseWorkspaceFile(HEAD + spec).keys).toEqual({
      ci: { ...nothing, pin: { staging: ['payments'] } },
      ada: { ...nothing, email: 'ada@example.com', attest: ['approval'] },
    });
  });

  it.each([
    '{promote: [prod]}',
    '{attest: [approval]}',
    '{pin: {staging: payments}}',
    '{write: ["***"]}',
    '{admin: true}',
  ])('refuses a key %s', (key) => {
    const bad = () => parseWorkspaceFile(`${HEAD}spec: {keys: {ci: ${key}}}\n`);
    expect(bad).toThrow(expect.objectContaining({ code: 'INVALID_FILE' }));
  });

  it.each([
    [
      'spec: {default: {environment: staging}}\n',
      'spec.default is not a known field',
      'Did you mean defaults ? See environments/workspace.yaml:5',
    ],
    [
      'spec: {defaults: {environmnt: staging}}\n',
      'spec.defaults.environmnt is not a known field',
      'Did you mean environment ? See environments/workspace.yaml:5',
    ],
    [
      'spec: {defaults: {environment: 1}}\n',
      'spec.defaults.environment is not valid: Expected string but received 1',
      'See environments/workspace.yaml:5',
    ],
    ['spec:\n', 'spec is not valid: Expected Object but received null', 'See environments/workspace.yaml:5'],
  ])('refuses %j', (spec, problem, hint) => {
    expect(() => parseWorkspaceFile(HEAD + spec)).toThrowError(
      expect.objectContaining({
        code: 'INVALID_FILE',
        exitCode: 3,
        message: `environments/workspace.yaml: ${problem}.`,
        hint,
      }),
    );
  });
});
