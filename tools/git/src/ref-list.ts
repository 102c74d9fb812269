import { EleventhError, isOid, type Oid, type Refs } from '@eleventh/core';

/** The refs of a remote at one moment, with those by which writers talk to each other. */
export interface Listing extends Refs {
  /** What stands below `refs/eleventh/`, by full name. */
  readonly queue: ReadonlyMap<string, Oid>;
}

/** Returns what `git ls-remote --symref` printed. Throws `BAD_REPOSITORY` for a repository that uses SHA-256. */
export function parseRefList(output: string): Listing {
  let head: string | null = null;
  const branches = new Map<string, Oid>();
  const tags = new Map<string, { oid: Oid; commit: Oid }>();
  const queue = new Map<string, Oid>();
  for (const line of output.split('\n')) {
    const [value = '', ref = ''] = line.split('\t');
    if (/^[0-9a-f]{64}$/.test(value)) throw sha256();
    if (ref === 'HEAD' && value.startsWith('ref: refs/heads/')) head = value.slice('ref: refs/heads/'.length);
    if (!isOid(value)) continue;
    if (ref.startsWith('refs/heads/')) branches.set(ref.slice('refs/heads/'.length), value);
    // What a tag means is no ref of its own.
    if (ref.startsWith('refs/eleventh/') && !ref.endsWith('^{}')) queue.set(ref, value);
    if (!ref.startsWith('refs/tags/')) continue;
    const name = ref.slice('refs/tags/'.length);
    const tagged = name.endsWith('^{}') ? tags.get(name.slice(0, -3)) : undefined;
    if (tagged === undefined) tags.set(name, { oid: value, commit: value });
    else tagged.commit = value;
  }
  return { head, branches, tags, queue };
}

function sha256(): EleventhError {
  return new EleventhError(
    'BAD_REPOSITORY',
    'The repository uses SHA-256 object names, which Eleventh cannot read yet.',
    {
      hint: 'git init --bare --object-format=sha1',
    },
  );
}
