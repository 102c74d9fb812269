import { createHash } from 'node:crypto';
import { describe, it } from 'vitest';
import { craft, type Remote } from './by-hand.ts';
import { append, Proven } from './proven.ts';
import {
  approve,
  as,
  at,
  deploy,
  entriesOf,
  type Facts,
  git,
  id,
  type Kind,
  MANIFEST,
  nextPin,
  PIN,
  POLICY,
  pin,
  rawTree,
  record,
  rewrite,
  show,
  statementOf,
  tag,
  trailer,
} from './tampering.ts';

const proven = await Proven.begun();

/** Pins payments on staging with a raw tree in the place of its folder. */
function pinRaw(remote: Remote, change: (entries: [string, string, string][]) => [string, string, string][]): void {
  pin(remote, nextPin(remote));
  const folder = rawTree(remote, change(entriesOf(remote, 'env/staging:apps/payments')));
  const apps = rawTree(
    remote,
    entriesOf(remote, 'env/staging:apps').map(([mode, name, oid]) => [mode, name, name === 'payments' ? folder : oid]),
  );
  const root = rawTree(
    remote,
    entriesOf(remote, 'env/staging^{tree}').map(([mode, name, oid]) => [mode, name, name === 'apps' ? apps : oid]),
  );
  rewrite(remote, 'env/staging', (text) =>
    text.replace(/^tree \w+/, `tree ${root}`).replace(/Recipe: \w+/, `Recipe: ${apps}`),
  );
}

const said = (remote: Remote, branch: string) =>
  `Policy: ${id(remote, 'main')}\nEvidence: ${id(remote, 'attestations')}\nRecipe: ${id(remote, `${branch}:apps`)}\n`;

/** A pin of another service in the words of payments' pin. */
function pinOther(remote: Remote, service: string, puts = {}): void {
  const path = `apps/${service}/kustomization.yaml`;
  const words = ({ policy, workspace, evidence, recipe }: Facts) => {
    const images = [
      ...nextPin(remote)
        .replaceAll('"', '')
        .matchAll(/newName: (.*)\n +newTag: (.*)/g),
    ].map(([, name, t]) => `Image: ${name}:${t}\n`);
    return `Pin ${service}\n\nService: ${service}\nCommit: 0000008${'a'.repeat(33)}\nBranch: main\n${images.join('')}${workspace}\n${policy}\n${evidence}\n${recipe}\n`;
  };
  deploy(
    remote,
    'env/staging',
    { [path]: nextPin(remote).replace(/resources:\n( {2}- .*\n)*/, 'resources: []\n'), ...puts },
    words,
  );
}

const loosened = (remote: Remote) =>
  show(remote, 'main', POLICY).replace('approvals: {count: 1, from: [release-engineers]},', '');

/** The same remote, half an hour later. */
function later(remote: Remote): Remote {
  return at(remote, new Date(Date.parse(remote.env.GIT_COMMITTER_DATE ?? '') + 30 * 60_000).toISOString());
}

/** Promotes staging to preprod as the tool would say it. */
function promoted(remote: Remote): string {
  const words = ({ policy, workspace, evidence, recipe }: Facts) =>
    `Promote staging\n\nPromoted-From: ${id(remote, 'env/staging')}\n${workspace}\n${policy}\n${evidence}\n${recipe}\n`;
  return deploy(remote, 'env/preprod', {}, words, 'env/staging');
}

/** Promotes a candidate to prod, and returns its tag. */
function candidate(remote: Remote): string {
  const made = craft(remote, {}, { parents: [id(remote, 'env/preprod')] });
  tag(remote, 'v9.0.0-rc.1', made);
  append(
    remote,
    'env/prod',
    {},
    {
      base: made,
      message: `Promote\n\nPromoted-From: ${made}\nPromoted-Tag: v9.0.0-rc.1\n${said(remote, made)}`,
    },
  );
  return 'v9.0.0-rc.1';
}

