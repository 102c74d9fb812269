// Runs the command lines of a documentation page, in order and in a world of its own, and returns the page with what
// they really print. In the page, invisible comments say what to do:
//
//   <!-- setup: command -->  runs, and nobody sees it; `new_build <service> <version> <subject>` is a build of its CI
//   <!-- run -->             the code block that follows is run and must succeed (`<!-- run: 3 -->`: must exit with 3)
//   <!-- output -->          the code block that follows is what the last run printed (`<!-- output: json -->`: lists cut)
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { EPOCH, playDemo } from './demo.mjs';

const DIRECTIVE = /^<!-- (setup|run|output)(?:: (.*?))? -->\n(?:```(\w+)\n([\s\S]*?)^```$)?/gm;
const MARK = '\u001e';
/** What the CI of a service of the example bank does after a commit on its main branch. */
const NEW_BUILD = `new_build() (
  cd "$HOME/services/$1"
  echo "- $3" >> CHANGES.md
  git add . && git commit --quiet --message "$3"
  manifests='--manifests k8s'
  [ -d k8s ] || manifests=''
  digest=$(printf '%s' "$1 $2" | git hash-object --stdin)
  eleventh pin --repo ../../deploy.git "$1" --version "$2" $manifests \\
    --image "ghcr.io/example-bank/$1@sha256:\${digest}000000000000000000000000" > /dev/null
)`;

/** The folder that a demo left, from which every page gets its copy. */
export class Worlds {
  #demo = playDemo();

  /** Returns a page with the true output of its command lines, or throws an error that names the failing one. */
  render(page) {
    const steps = [...page.matchAll(DIRECTIVE)].map(([, kind, argument = '', , code = '']) => ({
      kind,
      argument,
      code,
    }));
    if (steps.length === 0) return page;
    const outputs = this.#play(steps.filter(({ kind }) => kind !== 'output'));
    let last = '';
    return page.replace(DIRECTIVE, (whole, kind, argument, language) => {
      if (kind !== 'output') {
        last = outputs.shift();
        return whole;
      }
      const text = argument === 'json' ? shortened(last) : last;
      return `<!-- output${argument === undefined ? '' : `: ${argument}`} -->\n\`\`\`${language ?? 'text'}\n${text}\`\`\``;
    });
  }

  /** Removes what the demo left. */
  close() {
    rmSync(this.#demo.folder, { recursive: true, force: true });
  }

  #play(steps) {
    const world = mkdtempSync(join(realpathSync(tmpdir()), 'eleventh-docs-'));
    try {
      for (const name of ['deploy.git', 'bank', 'services', 'bin']) {
        cpSync(join(this.#demo.folder, name), join(world, name), { recursive: true });
      }
      const script = [
        NEW_BUILD,
        'git remote set-url origin ../deploy.git && git fetch --quiet --tags',
        ...steps.map(({ kind, argument, code }) => block(kind, argument, code)),
      ];
      const { stdout } = spawnSync('sh', ['-c', script.join('\n')], {
        cwd: join(world, 'bank'),
        encoding: 'utf8',
        env: environment(world),
        maxBuffer: 2 ** 26,
      });
      const outputs = stdout.split(MARK);
      if (outputs.length !== steps.length + 1) {
        const { argument, code } = steps[outputs.length - 1];
        throw new Error(`this did not end as it should:\n${code || argument}\n${outputs.at(-1)}`);
      }
      return outputs.slice(0, -1).map((output) => output.replaceAll(world, '~'));
    } finally {
      rmSync(world, { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

/** Returns the part of the script that runs a block; the folder that it changes to stays. */
function block(kind, argument, code) {
  const lines = kind === 'setup' ? argument : code;
  const exits = kind === 'run' && argument !== '' ? Number(argument) : 0;
  const run =
    exits === 0 ? `{ set -e\n${lines}\n} 2>&1` : `{ set +e\n( ${lines} ) 2>&1\n[ $? = ${exits} ] || exit 1\n}`;
  return `${run}\nprintf '\\036'`;
}

function environment(world) {
  const date = `${EPOCH} +0000`;
  return {
    PATH: `${join(world, 'bin')}${delimiter}${process.env.PATH}`,
    HOME: world,
    TZ: 'UTC',
    LC_ALL: 'C',
    ELEVENTH_CACHE: join(world, 'cache'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_PAGER: 'cat',
    GIT_AUTHOR_NAME: 'release-engineers',
    GIT_AUTHOR_EMAIL: 'release-engineers@example.com',
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: 'release-engineers',
    GIT_COMMITTER_EMAIL: 'release-engineers@example.com',
    GIT_COMMITTER_DATE: date,
    KUBECTL: process.env.KUBECTL ?? 'kubectl',
  };
}

/** Returns JSON with the first entry alone of every long list: enough to see its fields. */
function shortened(text) {
  const cut = (_key, value) =>
    Array.isArray(value) && value.length > 1 && typeof value[0] === 'object' ? value.slice(0, 1) : value;
  return `${JSON.stringify(JSON.parse(text), cut, 2)}\n`;
}
