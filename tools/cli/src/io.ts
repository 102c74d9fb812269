/** Everything a command may know of the world outside: main.ts fills it in, tests fill in their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The program and script that start this command line once more, as the demo does for every step. */
  readonly self: readonly [program: string, script: string];
  /** The processes of this machine; without, nobody else is looked for. */
  readonly processes?: { readonly own: number; readonly isRunning: (id: number) => boolean };
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The offset of local time, such as `+0100`. */
  readonly zone: string;
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Has something done when the process ends, whatever ends it but a kill. */
  readonly atExit: (clean: () => void) => void;
  readonly readStdin: () => Promise<string>;
  /** Results. */
  readonly out: (text: string) => void;
  /** Everything else. */
  readonly err: (text: string) => void;
  readonly isOutTerminal: boolean;
  readonly isErrTerminal: boolean;
}
