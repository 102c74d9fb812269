import { tagVersion } from '../names/version.ts';
import type { PushQueue } from './push-queue.ts';
import type { Received, RefMove } from './received.ts';
import { attestObjection, writeObjection } from './rights.ts';

/** Checks what can be told of a ref alone: whether it may move, and by this key. */
export async function checkRef(received: Received, queue: PushQueue, move: RefMove): Promise<void> {
  const { ref } = move;
  if (ref.startsWith('refs/heads/')) checkBranch(received, move);
  else if (ref.startsWith('refs/tags/')) checkTag(received, move);
  else if (!(await queue.check(move))) received.object(ref, `${ref} is nothing that is kept here`);
}

function checkBranch({ history, workspace, pusher, object }: Received, { ref, before, after }: RefMove): void {
  const { branch: main, attestations, environments } = workspace;
  const branch = ref.slice('refs/heads/'.length);
  const isKept = branch === main || branch === attestations || environments.some((one) => one.branch === branch);
  const isNew = before === null && after !== null;
  if (isNew && (history.view.refs.tags.has(branch) || branch.startsWith('refs/') || branch === 'HEAD'))
    object(ref, `${branch} would mean two things`);
  if (isKept && after === null) object(ref, `${branch} may not be taken away`);
  else if (branch === main || !isKept) object(ref, writeObjection(pusher, branch));
  else if (branch === attestations) object(ref, attestObjection(pusher));
}

function checkTag({ history, workspace, pusher, moves, object }: Received, { ref, before, after }: RefMove): void {
  const tag = ref.slice('refs/tags/'.length);
  if (before !== null || after === null) {
    object(ref, `${tag} may not be moved or taken away`);
    return;
  }
  if (history.view.refs.branches.has(tag) || moves.some((move) => move.ref === `refs/heads/${tag}`))
    object(ref, `A branch is called ${tag}, which would mean two things`);
  const { key, name } = pusher;
  const releasing = workspace.environments.filter(({ release }) => release && tagVersion(release.tag, tag) !== null);
  if (releasing.length === 0) object(ref, writeObjection(pusher, tag));
  else if (key !== null && !releasing.some((one) => key.promote.includes(one.name)))
    object(ref, `${name} may not release or compose ${tag}`);
}
