/** The page's style sheet: light and dark by the reader's setting, readable from 320 pixels up, and on paper. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1c2128; --soft: #59636e; --line: #dfe3e8; --code: #f0f2f5;
  --good: #1a7f4b; --warn: #8a5a00; --bad: #b3261e; --link: #0b63b5; --float: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --card: #161b22; --ink: #e6e9ee; --soft: #a3adb8; --line: #2b323c; --code: #1e252e;
    --good: #5cc98c; --warn: #e3b341; --bad: #ff8a80; --link: #79b8ff; --float: #1e252e;
  }
}
.themed > .on-dark { display: none; }
@media screen and (prefers-color-scheme: dark) { .themed > .on-light { display: none; } .themed > .on-dark { display: block; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main, header, footer { max-width: 80rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.25rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.4rem; line-height: 1.3; margin: 2.75rem 0 1rem; letter-spacing: -.005em; }
h3 { font-size: 1.05rem; line-height: 1.35; margin: 1.5rem 0 .5rem; }
details h3 { font-size: .9rem; color: var(--soft); margin: 1rem 0 .4rem; }
a { color: var(--link); }
code, pre { font: .85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.soft { color: var(--soft); font-weight: 400; font-size: .92em; }
.live { color: var(--good); font-size: .9rem; margin: .6rem 0 0; } .live.gone { color: var(--warn); }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem .75rem; z-index: 3; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; list-style: none; margin: 0; padding: .6rem 0; border-block: 1px solid var(--line); font-size: .92rem; }
.how { display: none; } .alive .how { display: block; }
.scope { font-size: 1.06rem; margin: 0 0 .75rem; }
.note { border-left: 3px solid var(--warn); padding: .1rem 0 .1rem 1rem; margin: 0 0 1rem; }
.note p { margin: .3rem 0; }
.verdict { margin: 0 0 1rem; }
.verdict ul { margin: .3rem 0; padding: 0; list-style: none; max-width: 62rem; }
.verdict li { margin: .45rem 0; }
.verdict p { margin: .25rem 0; }
.standing { font-size: .78rem; font-weight: 600; border: 1px solid; border-radius: 1rem; padding: .1rem .55rem; white-space: nowrap; color: var(--soft); }
.standing.ahead { color: var(--good); } .standing.behind { color: var(--bad); }
figure, .card {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: 0 0 1.25rem; padding: 1rem 1.1rem;
}
figure h3 { margin: 0 0 .6rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem .5rem; list-style: none; margin: 0 0 .6rem; padding: 0; }
.legend button { font: inherit; font-size: .85rem; color: inherit; background: none; border: 1px solid var(--line); border-radius: 1rem; padding: .15rem .7rem; cursor: pointer; text-align: left; }
.legend button:hover { border-color: var(--soft); }
.legend button[aria-pressed="false"] { color: var(--soft); text-decoration: line-through; }
.legend button[aria-pressed="false"] .swatch { opacity: .3; }
.swatch { width: 26px; height: 8px; flex: none; margin-right: .5rem; vertical-align: middle; }
.method { display: inline-flex; align-items: baseline; } .method .swatch { align-self: center; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20.5rem, 100%), 1fr)); gap: 1rem; align-items: end; }
.panels.single { display: block; max-width: 56rem; }
.panels.double { grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); }
.panel { position: relative; border-radius: 6px; user-select: none; touch-action: pan-y; }
.panel svg { display: block; width: 100%; height: auto; overflow: visible; }
.panels:not(.single) .panel { max-width: 30rem; }
.panel svg.narrow { display: none; }
.panel .lines_marks path, .panel .bands_marks path { transition: opacity .1s; }
.panel .off { display: none; }
.cursor { pointer-events: none; }
.values { position: absolute; z-index: 2; pointer-events: none; background: var(--float); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 4px 16px #0003; padding: .5rem .7rem; font-size: .8rem; line-height: 1.45; width: max-content; max-width: 94vw; }
.values strong { display: block; font-weight: 600; }
.values table { width: auto; font-size: inherit; }
.values td { border: 0; padding: 0 .5rem 0 0; vertical-align: baseline; white-space: nowrap; }
.values td:nth-child(2) { white-space: normal; max-width: 14rem; }
.values td.value { text-align: right; font-weight: 600; }
.values .swatch { margin: 0; }
.zoomed-out { position: absolute; right: .3rem; top: 0; font: inherit; font-size: .78rem; cursor: pointer; color: var(--link); background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .6rem; }
figcaption { color: var(--soft); font-size: .875rem; margin: .8rem 0 0; max-width: 62rem; }
.files { white-space: nowrap; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: 0 0 1.25rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding: .7rem .75rem .3rem; position: sticky; left: 0; max-width: min(62rem, calc(100vw - 3rem)); }
th, td { text-align: left; padding: .45rem .75rem; border-top: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; white-space: nowrap; }
thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: .8rem; vertical-align: bottom; }
thead .number { white-space: normal; }
tbody th { font-weight: 500; min-width: 8rem; }
.status { font-weight: 600; white-space: nowrap; }
.finished { color: var(--good); } .running, .interrupted { color: var(--warn); } .failed { color: var(--bad); }
details { border: 1px solid var(--line); border-radius: 10px; margin: 0 0 .6rem; padding: 0 1rem; background: var(--card); }
figure details, .note details { margin: .8rem 0 0; }
summary { cursor: pointer; padding: .6rem 0; font-weight: 500; overflow-wrap: anywhere; }
summary .method { display: inline-flex; }
details > :last-child { margin-bottom: 1rem; }
details .scroll { border-radius: 6px; }
details details { background: none; }
pre { background: var(--code); border-radius: 6px; margin: 0 0 1rem; padding: .7rem .9rem; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); gap: .15rem 1.5rem; margin: 0 0 .75rem; font-size: .875rem; }
dl > div { display: flex; gap: .6rem; justify-content: space-between; border-bottom: 1px solid var(--line); padding: .2rem 0; }
dt { color: var(--soft); } dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); gap: 1rem; align-items: start; }
.cards .card { margin: 0; padding: 0 1.1rem 1rem; overflow: hidden; }
.card h3 { margin: .9rem 0 .3rem; } .card p { margin: .2rem 0 .6rem; font-size: .92rem; }
.card dl { grid-template-columns: 1fr; margin: 0; }
.picture, .stage { margin: 0 -1.1rem; background: var(--code); }
.picture svg, .stage > svg { width: 100%; height: auto; vertical-align: top; }
.stage { position: relative; min-height: 8rem; }
.play { position: absolute; right: .8rem; bottom: .8rem; font: inherit; font-weight: 600; color: #fff; background: #0b63b5; border: 0; border-radius: 2rem; padding: .5rem 1.3rem; cursor: pointer; }
.play:hover { background: #084d8f; }
footer { color: var(--soft); font-size: .85rem; padding-bottom: 3rem; margin-top: 2.5rem; }
@media (max-width: 660px) {
  main, header, footer { padding: 0 .8rem; }
  header { padding-top: 1.25rem; }
  h1 { font-size: 1.5rem; }
  figure { padding: .8rem .6rem; }
  .panels.single .panel svg.wide { display: none; }
  .panels.single .panel svg.narrow { display: block; }
  th, td { padding: .4rem .55rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } * { transition: none !important; } }
@media print {
  :root { --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --code: #f4f4f4; --link: #0b63b5; --good: #1a7f4b; --warn: #8a5a00; --bad: #b3261e; }
  body { font-size: 10.5pt; }
  nav, .skip, .alive .how, .play, .values, .zoomed-out { display: none; }
  table { font-size: 8pt; } th, td { padding: .25rem .4rem; } tbody th { min-width: 0; } .number, .standing, .status { white-space: normal; }
  figure, details, .card, tr { break-inside: avoid; }
  .scroll { overflow: visible; }
  h2, h3 { break-after: avoid; }
}
`;
