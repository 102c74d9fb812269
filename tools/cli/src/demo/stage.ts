import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { EleventhError } from '@eleventh/core';
import type { Io } from '../io.ts';
import type { Painter } from '../screen/paint.ts';

/** One command line that the demo ran, and what came of it. */
export interface Scene {
  readonly act: string;
  /** The folder it ran in, below the demo's; empty for that one itself. */
  readonly folder: string;
  readonly command: string;
  readonly exitCode: number;
  /** Everything it printed. */
  readonly output: string;
}

export interface Direction {
  /** The folder to run in, below the demo's. */
  readonly in?: string;
  /** The team that runs it. Default: the release engineers. */
  readonly as?: string;
  /** Variables that the command line uses. */
  readonly env?: Readonly<Record<string, string>>;
  /** The status it has to end with. Default 0. */
  readonly exits?: number;
  /** How much of it the audience sees. Default `all`. */
  readonly show?: 'all' | 'first line' | 'nothing';
}

/** What of the user's environment reaches a command: how programs are found, nothing about repositories or a CI. */
const KEPT = /^(?:PATH|PATHEXT|SYSTEMROOT|COMSPEC|TMPDIR|TEMP|TMP)$/i;
/** The story takes a working day that ends now: so many seconds pass with every command, seen or not. */
const DAY = 8 * 60 * 60;
const PACE = { seen: 7 * 60, unseen: 60 };

/**
 * The temporary folder in which the demo plays. Every command line runs in a shell, exactly as it is shown, with the
 * command line itself and Git alone: no configuration of the user's takes part.
 */
export class Stage {
  readonly root: string;
  readonly scenes: Scene[] = [];
  readonly #io: Io;
  readonly #painter: Painter;
  readonly #isQuiet: boolean;
  #time: number;
  #act = '';
  /** Whether the last command showed one line alone: such commands stand together. */
  #wasBrief = false;

  constructor(root: string, io: Io, painter: Painter, isQuiet: boolean) {
    this.root = root;
    this.#io = io;
    this.#painter = painter;
    this.#isQuiet = isQuiet;
    const epoch = Number(io.env.SOURCE_DATE_EPOCH || Number.NaN);
    this.#time = (Number.isSafeInteger(epoch) ? epoch : Math.floor(io.now() / 1000)) - DAY;
  }

  /** The folder of programs that goes in front of PATH, so that `eleventh` is this one. */
  get programs(): string {
    return join(this.root, 'bin');
  }

  /** Puts `eleventh` where the shell finds it. */
  async build(): Promise<void> {
    const program = join(this.programs, 'eleventh');
    await mkdir(this.programs, { recursive: true });
    await writeFile(program, `#!/bin/sh\nexec ${this.#io.self.map(shellWord).join(' ')} "$@"\n`);
    await chmod(program, 0o755);
  }

  /** Begins a part of the story. */
  act(title: string, ...lines: readonly string[]): void {
    this.#act = title;
    this.#print(
      `\n${this.#painter.cyan(this.#painter.bold(`── ${title} ${'─'.repeat(Math.max(3, 84 - title.length))}`))}\n`,
    );
    this.say(...lines);
  }

  /** Tells the audience something, in lines of its own. */
  say(...lines: readonly string[]): void {
    this.#wasBrief = false;
    this.#print(`\n${lines.map((line) => `${line}\n`).join('')}`);
  }

  /** Runs a command line and returns what it printed; throws `DEMO_FAILED` when it ends otherwise than it should. */
  async run(command: string, direction: Direction = {}): Promise<string> {
    const { in: folder = '', exits = 0, show = 'all' } = direction;
    const { $, quote } = await import('zx');
    this.#time += show === 'nothing' ? PACE.unseen : PACE.seen;
    const shell = $({
      cwd: join(this.root, folder),
      env: this.#environment(direction),
      // Without bash, zx takes the system's shell and leaves these two to us.
      prefix: '',
      quote,
      quiet: true,
      nothrow: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // As one literal piece, so that the shell gets the very line that people see.
    const { exitCode, stdout, stderr } = await shell([command] as unknown as TemplateStringsArray);
    const output = stdout + stderr;
    if (exitCode !== exits) throw failed(command, join(this.root, folder), exitCode, output);
    if (show === 'nothing') return output;
    this.scenes.push({ act: this.#act, folder, command, exitCode, output });
    this.#show(folder, command, show === 'all' ? output : `${output.split('\n')[0] ?? ''}\n`, show === 'first line');
    return output;
  }

  #show(folder: string, command: string, output: string, isBrief: boolean): void {
    const { bold, dim } = this.#painter;
    const prompt = folder === '' ? '' : `${dim(folder)} `;
    const gap = isBrief && this.#wasBrief ? '' : '\n';
    this.#wasBrief = isBrief;
    this.#print(`${gap}${prompt}${dim('$')} ${bold(command)}\n${output.replace(/\n*$/, output === '' ? '' : '\n')}`);
  }

  #environment({ as = 'release-engineers', env }: Direction): Record<string, string> {
    const kept = Object.entries(this.#io.env).filter(
      (entry): entry is [string, string] => KEPT.test(entry[0]) && entry[1] !== undefined,
    );
    const path = kept.find(([name]) => name.toUpperCase() === 'PATH')?.[1] ?? '';
    const date = `${this.#time} +0000`;
    return {
      ...Object.fromEntries(kept.filter(([name]) => name.toUpperCase() !== 'PATH')),
      PATH: `${this.programs}${delimiter}${path}`,
      HOME: this.root,
      TZ: 'UTC',
      LC_ALL: 'C',
      ELEVENTH_REPO: join(this.root, 'deploy.git'),
      ELEVENTH_CACHE: join(this.root, 'cache'),
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PAGER: 'cat',
      GIT_AUTHOR_NAME: as,
      GIT_AUTHOR_EMAIL: `${as}@example.com`,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: as,
      GIT_COMMITTER_EMAIL: `${as}@example.com`,
      GIT_COMMITTER_DATE: date,
      ...(this.#painter.isColorSupported ? { FORCE_COLOR: '1' } : {}),
      ...env,
    };
  }

  #print(text: string): void {
    if (!this.#isQuiet) this.#io.out(text);
  }
}

/** Returns text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function failed(command: string, folder: string, exitCode: number | null, output: string): EleventhError {
  const last = output.trim().split('\n').at(-1) ?? '';
  return new EleventhError('DEMO_FAILED', `The demo stopped: ${command} ended with status ${exitCode}. ${last}`, {
    hint: `cd ${shellWord(folder)}`,
    details: { command, folder, exitCode, output },
  });
}
