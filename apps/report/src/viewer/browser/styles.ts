/** What all viewers share. */
export const VIEWER_STYLES = `
:host, .viewer {
  --ink: #1c2128; --soft: #59636e; --line: #d5dbe2; --card: #ffffff; --field: #f0f3f6; --accent: #0b63b5;
  --positive: #0072b2; --negative: #d55e00; --stage: #f1f4f8;
  color: var(--ink); color-scheme: light;
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums;
}
:host([data-theme="dark"]), .viewer[data-theme="dark"] {
  --ink: #e6e9ee; --soft: #9aa4b0; --line: #2f3843; --card: #161b22; --field: #222a34; --accent: #79b8ff;
  --positive: #56b4e9; --negative: #f0a04b; --stage: #11161d;
  color-scheme: dark;
}
*, *::before { box-sizing: border-box; }
button, select, input { font: inherit; color: inherit; }
button, select, input[type=number] {
  min-width: 36px; height: 36px; padding: 0 8px; border: 1px solid var(--line); border-radius: 7px;
  background: var(--field); cursor: pointer;
}
button:hover, select:hover { border-color: var(--soft); }
button:disabled { opacity: .5; cursor: default; }
button svg { display: block; width: 20px; height: 20px; margin: auto; fill: currentColor; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
input[type=range], input[type=checkbox] { accent-color: var(--accent); }
.stage { position: relative; background: var(--stage); overflow: hidden; }
.picture { display: block; width: 100%; height: 100%; touch-action: pan-y; cursor: grab; }
.picture:active { cursor: grabbing; }
.picture:focus-visible { outline-offset: -3px; }
.note { position: absolute; left: 10px; bottom: 8px; margin: 0; color: var(--soft); font-size: 12px; }
.bars { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)); gap: 2px 20px; margin: 0; }
.bars > div { display: flex; align-items: center; gap: 8px; }
.bars dt { flex: 0 0 64px; color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bars dd { flex: 1; display: flex; align-items: center; gap: 8px; margin: 0; }
.track { position: relative; flex: 1; height: 8px; border-radius: 4px; background: var(--field); }
.track::before { content: ""; position: absolute; left: 50%; top: -2px; bottom: -2px; width: 1px; background: var(--soft); }
.bar { position: absolute; top: 0; bottom: 0; border-radius: 4px; background: var(--positive); }
.bar.negative { background: var(--negative); }
.value { min-width: 54px; text-align: right; }
.keys { display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; margin: 6px 0 0; color: var(--soft); }
.keys dt { white-space: nowrap; } .keys dd { margin: 0; }
kbd { padding: 0 5px; border: 1px solid var(--line); border-radius: 4px; background: var(--field); font: inherit; font-size: 12px; }
summary { cursor: pointer; color: var(--soft); width: max-content; border-radius: 4px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

export const PLAYER_STYLES = `
:host { display: block; border: 1px solid var(--line); border-radius: 10px; background: var(--card); overflow: hidden; }
.stage { aspect-ratio: 16 / 10; max-height: 75vh; width: 100%; }
.panel { display: grid; gap: 10px; padding: 10px 12px 12px; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
.time { flex: 1 1 120px; min-width: 80px; }
.clock { color: var(--soft); white-space: nowrap; }
.facts { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 0; }
.facts div { display: flex; gap: 6px; } .facts dt { color: var(--soft); } .facts dd { margin: 0; font-weight: 600; }
`;

/** Robots that act, in pages. */
export const PANEL_STYLES = `
.robots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 10px; }
.robot { display: flex; flex-direction: column; border: 1px solid var(--line); border-radius: 10px; background: var(--card); overflow: hidden; min-width: 0; }
.robot .stage { flex: 1; min-height: 240px; }
.robot .picture { position: absolute; inset: 0; }
.robot header { padding: 9px 12px; border-bottom: 1px solid var(--line); }
.robot h1, .robot h3 { margin: 0; font-size: 16px; line-height: 1.3; overflow-wrap: anywhere; }
.robot header p { margin: 1px 0 0; color: var(--soft); overflow-wrap: anywhere; }
.swatch { display: inline-block; width: 11px; height: 11px; margin-right: 7px; border-radius: 50%; }
.readings { display: grid; gap: 8px; padding: 10px 12px 12px; border-top: 1px solid var(--line); }
.facts { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 0; }
.facts div { display: flex; gap: 6px; } .facts dt { color: var(--soft); } .facts dd { margin: 0; font-weight: 600; }
.banner { position: absolute; left: 50%; top: 12px; transform: translateX(-50%); width: max-content; max-width: calc(100% - 24px); margin: 0;
  padding: 5px 12px; border-radius: 999px; background: var(--card); border: 1px solid var(--line); }
.banner:empty { display: none; }
.mixing { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)); gap: 2px 20px; margin: 4px 0 0; }
.mixing > div { display: flex; align-items: center; gap: 8px; }
.mixing dt { flex: 0 0 112px; color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.mixing dd { flex: 1; display: flex; align-items: center; gap: 8px; margin: 0; }
.mixing .track::before { content: none; } .mixing .bar { left: 0; }
.message { margin: auto; padding: 24px; max-width: 60ch; text-align: center; color: var(--soft); }
`;

export const WATCH_STYLES = `
html, body { margin: 0; height: 100%; background: var(--page, #eef1f4); }
.viewer { --page: #eef1f4; display: flex; flex-direction: column; min-height: 100vh; background: var(--page); }
.viewer[data-theme="dark"] { --page: #0b0f14; }
.robots { flex: 1; padding: 10px; }
.toolbar { position: sticky; bottom: 0; display: flex; flex-wrap: wrap; align-items: center; gap: 8px 14px; padding: 9px 12px;
  border-top: 1px solid var(--line); background: var(--card); }
.group { display: flex; align-items: center; gap: 6px; }
.group label, .group > span { color: var(--soft); }
input[type=number] { width: 92px; cursor: text; }
.toolbar details { position: relative; }
.toolbar summary { padding: 7px 4px; }
.toolbar details[open] > div { position: absolute; left: 50%; bottom: calc(100% + 12px); transform: translateX(-50%); width: min(330px, calc(100vw - 24px)); padding: 10px 14px;
  border: 1px solid var(--line); border-radius: 10px; background: var(--card); box-shadow: 0 6px 24px #0003; z-index: 1; }
.message.error { color: var(--negative); }
@media (max-width: 620px) {
  .robots { padding: 6px; gap: 6px; }
  .robot .stage { min-height: 210px; }
  .toolbar { gap: 6px; padding: 6px 8px; }
  .toolbar button, .toolbar select { min-width: 34px; padding: 0 5px; }
  .toolbar input[type=number] { width: 58px; }
  .toolbar details { position: static; }
  .toolbar details[open] > div { bottom: 100%; }
}
`;
