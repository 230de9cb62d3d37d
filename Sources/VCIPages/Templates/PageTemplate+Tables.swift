extension PageTemplate {
  /// The verdict line of each program.
  static let programs = """
    <section id="programs" aria-labelledby="programs-title">
    <h2 id="programs-title">Programs</h2>
    <div class="scroll" role="region" aria-labelledby="programs-title" tabindex="0">
    <table class="numbers">
    <caption><span>The verdict of each program, and its tests. Passed, failed, known and flaky ones are \
    together those that are applicable.</span></caption>
    <thead><tr><th scope="col">Program</th><th scope="col">Verdict</th>\
    <th scope="col">Applicable</th><th scope="col">Passed</th><th scope="col">Failed</th>\
    <th scope="col">Known</th><th scope="col">Flaky</th><th scope="col">Not applicable</th>\
    <th scope="col">Not run</th></tr></thead>
    <tbody>
    {{#programs}}
    <tr id="program-{{number}}"><th scope="row">{{name}}{{#language}} <small>{{.}}</small>\
    {{/language}}</th>\
    <td class="word {{sign.style}}"><span class="sign" aria-hidden="true">{{sign.sign}}</span> \
    {{verdict}}</td>\
    <td><data value="{{applicable.value}}">{{applicable.words}}</data></td>\
    <td><data value="{{passed.value}}">{{passed.words}}</data></td>\
    <td><data value="{{failed.value}}">{{failed.words}}</data></td>\
    <td><data value="{{known.value}}">{{known.words}}</data></td>\
    <td><data value="{{flaky.value}}">{{flaky.words}}</data></td>\
    <td><data value="{{notApplicable.value}}">{{notApplicable.words}}</data></td>\
    <td><data value="{{notRun.value}}">{{notRun.words}}</data></td></tr>
    {{/programs}}
    </tbody>
    </table>
    </div>
    </section>

    """

  /// How many programs pass the same tests.
  static let agreement = """
    <section id="agreement" aria-labelledby="agreement-title">
    <h2 id="agreement-title">Agreement</h2>
    {{#agreement.hasShared}}
    <p>On <data id="agreed" value="{{agreement.agreed.value}}">{{agreement.agreed.words}}</data> of \
    <data id="shared" value="{{agreement.shared.value}}">{{agreement.shared.words}}</data> tests \
    that apply to two programs at least, all of these agree.</p>
    {{/agreement.hasShared}}
    <ul class="bars">
    {{#agreement.bars}}
    <li><span class="bar-name">{{words}}</span> \
    <data class="bar-count" value="{{tests.value}}" id="agreement-{{applicable}}-{{passing}}">\
    {{tests.words}}</data> \
    <span class="bar {{style}}" aria-hidden="true"><span style="width:{{length}}%"></span></span>
    {{#hasNames}}
    <details><summary>Which tests</summary>
    <ul class="names">{{#names}}<li><code>{{.}}</code></li> {{/names}}\
    {{#unnamed}}<li>{{.}}</li>{{/unnamed}}</ul>
    </details>
    {{/hasNames}}
    </li>
    {{/agreement.bars}}
    </ul>
    </section>

    """

  /// Requirement by program.
  static let requirements = """
    <section id="requirements" aria-labelledby="requirements-title">
    <h2 id="requirements-title">Requirements</h2>
    <div class="scroll" role="region" aria-labelledby="requirements-title" tabindex="0">
    <table class="matrix">
    <caption><span><span class="right">✓ 12</span> right, asked 12 times; \
    <span class="wrong">✗ 3 tests</span> wrong, leads to the smallest of the failures; \
    – not applicable; · no test of this run asks about it.</span></caption>
    <thead><tr><th scope="col">Requirement</th>{{#programs}}<th scope="col">{{name}}</th>\
    {{/programs}}</tr></thead>
    <tbody>
    {{#requirements}}
    <tr id="requirement-{{number}}"><th scope="row"><code>{{clause.id}}</code> \
    <span class="sentence">{{sentence}}</span></th>{{#cells}}{{>cell}}{{/cells}}</tr>
    {{/requirements}}
    </tbody>
    </table>
    </div>
    <details class="narrow"><summary>What the requirements say</summary>
    <dl>
    {{#requirements}}
    <dt><code>{{clause.id}}</code></dt><dd>{{sentence}}</dd>
    {{/requirements}}
    </dl>
    </details>
    </section>

    """

  /// A cell, which leads to its example if it is wrong.
  static let cell = """
    <td class="{{sign.style}}">{{#examples}}<a href="#example-{{.}}">{{/examples}}\
    <span class="sign" aria-hidden="true">{{sign.sign}}</span>\
    {{#isPlain}} <span aria-hidden="true">{{text}}</span>{{/isPlain}}\
    {{^isPlain}} {{text}}{{/isPlain}} <span class="spoken">{{spoken}}</span>\
    {{#examples}}</a>{{/examples}}</td>
    """

  /// Who reads whose images.
  static let exchanges = """
    <section id="exchanges" aria-labelledby="exchanges-title">
    <h2 id="exchanges-title">Exchanges</h2>
    {{#exchange.hasRows}}
    <div class="scroll" role="region" aria-label="Images of one, read by others" tabindex="0">
    <table class="matrix">
    <caption><span>Images of the writer in the row, read by the program in the column: \
    <span class="right">✓</span> and the number of workloads, or <span class="wrong">✗</span> and \
    how many of them went wrong.</span></caption>
    <thead><tr><th scope="col">Writer</th><th scope="col">the suite’s checker</th>\
    {{#programs}}<th scope="col">{{name}}</th>{{/programs}}</tr></thead>
    <tbody>
    {{#exchange.rows}}
    <tr><th scope="row">{{name}}</th>{{#cells}}{{>cell}}{{/cells}}</tr>
    {{/exchange.rows}}
    </tbody>
    </table>
    </div>
    {{/exchange.hasRows}}
    {{#exchange.hasTurns}}
    <div class="scroll" role="region" aria-label="Two programs write in turns" tabindex="0">
    <table class="matrix">
    <caption><span>Both write to one image in turns; the one in the row begins.</span></caption>
    <thead><tr><th scope="col">First</th>{{#programs}}<th scope="col">{{name}}</th>{{/programs}}\
    </tr></thead>
    <tbody>
    {{#exchange.turns}}
    <tr><th scope="row">{{name}}</th>{{#cells}}{{>cell}}{{/cells}}</tr>
    {{/exchange.turns}}
    </tbody>
    </table>
    </div>
    {{/exchange.hasTurns}}
    {{#exchange.reasons}}
    <p class="absent">– {{.}}</p>
    {{/exchange.reasons}}
    </section>

    """

  /// What was not asked, and why.
  static let gaps = """
    <section id="gaps" aria-labelledby="gaps-title">
    <h2 id="gaps-title">Not applicable, not run, not asked</h2>
    {{^hasGaps}}<p>Every test of the lane was applicable to every program, and was run.</p>{{/hasGaps}}
    <dl class="gaps">
    {{#programs}}{{#hasGaps}}
    <dt>{{name}}</dt>
    <dd>{{notApplicable.words}} not applicable, {{notRun.words}} not run</dd>
    {{#isUndeclared}}
    <dd>does not declare{{#undeclared}} <code>{{.}}</code>{{/undeclared}}</dd>
    {{/isUndeclared}}
    {{#missing}}
    <dd>{{.}}</dd>
    {{/missing}}
    {{/hasGaps}}{{/programs}}
    </dl>
    {{#absences}}
    <div class="absence"><p>{{sign.sign}} {{#requirements}}<code>{{.}}</code> {{/requirements}}\
    {{sign.word}}: {{why}}</p><p class="who">{{#programs}}<span>{{.}}</span> {{/programs}}</p></div>
    {{/absences}}
    </section>

    """
}
