import { releaseEvidence } from '@eleventh/core';
import { sha256 } from '../attested.ts';
import type { CommandDefinition } from '../command.ts';
import { writeOutput } from '../output-file.ts';
import { evidencePack, packName, packText } from '../screen/evidence-pack.ts';

const ELSEWHERE = '--output <file> names another place, and --output - standard output.';

export const reportRelease: CommandDefinition = {
  description:
    'The page needs nothing else: no scripts, no fonts, no network. It says what changed, who wrote, tested, approved and promoted it, where it ran before and how long, under which policy, what was known to be missing, and how to verify that with plain Git. With --json it prints the same facts, and writes the page only where --output says. Who did something, and when, is what they wrote, except where the policy of that day asked for signatures: the page says which it is.',
  examples: [
    ['eleventh report release v1.4.0', 'writes v1.4.0.html'],
    ['eleventh report release v1.4.0 --output - > evidence.html', 'the page on standard output'],
    ['eleventh report release v1.4.0 --json', 'the same facts for a program'],
  ],
  options: (command) =>
    command.option('--output <file>', 'where the page goes: <tag>.html without it, - for standard output'),
  run: async (context, [tag = ''], given) => {
    const { output } = given as { output?: string };
    const release = await context.read((view) => releaseEvidence(view, tag, sha256));
    const file = output ?? packName(release);
    const isWanted = file !== '-' && (output !== undefined || context.options.json !== true);
    if (isWanted) await writeOutput(file, evidencePack(release), context.io, ELSEWHERE);
    return {
      json: { ...release },
      text: () => (file === '-' ? evidencePack(release) : packText(release, file)),
    };
  },
};
