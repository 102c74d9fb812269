import { type PlayedForge, startForge } from '@eleventh/forge/servers';
import { expect, it, onTestFinished } from 'vitest';
import { stable } from './screen.ts';
import { World } from './world.ts';

async function played(kind: 'github' | 'gitlab', world: World): Promise<PlayedForge> {
  const host = await startForge(kind, world.remote);
  host.repository.know('deploy-bot', 'Deploy Bot', true);
  onTestFinished(async () => {
    await host.close();
    expect(host.violations).toEqual([]);
  });
  return host;
}

it('shows what GitHub has of it, brings about the rest, and then has nothing to do', async () => {
  const world = await World.begun('--examples');
  const host = await played('github', world);
  const protect = async (...args: string[]) => {
    const { code, stdout, stderr } = await world.run(['forge', 'protect', ...args], { env: host.env });
    expect(stdout + stderr).not.toContain(host.token);
    return stable(world, `${stdout}${stderr}(${code})`);
  };
  expect(await protect('--dry-run')).toMatchInlineSnapshot(`
    "  WHAT                          RULE                                                          WOULD BE
      branch main                   by review (1 approval, code owners), never forced or deleted  made
      branches env/*, attestations  only forward, in a line, never deleted                        made
      tags v*                       never moved, never deleted                                    made
      .github/CODEOWNERS            who answers for each service                                  would be committed to main

    .github/CODEOWNERS:
      # Made of the owners in apps/*/service.yaml by eleventh forge protect: what stands up to the end mark is made anew.
      /apps/accounts/ @acme/team-accounts
      /environments/*/accounts/ @acme/team-accounts
      /apps/cards/ @acme/team-cards
      /environments/*/cards/ @acme/team-cards
      /apps/customers/ @acme/team-customers
      /environments/*/customers/ @acme/team-customers
      /apps/gateway/ @acme/team-platform
      /environments/*/gateway/ @acme/team-platform
      /apps/ledger/ @acme/team-ledger
      /environments/*/ledger/ @acme/team-ledger
      /apps/notifications/ @acme/team-notifications
      /environments/*/notifications/ @acme/team-notifications
      /apps/payments/ @acme/team-payments
      /environments/*/payments/ @acme/team-payments
      /apps/risk/fraud/ @acme/team-risk
      /environments/*/risk/fraud/ @acme/team-risk
      /apps/statements/ @acme/team-accounts
      /environments/*/statements/ @acme/team-accounts
      /apps/topics/ @acme/team-platform
      /environments/*/topics/ @acme/team-platform
      /apps/web/ @acme/team-web
      /environments/*/web/ @acme/team-web
      # End of what eleventh makes.

    To be decided:
      who may push to environments: --deployer <login>
      who makes releases: --releaser <login>
      which check a change of the default branch has to pass: --check <name>

    What the host cannot keep from happening, and eleventh verify finds:
      who may push to an environment may press the merge button of a pull request into it, too
    (0)"
  `);
  expect(host.requests.every((line) => line.startsWith('GET'))).toBe(true);
  const people = ['--deployer', 'deploy-bot', '--releaser', 'deploy-bot', '--check', 'verify'];
  expect(await protect(...people)).toMatchInlineSnapshot(`
    "  WHAT                          RULE                                                                         IS
      branch main                   by review (1 approval, code owners, verify passed), never forced or deleted  new
      branches env/*, attestations  only forward, in a line, never deleted                                       new
      branches env/*, attestations  pushed by deploy-bot alone                                                   new
      tags v*                       never moved, never deleted                                                   new
      tags v*                       made by deploy-bot alone                                                     new
      .github/CODEOWNERS            who answers for each service                                                 committed to main, id-0001

    What the host cannot keep from happening, and eleventh verify finds:
      who may push to an environment may press the merge button of a pull request into it, too
    (0)"
  `);
  expect(await world.ask('show', 'main:.github/CODEOWNERS')).toContain('@acme/');
  expect(await protect(...people)).toMatchInlineSnapshot(`
    "  WHAT                          RULE                                                                         IS
      branch main                   by review (1 approval, code owners, verify passed), never forced or deleted  as it is
      branches env/*, attestations  only forward, in a line, never deleted                                       as it is
      branches env/*, attestations  pushed by deploy-bot alone                                                   as it is
      tags v*                       never moved, never deleted                                                   as it is
      tags v*                       made by deploy-bot alone                                                     as it is
      .github/CODEOWNERS            who answers for each service                                                 as it is

    What the host cannot keep from happening, and eleventh verify finds:
      who may push to an environment may press the merge button of a pull request into it, too

    Nothing to do.
    (0)"
  `);
  expect(
    JSON.parse((await world.run(['forge', 'protect', '--json', '--dry-run', ...people], { env: host.env })).stdout),
  ).toMatchObject({
    changed: false,
    dryRun: true,
    undecided: [],
  });
});

