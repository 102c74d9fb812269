/** The surroundings that talking to a host needs. */
export interface ForgeWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Takes one line about what is being waited for, or what could not be done. */
  readonly progress: (line: string) => void;
}
