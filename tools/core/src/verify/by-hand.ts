import { short } from '../names/object-id.ts';
import { checkOrder } from './pins.ts';
import type { Explained, Step } from './step.ts';

/**
 * Explains a commit that somebody made with plain Git: it put back what ran there, brought what runs where recipes come
 * from, or carries a newer reviewed state. Anything else is unexplained.
 */
export function explainByHand(step: Step): Explained | null {
  const { ground, environment, line, commit, parent, split, changes, report } = step;
  const earlier = line.newest.get(commit.tree);
  const [from = environment.name] = environment.from;
  if (parent !== null && commit.tree !== parent.tree && earlier !== undefined)
    return { way: 'rollback', source: { from, name: short(earlier), commit: earlier }, isKnown: true };
  for (const name of environment.from) {
    const branch = ground.workspace.environments.find((one) => one.name === name)?.branch ?? '';
    const source = ground.lines.get(branch)?.newest.get(commit.tree);
    if (source === undefined) continue;
    checkOrder(step);
    return { way: 'promotion', source: { from: name, name, commit: source }, isKnown: true };
  }
  if (changes.length === 0 && split.strays.length === 0 && split.outside.length > 0) return null;
  const what = changes.length === 0 ? '' : ` It changed ${changes.map(({ id }) => id).join(', ')}.`;
  report('unexplained', `It is no pin, update, promotion, rollback or revert.${what}`);
  return changes.length === 0 ? null : { way: 'promotion', isKnown: false };
}
