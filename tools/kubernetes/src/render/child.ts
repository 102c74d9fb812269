import { type ExecFileException, execFile } from 'node:child_process';

/** What a renderer said, or why it said nothing. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  /** null when it could not be started, took too long or printed too much; `stderr` says which. */
  readonly exitCode: number | null;
}

export interface ChildOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Milliseconds after which it is ended. */
  readonly timeout: number;
}

const MOST_OUTPUT = 256 * 1024 * 1024;

/** Runs a program to its end, with nothing on its standard input; never throws. */
export function runChild(program: string, args: readonly string[], options: ChildOptions): Promise<Said> {
  return new Promise((resolve) => {
    const limits = { maxBuffer: MOST_OUTPUT, killSignal: 'SIGKILL' as const, windowsHide: true };
    const child = execFile(program, args, { ...options, ...limits }, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr, exitCode: 0 });
      else if (typeof error.code === 'number') resolve({ stdout, stderr, exitCode: error.code });
      else resolve({ stdout: '', stderr: reason(error, options), exitCode: null });
    });
    child.stdin?.on('error', () => {}); // It never read it.
    child.stdin?.end();
  });
}

function reason(error: ExecFileException, { timeout }: ChildOptions): string {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `it printed more than ${MOST_OUTPUT / 2 ** 20} MB`;
  if (error.killed === true) return `it took more than ${timeout / 1000} seconds`;
  return typeof error.code !== 'string' ? error.message : `it could not be started (${error.code})`;
}

/**
 * Returns the environment of a renderer: where programs are, and nothing else of the user's. What it would reach for
 * all the same leads nowhere. @param home an empty folder.
 */
export function bareEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): Record<string, string> {
  const kept = ['PATH', 'Path', 'SystemRoot', 'PATHEXT'].flatMap((name) =>
    env[name] === undefined ? [] : [[name, env[name]] as const],
  );
  const homes = ['HOME', 'USERPROFILE', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'KUSTOMIZE_PLUGIN_HOME'];
  const helmHomes = ['HELM_CONFIG_HOME', 'HELM_CACHE_HOME', 'HELM_DATA_HOME', 'HELM_PLUGINS'];
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries([...homes, ...helmHomes, 'TMPDIR', 'TEMP', 'TMP'].map((name) => [name, home])),
    ...Object.fromEntries(proxies.map((name) => [name, NOWHERE])),
    // A third less work: what runs for half a second need not tidy up so often.
    GOGC: '400',
    KUBECONFIG: '',
    GIT_ALLOW_PROTOCOL: 'none',
  };
}

/** The port that discards what it gets, where anything listens at all. */
const NOWHERE = 'http://127.0.0.1:9';
