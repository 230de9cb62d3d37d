internal import VCIFormat

extension CheckMistake {
  /// The reason why no image tells the mistake; `nil` if some can.
  var reason: String? {
    switch self {
    case .bits, .overlap: nil
    case .total(_, .lowBits(53)), .total(_, .lowBits(63)):
      "VCI-MAP-004 refuses counters of such a size"
    case .total: nil
    case .habit(.levelNeighbours):
      "if some leaf differs from the first one, some leaf differs from the one before it"
    case .habit(.listPrevious):
      "what a previous link breaks, a next link, a second head or the reach of the list breaks too"
    case .habit: nil
    }
  }
}
