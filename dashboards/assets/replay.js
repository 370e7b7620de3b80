// The replay explorer: while the slider is dragged it says which moment it means; let go, the page follows.
"use strict";

(function () {
  const page = document.getElementById("page");
  const PLAY_MS = 1300, SETTLE_MS = 300;
  const HELD = ["#replay-slide", "[data-replay=play]"];
  let playing = null, settling = null, held = null;

  const slider = () => page.querySelector(".replay-slider");
  const handle = () => document.getElementById("replay-slide");

  // The same reckoning as the server's: pieces of time, each with the positions recorded in it, spread evenly.
  function meant(form, step) {
    const spans = JSON.parse(form.dataset.spans), steps = Number(form.dataset.steps);
    const bar = Math.min(Math.floor(step / steps), spans.length - 1), part = (step - bar * steps) / steps;
    const [since, until, first, last] = spans[bar];
    const position = Math.max(1, first - 1 + Math.round((last - first + 1) * part));
    return { position: position, head: spans[spans.length - 1][3], at: since + (until - since) * Math.min(part, 0.9999) };
  }

  function week(form, at) {
    for (const [begin, weeks] of JSON.parse(form.dataset.terms)) {
      const number = Math.floor((at - begin) / 604800) + 1;
      if (number >= 1 && number <= weeks) return form.dataset.week.replace("{week}", number);
    }
    return form.dataset.noWeek;
  }

  function say(form, told) {
    const zone = document.querySelector("[data-freshness]").dataset.zone, at = new Date(told.at * 1000);
    const moment = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(at);
    const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const day = days.indexOf(new Intl.DateTimeFormat("en", { timeZone: zone, weekday: "short" }).format(at));
    const of = form.dataset.of.replace("{position}", told.position.toLocaleString("en")).replace("{head}", told.head.toLocaleString("en"));
    page.querySelector('[data-say="moment"]').textContent = "≈ " + moment;
    page.querySelector('[data-say="rest"]').textContent = [JSON.parse(form.dataset.days)[day], week(form, told.at), of].join(" · ");
  }

  function address(position, head) {
    const query = new URLSearchParams(location.search);
    query.delete("before");
    query.delete("event");
    query.delete("slide");
    if (position >= head) query.delete("as_of");
    else query.set("as_of", position);
    const text = query.toString().replace(/%3A/g, ":");
    return location.pathname + (text ? "?" + text : "");
  }

  function follow() {
    const form = slider(), input = handle();
    if (!form || !input) return;
    const told = meant(form, Number(input.value));
    hold();
    window.board.go(address(told.position, told.head), Boolean(playing));
  }

  document.addEventListener("input", function (input) {
    if (input.target.id !== "replay-slide") return;
    stop();
    say(slider(), meant(slider(), Number(input.target.value)));
  });

  // Dragging goes on until it is let go; several keys one after the other are one move.
  document.addEventListener("change", function (change) {
    if (change.target.id !== "replay-slide") return;
    clearTimeout(settling);
    settling = setTimeout(follow, SETTLE_MS);
  });

  // The banner of the past comes and goes above; what had the focus has it again.
  function hold() {
    held = HELD.find((name) => document.activeElement && document.activeElement.matches(name)) || null;
  }

  function stop() {
    clearInterval(playing);
    playing = null;
    label();
  }

  function label() {
    const button = page.querySelector("[data-replay=play]");
    if (!button) return;
    const text = playing ? button.dataset.pause : button.dataset.play;
    if (button.textContent !== text) button.textContent = text;
    button.setAttribute("aria-pressed", String(Boolean(playing)));
  }

  // Playing takes the same way as “later”, a piece of time at a time, until there is nothing later.
  function step() {
    const next = page.querySelector("[data-replay-step=on]");
    if (!next) return stop();
    hold();
    if (!document.querySelector("#busy.busy")) window.board.go(next.getAttribute("href"), true);
  }

  function play() {
    if (playing) return stop();
    playing = setInterval(step, PLAY_MS);
    const end = !page.querySelector("[data-replay-step=on]"), first = slider() && JSON.parse(slider().dataset.spans)[0];
    // At the end it begins again from the first piece of time.
    if (end && first) window.board.go(address(Math.max(first[3], 1), Infinity), true);
    else step();
    label();
  }

  document.addEventListener("click", function (click) {
    if (click.target.closest("[data-replay=play]")) return play();
    if (click.target.closest("a[href], button")) if (playing) stop();
  }, true);

  document.addEventListener("submit", function (submit) {
    const form = submit.target.closest(".ask, .replay-slider");
    if (!form) return;
    submit.preventDefault();
    if (form.matches(".replay-slider")) return follow();
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value.trim()) query.set(name, value.trim());
    const text = query.toString().replace(/%3A/g, ":");
    window.board.go(form.getAttribute("action") + (text ? "?" + text : ""));
  });

  // What is pointed at in the swimlanes is read out below them.
  function read(event) {
    const dot = event.target.closest && event.target.closest(".dot[data-told]");
    const place = dot && page.querySelector("[data-lanes-told]");
    if (place && place.textContent !== dot.dataset.told) place.textContent = dot.dataset.told;
  }
  document.addEventListener("mouseover", read);
  document.addEventListener("focusin", read);

  // One stop of the tab key for all of them; the arrow keys go from one to the next.
  document.addEventListener("keydown", function (press) {
    const dot = press.target.closest && press.target.closest(".lanes .dot");
    const step = { ArrowLeft: -1, ArrowRight: 1 }[press.key];
    if (!dot || !step) return;
    press.preventDefault();
    const dots = [...page.querySelectorAll(".lanes .dot")], next = dots[dots.indexOf(dot) + step];
    if (!next) return;
    dot.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });

  function settled() {
    const form = slider(), input = handle();
    if (!form) {
      if (playing) stop();
      return;
    }
    // What was dragged stays where it is; what the address says otherwise is shown.
    if (input.value !== input.getAttribute("value")) input.value = input.getAttribute("value");
    label();
    const focused = held && page.querySelector(held);
    if (focused && document.activeElement === document.body) focused.focus({ preventScroll: true });
    held = null;
    const lanes = page.querySelector("[data-lanes-end]");
    if (lanes) lanes.scrollLeft = lanes.scrollWidth;
  }

  window.addEventListener("board:page", settled);
})();
