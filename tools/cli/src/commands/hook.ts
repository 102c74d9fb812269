import { checkPush, EleventhError, isOid, listed, type Objection, type RefMove, refusal, short } from '@eleventh/core';
import { sha256 } from '../attested.ts';
import type { CommandDefinition } from '../command.ts';
import { printable } from '../screen/table.ts';

/** How many objections a refusal names. Its details name them all. */
const NAMED = 10;

export const preReceive: CommandDefinition = {
  description:
    'For hooks/pre-receive of a bare repository on a server of yours. It reads what git receive-pack tells such a hook, and refuses a push that verify would object to, or that the key which pushes may not make by spec.keys of environments/workspace.yaml. The key is named by ELEVENTH_KEY, or by GL_USER (gitolite) or REMOTE_USER (a web server).',
  examples: [
    ['eleventh hook pre-receive', 'in hooks/pre-receive, after #!/bin/sh and exec'],
    [
      'command="ELEVENTH_KEY=payments-ci git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"",restrict ssh-ed25519 AAAA…',
      'in authorized_keys: names the key',
    ],
  ],
  needsRepository: false,
  run: async (context) => {
    const moves = parseMoves(await context.io.readStdin());
    const { env } = context.io;
    const pusher = env.ELEVENTH_KEY || env.GL_USER || env.REMOTE_USER || undefined;
    const now = context.io.now();
    const objections = await context.received((history) => checkPush(history, { moves, pusher, now, sha256 }));
    if (objections.length > 0) throw refused(objections, pusher);
    return { json: { accepted: moves.length }, text: () => '' };
  },
};

/** Returns the moves that a pre-receive hook is told of: the old and the new value of each ref, a line each. */
function parseMoves(input: string): RefMove[] {
  const oidOf = (oid: string) => (/^0+$/.test(oid) ? null : oid);
  return input
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, before = '', after = '', ref = ''] = /^(\S+) (\S+) (.+)$/.exec(line) ?? [];
      if (!isOid(before) || !isOid(after))
        throw new EleventhError('NO_PUSH', 'That is not what git receive-pack tells a hook.', {
          exitCode: 2,
          hint: 'Call it from hooks/pre-receive of a bare repository.',
        });
      return { ref, before: oidOf(before), after: oidOf(after) };
    });
}

function refused(objections: readonly Objection[], pusher: string | undefined): EleventhError {
  const named = objections.map(({ ref, commit, message }) => {
    const where = ref.replace(/^refs\/(?:heads|tags)\//, '');
    return `${where}${commit === null ? '' : ` ${short(commit)}`}: ${printable(message).replace(/\.$/, '')}`;
  });
  return refusal('PUSH_NOT_ALLOWED', `Nothing of this push was taken. ${listed(named, NAMED, '; ')}.`, {
    hint: pusher === undefined ? undefined : `What ${pusher} may push stands in environments/workspace.yaml.`,
    details: { pusher: pusher ?? null, objections },
  });
}
