import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EleventhError } from '@eleventh/core';
import { gitInFolder } from '@eleventh/git';
import type { CommandDefinition, Context } from '../command.ts';
import { Stage, shellWord } from '../demo/stage.ts';
import { play } from '../demo/story.ts';
import { paint } from '../screen/paint.ts';

export const demo: CommandDefinition = {
  description:
    'Eleven builds, a feature branch that is refused, a candidate, a release, a bad build and its rollback: every command line and its real output, with plain git beside it. Needs Node, git and a POSIX shell, takes some fifteen seconds, and leaves the folder to explore.',
  needsRepository: false,
  examples: [
    ['eleventh demo', 'plays it, and says how to look around'],
    ['eleventh demo --json', 'every command line and its output as one value'],
  ],
  run: async (context) => run(context),
};

async function run({ io, options }: Context) {
  await gitInFolder(['version'], { env: io.env });
  const painter = paint(io, 'out');
  const stage = new Stage(await folder(), io, painter, options.json === true);
  if (options.json !== true) {
    io.out(
      `${painter.bold('A release, from the first build to a rollback')}, on real Git repositories in ${stage.root}\nEvery command below is run for real; the folder stays when it is over.\n`,
    );
  }
  await stage.build();
  await play(stage);
  const explore = waysToExplore(stage);
  const remove = `rm -rf ${shellWord(stage.root)}`;
  return {
    json: { folder: stage.root, scenes: stage.scenes, explore, remove },
    text: () =>
      `\nThat was ${stage.scenes.length} commands. Look around yourself:\n\n${explore.map((line) => `  ${painter.bold(line)}\n`).join('')}\nWhen you are done: ${painter.bold(remove)}\n`,
  };
}

async function folder(): Promise<string> {
  try {
    return await realpath(await mkdtemp(join(tmpdir(), 'eleventh-demo-')));
  } catch (cause) {
    throw new EleventhError(
      'DEMO_FAILED',
      `No folder can be made in ${tmpdir()} (${(cause as NodeJS.ErrnoException).code}).`,
      {
        hint: 'TMPDIR=<a folder you may write> eleventh demo',
        cause,
      },
    );
  }
}

/** Returns command lines that work as they are, in any POSIX shell. */
function waysToExplore(stage: Stage): string[] {
  const bank = shellWord(join(stage.root, 'bank'));
  return [
    `export PATH=${shellWord(stage.programs)}:"$PATH" && cd ${bank}`,
    'eleventh show prod',
    'eleventh log staging --service payments',
    'eleventh diff v1.0.0 v1.1.0',
    'git fetch --quiet && git log --graph --oneline origin/env/prod',
    'git diff v1.0.0 v1.1.0 -- apps/payments',
    'kubectl kustomize ../on-call/environments/prod',
  ];
}
