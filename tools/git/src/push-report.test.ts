import { describe, expect, it } from 'vitest';
import { parsePushReport } from './push-report.ts';

const report = (...lines: string[]) => ['To /srv/x.git', ...lines, 'Done', ''].join('\n');
const rejected = (ref: string, reason: string) => `!\tabc:${ref}\t${reason}`;

describe('parsePushReport', () => {
  it('is accepted when Git says so', () => {
    expect(parsePushReport(report('=\tabc:refs/heads/x\t[up to date]'), '', 0)).toEqual({ kind: 'accepted' });
  });

  it.each([
    '[rejected] (stale info)',
    '[rejected] (fetch first)',
    '[rejected] (non-fast-forward)',
    '[rejected] (already exists)',
    '[remote rejected] (failed to lock)',
    "[remote rejected] (cannot lock ref 'refs/heads/x': is at 1f2e but expected 3d4c)",
    "[remote rejected] (cannot lock ref 'refs/heads/x': reference already exists)",
    '[remote rejected] (incorrect old value provided)',
    '[remote rejected] (reference already exists)',
  ])('is stale for %s', (reason) => {
    const stdout = report(
      rejected('refs/heads/x', reason),
      rejected('refs/tags/v1', '[rejected] (atomic push failed)'),
    );
    expect(parsePushReport(stdout, "error: failed to push some refs to '/srv/x.git'\n", 1)).toEqual({ kind: 'stale' });
  });

  it('is stale when refs that were to be deleted did not follow', () => {
    const gone = '!\t(delete):refs/eleventh/x\t[rejected] (atomic push failed)';
    const stdout = report(gone, rejected('refs/heads/x', '[rejected] (stale info)'), gone);
    expect(parsePushReport(stdout, '', 1)).toEqual({ kind: 'stale' });
  });

  it.each([
    "remote: error: cannot lock ref 'refs/heads/x': is at 1f2e but expected 3d4c        ",
    "remote: error: cannot lock ref 'refs/heads/x': Unable to create '/srv/x.git/refs/heads/x.lock': File exists.",
    '',
  ])('is stale when an atomic transaction failed and the server said %j', (line) => {
    const stdout = report(rejected('refs/heads/x', '[remote rejected] (atomic transaction failed)'));
    expect(parsePushReport(stdout, `${line}\n`, 1)).toEqual({ kind: 'stale' });
  });

  it('is refused, not stale, when a branch cannot exist beside another', () => {
    const line =
      "remote: error: cannot lock ref 'refs/heads/n/x': 'refs/heads/n' exists; cannot create 'refs/heads/n/x'";
    expect(
      parsePushReport(report(rejected('refs/heads/n/x', '[remote rejected] (failed to update ref)')), line, 1),
    ).toEqual({
      kind: 'refused',
      message: "error: cannot lock ref 'refs/heads/n/x': 'refs/heads/n' exists; cannot create 'refs/heads/n/x'",
    });
  });

  it('is stale when our own hook saw that somebody else was first', () => {
    const stdout = report(rejected('refs/heads/x', '[remote rejected] (pre-receive hook declined)'));
    const line = 'remote: error [PUSH_OVERTAKEN] Somebody else moved x meanwhile, so nothing was taken.        ';
    expect(parsePushReport(stdout, `${line}\n`, 1)).toEqual({ kind: 'stale' });
  });

  it("keeps a hook's own words, even if they sound like a lost race, and no secret", () => {
    const stdout = report(
      rejected('refs/heads/x', '[remote rejected] (pre-receive hook declined)'),
      rejected('refs/heads/y', '[remote rejected] (atomic push failure)'),
    );
    const stderr =
      'remote: No entry on Friday: the window already exists.        \nremote: \nremote: see https://a:b@h/x\n';
    expect(parsePushReport(stdout, stderr, 1)).toEqual({
      kind: 'refused',
      message: 'pre-receive hook declined\nNo entry on Friday: the window already exists.\nsee https://h/x',
    });
  });

  it('says why a server could not unpack', () => {
    const stderr = 'error: remote unpack failed: unable to create temporary object directory\n';
    expect(parsePushReport(report(rejected('refs/heads/x', '[remote rejected] (unpacker error)')), stderr, 1)).toEqual({
      kind: 'refused',
      message: 'unpacker error\nremote unpack failed: unable to create temporary object directory',
    });
  });

  it('is unknown when the server went silent after receiving', () => {
    const stdout = report(rejected('refs/heads/x', '[remote failure] (remote failed to report status)'));
    expect(parsePushReport(stdout, '', 1)?.kind).toBe('unknown');
  });

  it('is null when no ref was reported', () => {
    expect(parsePushReport('', 'fatal: Could not read from remote repository.\n', 128)).toBeNull();
  });
});
