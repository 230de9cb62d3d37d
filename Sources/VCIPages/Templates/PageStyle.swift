/// The style sheet of a page. All colours of text have a contrast of 4.5 to 1 at least on what lies
/// behind them, in the light scheme as in the dark one.
enum PageStyle {
  static let text = colors + "\n" + layout + "\n" + parts + "\n" + pictures

  private static let colors = """
    :root { color-scheme: light dark;
      --page: #ffffff; --sheet: #f5f7f9; --text: #1b1f24; --soft: #55606b; --line: #d4dae0;
      --link: #0a4fa8; --right: #12602b; --right-back: #e3f5e8; --wrong: #a30d24;
      --wrong-back: #fdeaea; --open: #7a4b00; --open-back: #fdf3dc; --mark: #ffd8d5;
      --run: #dfe5eb; --run-text: #1b1f24; --cached: #bcd8f7; --data: #bcd8f7; --node: #d9cdf5;
      --map: #f3dfb2; --header: #cfd6dd; --link-fill: #a9c9ee; }
    @media screen and (prefers-color-scheme: dark) { :root {
      --page: #0f1318; --sheet: #181d24; --text: #e4e9ee; --soft: #a1acb8; --line: #343c46;
      --link: #7cb7ff; --right: #6bd689; --right-back: #12291a; --wrong: #ff9d97;
      --wrong-back: #3a1719; --open: #f0bf68; --open-back: #2f2410; --mark: #6b2226;
      --run: #2a323b; --run-text: #e4e9ee; --cached: #1f4674; --data: #1f4674; --node: #413268;
      --map: #54431a; --header: #3a444f; --link-fill: #3d7cc4; } }
    """

  private static let layout = """
    * { box-sizing: border-box; }
    html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
    body { margin: 0 auto; padding: 1rem clamp(.75rem, 3vw, 2.5rem) 4rem; max-width: 88rem;
      background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, "Segoe UI", Roboto,
      "Helvetica Neue", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
    code, pre, .names { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono",
      monospace; font-size: .875em; }
    pre { margin: .25rem 0 .75rem; padding: .5rem .75rem; background: var(--sheet);
      border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; max-height: 24rem;
      overflow: auto; }
    pre code { font-size: 1em; }
    a { color: var(--link); text-underline-offset: .15em; }
    :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
    h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
    h1 { margin: .1rem 0 .5rem; font-size: clamp(1.5rem, 4vw, 2.25rem); }
    h2 { margin: 2.5rem 0 .75rem; font-size: 1.375rem; }
    h3 { margin: 0 0 .5rem; font-size: 1.0625rem; }
    h4 { margin: .5rem 0 .25rem; font-size: .8125rem; color: var(--soft); }
    p { margin: .25rem 0 .75rem; max-width: 72ch; }
    .right { color: var(--right); } .wrong { color: var(--wrong); } .open { color: var(--open); }
    .absent { color: var(--soft); }
    .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
      white-space: nowrap; }
    .scroll { overflow-x: auto; position: relative; max-width: 100%; margin: 0 0 .75rem; }
    """

  private static let parts = """
    header { padding: 1rem 1.25rem; border: 1px solid var(--line); border-left: .5rem solid;
      border-radius: 8px; background: var(--sheet); }
    header p { color: var(--text); } header p:last-child { margin-bottom: 0; }
    header .kicker { margin: 0; color: var(--soft); font-size: .875rem; }
    header .verdict { font-size: 1.125rem; font-weight: 600; }
    nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0;
      list-style: none; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    caption { padding: 0 0 .5rem; text-align: left; color: var(--soft); font-size: .875rem; }
    caption > span { display: block; max-width: min(60rem, calc(100vw - 4rem)); }
    th, td { padding: .375rem .625rem; border: 1px solid var(--line); text-align: left;
      vertical-align: top; overflow-wrap: normal; }
    thead th { background: var(--sheet); font-size: .875rem; vertical-align: bottom; }
    tbody th { font-weight: 600; background: var(--page); }
    tr > th:first-child { position: sticky; left: 0; z-index: 1; min-width: 9rem; max-width: 32rem; }
    tbody th { overflow-wrap: anywhere; }
    td.right { background: var(--right-back); } td.wrong { background: var(--wrong-back); }
    td.open { background: var(--open-back); }
    td.wrong a { color: inherit; font-weight: 600; }
    td.word { white-space: nowrap; }
    th small { font-weight: 400; color: var(--soft); white-space: nowrap; }
    table.numbers td:not(.word), table.numbers th:nth-child(n+3) { text-align: right; }
    table.matrix thead th:not(:first-child) { min-width: 5.5rem; max-width: 9rem;
      overflow-wrap: anywhere; }
    table.matrix td { white-space: nowrap; }
    table.bytes td { white-space: nowrap; } table.bytes th { font-weight: 400; }
    table.answers td pre { margin: 0; padding: 0; border: 0; background: none; min-width: 14rem; }
    .sentence { display: block; min-width: 17rem; font-weight: 400; font-size: .875rem; color: var(--soft); }
    .narrow { display: none; }
    .bars { margin: 0; padding: 0; list-style: none; max-width: 60rem; }
    .bars > li { display: grid; grid-template-columns: minmax(10rem, 22rem) 5rem 1fr; gap: 0 .75rem;
      align-items: baseline; padding: .25rem 0; }
    .bar-count { text-align: right; font-variant-numeric: tabular-nums; font-weight: 600; }
    .bar { display: block; height: .875rem; background: var(--sheet); border-radius: 3px; }
    .bar span { display: block; height: 100%; min-width: 3px; border-radius: 3px;
      background: currentColor; }
    .bar.split { color: var(--open); }
    .bars details { grid-column: 1 / -1; font-size: .875rem; }
    .names { display: flex; flex-wrap: wrap; gap: .125rem 1rem; padding: .25rem 0; list-style: none; }
    article > h4:first-child { margin-top: 0; font-size: 1.0625rem; color: var(--text); }
    article { margin: 1rem 0; padding: 1rem 1.25rem; border: 1px solid var(--line);
      border-radius: 8px; }
    article:target, tr:target > * { outline: 3px solid var(--link); outline-offset: -1px; }
    blockquote { margin: .5rem 0 .75rem; padding: .125rem 0 .125rem .875rem;
      border-left: .25rem solid var(--line); color: var(--soft); }
    blockquote p { margin: 0; } blockquote footer { font-size: .875rem; }
    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
      gap: 0 1rem; }
    .pair > * { min-width: 0; }
    .expected pre { border-left: .25rem solid var(--right); }
    .got pre { border-left: .25rem solid var(--wrong); }
    .fields { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem .875rem;
      margin: .5rem 0; }
    .fields dt { color: var(--soft); font-size: .875rem; } .fields dd { margin: 0; }
    mark { background: var(--mark); color: inherit; font-weight: 700; text-decoration: underline;
      text-underline-offset: .2em; }
    .who span { display: inline-block; } .who span:not(:last-child)::after { content: ","; }
    .others { margin: .25rem 0; }
    .gaps dt { font-weight: 600; margin-top: .5rem; } .gaps dd { margin: 0 0 0 1.25rem; }
    .absence { margin: .75rem 0; padding-left: .875rem; border-left: .25rem solid var(--line); }
    .absence p { margin: 0; } .absence .who { color: var(--soft); font-size: .875rem; }
    .steps { margin: .25rem 0 .75rem; padding-left: 2.25rem; columns: 22rem; }
    .back { margin: .75rem 0 0; font-size: .875rem; }
    summary { cursor: pointer; color: var(--link); font-size: .875rem; }
    """

