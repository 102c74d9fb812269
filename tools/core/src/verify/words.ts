import type { DeploymentKind } from '../history/deployment.ts';
import { trailer } from '../history/message.ts';
import type { Commit } from '../history/snapshot.ts';
import type { Report } from './moment.ts';
import type { Step } from './step.ts';

/** What a commit can say once: of two values, each reader might believe another one. */
const SAID_ONCE = new Set([
  ...[
    'Recipe',
    'Workspace',
    'Policy',
    'Evidence',
    'Proposal',
    'Request',
    'Service',
    'Commit',
    'Branch',
    'Version',
    'Replaces',
  ],
  ...['Promoted-From', 'Promoted-Tag', 'Release', 'Rolled-Back-To', 'Rolled-Back-From', 'Composed-From'],
]);

/** What a commit can be, each told by a trailer. */
const KINDS = ['Service', 'Promoted-From', 'Rolled-Back-To', 'Composed-From'];

/** Reports a commit or tag that says more than once what can be said once. */
export function checkRepeats({ repeats = [] }: Pick<Commit, 'repeats'>, report: Report): void {
  if (repeats.length > 0) report('malformed', `It says ${repeats.join(' and ')} more than once.`);
}

/** Reports a message that says two things at once or hides a part of itself, and a deployment that changes nothing. */
export function checkMessage({ commit, parent, message, report }: Step, kind: DeploymentKind): void {
  checkRepeats(commit, report);
  if (commit.message.includes('\0'))
    report('message-differs', 'Its message holds a NUL character, after which Git shows nothing.');
  // What people write by hand says nothing that is believed.
  if (kind === 'by hand') return;
  if (parent !== null && parent.tree === commit.tree)
    report('unexplained', `It says that it is a ${kind}, and changes nothing.`);
  if (kind === 'revert') return;
  const values = new Map<string, string>();
  for (const [key, value] of message.trailers) {
    if (SAID_ONCE.has(key) && (values.get(key) ?? value) !== value)
      report('message-differs', `It says ${key} more than once.`);
    values.set(key, value);
  }
  const said = KINDS.filter((key) => trailer(message, key) !== undefined);
  if (said.length > 1) report('message-differs', `It says ${said.join(' and ')}, of which it can be one.`);
}
