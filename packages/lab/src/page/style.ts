/** How the pages of this package look, in light and in dark; the colours are those of the report of a scan. */

/** Goes into the page as it is. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f4f6f5, #101413);
  --card: light-dark(#ffffff, #191f1d);
  --sunken: light-dark(#e6ebe9, #232b28);
  --line: light-dark(#d5dcd9, #2e3834);
  --ink: light-dark(#16201c, #e8eeeb);
  --faint: light-dark(#55635d, #9dada6);
  --accent: light-dark(#1d7a50, #5fcf9a);
  --second: light-dark(#a86500, #f5b855);
  --third: light-dark(#2459c4, #8fb4ff);
  --fourth: light-dark(#8a3fa8, #d99cf0);
  --fifth: light-dark(#c2266e, #ff8fbf);
  --sixth: light-dark(#16201c, #e8eeeb);
  --bad: light-dark(#c22f2f, #ff8a80);
  --shadow: 0 1px 2px light-dark(rgb(20 40 30 / 8%), rgb(0 0 0 / 40%));
  font: 15px / 1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0 auto; padding: 0 clamp(14px, 3vw, 40px) 48px; max-width: 1280px; background: var(--ground); color: var(--ink); }
h1, h2, h3, p, dl, dd, ul, figure { margin: 0; padding: 0; }
ul { list-style: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
code { font: 13px / 1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }

header { padding: 30px 0 18px; }
.heading { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 20px; }
h1 { font-size: 27px; line-height: 1.2; font-weight: 680; letter-spacing: -0.015em; overflow-wrap: anywhere; }
h1 .state { margin-left: 8px; padding: 3px 11px; border-radius: 99px; background: var(--sunken); font-size: 13.5px; font-weight: 600;
  letter-spacing: 0; vertical-align: middle; white-space: nowrap; }
.state.training, .state.ended { background: var(--accent); color: var(--ground); }
.state.failed { background: var(--bad); color: var(--ground); }
.about { margin-top: 6px; color: var(--faint); font-size: 14px; overflow-wrap: anywhere; }
.switch { display: flex; align-items: center; gap: 7px; color: var(--faint); font-size: 14px; }
.switch input { width: 17px; height: 17px; margin: 0; accent-color: var(--accent); }
.notice { margin-top: 12px; padding: 10px 14px; border-radius: 9px; background: var(--sunken); font-size: 14px; overflow-wrap: anywhere; }
.notice.failed { border-left: 4px solid var(--bad); }
.done { height: 8px; margin-top: 16px; border-radius: 4px; overflow: hidden; background: var(--sunken); }
.done svg { display: block; width: 100%; height: 100%; }
.done rect { fill: var(--accent); }

.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin-bottom: 10px; }
.tiles > div, .chart, .card { border: 1px solid var(--line); border-radius: 12px; background: var(--card); box-shadow: var(--shadow); }
.tiles > div { display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: 11px 16px; }
.tiles dd { font-size: 23px; line-height: 1.2; font-weight: 660; font-variant-numeric: tabular-nums; }
.tiles dt { color: var(--faint); font-size: 14px; }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 10px; }
.chart { display: flex; flex-direction: column; justify-content: space-between; min-width: 0; padding: 14px 18px 36px 16px; }
.chart figcaption { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 2px 16px; margin-bottom: 22px; }
h2, h3 { font-size: 16px; font-weight: 650; }
h2.chapter { margin: 34px 0 12px; font-size: 21px; font-weight: 680; letter-spacing: -0.01em; overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; color: var(--faint); font-size: 13.5px; }
.key { display: inline-block; width: 28px; height: 4px; margin-right: 7px; overflow: visible; vertical-align: middle; }
.key line { stroke: var(--of); stroke-width: var(--wide); }
.measured .key line, .swatch .key line { stroke-dasharray: var(--dash, none); }
.plot { height: 230px; margin-left: 50px; }
.plot > svg { display: block; width: 100%; height: 100%; overflow: visible; }
.plot text { fill: var(--faint); font-size: 12.5px; font-variant-numeric: tabular-nums; }
.main { --of: var(--accent); --wide: 2.4px; }
.second { --of: var(--second); --wide: 2.4px; }
.third { --of: var(--third); --wide: 2.4px; }
.fourth { --of: var(--fourth); --wide: 2.4px; }
.fifth { --of: var(--fifth); --wide: 2.4px; }
.sixth { --of: var(--sixth); --wide: 2.4px; }
.faint { --of: var(--faint); --wide: 1.2px; }
.dashed { --of: var(--faint); --wide: 1.2px; --dash: 4 5; }
.second { --dash: 9 4; }
.third { --dash: 2 4; }
.fourth { --dash: 12 4 2 4; }
.fifth { --dash: 5 3; }
.sixth { --dash: 14 3 2 3 2 3; }
.lines { overflow: visible; }
.lines path { fill: none; stroke: var(--of); stroke-width: var(--wide); stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.measured .lines path { stroke-dasharray: var(--dash, none); stroke-linecap: butt; }
.lines path.faint { opacity: 0.75; }
circle { fill: var(--card); stroke: var(--of); stroke-width: 2px; }
circle:hover { fill: var(--of); }
.grid { stroke: var(--line); }
.level { text-anchor: end; dominant-baseline: middle; transform: translateX(-10px); }
.count { text-anchor: middle; transform: translateY(21px); }
.unit { text-anchor: end; transform: translate(-10px, 21px); }
line.mark { stroke: var(--faint); stroke-dasharray: 3 4; }
text.mark { text-anchor: middle; transform: translateY(-7px); }
text.mark.early { text-anchor: start; }
text.mark.late { text-anchor: end; }

.axis { text-anchor: middle; transform: translateY(42px); }
.chart.measured { padding-bottom: 58px; }
.measured .plot { flex: 1; min-height: 270px; margin-right: 14px; }
.measured .plot > svg { min-height: 270px; }
.charts.thirds { grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); }
.spaced { margin-top: 10px; }

.card { padding: 16px 18px; }
.card > .about { margin: 0 0 10px; }
.card h3 { margin-bottom: 8px; }
.charts > .card.epochs { margin-top: 0; }
.model .charts { margin-bottom: 10px; }
.tiles.small dd { font-size: 18px; }
.tiles.small small { display: inline-block; font-size: 14px; font-weight: 500; }
small { color: var(--faint); font-size: 0.93em; }
.whole { display: inline-block; white-space: nowrap; }
td:has(.whole) { white-space: normal; }
table.named th:first-child { text-align: left; }
table.named.models tbody th:first-child { position: relative; min-width: 190px; padding-left: 54px; }
.models th, .models td { padding-right: 8px; padding-left: 8px; }
.models thead th { white-space: normal; vertical-align: bottom; overflow-wrap: break-word; }
.swatch { position: absolute; left: 18px; top: 0; bottom: 0; display: flex; align-items: center; }
table.named tbody th:first-child { min-width: 108px; max-width: 340px; white-space: normal; overflow-wrap: break-word; }
.measured .legend li { display: flex; align-items: baseline; overflow-wrap: anywhere; }
.measured .legend .key { flex: none; transform: translateY(-4px); }
.range { display: block; width: 100%; min-width: 130px; height: 12px; overflow: visible; }
.range .track { stroke: var(--line); stroke-width: 2px; }
.range .span { stroke: var(--accent); stroke-width: 5px; stroke-linecap: round; opacity: 0.55; }
.range .at { fill: var(--accent); stroke: var(--card); stroke-width: 1.5px; }
tr.mean > * { color: var(--faint); }
.matrix td { text-align: center; padding: 6px 8px; }
.matrix thead th + th { padding: 8px 6px; writing-mode: vertical-rl; text-align: right; transform: rotate(180deg); position: static; box-shadow: none; }
.matrix thead th { vertical-align: bottom; }
.matrix.few thead th + th { writing-mode: horizontal-tb; text-align: center; transform: none; }
.matrix.few tbody td { min-width: 72px; height: 72px; font-size: 17px; }
.charts > .card.wide, .charts:has(> .card.wide) > .chart { grid-column: 1 / -1; }
.card.wide > .rows { max-height: none; }
.charts > .card.low { align-self: start; }
.matrix .right { --of: var(--accent); }
.matrix .wrong { --of: var(--bad); }
.matrix td { background: color-mix(in srgb, var(--of) var(--share, 0%), var(--card)); }
.zero { color: var(--faint); }
${Array.from({ length: 10 }, (_, index) => `.s${index + 1} { --share: ${4 + index * 4}%; }`).join('\n')}
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 230px), 1fr)); gap: 10px; margin-top: 12px; }
.mistake { display: flex; flex-direction: column; border: 1px solid var(--line); border-radius: 12px; overflow: hidden; background: var(--card); box-shadow: var(--shadow); }
.mistake img { width: 100%; aspect-ratio: 4 / 3; object-fit: cover; background: var(--sunken); }
.mistake > div { padding: 10px 14px 12px; font-size: 13.5px; overflow-wrap: anywhere; }
.mistake .is { font-weight: 650; font-size: 15px; }
.mistake .good { color: var(--accent); }
.mistake .bad { color: var(--bad); }
.mistake .who { color: var(--faint); }
.mistake .file { margin-top: 6px; color: var(--faint); font-size: 12.5px; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.card.epochs { margin-top: 10px; }
.card h2 { margin-bottom: 8px; }
.facts { display: grid; grid-template-columns: minmax(90px, auto) 1fr; gap: 5px 18px; font-size: 14px; }
.facts dt { color: var(--faint); }
.facts dd { min-width: 0; overflow-wrap: anywhere; }
.names { display: flex; flex-wrap: wrap; gap: 5px; }
.names li { padding: 1px 9px; border-radius: 99px; background: var(--sunken); }
.rows { max-height: 720px; overflow: auto; margin: 0 -18px -16px; border-top: 1px solid var(--line); border-radius: 0 0 12px 12px; }
table { width: 100%; border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 12px; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 18px; }
thead th { position: sticky; top: 0; background: var(--card); color: var(--faint); font-weight: 600; box-shadow: inset 0 -1px var(--line); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody th { font-weight: 500; }
tr.best { background: var(--sunken); }
.badge { margin-right: 8px; padding: 1px 8px; border-radius: 99px; background: var(--accent); color: var(--ground); font-size: 12px; font-weight: 650; }

@media (max-width: 640px) {
  header { padding-top: 20px; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tiles > div { padding: 9px 13px; }
  .tiles dd { font-size: 20px; }
  .chart { padding: 12px 14px 34px 8px; }
  .chart figcaption { margin-left: 6px; }
  .plot { height: 190px; margin-left: 46px; }
  .card { padding: 14px; }
  .rows { margin: 0 -14px -14px; }
  th, td { padding: 6px 9px; }
}
`;
