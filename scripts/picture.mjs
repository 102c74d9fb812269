// Draws docs/pictures/release.svg: some command lines of the demo with their real output, colours included, as a terminal
// shows them. With --check, changes nothing and fails when the picture is not what the demo says now.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { playDemo, withoutIds } from './reference/demo.mjs';
import { drawTerminal } from './reference/terminal.mjs';

const PICTURE = fileURLToPath(new URL('../docs/pictures/release.svg', import.meta.url));
/** The first and the last command line of the story that are shown. */
const FROM = 'eleventh promote preprod --to prod';
const TO = 'eleventh release prod';
const HIDDEN = /^git (?:clone|tag)/;

const { folder, scenes } = playDemo({ FORCE_COLOR: '1' });
rmSync(folder, { recursive: true });
const commands = scenes.map(({ command }) => command);
const shown = scenes
  .slice(commands.lastIndexOf(FROM), commands.lastIndexOf(TO) + 1)
  .filter(({ command }) => !HIDDEN.test(command));
const text = shown
  .map(({ folder: place, command, output }) =>
    `\u001b[2m${place} $\u001b[22m \u001b[1m${command}\u001b[22m\n${output}`.trimEnd(),
  )
  .join('\n\n');
const picture = drawTerminal(text, 'A release of a small bank, and its rollback with plain git');

if (!process.argv.includes('--check')) {
  writeFileSync(PICTURE, picture);
  console.log(`picture: drew ${shown.length} command lines`);
} else if (withoutIds(readFileSync(PICTURE, 'utf8')) !== withoutIds(picture)) {
  console.error('picture: docs/pictures/release.svg is not current. Run `npm run picture`, and look at it.');
  process.exitCode = 1;
} else console.log('picture: it is current');
