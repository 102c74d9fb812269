// Lets a month pass on a clock that is not real, once for each way to ask for evidence, and says how many recipes got
// where, and when. `npm run month -- --help` lists the numbers that can be chosen.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { bundle } from './bundle.mjs';
import { render, writePage } from './month/page.mjs';

const HELP = `npm run month -- [options]

A run without --dry-run writes the tables of docs/policies.md.

  --services <count>  services (400)
  --pins <count>      new builds a day (300)
  --suite <time>      how long the integration suite takes (20m)
  --soak <time>       how long things have to run in preprod (2h)
  --bad <share>       the share of bad builds (0.1)
  --days <count>      working days (30)
  --seed <number>     another month of the same kind (1)
  --jobs <count>      how many months pass side by side (2)
  --dry-run           only print the tables
`;
const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    services: { type: 'string', default: '400' },
    pins: { type: 'string', default: '300' },
    suite: { type: 'string', default: '20m' },
    soak: { type: 'string', default: '2h' },
    bad: { type: 'string', default: '0.1' },
    days: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    'dry-run': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const setting = {
  services: count('services'),
  pins: count('pins'),
  suite: time('suite'),
  soak: time('soak'),
  bad: share('bad'),
  days: count('days'),
  seed: count('seed'),
};

function count(name) {
  return /^[1-9]\d{0,5}$/.test(values[name]) ? Number(values[name]) : refuse(name, 'a whole number from 1');
}

function share(name) {
  return /^(0?\.\d+|0|1)$/.test(values[name]) ? Number(values[name]) : refuse(name, 'a share from 0 to 1');
}

/** Returns milliseconds. */
function time(name) {
  const [, hours, minutes] = /^(?=\d)(?:(\d{1,3})h)?(?:(\d{1,3})m)?$/.exec(values[name]) ?? [];
  const total = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  return total > 0 ? total * 60_000 : refuse(name, 'a time such as 2h, 90m or 1h30m');
}

function refuse(name, wanted) {
  console.error(`month: --${name} takes ${wanted}, not ${JSON.stringify(values[name])}.\n\n${HELP}`);
  process.exit(2);
}

const tell = (line) =>
  process.stderr.write(`month: ${String(Math.round(performance.now() / 1000)).padStart(4)} s  ${line}\n`);

/** Returns the figures of one mode, lived through in a thread of its own. */
function lived(program, index) {
  const worker = new Worker(new URL('./month/worker.mjs', import.meta.url), {
    workerData: { program, setting, soak: values.soak, index },
    resourceLimits: { maxYoungGenerationSizeMb: 256, maxOldGenerationSizeMb: 6000 },
  });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

const folder = mkdtempSync(join(root, 'node_modules', '.eleventh-month-'));
process.once('exit', () => rmSync(folder, { recursive: true }));
const program = await bundle(new URL('./month/program.ts', import.meta.url), folder);
const { ASSUMED, modesOf } = await import(program);
const modes = modesOf(values.soak);
const figures = [];
const waiting = [...modes.keys()];
await Promise.all(
  Array.from({ length: count('jobs') }, async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      figures[index] = await lived(program, index);
      tell(modes[index].name);
    }
  }),
);
const chosen = process.argv.slice(2).filter((word) => word !== '--dry-run');
const commandLine = ['npm run month', ...(chosen.length === 0 ? [] : ['--', ...chosen])].join(' ');
const report = render(commandLine, values, ASSUMED, modes, figures);
console.log(report);
if (!values['dry-run']) {
  writePage(root, report);
  tell('wrote the tables of docs/policies.md');
}
