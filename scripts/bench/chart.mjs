// Draws lines over two logarithmic axes as an SVG that reads on light and dark pages alike.
const WIDTH = 760;
const HEIGHT = 380;
const PLOT = { left: 76, top: 56, right: 520, bottom: 320 };
const INK = '#e6edf3';
const FAINT = '#8b949e';
const PAPER = '#0d1117';

/** Returns the picture of lines `{ name, colour, isDashed, points: [{ x, y }] }`; those without points are left out. */
export function chart(title, across, up, lines) {
  const drawn = lines.filter(({ points }) => points.length > 0);
  const points = drawn.flatMap((line) => line.points);
  const x = axis(
    points.map((point) => point.x),
    PLOT.left,
    PLOT.right,
  );
  const y = axis(
    points.map((point) => point.y),
    PLOT.bottom,
    PLOT.top,
  );
  const text = (at, words, attributes = '') =>
    `<text x="${round(at.x)}" y="${round(at.y)}" ${attributes}>${words}</text>`;
  const grid = [
    ...y.ticks.map((value) => {
      const at = y.place(value);
      return `<path d="M${PLOT.left} ${round(at)}H${PLOT.right}" stroke="${FAINT}" stroke-opacity="0.25"/>${text({ x: PLOT.left - 8, y: at + 4 }, label(value), `text-anchor="end" fill="${FAINT}"`)}`;
    }),
    ...[...new Set(points.map((point) => point.x))].map((value) =>
      text({ x: x.place(value), y: PLOT.bottom + 20 }, label(value), `text-anchor="middle" fill="${FAINT}"`),
    ),
  ];
  const marks = drawn.map(({ name, colour, isDashed, points: own }, index) => {
    const dash = isDashed ? ' stroke-dasharray="4 4"' : '';
    const path = own.map((point) => `${round(x.place(point.x))} ${round(y.place(point.y))}`).join('L');
    const dots = own.map(
      (point) => `<circle cx="${round(x.place(point.x))}" cy="${round(y.place(point.y))}" r="3" fill="${colour}"/>`,
    );
    const row = PLOT.top + 8 + index * 22;
    const key = `<path d="M${PLOT.right + 24} ${row}h28" stroke="${colour}" stroke-width="2"${dash}/>${text({ x: PLOT.right + 60, y: row + 4 }, name)}`;
    return `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>${dots.join('')}${key}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>${title}</title>
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
<g font-family="system-ui, sans-serif" font-size="13" fill="${INK}">
${text({ x: PLOT.left, y: 30 }, title, 'font-size="16" font-weight="bold"')}
${text({ x: PLOT.left, y: PLOT.top - 8 }, up, `fill="${FAINT}"`)}
${text({ x: (PLOT.left + PLOT.right) / 2, y: PLOT.bottom + 44 }, across, `text-anchor="middle" fill="${FAINT}"`)}
${[...grid, ...marks].join('\n')}
</g>
</svg>
`;
}

/** A logarithmic axis over the values, from one place of the picture to the other, with ticks at powers of ten. */
function axis(values, from, to) {
  const low = Math.log10(Math.min(...values));
  const high = Math.max(Math.log10(Math.max(...values)), low + 0.1);
  const [first, last] = [Math.floor(low), Math.ceil(high)];
  // Along the bottom the outermost values touch the edges; upwards there is room to the next powers of ten.
  const [begin, end] = from < to ? [low, high] : [first, last];
  return {
    place: (value) => from + ((Math.log10(value) - begin) / (end - begin)) * (to - from),
    ticks: Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index)),
  };
}

function label(value) {
  return value.toLocaleString('en', { maximumFractionDigits: 2 });
}

function round(number) {
  return Math.round(number * 10) / 10;
}
