/// A case with discrepancies, as a job reports it.
struct FoundCase: Codable, Hashable, Sendable {
  /// Whether the case is stored.
  enum Storing: Codable, Hashable, Sendable {
    case stored(CaseFiles)
    /// The case could not be stored, for this reason.
    case failed(String)
  }

  let iteration: UInt64
  let discrepancies: [Discrepancy]
  let storing: Storing
}

/// The discrepancies that a campaign keeps: for each kind and rule those of the lowest iterations.
/// So the result does not depend on the order in which jobs report them.
struct DiscrepancyShelf {
  /// The largest number of discrepancies that are kept for each kind and rule.
  static let limit = 8

  /// A discrepancy, as the iteration of its case and its index in that case.
  private struct Place: Comparable {
    let iteration: UInt64
    let index: Int

    static func < (left: Self, right: Self) -> Bool {
      (left.iteration, left.index) < (right.iteration, right.index)
    }
  }

  private var places: [String: [Place]] = [:]
  private var cases: [UInt64: FoundCase] = [:]

  /// Adds a case, and replaces an earlier case of the same iteration. Returns the cases that are no
  /// longer kept and whose files this campaign made; the caller removes their files.
  mutating func put(_ found: FoundCase) -> [(iteration: UInt64, number: Int)] {
    var found = found
    let before = cases.removeValue(forKey: found.iteration)
    for key in places.keys { places[key]?.removeAll { $0.iteration == found.iteration } }
    var dropped = before.map { [$0] } ?? []
    if let before, case .stored(let old) = before.storing, case .stored(let new) = found.storing,
      old.number == new.number
    {
      // A job that died afterwards has already reported and stored the case.
      found = FoundCase(
        iteration: found.iteration, discrepancies: found.discrepancies,
        storing: .stored(CaseFiles(number: new.number, isNew: old.isNew || new.isNew)))
      dropped = []
    }
    cases[found.iteration] = found
    var touched: Set<UInt64> = [found.iteration]
    for (index, discrepancy) in found.discrepancies.enumerated() {
      var list = places[discrepancy.key, default: []]
      list.append(Place(iteration: found.iteration, index: index))
      list.sort()
      if list.count > Self.limit { touched.insert(list.removeLast().iteration) }
      places[discrepancy.key] = list
    }
    for iteration in touched where !isKept(iteration) {
      if let gone = cases.removeValue(forKey: iteration) { dropped.append(gone) }
    }
    return dropped.compactMap { gone in
      guard case .stored(let stored) = gone.storing, stored.isNew else { return nil }
      return (gone.iteration, stored.number)
    }
  }

  private func isKept(_ iteration: UInt64) -> Bool {
    places.values.contains { $0.contains { $0.iteration == iteration } }
  }

  /// The kept discrepancies, by iteration, and in the order of the case.
  var discrepancies: [(case: FoundCase, discrepancy: Discrepancy)] {
    places.values.joined().sorted().compactMap { place in
      cases[place.iteration].map { ($0, $0.discrepancies[place.index]) }
    }
  }
}
