import { Option } from 'commander';

/** The option of every command that changes what an environment runs. */
export const ticketOption = new Option('--ticket <ticket>', 'the change ticket, where the environment asks for one');
