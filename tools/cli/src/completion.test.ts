import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { completionScript, type Shell } from './completion.ts';

function program(): Command {
  const root = new Command('eleventh').option('--repo <url|path>', 'the repository').option('--json', 'print JSON');
  root
    .command('pin <id>')
    .description("Pin a build: it's one commit")
    .option('--image <ref...>', 'an image')
    .option('-c, --commit <sha>', 'the commit')
    .option('--manifests <dir>', 'a folder')
    .option('--batch <file>', 'a file')
    .addOption(new Option('--secret', 'not shown').hideHelp());
  root
    .command('release')
    .addOption(new Option('--bump <level>', 'which number').choices(['major', 'minor', 'patch']))
    .addOption(new Option('--sign [how]', 'sign the tag').choices(['ssh', 'openpgp']));
  const service = root.command('service').alias('svc').description('Services');
  service.command('add <id>').option('--owner <team>', '$(touch evaluated) `touch evaluated` "quoted" %s');
  service.command('remove <id>').alias('rm');
  root.command('completion').addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']));
  root.command('init').argument('<dir>', 'where');
  root.command('internal', { hidden: true });
  return root;
}

const folder = mkdtempSync(join(tmpdir(), 'completion-'));
mkdirSync(join(folder, 'k8s files'));
writeFileSync(join(folder, 'kinds.jsonl'), '');
afterAll(() => rmSync(folder, { recursive: true }));

function scriptFile(shell: Shell): string {
  const path = join(folder, `script.${shell}`);
  writeFileSync(path, completionScript(shell, program()));
  return path;
}

function run(shell: string, ...args: string[]): string[] {
  const result = spawnSync(shell, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder },
  });
  expect(result.stderr).toBe('');
  return result.stdout.split('\n').slice(0, -1);
}

