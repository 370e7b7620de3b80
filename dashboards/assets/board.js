// The board's manners: addresses without reloading, filters, tools of the head, and names in scope.
"use strict";

(function () {
  const root = document.documentElement;
  const language = root.lang === "en" ? "en" : "zh";
  const page = document.getElementById("page");

  // The whole state is the address; the event opened beside the page is not part of the page.
  function pageOf(search) {
    const query = new URLSearchParams(search);
    query.delete("event");
    const text = query.toString();
    return text ? "?" + text : "";
  }

  function here() {
    return { path: location.pathname.replace(/^\/dash\/?/, ""), search: pageOf(location.search), language: language };
  }

  // The page that came with the address is shown already; the server is asked when another is wanted.
  let last = here().path + here().search;
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    board: {
      asked: function () {
        const wanted = here();
        if (wanted.path + wanted.search === last) return window.dash_clientside.no_update;
        last = wanted.path + wanted.search;
        return wanted;
      },
      show: function (painted) {
        if (!painted || painted.page !== last) return window.dash_clientside.no_update;
        const fresh = document.createElement("template");
        fresh.innerHTML = painted.markup;
        forget(fresh.content);
        window.board.mend(page, fresh.content);
        settle();
        return painted.page;
      },
    },
  });

  function tell() {
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.dispatchEvent(new CustomEvent("board:address"));
  }

  function go(address, replace) {
    const before = location.pathname + pageOf(location.search);
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    if (location.pathname + pageOf(location.search) !== before && !replace) window.scrollTo(0, 0);
    tell();
  }
  window.board = { go: go, here: here, named: function () { return name(); } };

  function parameter(name, value) {
    const query = new URLSearchParams(location.search);
    if (value) query.set(name, value);
    else query.delete(name);
    for (const gone of ["page", "event", "after", "kind"].concat(name === "term" ? ["week"] : []).concat(name === "department" ? ["person"] : [])) {
      if (gone !== name) query.delete(gone);
    }
    if (name === "as_of") query.delete("at");
    const text = query.toString().replace(/%3A/g, ":");
    return location.pathname + (text ? "?" + text : "");
  }

  document.addEventListener("click", function (click) {
    const tool = click.target.closest("[data-tool]");
    if (tool) return tools[tool.dataset.tool](tool);
    const link = click.target.closest("a[href^='/dash/']");
    if (!link || click.defaultPrevented || click.button || click.metaKey || click.ctrlKey || click.shiftKey) return;
    if (link.dataset.language) {
      link.href = link.pathname + "?back=" + encodeURIComponent(location.pathname + location.search);
      return;
    }
    click.preventDefault();
    document.body.classList.remove("menu-open");
    if (link.dataset.event) {
      go(parameter("event", link.dataset.event));
      return;
    }
    const back = new URLSearchParams(location.search).get("as_of");
    if (link.classList.contains("brand")) go("/dash/" + (back ? "?as_of=" + encodeURIComponent(back).replace(/%3A/g, ":") : ""));
    else go(link.getAttribute("href"));
  });

  document.addEventListener("change", function (change) {
    const name = change.target.dataset && change.target.dataset.filter;
    if (name) go(parameter(name, change.target.value), true);
  });

  document.addEventListener("submit", function (submit) {
    const form = submit.target.closest(".filters");
    if (!form) return;
    submit.preventDefault();
    const opening = form.querySelector("details[open]");
    if (opening) opening.open = false;
    go(parameter("as_of", new FormData(form).get("as_of").trim()));
  });

  // An open popover closes when attention goes elsewhere.
  document.addEventListener("pointerdown", function (press) {
    for (const open of document.querySelectorAll("details.look-back[open], details.person[open]")) {
      if (!open.contains(press.target)) open.open = false;
    }
  });

  function remember(name, value) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = name + "=" + value + "; path=/; max-age=31536000; samesite=lax" + secure;
  }

  function cookie(name) {
    const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  const tools = {
    menu: function () {
      document.body.classList.toggle("menu-open");
    },
    "full-screen": function () {
      if (document.fullscreenElement) document.exitFullscreen();
      else root.requestFullscreen();
    },
    "copy-link": function (button) {
      window.board.copy(location.href, button);
    },
    print: async function () {
      await window.board.drawAll();
      window.print();
    },
    theme: function () {
      const dark = getComputedStyle(root).getPropertyValue("--is-dark").trim() === "1";
      root.dataset.theme = dark ? "light" : "dark";
      remember("theme", root.dataset.theme);
      window.dispatchEvent(new CustomEvent("board:theme"));
    },
    "log-out": async function () {
      const token = cookie("_csrf_token") || cookie("__Host-csrf_token");
      await fetch("/api/logout", { method: "POST", headers: { "X-CSRFToken": token } });
      location.assign("/login");
    },
  };

  window.board.copy = async function (text, button) {
    await navigator.clipboard.writeText(text);
    const told = document.querySelector(".top").dataset.copied;
    button.dataset.told = told;
    setTimeout(() => delete button.dataset.told, 1600);
  };

  // Paper is light, and shows the table of a chart that was never drawn.
  let theme;
  window.addEventListener("beforeprint", function () {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    for (const chart of document.querySelectorAll("[data-chart]:not([data-drawn]) details")) chart.open = true;
  });
  window.addEventListener("afterprint", function () {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  });

  // What is named from one figure is not named on a page that asks from another, or from none.
  function forget(fresh) {
    const from = (part) => (part.querySelector("[data-names-from]") || document.body).dataset.namesFrom;
    if (from(page) === from(fresh)) return;
    for (const place of page.querySelectorAll("[data-named]")) {
      delete place.dataset.named;
      delete place.dataset.askedFrom;
    }
  }

  // Names: asked of the API for those on the page, once from each figure; what is not given stays withheld.
  const known = new Map();
  const MARKS = { "〔已删除〕": "[erased]", "〔限制处理〕": "[restricted]" };
  async function name() {
    const frame = page.querySelector("[data-names-from]");
    const figure = frame ? frame.dataset.namesFrom : "";
    const back = page.querySelector(".frame") ? page.querySelector(".frame").dataset.asOf || "" : "";
    const places = [...document.querySelectorAll("[data-person]:not([data-named=known])")].filter((p) => p.dataset.askedFrom !== figure);
    if (!places.length) return;
    const wanted = [...new Set(places.map((p) => p.dataset.person))].filter((p) => !known.has(figure + p + back));
    for (const place of places) {
      place.dataset.named = "asked";
      place.dataset.askedFrom = figure;
    }
    for (let at = 0; at < wanted.length; at += 100) {
      const query = new URLSearchParams(wanted.slice(at, at + 100).map((p) => ["person", p]));
      if (figure) query.set("figure", figure);
      if (back) query.set("as_of", back);
      const answer = await fetch("/api/people/names?" + query);
      if (!answer.ok) continue;
      const names = (await answer.json()).names;
      for (const person of wanted.slice(at, at + 100)) known.set(figure + person + back, names[person] || "");
    }
    for (const place of places) {
      const told = known.get(figure + place.dataset.person + back);
      if (!told) continue;
      const marked = language === "en" ? MARKS[told] : undefined;
      place.textContent = marked || told;
      place.lang = marked ? "en" : "zh-CN";
      place.classList.remove("quiet");
      place.dataset.named = "known";
    }
  }

  // The newest week of the heat map is brought into view where it scrolls.
  function bring() {
    for (const box of document.querySelectorAll(".scroll-x[data-bring]:not([data-brought])")) {
      const head = box.querySelector("thead th.chosen");
      if (head) box.scrollLeft = head.offsetLeft + head.offsetWidth - box.clientWidth + 8;
      box.dataset.brought = "1";
    }
  }

  function settle() {
    const frame = page.querySelector(".frame");
    if (frame) document.title = frame.dataset.title;
    name();
    bring();
    window.dispatchEvent(new CustomEvent("board:page"));
  }

  // Dash is begun once the painted page has been shown; a tab that is not looked at need not wait for that.
  function begin() {
    for (const named of document.querySelectorAll("link[data-later]")) {
      const script = document.createElement("script");
      script.src = named.href;
      script.async = false;
      document.body.append(script);
    }
  }
  if (document.hidden) begin();
  else requestAnimationFrame(() => setTimeout(begin));

  window.addEventListener("popstate", () => window.dispatchEvent(new CustomEvent("board:address")));
  window.addEventListener("DOMContentLoaded", settle);
})();
