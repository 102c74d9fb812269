import { EleventhError } from '@eleventh/core';
import * as v from 'valibot';
import { answerError, formError, type Host, words } from './api-error.ts';
import { type Answer, type Call, exchange } from './exchange.ts';
import type { ForgeWorld } from './forge-world.ts';
import type { Path } from './path.ts';
import { requirePatience, secondsToWait } from './rate-limit.ts';

type Query = Readonly<Record<string, string | number | boolean>>;
type Form<T> = v.GenericSchema<unknown, T>;

/** How often something is asked at most: what can be asked again without being done twice. */
const TRIES = 4;
/** Pages of a list at most, each of up to 100 entries. */
const PAGES = 100;

/** Where an API is, and how it is talked to. */
export interface ApiAddress {
  readonly root: URL;
  /** Sent with each request, the token's among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** How the host is asked for long pages of a list. */
  readonly page: Query;
  readonly host: Host;
}

/**
 * The HTTP API of one host, as one token is let in. Of the hosts' own client libraries each would be larger than all of this,
 * and none speaks to all three; what they leave to us is here: limits, redirects, proxies, and that no answer is believed.
 */
export class Api {
  readonly #root: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #page: Query;
  readonly #host: Host;
  readonly #world: ForgeWorld;

  constructor({ root, headers, page, host }: ApiAddress, world: ForgeWorld) {
    this.#root = root;
    this.#headers = headers;
    this.#page = page;
    this.#host = host;
    this.#world = world;
  }

  /** Says something that a person should know although the work goes on. */
  warn(line: string): void {
    this.#world.progress(line);
  }

  /** Waits some milliseconds. */
  async wait(milliseconds: number): Promise<void> {
    await this.#world.sleep(milliseconds);
  }

  /** Returns what is there. Throws the errors of `answerError`, `FORGE_ANSWER`, `FORGE_RATE_LIMITED` and `FORGE_UNREACHABLE`. */
  async get<T>(path: Path, form: Form<T>, query: Query = {}): Promise<T> {
    const { asked, answer } = await this.#ask('GET', this.#url(path, query));
    return this.#parse(form, answer.text, asked);
  }

  /** Returns what is there, or null where nothing is. Throws as `get` does. */
  async find<T>(path: Path, form: Form<T>, query: Query = {}): Promise<T | null> {
    try {
      return await this.get(path, form, query);
    } catch (error) {
      if (error instanceof EleventhError && error.code === 'FORGE_NOT_FOUND') return null;
      throw error;
    }
  }