/** Returns what bash offers at the end of a line, told of the line as readline tells it: words also end at = and :. */
function bash(line: string): string[] {
  const words: string[] = line.match(/[=:]+|[^\s=:]+/g) ?? [];
  if (/\s$/.test(line)) words.push('');
  const state = `COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDS=("\${@:2}") COMP_CWORD=$(($# - 2))`;
  const print = `[ \${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run(
    'bash',
    '--norc',
    '-c',
    `. ${scriptFile('bash')}; ${state}; _eleventh_complete; ${print}`,
    'bash',
    line,
    ...words,
  );
}

function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

describe('bash', () => {
  it('offers the commands', () => {
    expect(bash('eleventh ')).toEqual(['pin', 'release', 'service', 'completion', 'init', 'help']);
    expect(bash('eleventh p')).toEqual(['pin']);
    expect(bash('eleventh nothing')).toEqual([]);
  });

  it('offers the commands of a command, also of one called by its alias and behind options', () => {
    expect(bash('eleventh service ')).toEqual(['add', 'remove', 'help']);
    expect(bash('eleventh --repo https://host:8443/x.git --json svc r')).toEqual(['remove']);
    expect(bash('eleventh --repo=git@host:x svc r')).toEqual(['remove']);
  });

  it("offers a command's options and those of the commands above it, hidden ones never", () => {
    expect(bash('eleventh svc add --')).toEqual(['--owner', '--help', '--repo', '--json']);
    expect(bash('eleventh pin --se')).toEqual([]);
    expect(bash('eleventh service rm payments ')).toEqual(['-h', '--help', '--repo', '--json']);
  });

  it('offers the choices of an option in both spellings, and nothing for a value that nobody knows', () => {
    expect(bash('eleventh release --bump ')).toEqual(['major', 'minor', 'patch']);
    expect(bash('eleventh release --bump m')).toEqual(['major', 'minor']);
    expect(bash('eleventh release --bump=m')).toEqual(['major', 'minor']);
    expect(bash('eleventh release --bump=')).toEqual(['major', 'minor', 'patch']);
    expect(bash('eleventh pin --commit ')).toEqual([]);
    expect(bash('eleventh pin -c ')).toEqual([]);
  });

  it('takes the words of an optional and of a repeated value for what they are', () => {
    expect(bash('eleventh release --sign o')).toEqual(['openpgp']);
    expect(bash('eleventh release --sign --b')).toEqual(['--bump']);
    expect(bash('eleventh release --sign ssh --bump p')).toEqual(['patch']);
    expect(bash('eleventh pin --image a:1 service --comm')).toEqual(['--commit']);
  });

  it('offers the choices of an argument', () => {
    expect(bash('eleventh completion ')).toEqual(['bash', 'zsh', 'fish']);
    expect(bash('eleventh completion --json z')).toEqual(['zsh']);
  });

  it('offers folders and files where they are meant', () => {
    expect(bash('eleventh pin --manifests ')).toEqual(['k8s files']);
    expect(bash('eleventh pin --manifests=k')).toEqual(['k8s files']);
    expect(bash('eleventh pin --batch k').sort()).toEqual(['k8s files', 'kinds.jsonl']);
    expect(bash('eleventh init k')).toEqual(['k8s files']);
  });

  it('evaluates nothing that stands on the line or in a description', () => {
    bash('eleventh $(touch evaluated) `touch evaluated` --repo $(touch evaluated)');
    bash('eleventh service add --');
    expect(run('ls')).not.toContain('evaluated');
  });

  it('repeats the option when readline keeps = inside of words', () => {
    const line = 'eleventh release --bump=m';
    const state = `COMP_WORDBREAKS=' ' COMP_LINE='${line}' COMP_POINT=${line.length} COMP_WORDS=(${line}) COMP_CWORD=2`;
    const print = `printf '%s\\n' "\${COMPREPLY[@]}"`;
    const offered = run('bash', '--norc', '-c', `. ${scriptFile('bash')}; ${state}; _eleventh_complete; ${print}`);
    expect(offered).toEqual(['--bump=major', '--bump=minor']);
  });
});

describe.skipIf(!has('zsh'))('zsh (skipped where zsh is not installed)', () => {
  it('parses', () => {
    expect(run('zsh', '-f', '-n', scriptFile('zsh'))).toEqual([]);
  });

  it('runs the shared function as bash does', () => {
    const load = `compdef() { }; source ${scriptFile('zsh')}`;
    expect(run('zsh', '-f', '-c', `${load}; _eleventh_candidates release --bump ''`)).toEqual([
      'major',
      'minor',
      'patch',
    ]);
    expect(run('zsh', '-f', '-c', `${load}; _eleventh_candidates svc ''`)).toEqual(
      bash('eleventh svc ').map((name) => expect.stringMatching(`^${name}\t`)),
    );
  });
});

describe.skipIf(!has('fish'))('fish (skipped where fish is not installed)', () => {
  function fish(line: string): string[] {
    return run('fish', '--no-config', '-c', `source ${scriptFile('fish')}; complete -C '${line}'`);
  }

  it('offers what bash offers, with descriptions', () => {
    expect(fish('eleventh p')).toEqual(["pin\tPin a build: it's one commit"]);
    expect(fish('eleventh release --bump=m')).toEqual(['--bump=major', '--bump=minor']);
    expect(fish('eleventh --json svc add --o')).toEqual(['--owner\t$(touch evaluated) `touch evaluated` "quoted" %s']);
    expect(fish('eleventh pin --manifests k')[0]).toMatch(/^k8s files\//);
    expect(run('ls')).not.toContain('evaluated');
  });
});

it('runs in the sh of every system', () => {
  const script = completionScript('bash', program());
  const shared = script.slice(script.indexOf('_eleventh_candidates()'), script.indexOf('_eleventh_complete()'));
  expect(execFileSync('sh', ['-c', `${shared}\n_eleventh_candidates service rem`], { encoding: 'utf8' })).toContain(
    'remove\t',
  );
});
