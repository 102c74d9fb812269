// Takes turns between the things that are compared, A B A B …, so that what disturbs one disturbs the other.
import { mustRun } from './processes.mjs';

/**
 * Runs every measure and returns rows `{ part, name, over, size, milliseconds }`, the last by contender, as medians.
 * The first round makes caches and clones and does not count.
 */
export async function takeTurns(grounds, transports, measures, sizes, usual, rounds, tell) {
  const rows = [];
  for (const measure of measures) {
    for (const over of measure.over.filter((name) => name in transports)) {
      const at = measure.at ?? (measure.isGrid && over === measure.over[0] ? sizes : [usual]);
      const turns = [];
      for (const size of at) {
        const row = { part: measure.part, name: measure.name, over, size, milliseconds: {} };
        rows.push(row);
        for (const [who, prepare] of Object.entries(measure.who))
          turns.push({ row, who, prepare, world: await grounds.world(size, transports[over]), times: [] });
      }
      for (let round = 0; round <= rounds; round += 1) {
        tell(`${measure.name} over ${over}: round ${round} of ${rounds}`);
        for (const { prepare, world, times } of turns) {
          const { command, ...options } = await prepare(world);
          const { milliseconds } = await mustRun(command, options);
          if (round > 0) times.push(milliseconds);
        }
      }
      for (const { row, who, world, times } of turns) {
        row.milliseconds[who] = median(times);
        world.close();
      }
    }
  }
  return rows;
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}
