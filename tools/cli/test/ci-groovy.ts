const OPEN: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };
/** A text of three quotes, one of one quote, a comment, a bracket; anything else is of no interest. */
const TOKEN = /'''(?:\\[\s\S]|(?!''')[^\\])*'''|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/\/.*|[{}()[\]]|'|"/g;

/** Returns what does not close in a Groovy file, null where everything does. */
export function groovyProblem(text: string): string | null {
  const expected: string[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const line = text.slice(0, index).split('\n').length;
    const closing = OPEN[token];
    if (closing !== undefined) expected.push(closing);
    else if (/^[})\]]$/.test(token) && expected.pop() !== token) return `line ${line}: ${token} closes nothing`;
    else if (token === "'" || token === '"') return `line ${line}: a text does not end`;
  }
  return expected.length === 0 ? null : `${expected.length} brackets are open at the end`;
}
