// Draws text with terminal colours as an SVG: dark, readable at any size, the same bytes for the same text.

const CELL = { width: 8.4, height: 20 };
const MARGIN = 20;
const COLOURS = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 34: '#79c0ff', 35: '#d2a8ff', 36: '#76e3ea' };
const INK = '#e6edf3';
const FAINT = '#8b949e';
const PAPER = '#0d1117';
const ESCAPE = String.fromCharCode(27);
/** A colour or style, in the text between which everything looks the same. */
const STYLE = new RegExp(`${ESCAPE}\\[([\\d;]*)m`);

/** Returns the picture of some lines; the title is what is read aloud. */
export function drawTerminal(text, title) {
  const lines = runs(text);
  const columns = Math.max(...lines.map((line) => line.reduce((sum, run) => sum + [...run.text].length, 0)));
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${INK}">
${lines.map(drawLine).filter(Boolean).join('\n')}
</g>
</svg>
`;
}

/** Draws every run at its own place and length, so that columns stay in line whatever the font. */
function drawLine(line, row) {
  const y = MARGIN + (row + 0.75) * CELL.height;
  let column = 0;
  return line
    .map(({ text, colour, isBold, isFaint }) => {
      const shown = text.trim();
      const start = column + text.length - text.trimStart().length;
      column += [...text].length;
      if (shown === '') return '';
      const place = `x="${tenths(MARGIN + start * CELL.width)}" y="${y}" textLength="${tenths([...shown].length * CELL.width)}"`;
      const fill = colour ?? (isFaint ? FAINT : undefined);
      return `<text ${place}${fill === undefined ? '' : ` fill="${fill}"`}${isBold ? ' font-weight="bold"' : ''}>${escaped(shown)}</text>`;
    })
    .join('');
}

/** Returns each line as runs of text with one style. */
function runs(text) {
  let style = {};
  return text.split('\n').map((line) => {
    const found = [];
    // Split by a pattern with one group, every second part is what the group held.
    for (const [index, part] of line.split(STYLE).entries()) {
      if (index % 2 === 0)
        found.push(
          ...part
            .split(/( {2,})/)
            .filter(Boolean)
            .map((piece) => ({ text: piece, ...style })),
        );
      else for (const code of part.split(';')) style = styled(style, Number(code));
    }
    return found;
  });
}

function styled(style, code) {
  if (code === 0) return {};
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isFaint: true };
  if (code === 22) return { ...style, isBold: false, isFaint: false };
  if (code === 39) return { ...style, colour: undefined };
  return COLOURS[code] === undefined ? style : { ...style, colour: COLOURS[code] };
}

function tenths(number) {
  return String(Math.round(number * 10) / 10);
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
