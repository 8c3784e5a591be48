package ai.greenthread.cli.simulate.html;

/** The looks of the page: on screens light and dark, and on paper. */
final class Style {
  private Style() {}

  static final String CSS =
      """
      :root { color-scheme: light dark;
        --page: #ffffff; --ink: #1c2226; --soft: #5a656d; --rule: #d5dbdf; --card: #f4f7f6;
        --accent: #0b7a4b; --accent-card: #e7f5ee; --warn: #8a5300; --warn-card: #fdf3e1;
        --bar: #9fb3c1; --apart: #c9cfd3;
        --h0: #eaf2ee; --h1: #cfe3c8; --h2: #f3e29b; --h3: #f2b866; --h4: #e2803f; --h5: #bf4527;
        --h6: #741b1b;
        --s0: #0b7a4b; --s1: #2563b0; --s2: #c2570c; --s3: #8e44ad; --s4: #b8860b; --s5: #0e8f9c;
        --s6: #b52b65; --s7: #5d6b1f; --s8: #7a4a21; --s9: #4b55c4; --s10: #6b7780; --s11: #6b7780; }
      @media (prefers-color-scheme: dark) { :root {
        --page: #14191c; --ink: #e6eaec; --soft: #9eabb3; --rule: #333d43; --card: #1c2327;
        --accent: #4fd19a; --accent-card: #14302a; --warn: #f0bd6a; --warn-card: #33280f;
        --bar: #5d7485; --apart: #48545c;
        --h0: #1f2a27; --h1: #2f4a35; --h2: #6d6222; --h3: #94621c; --h4: #b85a22; --h5: #d8432c;
        --h6: #ff7a6e;
        --s0: #4fd19a; --s1: #74a9f0; --s2: #f3955a; --s3: #c792e0; --s4: #e0bd4d; --s5: #56cbd6;
        --s6: #f07fae; --s7: #b4c46a; --s8: #cf9a6b; --s9: #9aa3f5; --s10: #9eabb3; --s11: #9eabb3; } }
      * { box-sizing: border-box; }
      body { margin: 0; background: var(--page); color: var(--ink);
        font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
      main, header, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
      header { padding-top: 2rem; }
      h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; }
      h2 { font-size: 1.25rem; margin: 2.6rem 0 .5rem; padding-top: .9rem;
        border-top: 1px solid var(--rule); }
      h3 { font-size: 1.03rem; margin: 1.9rem 0 .2rem; }
      p { margin: .4rem 0 .8rem; max-width: 46rem; }
      .soft, figcaption, caption, footer { color: var(--soft); }
      .verdict { background: var(--accent-card); border-left: .35rem solid var(--accent);
        padding: 1rem 1.2rem; margin: 1.2rem 0; border-radius: .3rem; }
      .verdict p { font-size: 1.18rem; font-weight: 600; margin: 0 0 .5rem; max-width: none; }
      .verdict ul { margin: .2rem 0 0; padding-left: 1.2rem; }
      .cautions { background: var(--warn-card); border-left: .35rem solid var(--warn);
        padding: .7rem 1.2rem; margin: 1rem 0; border-radius: .3rem; }
      .cautions h2 { all: unset; display: block; font-weight: 600; color: var(--warn); }
      .cautions ul { margin: .2rem 0 0; padding-left: 1.2rem; }
      figure { margin: 1.2rem 0 1.6rem; }
      figcaption { font-size: .92rem; max-width: 46rem; margin-bottom: .5rem; }
      svg { display: block; width: 100%; height: auto; font: 12.5px system-ui, sans-serif; }
      svg text { fill: var(--ink); }
      svg .tick { fill: var(--soft); font-size: 11.5px; }
      svg .strong { font-weight: 700; }
      svg .value { font-size: 12px; }
      svg .axis { stroke: var(--soft); stroke-width: 1; }
      svg .grid { stroke: var(--rule); stroke-width: 1; }
      svg .target { stroke: var(--warn); stroke-width: 1.5; stroke-dasharray: 5 4; }
      svg .bound { stroke: var(--ink); stroke-width: 2.5; }
      svg .bar { fill: var(--bar); } svg .best { fill: var(--accent); }
      svg .apart { fill: var(--apart); stroke: var(--soft); stroke-width: 1;
        stroke-dasharray: 3 2; }
      svg .sample { stroke: none; }
      svg path { fill: none; stroke-width: 1.7; stroke-linejoin: round; }
      svg path.thick, svg line.thick { stroke-width: 4; }
      svg .dash { stroke-dasharray: 7 4; } svg .dots { stroke-dasharray: 2 3; }
      svg path:hover { stroke-width: 4; }
      .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; padding: 0;
        margin: .4rem 0; font-size: .9rem; }
      .legend li { display: flex; align-items: center; gap: .4rem; }
      .legend svg { width: 2.2rem; height: .9rem; flex: none; }
      .scroll { overflow-x: auto; }
      table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
      caption { text-align: left; padding: .3rem 0; }
      th, td { padding: .32rem .6rem; text-align: right; white-space: nowrap;
        border-bottom: 1px solid var(--rule); }
      thead th { vertical-align: bottom; white-space: normal; color: var(--soft);
        font-weight: 600; }
      tbody th, th:first-child { text-align: left; }
      tbody th { position: sticky; left: 0; background: var(--page); }
      tr.best th, tr.best td { background: var(--accent-card); font-weight: 600; }
      tr.group th { color: var(--soft); font-weight: 400; font-style: italic; border-bottom: none;
        padding-top: .8rem; }
      td.top { color: var(--accent); font-weight: 700; }
      .wrap td, .wrap th { white-space: normal; text-align: left; vertical-align: top; }
      .wrap tbody th { white-space: nowrap; }
      summary { font-weight: 600; cursor: pointer; margin: 1rem 0 .3rem; }
      .figures { margin-bottom: 1.3rem; width: 100%; }
      dl { display: grid; grid-template-columns: minmax(8rem, 11rem) 1fr; gap: .35rem 1rem; }
      dt { font-weight: 600; } dd { margin: 0; max-width: 44rem; }
      .tag { font-size: .82em; color: var(--soft); border: 1px solid var(--rule);
        border-radius: 1rem; padding: .02rem .5rem; margin-left: .35rem; white-space: nowrap; }
      footer { padding-bottom: 3rem; font-size: .88rem; margin-top: 2.5rem; }
      @media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; }
        .plot { overflow-x: auto; } .plot svg { min-width: 38rem; } }
      @media print { @page { size: A4; margin: 14mm; }
        :root { --page: #ffffff; --ink: #000000; }
        body { font-size: 10.5pt; } .verdict, .cautions, figure, tr { break-inside: avoid; }
        h2, h3 { break-after: avoid; } .scroll { overflow: visible; }
        table { font-size: 7pt; } th, td { padding: .12rem .22rem; } tbody th { position: static; }
        .verdict, .cautions, svg, tr.best th, tr.best td { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
      """;

  /** Colours of lines, one class for each; the first is the chosen one's. */
  static String lines() {
    var css = new StringBuilder();
    for (int i = 0; i < LINES; i++) {
      css.append(
          "svg .s%d { stroke: var(--s%d); } svg .f%d { fill: var(--s%d); }\n"
              .formatted(i, i, i, i));
    }
    for (int i = 0; i < HEATS; i++) {
      css.append("svg .h%d { fill: var(--h%d); }\n".formatted(i, i));
    }
    return css.toString();
  }

  static final int LINES = 12;
  static final int HEATS = 7;
}
