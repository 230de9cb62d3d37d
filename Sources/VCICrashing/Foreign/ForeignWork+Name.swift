extension ForeignWork {
  /// Returns what a crash leaves of an image whose name is not durable, which is no file; `nil` if
  /// the name was durable whenever the contents had to be (VCI-WR-001, VCI-WR-004, R-27).
  ///
  /// `unnamed` has the steps that were answered after the image had got its name and before the
  /// folder was flushed. `tried` is the number of states that were tried before.
  package func finding(unnamed: Set<Int>, behind tried: UInt64) -> ForeignFinding? {
    let owing = steps.indices.first { keeps($0) && unnamed.contains($0) }
    guard let step = owing else { return nil }
    return ForeignFinding(
      flaw: CrashFlaw(.noName, "its folder was not flushed since the name was made"),
      requirement: steps[step] == .flush ? "VCI-WR-004" : "VCI-WR-001",
      state: "all that was asked of the disk is there, but for the name", bytes: [],
      begun: step + 1, settled: step + 1, tried: tried, block: nil)
  }
}
