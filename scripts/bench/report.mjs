// Says what was measured: as tables, which read the same on a terminal and on a page, and as charts.
import { chart } from './chart.mjs';
import { USUAL } from './measures.mjs';

const COLOURS = ['#79c0ff', '#7ee787', '#e3b341', '#d2a8ff', '#ff7b72'];

/** Returns the sections of a report as `{ title, text, table }`. */
export function sections({ rows, races, batches, renders }, promises) {
  const others = [...new Set(rows.flatMap(({ milliseconds }) => Object.keys(milliseconds)))].filter(
    (who) => !['eleventh', 'floor', 'node'].includes(who),
  );
  const times = rows.map(({ name, over, size, milliseconds: ms }) => [
    name,
    over,
    count(size.services),
    count(size.deployments),
    whole(ms.eleventh),
    ms.floor === undefined ? '' : whole(ms.floor),
    whole(ms.node),
    ...others.map((who) => (ms[who] === undefined ? '' : whole(ms[who]))),
    ms.floor === undefined ? '' : brief((ms.eleventh - ms.node) / ms.floor),
  ]);
  const crowds = races.map((race) => {
    const naive = races.find((one) => one.who !== 'eleventh' && one.over === race.over && one.writers === race.writers);
    return [
      race.over,
      count(race.writers),
      race.who,
      count(race.landed),
      count(race.updates),
      race.pushes === null ? '' : brief(race.pushes / race.writers),
      brief(race.slowest),
      naive === undefined || naive === race ? '' : brief(naive.slowest / race.slowest),
    ];
  });
  return [
    {
      title: 'What was promised',
      text: 'Ratios in this one run.',
      table: [
        ['promise', 'measured', 'wanted', ''],
        ...promises.map(({ what, value, limit, isLeast, isKept }) => [
          what,
          brief(value),
          `at ${isLeast ? 'least' : 'most'} ${limit}`,
          isKept ? 'kept' : 'missed',
        ]),
      ],
    },
    {
      title: 'Alone',
      text: 'Milliseconds from the start of the process to its end; the last column is (eleventh − node) / floor.',
      table: [
        ['command', 'over', 'services', 'deployments', 'eleventh', 'floor', 'node', ...others, 'ratio'],
        ...times,
      ],
    },
    {
      title: 'At once',
      text: 'Writers that start together on one branch, each with an empty cache. Updates of the branch and pushes of any kind are counted at the server; the slowest is the last to end, in seconds.',
      table: [['over', 'writers', 'who', 'landed', 'updates', 'pushes each', 'slowest', 'faster'], ...crowds],
    },
    {
      title: 'In one batch',
      text: '`pin --batch` of a thousand builds.',
      table: [
        ['over', 'commits', 'updates', 'pushes', 'seconds'],
        ...batches.map((one) => [
          one.over,
          count(one.commits),
          count(one.updates),
          one.pushes ?? '',
          brief(one.seconds),
        ]),
      ],
    },
    {
      title: 'Rendered and checked',
      text: 'Three environments, one after the other, in seconds. What was rendered was compared byte for byte.',
      table: [
        ['services', 'what', 'who', 'seconds', 'of kubectl'],
        ...renders.map((one) => [
          count(one.services),
          one.what,
          one.who,
          brief(one.seconds),
          brief(one.seconds / (renders[0]?.seconds ?? 0)),
        ]),
      ],
    },
  ].filter(({ table }) => table.length > 1);
}

/** Returns the sections as Markdown that a terminal shows well too. */
export function render(parts) {
  return parts.map(({ title, text, table }) => `## ${title}\n\n${text}\n\n${renderTable(table)}\n`).join('\n');
}

function renderTable([head, ...body]) {
  const all = [head, ...body].map((cells) => cells.map(String));
  const widths = head.map((_, column) => Math.max(3, ...all.map((cells) => cells[column].length)));
  const isNumber = head.map((_, column) => body.every((cells) => /^[\d,.]*$/.test(String(cells[column]))));
  const padded = (text, column) => (isNumber[column] ? text.padStart(widths[column]) : text.padEnd(widths[column]));
  const line = (cells) => `| ${cells.map(padded).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (isNumber[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(all[0]), rule, ...all.slice(1).map(line)].join('\n');
}

/** Returns the charts as name → SVG: cost against services, against history, and against writers. */
export function charts({ rows, races }) {
  const against = (axis, fixed) => {
    const found = rows.filter(({ over, size }) => over === 'file' && size[fixed] === USUAL[fixed]);
    const names = [...new Set(found.map(({ name }) => name))].filter(
      (name) => found.filter((row) => row.name === name).length > 1,
    );
    return names.flatMap((name, index) => {
      const line = (who) =>
        found
          .filter((row) => row.name === name)
          .map(({ size, milliseconds }) => ({ x: size[axis], y: milliseconds[who] }))
          .sort((a, b) => a.x - b.x);
      const colour = COLOURS[index % COLOURS.length];
      return [
        { name, colour, points: line('eleventh') },
        { name: `${name}: floor`, colour, isDashed: true, points: line('floor') },
      ];
    });
  };
  const crowds = [...new Set(races.map(({ over }) => over))].flatMap((over, index) =>
    ['eleventh', 'naive loop'].map((who) => ({
      name: `${over}: ${who}`,
      colour: COLOURS[index],
      isDashed: who !== 'eleventh',
      points: races
        .filter((race) => race.over === over && race.who === who)
        .map(({ writers, slowest }) => ({ x: writers, y: slowest })),
    })),
  );
  return {
    'bench-services.svg': chart(
      'Cost against the number of services',
      'services',
      'milliseconds',
      against('services', 'deployments'),
    ),
    'bench-history.svg': chart(
      'Cost against the length of history',
      'deployments',
      'milliseconds',
      against('deployments', 'services'),
    ),
    'bench-writers.svg': chart('How long the last of many writers waits', 'writers at once', 'seconds', crowds),
  };
}

function count(number) {
  return number.toLocaleString('en');
}

function whole(number) {
  return number.toFixed(0);
}

function brief(number) {
  return number.toFixed(Number.isInteger(number) ? 0 : number < 10 ? 2 : 1);
}
