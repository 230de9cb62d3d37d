internal import VCIFormat

/// Gathers what a sweep of the bitmap finds: leaks, and of each claim the first clear bit.
struct OwnershipLedger: BitSweepHandler {
  private(set) var leaks: [Range<UInt64>] = []
  private(set) var leakCount = 0
  /// The claims of metadata and of data whose bits are not all set.
  private(set) var unmarkedMetadata: Earliest
  private(set) var unmarkedData: Earliest
  private let budget: Int
  private var metadata: [Claim]
  private var data: [Claim]
  /// How many of the claims are done.
  private var doneMetadata = 0
  private var doneData = 0

  /// A ledger for claims that ascend.
  init(metadata: [Claim], data: [Claim], budget: Int) {
    self.metadata = metadata
    self.data = data
    self.budget = max(1, budget)
    // Header, map and root come first, and are another rule's; the first node is to be kept too.
    unmarkedMetadata = Earliest(limit: max(4, budget))
    unmarkedData = Earliest(limit: budget)
  }

  /// Forgets the claims, once all is found.
  mutating func forgetClaims() {
    metadata = []
    data = []
  }

  mutating func leak(_ run: Range<UInt64>) {
    leakCount += 1
    if leaks.count < budget { leaks.append(run) }
  }

  mutating func clear(_ run: Range<UInt64>) {
    Self.find(run, in: metadata, &doneMetadata, &unmarkedMetadata)
    Self.find(run, in: data, &doneData, &unmarkedData)
  }

  /// Runs ascend, so what starts before this one's end has a clear bit in it or in none so far;
  /// what ends before it has none at all. Either way each claim is looked at once.
  private static func find(
    _ run: Range<UInt64>, in claims: [Claim], _ done: inout Int, _ unmarked: inout Earliest
  ) {
    while done < claims.count, claims[done].first < run.upperBound {
      let common = claims[done].blocks.clamped(to: run)
      if !common.isEmpty { unmarked.add(Suspect(claim: claims[done], number: common.lowerBound)) }
      done += 1
    }
  }
}
