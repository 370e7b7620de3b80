// What people wrote under a key: asked of the API when somebody wants to read it, never before.
"use strict";

(function () {
  function part(tag, text, kind) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }

  const MARKS = { "〔已删除〕": "[erased]", "〔限制处理〕": "[restricted]" };

  function moment(text) {
    const zone = document.querySelector("[data-freshness]").dataset.zone;
    return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(new Date(text));
  }

  // The parts of one event stand together, under the moment they were written.
  function written(texts, titles) {
    const list = document.createElement("dl");
    let last = "";
    for (const told of texts) {
      const head = told.said_in + told.written_at;
      const title = titles[told.section] || titles[told.said_in] || "";
      const term = part("dt", title);
      if (head !== last) term.append(part("small", moment(told.written_at)));
      last = head;
      const stored = told.text || told.place || told.evidence || "";
      const marked = document.documentElement.lang === "en" ? MARKS[stored] : undefined;
      const said = part("dd", marked || stored);
      said.lang = marked ? "en" : "zh-CN";
      list.append(term, said);
    }
    return list;
  }

  document.addEventListener("click", async function (click) {
    const button = click.target.closest("[data-read=texts]");
    if (!button) return;
    const place = button.closest("[data-texts]");
    button.disabled = true;
    const asked = new URLSearchParams({ about: place.dataset.texts });
    if (place.dataset.asOf) asked.set("as_of", place.dataset.asOf);
    const answer = await fetch("/api/texts?" + asked).catch(() => null);
    button.disabled = false;
    if (!answer || !answer.ok) {
      place.replaceChildren(button, part("p", place.dataset.failed, "worse"));
      return;
    }
    const texts = (await answer.json()).texts;
    place.dataset.filled = "1";
    place.replaceChildren(
      texts.length ? written(texts, JSON.parse(place.dataset.sections)) : part("p", place.dataset.nothing, "quiet")
    );
  });
})();
