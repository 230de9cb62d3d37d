import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

struct `A breakage` {
  @Test
  func `breaks its rule wherever it finds a way`() {
    var drawn: [Rule: Int] = [:]
    var broken: [Rule: Int] = [:]
    for index in 0..<3000 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 7, index: index, lane: Lane(rawValue: 1)))
      let image = EditableImage(ImagePlan.drawn(from: &choices))
      for rule in Rule.allCases {
        var edited = image
        guard let model = edited.model else { continue }
        let edits = Breakage.drawn(of: rule, in: model, from: &choices)
        if edits.isEmpty { continue }
        for edit in edits { edited.apply(edit) }
        drawn[rule, default: 0] += 1
        if let after = edited.model, let forecast = Forecast(after),
          forecast.findings.contains(where: { $0.rule == rule })
        {
          broken[rule, default: 0] += 1
        }
      }
    }
    for rule in Rule.allCases { print(rule, drawn[rule] ?? 0, broken[rule] ?? 0) }
  }
}
