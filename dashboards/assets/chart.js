// Charts: plotly is fetched when a chart first comes into view, and draws with the colours of the board.
"use strict";

(function () {
  const source = document.querySelector('meta[name="plotly"]').content;
  let plotly = null;

  function fetched() {
    plotly = plotly || new Promise(function (resolve, reject) {
      if (window.Plotly) return resolve(window.Plotly);
      const script = document.createElement("script");
      script.src = source;
      script.onload = () => resolve(window.Plotly);
      script.onerror = reject;
      document.head.append(script);
    });
    return plotly;
  }

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  }

  function layout(chart) {
    const ink = colour("mute"), line = colour("line");
    return {
      margin: { l: 44, r: 12, t: 8, b: 56 },
      height: 268,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: colour("font"), size: 12, color: ink },
      xaxis: { dtick: 1, range: [0.6, Math.max(chart.weeks, 2) + 0.4], gridcolor: "rgba(0,0,0,0)", linecolor: line, fixedrange: true, tickfont: { color: ink } },
      yaxis: { ticksuffix: chart.sign, gridcolor: line, zeroline: false, fixedrange: true, tickfont: { color: ink }, rangemode: "normal" },
      legend: { orientation: "h", x: 0, y: -0.16, font: { color: colour("ink") } },
      hovermode: "x unified",
      hoverlabel: { bgcolor: colour("card"), bordercolor: line, font: { color: colour("ink") } },
    };
  }

  async function draw(place) {
    const chart = JSON.parse(place.dataset.chart);
    const canvas = place.querySelector(".chart");
    const palette = ["navy", "teal", "amber", "red"].map((name) => colour("line-" + name));
    chart.data.forEach(function (trace, at) {
      trace.line.color = palette[at % palette.length];
      trace.marker.color = trace.line.color;
    });
    const Plotly = await fetched();
    if (!canvas.isConnected) return;
    canvas.replaceChildren();
    await Plotly.newPlot(canvas, chart.data, layout(chart), chart.config);
    place.dataset.drawn = place.dataset.chart;
  }

  const seen = new IntersectionObserver(function (entries) {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "120px" });

  function look(again) {
    for (const place of document.querySelectorAll("[data-chart]")) {
      if (!again && place.dataset.watched === place.dataset.chart) continue;
      place.dataset.watched = place.dataset.chart;
      seen.unobserve(place);
      seen.observe(place);
    }
  }
  window.board.drawAll = () => Promise.all([...document.querySelectorAll("[data-chart]:not([data-drawn])")].map(draw));
  window.addEventListener("board:page", () => look(false));
  window.addEventListener("board:theme", () => look(true));
})();
