import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Finding } from '../src/check/finding.ts';
import { RULE_PAGES } from '../src/rules/rules.ts';
import { type Case, filesBelow, findingsIn, serviceFiles } from './workspace.ts';

const BROKEN = join(import.meta.dirname, 'corpus/broken');
const GOOD = join(import.meta.dirname, 'corpus/good');

/** Returns a case: a file is the manifest of a service, a folder a workspace with `case.yaml` for what else is given. */
function caseAt(path: string, name: string): Case {
  if (statSync(path).isFile()) return { files: serviceFiles('payments', { [name]: readFileSync(path, 'utf8') }) };
  const files = filesBelow(path);
  const given = files.get('case.yaml');
  const options = (given === undefined ? {} : parse(given)) as Omit<Case, 'files'>;
  files.delete('case.yaml');
  return {
    files: [...files.keys()].some((file) => file.startsWith('apps/'))
      ? files
      : serviceFiles('payments', Object.fromEntries(files)),
    ...options,
  };
}

/** Returns what the comments of files say is to be found: `# finds: rule, rule` on the line itself. */
function expected({ files }: Case): string[] {
  const found = [...files].flatMap(([file, text]) =>
    text.split('\n').flatMap((line, index) => {
      const rules = /# finds: (.*)$/.exec(line)?.[1]?.split(', ') ?? [];
      return rules.map((rule) => `${file}:${index + 1} ${rule}`);
    }),
  );
  return found.filter((line) => !line.startsWith('rendered/')).sort();
}

function said({ file, line, rule }: Finding): string {
  return `${file}:${line} ${rule}`;
}

const broken = readdirSync(BROKEN).sort();

describe('broken manifests', () => {
  it.each(broken)('%s', async (name) => {
    const given = caseAt(join(BROKEN, name), name);
    const wanted = expected(given);
    expect(wanted.length).toBeGreaterThan(0);
    const findings = await findingsIn(given);
    expect(findings.map(said).sort(), JSON.stringify(findings, null, 1)).toEqual(wanted);
  });

  it('are sixty and more, and each rule finds one', () => {
    expect(broken.length).toBeGreaterThanOrEqual(60);
    const found = new Set(
      broken.flatMap((name) => expected(caseAt(join(BROKEN, name), name)).map((line) => line.split(' ')[1])),
    );
    // What a renderer says is no case of a manifest, nor is what a pin says.
    const others = ['does-not-render', 'requires-broken'];
    expect(RULE_PAGES.map(({ id }) => id).filter((id) => !found.has(id))).toEqual(others);
  });
});

const good = readdirSync(GOOD).sort();

describe('good manifests', () => {
  it.each(good)('%s', async (name) => {
    expect(await findingsIn(caseAt(join(GOOD, name), name))).toEqual([]);
  });

  it('are a hundred and more', () => {
    expect(good.length).toBeGreaterThanOrEqual(100);
  });
});
