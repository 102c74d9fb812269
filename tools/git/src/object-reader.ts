import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Socket } from 'node:net';
import { EleventhError, type Oid } from '@eleventh/core';
import { type Environment, type GitOptions, gitNotFound, startGit } from './git-process.ts';
import type { ObjectType } from './object-format.ts';

export interface FoundObject {
  readonly type: ObjectType;
  /** Empty when only information was asked for. */
  readonly content: Uint8Array;
}

interface Request {
  readonly command: 'info' | 'contents';
  readonly oid: Oid;
  readonly resolve: (object: FoundObject | undefined) => void;
  readonly reject: (error: unknown) => void;
  /** Whether a process died with this request unanswered. */
  retried: boolean;
}

/**
 * One `git cat-file --batch-command`, started at the first question. Questions are sent without waiting for answers,
 * which come in the same order: those of one turn of the program together, since a write for each, and an answer that
 * Git writes by itself, cost more than the reading. It never keeps the program alive while nobody waits for an answer.
 */
export class ObjectReader {
  readonly #where: Omit<GitOptions, 'input'>;
  #child: ChildProcessWithoutNullStreams | undefined;
  #waiting: Request[] = [];
  /** The questions of this turn, not sent yet. */
  #unsent = '';
  #isClosing = false;
  #chunks: Buffer[] = [];
  #size = 0;
  /** The number of bytes without which there is no use in looking at the chunks again. */
  #needed = 1;

  /** @param more where else its objects are. */
  constructor(gitDirectory: string, env: Environment, more: Pick<GitOptions, 'objectDirectory' | 'alternates'> = {}) {
    this.#where = { env, gitDirectory, ...more };
  }

  /** Starts the process before there is a question. */
  begin(): void {
    this.#child ??= this.#start();
    if (this.#waiting.length === 0) hold(this.#child, false);
  }

  /** Whether answers are due. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  info(oid: Oid): Promise<FoundObject | undefined> {
    return this.#ask('info', oid);
  }

  contents(oid: Oid): Promise<FoundObject | undefined> {
    return this.#ask('contents', oid);
  }

  /** Ends the process after the answers that are still due. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    // An answer that is still due must not let the program end before the process has.
    this.#isClosing = true;
    hold(child, true);
    this.#flush();
    child.stdin.end();
    await new Promise((resolve) => child.once('close', resolve));
  }

  #ask(command: Request['command'], oid: Oid): Promise<FoundObject | undefined> {
    return new Promise((resolve, reject) => this.#send({ command, oid, resolve, reject, retried: false }));
  }

  #send(request: Request): void {
    this.#child ??= this.#start();
    if (this.#waiting.length === 0) hold(this.#child, true);
    this.#waiting.push(request);
    if (this.#unsent === '') setImmediate(() => this.#flush());
    this.#unsent += `${request.command} ${request.oid}\n`;
  }

  #flush(): void {
    if (this.#unsent !== '') this.#child?.stdin.write(`${this.#unsent}flush\n`);
    this.#unsent = '';
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = startGit(['cat-file', '--batch-command', '--buffer'], this.#where);
    let complaint = '';
    let failure: unknown;
    child.stdin.on('error', () => {}); // It died: 'close' tells.
    child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk}`.slice(-2000);
    });
    child.on('error', (error) => {
      failure = gitNotFound(error);
    });
    child.once('close', () => this.#ended(failure, complaint));
    return child;
  }

  #ended(failure: unknown, complaint: string): void {
    const unanswered = this.#waiting;
    this.#child = undefined;
    this.#isClosing = false;
    this.#waiting = [];
    this.#unsent = '';
    this.#chunks = [];
    this.#size = 0;
    this.#needed = 1;
    for (const request of unanswered) {
      if (failure === undefined && !request.retried) this.#send(Object.assign(request, { retried: true }));
      else request.reject(failure ?? unreadable(request.oid, complaint));
    }
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#needed && this.#answer()) {}
  }

  /** Answers the first waiting request, if all of its answer has arrived. */
  #answer(): boolean {
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    const line = bytes.indexOf('\n');
    const request = this.#waiting[0];
    if (line < 0 || request === undefined) return this.#wait(bytes.length + 1);
    const [, type, length] = bytes.toString('latin1', 0, line).split(' ');
    const hasContent = length !== undefined && request.command === 'contents';
    const contentEnd = hasContent ? line + 1 + Number(length) : line;
    if (bytes.length <= contentEnd) return this.#wait(contentEnd + 1);
    const content = bytes.subarray(hasContent ? line + 1 : line, contentEnd);
    const rest = bytes.subarray(contentEnd + 1);
    this.#chunks = [rest];
    this.#size = rest.length;
    this.#needed = 1;
    this.#waiting.shift();
    if (this.#waiting.length === 0 && this.#child !== undefined && !this.#isClosing) hold(this.#child, false);
    request.resolve(length === undefined ? undefined : { type: type as ObjectType, content });
    return true;
  }

  #wait(bytes: number): false {
    this.#needed = bytes;
    return false;
  }
}

/** Makes the program wait for the process, or not. */
function hold(child: ChildProcessWithoutNullStreams, wait: boolean): void {
  // Node's types hide that the pipes of a child are sockets.
  for (const part of [child, child.stdin, child.stdout, child.stderr] as unknown as Socket[]) {
    if (wait) part.ref();
    else part.unref();
  }
}

function unreadable(oid: Oid, complaint: string): EleventhError {
  const reason = complaint.trim().split('\n').at(-1) || 'git cat-file ended without an answer';
  return new EleventhError('OBJECT_MISSING', `The object ${oid} cannot be read: ${reason}`, { details: { oid } });
}