  private static let pictures = """
    figure { margin: .75rem 0; } figure p.wrong { margin: .125rem 0; }
    figcaption, .legend { color: var(--soft); font-size: .875rem; margin: 0 0 .25rem; }
    .legend { max-width: none; } .legend span { display: inline-block; margin-right: .75rem; }
    .legend b { color: var(--text); font-family: monospace; }
    svg { display: block; width: 100%; min-width: 60rem; height: auto; max-width: 72rem; }
    svg text { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: var(--soft); }
    svg .letter { font: 700 12px ui-monospace, "DejaVu Sans Mono", monospace; fill: var(--run-text);
      text-anchor: middle; }
    .run { fill: var(--run); stroke: var(--page); stroke-width: 1.5; }
    .run.cached, .run.data { fill: var(--cached); } .run.root, .run.internal, .run.leaf,
    .run.node { fill: var(--node); }
    .run.map { fill: var(--map); } .run.header { fill: var(--header); }
    .run.free, .run.missing, .run.break { fill: var(--sheet); stroke: var(--line); }
    .run.leaked, .run.damaged { fill: var(--open-back); stroke: var(--open); }
    .run.wrong { fill: var(--wrong-back); stroke: var(--wrong); stroke-width: 3;
      stroke-dasharray: 5 2; }
    svg .letter.wrong { fill: var(--wrong); }
    .link { fill: var(--link-fill); fill-opacity: .4; }
    .link.wrong { fill: var(--wrong); fill-opacity: .2; stroke: var(--wrong); stroke-dasharray: 5 2; }
    .outside { fill: none; stroke: var(--wrong); stroke-dasharray: 3 3; }
    @media (max-width: 40rem) {
      th, td { padding: .3rem .45rem; font-size: .875rem; }
      tr > th:first-child { min-width: 7.5rem; max-width: 7.5rem; }
      table.answers tr > th:first-child, table.bytes tr > th:first-child { position: static;
        max-width: 14rem; }
      table.bytes thead { display: none; } table.bytes :is(tbody, tr, th, td) { display: block; }
      table.bytes tr > th:first-child { max-width: none; } table.bytes td { white-space: normal; }
      table.bytes td::before { content: "expected"; display: block; color: var(--soft); }
      table.bytes td:last-child::before { content: "got"; }
      .matrix .sentence { display: none; } .narrow { display: block; margin-top: .5rem; }
      .bars > li { grid-template-columns: 1fr auto; } .bar { grid-column: 1 / -1; }
      article, header { padding: .75rem; }
    }
    @media print {
      :root { color-scheme: light; font-size: 68.75%; } @page { margin: 14mm; }
      body { max-width: none; padding: 0; } nav, .back { display: none; }
      .scroll, pre { overflow: visible; max-height: none; } svg { min-width: 0; max-width: none; }
      h2, h3, h4, figcaption, caption { break-after: avoid; }
      tr, svg, article > .pair, .fields, blockquote { break-inside: avoid; }
      thead { display: table-header-group; } tr > th:first-child { position: static; }
      table.matrix thead th:not(:first-child) { min-width: 0; }
      .matrix .sentence { display: none; } .narrow { display: block; margin-top: .5rem; }
      details::details-content { content-visibility: visible; block-size: auto; }
      summary { list-style: none; color: inherit; } a { color: inherit; text-decoration: none; }
      * { print-color-adjust: exact; }
    }
    """
}
