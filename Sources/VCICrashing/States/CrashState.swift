internal import VCIFuzzing

/// One state of the disk after a crash: a point of an epoch, what is missing, and the length.
struct CrashState: Hashable {
  /// A sector that does not hold what was written to it last.
  struct Missing: Hashable {
    /// The index of the sector among those of the epoch.
    let sector: Int
    /// The index of what it holds, among its contents.
    let content: Int
  }

  /// The number of steps of the epoch that were asked for.
  var step: Int
  var missing: [Missing] = []
  /// The length of the file in bytes.
  var length: Int
}

extension CrashState {
  /// Says what the state is, for people.
  func text(in epoch: Epoch) -> String {
    var parts = ["after \(step) of \(epoch.steps.count) sectors since the last flush"]
    for hole in missing {
      let sector = epoch.sectors[hole.sector]
      let held =
        if hole.content == 0 {
          "its old bytes"
        } else if let version = sector.versions.firstIndex(of: hole.content) {
          "its version \(version)"
        } else if sector.contents[hole.content].allSatisfy({ $0 == 0 }) {
          "zeros"
        } else {
          sector.role == .named ? "a mix of old and new bytes" : "torn or foreign bytes"
        }
      parts.append("block \(sector.block) holds \(held)")
    }
    parts.append("the file has \(length) bytes")
    return parts.joined(separator: ", ")
  }
}
