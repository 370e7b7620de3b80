"use strict";
(() => {
  const page = document.documentElement;
  const element = (id) => document.getElementById(id);
  const words = {
    zh: { differ: "两次输入的密码不同", offline: "连接不上服务器，请稍后再试", title: "登录 · 校园事簿" },
    en: { differ: "The two passwords differ", offline: "The server cannot be reached; try again", title: "Log in · Campus Ledger" },
  };
  let typed = { login: "", password: "" };

  const speak = (language) => {
    page.lang = language;
    document.title = words[language].title;
    element("language").textContent = language === "zh" ? "English" : "中文";
    element("language").lang = language === "zh" ? "en" : "zh";
    try { localStorage.setItem("campus-language", language); } catch { /* private windows keep nothing */ }
  };

  const remembered = () => {
    try { return localStorage.getItem("campus-language"); } catch { return null; }
  };

  const trouble = (id, text) => {
    element(id).textContent = text || "";
    element(id).hidden = !text;
  };

  const send = async (path, body, csrf) => {
    const headers = { "Content-Type": "application/json", "Accept-Language": page.lang };
    if (csrf) headers["X-CSRFToken"] = csrf;
    try {
      const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
      const told = response.status === 204 ? {} : await response.json();
      return response.ok ? { told } : { refusal: page.lang === "en" ? told.title_en : told.title_zh };
    } catch {
      return { refusal: words[page.lang].offline };
    }
  };

  const busy = (form, yes) => { form.querySelector("button.go").disabled = yes; };

  const onward = () => location.replace(document.body.dataset.next);

  element("login").addEventListener("submit", async (event) => {
    event.preventDefault();
    typed = { login: element("name").value, password: element("secret").value };
    trouble("trouble");
    busy(event.target, true);
    const { told, refusal } = await send("/api/login", typed);
    busy(event.target, false);
    if (refusal) {
      trouble("trouble", refusal);
      element("secret").select();
    } else if (told.must_change_password) {
      typed.csrf = told.csrf;
      element("owner").value = typed.login;
      element("login").hidden = true;
      element("change").hidden = false;
      element("fresh").focus();
    } else {
      onward();
    }
  });

  element("change").addEventListener("submit", async (event) => {
    event.preventDefault();
    const fresh = element("fresh").value;
    if (fresh !== element("again").value) {
      trouble("trouble-change", words[page.lang].differ);
      return;
    }
    busy(event.target, true);
    const changed = await send("/api/password", { old: typed.password, new: fresh }, typed.csrf);
    const entered = changed.refusal ? changed : await send("/api/login", { login: typed.login, password: fresh });
    busy(event.target, false);
    if (entered.refusal) trouble("trouble-change", entered.refusal);
    else onward();
  });

  element("language").addEventListener("click", () => speak(page.lang === "zh" ? "en" : "zh"));
  speak(remembered() === "en" ? "en" : "zh");
})();
