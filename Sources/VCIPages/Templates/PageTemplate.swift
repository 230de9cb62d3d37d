/// The templates of a page, in the language Mustache; the names are those of `PageContents` and of
/// what it holds.
///
/// Only numbers and words of ours stand in attributes; what programs say stands between tags. Parts
/// are referred to at the beginning of a line, since the library indents all lines of a part, also
/// those of preformatted text.
enum PageTemplate {
  /// The parts that templates refer to, by name.
  static let parts = [
    "programs": programs, "agreement": agreement, "requirements": requirements, "cell": cell,
    "examples": examples, "bytes": bytes, "sequence": sequence, "ribbon": ribbon,
    "exchanges": exchanges, "differences": differences, "gaps": gaps,
  ]

  /// The frame: what stands around the parts, and the verdict above all of them.
  static let page = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{{title}}</title>
    <style>
    {{{style}}}
    </style>
    </head>
    <body>
    <header id="top" class="{{headline.sign.style}}">
    <p class="kicker">VCI conformance</p>
    <h1><span class="sign" aria-hidden="true">{{headline.sign.sign}}</span> \
    {{#only}}{{.}}: {{/only}}{{headline.words}}</h1>
    <p class="verdict"><data id="applicable" value="{{headline.applicable.value}}">\
    {{headline.applicable.words}}</data> applicable, \
    <data id="not-applicable" value="{{headline.notApplicable.value}}">\
    {{headline.notApplicable.words}}</data> not applicable, \
    <data id="not-run" value="{{headline.notRun.value}}">{{headline.notRun.words}}</data> not run</p>
    <p>Of those that are applicable \
    <data id="passed" value="{{headline.passed.value}}">{{headline.passed.words}}</data> passed, \
    <data id="failed" value="{{headline.failed.value}}">{{headline.failed.words}}</data> failed, \
    <data id="known" value="{{headline.known.value}}">{{headline.known.words}}</data> known, \
    <data id="flaky" value="{{headline.flaky.value}}">{{headline.flaky.words}}</data> flaky. \
    {{^only}}A test counts once for each program.{{/only}}</p>
    <p>Lane <b>{{lane}}</b>, seed <b>{{seed}}</b>{{#part}}, only <b>{{part}}</b>{{/part}}</p>
    </header>
    <nav aria-label="Parts of this page"><ul>
    <li><a href="#programs">Programs</a></li>
    {{#hasAgreement}}
    <li><a href="#agreement">Agreement</a></li>
    {{/hasAgreement}}
    <li><a href="#requirements">Requirements</a></li>
    <li><a href="#failures">{{exampleCount}}</a></li>
    {{#exchange.hasAny}}
    <li><a href="#exchanges">Exchanges</a></li>
    {{/exchange.hasAny}}
    {{#isComparison}}
    <li><a href="#differences">{{differenceCount}}</a></li>
    {{/isComparison}}
    <li><a href="#gaps">Not asked</a></li>
    <li><a href="#again">Make it again</a></li>
    </ul></nav>
    <main>
    {{>programs}}
    {{#hasAgreement}}
    {{>agreement}}
    {{/hasAgreement}}
    {{>requirements}}
    {{>examples}}
    {{#exchange.hasAny}}
    {{>exchanges}}
    {{/exchange.hasAny}}
    {{#isComparison}}
    {{>differences}}
    {{/isComparison}}
    {{>gaps}}
    <section id="again" aria-labelledby="again-title">
    <h2 id="again-title">Make it again</h2>
    <p>The matrix holds all that this page shows. The same programs, lane and seed make the same \
    matrix:</p>
    <pre tabindex="0"><code>{{command}}
    vci page matrix.json --output page.html</code></pre>
    </section>
    </main>
    </body>
    </html>

    """
}
