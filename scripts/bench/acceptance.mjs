// The ratios that were promised, beside what this run measured.
import { PROVEN, USUAL } from './measures.mjs';

/**
 * Returns one line for each promise that the results speak of: `{ what, value, limit, isLeast, isKept }`. Where Node's start
 * is granted it is taken off first: "at most 2 × the floor plus Node's start" is `(eleventh - node) / floor <= 2`.
 */
export function acceptance({ rows, races, batches, renders }) {
  const lines = [];
  const promise = (what, value, limit, isLeast = false) => {
    if (value === undefined || Number.isNaN(value)) return;
    lines.push({ what, value, limit, isLeast, isKept: isLeast ? value >= limit : value <= limit });
  };
  const find = (name, over, size = USUAL) =>
    rows.find(
      (row) =>
        row.name === name &&
        row.over === over &&
        row.size.services === size.services &&
        row.size.deployments === size.deployments,
    )?.milliseconds;
  const ratio = (name, over, of = 'floor') => {
    const times = find(name, over);
    return times && (times.eleventh - times.node) / times[of];
  };
  const growth = (name, from, to) => {
    const [small, large] = [find(name, 'file', from), find(name, 'file', to)];
    return small && large && large.eleventh / small.eleventh;
  };
  const ways = ['file', 'http', 'ssh'];

  promise('1. pin, cold, over http: floors, Node taken off', ratio('pin, cold', 'http'), 2);
  const cold = find('pin, cold', 'http');
  promise('1. clone, edit, push: pins, cold, over http', cold && cold['clone, edit, push'] / cold.eleventh, 3, true);
  for (const over of ways) promise(`2. pin, warm, over ${over}: floors, Node taken off`, ratio('pin, warm', over), 1.5);
  for (const over of ways) {
    const crowd = (writers, who = 'eleventh') =>
      races.find((race) => race.over === over && race.writers === writers && race.who === who);
    const [fifty, hundred, large] = [crowd(50), crowd(100), crowd(300)];
    promise(`3. 50 writers over ${over}: landed`, fifty?.landed, 50, true);
    promise(`3. 50 writers over ${over}: accepted updates`, fifty?.updates, 5);
    promise(
      `3. 50 writers over ${over}: pushes for each`,
      fifty?.pushes === null ? undefined : fifty?.pushes / 50,
      2.2,
    );
    promise(
      `3. 50 writers over ${over}: times faster than the naive loop`,
      crowd(50, 'naive loop')?.slowest / fifty?.slowest,
      12,
      true,
    );
    promise(`3. 100 writers over ${over}: landed`, hundred?.landed, 100, true);
    promise(`3. 100 writers over ${over}: accepted updates`, hundred?.updates, 8);
    promise(`3. 300 writers over ${over}: landed`, large?.landed, 300, true);
    const batch = batches.find((one) => one.over === over);
    promise(`3. a batch of ${batch?.commits} pins over ${over}: pushes`, batch?.pushes ?? batch?.updates, 1);
  }
  for (const over of ways)
    promise(
      `4. promote of 1,000 over ${over}: empty commits, Node taken off`,
      ratio('promote', over, 'empty commit'),
      1.3,
    );
  promise('4. promote of 10,000: of 1,000', growth('promote', USUAL, { ...USUAL, services: 10_000 }), 1.5);
  promise('5. status of 3 × 1,000: floors, Node taken off', ratio('status', 'file'), 2);
  for (const flag of ['--version', '--help']) {
    const times = find(`eleventh ${flag}`, 'file');
    promise(`5. ${flag}: of node -e 0`, times && times.eleventh / times.node, 2.2);
  }
  const proven = find('verify', 'file', PROVEN);
  promise('verify of 10,000 deployments: of git log --raw', proven && proven.eleventh / proven.floor, 3);
  for (const [what, again] of [
    // Three commands, each with a start of its own.
    ['render', 0.1],
    ['check', 0.05],
  ]) {
    const seconds = (who) => renders.find((one) => one.what === what && one.who === who)?.seconds;
    const [theirs, first] = [renders[0]?.seconds, seconds('eleventh, cold')];
    if (first === undefined) continue;
    promise(`${what} of 3 × 1,000: times faster than kubectl kustomize`, theirs / first, 2, true);
    promise(`${what} of 3 × 1,000 after one pin: of the first`, seconds('eleventh, after one pin') / first, again);
  }
  const most = Math.max(...rows.map(({ size }) => size.deployments));
  if (most > USUAL.deployments)
    for (const name of ['pin, warm', 'promote', 'status'])
      promise(
        `6. ${name} after ${most.toLocaleString('en')} deployments: of 100`,
        growth(name, USUAL, { ...USUAL, deployments: most }),
        1.3,
      );
  return lines;
}