const KINDS: readonly Kind[] = [
  [
    'two services in one pin',
    'message-differs',
    (r) =>
      pin(r, nextPin(r), {}, 'env/staging', (t) =>
        t.replace('Service: payments', 'Service: payments\nService: topics'),
      ),
  ],
  [
    'a commit named twice',
    'message-differs',
    (r) =>
      pin(r, nextPin(r), {}, 'env/staging', (t) => t.replace('Branch:', `Commit: 0000009${'a'.repeat(33)}\nBranch:`)),
  ],
  [
    'a recipe named twice',
    'message-differs',
    (r) => pin(r, nextPin(r), {}, 'env/staging', (t) => `${t}Recipe: ${'0'.repeat(40)}\n`),
  ],
  [
    'trailers in the middle',
    'unexplained',
    (r) => pin(r, nextPin(r), {}, 'env/staging', (t) => `${t}\nThat is all.\n`),
  ],
  [
    'a pin that also is a promotion',
    'promotion-source',
    (r) =>
      pin(r, nextPin(r), {}, 'env/staging', (t) =>
        t.replace('Service:', `Promoted-From: ${id(r, 'env/preprod')}\nService:`),
      ),
  ],
  [
    'a promotion that also is a rollback',
    'message-differs',
    (r) => {
      pin(r, nextPin(r));
      const w = ({ policy, workspace, evidence, recipe }: Facts) =>
        `Promote\n\nPromoted-From: ${id(r, 'env/staging')}\nRolled-Back-To: ${id(r, 'env/preprod~1')}\n${workspace}\n${policy}\n${evidence}\n${recipe}\n`;
      deploy(r, 'env/preprod', {}, w, 'env/staging');
    },
  ],
  [
    'a message with a NUL',
    'message-differs',
    (r) => {
      pin(r, nextPin(r));
      rewrite(r, 'env/staging', (t) => t.replace('\n\nService', '\n\nHidden\0\n\nService'));
    },
  ],
  ['an empty pin', 'pin-differs', (r) => pin(r, show(r, 'env/staging', PIN))],
  [
    'an empty promotion',
    'unexplained',
    (r) =>
      append(
        r,
        'env/prod',
        {},
        { message: `Promote\n\nPromoted-From: ${id(r, 'env/preprod')}\nOnly: payments\n${said(r, 'env/prod')}` },
      ),
  ],
  ['an empty update', 'unexplained', (r) => append(r, 'env/prod', {}, { message: `Update\n\n${said(r, 'env/prod')}` })],
  [
    'an empty rollback',
    'unexplained',
    (r) =>
      append(
        r,
        'env/prod',
        {},
        { message: `Roll back\n\nRolled-Back-To: ${id(r, 'env/prod')}\n${said(r, 'env/prod')}` },
      ),
  ],
  [
    'an empty revert',
    'revert-differs',
    (r) => append(r, 'env/prod', {}, { message: `Revert\n\nThis reverts commit ${id(r, 'env/prod')}.\n` }),
  ],
  [
    'a promotion of a prefix',
    'promotion-source',
    (r) =>
      append(
        r,
        'env/prod',
        {},
        {
          base: id(r, 'env/preprod'),
          message: `Promote\n\nPromoted-From: ${id(r, 'env/preprod').slice(0, 10)}\n${said(r, 'env/preprod')}`,
        },
      ),
  ],
  [
    'a promotion of a branch',
    'promotion-source',
    (r) =>
      append(
        r,
        'env/prod',
        {},
        { base: id(r, 'env/preprod'), message: `Promote\n\nPromoted-From: env/preprod\n${said(r, 'env/preprod')}` },
      ),
  ],
  [
    'a promotion of a candidate that is none',
    'tag-moved',
    (r) => {
      const made = craft(r, { 'apps/topics': null, [MANIFEST]: null }, { parents: [id(r, 'env/preprod')] });
      append(
        r,
        'env/prod',
        {},
        { base: made, message: `Promote\n\nPromoted-From: ${made}\nPromoted-Tag: v9.0.0-rc.1\n${said(r, made)}` },
      );
    },
  ],
  [
    'a promotion of a commit that is nowhere',
    'promotion-source',
    (r) =>
      append(
        r,
        'env/prod',
        { 'apps/topics': null },
        { message: `Promote\n\nPromoted-From: ${'1'.repeat(40)}\nPromoted-Tag: v9.0.0-rc.1\n${said(r, 'env/prod')}` },
      ),
  ],
  [
    'a revert that brings a new pin elsewhere',
    'revert-differs',
    (r) => {
      const head = id(r, 'env/staging');
      append(
        r,
        'env/staging',
        {
          'apps/topics/kustomization.yaml': show(r, 'env/staging', 'apps/topics/kustomization.yaml').replace(
            /newTag: ".*"/,
            'newTag: "evil"',
          ),
        },
        { message: `Revert "x"\n\nThis reverts commit ${head}.\n` },
      );
    },
  ],
  ['a group made a service', 'foreign-file', (r) => pinOther(r, 'risk')],
  ['a service made a group', 'foreign-file', (r) => pinOther(r, 'payments/evil')],
  ['a service that nobody reviewed', 'pin-differs', (r) => pinOther(r, 'evil')],
  ['a service in other letters', 'pin-differs', (r) => pinOther(r, 'Payments')],
  ['a service replaced by a file', 'foreign-file', (r) => pin(r, nextPin(r), { 'apps/topics': 'x\n' })],
  [
    'a service replaced by a link',
    'foreign-file',
    (r) => append(r, 'env/staging', { 'apps/topics': { mode: '120000', content: 'payments' } }),
  ],
  [
    'apps/ replaced by a submodule',
    'foreign-file',
    (r) => append(r, 'env/staging', { apps: { commit: 'a'.repeat(40) } }),
  ],
  ['a pin with a component', 'pin-differs', (r) => pin(r, `${nextPin(r)}components: [../../x]\n`)],
  ['a pin with a prefix', 'pin-differs', (r) => pin(r, `${nextPin(r)}namePrefix: evil-\n`)],
  ['a pin with patches', 'pin-differs', (r) => pin(r, `${nextPin(r)}patches: [{patch: "x"}]\n`)],
  ['a pin with an anchor', 'pin-differs', (r) => pin(r, nextPin(r).replace(/newTag: (".*")/, 'newTag: &a $1'))],
  ['a pin with a comment', 'pin-differs', (r) => pin(r, `# harmless\n${nextPin(r)}`)],
  ['a pin with CRLF', 'message-differs', (r) => pin(r, nextPin(r).replaceAll('\n', '\r\n'))],
  ['a pin with a BOM', 'pin-differs', (r) => pin(r, `\uFEFF${nextPin(r)}`)],
  [
    'a pin with a resource from outside',
    'pin-differs',
    (r) => pin(r, nextPin(r).replace('resources:\n', 'resources:\n  - https://evil.example.com/x.yaml\n')),
  ],
  [
    'a pin with a resource above',
    'pin-differs',
    (r) => pin(r, nextPin(r).replace('resources:\n', 'resources:\n  - ../topics\n')),
  ],
  [
    'a pin with an image twice',
    'pin-differs',
    (r) => pin(r, nextPin(r).replace(/( {2}- name: .*\n {4}newName: .*\n {4}newTag: .*\n)/, '$1$1')),
  ],
  [
    'a pin built in the future',
    'time-future',
    (r) => pin(r, nextPin(r, `0000008${'a'.repeat(33)}`, '2099-11-01T08:00:00Z')),
  ],
  [
    'odd mode',
    'foreign-file',
    (r) => pinRaw(r, (e) => e.map(([m, n, o]) => [n === 'kustomization.yaml' ? '100664' : m, n, o])),
  ],
  [
    'duplicate names',
    'foreign-file',
    (r) => pinRaw(r, (e) => [...e.filter(([, n]) => n === 'kustomization.yaml'), ...e]),
  ],
  ['entries in odd order', 'pin-differs', (r) => pinRaw(r, (e) => e.toReversed())],
  [
    'a name of dots',
    'foreign-file',
    (r) => pinRaw(r, (e) => [['40000', '..', e.find(([m]) => m === '40000')?.[2] ?? ''], ...e]),
  ],
  [
    'a folder .git',
    'foreign-file',
    (r) => pinRaw(r, (e) => [['40000', '.git', e.find(([m]) => m === '40000')?.[2] ?? ''], ...e]),
  ],
  [
    'an empty folder',
    'foreign-file',
    (r) => pinRaw(r, (e) => [['40000', 'empty', git(r, ['hash-object', '-t', 'tree', '-w', '--stdin'])], ...e]),
  ],
  [
    'a folder of zeros',
    'foreign-file',
    (r) => pinRaw(r, (e) => e.map(([m, n, o]) => [m === '40000' ? '040000' : m, n, o])),
  ],
  [
    'workspace.yaml moved',
    'outside-unreviewed',
    (r) =>
      append(r, 'env/prod', {
        'environments/workspace.yaml': null,
        'environments/workspace.yml': show(r, 'main', 'environments/workspace.yaml'),
      }),
  ],
  [
    'an environment under another name, looser',
    'policy-loosened',
    (r) =>
      append(r, 'main', {
        'environments/prod': null,
        'environments/production': { tree: id(r, 'main:environments/prod') },
        'environments/production/environment.yaml': loosened(r).replace('name: prod', 'name: production'),
      }),
  ],
  [
    'a policy unreadable for a while and then looser',
    'policy-loosened',
    (r) => {
      const loose = loosened(r);
      append(r, 'main', { [POLICY]: 'x: [\n' });
      append(r, 'main', { [POLICY]: loose });
    },
  ],
  [
    'a policy approved by a stranger',
    'policy-loosened',
    (r) => {
      append(r, 'main', { [POLICY]: loosened(r) });
      approvePolicy(r, 'stranger@example.com');
    },
  ],
  [
    'keys forgotten',
    'policy-loosened',
    (r) => {
      const path = 'environments/workspace.yaml';
      const was = show(r, 'main', path);
      append(r, 'main', { [path]: was.replace('spec: {', 'spec: {keys: {ada: {}}, ') });
      append(r, 'main', { [path]: was });
    },
  ],
  [
    'a policy of tomorrow',
    'time-backwards',
    (r) => {
      append(later(r), 'main', { 'docs/x.md': 'x\n' });
      pin(r, nextPin(r));
    },
  ],
  [
    'attestations begun anew',
    'evidence-unknown',
    (r) =>
      git(r, ['update-ref', 'refs/heads/attestations', craft(r, {}, { parents: [], base: id(r, 'attestations') })]),
  ],
  ['attestations taken away', 'evidence-unknown', (r) => git(r, ['update-ref', '-d', 'refs/heads/attestations'])],
  [
    'attestations merged',
    'merge-commit',
    (r) => append(r, 'attestations', {}, { parents: [id(r, 'attestations'), id(r, 'main')] }),
  ],
  [
    'a statement with keys twice',
    'statement-early',
    (r) =>
      approve(r, id(r, 'env/preprod:apps'), (t) =>
        t.replace('"predicateType"', '"predicateType": "x",\n  "predicateType"'),
      ),
  ],
  [
    'an executable statement',
    'statement-changed',
    (r) => {
      const [p, t] = statementOf(r, 'approval');
      append(r, 'attestations', { [p]: { mode: '100755', content: t } });
    },
  ],
  ['a build number in a release', 'tag-name', (r) => tag(r, 'v9.0.0+evil', 'env/staging')],
  ['a release without a v', 'tag-name', (r) => tag(r, '9.0.0', 'env/staging')],
  ['a leading zero', 'tag-name', (r) => tag(r, 'v09.0.0', 'env/staging')],
  ['a tag of a blob', 'tag-target', (r) => tag(r, 'v9.0.0', `env/prod:${PIN}`)],
  ['a tag named like a branch', 'ref-ambiguous', (r) => tag(r, 'env/prod', 'env/staging')],
  [
    'a branch named like a tag',
    'ref-ambiguous',
    (r) => git(r, ['update-ref', 'refs/heads/v1.1.0', id(r, 'env/staging')]),
  ],
  [
    'a branch in a branch',
    'ref-ambiguous',
    (r) => git(r, ['update-ref', 'refs/heads/refs/heads/env/prod', id(r, 'env/staging')]),
  ],
  [
    'a release moved with its words',
    'tag-moved',
    (r) => {
      append(
        r,
        'env/prod',
        {},
        {
          base: id(r, 'env/prod~2'),
          message: `Roll back\n\nRolled-Back-To: ${id(r, 'env/prod~2')}\nRelease: v1.2.0\n${said(r, 'env/prod~2')}`,
        },
      );
      tag(r, 'v1.2.0', 'env/prod');
    },
  ],
  [
    'a release dated before its commit',
    'time-backwards',
    (r) => {
      pin(r, nextPin(r));
      tag(at(r, '2026-11-20T12:00:00Z'), 'v9.0.0', 'env/prod');
    },
  ],
  [
    'a release without who',
    'tag-light',
    (r) =>
      git(r, [
        'update-ref',
        'refs/tags/v9.0.0',
        git(
          r,
          ['hash-object', '-t', 'tag', '-w', '--literally', '--stdin'],
          `object ${id(r, 'env/prod')}\ntype commit\ntag v9.0.0\n\nx\n`,
        ),
      ]),
  ],
  ['a symbolic release', 'tag-name', (r) => git(r, ['symbolic-ref', 'refs/tags/v9.0.0', 'refs/tags/v1.1.0'])],
  [
    'HEAD elsewhere',
    'policy-unknown',
    (r) => {
      git(r, [
        'update-ref',
        'refs/heads/other',
        craft(r, { [POLICY]: loosened(r) }, { parents: [], base: id(r, 'main') }),
      ]);
      git(r, ['symbolic-ref', 'HEAD', 'refs/heads/other']);
    },
  ],
  [
    'main rewritten',
    'policy-unknown',
    (r) => git(r, ['update-ref', 'refs/heads/main', craft(r, {}, { parents: [], base: id(r, 'main') })]),
  ],
  [
    'staging begun anew',
    'update-differs',
    (r) =>
      git(r, [
        'update-ref',
        'refs/heads/env/staging',
        craft(r, {}, { parents: [], base: id(r, 'env/staging'), message: `Update\n\n${said(r, 'env/staging')}` }),
      ]),
  ],
  [
    'a date before 1970',
    'policy-older',
    (r) => {
      pin(r, nextPin(r));
      rewrite(r, 'env/staging', (t) => t.replace(/> \d+ /g, '> -100 '));
    },
  ],
  [
    'a date without end',
    'time-future',
    (r) => {
      pin(r, nextPin(r));
      rewrite(r, 'env/staging', (t) => t.replace(/> \d+ /g, '> 99999999999999999999 '));
    },
  ],
  [
    'no date',
    'policy-older',
    (r) => {
      pin(r, nextPin(r));
      rewrite(r, 'env/staging', (t) => t.replace(/> \d+ \+0000/g, '>'));
    },
  ],
  [
    'two trees',
    'merge-commit',
    (r) => {
      pin(r, nextPin(r));
      rewrite(r, 'env/staging', (t) => t.replace(/(tree .*\n)/, `$1tree ${id(r, 'env/prod^{tree}')}\n`));
    },
  ],
  [
    'an octopus on main',
    'policy-loosened',
    (r) =>
      append(
        r,
        'main',
        { [POLICY]: loosened(r) },
        { parents: [id(r, 'main'), id(r, 'env/prod'), id(r, 'env/staging')] },
      ),
  ],
  [
    'a partial rollback that takes the policy back',
    'outside-older',
    (r) => {
      const to = id(r, 'env/staging~3');
      deploy(
        r,
        'env/staging',
        { 'docs/note.md': null, [POLICY]: show(r, trailer(r, 'env/staging~3', 'Workspace'), POLICY) },
        ({ policy, evidence, recipe }) =>
          `Roll back\n\nRolled-Back-To: ${to}\nOnly: payments\n${policy}\n${evidence}\n${recipe}\n`,
      );
    },
  ],
  [
    'a promotion to staging',
    'promotion-source',
    (r) =>
      deploy(
        r,
        'env/staging',
        {},
        ({ policy, workspace, evidence, recipe }) =>
          `Promote\n\nPromoted-From: ${id(r, 'env/prod~2')}\n${workspace}\n${policy}\n${evidence}\n${recipe}\n`,
        'env/prod~2',
      ),
  ],
  [
    'a candidate committed to prod',
    'unexplained',
    (r) =>
      deploy(
        r,
        'env/prod',
        { 'apps/topics': null },
        ({ policy, evidence, recipe }) =>
          `Compose\n\nComposed-From: ${id(r, 'env/preprod')}\nWithout: topics\n${policy}\n${evidence}\n${recipe}\n`,
      ),
  ],
  [
    'a promotion dated before what it promotes',
    'promotion-source',
    (r) => {
      const before = git(r, ['log', '-1', '--format=%cI', 'env/preprod']);
      pin(r, nextPin(r));
      promoted(at(r, before));
    },
  ],
  [
    'a revert that leaves a part',
    'revert-differs',
    (r) => {
      pin(r, nextPin(r));
      const topics = 'apps/topics/kustomization.yaml';
      deploy(r, 'env/staging', { [topics]: null, 'apps/topics': null }, () => 'x\n');
      const head = promoted(r);
      append(
        r,
        'env/preprod',
        { [PIN]: show(r, 'env/preprod~1', PIN) },
        { message: `Revert "x"\n\nThis reverts commit ${head}.\n` },
      );
    },
  ],
  [
    'a policy taken away and brought back looser',
    'policy-loosened',
    (r) => {
      const folder = id(r, 'main:environments/prod');
      const policy = loosened(r);
      append(r, 'main', { 'environments/prod': null });
      append(r, 'main', { 'environments/prod': { tree: folder }, [POLICY]: policy });
    },
  ],
  [
    'an older policy than others named',
    'policy-older',
    (r) => {
      const old = id(r, 'main');
      const policy = show(r, 'main', POLICY).replace('tests: [integration]', 'tests: [integration, load]');
      append(r, 'main', { [POLICY]: policy });
      pin(r, nextPin(r));
      promoted(r);
      const words = ({ evidence, recipe }: Facts) =>
        `Promote preprod\n\nPromoted-From: ${id(r, 'env/preprod')}\nPolicy: ${old}\n${evidence}\n${recipe}\n`;
      deploy(later(r), 'env/prod', {}, words, 'env/preprod');
    },
  ],
  [
    'a block forgotten',
    'evidence-older',
    (r) => {
      const known = id(r, 'attestations');
      const [, text] = statementOf(r, 'block');
      const name = `block-${createHash('sha256').update(`${text} `).digest('hex').slice(0, 16)}.json`;
      const ada = as(r, { GIT_AUTHOR_EMAIL: 'ada@example.com' });
      append(ada, 'attestations', { [`blocks/services/topics/${name}`]: `${text} ` });
      const path = 'apps/topics/kustomization.yaml';
      const file = show(r, 'env/staging', path).replace(/built: ".*"/, 'built: "2026-11-01T09:00:00Z"');
      const [, commit = ''] = /commit: "(\w+)"/.exec(file) ?? [];
      const next = file.replaceAll(commit, `0000009${'a'.repeat(33)}`);
      const words = ({ policy, workspace, recipe }: Facts) =>
        `Pin topics\n\nService: topics\nCommit: 0000009${'a'.repeat(33)}\nBranch: main\n${workspace}\n${policy}\nEvidence: ${known}\n${recipe}\n`;
      deploy(later(r), 'env/staging', { [path]: next }, words);
    },
  ],
  [
    'a candidate moved after it was promoted',
    'tag-moved',
    (r) => {
      const tagged = candidate(r);
      git(r, ['tag', '-f', '-a', '-m', 'x', tagged, 'env/staging']);
    },
  ],
  [
    'a candidate taken away after it was promoted',
    'tag-moved',
    (r) => git(r, ['update-ref', '-d', `refs/tags/${candidate(r)}`]),
  ],
];

function approvePolicy(r: Remote, who: string): void {
  const [, text] = statementOf(r, 'approval');
  const o = JSON.parse(text);
  const tree = id(r, 'main:environments');
  o.subject = [{ name: 'environments', digest: { gitTree: tree } }];
  delete o.predicate.environment;
  o.predicate.by.email = who;
  record(r, `policies/${tree.slice(0, 2)}/${tree}`, `${JSON.stringify(o, null, 2)}\n`);
}

describe.each(KINDS)('%s', (_, rule, tamper) => {
  it(`is found: ${rule}`, () => proven.finds(rule, tamper));
});
