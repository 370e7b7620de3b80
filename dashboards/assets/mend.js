// Mending: the page becomes the newly painted one, and what did not change stays: focus, scrolling, drawn charts.
"use strict";

(function () {
  // What scripts wrote onto an element is theirs.
  const OURS = new Set(["data-drawn", "data-watched", "data-brought", "data-named", "data-asked-from", "data-told", "data-filled", "open"]);

  function same(old, fresh) {
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) return false;
    return old.nodeType !== Node.ELEMENT_NODE || old.getAttribute("data-key") === fresh.getAttribute("data-key");
  }

  function attributes(old, fresh) {
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !OURS.has(name)) old.removeAttribute(name);
  }

  // A chart that tells the same, a place whose name is known, a text that is read are left as the scripts made them.
  function kept(old, fresh) {
    const chart = old.getAttribute("data-chart"), person = old.getAttribute("data-person");
    if (old.dataset.filled && (old.dataset.asOf || "") === (fresh.getAttribute("data-as-of") || "") && (old.dataset.texts || "") === (fresh.getAttribute("data-texts") || "") && (old.dataset.part || "") === (fresh.getAttribute("data-part") || "")) return true;
    return (chart && chart === fresh.getAttribute("data-chart")) || (person && old.dataset.named === "known" && person === fresh.getAttribute("data-person"));
  }

  function become(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    if (kept(old, fresh)) return;
    attributes(old, fresh);
    children(old, fresh);
  }

  function children(old, fresh) {
    const wanted = [...fresh.childNodes];
    wanted.forEach(function (node, at) {
      const there = old.childNodes[at];
      if (!there) old.append(node);
      else if (same(there, node)) become(there, node);
      else there.replaceWith(node);
    });
    while (old.childNodes.length > wanted.length) old.lastChild.remove();
  }

  window.board.mend = children;
})();
