// Measures the command line against the least that plain git does and against what CI does today, and says by how much it
// keeps what was promised. `npm run bench -- --help` lists the options.
import { parseArgs } from 'node:util';
import { acceptance } from './bench/acceptance.mjs';
import { Grounds } from './bench/grounds.mjs';
import { describeMachine, findPeers } from './bench/machine.mjs';
import { CROWDED, crowds, measures, sizesOf, USUAL } from './bench/measures.mjs';
import { writePage } from './bench/page.mjs';
import { renderAll } from './bench/renders.mjs';
import { charts, render, sections } from './bench/report.mjs';
import { startTransports } from './bench/transports.mjs';
import { takeTurns } from './bench/turns.mjs';
import { pinBatches, raceAll } from './bench/writers.mjs';

const PARTS = ['start', 'pin', 'promote', 'status', 'diff', 'log', 'verify', 'writers', 'batch', 'render', 'check'];
const HELP = `npm run bench -- [options] [parts]

Parts: ${PARTS.join(', ')}. A run of all of them writes docs/benchmarks.md.

  --full            10,000 services, 100,000 deployments, 100 writers, more rounds
  --large           300 writers at once, too
  --rounds <count>  so many of which the median counts
  --naive <count>   the loop that CI uses takes part with up to so many writers
  --over <ways>     some of file,http,ssh
`;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    naive: { type: 'string' },
    over: { type: 'string', default: 'file,http,ssh' },
    help: { type: 'boolean', default: false },
  },
});
const unknown = positionals.find((part) => !PARTS.includes(part));
if (values.help || unknown !== undefined) {
  console.error(unknown === undefined ? HELP : `bench: there is no part ${unknown}.\n\n${HELP}`);
  process.exit(unknown === undefined ? 0 : 2);
}
const isPlain = process.argv.length === 2;
const isFull = values.full;
const rounds = Number(values.rounds ?? (isFull ? 9 : 5));
const parts = new Set(positionals.length === 0 ? PARTS : positionals);
const tell = (line) =>
  process.stderr.write(`bench: ${String(Math.round(performance.now() / 1000)).padStart(4)} s  ${line}\n`);

const peers = findPeers();
const ways = values.over.split(',');
const grounds = new Grounds();
process.once('exit', () => grounds.close());
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const { transports, missing, close } = await startTransports(grounds.served, ways);
if (!ways.includes('file')) delete transports.file;
const results = { rows: [], races: [], batches: [], renders: [] };
try {
  const chosen = measures(peers.tool).filter(({ part }) => parts.has(part));
  results.rows = await takeTurns(grounds, transports, chosen, sizesOf(isFull), USUAL, rounds, tell);
  if (parts.has('batch')) results.batches = await pinBatches(grounds, transports, USUAL, tell);
  if (['render', 'check'].some((part) => parts.has(part)) && peers.hasKubectl)
    results.renders = await renderAll(grounds, Object.values(transports)[0], USUAL, parts, tell);
  if (parts.has('writers'))
    results.races = await raceAll(grounds, transports, {
      size: CROWDED,
      crowds: crowds(isFull, values.large),
      tool: peers.tool,
      naiveUpTo: Number(values.naive ?? (isFull ? 50 : 10)),
      tell,
    });
} finally {
  await close();
}
for (const { who, over, writers, problems } of results.races)
  for (const problem of new Set(problems)) tell(`${who}, ${writers} over ${over}: ${problem}`);

const facts = [
  ...describeMachine(),
  `peers: ${peers.found}`,
  ...Object.entries(missing).map(([way, why]) => `not over ${way}: ${why}`),
  `medians of ${rounds} rounds in turn, after one that does not count; each race of many writers once`,
];
const list = facts.map((fact) => `- ${fact}`).join('\n');
const tables = render(sections(results, acceptance(results)));
console.log(`${list}\n\n${tables}`);

if (positionals.length === 0) {
  writePage(
    ['npm run bench', ...(isPlain ? [] : ['--', ...process.argv.slice(2)])].join(' '),
    list,
    tables,
    charts(results),
  );
  tell('wrote docs/benchmarks.md and its pictures');
}
