import type { ServiceId } from '../names/names.ts';

/** A service as the file of code owners has it. */
export interface OwnedService {
  readonly id: ServiceId;
  readonly owner?: string | undefined;
}

const BEGIN =
  '# Made of the owners in apps/*/service.yaml by eleventh forge protect: what stands up to the end mark is made anew.';
const END = '# End of what eleventh makes.';

/**
 * Returns the text of CODEOWNERS, the form that GitHub, GitLab, Gitea and Forgejo share, with a part of ours in it: who
 * answers for each service's folder and for its overlays. What others wrote before and after that stays as it is; the last
 * line that fits a path counts, on every host.
 */
export function formatCodeowners(text: string, services: readonly OwnedService[], organisation: string): string {
  const lines = services.flatMap(({ id, owner }) => {
    const name = owner === undefined ? undefined : ownerName(owner, organisation);
    return name === undefined ? [] : [`/apps/${id}/ ${name}`, `/environments/*/${id}/ ${name}`];
  });
  const part = [BEGIN, ...lines, END].join('\n');
  const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (start >= 0 && end > start) return `${text.slice(0, start)}${part}${text.slice(end + END.length)}`;
  return `${text === '' || text.endsWith('\n') ? text : `${text}\n`}${text === '' ? '' : '\n'}${part}\n`;
}

/** Returns an owner as hosts name people and teams (`@org/team`, an e-mail address), undefined for what can be neither. */
export function ownerName(owner: string, organisation: string): string | undefined {
  if (/^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/.test(owner)) return owner;
  const name = owner.replace(/^@/, '');
  if (!/^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)*$/.test(name)) return undefined;
  // A name with an @ in front is meant as it stands: a person.
  return owner.startsWith('@') || name.includes('/') ? `@${name}` : `@${organisation}/${name}`;
}
