import type { Protection } from '@eleventh/core';
import type { ForgeKind } from '../forge.ts';
import { findForge } from '../forge-place.ts';
import type { ForgeWorld } from '../forge-world.ts';
import { openAdministration } from '../open-forge.ts';
import { giteaProtection } from './gitea-protection.ts';
import { githubProtection } from './github-protection.ts';
import { gitlabProtection } from './gitlab-protection.ts';
import type { HostProtection, Part } from './host-protection.ts';

/** A repository whose protection can be read and changed, and what is known without asking anybody. */
export interface ProtectedRepository {
  readonly kind: ForgeKind;
  /** The organisation, user or group that the repository is below. */
  readonly organisation: string;
  /** Where the host looks for code owners. */
  readonly codeowners: string;
  /** Returns what the host has of what is to be protected. */
  read(protections: readonly Protection[]): Promise<HostProtection>;
}

const CODEOWNERS: Record<ForgeKind, string> = {
  github: '.github/CODEOWNERS',
  gitlab: '.gitlab/CODEOWNERS',
  gitea: 'CODEOWNERS',
};
const COMPARES = { github: githubProtection, gitlab: gitlabProtection, gitea: giteaProtection };

/** Returns the repository of a Git address, as somebody who administers it sees it. Throws as `openForge` does. */
export async function openProtection(url: string, world: ForgeWorld): Promise<ProtectedRepository> {
  const place = await findForge(url, world);
  const api = await openAdministration(place, world);
  const { kind, web } = place;
  return {
    kind,
    organisation: web.path.slice(0, -1).join('/'),
    codeowners: CODEOWNERS[kind],
    read: async (protections) => {
      const compare = () => COMPARES[kind](api, web, protections);
      const { parts, limits } = await compare();
      const waiting = parts.filter(({ state }) => state !== 'kept');
      return {
        parts: parts.map(shown),
        limits,
        apply: async () => {
          // The host is told one thing after the other: what it refuses ends it there, and the next run goes on.
          for (const part of waiting) await part.write();
          return waiting.length === 0 ? parts.map(shown) : (await compare()).parts.map(shown);
        },
      };
    },
  };
}

function shown({ target, rule, state }: Part): Part {
  return { target, rule, state };
}
