export const PLAYGROUND_STYLES = `
html, body { margin: 0; background: #eef1f4; }
@media (prefers-color-scheme: dark) { html, body { background: #0b0f14; } }
.viewer { --page: #eef1f4; --problem: #b3261e; --warn: #8a5a00; background: var(--page); min-height: 100vh; }
.viewer[data-theme="dark"] { --page: #0b0f14; --problem: #ff8a80; --warn: #e3b341; }
.playground { max-width: 1600px; margin: 0 auto; padding: 16px 16px 24px; }
.playground > header { margin: 0 2px 12px; }
.playground > header h1 { margin: 0; font-size: 20px; line-height: 1.3; }
.playground > header p { margin: 2px 0 0; color: var(--soft); }
.layout { display: grid; grid-template-columns: 290px minmax(0, 1fr); gap: 12px; align-items: start; }
.main { display: grid; gap: 12px; min-width: 0; }
.card { padding: 14px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.side { position: sticky; top: 12px; }
.setup { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; }
.field { display: grid; gap: 3px; align-content: start; min-width: 0; }
.field[hidden] { display: none; }
.field label { color: var(--soft); font-size: 13px; }
.field input, .field select { width: 100%; min-width: 0; }
.field input[type=number] { cursor: text; }
.field input[type=file] { font-size: 13px; color: var(--soft); }
.field input::file-selector-button { font: inherit; color: var(--ink); height: 30px; margin-right: 8px; padding: 0 10px; border: 1px solid var(--line); border-radius: 7px; background: var(--field); cursor: pointer; }
.teacher, .file, .env { grid-column: 1 / -1; }
.go { grid-column: 1 / -1; display: grid; grid-template-columns: 1fr auto; gap: 8px; margin-top: 2px; }
.scratch { width: 100%; margin-top: 8px; }
.primary { border-color: #0b63b5; background: #0b63b5; color: #fff; font-weight: 600; }
.primary:hover { border-color: #084d8f; background: #084d8f; }
.problem { margin: 10px 0 0; color: var(--problem); overflow-wrap: anywhere; }
.problem:empty { display: none; }
.note-box { margin: 12px 0 0; padding: 2px 0 2px 10px; border-left: 3px solid var(--warn); color: var(--soft); font-size: 13px; }
.card h2 { margin: 0; font-size: 16px; line-height: 1.3; }
.course progress { display: block; width: 100%; height: 8px; margin: 8px 0 10px; accent-color: var(--accent); }
.course .facts { gap: 6px 26px; }
.course .facts div { display: block; } .course .facts dt { font-size: 13px; }
.course .notice { margin: 8px 0 0; color: var(--warn); }
.plots { display: flex; gap: 18px; margin-top: 10px; }
.plots > :first-child { flex: 5 1 0; } .plots > :last-child { flex: 3 1 0; }
figure { margin: 0; min-width: 0; }
figure[hidden], .place[hidden] { display: none; }
figure h3 { margin: 0 0 2px; font-size: 13px; font-weight: 600; }
.plot { position: relative; border-radius: 6px; touch-action: pan-y; user-select: none; }
.plot svg { display: block; max-width: 100%; }
.plot .empty { position: absolute; inset: 0; display: grid; place-items: center; margin: 0; padding: 16px; border: 1px dashed var(--line); border-radius: 8px; }
.plot .empty[hidden], .values[hidden] { display: none; }
.soft { margin: 10px 0 0; color: var(--soft); font-size: 13px; }
.empty { color: var(--soft); text-align: center; }
.cursor { pointer-events: none; }
.values { position: absolute; z-index: 2; pointer-events: none; display: grid; gap: 1px; width: max-content; max-width: 100%; padding: 6px 10px;
  border: 1px solid var(--line); border-radius: 8px; background: var(--card); box-shadow: 0 4px 16px #0003; font-size: 12.5px; }
.values .told { display: flex; align-items: center; gap: 7px; }
.values b { margin-left: auto; padding-left: 8px; }
.line { flex: none; }
.legend { display: flex; flex-wrap: wrap; gap: 0 14px; margin: 4px 0 0; padding: 0; list-style: none; font-size: 12.5px; color: var(--soft); }
.legend li { display: flex; align-items: center; gap: 6px; }
.trainings { display: grid; gap: 6px; margin: 12px 0 0; padding: 0; list-style: none; }
.trainings:empty { display: none; }
.trainings li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 6px 14px; padding-top: 8px; border-top: 1px solid var(--line); }
.about { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 12px; flex: 1 1 260px; min-width: 0; }
.trainings p { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
.trainings .standing { color: var(--ink); } .trainings .standing.problem { color: var(--problem); }
.toggle { display: inline-flex; align-items: center; gap: 8px; height: 30px; border-radius: 15px; padding: 0 12px; font-weight: 600; }
.toggle[aria-pressed="false"] { color: var(--soft); text-decoration: line-through; font-weight: 400; }
.toggle[aria-pressed="false"] .line { opacity: .3; }
.actions { display: flex; gap: 6px; }
.actions button { height: 30px; } .actions button[hidden] { display: none; }
.actions button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); }
.head { display: flex; align-items: center; justify-content: space-between; margin-bottom: 8px; }
.robot-tools { display: flex; gap: 6px; }
.robots { grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); }
.place { display: grid; min-height: 310px; }
.robot .stage { min-height: 200px; }
.place > .empty { display: grid; place-items: center; margin: 0; padding: 16px; border: 1px dashed var(--line); border-radius: 10px; }
.robot h3 { font-size: 15px; }
@media (max-width: 900px) {
  .layout { grid-template-columns: minmax(0, 1fr); }
  .side { position: static; }
  .plots { display: grid; grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 620px) {
  .playground { padding: 10px 8px 20px; }
  .card { padding: 11px 10px; }
  .place { min-height: 290px; }
}
`;
