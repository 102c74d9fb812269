/** The exit codes of the command line: 1 failed, 2 usage, 3 refused by policy, 130 interrupted. */
export type ExitCode = 1 | 2 | 3 | 130;

export interface ErrorOptions {
  /** One line that can be pasted or followed; shown after the sentence. */
  readonly hint?: string;
  readonly exitCode?: ExitCode;
  /** Machine-readable facts for `--json`. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * Every refusal and failure that a user can meet: a stable code, one sentence that says what was refused and why,
 * and a hint. Anything else that is thrown is a bug.
 */
export class EleventhError extends Error {
  override readonly name = 'EleventhError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
    this.details = options.details ?? {};
  }
}

/** Returns the error of a request that the user has to write differently (exit code 2). */
export function usageError(code: string, message: string, hint?: string): EleventhError {
  return new EleventhError(code, message, { hint, exitCode: 2 });
}

/** Returns the error of a change that the workspace's rules refuse (exit code 3). */
export function refusal(code: string, message: string, options: Omit<ErrorOptions, 'exitCode'> = {}): EleventhError {
  return new EleventhError(code, message, { ...options, exitCode: 3 });
}
