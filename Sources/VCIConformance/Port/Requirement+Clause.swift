extension Requirement {
  /// The sentence of the clause that says most, as `Specs/VCI.md` has it, without its links.
  var clause: String {
    switch self {
    case .probe:
      "Probe rejects exactly those files that break VCI-FILE-001, VCI-HDR-001 or VCI-HDR-002."
    case .openForReading:
      "Open refuses every image that breaks a rule of class corruption and stage probe or open, "
        + "and names a rule that is broken."
    case .openForWriting:
      "Open for writing succeeds in two cases: the flag fUncleanShutdown is 0 and a full check "
        + "finds neither corruption nor summary; or the map and its counters are rebuilt from a "
        + "tree that has no corruption except the bit rules."
    case .damage: "A read never serves a block through damage of stage touch."
    case .harmlessFindings:
      "No finding of class advice, summary, leak or dirty makes a reader refuse an image or "
        + "changes what it serves."
    case .reads: "A hit delivers the bytes of the blocks."
    case .hostileBytes:
      "Whatever the bytes of the file, a reader does not crash, hang, write, access anything "
        + "outside the file, or allocate memory by an unchecked number."
    case .validAfterClose:
      "Every image that was created or changed is valid and clean after it is closed, and holds "
        + "for every block the newest bytes that were written, or a miss."
    case .flag:
      "fUncleanShutdown is 1 from before the first change after open until close, and after a "
        + "crash in between."
    case .order: "Data and nodes are durable before a durable tree leads to them."
    case .flush:
      "After flush returns, everything that was written before it survives any crash; or it is a "
        + "miss, if the program declares that it has no durability."
    case .fullCache: "If the cache is full, a write evicts or drops blocks and succeeds."
    case .creation: "Create never overwrites a file."
    case .modificationUUID:
      "A cache is refused as not up to date, an error of its own, if its modification UUID is not "
        + "that of the disk."
    }
  }
}
