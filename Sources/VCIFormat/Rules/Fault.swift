#if VCI_FAULTS
  internal import Glibc
#endif

/// A fault that can be planted in checker or reference, so that tests, corpus, fuzzer and crashes
/// are seen to catch it: those of the original program, and those of the order of writes. Exactly
/// one place in the code asks for each.
///
/// Each site of a `Violation` can be planted too: it stays silent then. Both exist only in builds
/// with `-D VCI_FAULTS`, in which the environment variable `VCI_FAULT` plants the fault or the site
/// that it names. In every other build nothing is ever planted, at no cost.
public enum Fault: String, CaseIterable, Sendable {
  /// Of two runs of set bits in 16 KiB of the bitmap, the second is taken for free.
  case checkerF19 = "checker/F-19"
  /// Alternating bits, and bits of which the last alone is clear, are misread.
  case checkerF20 = "checker/F-20"
  /// A map of a single block, which has no bits, is accepted.
  case checkerF21 = "checker/F-21"
  /// The counters' sum is taken modulo 2^64.
  case checkerF22 = "checker/F-22"
  /// A map that is too small for up to 4095 blocks is accepted.
  case checkerF23 = "checker/F-23"
  /// Used entries are counted everywhere, but read from the start of the node on.
  case checkerF27 = "checker/F-27"
  /// A cycle is followed as if it led to a new node.
  case checkerF30 = "checker/F-30"
  /// Addresses are taken modulo 2^55.
  case checkerF31 = "checker/F-31"
  /// The ends of runs are taken modulo 2^64.
  case checkerF32 = "checker/F-32"
  /// Used entries are compared with the first one of the node only.
  case checkerF33 = "checker/F-33"
  /// Neither a child outside of its entry's range nor a shared one is found.
  case checkerF34 = "checker/F-34"

  /// The bitmap is as long as its whole blocks: bits after them are neither read nor written.
  case referenceF01 = "reference/F-01"
  /// The last 1 to 7 blocks of a new cache have no bit.
  case referenceF02 = "reference/F-02"
  /// The bytes of a new bitmap are counted in 32 bits.
  case referenceF03 = "reference/F-03"
  /// The size of a new cache is rounded down to whole blocks.
  case referenceF04 = "reference/F-04"
  /// A new image that is fixed gets no space.
  case referenceF05 = "reference/F-05"
  /// The UUID that a new image is given is ignored.
  case referenceF06 = "reference/F-06"
  /// The flag that a writer sets is never cleared.
  case referenceF07 = "reference/F-07"
  /// A new image of which map or root cannot be written is an empty file, and a success.
  case referenceF08 = "reference/F-08"
  /// A creation that fails removes any file that has the name by then.
  case referenceF09 = "reference/F-09"
  /// A new image is written at block numbers, as if they were bytes.
  case referenceF10 = "reference/F-10"
  /// If an allocation fills a free run, block 0 is returned.
  case referenceF11 = "reference/F-11"
  /// Metadata is counted as data, and data as metadata.
  case referenceF12 = "reference/F-12"
  /// A release also frees the blocks between the range and the free run before it.
  case referenceF13 = "reference/F-13"
  /// An allocation of no blocks returns an empty range.
  case referenceF14 = "reference/F-14"
  /// The free run that has a block is taken for the next one.
  case referenceF15 = "reference/F-15"
  /// A release between allocated blocks searches for their end forever.
  case referenceF16 = "reference/F-16"
  /// Released blocks are not counted, and may be free already.
  case referenceF17 = "reference/F-17"
  /// An allocation does not grow, but says that it did.
  case referenceF18 = "reference/F-18"
  /// Saving the bitmap goes on after a block that could not be written, without an error.
  case referenceF24 = "reference/F-24"
  /// A miss in a leaf after an extent is searched for forever.
  case referenceF25 = "reference/F-25"
  /// A miss in an internal node is searched for forever.
  case referenceF26 = "reference/F-26"
  /// Used entries after a gap are lost, and the node is accepted.
  case referenceF27 = "reference/F-27"
  /// An extent at address 0 serves the header.
  case referenceF28 = "reference/F-28"
  /// A node that cannot be read is taken for one without extents.
  case referenceF29 = "reference/F-29"
  /// A cycle is followed to the last level, and is a miss.
  case referenceF30 = "reference/F-30"
  /// Addresses are taken modulo 2^55.
  case referenceF31 = "reference/F-31"
  /// The ends of disk ranges are taken modulo 2^64.
  case referenceF32 = "reference/F-32"
  /// Order and overlaps of entries are not checked.
  case referenceF33 = "reference/F-33"
  /// A child outside of its entry's range is served.
  case referenceF34 = "reference/F-34"
  /// Data with flags is served.
  case referenceF35 = "reference/F-35"
  /// A node of unknown type is reported as lack of memory.
  case referenceF36 = "reference/F-36"
  /// A search for the next extent skips one.
  case referenceF37 = "reference/F-37"
  /// Links and reserved bytes of extents are lost when their node is written.
  case referenceF38 = "reference/F-38"
  /// An open checks only signature and version of the header.
  case referenceF39 = "reference/F-39"
  /// Size and type are forgotten after an open.
  case referenceF40 = "reference/F-40"
  /// An image that was closed stays in memory.
  case referenceF41 = "reference/F-41"
  /// A file that cannot be read is taken for an image by probe.
  case referenceF42 = "reference/F-42"
  /// A miss is as long as the request, whatever is cached after it.
  case referenceF43 = "reference/F-43"
  /// A read that fails is a hit.
  case referenceF44 = "reference/F-44"
  /// A write never ends.
  case referenceF45 = "reference/F-45"
  /// A write claims success and writes nothing.
  case referenceF46 = "reference/F-46"
  /// A byte count that is not a whole number of blocks is rounded down.
  case referenceF47 = "reference/F-47"
  /// A change of purpose that fails leaves the image closed.
  case referenceF48 = "reference/F-48"
  /// Addresses are counted in bytes, and multiplied once more.
  case referenceF49 = "reference/F-49"

