import { matchesTicket } from '../files/ticket.ts';
import { type Entry, type Gate, wholeGate } from './gate.ts';

/** Returns the gate of the change ticket that has to be named. */
export function ticketGate({ ticket, environment }: Entry, patterns: readonly string[]): Gate {
  const asks = `takes changes with a ticket such as ${patterns.join(' or ')}`;
  const matches = ticket !== undefined && patterns.some((pattern) => matchesTicket(pattern, ticket));
  const problem = ticket === undefined ? 'none is named' : `${ticket} is none`;
  return wholeGate('tickets', asks, matches ? undefined : problem, {
    who: `whoever changes ${environment.name}`,
    command: '--ticket <ticket>',
  });
}
