import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitByHand } from './by-hand.ts';
import { Gated } from './gated.ts';

export const AUTHOR = 'author@example.com';
export const ADA = 'Ada <ada@example.com>';

/** A workspace in which people have keys, and main says whose they are. */
export class Signed {
  readonly gated: Gated;
  readonly keys: ReadonlyMap<string, { readonly file: string; readonly key: string }>;

  private constructor(gated: Gated) {
    this.gated = gated;
    const { root } = gated.world;
    const names = [AUTHOR, 'ada@example.com', 'eve@example.com'];
    this.keys = new Map(
      names.map((email) => {
        const file = join(root, `key-of-${email}`);
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', email, '-f', file]);
        return [email, { file, key: readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ') }];
      }),
    );
  }

  /** @param policy of prod, in YAML flow style. Nobody signs anything yet. */
  static async with(policy: string): Promise<Signed> {
    const signed = new Signed(await Gated.with(policy));
    signed.list(AUTHOR, 'ada@example.com');
    return signed;
  }

  /** Says on main whose keys hold: lines, or the e-mail addresses of people. */
  list(...lines: string[]): void {
    const listed = lines.map((line) => (this.keys.has(line) ? this.line(line) : line));
    commitByHand(this.gated.world, 'main', { 'environments/allowed_signers': `# Keys\n${listed.join('\n')}\n` });
  }

  line(email: string, options = ''): string {
    return `${email} ${options} ${this.keys.get(email)?.key}`;
  }

  /** Makes everybody who runs something from now on sign with somebody's key. */
  signAs(email: string | null): void {
    const file = this.keys.get(email ?? '')?.file ?? '';
    this.gated.config =
      email === null ? {} : { 'gpg.format': 'ssh', 'user.signingKey': file, 'commit.gpgSign': 'true' };
  }

  /** Returns what `verify` finds. */
  async found(): Promise<string[]> {
    const { stdout } = await this.gated.run(['verify', '--repo', this.gated.world.remote, '--json']);
    const { findings } = JSON.parse(stdout) as { findings: { rule: string; message: string }[] };
    return findings.map(({ rule, message }) => `${rule}: ${message}`);
  }

  /** Checks with plain Git and ssh-keygen that a commit or tag is signed by a listed key. */
  async verify(command: 'verify-commit' | 'verify-tag', name: string): Promise<void> {
    const { world } = this.gated;
    const file = join(world.root, 'allowed');
    writeFileSync(file, await world.ask('show', 'main:environments/allowed_signers'));
    await world.ask('-c', `gpg.ssh.allowedSignersFile=${file}`, command, name);
  }
}
