import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { craft, type Remote } from './by-hand.ts';
import { append, Proven } from './proven.ts';
import {
  approve,
  as,
  at,
  deploy,
  type Facts,
  git,
  id,
  type Kind,
  MANIFEST,
  messageOf,
  nextPin,
  PIN,
  POLICY,
  pin,
  pinSaying,
  promote,
  record,
  show,
  statementOf,
  tag,
  trailer,
  unproven,
} from './tampering.ts';

const proven = await Proven.begun();

const KINDS: readonly Kind[] = [
  // Promotions
  [
    'a promotion with another manifest',
    'promotion-differs',
    (remote) => promote(remote, { [MANIFEST]: 'kind: ConfigMap\n' }),
  ],
  ['a pin slipped into a promotion', 'promotion-differs', (remote) => promote(remote, { [PIN]: nextPin(remote) })],
  ['a service left out of a promotion', 'promotion-differs', (remote) => promote(remote, { 'apps/topics': null })],
  ['a promotion past preprod', 'promotion-source', (remote) => promote(remote, {}, '', 'env/staging')],
  [
    'a promotion of what never ran',
    'promotion-source',
    (remote) => {
      const made = craft(remote, { [PIN]: nextPin(remote) }, { parents: [id(remote, 'env/preprod')] });
      git(remote, ['update-ref', 'refs/heads/elsewhere', made]);
      promote(remote, {}, '', 'elsewhere');
    },
  ],
  [
    'a promotion of one service that changed two',
    'promotion-differs',
    (remote) => {
      const other = show(remote, 'env/prod', 'apps/risk/fraud/kustomization.yaml').replace(
        /branch: ".*"/,
        'branch: "hotfix"',
      );
      const words = ({ policy, workspace, evidence, recipe }: Facts) =>
        `Promote payments\n\nPromoted-From: ${id(remote, 'env/preprod')}\nOnly: payments\n${workspace}\n${policy}\n${evidence}\n${recipe}\n`;
      deploy(remote, 'env/prod', { 'apps/risk/fraud/kustomization.yaml': other }, words);
    },
  ],
  ['a promotion without tests and approvals', 'gate-shut', (remote) => unproven(remote)],
  [
    'a promotion that approves itself',
    'gate-shut',
    (remote) => {
      const recipe = id(remote, `${unproven(remote, 'env/preprod')}:apps`);
      approve(remote, recipe, (text) => text.replaceAll('ada@example.com', 'author@example.com'));
      promote(remote);
    },
  ],
  [
    'a promotion of what is blocked',
    'gate-shut',
    (remote) => {
      const [, text] = statementOf(remote, 'block');
      const name = `block-${createHash('sha256').update(`${text} `).digest('hex').slice(0, 16)}.json`;
      append(as(remote, { GIT_AUTHOR_EMAIL: 'ada@example.com' }), 'attestations', {
        [`blocks/services/topics/${name}`]: `${text} `,
      });
      const topics = 'apps/topics/kustomization.yaml';
      const file = show(remote, 'env/staging', topics);
      const [, commit = ''] = /commit: "(\w+)"/.exec(file) ?? [];
      const next = file
        .replaceAll(commit, `0000009${'a'.repeat(33)}`)
        .replace(/built: ".*"/, 'built: "2026-11-01T09:00:00Z"');
      const words = ({ policy, workspace, evidence, recipe }: Facts) =>
        `Pin topics\n\nService: topics\nCommit: 0000009${'a'.repeat(33)}\nBranch: main\n${workspace}\n${policy}\n${evidence}\n${recipe}\n`;
      deploy(remote, 'env/staging', { [topics]: next }, words);
    },
  ],
  [
    'a build of another branch in a promotion',
    'gate-shut',
    (remote) => {
      pin(remote, nextPin(remote).replace('branch: "main"', 'branch: "feature"'));
      const words = ({ policy, workspace, evidence, recipe }: Facts) =>
        `Promote staging\n\nPromoted-From: ${id(remote, 'env/staging')}\n${workspace}\n${policy}\n${evidence}\n${recipe}\n`;
      deploy(remote, 'env/preprod', {}, words, 'env/staging');
    },
  ],

  // Pins
  ['a pin in production', 'pin-elsewhere', (remote) => pin(remote, nextPin(remote), {}, 'env/prod')],
  [
    'a pin of two services',
    'pin-differs',
    (remote) =>
      pin(remote, nextPin(remote), {
        'apps/topics/kustomization.yaml': show(remote, 'env/staging', 'apps/topics/kustomization.yaml').replace(
          /branch: ".*"/,
          'branch: "x"',
        ),
      }),
  ],
  [
    'a pin of another build than it says',
    'message-differs',
    (remote) => pinSaying(remote, /Commit: 0{6}8/, 'Commit: 0000009'),
  ],
  [
    'a commit that names another recipe',
    'message-differs',
    (remote) => pinSaying(remote, /Recipe: \w{4}/, 'Recipe: 0000'),
  ],
  [
    'a pin of a foreign image',
    'image-unlisted',
    (remote) => pin(remote, nextPin(remote).replace(/newName: ".*"/, 'newName: "ghcr.io/evil/payments"')),
  ],
  [
    'a pin of an older build',
    'went-back',
    (remote) => pin(remote, nextPin(remote, `0000001${'b'.repeat(33)}`, '2026-11-01T00:30:00Z')),
  ],
  ['a pin that is no pin', 'pin-differs', (remote) => pin(remote, 'kind: Kustomization\n')],
  [
    'a pin that leaves a manifest out',
    'pin-differs',
    (remote) => pin(remote, nextPin(remote), { [MANIFEST]: 'kind: ConfigMap\n' }),
  ],
  ['manifests edited by hand', 'unexplained', (remote) => append(remote, 'env/staging', { [PIN]: nextPin(remote) })],
  ['a commit that changes nothing', 'unexplained', (remote) => append(remote, 'env/prod', {})],
  [
    'a pin that pretends to be an update',
    'update-differs',
    (remote) =>
      deploy(
        remote,
        'env/staging',
        { [PIN]: nextPin(remote) },
        ({ workspace, policy, recipe }) => `Update staging\n\n${workspace}\n${policy}\n${recipe}\n`,
      ),
  ],
  [
    'a service taken away by an update',
    'update-differs',
    (remote) =>
      deploy(
        remote,
        'env/staging',
        { 'apps/topics': null },
        ({ workspace, policy, recipe }) => `Update staging\n\n${workspace}\n${policy}\n${recipe}\n`,
      ),
  ],

  // Files
  [
    'an executable',
    'foreign-file',
    (remote) => pin(remote, nextPin(remote), { [MANIFEST]: { mode: '100755', content: 'kind: ConfigMap\n' } }),
  ],
  [
    'a link',
    'foreign-file',
    (remote) => pin(remote, nextPin(remote), { [MANIFEST]: { mode: '120000', content: '/etc/passwd' } }),
  ],
  [
    'a submodule',
    'foreign-file',
    (remote) => pin(remote, nextPin(remote), { 'apps/payments/manifests/module': { commit: 'a'.repeat(40) } }),
  ],
  [
    'names that differ in case',
    'foreign-file',
    (remote) =>
      pin(remote, nextPin(remote), { [MANIFEST]: 'kind: A\n', 'apps/payments/manifests/Extra.yaml': 'kind: B\n' }),
  ],
  [
    'attributes among the manifests',
    'foreign-file',
    (remote) => pin(remote, nextPin(remote), { 'apps/payments/manifests/.gitattributes': '* text\n' }),
  ],
  [
    'a stray file beside a pin',
    'foreign-file',
    (remote) => pin(remote, nextPin(remote), { 'apps/payments/secret.yaml': 'kind: Secret\n' }),
  ],
  ['a stray file in apps/', 'foreign-file', (remote) => pin(remote, nextPin(remote), { 'apps/README.md': 'Hello\n' })],

  // Outside apps/
  ['an extra file at the root', 'outside-unreviewed', (remote) => append(remote, 'env/prod', { 'evil.sh': 'true\n' })],
  [
    'a workflow among the files',
    'outside-unreviewed',
    (remote) => append(remote, 'env/staging', { '.github/workflows/x.yaml': 'on: push\n' }),
  ],
  [
    'a policy loosened on the environment branch',
    'outside-unreviewed',
    (remote) =>
      append(remote, 'env/prod', { [POLICY]: show(remote, 'env/prod', POLICY).replace('count: 1', 'count: 2') }),
  ],
  [
    'an overlay with an image',
    'outside-unreviewed',
    (remote) =>
      append(remote, 'env/prod', {
        'environments/prod/payments/kustomization.yaml': `${show(remote, 'env/prod', 'environments/prod/payments/kustomization.yaml')}images: [{name: payments, newTag: evil}]\n`,
      }),
  ],
  [
    'an overlay with an image that main has',
    'overlay-image',
    (remote) => {
      const path = 'environments/staging/payments/kustomization.yaml';
      const overlay = `${show(remote, 'main', path)}images: [{name: payments, newTag: evil}]\n`;
      const main = append(remote, 'main', { [path]: overlay });
      deploy(
        remote,
        'env/staging',
        { [path]: overlay },
        ({ policy, recipe }) => `Update staging\n\nWorkspace: ${main}\n${policy}\n${recipe}\n`,
      );
    },
  ],
  [
    'an older workspace',
    'outside-older',
    (remote) => {
      const older = trailer(remote, 'env/staging~3', 'Workspace');
      const puts = { 'docs/note.md': null, [POLICY]: show(remote, older, POLICY) };
      deploy(
        remote,
        'env/staging',
        puts,
        ({ policy, recipe }) => `Update staging\n\nWorkspace: ${older}\n${policy}\n${recipe}\n`,
      );
    },
  ],
  [
    'a derived file edited',
    'derived-differs',
    (remote) =>
      append(remote, 'env/staging', {
        'environments/staging/kustomization.yaml': `${show(remote, 'env/staging', 'environments/staging/kustomization.yaml')}# edited\n`,
      }),
  ],

  // Commits
  ['a commit of the future', 'time-future', (remote) => pin(at(remote, '2027-01-01T00:00:00Z'), nextPin(remote))],
  ['a commit dated back', 'time-backwards', (remote) => pin(at(remote, '2026-11-20T12:00:01Z'), nextPin(remote))],
  [
    'a merge into an environment',
    'merge-commit',
    (remote) =>
      append(
        remote,
        'env/prod',
        {},
        { parents: [id(remote, 'env/prod'), id(remote, 'env/preprod')], base: id(remote, 'env/preprod') },
      ),
  ],
  [
    'a branch begun anew',
    'tag-target',
    (remote) =>
      git(remote, [
        'update-ref',
        'refs/heads/env/prod',
        craft(remote, {}, { parents: [], base: id(remote, 'env/preprod') }),
      ]),
  ],
  [
    'a rollback to what never ran',
    'rollback-differs',
    (remote) =>
      deploy(
        remote,
        'env/prod',
        {},
        ({ policy, evidence, recipe }) =>
          `Roll back\n\nRolled-Back-To: ${id(remote, 'env/staging')}\n${policy}\n${evidence}\n${recipe}\n`,
        'env/staging',
      ),
  ],
  [
    'a rollback with something more',
    'rollback-differs',
    (remote) =>
      deploy(
        remote,
        'env/prod',
        { [PIN]: nextPin(remote) },
        ({ policy, evidence, recipe }) =>
          `Roll back\n\nRolled-Back-To: ${id(remote, 'env/prod~2')}\n${policy}\n${evidence}\n${recipe}\n`,
        'env/prod~2',
      ),
  ],
  [
    'a revert with something more',
    'revert-differs',
    (remote) =>
      append(
        remote,
        'env/staging',
        { [PIN]: nextPin(remote) },
        { message: `Revert "Pin"\n\nThis reverts commit ${id(remote, 'env/staging')}.\n` },
      ),
  ],
  [
    'a revert of what never was there',
    'revert-differs',
    (remote) =>
      append(
        remote,
        'env/staging',
        { [PIN]: nextPin(remote) },
        { message: `Revert "x"\n\nThis reverts commit ${id(remote, 'main')}.\n` },
      ),
  ],

  // Policy and evidence
  [
    'a policy that never was',
    'policy-unknown',
    (remote) => pinSaying(remote, /Policy: \w+/, `Policy: ${id(remote, 'env/prod')}`),
  ],
  [
    'a policy of yesterday',
    'policy-older',
    (remote) => pinSaying(remote, /Policy: \w+/, `Policy: ${id(remote, 'main~1')}`),
  ],
  [
    'evidence that never was',
    'evidence-unknown',
    (remote) => pinSaying(remote, /Evidence: \w+/, `Evidence: ${id(remote, 'main')}`),
  ],
  [
    'evidence of yesterday',
    'evidence-older',
    (remote) => pinSaying(remote, /Evidence: \w+/, `Evidence: ${id(remote, 'attestations~4')}`),
  ],
  [
    'a policy loosened on main and restored',
    'policy-loosened',
    (remote) => {
      const policy = show(remote, 'main', POLICY);
      append(remote, 'main', { [POLICY]: policy.replace('approvals: {count: 1, from: [release-engineers]},', '') });
      append(remote, 'main', { [POLICY]: policy });
    },
  ],
  [
    'somebody who lets himself approve',
    'policy-own',
    (remote) => {
      const path = 'environments/workspace.yaml';
      const teams = show(remote, 'main', path).replace('ada@example.com', 'ada@example.com, mallory@example.com');
      append(as(remote, { GIT_AUTHOR_EMAIL: 'mallory@example.com' }), 'main', { [path]: teams });
    },
  ],

  // Statements
  [
    'a statement edited',
    'statement-changed',
    (remote) => {
      const [path, text] = statementOf(remote, 'test');
      append(remote, 'attestations', { [path]: text.replace('PASSED', 'WARNED') });
    },
  ],
  [
    'a statement removed',
    'statement-removed',
    (remote) => append(remote, 'attestations', { [statementOf(remote, 'approval')[0]]: null }),
  ],
  [
    'a statement put under another recipe',
    'statement-foreign',
    (remote) => {
      const [path, text] = statementOf(remote, 'approval');
      append(remote, 'attestations', { [path.replace(/\w\w\/\w{40}/, `00/${'0'.repeat(40)}`)]: text });
    },
  ],
  [
    'a statement edited under its old name',
    'statement-foreign',
    (remote) => {
      const [path, text] = statementOf(remote, 'approval');
      append(remote, 'attestations', { [path.replace(/-\w+\.json/, `-${'0'.repeat(16)}.json`)]: text });
    },
  ],
  [
    'a file that is no statement',
    'statement-foreign',
    (remote) => append(remote, 'attestations', { 'README.md': 'Hello\n' }),
  ],
  [
    'a statement in the name of somebody else',
    'statement-author',
    (remote) => {
      const [path, text] = statementOf(remote, 'approval');
      record(
        remote,
        path.replace(/\/[^/]+$/, ''),
        text.replace(/"time": ".*"/, '"time": "2026-11-20T13:30:00Z"'),
        'mallory@example.com',
      );
    },
  ],
  [
    'an approval from before the recipe',
    'statement-early',
    (remote) =>
      approve(remote, id(remote, 'env/preprod:apps'), (text) =>
        text.replace(/"dirHash1": "\w+"/, '"x": "y"').replace(/"time": ".*"/, '"time": "2026-11-01T00:00:00Z"'),
      ),
  ],
  [
    'an approval of the future',
    'time-future',
    (remote) =>
      approve(remote, id(remote, 'env/preprod:apps'), (text) =>
        text.replace(/"time": ".*"/, '"time": "2026-12-24T00:00:00Z"'),
      ),
  ],
  [
    'an approval with digests of something else',
    'statement-digest',
    (remote) => approve(remote, id(remote, 'env/preprod:apps')),
  ],

  // Tags
  [
    'a release moved',
    'tag-moved',
    (remote) =>
      tag(
        remote,
        'v1.1.0',
        id(remote, 'v1.0.0^{commit}'),
        git(remote, ['tag', '-l', '--format=%(contents)', 'v1.1.0']),
      ),
  ],
  ['a release taken away', 'tag-moved', (remote) => git(remote, ['update-ref', '-d', 'refs/tags/v1.1.0'])],
  ['a release on another branch', 'tag-target', (remote) => tag(remote, 'v9.0.0', 'env/staging')],
  ['a release of a tree', 'tag-target', (remote) => tag(remote, 'v9.0.0', 'env/prod^{tree}')],
  [
    'a release of a release',
    'tag-target',
    (remote) => git(remote, ['update-ref', 'refs/tags/v1.0.0', nested(remote, 'v1.0.0')]),
  ],
  [
    'a lightweight release',
    'tag-light',
    (remote) => git(remote, ['update-ref', 'refs/tags/v9.0.0', id(remote, 'env/prod')]),
  ],
  [
    'a release under the name of another',
    'tag-name',
    (remote) => git(remote, ['update-ref', 'refs/tags/v9.9.9', id(remote, 'refs/tags/v1.1.0')]),
  ],
  ['a release that is lower than one before', 'tag-order', (remote) => tag(remote, 'v0.9.0', 'env/prod')],
  ['a release of the future', 'time-future', (remote) => tag(at(remote, '2027-01-01T00:00:00Z'), 'v9.0.0', 'env/prod')],
  [
    'production gone back by force',
    'tag-target',
    (remote) => git(remote, ['update-ref', 'refs/heads/env/prod', id(remote, 'env/prod~2')]),
  ],
  ['preprod gone', 'promotion-source', (remote) => git(remote, ['update-ref', '-d', 'refs/heads/env/preprod'])],
  [
    'one object in the place of another',
    'replaced-object',
    (remote) => git(remote, ['replace', id(remote, 'env/prod'), id(remote, 'env/prod~1')]),
  ],
  [
    'glass broken for what policy does not let be passed',
    'gate-shut',
    async (remote) => {
      const words = await breakGlass(remote);
      const before = id(remote, 'env/prod~1');
      git(remote, ['update-ref', 'refs/heads/env/prod', before]);
      const policy = id(remote, 'main~1');
      append(
        remote,
        'env/prod',
        {},
        { base: id(remote, 'env/preprod'), message: words.replace(/Policy: \w+/, `Policy: ${policy}`) },
      );
    },
  ],
  [
    'broken glass of which nothing is recorded',
    'gate-shut',
    async (remote) => {
      const before = id(remote, 'attestations');
      await breakGlass(remote);
      git(remote, ['update-ref', 'refs/heads/attestations', before]);
    },
  ],
  [
    'broken glass that says another reason than what is recorded',
    'gate-shut',
    async (remote) => {
      const words = await breakGlass(remote);
      git(remote, ['update-ref', 'refs/heads/env/prod', id(remote, 'env/prod~1')]);
      append(
        remote,
        'env/prod',
        {},
        { base: id(remote, 'env/preprod'), message: words.replace('Why: down', 'Why: up') },
      );
    },
  ],
  [
    'glass broken once for two promotions',
    'gate-shut',
    async (remote) => {
      const words = await breakGlass(remote);
      const [made, before] = [id(remote, 'env/prod'), id(remote, 'env/prod~1')];
      append(remote, 'env/prod', {}, { base: before, message: `Revert "Promote"\n\nThis reverts commit ${made}.\n` });
      append(remote, 'env/prod', {}, { base: made, message: words.replace(/^Release: .*\n/m, '') });
    },
  ],
  [
    'broken glass that nobody reviewed',
    'break-glass',
    async (remote) => {
      await breakGlass(remote);
    },
  ],
  [
    'broken glass reviewed by whoever broke it',
    'break-glass',
    async (remote) => {
      await breakGlass(remote);
      await proven.does(remote, 'bob@example.com', 'approve', '--break-glass', 'prod');
      const [path, text] = statementOf(remote, 'review');
      const own = text.replaceAll('bob@example.com', 'ada@example.com');
      git(remote, ['update-ref', 'refs/heads/attestations', id(remote, 'attestations~1')]);
      record(remote, path.replace(/\/[^/]+$/, ''), own, 'ada@example.com', 'review');
    },
  ],
  ['a policy by which glass breaks that did not', 'policy-loosened', (remote) => letBreakGlass(remote)],
];