  /** Returns the entries of a list, read to its end: of the answer itself, or of a field of it. Throws as `get` does. */
  async list<T>(path: Path, entry: Form<T>, query: Query = {}, field?: string): Promise<T[]> {
    const entries = v.array(entry);
    const form =
      field === undefined
        ? entries
        : v.pipe(
            v.looseObject({ [field]: v.nullish(entries) }),
            v.transform((all) => all[field] ?? []),
          );
    const all: T[] = [];
    let url: URL | undefined = this.#url(path, { ...this.#page, ...query });
    for (let read = 0; url !== undefined; read += 1) {
      const { asked, answer } = await this.#ask('GET', url);
      if (read === PAGES) throw formError(asked, `the list has no end after ${PAGES} pages`, this.#host);
      all.push(...this.#parse(form as Form<T[]>, answer.text, asked));
      url = this.#next(answer, url, asked);
    }
    return all;
  }

  /** Sends a change and returns the answer. Throws as `get` does; a change is sent once unless the host did not take it. */
  async send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: Path, body: unknown, form: Form<T>): Promise<T> {
    const { asked, answer } = await this.#ask(method, this.#url(path, {}), body);
    return this.#parse(form, answer.text, asked);
  }

  #url(path: Path, query: Query): URL {
    const url = new URL(`${this.#root.href.replace(/\/$/, '')}${path.text}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return url;
  }

  async #ask(method: string, first: URL, body?: unknown): Promise<{ asked: string; answer: Answer }> {
    let url = first;
    const asked = `${method} ${url.pathname}`;
    const headers = {
      accept: 'application/json',
      'user-agent': 'eleventh',
      ...this.#headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    for (let tries = 1; ; tries += 1) {
      const isLast = tries === TRIES;
      const call = { method, url, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const answer = await this.#exchange(call, isLast);
      const wait = answer === undefined ? undefined : secondsToWait(answer, this.#world.now());
      if (answer === undefined || (answer.status >= 500 && method === 'GET' && !isLast)) {
        await this.#world.sleep(250 * 2 ** tries);
      } else if (wait !== undefined) {
        requirePatience(wait, this.#world.now(), isLast, this.#host);
        this.#world.progress(`${this.#host.name} asks us to wait ${Math.ceil(wait)} seconds`);
        await this.#world.sleep(Math.ceil(wait) * 1000);
      } else if (answer.status >= 300 && answer.status < 400) url = this.#redirected(answer, call, isLast);
      else if (answer.status < 200 || answer.status >= 400) throw answerError(asked, answer, this.#host);
      else return { asked, answer };
    }
  }

  /** Returns the answer, or undefined when none came and it can be asked for again. */
  async #exchange(call: Call, isLast: boolean): Promise<Answer | undefined> {
    try {
      return await exchange(call, this.#world.env);
    } catch (error) {
      if (call.method === 'GET' && !isLast) return undefined;
      const reason = words(error instanceof Error && error.message !== '' ? error.message : String(error), this.#host);
      const look = /certificate/i.test(reason)
        ? 'NODE_EXTRA_CA_CERTS=<file> names certificates of your own.'
        : 'Check the network, and HTTPS_PROXY where there is a proxy.';
      const unsure = call.method === 'GET' ? '' : ' Whether it was done is not known: look, and run it again.';
      throw new EleventhError('FORGE_UNREACHABLE', `${this.#host.name} could not be reached: ${reason}.`, {
        hint: `${look}${unsure}`,
        details: { host: this.#host.name },
      });
    }
  }

  /** Returns where a redirect leads. It is followed on the same host alone: elsewhere the token has no business. */
  #redirected({ headers, status }: Answer, { url, method }: Call, isLast: boolean): URL {
    const target = URL.canParse(headers.location ?? '', url.href) ? new URL(headers.location ?? '', url) : null;
    const isSafe = method === 'GET' || status === 307 || status === 308;
    if (target !== null && target.origin === url.origin && isSafe && !isLast) return target;
    const where = target === null ? 'nowhere' : `to ${target.origin === url.origin ? target.pathname : target.host}`;
    throw new EleventhError('FORGE_REDIRECTED', `${this.#host.name} leads elsewhere, ${words(where, this.#host)}.`, {
      hint: 'If the repository was moved or renamed, use its new address; the token is given to no other host.',
    });
  }

  /**
   * Returns the next page as the Link header names it (RFC 8288). Hosts may name the list by another path there, as GitHub
   * does by the repository's number: which page it is stands in the query.
   */
  #next({ headers }: Answer, url: URL, asked: string): URL | undefined {
    const links = (headers.link ?? '').split(/,\s*(?=<)/);
    const target = links
      .map((link) => /^<([^>]*)>.*;\s*rel="?next"?/.exec(link)?.[1])
      .find((found) => found !== undefined);
    if (target === undefined) return undefined;
    const next = URL.canParse(target, url.href) ? new URL(target, url) : null;
    if (next?.origin === url.origin) return new URL(`${url.origin}${url.pathname}${next.search}`);
    throw formError(asked, 'the next page of its list is elsewhere', this.#host);
  }

  #parse<T>(form: Form<T>, text: string, asked: string): T {
    let value: unknown;
    try {
      value = text === '' ? null : JSON.parse(text);
    } catch {
      throw formError(asked, `${asked} is not JSON`, this.#host);
    }
    const result = v.safeParse(form, value);
    if (result.success) return result.output;
    const [issue] = result.issues;
    throw formError(
      asked,
      `${v.getDotPath(issue) ?? asked}: ${issue.expected ?? 'another value'} was expected`,
      this.#host,
    );
  }
}
