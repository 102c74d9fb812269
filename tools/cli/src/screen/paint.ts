import picocolors from 'picocolors';
import type { Io } from '../io.ts';

export type Painter = ReturnType<typeof picocolors.createColors>;

/** Returns colours for one stream: on a terminal, unless NO_COLOR is set, or when FORCE_COLOR is. */
export function paint(
  { env, isOutTerminal, isErrTerminal }: Pick<Io, 'env' | 'isOutTerminal' | 'isErrTerminal'>,
  stream: 'out' | 'err',
): Painter {
  const isTerminal = stream === 'out' ? isOutTerminal : isErrTerminal;
  const isForced = !!env.FORCE_COLOR && env.FORCE_COLOR !== '0';
  return picocolors.createColors(isForced || (isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'));
}
