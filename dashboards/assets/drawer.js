// The event drawer: the address names an event, the API tells it as far as the viewer may read it.
"use strict";

(function () {
  const drawer = document.querySelector("[data-drawer]");
  const slot = (name) => drawer.querySelector(`[data-slot="${name}"]`);
  const titles = JSON.parse(drawer.dataset.titles);
  let shown = null;

  function moment(text) {
    if (!text) return "—";
    const zone = document.querySelector("[data-freshness]").dataset.zone;
    return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(new Date(text));
  }

  // Keys and values are told apart by colour; the text stays what it is.
  function painted(json) {
    const parts = document.createDocumentFragment();
    const shape = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?/g;
    let at = 0;
    for (const found of json.matchAll(shape)) {
      parts.append(json.slice(at, found.index));
      const mark = document.createElement("span");
      mark.className = found[2] ? "j-key" : found[1] ? "j-text" : "j-value";
      mark.textContent = found[1] || found[0];
      parts.append(mark, found[2] || "");
      at = found.index + found[0].length;
    }
    parts.append(json.slice(at));
    return parts;
  }

  function rules(event) {
    const list = document.createElement("ul");
    for (const rule of event.policies || []) {
      const item = document.createElement("li");
      const told = rule.version ? drawer.dataset.ruleVersion : drawer.dataset.ruleDefault;
      item.textContent = told.replace("{key}", titles[rule.key] ? `${titles[rule.key]} ${rule.key}` : rule.key).replace("{version}", rule.version);
      list.append(item);
    }
    return list.children.length ? list : drawer.dataset.eventNoRules;
  }

  function fill(event) {
    const story = drawer.querySelector("[data-story]"), asked = new URLSearchParams(location.search).get("as_of");
    story.href = "/dash/" + story.dataset.story + event.position + (asked ? "?as_of=" + encodeURIComponent(asked) : "");
    slot("name").replaceChildren(`#${event.position.toLocaleString("en")} · ${titles[event.type] || ""} `, Object.assign(document.createElement("code"), { textContent: event.type }));
    slot("recorded").textContent = moment(event.recorded_at);
    slot("occurred").textContent = moment(event.occurred_at);
    slot("actor").textContent = [titles[event.actor.role] || event.actor.role, event.actor.person_id].filter(Boolean).join(" · ");
    slot("command").textContent = [titles[event.command_name] || event.command_name, event.command].filter(Boolean).join(" · ");
    slot("rules").replaceChildren(rules(event));
    slot("body").replaceChildren(painted(JSON.stringify(event, null, 2)));
  }

  function empty(problem) {
    for (const place of drawer.querySelectorAll("[data-slot]")) place.textContent = "";
    slot("problem").textContent = problem;
    drawer.classList.toggle("has-problem", Boolean(problem));
  }

  async function open(position) {
    if (shown === position) return;
    shown = position;
    empty("");
    slot("name").textContent = drawer.dataset.loading;
    if (!drawer.open) {
      drawer.showModal();
      drawer.focus();
    }
    const answer = await fetch(drawer.dataset.drawer + encodeURIComponent(position)).catch(() => null);
    if (shown !== position) return;
    if (!answer || !answer.ok) {
      empty(answer && answer.status === 404 ? drawer.dataset.eventMissing : drawer.dataset.failed);
      return;
    }
    empty("");
    fill(await answer.json());
  }

  function follow() {
    const position = new URLSearchParams(location.search).get("event");
    if (position) open(position);
    else if (drawer.open) {
      shown = null;
      drawer.close();
    }
  }

  function leave() {
    const query = new URLSearchParams(location.search);
    if (!query.has("event")) return;
    query.delete("event");
    const text = query.toString().replace(/%3A/g, ":");
    shown = null;
    window.board.go(location.pathname + (text ? "?" + text : ""), true);
  }

  drawer.addEventListener("close", leave);
  drawer.addEventListener("click", function (click) {
    if (click.target === drawer || click.target.closest("[data-close]")) drawer.close();
    const copy = click.target.closest("[data-copy]");
    if (copy) window.board.copy(slot("body").textContent, copy);
  });
  window.addEventListener("board:address", follow);
  follow();
})();
