// Lines of a table that the server reads one by one: asked for two at a time, as the reader comes to the page.
"use strict";

(function () {
  const AT_ONCE = 2;
  let turn = 0;

  async function fill(line) {
    const answer = await fetch(line.dataset.part).catch(() => null);
    if (!answer || !answer.ok) return;
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    const filled = made.content.firstElementChild;
    if (!filled || !line.isConnected) return;
    line.replaceChildren(...filled.childNodes);
    line.dataset.filled = "1";
    window.board.named();
  }

  async function work(mine) {
    for (;;) {
      const line = document.querySelector("[data-part]:not([data-filled]):not([data-asked])");
      if (!line || mine !== turn) return;
      line.dataset.asked = "1";
      await fill(line);
    }
  }

  window.addEventListener("board:page", function () {
    turn += 1;
    for (const line of document.querySelectorAll("[data-part][data-asked]:not([data-filled])")) delete line.dataset.asked;
    for (let n = 0; n < AT_ONCE; n += 1) work(turn);
  });
})();
