// The freshness badge: the server tells how far log and read tables have come; the page is asked for anew when they move.
"use strict";

(function () {
  const badge = document.querySelector("[data-freshness]");
  const text = badge.querySelector(".fresh-text");
  const lag = badge.querySelector(".fresh-lag");
  const BEHIND = 2, STANDING = 10, PAUSE = 5000;
  let position = null, asked = 0, timer = 0;

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

  function hear(status) {
    const kind = judge(status);
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
  function moved(to) {
    const news = position !== null && to > position;
    position = to;
    if (!news || timer) return;
    timer = setTimeout(function () {
      timer = 0;
      asked = Date.now();
      const query = new URLSearchParams(location.search);
      if (document.hidden || query.has("as_of") || query.has("event") || document.querySelector("details.look-back[open]")) return;
      if (window.dash_clientside.set_props) window.dash_clientside.set_props("seen", { data: position });
    }, Math.max(300, PAUSE - (Date.now() - asked)));
  }

  function listen() {
    const stream = new EventSource(badge.dataset.freshness);
    stream.addEventListener("freshness", (message) => hear(JSON.parse(message.data)));
    stream.addEventListener("ended", function () {
      stream.close();
      location.reload();
    });
    stream.addEventListener("error", () => show("red", badge.dataset.freshLost, ""));
    window.addEventListener("pagehide", () => stream.close());
  }
  listen();
})();
