/** The page's style sheet: light and dark by the reader's setting, and readable from 320 pixels up. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1c2128; --soft: #59636e; --line: #dfe3e8; --code: #f0f2f5;
  --good: #1a7f4b; --warn: #9a6200; --bad: #b3261e; --link: #0b63b5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --card: #161b22; --ink: #e6e9ee; --soft: #9aa4b0; --line: #2b323c; --code: #1e252e;
    --good: #5cc98c; --warn: #e3b341; --bad: #ff8a80; --link: #79b8ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main, header, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .75rem; letter-spacing: -.01em; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.5rem 0 1rem; letter-spacing: -.005em; }
h3 { font-size: 1.05rem; margin: 2rem 0 .75rem; }
.verdict { font-size: 1.06rem; max-width: 54rem; margin: 0 0 .75rem; }
.card, figure {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: 0 0 1.25rem; padding: 1.25rem;
}
figure svg { display: block; width: 100%; height: auto; max-width: 54rem; margin: 0 auto; }
figure svg.narrow { display: none; }
figcaption { color: var(--soft); font-size: .875rem; margin: .9rem auto 0; max-width: 54rem; }
a { color: var(--link); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding: .8rem .75rem .3rem; position: sticky; left: 0; max-width: calc(100vw - 2rem); }
th, td { text-align: left; padding: .5rem .75rem; border-top: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; white-space: nowrap; }
thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: .8rem; vertical-align: bottom; }
thead .number { white-space: normal; }
tbody th { font-weight: 500; min-width: 8rem; }
.swatch { display: inline-block; width: 1.1rem; height: 0; border-top: 3px solid; margin-right: .5rem; vertical-align: middle; }
.method { display: inline-block; padding-left: 1.6rem; text-indent: -1.6rem; }
.status { font-weight: 600; white-space: nowrap; }
.finished { color: var(--good); } .running, .interrupted { color: var(--warn); } .failed { color: var(--bad); }
details { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: 0 0 .6rem; padding: 0 1.1rem; }
summary { cursor: pointer; padding: .7rem 0; font-weight: 500; overflow-wrap: anywhere; }
details h4 { font-size: .85rem; color: var(--soft); margin: .9rem 0 .4rem; }
details > :last-child { margin-bottom: 1.1rem; }
details .scroll { border-radius: 6px; }
details td { white-space: normal; overflow-wrap: anywhere; }
pre { background: var(--code); border-radius: 6px; margin: 0; padding: .7rem .9rem; white-space: pre-wrap; overflow-wrap: anywhere; }
code, pre { font: .85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
footer { color: var(--soft); font-size: .85rem; padding-bottom: 3rem; margin-top: 2.5rem; }
@media (max-width: 620px) {
  main, header, footer { padding: 0 .8rem; }
  header { padding-top: 1.5rem; }
  h1 { font-size: 1.5rem; }
  figure { padding: .8rem .6rem; }
  figure svg.wide { display: none; }
  figure svg.narrow { display: block; max-width: 26rem; }
  th, td { padding: .45rem .6rem; }
}
@media print {
  body { background: none; }
  figure, details, .scroll { break-inside: avoid; }
}
`;
