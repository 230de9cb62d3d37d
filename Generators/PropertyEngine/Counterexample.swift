/// The simplest of what a property does not hold for, as far as shrinking gets.
public struct Counterexample<Value> {
  /// What the property does not hold for.
  public let value: Value
  /// The choices that make it.
  public let record: [UInt64]

  /// Looks among what `draw` makes for something that `holds` answers no for, and shrinks it by its
  /// choices; `nil` where nothing is found in `count` draws.
  ///
  /// Same seed and lane, same counterexample. `limit` is the most attempts of the shrinking.
  public init?(
    seed: UInt64, count: UInt64, lane: Lane, limit: Int = 4000,
    drawing draw: @escaping (inout Choices) -> Value, where holds: @escaping (Value) -> Bool
  ) {
    func attempt(_ choices: Choices) -> Shrinker<Value>.Candidate? {
      var choices = choices
      let value = draw(&choices)
      return holds(value) ? nil : Shrinker.Candidate(record: choices.record, value: value)
    }
    for index in 0..<count {
      let random = RandomSource(seed: seed, index: index, lane: lane)
      guard let first = attempt(Choices(random)) else { continue }
      var shrinker = Shrinker(first, effort: ShrinkEffort(limit: limit)) {
        attempt(Choices(replaying: $0))
      }
      shrinker.run()
      value = shrinker.best.value
      record = shrinker.best.record
      return
    }
    return nil
  }
}
