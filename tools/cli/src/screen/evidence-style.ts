/** How an evidence pack looks: by day, by night and on paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2329; --faint: #5c6670; --paper: #fff; --line: #d5dae0; --tint: #f4f6f8; --good: #116329; --bad: #a40e26; --link: #0550ae; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e2e7ec; --faint: #98a3ae; --paper: #14181c; --line: #363e46; --tint: #1d2329; --good: #57ab5a; --bad: #ff7b72; --link: #6cb6ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 1rem; font-size: 1.9rem; }
h2 { margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); font-size: 1.2rem; }
h2 span { color: var(--faint); font-variant-numeric: tabular-nums; }
h3 { margin: 1rem 0 .25rem; font-size: 1rem; }
small, .faint { color: var(--faint); font-weight: normal; }
p { margin: .25rem 0; }
ul { margin: .25rem 0; padding-left: 1.25rem; }
a { color: var(--link); }
code, pre { font: .85em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { margin: .5rem 0; padding: .6rem .75rem; background: var(--tint); border-radius: 4px; white-space: pre-wrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; margin: .5rem 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; margin: .5rem 0; border-collapse: collapse; font-size: .93em; }
th, td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td a { overflow-wrap: anywhere; }
th { color: var(--faint); font-weight: normal; }
.good { color: var(--good); }
.bad { color: var(--bad); }
@media screen and (max-width: 45rem) {
  table, tbody, tr { display: block; }
  thead, td:empty { display: none; }
  tr { padding: .4rem 0; border-bottom: 1px solid var(--line); }
  td { display: block; padding: 0 0 0 6.5rem; border: 0; overflow-wrap: anywhere; }
  td::before { content: attr(data-of); float: left; width: 6rem; margin-left: -6.5rem; color: var(--faint); }
}
@page { size: A4; margin: 16mm 14mm; }
@media print {
  :root { color-scheme: light; --ink: #000; --faint: #444; --paper: #fff; --line: #bbb; --tint: #f6f6f6; --good: #0b4d1f; --bad: #8a0c20; --link: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2 { break-after: avoid; }
  article, tr, dl, pre { break-inside: avoid; }
  a[href]:not(.url)::after { content: " (" attr(href) ")"; font-size: .85em; overflow-wrap: anywhere; }
}
`;
