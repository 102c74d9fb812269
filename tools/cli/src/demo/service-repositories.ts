import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from './stage.ts';

/** A service of the example bank, as `service list --json` tells of it. */
export interface BankService {
  readonly id: string;
  readonly owner: string;
  readonly source: string;
  readonly images: readonly string[];
  readonly manifests: 'ci' | 'workspace';
}

/** The version with which each service enters the story. */
const VERSIONS: Readonly<Record<string, string>> = {
  accounts: '4.2.0',
  cards: '1.9.1',
  customers: '3.0.2',
  gateway: '2.7.0',
  ledger: '5.1.3',
  notifications: '1.4.0',
  payments: '2.3.0',
  'risk/fraud': '0.8.2',
  statements: '1.2.1',
  topics: '1.1.0',
  web: '3.0.0',
};

/** Returns the folder of a service's own repository, below the demo's. */
export function repositoryOf({ id }: BankService): string {
  return `services/${id.slice(id.lastIndexOf('/') + 1)}`;
}

/** Makes the own repository of a service, with its manifests and a first commit, as its team would have it. */
export async function makeRepository(stage: Stage, service: BankService): Promise<string> {
  const folder = repositoryOf(service);
  await mkdir(join(stage.root, folder), { recursive: true });
  await hidden(stage, service, 'git init --quiet --initial-branch=main', `git remote add origin ${service.source}`);
  if (service.manifests === 'ci') {
    await cp(join(stage.root, 'bank/apps', service.id, 'manifests'), join(stage.root, folder, 'k8s'), {
      recursive: true,
    });
  }
  const version = VERSIONS[service.id] ?? '1.0.0';
  await commit(stage, service, `Release ${version}`);
  return version;
}

/** Commits something new to a service's repository. */
export async function commit(stage: Stage, service: BankService, subject: string): Promise<void> {
  const path = join(stage.root, repositoryOf(service), 'CHANGES.md');
  const before = await readFile(path, 'utf8').catch(() => '');
  await writeFile(path, `- ${subject}\n${before}`);
  await hidden(stage, service, 'git add .', `git commit --quiet --message '${subject}'`);
}

/** Runs commands that the team types and nobody needs to see. */
export async function hidden(stage: Stage, service: BankService, ...commands: readonly string[]): Promise<void> {
  for (const command of commands)
    await stage.run(command, { in: repositoryOf(service), as: service.owner, show: 'nothing' });
}

/**
 * Pins the build that a service's CI has just made of its newest commit: it knows the images' digests from its registry,
 * and eleventh reads commit, branch, time and source from the checkout.
 */
export async function pinBuild(
  stage: Stage,
  service: BankService,
  version: string,
  show: 'all' | 'first line',
): Promise<void> {
  const head = await stage.run('git rev-parse HEAD', { in: repositoryOf(service), show: 'nothing' });
  const env: Record<string, string> = {};
  const images = service.images.map((image, index) => {
    const variable = index === 0 ? 'DIGEST' : `${image.split('-').at(-1)?.toUpperCase()}_DIGEST`;
    env[variable] = `sha256:${createHash('sha256').update(`${image}:${head.trim()}`).digest('hex')}`;
    return ` --image "${image}@$${variable}"`;
  });
  const manifests = service.manifests === 'ci' ? ' --manifests k8s' : '';
  const command = `eleventh pin ${service.id} --version ${version}${manifests}${images.join('')}`;
  await stage.run(command, { in: repositoryOf(service), as: service.owner, env, show });
}
