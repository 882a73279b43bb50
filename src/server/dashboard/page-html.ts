/** The page that `GET /` gives. It holds no data: app.ts fills it. Addresses are relative, so that it also works behind a proxy's prefix. */
export const pageHtml = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>tailrace</title>
<link rel="icon" href="dashboard/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="dashboard/uplot.css">
<link rel="stylesheet" href="dashboard/style.css">
<script src="dashboard/uplot.js" defer></script>
<script src="dashboard/app.js" type="module"></script>
</head>
<body>
<a class="skip" href="#replicas-heading">Skip to the replicas</a>
<header>
  <h1>tailrace</h1>
  <p id="source"></p>
  <p id="live" data-live="connecting"><span id="live-word" role="status">connecting</span> <span id="live-age" aria-hidden="true"></span></p>
</header>
<div id="alarm" role="alert"></div>
<div id="announcer" class="unseen" aria-live="polite"></div>
<noscript><p class="notice">This page needs JavaScript. Without it: <code>tailrace status</code>, or <code>/v1/dashboard</code>.</p></noscript>
<form id="token-form" hidden>
  <h2>Token required</h2>
  <p id="token-reason"></p>
  <label for="token">Read token</label>
  <input id="token" type="password" autocomplete="off" spellcheck="false" required>
  <button type="submit">Show the dashboard</button>
  <p class="quiet">The token stays in this tab and is forgotten when you close it.</p>
</form>
<main id="main" hidden>
  <p id="summary"></p>
  <section aria-labelledby="replicas-heading">
    <h2 id="replicas-heading" tabindex="-1">Replicas</h2>
    <div id="replicas"></div>
  </section>
  <section aria-labelledby="lag-heading">
    <div class="head">
      <h2 id="lag-heading">Lag</h2>
      <div id="windows" role="group" aria-label="Time shown">
        <button type="button" data-window="short" aria-pressed="true">5 min</button>
        <button type="button" data-window="medium" aria-pressed="false">15 min</button>
        <button type="button" data-window="long" aria-pressed="false">24 h</button>
      </div>
    </div>
    <div id="lag-chart" class="chart" role="img"></div>
    <p class="quiet">A gap means that the lag was unknown. <span id="window-words"></span></p>
    <details id="lag-details"><summary>The lag as a table</summary><div id="lag-table"></div></details>
  </section>
  <section aria-labelledby="changes-heading">
    <h2 id="changes-heading">State changes</h2>
    <ol id="changes"></ol>
  </section>
  <section aria-labelledby="rate-heading">
    <h2 id="rate-heading">Apply rate</h2>
    <div id="rate-chart" class="chart" role="img"></div>
    <p class="quiet">Transactions of the source applied per second.</p>
    <details id="rate-details"><summary>The rate as a table</summary><div id="rate-table"></div></details>
  </section>
  <section aria-labelledby="lanes-heading">
    <h2 id="lanes-heading">Lanes</h2>
    <p class="quiet">What each lane did, or waited for, over the last few seconds.</p>
    <ul id="lane-legend"></ul>
    <div id="lanes"></div>
  </section>
  <section aria-labelledby="work-heading">
    <div class="head">
      <h2 id="work-heading">Work</h2>
      <p><label for="work-replica">of replica</label> <select id="work-replica"></select></p>
    </div>
    <div class="pair">
      <div>
        <h3 id="tables-heading">Top tables</h3>
        <div id="tables"></div>
      </div>
      <div>
        <h3 id="keys-heading">Hot keys</h3>
        <div id="keys"></div>
      </div>
    </div>
  </section>
</main>
<footer>
  <p class="quiet"><span id="boot"></span> <button type="button" id="forget-token" hidden>Forget the token</button></p>
</footer>
</body>
</html>
`;

/** Two lanes and what flows in them. */
export const pageIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0b5fa5"/>
<path d="M5 12c6-5 9 5 15 0 3-2 5-2 7 0M5 21c6-5 9 5 15 0 3-2 5-2 7 0" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>
</svg>
`;