function nested(remote: Remote, name: string): string {
  const object = id(remote, `refs/tags/${name}`);
  return git(
    remote,
    ['mktag'],
    `object ${object}\ntype tag\ntag ${name}\ntagger Test Author <author@example.com> 1763640000 +0000\n\nBy hand\n`,
  );
}

it('what is done as it should be has nothing wrong', async () => {
  const remote = proven.copy();
  pin(remote, nextPin(remote));
  const staging = id(remote, 'env/staging');
  const words = ({ workspace, policy, evidence, recipe }: Facts) =>
    `Promote staging\n\nPromoted-From: ${staging}\n${workspace}\n${policy}\n${evidence}\n${recipe}\n`;
  deploy(remote, 'env/preprod', {}, words, 'env/staging');
  tag(remote, 'nightly', 'env/staging');
  const { code, text } = await proven.verify(remote);
  expect({ code, text }).toEqual({ code: 0, text: '[]' });
});

/** Lets the glass of prod be broken. */
function letBreakGlass(remote: Remote): void {
  const policy = show(remote, 'main', POLICY).replace('tests:', 'breakGlass: [tests, approvals], tests:');
  append(remote, 'main', { [POLICY]: policy });
}

/** Brings what nobody tested or approved to prod by breaking the glass, as Ada, and returns what its commit says. */
async function breakGlass(remote: Remote): Promise<string> {
  unproven(remote, 'env/preprod');
  letBreakGlass(remote);
  await proven.does(
    remote,
    'ada@example.com',
    ...['promote', 'preprod', '--to', 'prod', '--break-glass', '--why', 'down'],
  );
  return messageOf(remote, 'env/prod');
}

it('broken glass that somebody else reviewed has nothing wrong but the policy that lets it break', async () => {
  const remote = proven.copy();
  await breakGlass(remote);
  expect((await proven.verify(remote)).rules.toSorted()).toEqual(['break-glass', 'policy-loosened']);
  await proven.does(remote, 'bob@example.com', 'approve', '--break-glass', 'prod');
  expect((await proven.verify(remote)).rules).toEqual(['policy-loosened']);
});

describe.each(KINDS)('%s', (_, rule, tamper) => {
  it(`is found: ${rule}`, () => proven.finds(rule, tamper));
});