  // Faults of order, which show after a crash only.
  /// There is no flush between nodes and the header that leads to them.
  case orderNoFlushBeforeRoot = "reference/order-no-flush-before-root"
  /// The header leads to the new root before the nodes are written.
  case orderRootBeforeNodes = "reference/order-root-before-nodes"
  /// Blocks of the durable tree are free before a newer tree is durable.
  case orderReuseBeforeDurable = "reference/order-reuse-before-durable"
  /// The flag is cleared before list, bits and counters are written.
  case orderFlagClearedEarly = "reference/order-flag-cleared-early"
  /// The flag is set after the first flush that changes the tree.
  case orderFlagSetLate = "reference/order-flag-set-late"
  /// The bits and counters of a dirty image are left as they are.
  case orderBitmapTrusted = "reference/order-bitmap-trusted"
  /// A flush is left out if the file is as long as at the last one.
  case orderLengthTrusted = "reference/order-length-trusted"
}

extension Fault {
  #if VCI_FAULTS
    /// Whether this fault is planted.
    public var isPlanted: Bool { PlantedFault.current == .fault(self) }
  #else
    /// Whether this fault is planted: never, in this build.
    @inlinable
    public var isPlanted: Bool { false }
  #endif
}

#if VCI_FAULTS
  /// What `VCI_FAULT` names: a fault as `checker/F-19`, or a site as `checker/VCI-FILE-005/map`.
  enum PlantedFault: Equatable {
    case fault(Fault)
    case site(Program, Rule, SitePart?)

    /// What is planted in this process.
    static let current: PlantedFault? = {
      guard let name = unsafe getenv("VCI_FAULT") else { return nil }
      let planted = unsafe PlantedFault(String(cString: name))
      precondition(planted != nil, unsafe "no fault is called \(String(cString: name))")
      return planted
    }()

    private init?(_ name: String) {
      if let fault = Fault(rawValue: name) {
        self = .fault(fault)
        return
      }
      let words = name.split(separator: "/").map(String.init)
      guard words.count == 2 || words.count == 3, let program = Program(rawValue: words[0]),
        let rule = Rule(rawValue: words[1])
      else { return nil }
      let part = words.count == 3 ? SitePart(rawValue: words[2]) : nil
      guard words.count == 2 || part != nil else { return nil }
      self = .site(program, rule, part)
    }
  }
#endif
