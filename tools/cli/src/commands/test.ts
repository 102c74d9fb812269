import { hostname } from 'node:os';
import { planTest, readTested, usageError } from '@eleventh/core';
import { Option } from 'commander';
import { attest, attestedOutput, sha256 } from '../attested.ts';
import type { CommandDefinition } from '../command.ts';
import { printable } from '../screen/table.ts';
import { runSuite } from '../suite.ts';

interface Options {
  readonly result?: 'passed' | 'warned' | 'failed';
  readonly url?: string;
  readonly json?: boolean;
}

export const test: CommandDefinition = {
  description:
    'Runs the command with the recipe on disk: ELEVENTH_MANIFESTS is the folder, ELEVENTH_RECIPE, ELEVENTH_COMMIT and ELEVENTH_ENVIRONMENT say what it is. What it prints is passed on, and it ends as the command ends. The result stands on the attestations branch as an in-toto test-result. A suite that ran elsewhere is recorded with --result. A build is named as <service>@<commit>.',
  isWriting: true,
  examples: [
    ['eleventh test staging integration -- ./run-suite.sh', 'runs the suite on what staging runs now'],
    ['eleventh test staging smoke --result passed --url https://ci.example.com/7', 'records what CI found'],
    ['eleventh test payments@3f2c9e1 unit --result passed', 'speaks of one build'],
  ],
  options: (command) =>
    command
      .addOption(
        new Option('--result <result>', 'what a suite said that ran elsewhere').choices(['passed', 'warned', 'failed']),
      )
      .option('--url <url>', 'where its run can be seen'),
  run: async (context, [recipe = '', suite = '', ...command], given) => {
    const { result, url, json } = given as Options;
    if ((result === undefined) === (command.length === 0)) {
      throw usageError(
        'WHICH_RESULT',
        'A test takes the command that runs it, or the result of one that ran elsewhere.',
        `eleventh test ${recipe} ${suite} -- <command>`,
      );
    }
    const { io } = context;
    if (result !== undefined) {
      const report = { suite, result: UPPER[result], url };
      const done = await attest(context, recipe, (view, meant, saying) => planTest(view, meant, report, saying));
      return attestedOutput(done, () => `${suite} ${result}: ${printable(done.plan.named.label)}`);
    }
    const { meant: tested, files, facts } = await context.read((view) => readTested(view, recipe, sha256));
    const run = await runSuite(
      io,
      command,
      files,
      { ...facts, ELEVENTH_SUITE: suite },
      json === true ? io.err : io.out,
    );
    const { exitCode, seconds, log } = run;
    const report = {
      suite,
      result: exitCode === 0 ? 'PASSED' : 'FAILED',
      url,
      seconds,
      log,
      host: hostname(),
    } as const;
    const done = await attest(context, recipe, (view, _, saying) => planTest(view, tested, report, saying));
    const output = attestedOutput(
      done,
      (painter) =>
        `${suite} ${exitCode === 0 ? painter.green('passed') : painter.red('failed')} in ${seconds} s: ${printable(done.plan.named.label)}`,
    );
    return { ...output, exitCode };
  },
};

const UPPER = { passed: 'PASSED', warned: 'WARNED', failed: 'FAILED' } as const;