it('does so on GitLab, where what an edition cannot do is told', async () => {
  const world = await World.begun('--examples');
  const host = await played('gitlab', world);
  host.repository.hasApprovals = false;
  const { code, stdout } = await world.run(['forge', 'protect', '--deployer', 'deploy-bot', '--branch', 'owners'], {
    env: host.env,
  });
  expect(code).toBe(1);
  expect(stable(world, stdout)).toMatchInlineSnapshot(`
    "  WHAT                 RULE                                                       IS
      branch main          by merge request, never forced                             new
      branches env/*       pushed by deploy-bot alone, no merge button, never forced  not taken by the host
      branch attestations  pushed by deploy-bot alone, no merge button, never forced  not taken by the host
      tags v*              developers make them, never moved                          new
      .gitlab/CODEOWNERS   who answers for each service                               committed to owners, id-0001

    To be decided:
      who makes releases: --releaser <login>
      which check a change of the default branch has to pass: --check <name>

    What the host cannot keep from happening, and eleventh verify finds:
      a protected branch or tag can still be deleted by a maintainer, and takes merge commits that are pushed
      this edition cannot ask for approvals, nor for those of code owners
    "
  `);
});

it('refuses people whom the host does not know before it changes anything', async () => {
  const world = await World.begun('--examples');
  const host = await played('github', world);
  const before = await world.refs();
  const { code, stderr } = await world.run(['forge', 'protect', '--deployer', 'nobody'], { env: host.env });
  expect(`${stderr}(${code})`).toMatchInlineSnapshot(`
    "error [BAD_DEPLOYER] GitHub knows no "nobody".
    hint: --deployer <login>, <org>/<team>, app:<id of a GitHub App>, or deploy-keys
    (2)"
  `);
  expect(await world.refs()).toBe(before);
  expect(host.requests.every((line) => line.startsWith('GET'))).toBe(true);
});

it('says what is missing to reach a host', async () => {
  const world = await World.begun('--examples');
  const said = async (env: Record<string, string>) => {
    const { code, stderr } = await world.run(['forge', 'protect', '--dry-run'], { env });
    return `${stderr}(${code})`;
  };
  expect(await said({})).toMatchInlineSnapshot(`
    "error [NO_FORGE] The address of the repository does not say on which host reviews of it are.
    hint: ELEVENTH_FORGE_REPOSITORY=https://git.example.com/owner/repository
    (2)"
  `);
  expect(await said({ ELEVENTH_FORGE_REPOSITORY: 'https://github.com/acme/deployments' })).toMatchInlineSnapshot(`
    "error [NO_FORGE_TOKEN] There is no token for github.com.
    hint: GITHUB_TOKEN=<token>, or gh auth login --hostname github.com
    (2)"
  `);
  expect(
    await said({ ELEVENTH_FORGE_REPOSITORY: 'http://git.example.com/acme/deployments', ELEVENTH_FORGE: 'gitlab' }),
  ).toMatchInlineSnapshot(`
    "error [FORGE_PLAIN_HTTP] git.example.com would be sent a token without encryption.
    hint: ELEVENTH_FORGE_URL=https://git.example.com/…, or the same with http where that is what you want
    (2)"
  `);
});
