// The freshness badge: the server tells how far log and read tables have come; the page is asked for anew when they move.
"use strict";

(function () {
  const badge = document.querySelector("[data-freshness]");
  const text = badge.querySelector(".fresh-text");
  const lag = badge.querySelector(".fresh-lag");
  const shield = document.querySelector("[data-integrity]");
  const BEHIND = 2, STANDING = 10, PAUSE = 5000;
  let position = null, shown = null, asked = 0, timer = 0;

  function show(kind, told, after, title) {
    badge.dataset.state = kind;
    text.textContent = told;
    lag.textContent = after;
    badge.title = title || badge.dataset["fresh" + kind[0].toUpperCase() + kind.slice(1)] || "";
  }

  function judge(status) {
    if (status.state === "unavailable") return "red";
    if (status.state === "stopped" || status.lag_seconds > STANDING) return "red";
    return status.lag_seconds > BEHIND ? "amber" : "green";
  }

  function prove(told) {
    if (!told || !shield) return;
    const when = told.proven_at ? new Date(told.proven_at).toLocaleString("sv", { timeZone: shield.dataset.zone }).slice(0, 16) : "";
    shield.dataset.state = told.state;
    shield.querySelector(".badge-text").textContent = shield.dataset[told.state];
    shield.title = told.proven_at ? shield.dataset.sentence.replace("{when}", when).replace("{position}", told.position.toLocaleString("en")) : "";
    shield.setAttribute("aria-label", [shield.dataset[told.state], shield.title].filter(Boolean).join(" · "));
  }

  function hear(status) {
    const kind = judge(status);
    prove(status.integrity);
    if (status.position === undefined) {
      show("red", badge.dataset.freshRed, "");
      return;
    }
    const seconds = Math.max(status.lag_seconds, 0);
    const late = seconds < 0.1 ? badge.dataset.freshNow : badge.dataset.freshLag.replace("{seconds}", seconds.toFixed(1));
    const stopped = (status.stopped || []).join(", ");
    const behind = status.lag_events ? badge.dataset.freshBehind.replace("{events}", status.lag_events.toLocaleString("en")) : "";
    const word = kind === "green" ? "" : badge.dataset[kind === "red" ? "freshRed" : "freshAmber"] + " · ";
    show(kind, `${badge.dataset.freshPosition} #${status.position.toLocaleString("en")}`, word + late, [stopped, behind].filter(Boolean).join(" · "));
    moved(status.position);
  }

  // A page that looks at the past, is out of sight, or has something open beside it is left alone.
  function undisturbed() {
    const query = new URLSearchParams(location.search);
    return document.hidden || query.has("as_of") || query.has("event") || document.querySelector("details.look-back[open], [data-still]");
  }

  function renew() {
    timer = 0;
    if (shown === position || undisturbed() || !window.dash_clientside.set_props) return;
    shown = position;
    asked = Date.now();
    window.dash_clientside.set_props("seen", { data: { position: position, page: window.board.here() } });
  }

  function moved(to) {
    position = to;
    if (shown === null) shown = to;
    if (shown !== position && !timer) timer = setTimeout(renew, Math.max(300, PAUSE - (Date.now() - asked)));
  }
  document.addEventListener("visibilitychange", renew);

  // A stream that was refused is not taken up again by the browser: the session may have ended, or the server be new.
  async function again() {
    const answer = await fetch("/api/status").catch(() => null);
    if (answer && answer.status === 401) location.reload();
    else listen();
  }

  function listen() {
    const stream = new EventSource(badge.dataset.freshness);
    stream.addEventListener("freshness", (message) => hear(JSON.parse(message.data)));
    stream.addEventListener("ended", function () {
      stream.close();
      location.reload();
    });
    stream.addEventListener("error", function () {
      show("red", badge.dataset.freshLost, "");
      if (stream.readyState === EventSource.CLOSED) setTimeout(again, PAUSE);
    });
    window.addEventListener("pagehide", () => stream.close());
  }
  listen();
})();
