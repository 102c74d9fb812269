import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BankService, commit, hidden, makeRepository, pinBuild, repositoryOf } from './service-repositories.ts';
import type { Stage } from './stage.ts';

/** A step of the story that people see: in the bank's checkout unless it says where. */
const BANK = { in: 'bank' };
const SERVER = { in: 'deploy.git' };

/** Plays the story of a release from the first build to a rollback; every command line is really run. */
export async function play(stage: Stage): Promise<void> {
  await begin(stage);
  const services = await buildEleven(stage);
  const find = (id: string): BankService => {
    const service = services.find((one) => one.id === id);
    if (service === undefined) throw new RangeError(`The example bank has no service ${id}.`);
    return service;
  };
  await tryFeature(stage, find('web'));
  await releaseCandidate(stage);
  await releaseBadBuild(stage, find('web'), find('payments'));
  await rollBack(stage);
}

async function begin(stage: Stage): Promise<void> {
  stage.act(
    '1  One repository',
    'A bank keeps what runs where in one Git repository. On main, people review services, overlays and',
    'policy; every environment has a branch of its own. The server is nothing but a bare repository.',
  );
  await stage.run('git init --quiet --bare deploy.git');
  await stage.run('eleventh init bank --examples --remote deploy.git');
  stage.say('It is all plain Git. In the bare repository:');
  await stage.run("git for-each-ref --format='%(refname:short): %(subject)' refs/heads", SERVER);
}

async function buildEleven(stage: Stage): Promise<BankService[]> {
  stage.act(
    '2  Eleven builds',
    "Each service's own CI ends with one more line: it pins the build it has just pushed, with the digest",
    'of the image and the manifests of that commit. Commit, branch and time it reads from its checkout.',
  );
  const listed = await stage.run('eleventh service list --json', {
    ...BANK,
    env: { FORCE_COLOR: '0' },
    show: 'nothing',
  });
  const { services } = JSON.parse(listed) as { services: BankService[] };
  for (const service of services) {
    const version = await makeRepository(stage, service);
    await pinBuild(stage, service, version, service.id === 'accounts' ? 'all' : 'first line');
  }
  stage.say('What runs where:');
  await stage.run('eleventh status', BANK);
  stage.say('A pin is one commit by whoever built it, and what it writes is what `kubectl kustomize` reads:');
  await stage.run("git log -3 --format='%h %an: %s' env/staging", SERVER);
  await stage.run('git show env/staging:apps/accounts/kustomization.yaml', SERVER);
  return services;
}

async function tryFeature(stage: Stage, web: BankService): Promise<void> {
  stage.act(
    '3  A feature branch goes as far as staging',
    'team-web wants to see a dark mode in staging, where any branch may run. Preprod takes builds of main',
    'only: the policy says so, in environments/preprod/environment.yaml on main.',
  );
  await hidden(stage, web, 'git switch --quiet --create feature/dark-mode');
  await commit(stage, web, 'Try a dark mode');
  await pinBuild(stage, web, '3.1.0-dark.1', 'first line');
  await stage.run('eleventh promote staging --to preprod', { ...BANK, exits: 3 });
  stage.say('Nothing moved. By hand, the builds of feature branches in staging:');
  await stage.run("git grep 'branch: \"feature/' env/staging -- apps", SERVER);
}

async function releaseCandidate(stage: Stage): Promise<void> {
  stage.act(
    '4  A recipe for preprod',
    'The others need not wait: compose takes for web the last build that may enter, and tags the whole.',
  );
  await stage.run('eleventh compose', BANK);
  stage.say('Its recipe is the one that staging had before. What differs from what staging has now:');
  await stage.run('git diff --stat env/staging v1.0.0-rc.1', SERVER);
  stage.say('Preprod takes it as it is:');
  await stage.run('eleventh promote v1.0.0-rc.1 --to preprod', { ...BANK, show: 'first line' });
  stage.say('A recipe is a Git tree. The candidate and preprod have the same one, so they run the same:');
  await stage.run('git rev-parse v1.0.0-rc.1:apps env/preprod:apps', SERVER);

  stage.act(
    '5  Production',
    'Tested in preprod, the recipe goes on as it is. Production deploys tags; commit and tag land together.',
  );
  await stage.run('eleventh promote preprod --to prod', { ...BANK, show: 'first line' });
  await stage.run('eleventh status', BANK);
  await stage.run('git log -1 --format=%B env/prod', SERVER);
}

async function releaseBadBuild(stage: Stage, web: BankService, payments: BankService): Promise<void> {
  stage.act(
    '6  A bad build follows it out',
    'The dark mode is merged. payments has a new build too: it answers faster, in theory.',
  );
  await hidden(stage, web, 'git switch --quiet main', 'git merge --quiet --ff-only feature/dark-mode');
  await commit(stage, web, 'Offer a dark mode');
  await pinBuild(stage, web, '3.1.0', 'first line');
  await commit(stage, payments, 'Retry a transfer that the ledger refused');
  const settings = join(stage.root, repositoryOf(payments), 'k8s/configmap.yaml');
  await writeFile(settings, (await readFile(settings, 'utf8')).replace('TIMEOUT: 10s', 'TIMEOUT: 100ms'));
  await commit(stage, payments, 'Give an instant payment 100 ms');
  await pinBuild(stage, payments, '2.4.0', 'all');
  stage.say('What waits for preprod, in short, and where Git says most:');
  await stage.run('eleventh diff preprod', BANK);
  await stage.run('git diff -U0 env/preprod env/staging -- apps/payments/manifests', SERVER);
  await stage.run('eleventh promote staging --to preprod', { ...BANK, show: 'first line' });
  await stage.run('eleventh promote preprod --to prod', BANK);
  stage.say("The release notes are the tag's own message:");
  await stage.run("git tag --list --format='%(contents)' v1.1.0", SERVER);
}

async function rollBack(stage: Stage): Promise<void> {
  stage.act(
    '7  Back, with plain Git',
    'Instant payments time out. Whoever is on call may type `eleventh rollback prod`, or only know Git:',
  );
  await stage.run('git clone --quiet --branch env/prod deploy.git on-call');
  await stage.run('git revert --no-edit HEAD', { in: 'on-call' });
  await stage.run('git push --quiet origin env/prod', { in: 'on-call' });
  stage.say('The revert is understood; production follows tags, so one is missing yet:');
  await stage.run('eleventh status', BANK);
  await stage.run('eleventh release prod', BANK);
  stage.say(
    'The tree of v1.0.0 is back, byte for byte, under a higher tag than the bad one (agents take the highest):',
  );
  await stage.run("git rev-parse 'v1.0.0^{tree}' 'v1.1.1^{tree}'", SERVER);
  await stage.run('eleventh status', BANK);
  stage.say('And the history of production is its log:');
  await stage.run('eleventh log prod', BANK);
}
