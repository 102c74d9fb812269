// Collects every error of the sources: its code, its exit code and the sentences that go with it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What makes errors, and the exit code unless the call says another. Other functions are followed to one of these. */
const MAKERS = { EleventhError: 1, usageError: 2, refusal: 3 };
const CALL = /\b(\w+)\(\s*'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'\s*,/g;

/** Returns the errors by code: exit codes, sentences, and the sources (relative paths) that have them. */
function collectErrors(root) {
  const errors = new Map();
  for (const path of sources(root)) {
    const text = readFileSync(join(root, path), 'utf8');
    for (const match of text.matchAll(CALL)) {
      const [, name, code] = match;
      const open = match.index + match[0].indexOf('(');
      const call = text.slice(open + 1, end(text, open));
      const exitCode = Number(/\bexitCode: (\d+)/.exec(call)?.[1] ?? exitCodeOf(name, text));
      const found = sentences(call.slice(call.indexOf(',') + 1), text.slice(0, match.index));
      if (Number.isNaN(exitCode)) continue;
      if (found.length === 0) throw new Error(`${path}: ${code} has no sentence that can be found`);
      const error = errors.get(code) ?? { exitCodes: new Set(), sentences: new Set(), paths: new Set() };
      errors.set(code, error);
      error.exitCodes.add(exitCode);
      for (const sentence of found) error.sentences.add(sentence);
      error.paths.add(path);
    }
  }
  return new Map([...errors].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sources(root) {
  const folders = readdirSync(join(root, 'tools')).map((name) => join('tools', name, 'src'));
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((path) => join(folder, path)),
  );
  return files.filter((path) => path.endsWith('.ts') && !/\.(?:test|fixture)\.ts$/.test(path)).sort();
}

/** Returns the exit code of a function of the same file that makes errors, by what it calls. */
function exitCodeOf(name, text) {
  if (name in MAKERS) return MAKERS[name];
  const definition = new RegExp(
    `(?:function ${name}\\(|const ${name} = )[\\s\\S]*?\\b(EleventhError|usageError|refusal)\\(`,
  ).exec(text);
  return definition === null ? Number.NaN : MAKERS[definition[1]];
}

/** Returns the index of the bracket that closes the one at `open`. */
function end(text, open) {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    const character = text[at];
    if ('\'"`'.includes(character)) at = literalEnd(text, at);
    else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return text.length;
}

/** Returns the index of the quotation mark that ends the literal which starts at `start`. */
function literalEnd(text, start) {
  const mark = text[start];
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (mark === '`' && text.startsWith('${', at)) at = end(text, at + 1);
    else if (text[at] === mark) return at;
  }
  return text.length;
}

/** Returns the literals of the first argument that holds words, or of the constant that it names. */
function sentences(args, before) {
  for (const argument of split(args)) {
    const own = literals(argument).filter((text) => text.includes(' '));
    if (own.length > 0) return own.map(readable);
    const name = /^\s*(\w+)\s*$/.exec(argument)?.[1];
    const at = name === undefined ? -1 : before.lastIndexOf(`const ${name} =`);
    if (at < 0) continue;
    const named = literals(before.slice(at, before.indexOf(';\n', at))).filter((text) => text.includes(' '));
    if (named.length > 0) return named.map(readable);
  }
  return [];
}

function split(args) {
  const parts = [''];
  for (let at = 0; at < args.length; at += 1) {
    const stop = '\'"`'.includes(args[at]) ? literalEnd(args, at) : '([{'.includes(args[at]) ? end(args, at) : at;
    if (args[at] === ',') parts.push('');
    else parts[parts.length - 1] += args.slice(at, stop + 1);
    at = stop;
  }
  return parts;
}

function literals(text) {
  const found = [];
  for (let at = 0; at < text.length; at += 1) {
    if (!'\'"`'.includes(text[at])) continue;
    const stop = literalEnd(text, at);
    found.push(text.slice(at + 1, stop));
    at = stop;
  }
  return found;
}

/** Returns a template as a sentence: what the program fills in becomes `‹what it is›`. */
function readable(template) {
  let sentence = '';
  for (let at = 0; at < template.length; at += 1) {
    if (!template.startsWith('${', at)) {
      if (template[at] === '\\') at += 1;
      sentence += template[at];
      continue;
    }
    const stop = end(template, at + 1);
    sentence += placeholder(template.slice(at + 2, stop));
    at = stop;
  }
  return sentence.replace(/….$/, '…');
}

const UNTOLD = new Set(['name', 'label', 'oid', 'undefined', 'as', 'Error', 'NodeJS', 'ErrnoException', 'JSON']);

/** Returns what a program's expression is about: its first name, or the field of it that says more. */
function placeholder(expression) {
  if (/(?<!\?)\?(?![.?])/.test(expression) && literals(expression).length > 0) return '…';
  const names = [...expression.matchAll(/(?<![\w'"`])([A-Za-z_]\w*)(?![\w(])/g)].map(([, name]) => name);
  const [first = names[0] ?? '…', second = ''] = names.filter((name) => !UNTOLD.has(name));
  const shown = expression.includes(`${first}.${second}`) && second !== '' ? second : first;
  return `‹${/[a-z]/.test(shown) ? shown.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) : shown.toLowerCase().replaceAll('_', ' ')}›`;
}

/** Returns the page of all errors. */
export function errorsPage(root) {
  const rows = [...collectErrors(root)].map(([code, { exitCodes, sentences }]) => {
    const told = [...sentences].map((sentence) => sentence.replaceAll('|', '\\|').replaceAll('<', '\\<')).join('<br>');
    return `| \`${code}\` | ${[...exitCodes].sort().join(', ')} | ${told} |`;
  });
  return `# Errors

Every refusal and failure has a code that stays the same, one sentence that says what was refused and why, and mostly a
hint that can be pasted, as the last line. With \`--json\` it is a value: see [errors in JSON](json.md#errors).
No ref has moved when a command ends with an error, except \`PUSH_FAILED\`: then the connection broke, and running the
command again finishes or finds it done.

| exit code | means |
| --- | --- |
| 0 | done, or nothing to do |
| 1 | failed: the repository, the network, this machine, or a file that is not what it should be |
| 2 | usage: the command line has to be written differently |
| 3 | refused by policy: the workspace's rules, or a rule that always holds |
| 130 | interrupted |

What the program fills in is ‹between these marks›.

| code | exit | sentence |
| --- | --- | --- |
${rows.join('\n')}
`;
}
