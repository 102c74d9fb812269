import {
  formatWorkspaceFile,
  Line,
  type Plan,
  planInit,
  planPins,
  planPromotion,
  planServiceAdd,
  planTest,
  planUpdate,
  readWorkspace,
  type View,
} from '@eleventh/core';
import { PERSON } from '../scratch.ts';
import { MemoryRepository, sha256 } from './memory-repository.ts';
import type { Mode } from './modes.ts';
import { type Build, commitOf, DAY, type Setting, START, serviceName } from './setting.ts';
import { CI } from './world.ts';

/** Who approves candidates: none of those who write changes. */
export const ENGINEER = { name: 'Carol', email: 'carol@example.com' };

/** A repository in which one good build of every service runs everywhere. */
export interface Start {
  readonly repository: MemoryRepository;
  readonly running: readonly Build[];
}

/** Returns what every month starts with, a day before its first. */
export async function startOf({ services }: Setting): Promise<Start> {
  const repository = new MemoryRepository();
  const now = START - DAY;
  const act = async (plan: (view: View) => Promise<Plan>) =>
    repository.carryOut(await plan(repository.view()), PERSON, now);
  const running = Array.from({ length: services }, (_, index) => {
    const commit = commitOf(20_000_000 + index);
    return { id: serviceName(index), commit, at: now, isBad: false, isFoundAlone: false };
  });
  await act((view) => planInit(view, { name: 'month', layout: 'standard' }));
  for (const { id } of running) await act((view) => planServiceAdd(view, { id, images: [] }));
  await act((view) => planUpdate(view, 'staging'));
  const built = new Date(now).toISOString().replace('.000', '');
  const requests = running.map(({ id, commit }) => ({
    id,
    build: { commit, branch: 'main', built },
    isBuiltKnown: true,
  }));
  await act((view) => planPins(view, requests, now, { who: CI }));
  const report = { suite: 'unit', result: 'PASSED' } as const;
  for (const { id, commit } of running)
    await act((view) => planTest(view, { name: `${id}@${commit}` }, report, { by: CI, now, sha256 }));
  await act((view) => planPromotion(view, { source: 'staging', to: 'preprod', now }));
  await act((view) => planPromotion(view, { source: 'preprod', to: 'prod', now }));
  return { repository, running };
}

/** Returns a copy of a repository in which a mode's policy is reviewed. Policy is read from main: no environment has to follow. */
export async function underPolicy({ repository }: Start, mode: Mode): Promise<MemoryRepository> {
  const copy = new MemoryRepository(repository);
  const now = START - DAY / 2;
  const view = copy.view();
  const { branch, commit, snapshot } = await readWorkspace(view);
  const line = Line.on(branch, await view.commit(commit), snapshot);
  const teams = `  teams:\n    release-engineers: [${ENGINEER.email}]\n`;
  await line.add(
    [
      { path: 'environments/preprod/environment.yaml', put: { file: environmentFile('preprod', mode.preprod) } },
      { path: 'environments/prod/environment.yaml', put: { file: environmentFile('prod', mode.prod) } },
      { path: 'environments/workspace.yaml', put: { file: `${formatWorkspaceFile('month', 'staging')}${teams}` } },
    ],
    `Ask for ${mode.name}`,
  );
  await copy.carryOut({ branches: [line.plan], onRace: 'report' }, PERSON, now);
  return copy;
}

function environmentFile(name: 'preprod' | 'prod', policy: string): string {
  const spec =
    name === 'prod'
      ? "  branch: env/prod\n  release:\n    tag: 'v{version}'\n  from: [preprod]"
      : '  branch: env/preprod\n  from: [staging]';
  return `apiVersion: eleventh.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: ${name}\nspec:\n${spec}\n  policy: ${policy}\n`;
}
