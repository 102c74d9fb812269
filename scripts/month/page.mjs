// The tables of docs/policies.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BEGIN = '<!-- month: written by npm run month -->';
const END = '<!-- /month -->';

/** Puts a report in its place on the page. */
export function writePage(root, report) {
  const path = join(root, 'docs/policies.md');
  const page = readFileSync(path, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${path} has no place for the tables: ${BEGIN} … ${END}`);
  writeFileSync(path, `${page.slice(0, begin + BEGIN.length)}\n${report}\n${page.slice(end)}`);
}

/** Returns what a month came to as Markdown. */
export function render(commandLine, values, assumed, modes, figures) {
  const pinned = figures.map((one) => one.pinned);
  return `Written by \`${commandLine}\`: ${values.services} services, ${values.pins} new builds a day of which ${percent(values.bad)} are bad, a suite of
${values.suite}, ${values.soak} of soak, ${values.days} working days, seed ${values.seed}. With repairs, ${Math.min(...pinned)} to ${Math.max(...pinned)} builds were pinned.

| | tests of / soak of | to preprod a day | to prod a day | of these 8–18 h | builds in each | good builds that reached prod | hours from pin to prod: median | 95 % | bad builds in preprod | in prod |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${figures.map(row).join('\n')}

"Builds in each" is the median of what a promotion to prod changes. What kept recipes out, as the gates said it at each attempt:

| | runs of the suite | of them all good, and staging still | shut to preprod | shut to prod |
| --- | ---: | ---: | --- | --- |
${figures.map((one, index) => `| ${index + 1} | ${one.runs} | ${one.counting} | ${shut(one.closed.preprod)} | ${shut(one.closed.prod)} |`).join('\n')}

What each asked for, and how it was run:

| | \`preprod\` policy | \`prod\` policy | |
| --- | --- | --- | --- |
${modes.map((mode, index) => `| ${index + 1} | \`${mode.preprod}\` | \`${mode.prod}\` | ${waysOf(mode).join('; ')} |`).join('\n')}

What the simulation assumes besides:

- A bad build is bad by itself. The unit suite of each build ends ${assumed.unit / 60_000} minutes after the pin and finds ${percent(assumed.unitFinds)} of the bad ones. The
  integration suite fails when there is a bad build in the recipe, and finds them all; runs follow one another, day and night. Soaking finds nothing.
- What a unit suite found is blocked at once, what the integration suite found ${assumed.diagnosis / 60_000} minutes after the run. Staging goes back to the
  build before, and ${assumed.repair / 3_600_000} h later a good one is pinned; where that falls outside ${assumed.repairHours.join('–')} h, the next morning.
- Pins of a day by the hour, from ${assumed.hours.from} h on: ${assumed.hours.shares.join(', ')} %. Few services have most of the builds.
- A job tries \`staging\` → \`preprod\` when the suite has passed (each hour where only builds are tested or preprod was not free),
  and \`preprod\` → \`prod\` a soak time after each promotion to preprod. Candidates are approved meanwhile.
- Days follow one another without weekends.`;
}

function row(one, index) {
  return `| ${[
    index + 1,
    one.mode,
    one.toPreprod.toFixed(1),
    one.toProd.toFixed(1),
    one.toProd === 0 ? '' : percent(one.byDay),
    number(one.size, 0),
    percent(one.reached),
    number(one.median),
    number(one.slowest),
    one.badInPreprod,
    one.badInProd,
  ].join(' | ')} |`;
}

function number(value, digits = 1) {
  return Number.isFinite(value) ? value.toFixed(digits) : '';
}

function percent(share) {
  return `${Math.round(Number(share) * 100)} %`;
}

function shut(closed) {
  return closed.map(([rule, times]) => `${rule} ${times}`).join(', ');
}

const SUITE = {
  staging: 'the suite runs in staging while pins go on',
  still: 'pins wait while the suite runs in staging',
  copy: 'the suite runs on a copy of the recipe',
};
const TAKES = {
  newest: [],
  'newest-passing': ['`promote --newest-passing`'],
  builds: ['`promote --only` for what the refusal does not name'],
};

function waysOf({ suite, takes, preprodHolds, candidates }) {
  return [
    SUITE[suite],
    ...TAKES[takes],
    ...(preprodHolds ? ['preprod takes nothing new until what it runs is in prod'] : []),
    ...(candidates === undefined ? [] : [`\`compose\`, ${due(candidates)}`]),
  ];
}

function due({ at, between }) {
  return at === undefined
    ? `whenever preprod will be free, ${between.join('–')} h`
    : `at ${at.map((hour) => `${hour} h`).join(' and ')}, and again until it passes`;
}
