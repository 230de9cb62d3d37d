extension PageTemplate {
  /// Each failure with all that shows it.
  static let examples = """
    <section id="failures" aria-labelledby="failures-title">
    <h2 id="failures-title">Failures</h2>
    {{^examples}}
    <p>There is none.</p>
    {{/examples}}
    {{#examples}}
    <article id="example-{{number}}" aria-labelledby="example-{{number}}-title">
    <h3 id="example-{{number}}-title"><span class="sign wrong" aria-hidden="true">✗</span> {{program}}: \
    <code>{{clause.id}}</code>, <code>{{kind}}</code></h3>
    <p>{{tests}}; the smallest is <code>{{test}}</code>.</p>
    <blockquote><p>{{sentence}}</p><footer><code>{{clause.place}}</code></footer></blockquote>
    <dl class="fields"><dt>Request</dt><dd><code>{{request}}</code></dd></dl>
    <div class="pair">
    <div class="expected"><h4>Expected</h4><pre tabindex="0">{{expected}}</pre></div>
    <div class="got"><h4>Got</h4><pre tabindex="0">{{got}}</pre></div>
    </div>
    {{#errors}}
    <h4>Standard error</h4>
    <pre tabindex="0">{{.}}</pre>
    {{/errors}}
    <div class="pair">
    <div><h4>{{subject}}: <code>{{test}}</code></h4><pre tabindex="0">{{image}}</pre></div>
    {{#twins}}
    <div><h4>Its valid twin</h4><pre tabindex="0">{{.}}</pre></div>
    {{/twins}}
    {{#whyNoTwin}}
    <div><h4>Its valid twin</h4><p class="absent">{{.}}</p></div>
    {{/whyNoTwin}}
    </div>
    {{#differing}}
    {{>bytes}}
    {{/differing}}
    {{#sequences}}
    {{>sequence}}
    {{/sequences}}
    {{#ribbons}}
    {{>ribbon}}
    {{/ribbons}}
    {{#others}}
    <p class="others"><span class="{{sign.style}}"><span aria-hidden="true">{{sign.sign}}</span> {{words}}</span>: \
    <span class="who">{{#programs}}<span>{{.}}</span> {{/programs}}</span></p>
    {{/others}}
    {{#differences}}
    <p><a href="#difference-{{.}}">What the others answered about this image: difference {{.}}</a></p>
    {{/differences}}
    <h4>Again</h4>
    <pre tabindex="0"><code>{{command}}</code></pre>
    {{#kit}}
    <p>Without this suite: <code>{{.}}</code></p>
    {{/kit}}
    <p class="back">{{#rows}}<a href="#requirement-{{.}}">Back to {{clause.id}} in the table</a>{{/rows}}\
    {{^rows}}<a href="#top">Back to the top</a>{{/rows}}</p>
    </article>
    {{/examples}}
    </section>

    """

  /// Bytes that differ.
  static let bytes = """
    <div class="scroll" role="region" aria-label="Bytes that differ" tabindex="0">
    <table class="bytes">
    <caption><span>Bytes that differ; the marked ones are not the same.</span></caption>
    <thead><tr><th scope="col">Where</th><th scope="col">Expected</th><th scope="col">Got</th></tr></thead>
    <tbody>
    {{#places}}
    <tr><th scope="row">{{place}}</th>\
    <td><code>{{#expected}}{{#differs}}<mark>{{digits}}</mark>{{/differs}}{{^differs}}{{digits}}{{/differs}} {{/expected}}</code></td>\
    <td><code>{{#got}}{{#differs}}<mark>{{digits}}</mark>{{/differs}}{{^differs}}{{digits}}{{/differs}} {{/got}}</code></td></tr>
    {{/places}}
    </tbody>
    </table>
    </div>
    {{#unshown}}
    <p>{{.}}</p>
    {{/unshown}}

    """

  /// The fewest steps that show a failure.
  static let sequence = """
    <h4>{{title}}</h4>
    <p>The image: {{start}}. {{about}}</p>
    <ol class="steps">
    {{#steps}}
    <li><code>{{.}}</code></li>
    {{/steps}}
    </ol>
    {{#unshown}}
    <p>{{.}}</p>
    {{/unshown}}
    <dl class="fields"><dt>Request</dt><dd><code>{{request}}</code></dd>\
    <dt>Expected</dt><dd>{{expected}}</dd><dt>Got</dt><dd>{{got}}</dd></dl>
    {{#differing}}
    {{>bytes}}
    {{/differing}}

    """

  /// Two ribbons, as a drawing and in words.
  static let ribbon = """
    <figure>
    <figcaption>{{caption}}</figcaption>
    <div class="scroll" role="region" aria-label="Two ribbons" tabindex="0">
    <svg viewBox="0 0 960 152" role="img" aria-label="{{summary}}">
    <g class="labels" aria-hidden="true"><text x="0" y="10">disk, block</text>\
    <text x="0" y="149">file, block</text></g>
    <g aria-hidden="true">
    {{#links}}
    <polygon class="{{style}}" points="{{points}}"></polygon>
    {{/links}}
    {{#disk}}
    <rect class="run {{style}}" x="{{x}}" y="28" width="{{width}}" height="22"></rect>\
    <text class="letter {{style}}" x="{{middle}}" y="43">{{letter}}</text>\
    {{#hasLabel}}<text class="number" x="{{x}}" y="24">{{label}}</text>{{/hasLabel}}
    {{/disk}}
    {{#file}}
    <rect class="run {{style}}" x="{{x}}" y="100" width="{{width}}" height="22"></rect>\
    <text class="letter {{style}}" x="{{middle}}" y="115">{{letter}}</text>\
    {{#hasLabel}}<text class="number" x="{{x}}" y="134">{{label}}</text>{{/hasLabel}}
    {{/file}}
    {{#outside}}
    <rect class="outside" x="{{.}}" y="100" width="74" height="22"></rect>\
    <text class="number" x="{{.}}" y="134">outside</text>
    {{/outside}}
    </g>
    </svg>
    </div>
    {{#wrongWords}}
    <p class="wrong">! {{.}}</p>
    {{/wrongWords}}
    <p class="legend">{{#legend}}<span><b>{{letter}}</b> {{word}}</span> {{/legend}}</p>
    <details><summary>The ribbons in words</summary>
    <div class="pair">
    <div><h4>Disk</h4><ol>{{#diskWords}}<li>{{.}}</li>{{/diskWords}}</ol></div>
    <div><h4>File</h4><ol>{{#fileWords}}<li>{{.}}</li>{{/fileWords}}</ol></div>
    </div>
    </details>
    </figure>

    """

  /// Where programs differ, by cause.
  static let differences = """
    <section id="differences" aria-labelledby="differences-title">
    <h2 id="differences-title">Differences</h2>
    {{^hasDifferences}}
    <p>No two programs were found to differ.</p>
    {{/hasDifferences}}
    {{#groups}}
    <section id="{{anchor}}" aria-labelledby="{{anchor}}-title">
    <h3 id="{{anchor}}-title">{{title}}</h3>
    <p>{{about}}</p>
    {{#differences}}
    <article id="difference-{{number}}" aria-labelledby="difference-{{number}}-title">
    <h4 id="difference-{{number}}-title">{{number}}. {{kind}}{{#clauses}}, <code>{{id}}</code>{{/clauses}}: {{images}}</h4>
    <p>{{about}}{{#clauses}} <code>{{place}}</code>{{/clauses}}</p>
    <dl class="fields"><dt>Request</dt><dd><code>{{request}}</code></dd>\
    <dt>Image</dt><dd><code>{{test}}</code><pre tabindex="0">{{image}}</pre></dd></dl>
    <div class="scroll" role="region" aria-label="Answers" tabindex="0">
    <table class="answers">
    <caption><span>The answers to it.</span></caption>
    <thead><tr><th scope="col">Programs</th><th scope="col">Answer</th><th scope="col">By the specification</th></tr></thead>
    <tbody>
    {{#answers}}
    <tr><th scope="row">{{share}}: <span class="who">{{#programs}}<span>{{.}}</span> {{/programs}}</span></th>\
    <td><pre>{{answer}}</pre></td>\
    <td class="word {{sign.style}}"><span aria-hidden="true">{{sign.sign}}</span> {{sign.word}}</td></tr>
    {{/answers}}
    </tbody>
    </table>
    </div>
    {{#ribbons}}
    {{>ribbon}}
    {{/ribbons}}
    <pre tabindex="0"><code>{{command}}</code></pre>
    {{#kit}}
    <p>The pair: <code>{{.}}</code></p>
    {{/kit}}
    </article>
    {{/differences}}
    </section>
    {{/groups}}
    </section>

    """
}
