/** How the page looks, light or dark as the reader's system has it; from 320 pixels on without scrolling sideways. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --card: #ffffff; --line: #d5dce3; --text: #17202a; --quiet: #55616d; --focus: #0b5fa5;
  --good: #14713b; --warn: #8a5300; --bad: #b3261e; --none: #55616d;
  --series-1: #0b5fa5; --series-2: #b3541e; --series-3: #14713b; --series-4: #7b3fa0;
  --series-5: #8a6d00; --series-6: #00707a; --series-7: #b01e6a; --series-8: #4a5560;
  --executing: #1a7f45; --commit: #0b5fa5; --conflict: #c0392b; --planning: #8e5bb5; --source: #b7c1cb; --down: #3c4650;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10151b; --card: #19212a; --line: #33404c; --text: #e6ecf2; --quiet: #a3b0bc; --focus: #7cc0ff;
    --good: #6fd59a; --warn: #f0b45b; --bad: #ff8a80; --none: #a3b0bc;
    --series-1: #6db6f5; --series-2: #f2a06a; --series-3: #6fd59a; --series-4: #c79be6;
    --series-5: #e0c14d; --series-6: #5fd0da; --series-7: #f78cc0; --series-8: #b5c0ca;
    --executing: #45b573; --commit: #4a9fe6; --conflict: #ef6a5e; --planning: #b58ad6; --source: #4a5763; --down: #93a0ac;
  }
}
* { box-sizing: border-box; }
html { background: var(--ground); color: var(--text); font: 15px/1.45 -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
body { margin: 0 auto; max-width: 1200px; padding: 0 16px 32px; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; padding: 16px 0 8px; }
h1 { font-size: 1.4rem; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 1.05rem; margin: 0; }
h3 { font-size: 0.95rem; margin: 0 0 8px; }
p { margin: 0 0 8px; }
header p { margin: 0; }
#source { color: var(--quiet); flex: 1 1 12rem; min-width: 0; }
#live { border: 1px solid currentColor; border-radius: 999px; padding: 1px 12px; font-weight: 600; color: var(--none); }
#live[data-live="live"] { color: var(--good); }
#live[data-live="stale"] { color: var(--bad); }
#alarm:not(:empty), .notice, #token-form {
  border: 2px solid var(--bad); border-radius: 10px; background: var(--card); padding: 12px 16px; margin: 8px 0 16px; font-weight: 600;
}
#token-form { border-color: var(--line); font-weight: 400; max-width: 30rem; }
#token-form label { display: block; margin: 8px 0 4px; }
input, button, select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: 5px 10px; max-width: 100%; }
#token { width: 100%; margin-bottom: 8px; }
button { cursor: pointer; }
button[aria-pressed="true"] { border-color: var(--focus); box-shadow: inset 0 0 0 1px var(--focus); font-weight: 600; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
#replicas-heading:focus { outline: none; }
.quiet { color: var(--quiet); font-size: 0.88rem; }
.unseen, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
main > section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 16px; margin: 0 0 14px; min-width: 0; }
main > section:first-of-type { background: none; border: 0; padding: 0; }
#replicas-heading { margin-bottom: 8px; }
.head { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 8px; margin-bottom: 8px; }
.head p { margin: 0; min-width: 0; }
#replicas { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 14px; }
.replica { background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--none); border-radius: 12px; padding: 12px 16px; min-width: 0; }
.replica[data-state="serving"] { border-left-color: var(--good); }
.replica[data-state="degraded"], .replica[data-state="drain"], .replica[data-state="maint"] { border-left-color: var(--warn); }
.replica[data-state="ejected"] { border-left-color: var(--bad); }
.replica h3 { display: flex; align-items: center; gap: 8px; margin: 0; }
.replica h3 > span:last-child { min-width: 0; }
.swatch { flex: none; width: 14px; height: 4px; border-radius: 2px; display: inline-block; }
.lag { font-size: 2rem; font-weight: 700; line-height: 1.2; font-variant-numeric: tabular-nums; margin: 4px 0 0; }
.lag[data-unknown="yes"] { color: var(--warn); }
.state { font-weight: 600; }
.state[data-state="serving"] { color: var(--good); }
.state[data-state="degraded"], .state[data-state="drain"], .state[data-state="maint"], .state[data-state="unknown"] { color: var(--warn); }
.state[data-state="ejected"] { color: var(--bad); }
dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 2px 14px; margin: 8px 0 0; }
dt { color: var(--quiet); font-size: 0.88rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; text-align: right; }
.trouble:not(:empty) { color: var(--bad); margin: 8px 0 0; font-size: 0.88rem; }
.trouble p { margin: 0 0 2px; white-space: pre-line; }
.chart { width: 100%; min-width: 0; height: 240px; overflow: hidden; }
.uplot { font-family: inherit; }
ol, ul { margin: 0; padding: 0; list-style: none; }
#changes { max-height: 19rem; overflow-y: auto; }
#changes li { padding: 5px 0; border-top: 1px solid var(--line); }
#changes li:first-child { border-top: 0; }
#changes time { color: var(--quiet); font-variant-numeric: tabular-nums; margin-right: 8px; }
#lane-legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 8px; font-size: 0.88rem; }
#lane-legend li { display: flex; align-items: center; gap: 6px; }
#lane-legend .swatch { width: 12px; height: 12px; }
.lanes + .lanes { margin-top: 14px; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); font-size: 0.88rem; padding-bottom: 4px; }
th, td { text-align: left; padding: 4px 8px 4px 0; border-top: 1px solid var(--line); vertical-align: top; font-weight: 400; }
thead th { color: var(--quiet); font-size: 0.88rem; border-top: 0; }
.number { text-align: right; width: 6.2rem; }
.lane-number { width: 3rem; }
.lane-now { width: 6.5rem; }
.bar { display: flex; height: 16px; border-radius: 4px; overflow: hidden; background: var(--ground); margin-top: 3px; }
.bar span { display: block; height: 100%; flex: none; }
[data-kind="executing"] { background: var(--executing); } [data-kind="commit"] { background: var(--commit); }
[data-kind="conflict"] { background: var(--conflict); } [data-kind="planning"] { background: var(--planning); }
[data-kind="source"] { background: var(--source); } [data-kind="down"] { background: var(--down); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 20px; }
.pair > div { min-width: 0; }
details { margin-top: 4px; } summary { cursor: pointer; color: var(--quiet); font-size: 0.88rem; }
details table { margin-top: 8px; }
main.stale .lag, main.stale dd, main.stale .bar, main.stale .chart, main.stale td, main.stale .state { opacity: 0.45; }
main.stale .replica { border-left-color: var(--none); border-style: dashed; }
footer { margin-top: 16px; }
@media (max-width: 480px) {
  body { padding: 0 10px 24px; }
  main > section { padding: 12px 12px; }
  .number { width: 5rem; }
  .chart { height: 200px; }
}
@media (prefers-reduced-motion: no-preference) { .bar span { transition: width 0.4s; } }
`;
