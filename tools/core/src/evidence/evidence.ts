import { ATTESTATIONS } from '../files/workspace-file.ts';
import { utf8 } from '../files/yaml-file.ts';
import type { Signed, Snapshot, View } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';
import type { BlockStatement, Statement, Subject } from './statement.ts';
import { badStatement, parseStatement } from './statement-file.ts';
import { BLOCKS, BREAK_GLASS, blocksFolderOf, folderFor, folderOf, signaturePath } from './statement-path.ts';

/** A statement with the name of its file. */
export type Filed<S extends Statement = Statement> = S & { readonly file: string };

/** What is known of recipes, builds and services: the attestations branch, read as far as it is asked for. */
export class Evidence {
  readonly #snapshot: Snapshot;

  /** @param snapshot a state of the attestations branch. */
  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  /** Returns the newest state of the attestations branch; without one, nothing is known. */
  static async in(view: View, { attestations }: Pick<Workspace, 'attestations'>): Promise<Evidence> {
    const head = view.refs.branches.get(attestations);
    return new Evidence(await view.snapshot(head === undefined ? EMPTY_TREE : await treeOf(view, head)));
  }

  /** Reads every block side by side with something else, before it is known that the branch has another name. */
  static async readAhead(view: View): Promise<void> {
    const head = view.refs.branches.get(ATTESTATIONS);
    if (head === undefined) return;
    await treeOf(view, head);
    await view.readAhead([head], [`${BLOCKS}/**`]);
  }

  /** Returns what is known of a subject besides blocks, in the order of times. Throws `BAD_STATEMENT`. */
  of(subject: Subject): Promise<Filed[]> {
    return this.#in(folderOf(subject));
  }

  /** Returns a statement as it is signed, or null for one that is not. */
  async signed(statement: Filed): Promise<Signed | null> {
    const path = `${folderFor(statement)}/${statement.file}`;
    const [payload, signature] = await Promise.all([path, signaturePath(path)].map((one) => this.#snapshot.read(one)));
    if (payload == null || signature == null) return null;
    return { payload, signature: new TextDecoder().decode(signature) };
  }

  async #in(folder: string): Promise<Filed[]> {
    const entries = (await this.#snapshot.list(folder)).filter(({ name }) => name.endsWith('.json'));
    const filed = await Promise.all(entries.map(({ name }) => this.#read(folder, name)));
    return filed.sort((a, b) => (`${a.time} ${a.file}` < `${b.time} ${b.file}` ? -1 : 1));
  }

  async #read(folder: string, file: string): Promise<Filed> {
    const path = `${folder}/${file}`;
    const bytes = await this.#snapshot.read(path);
    if (bytes === null) throw badStatement(path, 'is no file');
    return { ...parseStatement(path, utf8(path, bytes)), file };
  }

  /** Returns the blocks of a subject that nobody has lifted. Throws `BAD_STATEMENT`. */
  async blocksOf(subject: Subject): Promise<Filed<BlockStatement>[]> {
    return standing(await this.#in(blocksFolderOf(subject)));
  }

  /** Returns the blocks of a subject that somebody has lifted. */
  async liftedOf(subject: Subject): Promise<Filed[]> {
    const statements = await this.#in(blocksFolderOf(subject));
    const left = new Set(standing(statements).map(({ file }) => file));
    return statements.filter(({ kind, file }) => kind === 'block' && !left.has(file));
  }

  /** Returns whether anything was ever blocked. */
  async hasBlocks(): Promise<boolean> {
    return (await this.#snapshot.entry(BLOCKS)) !== null;
  }

  /** Returns every block that nobody has lifted. Throws `BAD_STATEMENT`. */
  async blocks(): Promise<Filed<BlockStatement>[]> {
    return (await this.#below(BLOCKS)).flatMap(standing);
  }

  /** Returns all that was done by breaking the glass, and every review of that. Throws `BAD_STATEMENT`. */
  async breakGlass(): Promise<Filed[]> {
    return (await this.#below(BREAK_GLASS)).flat();
  }

  /** Returns the statements of a folder and of each below it, folder by folder. */
  async #below(folder: string): Promise<Filed[][]> {
    const folders = (await this.#snapshot.list(folder)).filter(({ mode }) => mode === '40000');
    const below = await Promise.all(folders.map(({ name }) => this.#below(`${folder}/${name}`)));
    return [await this.#in(folder), ...below.flat()];
  }
}

function standing(statements: readonly Filed[]): Filed<BlockStatement>[] {
  const lifted = new Set(statements.flatMap((one) => (one.kind === 'unblock' ? [one.lifts] : [])));
  return statements.filter((one): one is Filed<BlockStatement> => one.kind === 'block' && !lifted.has(one.file));
}

/** Returns the tree of a commit of which little will be read, however much it holds: so it is asked for as part of a line. */
async function treeOf(view: View, head: Oid): Promise<Oid> {
  for await (const { tree } of view.line(head)) return tree;
  return EMPTY_TREE;
}
